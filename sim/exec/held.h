/*
 * Does any process still hold the Unix socket with that inode? A pair whose both directions are
 * shut, or whose other end is closed, tells nothing of its own close; the kernel's list of Unix
 * sockets does (sock_diag(7)), and where that is not to be had, /proc.
 */
#ifndef SIM_EXEC_HELD_H
#define SIM_EXEC_HELD_H

#include <stdbool.h>
#include <sys/types.h>

/* A descriptor for exec_is_held(), to be closed; -1: /proc will be read. */
int exec_held_open(void);
bool exec_is_held(int fd, ino_t inode);

#endif
