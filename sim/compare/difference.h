/*
 * Two accounts of the same events laid side by side: where they part first.
 *
 * Calls are held against each other in their order, packets in their order within a connection,
 * states in the order they were asked for. Numbers are relative to each side's own first ones,
 * timestamps to the first of the connection, times to a stated tolerance: what systems choose at
 * random is no difference. What comes after the first difference follows from it as a rule, and is
 * not judged.
 */
#ifndef COMPARE_DIFFERENCE_H
#define COMPARE_DIFFERENCE_H

#include "compare/account.h"

enum difference_kind {
	DIFFERENCE_NONE,
	DIFFERENCE_CALL,    /* a result, an errno, what was filled in */
	DIFFERENCE_SEGMENT, /* a field of a packet */
	DIFFERENCE_STATE,   /* states of sockets, or their figures (TCP_INFO) */
	DIFFERENCE_TIMING,  /* the same packet or result, at another time */
	DIFFERENCE_MISSING, /* the kernel sent a packet that the model did not */
	DIFFERENCE_EXTRA,   /* the model sent a packet that the kernel did not */
};

/* "call", "segment" ...: as --json has them. */
const char *difference_kind_name(enum difference_kind kind);

struct tolerance {
	int64_t least_ns; /* the kernel's clock has jiffies, and its sleeps are late by one */
	double share;	  /* of what was waited */
};
#define TOLERANCE_DEFAULT                                                                          \
	{                                                                                          \
		16000000, 0.20                                                                     \
	}

/* How late a thing may be that was waited for so long. */
static inline int64_t tolerance_of(const struct tolerance *tolerance, int64_t waited_ns)
{
	return tolerance->least_ns +
	       (int64_t)(tolerance->share * (double)(waited_ns > 0 ? waited_ns : 0));
}

struct difference {
	enum difference_kind kind;
	const char *field; /* "window", "errno", "time" ...; static */
	char *model, *kernel;
	int64_t time_ns;
	unsigned event;		   /* of the scenario */
	guint model_at, kernel_at; /* entries; G_MAXUINT: there is none on that side */
};

/* What is looked at. */
enum {
	DIFFERENCE_BUT_WINDOW = 1 << 0,	 /* the advertised window is not compared */
	DIFFERENCE_BUT_FIGURES = 1 << 1, /* states are, TCP_INFO is not */
	DIFFERENCE_ONLY_CALLS = 1 << 2,
	DIFFERENCE_ONLY_STATES = 1 << 3,
};

/* kind NONE: they agree. difference_clear() frees the texts. */
struct difference difference_first(const struct account *model, const struct account *kernel,
	const struct tolerance *tolerance, unsigned flags);
void difference_clear(struct difference *difference);

/*
 * A packet of an account in the one notation, with numbers relative to its connection's; the
 * connection is named when there are several. The caller frees it.
 */
char *account_packet_text(const struct account *account, guint entry);

#endif
