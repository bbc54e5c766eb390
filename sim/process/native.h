/*
 * A process that is one program of a kernel host (live/native.h): it was forked from that of the
 * world, of which it has a copy that stands still. In it no program of the world has the turn.
 */
#ifndef SIM_PROCESS_NATIVE_H
#define SIM_PROCESS_NATIVE_H

struct native_self {
	/* Tells the world's process what it says. */
	void (*say)(const char *text);
	/* It makes a call of the world's, which is a mistake in how it was built: never returns. */
	void (*call)(void);
};

/* From now on this process is one; what is given lives as long as it. */
void native_become(const struct native_self *self);
/* NULL: it is none. */
const struct native_self *native_self(void);
/* A call of the world's outside of a program: errno is ENOSYS, unless this process is one. */
void native_call(void);

#endif
