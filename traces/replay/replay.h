/*
 * A capture, or several as one, read to the end: packets through decapsulation to the observer.
 * What was found stays here for the reports (report/), which only read it.
 *
 * Memory is a matter of how many connections there are, not of packets, unless events or the rows
 * of a ladder are asked for. A torn capture is read up to the tear; `error` then tells.
 */
#ifndef TCPSIM_TRACES_REPLAY_REPLAY_H
#define TCPSIM_TRACES_REPLAY_REPLAY_H

#include "traces/decapsulation/decapsulation.h"
#include "traces/flow/numbers.h"
#include "traces/observer/observer.h"

#include <glib.h>

/* An observation, kept. */
struct replay_event {
	uint64_t packet;
	int64_t time_ns;
	uint32_t place; /* of its connection */
	uint16_t rule;	/* enum tcpsim_rule */
	uint8_t side, before, after;
	bool probe_fits;
	uint64_t evidence; /* see struct observation */
};

/* A row of a ladder: one packet of a connection, what it did to both ends, and the marks on it. */
#define REPLAY_MAX_NOTES 10
struct replay_row {
	uint64_t packet;
	int64_t time_ns;
	uint32_t flow;		    /* number of its connection */
	uint8_t side;		    /* sender; for an ICMP error: whose segment it quotes */
	uint8_t state[2];	    /* of side 0 and 1, after it */
	uint32_t window, in_flight; /* of its sender, after it: scaled; sent and not acknowledged */
	uint32_t rtt_us;	    /* the round trip that it ends; 0: none */
	uint8_t n_notes;
	struct {
		uint16_t rule;
		uint8_t side, before, after;
		uint64_t evidence; /* see struct observation */
	} notes[REPLAY_MAX_NOTES];
	bool is_icmp;
	uint8_t icmp_family, icmp_type, icmp_code;
	uint16_t icmp_mtu;
	struct tcpsim_segment segment; /* its option bytes are in `raw`, its payload is gone */
	uint8_t raw[TCPSIM_MAX_OPTIONS_LEN];
};

struct replay;

/* Whose rows are kept for ladders. */
enum replay_rows {
	REPLAY_ROWS_NONE,
	REPLAY_ROWS_FEW,   /* of all, while they are few */
	REPLAY_ROWS_FIRST, /* of all, the first `few_rows` of them */
	REPLAY_ROWS_OF	   /* of some connections, by their numbers */
};

struct replay_options {
	const char *filter; /* pcap-filter(7) expression, or NULL */
	bool keep_events;
	bool keep_resets;
	bool keep_limits;   /* what each stretch of time went into, not the sums alone */
	size_t keep_queues; /* how many changes of listeners' queues to keep at most */
	enum replay_rows rows;
	const struct numbers *rows_of; /* REPLAY_ROWS_OF; lives as long as the replay */
	uint32_t few_flows, few_rows;
	const char *shown_as; /* what reports call it in place of its path, or NULL */
	uint32_t at_hand;     /* so many that have ended are not folded yet (flow.h); 0: none is */
	size_t memory;	      /* bytes that what is found may take (memory.h); 0: as there are */
	/* Called before connections are let go, which `going` names; may take the events out.
	 * NULL: the least troubled are counted, not kept. */
	void (*letting_go)(
		void *context, struct replay *r, flow_ended_fn going, void *going_context);
	void *letting_go_context;
	/* Called for each packet of a connection as it passes; NULL: nobody wants them. */
	void (*passed)(void *context, const struct flow *f, const struct replay_row *row);
	void *passed_context;
	/* Called now and then, with bytes done and in all. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
};

/* A late segment of a connection that has ended comes soon after, as a rule. */
#define REPLAY_AT_HAND 512

/* Segments wait in a short line, so that memory has time to come. */
#define REPLAY_AHEAD 8

struct replay {
	struct replay_options options;
	/* open while `replay` lives: paths and names are asked of it; NULL: packets are told of */
	struct capture *capture;
	struct decapsulation *decapsulation;
	struct flow_table *flows;
	struct listeners *listeners;
	struct observer observer;
	uint64_t packets, tcp_packets, icmp_errors;
	int64_t start_ns, end_ns;
	uint64_t let_go[FLOW_N_OUTCOMES]; /* connections that are held no longer */
	uint32_t next_look;		  /* so many held: time to look whether some may go */
	uint64_t wrong_sums; /* segments with a wrong TCP checksum: told, never dropped */
	struct observed_segment line[REPLAY_AHEAD];
	unsigned line_first, line_n;
	GArray *events; /* struct replay_event, if kept */
	GArray *rows;	/* struct replay_row, if kept */
	uint64_t rows_left_out;
	bool rows_given_up;	/* there were more than few */
	struct replay_row *row; /* of the packet under way */
	char *paths;		/* as they were given, joined by spaces */
	char *error;		/* why the capture ended early, or NULL */
};

/* Opens the captures. NULL and an error if that cannot be. */
struct replay *replay_open(
	const char *const *paths, size_t n, const struct replay_options *options, GError **error);
/* Reads to the end. */
void replay_run(struct replay *replay);
/* Without a capture: who sees the packets tells of each (tap.h), then of the end. The options'
 * `shown_as` is what it is called. */
struct replay *replay_new(const struct replay_options *options);
void replay_take(struct replay *replay, const struct capture_packet *packet);
/* The same of a packet whose segment the caller has found, as decapsulate() would. */
void replay_take_segment(struct replay *replay, const struct wire_packet *wire,
	const struct observed_packet *packet);
void replay_end(struct replay *replay);
/* Connections that were let go. */
uint64_t replay_let_go(const struct replay *replay);
void replay_free(struct replay *replay);

#endif
