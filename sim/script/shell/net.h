/* Connections and the device: sockstat, ss, netstat, ip, ethtool, tc. */
#ifndef SCRIPT_SHELL_NET_H
#define SCRIPT_SHELL_NET_H

#include <glib.h>
#include <stdbool.h>

struct shell;

/* The table of connections as /proc/net/tcp (tcp6) has it. */
void shell_proc_net(struct shell *shell, bool v6, GString *out);

#endif
