/*
 * The inside of the supervisor: its sockets, and what its files ask of each other.
 *
 * A socket's life: FRESH by socket(); CONNECTING from connect() until the handshake is over;
 * STREAM while bytes flow; LISTENING; OVER once our end of the pair is closed, when only its name
 * and its error are left. It is in the table, by its inode, until the program's last copy is closed
 * (the pair hangs up; of one that is OVER nothing is heard, and table.c asks).
 */
#ifndef SIM_EXEC_INNER_H
#define SIM_EXEC_INNER_H

#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <tcpsim/socket.h>

#include "exec/supervisor.h"

enum exec_phase { EXEC_FRESH, EXEC_CONNECTING, EXEC_STREAM, EXEC_LISTENING, EXEC_OVER };

/* Text that is in the pair and was not read by the program, as far as is known: one write of ours.
 */
struct exec_shown {
	uint32_t len, memory;
};

#define EXEC_MOST_SHOWN 64 /* writes */

struct exec_socket {
	struct exec_supervisor *supervisor;
	enum exec_phase phase;
	ino_t inode;
	int model;		    /* the host's descriptor */
	int pair;		    /* our end; -1 once it is OVER */
	int spare;		    /* the program's end while no program has it yet, else -1 */
	struct exec_caller *caller; /* where the program's end was last seen */
	int tid, fd;
	uint32_t junk; /* bytes at the head of what comes from the program that it did not send */
	/* towards the program */
	struct exec_shown shown[EXEC_MOST_SHOWN]; /* a ring */
	unsigned shown_from, shown_n;
	uint32_t shown_bytes, shown_memory;
	uint32_t held;	/* the memory of the pair when it was last asked for */
	bool end_shown; /* the peer's FIN is told */
	bool has_room;	/* more room than a pair is born with */
	/* from the program */
	bool has_input;	 /* its end told that something may be there to read */
	uint8_t *unsent; /* what the host had no room for */
	uint32_t unsent_from, unsent_len;
	bool write_shut, read_shut; /* the program has shut down that */
	bool stale;		    /* so there is one byte more at the end that it did not send */
	bool fin_wanted;	    /* the host is to be told once all is sent */
	bool gone;		    /* the program's last copy is closed */
	bool left_unread;	    /* and what was shown was not all read then */
	bool is_dirty;		    /* to be looked at */
	uint32_t tokens;	    /* LISTENING: bytes that make the program's end readable */
	TAILQ_HEAD(, exec_socket) accepted; /* and connections that a call did not come to take */
	TAILQ_ENTRY(exec_socket) acceptable;
	struct sockaddr_storage to; /* CONNECTING: what connect() was asked for */
	socklen_t to_len;
	TAILQ_ENTRY(exec_socket) dirty;
};

/* A call that blocks: it is tried again whenever its socket wakes, until its time is over. */
struct exec_wait {
	TAILQ_ENTRY(exec_wait) link;
	struct exec_call call;
	struct exec_socket *socket;
	struct clock_event alarm;
	bool timed_out;
	size_t done; /* bytes of a send that were taken */
};

/* A call that was done, and whose program was called away by a signal before it heard so: it makes
 * the same call again, and is given the same answer. */
struct exec_unheard {
	struct exec_call call;
	int64_t result;
};

struct exec_supervisor {
	struct node *node;
	exec_say_fn say;
	void *say_context;
	int epoll, diag;
	GHashTable *by_inode;	       /* to struct exec_socket, owned */
	GPtrArray *by_model, *by_pair; /* by descriptor */
	GHashTable *unheard;	       /* tid to struct exec_unheard */
	GHashTable *said;	       /* what is said once */
	TAILQ_HEAD(, exec_socket) dirty;
	TAILQ_HEAD(, exec_wait) waits;
	struct clock_event work;
	unsigned over, over_swept;
	uint8_t *buffer;     /* for bytes on their way */
	uint32_t most_shown; /* bytes that a pair has room for: stream.c */
	struct exec_counts counts;
};

#define EXEC_CHUNK (64 * 1024) /* bytes carried at once */

/* Where the program's end was last seen: `fd` of the thread that calls. */
static inline void exec_socket_seen(struct exec_socket *so, const struct exec_call *call, int fd)
{
	so->caller = call->caller;
	so->tid = call->tid;
	so->fd = fd;
}

/* A call, answered or made to wait. `copy` is the program's end. wait: NULL, or it is tried
 * again; true: it is over. */
typedef bool (*exec_call_fn)(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);

static inline struct tcpsim_host *exec_host(const struct exec_supervisor *s)
{
	return s->node->host;
}

#endif
