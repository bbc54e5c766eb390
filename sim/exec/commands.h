/*
 * `[program NAME] run = COMMAND` of a world's file: a shell's command, unmodified, in a world by
 * the real clock. On a model's host its TCP is the host's (exec/host.h), on a kernel host the
 * kernel's. What it prints is told line by line with its time, or goes to the file of `output`; an
 * exit status that is not 0 is told.
 */
#ifndef SIM_EXEC_COMMANDS_H
#define SIM_EXEC_COMMANDS_H

#include "live/real_world.h"

extern const struct real_guests exec_commands;

#endif
