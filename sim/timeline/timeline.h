/*
 * The account of a run: what happened at which node, on one clock, as data. Whoever tells it (text,
 * JSON, a page, a comparison, a lesson) reads this and works out no TCP; whoever writes it (the
 * witness of a world; an observer of a capture; a kernel) knows no reader. docs/timeline.md.
 *
 * It is two tables: nodes and connections, each with what became of it, and the items, in the order
 * of time, each of one kind. A segment is one item from its departure to its arrival or its end, so
 * both ends' states stand at it; a call is one item from its beginning to its return. Texts and
 * options lie in arenas, and items point there: an item has 72 bytes.
 *
 * The items are kept up to a number and counted beyond it, and connections too; what is told of
 * nodes, connections and listeners as a whole goes on being right. The timeline owns all of it.
 */
#ifndef SIM_TIMELINE_TIMELINE_H
#define SIM_TIMELINE_TIMELINE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/event.h>

#define TIMELINE_NONE  UINT32_MAX
#define TIMELINE_NEVER (-1) /* a time that has not come */

enum timeline_node_kind { TIMELINE_HOST, TIMELINE_ROUTER, TIMELINE_SWITCH };

struct timeline_node {
	char *name;
	const char *system; /* the profile's name; NULL: no host */
	enum timeline_node_kind kind;
	uint32_t reboots;
	int64_t rebooted_ns; /* the last time */
};

/* How sure a fact is: what a host did is known, what packets let conclude is not. */
enum timeline_certainty { TIMELINE_KNOWN, TIMELINE_SEEN, TIMELINE_INFERRED, TIMELINE_SUSPECTED };

struct timeline_end {
	uint32_t node; /* whose address it is; NONE: nobody's */
	struct tcpsim_addr addr;
	uint16_t port;
	uint8_t state, ended_in; /* now; and that from which it went to CLOSED */
	bool is_tcp;		 /* the host had a connection (or an entry of a queue) for it */
	bool was_tcp_sent;	 /* some segment of it came from the host's TCP */
	bool has_base;
	bool is_passive;		  /* it began as an entry of a listener's queue */
	tcpsim_seq base;		  /* its first number: others are told relative to it */
	uint32_t id;			  /* the connection's number on its host; 0: it has none */
	int64_t established_ns, ended_ns; /* NEVER */
	uint16_t ended_rule;		  /* what took it to CLOSED */
	uint16_t reset_rule;		  /* why it sent its last RST */
	int error;			  /* errno that its program got */
	int soft_error;			  /* the one that ICMP left, errno */
	uint64_t segments, bytes;	  /* that it sent, repetitions included */
	uint32_t repeated, lost, ignored; /* of those: sent again, lost on the way, not taken */
	uint32_t syns, syns_ignored;	  /* by a listener: the queues were full */
	tcpsim_seq sent_to;		  /* the highest number it sent, and one */
	uint32_t sample;		  /* place of its last one, and one; 0: none */
};

struct timeline_connection {
	struct timeline_end end[2]; /* 0 sent the first segment */
	int64_t start_ns, last_ns;  /* first departure; last departure, arrival or change */
	uint32_t first_seen;	    /* its first packet in the capture that goes with it; 0: none */
	bool rebooted[2];	    /* that end's host forgot it */
};

struct timeline_listener {
	uint32_t node, id;
	uint16_t port;
	uint32_t backlog, incomplete, completed, peak_incomplete, peak_completed;
	uint32_t syns, entries, cookies, accepted, expired;
	uint32_t dropped[TCPSIM_NRULES]; /* SYNs and ACKs, by rule */
	bool is_open;
};

enum timeline_kind {
	TIMELINE_SEGMENT,
	TIMELINE_AGAIN, /* a segment's twin arrives */
	TIMELINE_ICMP,
	TIMELINE_STATE,
	TIMELINE_TIMER_SET,
	TIMELINE_TIMER_FIRED,
	TIMELINE_TIMER_STOPPED,
	TIMELINE_QUEUE,
	TIMELINE_CWND,
	TIMELINE_ERROR,
	TIMELINE_CALL,
	TIMELINE_SAID,
	TIMELINE_REBOOT,
	TIMELINE_NKINDS
};
const char *timeline_kind_name(enum timeline_kind kind);

enum timeline_fate { TIMELINE_UNDER_WAY, TIMELINE_ARRIVED, TIMELINE_LOST };

struct timeline_item {
	int64_t time_ns;
	/* SEGMENT, ICMP: when it arrived or was lost; CALL: when it returned; TIMER_SET: the
	 * deadline; else, and where it has not come: NEVER */
	int64_t until_ns;
	uint32_t connection; /* NONE: it belongs to none */
	uint32_t node;	     /* where it happened; SEGMENT: where it left */
	uint8_t kind;
	uint8_t certainty;
	uint8_t end;	       /* of the connection: which one sends, changes, calls */
	uint8_t before, after; /* states; SEGMENT: the sender's, and the receiver's once it came */
	uint8_t fate; /* enum timeline_fate; STATE: ARRIVED when a segment's arrival made it */
	uint8_t timer;
	uint16_t rule, taken_rule; /* why; SEGMENT: why it left, and what the receiver did */
	int32_t error;		   /* errno */
	uint32_t text;		   /* SEGMENT, ICMP: its place; CALL, SAID: its words' */
	union {
		struct {
			uint32_t seen;		     /* its number in the capture; 0: not in it */
			uint32_t lost_from, lost_to; /* nodes; equal: lost at it */
			uint8_t cause;		     /* into timeline->causes */
		} segment;
		struct {
			int64_t result;
			int32_t fd;	   /* that it is about, or -1 */
			uint32_t program;  /* its name's place in the words */
			uint32_t returned; /* in front of that item */
		} call;
		struct {
			uint32_t incomplete, completed, backlog;
			uint16_t port;
		} queue;
		struct {
			uint32_t cwnd_bytes, ssthresh_bytes;
		} cwnd;
		struct {
			uint32_t connections; /* that it forgot */
		} reboot;
	};
};

/* What a segment or an ICMP message is, apart from where it goes. */
struct timeline_segment {
	tcpsim_seq seq, ack;
	uint16_t flags, window, urgent;
	uint8_t ip_version, options_len;
	uint32_t len, options; /* their place */
	uint8_t icmp_type, icmp_code;
	uint16_t icmp_mtu;
};

/* An end's variables after a segment left it or was taken in (RFC 9293 §3.3.1, RFC 5681, RFC
 * 6298). Kept where the timeline is to have them, and one a change. */
struct timeline_sample {
	int64_t time_ns;
	uint32_t connection;
	uint8_t end;
	bool knows_peer; /* the peer's first number: rcv_nxt is one */
	tcpsim_seq snd_una, snd_nxt, rcv_nxt;
	uint32_t snd_wnd, rcv_wnd, cwnd, ssthresh, mss;
	int64_t srtt_ns, rttvar_ns, rto_ns; /* 0: no round trip yet */
};

struct timeline {
	GArray *nodes;		/* struct timeline_node */
	GPtrArray *connections; /* struct timeline_connection, in order of their first segment */
	GPtrArray *listeners;	/* struct timeline_listener, in order of listen() */
	GArray *items;		/* struct timeline_item */
	GArray *segments;	/* struct timeline_segment */
	GArray *samples;	/* struct timeline_sample */
	size_t most_samples;	/* kept: none unless its owner says so */
	GByteArray *options;
	GString *words; /* NUL after each */
	GPtrArray *causes;
	size_t most_items, most_connections; /* kept */
	uint64_t left_out, connections_left_out;
	uint64_t kinds[TIMELINE_NKINDS]; /* how many there were of each, kept or not */
	int64_t end_ns;
	uint32_t watched; /* the node whose capture `seen` counts; NONE */
};

struct timeline *timeline_new(size_t most_items, size_t most_connections);
void timeline_free(struct timeline *timeline);

uint32_t timeline_add_node(struct timeline *timeline, const char *name,
	enum timeline_node_kind kind, const char *system);
/* NULL when there are as many as are kept; then it is counted. */
struct timeline_connection *timeline_add_connection(struct timeline *timeline);
struct timeline_listener *timeline_add_listener(
	struct timeline *timeline, uint32_t node, uint32_t id, uint16_t port);
/* A copy of the item at the end; its index, or NONE when there is no room, and it is counted. */
uint32_t timeline_add(struct timeline *timeline, const struct timeline_item *item);
static inline bool timeline_is_full(const struct timeline *timeline)
{
	return timeline->items->len >= timeline->most_items;
}
/* Counts an item that there is no room for; whoever knows that need not make it. */
static inline void timeline_leave_out(struct timeline *timeline, enum timeline_kind kind)
{
	timeline->kinds[kind]++;
	timeline->left_out++;
}
uint32_t timeline_add_words(struct timeline *timeline, const char *text);
uint32_t timeline_add_segment(struct timeline *timeline, const struct tcpsim_segment *segment);
uint8_t timeline_cause(struct timeline *timeline, const char *cause);

static inline struct timeline_item *timeline_at(const struct timeline *t, uint32_t item)
{
	return &g_array_index(t->items, struct timeline_item, item);
}
static inline const char *timeline_words(const struct timeline *t, uint32_t place)
{
	return t->words->str + place;
}
static inline const struct timeline_node *timeline_node(const struct timeline *t, uint32_t node)
{
	return node < t->nodes->len ? &g_array_index(t->nodes, struct timeline_node, node) : NULL;
}
/* Its name; "nobody" for NONE. */
const char *timeline_node_name(const struct timeline *timeline, uint32_t node);
/* Those of the options that tell something: no padding, no timestamps. Returns their length. */
uint8_t timeline_remarkable_options(
	const uint8_t *raw, uint8_t raw_len, uint8_t out[TCPSIM_MAX_OPTIONS_LEN]);
/* The segment of an item in the numbers of the wire; `base`: what its sender's numbers are told
 * relative to, and the other end's. Its options lie in the timeline. */
struct tcpsim_segment timeline_segment_of(
	const struct timeline *timeline, const struct timeline_item *item, tcpsim_seq base[2]);
/* The segment of an item in the one notation, numbers relative; options left out but for a SYN's,
 * and what tells: `all` for all. Cut to size. */
void timeline_segment_text(const struct timeline *timeline, const struct timeline_item *item,
	bool all, char *out, size_t size);
/* "10.0.1.1:46559" */
void timeline_end_text(const struct timeline_end *end, char out[64]);
/* A timer as people call it in that state: "SYN timer", "connection timer", "retransmission timer".
 */
const char *timeline_timer_words(enum tcpsim_timer timer, enum tcpsim_state state);

#endif
