/* What the files of the ladder share; nobody else includes it. */
#ifndef TCPSIM_TRACES_LADDER_PARTS_H
#define TCPSIM_TRACES_LADDER_PARTS_H

#include "traces/report/report.h"
#include "traces/report/words.h"

/* How much a row wants to be seen. */
enum ladder_weight {
	LADDER_PLAIN,
	LADDER_MARKED, /* something was concluded from it */
	LADDER_FIRST,  /* the first of its kind */
	LADDER_MUST    /* a SYN, FIN, RST or ICMP error; ends a silence or a recovery */
};

/* What an end has sent that is not acknowledged. */
struct ladder_out {
	uint32_t bytes;
	bool syn, fin;
	bool shut; /* its own window is */
};

/* What a row is in the course of its connection. */
struct ladder_row {
	const struct replay_row *row;
	const struct flow_stall *stall; /* the silence that it ended, or NULL */
	int64_t gap_ns;			/* since the packet before it, if that was long; 0: no */
	struct ladder_out out[2];	/* of each side, before it */
	uint32_t peer_window;		/* what its receiver had offered last */
	bool peer_window_known;		/* and how that is scaled */
	bool ends_recovery; /* acknowledges all that was out when its peer began to send again */
	bool shown;
	uint8_t weight;
};

struct ladder {
	const struct replay *r;
	const struct report_style *style;
	const struct flow *f;
	unsigned client;
	struct ladder_row *rows;
	guint n;
	/* The first row of each side; n: it sent none. */
	guint first[2];
	unsigned number_width, time_width, flight_width, text_column, text_width;
	bool told[TCPSIM_NRULES];	     /* rules whose sentence has been printed */
	bool explained_stall[FLOW_N_STALLS]; /* so with the causes of silences */
	bool explained_recovery;
	uint8_t shown_state[2];
	bool has_moved[2];    /* that side was in another state than CLOSED */
	bool window_shown[2]; /* the last window of each side that was shown */
	uint32_t window[2];
	guint left_out;
};

/* What that end is called. */
static inline const char *ladder_who(const struct ladder *l, unsigned side)
{
	return side == l->client ? "client" : "server";
}

#endif
