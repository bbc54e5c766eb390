/* The TCP sockets of a network, as /proc/PID/net/tcp and tcp6 list them: to anybody, by one look. */
#ifndef LIVE_KERNEL_TABLES_H
#define LIVE_KERNEL_TABLES_H

#include <stdbool.h>
#include <sys/types.h>
#include <tcpsim/state.h>

/* One socket; the inode is 0 where no process has it any more. False stops. */
typedef bool (*kernel_row_fn)(void *context, enum tcpsim_state state, unsigned long inode);
/* Of the network that the process is in. */
void kernel_tables_each(pid_t pid, kernel_row_fn fn, void *context);
/* Does a descriptor of the process' lead to that socket? */
bool kernel_process_holds(pid_t pid, unsigned long inode);

#endif
