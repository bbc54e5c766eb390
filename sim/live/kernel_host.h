/*
 * A world's host that is the running kernel: `[host NAME] system = kernel`. It lives in a network
 * namespace of its own (and a user namespace, where we are not root), with a TUN device for each of
 * its interfaces; what the kernel sends through one goes on over the world's link, and what the
 * link delivers is written to it. To the rest of the world it is a host like any other.
 *
 * Such a world is driven by the real clock (live/drive.h). The drive and the world outlive the
 * kernel hosts: kernel_hosts_close() before either is freed.
 */
#ifndef LIVE_KERNEL_HOST_H
#define LIVE_KERNEL_HOST_H

#include "live/drive.h"
#include "live/namespace.h"
#include <sys/types.h>

struct kernel_host;
struct kernel_events;

/* Makes every kernel host of the world, which is built by then and runs not yet. False and *error
 * (LIVE_ERROR: not to be had here, or a setting that this kernel does not take); none is left. */
bool kernel_hosts_open(struct tcpsim_world *world, struct drive *drive, GError **error);
/* Their processes, sockets and namespaces go. */
void kernel_hosts_close(struct tcpsim_world *world);

/* Asks each kernel about its connections and queues once more: before a run is told. */
void kernel_hosts_look(struct tcpsim_world *world);

/* NULL: it is no kernel host, or not open. */
struct kernel_host *kernel_host_of(const struct node *node);
/* A process inside of its namespaces (they are /proc/PID/ns/net and user), which lives as long as
 * the host does. */
pid_t kernel_host_pid(const struct kernel_host *host);
/* The process of a program of the world that was started there as one (live/native.h), or 0. */
pid_t kernel_host_program(const struct kernel_host *host, const struct process *process);
/* What it tells (live/kernel_events.h); NULL: it is down. */
const struct kernel_events *kernel_host_events(const struct kernel_host *host);
/* For a process that was just forked and has one thread: into the host's namespaces, to run a
 * command there. False and errno. */
bool kernel_host_enter(const struct kernel_host *host);

#endif
