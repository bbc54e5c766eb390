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
	bool has_news;	 /* its end told that something may be there to read */
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

/* A call that blocks: it is tried again whenever its socket has news, until its time is over. */
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

/* --- table.c --- */
/* A pair, and the socket of the host that it stands for: the host's is the table's from here. The
 * program's end is in `spare`. NULL and errno: no descriptors are left; the host's socket is
 * closed then. */
struct exec_socket *exec_socket_new(
	struct exec_supervisor *s, int model, enum exec_phase phase, bool nonblocking);
/* The host's socket is closed as by close(). */
void exec_socket_free(struct exec_socket *so);
/* Its pair is made anew, for one that is OVER; the new end is in `spare`. False and errno. */
bool exec_socket_renew(struct exec_socket *so, bool nonblocking);
/* Our end is closed: the program sees the end, or with bytes of it unread an error. */
void exec_socket_end(struct exec_socket *so);
/* The pair hung up, or `failed`, as it does whose other end is closed with bytes unread: is the
 * program's last copy closed? */
void exec_socket_hung_up(struct exec_socket *so, bool failed);
/* The program's end as a descriptor of ours, to be closed; -1: it is not found. */
int exec_socket_take(struct exec_socket *so);
/* The socket that the call is about, with the program's end as a descriptor of ours in *copy (to be
 * closed), or NULL: none of ours (*copy then is a negative errno, or of a stranger). */
struct exec_socket *exec_socket_of(
	struct exec_supervisor *s, const struct exec_call *call, int *copy);
static inline void exec_socket_seen(struct exec_socket *so, const struct exec_call *call, int fd)
{
	so->caller = call->caller;
	so->tid = call->tid;
	so->fd = fd;
}
void exec_socket_dirty(struct exec_socket *so);
/* Forgets those that are OVER and that no process has any more. */
void exec_table_sweep(struct exec_supervisor *s);

/* --- stream.c --- */
/* Carries what can be carried, both ways. May free it. */
void exec_stream_pump(struct exec_socket *so);
/* What the program has read is read from the host's socket. */
void exec_stream_note_read(struct exec_socket *so);
/* Makes the program's end look as if nothing could be written: `copy` is it. And undoes it. */
void exec_stream_block(struct exec_socket *so, int copy);
void exec_stream_unblock(struct exec_socket *so);
/* Sizes of the pair, once bytes flow: `copy` is the program's end. */
void exec_stream_open(struct exec_socket *so, int copy);
/* How much a pair can show at once on this machine. */
uint32_t exec_stream_most_shown(void);
/* Bytes that the program wrote and the host does not have yet. */
uint32_t exec_stream_unsent(const struct exec_socket *so);

/* --- calls.c --- */
/* Does it: answers, makes it wait or lets the kernel do it. */
void exec_calls_take(struct exec_supervisor *s, const struct exec_call *call);
/* Answers; remembers what was not heard. */
void exec_answer(struct exec_supervisor *s, const struct exec_call *call, int64_t result);
/* The call waits for news of the socket, for at most timeout_ns (0: for ever). */
void exec_wait_for(struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *so,
	int64_t timeout_ns);
/* Tries again the calls that wait for it. */
void exec_waits_retry(struct exec_socket *so);
/* Such a call is over. */
void exec_wait_free(struct exec_wait *wait);
void exec_waits_drop(struct exec_supervisor *s, const struct exec_socket *so, int tid);
/* One line that a user should see, the first time. */
void exec_say(struct exec_supervisor *s, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The calls, each answered or made to wait. `copy` is the program's end. wait: NULL, or it is tried
 * again; true: it is over. */
typedef bool (*exec_call_fn)(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_connect(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_accept(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_listen(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_setsockopt(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_getsockopt(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_send(struct exec_supervisor *s, const struct exec_call *call, struct exec_socket *so,
	int copy, struct exec_wait *wait);
bool exec_call_receive(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_shutdown(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);
bool exec_call_ioctl(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait);

/* Has the program asked for calls that do not wait? Tells the host's socket, too. */
bool exec_is_nonblocking(struct exec_socket *so, int copy);
/* A connection whose handshake is over, well or not: what the program's end looks like from now
 * on. */
void exec_connect_over(struct exec_socket *so);
/* A listener's end is readable as long as a connection waits. */
void exec_listen_news(struct exec_socket *so);

/* --- memory of the program, checked --- */
/* A socket address of at most `len` bytes; 0 or a negative errno. */
int exec_read_address(struct exec_supervisor *s, const struct exec_call *call, uint64_t from,
	uint64_t len, struct sockaddr_storage *out);
/* The room that a value-result length tells; a negative errno. */
int exec_read_room(struct exec_supervisor *s, const struct exec_call *call, uint64_t from);
/* What a call gives back: as much of the value as there is room for, and its whole length. 0 or
 * -EFAULT. */
int exec_write_value(struct exec_supervisor *s, const struct exec_call *call, uint64_t to,
	uint64_t len_to, const void *value, uint32_t len, uint32_t room);

static inline struct tcpsim_host *exec_host(const struct exec_supervisor *s)
{
	return s->node->host;
}

#endif
