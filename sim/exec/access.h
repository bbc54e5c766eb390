/*
 * What the supervisor can do to a process whose call was told: read and write its memory, take a
 * copy of a descriptor, answer. A table, so that the meaning of the calls can be tried without a
 * process (tests, the fuzzer); exec_notices_open() gives the real one.
 *
 * The process stands still in its call, but its other threads do not, and a signal may end the call
 * at any moment: its id is then no longer valid, and a number that stood for it may stand for a
 * stranger. So whatever was read or taken is used only if exec_access.is_valid says so afterwards.
 * Nothing that was looked at is looked at a second time.
 */
#ifndef SIM_EXEC_ACCESS_H
#define SIM_EXEC_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exec/filter.h"

struct exec_caller {
	const struct exec_access *access;
};

struct exec_access {
	/* All of it, or false. */
	bool (*read)(struct exec_caller *caller, int tid, uint64_t from, void *out, size_t len);
	bool (*write)(
		struct exec_caller *caller, int tid, uint64_t to, const void *bytes, size_t len);
	/* A value and its length, each to its place. */
	bool (*write_both)(struct exec_caller *caller, int tid, uint64_t to, const void *bytes,
		size_t len, uint64_t len_to, uint32_t whole_len);
	/* A descriptor of ours for what that one of the process stands for, or a negative errno. */
	int (*take)(struct exec_caller *caller, int tid, int fd);
	bool (*is_valid)(struct exec_caller *caller, uint64_t id);
	/* The call returns that, a negative errno for -1. False: nobody waits for it any more. */
	bool (*answer)(struct exec_caller *caller, uint64_t id, int64_t result);
	/* The call returns a new descriptor for what `fd` of ours stands for; that number, or a
	 * negative errno: -ENOENT if nobody waits for it any more. */
	int (*give)(struct exec_caller *caller, uint64_t id, int fd, bool close_on_exec);
	/* The process' descriptor `target` stands for what `fd` of ours does from now on; the call
	 * still waits. */
	bool (*replace)(struct exec_caller *caller, uint64_t id, int fd, int target);
	/* The kernel does the call. */
	void (*pass)(struct exec_caller *caller, uint64_t id);
};

#define EXEC_HANDLES 32

/* The processes under one filter. */
struct exec_notices {
	struct exec_caller caller;
	int fd; /* on which it tells of their calls; -1: of none any more */
	/* of threads that called lately, by their number; tid 0: none */
	struct {
		int tid, handle;
	} threads[EXEC_HANDLES];
};
/* The descriptor stays its owner's. */
void exec_notices_open(struct exec_notices *notices, int fd);
void exec_notices_close(struct exec_notices *notices);

/* The next call that was told; false: none is there, or it was withdrawn. */
bool exec_notices_next(struct exec_notices *notices, struct exec_call *out);

#endif
