/* Tests of what runs on the kernel of this machine: whether it can be had, and a command where it
 * cannot. */
#ifndef SUPPORT_KERNEL_H
#define SUPPORT_KERNEL_H

#include "command.h"

/* Skips the test, with the reason, where no network namespace or TUN device can be had. */
void kernel_or_skip(void);
/* `command` in a namespace of mounts where /dev/net/tun is another device; $TCPSIM is the program,
 * and there is no ' in it. Skips the test where no such namespace can be had. */
struct command_result kernel_less_run(const char *command);

#endif
