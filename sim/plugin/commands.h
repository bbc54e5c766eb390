/*
 * Commands that packetdrill's scripts run as real processes, brought back to the simulated host:
 * the plug-in listens on a socket of its own and names it in $TCPSIM_PACKETDRILL;
 * `tcpsim-packetdrill-command`, found in $PATH under the names sysctl, nstat, ip and so on, sends
 * its words there, prints what comes back and exits with the status.
 */
#ifndef PLUGIN_COMMANDS_H
#define PLUGIN_COMMANDS_H

#include <glib.h>

struct plugin_commands;

typedef int (*plugin_command_fn)(void *context, const char *text, GString *output);

/* NULL, with a complaint, if there can be no socket. */
struct plugin_commands *plugin_commands_start(plugin_command_fn run, void *context);
void plugin_commands_stop(struct plugin_commands *commands);

#endif
