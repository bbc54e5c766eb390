/*
 * The running kernel as a system under test: real sockets, a TUN device for its packets, the real
 * clock.
 *
 * It belongs to the process that made it, which is in a network namespace of its own by then
 * (live/namespace.h) and ends soon after: sockets that a script leaves open die with it. A call
 * that blocks waits in a thread; everything else happens in the caller's.
 *
 * Real time: advance() sleeps, and the machine's load adds to that. Whoever compares tells it by the
 * times of what happened.
 */
#ifndef LIVE_SUT_KERNEL_H
#define LIVE_SUT_KERNEL_H

#include "live/namespace.h"
#include "script/shell/files.h"
#include "script/system/config.h"
#include "script/system/sut.h"

/*
 * Enters namespaces, makes the device `tun0` with the script's addresses and MTU. `files` are those
 * of the machine that commands may read, and outlive it. NULL and *error (LIVE_ERROR: not to be had
 * here).
 */
struct sut *sut_kernel_new(
	const struct script_config *config, const struct script_files *files, GError **error);

/* The same in the namespaces that this process entered before, on a device that is there: `tun`
 * stays the caller's. */
struct sut *sut_kernel_on(int tun, const struct script_files *files, GError **error);

#endif
