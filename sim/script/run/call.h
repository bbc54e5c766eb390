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

/* The type of that name, or NULL. */
const struct call_type *call_type_find(const char *name);
/* Names that tcpsim knows but does not run, with the reason; NULL for others. */
const char *call_type_refusal(const char *name);
char *call_type_near(const char *name);

/* Memory that lives as long as the call, zeroed. */
void *call_buffer(struct run_call *call, size_t size);

/* run/message.c: msghdr, iovec and control data */
bool message_prepare_buffer(struct run *run, struct run_call *call,
	const struct script_expr *buffer, const struct script_expr *count);
bool message_prepare_vector(struct run *run, struct run_call *call, const struct script_expr *list,
	const struct script_expr *count);
bool message_prepare_header(
	struct run *run, struct run_call *call, const struct script_expr *header, bool receiving);
bool message_check(struct run *run, struct run_call *call);

/* run/option.c: socket option values */
bool option_prepare_set(struct run *run, struct run_call *call);
bool option_prepare_get(struct run *run, struct run_call *call);
bool option_check_get(struct run *run, struct run_call *call);

/* run/poll.c: poll and epoll */
bool poll_prepare(struct run *run, struct run_call *call);
bool poll_check(struct run *run, struct run_call *call);
bool epoll_prepare_ctl(struct run *run, struct run_call *call);
bool epoll_prepare_wait(struct run *run, struct run_call *call);
bool epoll_check_wait(struct run *run, struct run_call *call);

#endif
