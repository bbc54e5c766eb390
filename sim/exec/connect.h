/* connect, listen, accept, shutdown: from a fresh socket to a stream and towards its end. */
#ifndef SIM_EXEC_CONNECT_H
#define SIM_EXEC_CONNECT_H

#include <stdbool.h>

struct exec_call;
struct exec_socket;
struct exec_supervisor;
struct exec_wait;

/* Each is an exec_call_fn: answered or made to wait. */
bool exec_call_connect(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_accept(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_listen(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_shutdown(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
/* A connection whose handshake is over, well or not: what the program's end looks like from now
 * on. */
void exec_connect_over(struct exec_socket *so);
/* A listener's end is readable as long as a connection waits. */
void exec_listen_ready(struct exec_socket *so);

#endif
