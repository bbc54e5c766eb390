/* Words of the reports: see glossary.h. */
#include "traces/report/glossary.h"

#include "traces/decapsulation/decapsulation.h"
#include "traces/observer/observer.h"
#include "traces/observer/why.h"
#include "traces/replay/crowd.h"

#include <string.h>

static const char *const OUTCOME[FLOW_N_OUTCOMES] = {
	[FLOW_OUTCOME_ESTABLISHED] = "The connection was open at the end of the capture.",
	[FLOW_OUTCOME_CLOSED] = "Both ends sent a FIN.",
	[FLOW_OUTCOME_RESET] =
		"A RST ended it after it was established (or, where the capture began "
		"later, at all).",
	[FLOW_OUTCOME_REFUSED] = "The SYN drew a RST.",
	[FLOW_OUTCOME_UNANSWERED] = "SYNs went out and nothing came back.",
	[FLOW_OUTCOME_HALF_OPEN] = "The SYN was answered and the handshake never completed; a scan "
				   "that resets the SYN,ACK looks so, too.",
	[FLOW_OUTCOME_MIDSTREAM] = "It was seen neither to open nor to end.",
};

static const char *const LIMIT[FLOW_N_LIMITS] = {
	[FLOW_LIMIT_HANDSHAKE] = "Until its SYN is acknowledged an end may send nothing else.",
	[FLOW_LIMIT_APPLICATION] =
		"Nothing was outstanding, and it was this end's turn: its program "
		"had nothing to send.",
	[FLOW_LIMIT_WINDOW] =
		"The receiver's window had no room for a segment: its program reads too "
		"slowly, or its buffer is small for the path.",
	[FLOW_LIMIT_CONGESTION] =
		"Full segments left as soon as acknowledgments came: the congestion "
		"window held the rest back.",
	[FLOW_LIMIT_RECOVERY] = "Losses were being repaired: from the silence before a timer's "
				"repetition, or from a fast one, until what was out then was "
				"acknowledged.",
	[FLOW_LIMIT_BUFFER] =
		"What was in flight did not grow though congestion control would have "
		"let it: the sender's buffer is suspected to be small.",
	[FLOW_LIMIT_PATH] = "All that the end had was on its way.",
	[FLOW_LIMIT_IDLE] = "Nothing was outstanding, and the peer had the word.",
};

static const char *const SILENCE[FLOW_N_STALLS] = {
	[FLOW_STALL_LOST_SYN] =
		"A SYN had no answer: it was lost on the way, or a listener did not "
		"take it.",
	[FLOW_STALL_LOST_SYN_ACK] = "A SYN,ACK or the ACK that answers it was lost or not taken.",
	[FLOW_STALL_TIMEOUT] = "The sender waited for its retransmission timer (RFC 6298).",
	[FLOW_STALL_AFTER_IDLE] =
		"The first segment after an idle time had to be sent again by the "
		"timer: a box on the way may have forgotten the connection.",
	[FLOW_STALL_TWICE_LOST] =
		"The repetition was lost, too: the timer had to run again, for twice "
		"as long.",
	[FLOW_STALL_BLACK_HOLE] =
		"Full-sized segments vanish and shorter ones pass: a link's MTU is "
		"smaller than the sender knows (RFC 2923).",
	[FLOW_STALL_TAIL_LOSS] = "The last of what was sent was lost: nothing behind it could show "
				 "that, and a probe did (RFC 8985 section 7).",
	[FLOW_STALL_LOSS] = "Loss was repaired, and that took longer than a round trip.",
	[FLOW_STALL_NEEDLESS] =
		"What had arrived was sent again: its acknowledgment was lost or late.",
	[FLOW_STALL_ZERO_WINDOW] =
		"The receiver's window was shut while there was something to send: "
		"its program did not read.",
	[FLOW_STALL_DELAYED_ACK] =
		"A short segment waited for an acknowledgment that the receiver "
		"delayed: Nagle's rule (RFC 1122 section 4.2.3.4) against delayed "
		"ACKs.",
	[FLOW_STALL_SERVER] =
		"Nothing was outstanding: the client waited for the server's program.",
	[FLOW_STALL_CLIENT] =
		"Nothing was outstanding: the server waited for the client's program.",
};

static const char *const STATE[TCPSIM_NSTATES] = {
	[TCPSIM_CLOSED] = "There is no connection.",
	[TCPSIM_LISTEN] = "The end waits for a SYN.",
	[TCPSIM_SYN_SENT] = "It has sent a SYN and waits for one that acknowledges it.",
	[TCPSIM_SYN_RCVD] = "A SYN has come and was answered; its acknowledgment is waited for.",
	[TCPSIM_ESTABLISHED] = "The connection is open: text goes both ways.",
	[TCPSIM_FIN_WAIT_1] = "It has sent a FIN, which is not acknowledged yet.",
	[TCPSIM_FIN_WAIT_2] = "Its FIN is acknowledged; the peer's is waited for.",
	[TCPSIM_CLOSE_WAIT] = "The peer's FIN has come; its own program has not closed yet.",
	[TCPSIM_CLOSING] = "Both have sent a FIN, and its own is not acknowledged yet.",
	[TCPSIM_LAST_ACK] = "The peer's FIN has come, and its own is not acknowledged yet.",
	[TCPSIM_TIME_WAIT] =
		"Both FINs are acknowledged: it waits until every old segment is gone.",
};

static const char *const CROWD[CROWD_N_KINDS] = {
	[CROWD_FLOOD] =
		"Many SYNs to one service whose senders neither go on nor ask again: meant to "
		"fill its queue, it is suspected.",
	[CROWD_FAILING] = "Many connections to one service came to nothing, though their clients "
			  "wanted them.",
	[CROWD_PORT_SCAN] =
		"One client tried many ports of one host, it is suspected to see which are "
		"open.",
	[CROWD_SWEEP] =
		"One client tried one port of many hosts, it is suspected to see which have "
		"it.",
};

static const char *const CERTAINTY[] = {
	[OBSERVER_SEEN] = "The packets show it.",
	[OBSERVER_INFERRED] = "Nothing else fits what is in the capture.",
	[OBSERVER_SUSPECTED] = "It fits best; something else may have been.",
};

static const struct glossary_word LADDER[] = {
	{"ladder", "recovery ends",
		"All is acknowledged that was out when the peer began to send again (RFC 6582 "
		"section "
		"3.2: a full acknowledgment)."},
	{"ladder", "outstanding", "Sent, and not acknowledged yet where the capture was taken."},
	{"ladder", "in flight",
		"Bytes that a sender has outstanding after a segment; the number behind the / is "
		"the "
		"window that its receiver had offered last."},
	{"ladder", "?", "Nothing of that end is in the capture: its state is not known."},
	{"ladder", "harm",
		"What its trouble cost a connection: seconds of silence but for the client's own "
		"thinking, one more where it never opened, half of one where a RST or an ICMP "
		"error "
		"came."},
};

static void add(GArray *words, const char *kind, const char *name, const char *sentence)
{
	const struct glossary_word word = {kind, name, sentence};

	g_array_append_val(words, word);
}

/* What an ICMP error is called, and what hosts make of it: opening, then open. */
static void add_icmp(GArray *words, uint8_t family, uint8_t type, uint8_t code)
{
	struct observed_icmp icmp = {
		.family = family, .type = type, .code = code, .state = TCPSIM_SYN_SENT};
	char unknown[32];
	const char *name = why_icmp_meaning(family, type, code, unknown, sizeof(unknown));
	char *opening, *open, *sentence;

	if (name == unknown)
		return;
	opening = why_icmp_effect(&icmp);
	icmp.state = TCPSIM_ESTABLISHED;
	open = why_icmp_effect(&icmp);
	sentence = g_strdup_printf("ICMPv%u error of type %u, code %u. While the connection opens: "
				   "%s. Once it is open: %s.",
		family == 6 ? 6 : 4, type, code, opening, open);
	add(words, "icmp", name, g_intern_string(sentence));
	g_free(opening);
	g_free(open);
	g_free(sentence);
}

static void add_icmps(GArray *words)
{
	static const uint8_t CODES[][3] = {/* family, type, codes */
		{4, 3, 16}, {4, 4, 1}, {4, 5, 1}, {4, 11, 2}, {4, 12, 1}, {6, 1, 7}, {6, 2, 1},
		{6, 3, 2}, {6, 4, 1}};

	for (gsize i = 0; i < G_N_ELEMENTS(CODES); i++)
		for (uint8_t code = 0; code < CODES[i][2]; code++)
			add_icmp(words, CODES[i][0], CODES[i][1], code);
}

static GArray *collect(void)
{
	GArray *words = g_array_new(FALSE, FALSE, sizeof(struct glossary_word));
	const char *name, *sentence;

	for (unsigned i = 0; i < FLOW_N_OUTCOMES; i++)
		add(words, "outcome", flow_outcome_name(i), OUTCOME[i]);
	for (unsigned i = 0; i < FLOW_N_LIMITS; i++)
		add(words, "limit", flow_limit_name(i), LIMIT[i]);
	for (unsigned i = 0; i < FLOW_N_STALLS; i++)
		add(words, "silence", flow_stall_name(i), SILENCE[i]);
	for (unsigned i = 0; i < TCPSIM_NSTATES; i++)
		add(words, "state", tcpsim_state_name(i), STATE[i]);
	for (unsigned i = 0; i < CROWD_N_KINDS; i++)
		add(words, "crowd", crowd_kind_name(i), CROWD[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(CERTAINTY); i++)
		add(words, "certainty", observer_certainty_name(i), CERTAINTY[i]);
	g_array_append_vals(words, LADDER, G_N_ELEMENTS(LADDER));
	for (unsigned i = 0; decapsulation_reason_at(i, &name, &sentence); i++)
		add(words, "skipped", name, sentence);
	add_icmps(words);
	return words;
}

const struct glossary_word *glossary(guint *n)
{
	static GArray *words;

	if (words == NULL)
		words = collect();
	*n = words->len;
	return (const struct glossary_word *)(const void *)words->data;
}
