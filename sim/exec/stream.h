/* The bytes between a program and the host's socket. */
#ifndef SIM_EXEC_STREAM_H
#define SIM_EXEC_STREAM_H

#include <stdint.h>

struct exec_socket;

/* Carries what can be carried, both ways. May free it. */
void exec_stream_pump(struct exec_socket *so);
/* What the program has read is read from the host's socket. */
void exec_stream_note_read(struct exec_socket *so);
/* Makes the program's end look as if nothing could be written: `copy` is it. And undoes it. */
void exec_stream_block(struct exec_socket *so, int copy);
void exec_stream_unblock(struct exec_socket *so);
/* Sizes of the pair, once bytes flow: `copy` is the program's end. */
void exec_stream_open(struct exec_socket *so, int copy);
/* How much a pair can show at once on this machine. */
uint32_t exec_stream_most_shown(void);
/* Bytes that the program wrote and the host does not have yet. */
uint32_t exec_stream_unsent(const struct exec_socket *so);

#endif
