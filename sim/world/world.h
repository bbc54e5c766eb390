/*
 * A world: hosts, routers and switches that meet over links, programs that run on the hosts, one
 * clock. The inside of what <tcpsim/world.h> offers, for the modules of sim/world and sim/process.
 *
 * The world owns everything in it. A run is decided by what was built and the seed, and by nothing
 * else.
 */
#ifndef SIM_WORLD_WORLD_H
#define SIM_WORLD_WORLD_H

#include <glib.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <tcpsim/host.h>
#include <tcpsim/world.h>

#include "world/capture.h"
#include "world/clock.h"
#include "world/link.h"
#include "world/part.h"
#include "world/rng.h"
#include "world/router.h"

struct world_link;
struct process;

/* An interface of a node. */
struct port {
	struct node *node;
	unsigned index;
	char name[16];
	struct world_link *link;
	struct link_way *out;
	struct tcpsim_addr addr[2]; /* one a family at the most */
	int prefix_len[2];
	unsigned n_addr;
};

struct world_link {
	struct node *end[2];
	unsigned port[2];
	struct link_config config[2]; /* of the direction that starts at end[i] */
	struct link_way *way[2];
	struct tcpsim_addr addr[2][2]; /* [end][family]: given ones */
	int prefix_len[2][2];
	unsigned n_addr[2];
	bool v4, v6;   /* which families are given addresses by themselves */
	guint network; /* once it was built: its number, from 1 */
};

enum node_kind { NODE_HOST, NODE_ROUTER, NODE_SWITCH };

/* Who waits until a descriptor wakes. */
struct waiter {
	TAILQ_ENTRY(waiter) link;
	struct process *process;
	int fd;	    /* -1: any of the host's */
	bool alone; /* a wakeup is for one of such waiters: accept() */
};
TAILQ_HEAD(waiter_list, waiter);

#define WAITER_LISTS                                                                               \
	64 /* of as many descriptors in a row: they stand side by side and do not move */

/* What stands in for our TCP on a host that is a real system's (live/kernel_host.h). All is called
 * at the world's time; whoever sets it up owns it. */
struct node_outside {
	void *context;
	/* A packet comes in by that port; taken. */
	void (*receive)(void *context, unsigned port, struct tcpsim_packet *packet);
	/* A program is to start there. False: it makes no calls of a host and is run here. */
	bool (*start)(void *context, struct process *process);
	/* The machine goes down and comes up again. */
	void (*restart)(void *context);
	/* The number of the descriptor's connection, as the events of the host have it; 0: none. */
	uint32_t (*connection)(void *context, int fd);
};

/* Who looks on at a node, and is told of each packet that a capture there would have. */
struct node_tap {
	void *context;
	void (*packet)(
		void *context, unsigned port, int64_t time_ns, const struct tcpsim_packet *packet);
};

struct node {
	struct tcpsim_world *world;
	struct world_part *part; /* whose clock and pool it lives by */
	char *name;
	enum node_kind kind;
	unsigned index;
	struct port *ports;
	unsigned n_ports;
	struct capture_writer *capture;
	const struct node_tap *tap; /* NULL: nobody looks on */
	/* a host; of a kernel's there is no `host`, and nothing moves until it has its `outside` */
	bool is_kernel;
	const struct node_outside *outside;
	struct tcpsim_profile profile;
	GPtrArray *sysctls; /* "name=value", set when it is made */
	/* of a kernel's, which says only then whether it takes them: "FILE:LINE: ", one a sysctl */
	GPtrArray *sysctl_places;
	struct tcpsim_host *host;
	struct clock_event deadline, restart;
	unsigned incarnation; /* how often it was restarted */
	GPtrArray *processes; /* that were ever started here */
	uint32_t n_spawned;   /* of those: by programs */
	double work;	      /* what its programs have to do, roughly, in packets */
	GPtrArray *waiters;   /* by descriptor / WAITER_LISTS: that many lists, or NULL */
	struct waiter_list any_waiters;
	/* who else hears of its descriptors; NULL: nobody (exec/supervisor.h) */
	void (*on_wake)(void *context, int fd);
	void *wake_context;
	/* takes what comes for the host and is not for its TCP, or says no (exec/host.h); may be
	 * NULL */
	bool (*divert)(void *context, struct tcpsim_packet *packet);
	void *divert_context;
	guint network; /* of a switch, once it was built: that of all its links */
	/* a router */
	struct router router;
};

static inline bool node_is_watched(const struct node *node)
{
	return node->capture || node->tap;
}

/* Who keeps the programs (process/process.c), from the first of them on. */
struct world_programs {
	/* Gives the turn to those that are ready, in order, until none is. */
	void (*run_ready)(struct world_part *part);
	/* That descriptor wakes: who waits for it is ready. */
	void (*wake)(struct node *node, int fd);
	/* The machine goes down: what has started there ends, told of nothing. */
	void (*kill_all)(struct node *node);
	/* The world ends: their memory is given back. */
	void (*free_all)(struct tcpsim_world *world);
	/* Each event that a program of the host has scheduled before it ever ran. */
	void (*each_alarm)(
		struct node *node, void (*fn)(struct node *node, struct clock_event *event));
	/* Where the running one is; NULL: none runs in this thread. */
	const struct node *(*place)(void);
	/* The descriptor of the call that the running one is in; -1: none. */
	int (*calling)(void);
};

/* Who starts a program that does not run in here (exec/commands.h). */
struct world_starter {
	void *context;
	/* False: it is none of those. It is told over by process_ended(). */
	bool (*start)(void *context, struct process *process);
};

/* Who runs a world that tcpsim_world_run() is asked to run, in its place: by the real clock
 * (live/kernel_world.c). */
struct world_driver {
	void *context;
	/* As tcpsim_world_run(): the world's time then, or a negative errno. */
	int64_t (*run)(void *context, int64_t until_ns);
	bool (*is_over)(const void *context);
	/* The world ends; all of it is still there. */
	void (*free)(void *context);
};

/* Who is told what no host's event tells; each member may be NULL. The times are the clock's. */
struct world_witness {
	void *context;
	bool losses_only; /* of packets: those whose way ends before they arrive */
	/* At the link's `from` end a packet enters, or at the other end it arrives; drop >= 0: its
	 * way ends here (enum link_drop). captured: the node's capture has it, or its tap. */
	void (*packet)(void *context, const struct world_link *link, int from,
		const struct tcpsim_packet *packet, bool arrived, int drop, bool captured);
	/* The host has taken in the packet that arrived last: its events since are that packet's
	 * doing. */
	void (*taken)(void *context, const struct node *host);
	/* A router or switch forwards it no further. */
	void (*ended)(void *context, const struct node *router, const struct tcpsim_packet *packet,
		const char *why);
	/* The host goes down, and is about to forget. */
	void (*restarts)(void *context, const struct node *host);
	/* A program's call begins, and returns (process/process.h). */
	void (*call)(void *context, struct process *process, bool returned);
};

struct tcpsim_world {
	uint64_t seed;
	/* Its time; of a world that is split, as far as it was told. Then its parts have clocks and
	 * pools of their own, and these are for what is done before it runs. */
	struct clock *clock;
	struct tcpsim_pool *pool;
	struct world_part whole, **parts; /* parts: of a world that is split (world/split.h) */
	unsigned n_parts;		  /* 0: it is not */
	int64_t lookahead_ns;		  /* no packet goes from one part to another in less */
	uint64_t next_number;		  /* of an event, in the order of all parts */
	uint64_t windows;		  /* that the parts have run */
	GPtrArray *nodes, *links, *processes;
	GPtrArray *profiles; /* struct tcpsim_profile: those that files gave */
	GHashTable *by_name; /* of nodes */
	GHashTable *owners;  /* address to port, once it was built */
	uint32_t n_routers;  /* nodes that forward */
	bool built;
	int64_t until_ns;	  /* when it ends, whatever is still to happen */
	tcpsim_event_fn on_event; /* with event.host a node's index */
	void *event_context;
	uint32_t events_unwanted; /* 1 << kind: nobody needs to be told of these */
	bool acks_in_unwanted;	  /* nor of segments that come in, but for SYNs */
	const int *noted_calling; /* of an event that is told from a note: notify_calling() */
	tcpsim_world_say_fn on_say;
	void *say_context;
	const struct world_witness *witness; /* set before it is built; NULL: nobody */
	bool real_time;			     /* it is to run by the real clock alone */
	/* kernels hand over and take super-segments (live/super.h), where nobody is told of each
	 * packet that they take in */
	bool offload;
	const struct world_starter *starter; /* NULL: nobody */
	const struct world_driver *driver;   /* NULL: virtual time */
	const struct real_guests *guests;    /* live/real_world.h; NULL: none */
	bool texts_unwanted; /* of calls: the witness has room for no more of them */
	bool check;	     /* tcpsim_host_check after every input */
	bool lengths;	     /* ready-made programs send lengths: zeros that nobody makes */
	bool rest;	     /* tcpsim_host_rest after every input: for tests */
	bool no_short_path;  /* nor have hosts one for what they expected: for tests */
	/* hosts are driven by tcpsim_host_input alone, from a buffer that is overwritten at
	 * once: for tests */
	bool by_bytes;
	/* every receiver verifies checksums, even of what cannot have been damaged */
	bool distrust;
	const struct world_programs *programs; /* NULL: there was none yet */
	uint32_t next_process;
};

struct node *world_node(const struct tcpsim_world *world, const char *name);
/* A host whose TCP is a real kernel's; 0 or a negative errno, as tcpsim_world_add_host has them. */
int world_add_kernel_host(struct tcpsim_world *world, const char *name);
/* The first of those, or NULL: such a world runs by the real clock alone. */
const struct node *world_first_kernel(const struct tcpsim_world *world);
/*
 * A link in three steps, so that what it is to be like can be set between the first and the second:
 * made for two nodes (0, or a negative errno as tcpsim_world_link has them), put into the world,
 * which owns it from then on; or freed.
 */
int world_link_new(
	struct tcpsim_world *world, const char *a, const char *b, struct world_link **made);
void world_link_add(struct tcpsim_world *world, struct world_link *link);
void world_link_free(struct world_link *link);
/* "did you mean ...?" or "there are ...": the nodes' names, for a complaint. To be freed. */
char *world_near_nodes(const struct tcpsim_world *world, const char *name);
/* tcpsim_world_run step by step, for who does other things between them: builds the world and starts
 * what is to start at once; then one event after another. False: none is due by until_ns. */
void world_begin(struct tcpsim_world *world);
bool world_step(struct tcpsim_world *world, int64_t until_ns);
/* How many events are to happen yet. */
size_t world_pending(const struct tcpsim_world *world);
/* The programs that are ready have their turn. */
void world_run_ready(struct tcpsim_world *world);
/* Each address of the other nodes, and the port of `from` that leads there. */
typedef void (*route_fn)(void *context, const struct tcpsim_addr *addr, unsigned port);

#endif
