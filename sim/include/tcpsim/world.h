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
 * after a week. NULL, and *error (to be freed) tells the place and what is wrong. */
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
 * system does not have, -EINVAL for a value that it does not take. */
int tcpsim_world_sysctl(
	struct tcpsim_world *world, const char *host, const char *name, const char *value);
/* Starts main(argc, argv) as a program of that host at that time; argv is copied. Also while the
 * world runs. Descriptors that it leaves open stay open: the programs of a host share them. */
int tcpsim_world_spawn(struct tcpsim_world *world, const char *host, const char *program,
	int (*main)(int argc, char **argv), int argc, char **argv, int64_t start_ns);
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
/* Runs until that time, until the end that the world's file gives it, or until nothing is to happen
 * any more, whichever comes first; returns the time it is then. */
int64_t tcpsim_world_run(struct tcpsim_world *world, int64_t until_ns);
/* The end that its file gives the world; TCPSIM_FOREVER for one that was built by calls. */
int64_t tcpsim_world_until(const struct tcpsim_world *world);
/* Has it ended, so that running it again does nothing: nothing is to happen any more, or its end
 * has come (tcpsim_world_running then tells the programs that it cut off). */
bool tcpsim_world_is_over(const struct tcpsim_world *world);
/* The virtual time now. */
int64_t tcpsim_world_now(const struct tcpsim_world *world);
/* How many programs have not ended. */
unsigned tcpsim_world_running(const struct tcpsim_world *world);
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
