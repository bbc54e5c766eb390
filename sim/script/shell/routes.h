/*
 * `ip route` of a script: routes of the simulated host, with the figures that they fix. What is there
 * already, or is not, is answered as the kernel does (net/ipv4/fib_trie.c, net/ipv6/route.c), by its
 * words and ip(8)'s status.
 */
#ifndef SCRIPT_SHELL_ROUTES_H
#define SCRIPT_SHELL_ROUTES_H

#include "script/shell/shell.h"

/* The words behind `route`; v6: `ip -6`, for what `default` is. The status. */
int shell_ip_route(struct shell *shell, int argc, char **argv, bool v6, struct shell_io *io);

#endif
