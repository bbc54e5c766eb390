/* Between the files of compare/ that make scenarios up. */
#ifndef COMPARE_IMPROVISE_INNER_H
#define COMPARE_IMPROVISE_INNER_H

#include "compare/improvise.h"
#include "compare/play.h"
#include "time_units.h"
#include "world/rng.h"

/* A peer's view of its connection; numbers are relative, as in a scenario. */
struct peer {
	bool used, syn_sent, answered, established, fin_sent, reset, sack_ok, ts_ok, active;
	bool ecn,
		echoes; /* it speaks ECN; it saw a mark, and says so until the host has answered */
	uint8_t wscale;
	uint16_t mss;
	uint32_t told;	   /* what it has acknowledged of the host's text */
	uint32_t nxt, una; /* what it will send next, what the host has acknowledged */
	uint32_t rcv_nxt;  /* what it has taken in order */
	uint32_t highest;  /* the end of the highest text it has seen */
	uint32_t hole_end; /* text beyond rcv_nxt that it has begins here; 0: there is none */
	uint32_t window;   /* unscaled, what it offers now */
	unsigned unacked;  /* segments of the host that it has not answered */
	uint32_t withheld, withheld_len; /* text of its own that it "lost": sent later */
	bool lose_next;			 /* the host's next text is lost on the way */
};

enum fd_kind { FD_NONE, FD_LISTENER, FD_CONNECTION };

struct improviser {
	struct player player;
	struct scenario *scenario;
	struct rng rng;
	bool odd;
	struct peer peers[SCENARIO_CONNECTIONS];
	struct {
		enum fd_kind kind;
		int connection;
	} fds[16];
	int accepted; /* how many connections the program has accepted */
};

static inline unsigned below(struct improviser *im, unsigned n)
{
	return (unsigned)rng_below(&im->rng, n);
}

static inline bool chance(struct improviser *im, unsigned percent)
{
	return below(im, 100) < percent;
}

/* Each may find that it is not the time for it: false. */
typedef bool (*improvise_act_fn)(struct improviser *im);
struct improvise_act {
	improvise_act_fn act;
	unsigned plain, odd; /* weights */
};
extern const struct improvise_act IMPROVISE_PEER_ACTS[], IMPROVISE_PROGRAM_ACTS[];

#endif
