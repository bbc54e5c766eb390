/*
 * Commands of scripts for the running kernel: settings go to this namespace's /proc/sys/net, and
 * the programs about a network that scripts use (ip, ss, nstat, tc, ethtool) are run for real, in
 * this namespace. No other program is.
 */
#ifndef LIVE_KERNEL_SHELL_H
#define LIVE_KERNEL_SHELL_H

#include "script/shell/shell.h"

struct shell *kernel_shell_new(const struct script_files *files, const char *device);

#endif
