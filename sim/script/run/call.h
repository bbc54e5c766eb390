/* A system call of a script under way: its arguments, buffers, and what must hold when it is
 * complete. */
#ifndef SCRIPT_RUN_CALL_H
#define SCRIPT_RUN_CALL_H

#include "script/run/args.h"

struct call_type;

struct run_call {
	struct sut_call sut;
	const struct call_type *type;
	const struct script_event *event;
	const struct script_call *call;
	const struct script_expr *args[6];
	struct run_fd *fd; /* of the first argument, if it is one */
	int script_fd;
	int64_t at_ns, end_ns;
	GPtrArray *buffers;	/* freed with the call */
	size_t buffered;	/* bytes of the script's own buffers among them */
	struct msghdr expected; /* recvmsg: control data and flags that must come */
};

struct call_type {
	const char *name;
	enum sut_nr nr;
	unsigned min_args, max_args;
	bool has_fd;   /* the first argument is a descriptor */
	bool gives_fd; /* the result is a new one: any number that is not negative will do */
	bool (*prepare)(struct run *run, struct run_call *call);
	/* After the result is found right. NULL: nothing more. */
	bool (*finish)(struct run *run, struct run_call *call);
};

/* Memory that lives as long as the call, zeroed. */
void *call_buffer(struct run_call *call, size_t size);

bool run_call_event(struct run *run, const struct script_event *event);
/* Waits for a pending call as the language allows (a second); false if it stays. */
bool run_await_call(struct run *run, int64_t limit_ns);
bool run_await_last_call(struct run *run);
void run_call_abandon(struct run *run);
bool run_call_complete(struct run *run);

#endif
