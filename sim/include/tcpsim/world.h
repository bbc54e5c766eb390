/*
 * A world of TCP hosts in virtual time: hosts, routers and switches meet over links whose rate,
 * delay and faults are in your hands; C programs written against <tcpsim/posix.h> run on the hosts.
 * The same world and seed give the same run, to the byte.
 *
 *	struct tcpsim_world *w = tcpsim_world_new(1);
 *	tcpsim_world_add_host(w, "client", &tcpsim_profile_linux);
 *	tcpsim_world_add_host(w, "server", &tcpsim_profile_freebsd);
 *	tcpsim_world_link(w, "client", "server", "delay = 20 ms; loss = 1 %", NULL);
 *	tcpsim_world_spawn(w, "server", "serve", server_main, 0, NULL, 0);
 *	tcpsim_world_spawn(w, "client", "ask", client_main, 0, NULL, 1000000);
 *	tcpsim_world_run(w, TCPSIM_FOREVER);
 *	tcpsim_world_free(w);
 *
 * A host may also be the Linux kernel of this machine (tcpsim_world_add_kernel_host): the world then
 * runs by the real clock, and programs run there as processes. docs/posix.md shows one source on
 * both.
 *
 * Times are nanoseconds from the beginning of the world. The world owns all it hands out. One world
 * is used by one thread; several worlds may run in several.
 */
#ifndef TCPSIM_WORLD_H
#define TCPSIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/profile.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tcpsim_world;
struct tcpsim_host;
struct tcpsim_addr;
struct tcpsim_event;

#define TCPSIM_FOREVER INT64_MAX

/* An empty world; everything random in it follows from the seed. Ends with tcpsim_world_free. */
struct tcpsim_world *tcpsim_world_new(uint64_t seed);
/* A world as a file describes it (docs/simulate.md), which ends when its file says: at `until`, or
 * after a week. With `system = kernel` among its hosts it runs as one with tcpsim_world_add_kernel_host
 * does; `run = COMMAND` is for `tcpsim simulate` alone. NULL, and *error (to be freed) tells the place
 * and what is wrong. */
struct tcpsim_world *tcpsim_world_load(const char *path, char **error);
/* Everything in it goes, programs that still run too: their stacks are given back, and what they
 * allocated themselves is lost. NULL is allowed. */
void tcpsim_world_free(struct tcpsim_world *world);

/* --- building; all before the world first runs. They return 0, or a negative errno: -EEXIST for a
 * name that is taken, -ENOENT for one that is unknown, -EFAULT for NULL where something is needed,
 * -EINVAL. What returns no errno does nothing with NULL, and returns 0, NULL or false. --- */
/* The profile (<tcpsim/profile.h>) is copied; -EINVAL also for one that
 * tcpsim_profile_check refuses. */
int tcpsim_world_add_host(
	struct tcpsim_world *world, const char *name, const struct tcpsim_profile *profile);
/*
 * A host that is the kernel of this machine, in a network namespace of its own, with addresses,
 * routes and links as any host's. It is made when the world first runs; that needs user namespaces
 * (or root) and /dev/net/tun. Nothing of a model is to be had there: tcpsim_world_host gives NULL,
 * a program is started by tcpsim_world_spawn_twice, and a sysctl that this kernel does not have ends
 * the first run with an error. Its events (tcpsim_world_on_event) are what a kernel tells.
 */
int tcpsim_world_add_kernel_host(struct tcpsim_world *world, const char *name);
/* Forwards, lowers the TTL, fragments and answers by ICMP: RFC 1812, RFC 4443. */
int tcpsim_world_add_router(struct tcpsim_world *world, const char *name);
/* Forwards without anybody noticing; all that is linked to it is one network. */
int tcpsim_world_add_switch(struct tcpsim_world *world, const char *name);
/*
 * Links two nodes. `settings` are the keys of a [link] section of a world's file, joined by ';'
 * (NULL: none): a line of unlimited rate and no delay otherwise. *error, if error is not NULL, is
 * told (and to be freed) for -EINVAL. Addresses are given by themselves: 10.0.N.1/24
 * and 10.0.N.2/24 on the N-th network.
 */
int tcpsim_world_link(struct tcpsim_world *world, const char *a, const char *b,
	const char *settings, char **error);
/* A sysctl of the host, as tcpsim_host_sysctl_set has them: -ENOENT also for a sysctl that its
 * system does not have, -EINVAL for a value that it does not take. A kernel host says so when the
 * world first runs, and then takes none any more: -EBUSY. */
int tcpsim_world_sysctl(
	struct tcpsim_world *world, const char *host, const char *name, const char *value);
/* Starts main(argc, argv) as a program of that host at that time; argv is copied. Also while the
 * world runs. Descriptors that it leaves open stay open: the programs of a host share them.
 * -EOPNOTSUPP on a kernel host, where the calls of <tcpsim/posix.h> lead nowhere. */
int tcpsim_world_spawn(struct tcpsim_world *world, const char *host, const char *program,
	int (*main)(int argc, char **argv), int argc, char **argv, int64_t start_ns);
/*
 * The same for a source that is compiled twice, on any host: in_world was compiled with
 * <tcpsim/posix.h>, on_kernel with -DTCPSIM_ON_KERNEL as well, or without that header;
 * TCPSIM_BOTH(f) is the pair of them as TCPSIM_PROGRAM names it. Either may be NULL: -EOPNOTSUPP on
 * a host that would need it.
 *
 * On a kernel host it is a process of its own, forked from the caller's when its time comes, and
 * killed with what it started when the world is freed, the latest: what it changes in memory nobody
 * else sees, and a world that it has a pointer to stands still. It inherits descriptors up to 199;
 * SIGPIPE is ignored. A signal that kills it is told as if it had said it, to standard error where
 * tcpsim_world_on_say was not called.
 */
int tcpsim_world_spawn_twice(struct tcpsim_world *world, const char *host, const char *program,
	int (*in_world)(int argc, char **argv), int (*on_kernel)(int argc, char **argv), int argc,
	char **argv, int64_t start_ns);
#define TCPSIM_BOTH(program) program, program##_on_kernel
/* Writes what passes the node's interfaces to a pcapng file, which is there, whole, when the world
 * is freed. -errno if it cannot be opened. */
int tcpsim_world_capture(struct tcpsim_world *world, const char *node, const char *path);

/* What programs say (tcpsim_say, and how the ready-made ones fare), and each event of each host
 * (event->host: hosts, routers and switches counted from 0 as they were added). Set before the
 * world first runs. */
typedef void (*tcpsim_world_say_fn)(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text);
void tcpsim_world_on_say(struct tcpsim_world *world, tcpsim_world_say_fn say, void *context);
void tcpsim_world_on_event(struct tcpsim_world *world,
	void (*event)(void *context, const struct tcpsim_event *event), void *context);

/* --- running --- */
/*
 * Runs until that time, until the end that the world's file gives it, or until nothing is to happen
 * any more, whichever comes first; returns the time it is then.
 *
 * With a kernel host in it, it takes that long by the clock, and goes on by itself on the kernel
 * hosts between two runs. Nothing is to happen there when its programs have ended, or wait at a
 * listener (or, on a model, for another), and all connections have been closed and silent for a
 * second, or silent for five; TCPSIM_FOREVER is three minutes. A negative errno if the kernel hosts
 * cannot be had: -EPERM, -ENODEV, -EMFILE, or -EINVAL for a setting; nothing has happened then.
 */
int64_t tcpsim_world_run(struct tcpsim_world *world, int64_t until_ns);
/* The end that its file gives the world; TCPSIM_FOREVER for one that was built by calls. */
int64_t tcpsim_world_until(const struct tcpsim_world *world);
/* Has it ended, so that running it again does nothing: nothing is to happen any more, or its end
 * has come (tcpsim_world_running then tells the programs that it cut off). */
bool tcpsim_world_is_over(const struct tcpsim_world *world);
/* The virtual time now. */
int64_t tcpsim_world_now(const struct tcpsim_world *world);
/* Why the last run gave a negative errno, in one line that says what to do; NULL: it did not. It is
 * the world's, until it runs again. */
const char *tcpsim_world_error(const struct tcpsim_world *world);
/* By how much the latest of its events came later than it was to, on a machine that had other things
 * to do, in nanoseconds; above four milliseconds no time of such a run is to be believed. 0 in
 * virtual time. */
int64_t tcpsim_world_lateness(const struct tcpsim_world *world);
/* How many programs have not ended. */
unsigned tcpsim_world_running(const struct tcpsim_world *world);
/* How that host's program of that name ended, the last that was spawned if there are several: what
 * it returned or gave exit(), the lowest eight bits of it; 128 and the number of the signal that
 * killed it on a kernel host, 137 also where its host went down. -EAGAIN: it has not ended. -ENOENT:
 * there is none. */
int tcpsim_world_status(const struct tcpsim_world *world, const char *host, const char *program);
/* The host of that name, to look at or to steer; after socket calls on it, tcpsim_world_flush.
 * NULL: no such host. */
struct tcpsim_host *tcpsim_world_host(struct tcpsim_world *world, const char *name);
void tcpsim_world_flush(struct tcpsim_world *world, const char *name);
/* The first address of that node; false: none of that name. */
bool tcpsim_world_address(struct tcpsim_world *world, const char *name, struct tcpsim_addr *addr);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
