/*
 * One account as the page's viewer reads it: a head (JSON: names, sentences, one object a
 * connection) and tables of integers, a column after another. Whoever fills it knows TCP and no
 * HTML; web/ draws it and knows no C. docs/page.md has the format.
 *
 * The rows of a connection lie together, in the order of time; the view owns all of it.
 */
#ifndef TRACES_PAGE_VIEW_H
#define TRACES_PAGE_VIEW_H

#include "base/json_line.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/event.h>

#define PAGE_NEVER (-1)
#define PAGE_NONE  UINT32_MAX /* no state, no node */

enum page_kind {
	PAGE_SEGMENT,
	PAGE_ICMP,
	PAGE_TWIN,
	PAGE_CALL,	/* text: as strace prints it; until: its return */
	PAGE_RETURNED,	/* of a call that took time */
	PAGE_TIMER_SET, /* text: as people call it; until: the deadline */
	PAGE_TIMER_FIRED,
	PAGE_TIMER_STOPPED,
	PAGE_STATE,
	PAGE_QUEUE, /* figures: incomplete, completed, backlog */
	PAGE_CWND,  /* figures: cwnd, ssthresh */
	PAGE_ERROR,
	PAGE_REBOOT,
	PAGE_STALL, /* a silence; figures: certainty */
};

enum page_fate {
	PAGE_UNDER_WAY,
	PAGE_ARRIVED,
	PAGE_LOST,
	PAGE_SEEN /* by a tap: no more is known */
};

struct page_item {
	int64_t time, until; /* ns since the view's begin; until: NEVER */
	uint32_t kind, end, fate, node;
	uint32_t shown;		/* it has a row of the ladder */
	uint32_t packet;	/* its number in the capture; 0: none */
	uint32_t seq, ack, len; /* relative to each end's first number */
	uint32_t flags, win, urgent;
	uint32_t before, after; /* SEGMENT: the sender's state, the receiver's; STATE: from, to */
	uint32_t past_tcp;	/* a segment that a program put on the wire itself */
	uint32_t text, cause;	/* places in the strings: options, words; what lost it */
	uint32_t lost_from, lost_to;
	uint32_t a, b,
		c; /* figures of its kind; SEGMENT of a capture: in flight, round trip (us) */
};

/* What hosts did is known; how sure a capture's reader is, enum observer_certainty says. */
#define PAGE_KNOWN 3

/* Something about an item: a rule that applies. */
struct page_note {
	uint32_t item, rule, end, before, after, certainty, evidence;
};

/* The variables of an end, from `time` on (RFC 9293 §3.3.1), numbers relative. */
struct page_sample {
	int64_t time;
	uint32_t end, una, nxt, wnd, rcv_nxt, rcv_wnd, cwnd, ssthresh, mss;
	int64_t srtt, rttvar, rto;
};

struct page_view {
	struct json_line head; /* an object that is not closed yet */
	GArray *items, *notes, *samples;
	GPtrArray *strings; /* the first is empty */
	GHashTable *string_places;
	GArray *rules; /* enum tcpsim_rule; the first is NONE */
	uint32_t rule_places[TCPSIM_NRULES];
};

/* `source`: "capture" or "world". */
struct page_view *page_view_new(const char *source);
void page_view_free(struct page_view *view);
uint32_t page_string(struct page_view *view, const char *text);
/* Its place; the certainty with which it applies is what the rule itself lets one say. */
uint32_t page_rule(struct page_view *view, uint32_t rule);
/* An item with nothing in it, at the end. The pointer lives until the next one. */
struct page_item *page_item(struct page_view *view, enum page_kind kind);
/* Head and columns, behind what is there. Closes the head: once. */
void page_view_encode(struct page_view *view, GByteArray *out);

#endif
