/* The sockets of a supervisor, by the inode of the program's end. */
#ifndef SIM_EXEC_TABLE_H
#define SIM_EXEC_TABLE_H

#include "exec/inner.h"
#include <stdbool.h>

/* A pair, and the socket of the host that it stands for: the host's is the table's from here. The
 * program's end is in `spare`. NULL and errno: no descriptors are left; the host's socket is
 * closed then. */
struct exec_socket *exec_socket_new(
	struct exec_supervisor *s, int model, enum exec_phase phase, bool nonblocking);
/* The host's socket is closed as by close(). */
void exec_socket_free(struct exec_socket *so);
/* Its pair is made anew, for one that is OVER; the new end is in `spare`. False and errno. */
bool exec_socket_renew(struct exec_socket *so, bool nonblocking);
/* Our end is closed: the program sees the end, or with bytes of it unread an error. */
void exec_socket_end(struct exec_socket *so);
/* The pair hung up, or `failed`, as it does whose other end is closed with bytes unread: is the
 * program's last copy closed? */
void exec_socket_hung_up(struct exec_socket *so, bool failed);
/* The program's end as a descriptor of ours, to be closed; -1: it is not found. */
int exec_socket_take(struct exec_socket *so);
/* The socket that the call is about, with the program's end as a descriptor of ours in *copy (to be
 * closed), or NULL: none of ours (*copy then is a negative errno, or of a stranger). */
struct exec_socket *exec_socket_of(
	struct exec_supervisor *s, const struct exec_call *call, int *copy);
void exec_socket_dirty(struct exec_socket *so);
/* Forgets those that are OVER and that no process has any more. */
void exec_table_sweep(struct exec_supervisor *s);

#endif
