/* The calls that carry bytes and mean something that a pair of Unix sockets does not know. */
#ifndef SIM_EXEC_MESSAGE_H
#define SIM_EXEC_MESSAGE_H

#include <stdbool.h>

struct exec_call;
struct exec_socket;
struct exec_supervisor;
struct exec_wait;

/* Each is an exec_call_fn: answered or made to wait. */
bool exec_call_send(struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *so,
	int copy, struct exec_wait *wait);
bool exec_call_receive(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_ioctl(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);

#endif
