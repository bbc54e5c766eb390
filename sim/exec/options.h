/* setsockopt and getsockopt: the host's socket has them all; a few concern the pair as well. */
#ifndef SIM_EXEC_OPTIONS_H
#define SIM_EXEC_OPTIONS_H

#include <stdbool.h>

struct exec_call;
struct exec_socket;
struct exec_supervisor;
struct exec_wait;

/* Each is an exec_call_fn: answered or made to wait. */
bool exec_call_setsockopt(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_getsockopt(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);

#endif
