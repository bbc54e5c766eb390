/* The calls that were told: which they are about, their arguments, and those that wait. */
#ifndef SIM_EXEC_CALLS_H
#define SIM_EXEC_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct exec_call;
struct exec_socket;
struct exec_supervisor;
struct exec_wait;

/* Does it: answers, makes it wait or lets the kernel do it. */
void exec_calls_take(struct exec_supervisor *s, const struct exec_call *call);
/* Answers; remembers what was not heard. */
void exec_answer(struct exec_supervisor *s, const struct exec_call *call, int64_t result);
/* The call waits until the socket wakes, for at most timeout_ns (0: for ever). */
void exec_wait_for(struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *so,
	int64_t timeout_ns);
/* Tries again the calls that wait for it. */
void exec_waits_retry(struct exec_socket *so);
/* Such a call is over. */
void exec_wait_free(struct exec_wait *wait);
void exec_waits_drop(struct exec_supervisor *s, const struct exec_socket *so, int tid);
/* Has the program asked for calls that do not wait? Tells the host's socket, too. */
bool exec_is_nonblocking(struct exec_socket *so, int copy);
/* A socket address of at most `len` bytes; 0 or a negative errno. */
int exec_read_address(struct exec_supervisor *s, const struct exec_call *call, uint64_t from,
	uint64_t len, struct sockaddr_storage *out);
/* The room that a value-result length tells; a negative errno. */
int exec_read_room(struct exec_supervisor *s, const struct exec_call *call, uint64_t from);
/* What a call gives back: as much of the value as there is room for, and its whole length. 0 or
 * -EFAULT. */
int exec_write_value(struct exec_supervisor *s, const struct exec_call *call, uint64_t to,
	uint64_t len_to, const void *value, uint32_t len, uint32_t room);

#endif
