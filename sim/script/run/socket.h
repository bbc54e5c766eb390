/* Descriptors and connections: which number of the script is which of the system. */
#ifndef SCRIPT_RUN_SOCKET_H
#define SCRIPT_RUN_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

struct run;
struct run_fd;
struct run_socket;

struct run_socket *run_socket_new(struct run *run);
struct run_fd *run_fd_find(struct run *run, int script_fd);
/* By the system's number. */
struct run_fd *run_fd_live(struct run *run, int live_fd);
void run_fd_add(struct run *run, int script_fd, int live_fd, struct run_socket *socket);
void run_fd_remove(struct run *run, int script_fd);
/* A child of a listener, for the first packet that comes in. */
struct run_socket *run_socket_child(struct run *run, uint32_t script_seq);
/* What to add to a number of the script to get the wire's. */
uint32_t run_remote_offset(const struct run_socket *socket, bool syn);
uint32_t run_local_offset(const struct run_socket *socket, bool syn);

#endif
