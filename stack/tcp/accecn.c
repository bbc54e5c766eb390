/*
 * More accurate ECN feedback, RFC 9768, as Linux does it: three flags of every header count the CE
 * marks that came (ACE, modulo 8), an option counts bytes by mark (modulo 2^24), and what a
 * middlebox might do to either is watched.
 */
#include <tcp/accecn.h>
#include <tcp/ecn.h>

#include <tcp/sender_cwnd.h>
#include <tcp/state.h>

#define ACE_START   5u /* RFC 9768 §3.2.1 */
#define ACE_MASK    7u
#define ACE_FULL    4  /* marks not told that make an ACK due (RFC 9768 §3.2.2.5.1) */
#define E0B_START   1u /* RFC 9768 §3.2.1: a field that was zeroed shows */
#define E1B_START   1u
#define FIELD_MASK  0xffffffu
#define FIELD_SIGN  0x800000u
#define OPTION_MAX  11u /* kind, length, three fields */
#define FIELD_LEN   3u
#define SACK_LEN    8u
#define REPORT_EACH (1u << 22) /* bytes of a counter that may pass untold (RFC 9768 §3.2.3.3) */
/* After so many bytes a first option says nothing: it may have wrapped. */
#define TOO_LATE      ((1u << 23) - 1)
#define SAFETY_SHIFT  1 /* Linux: half of the marks that ACE's wrap would mean */
#define AVERAGE_SHIFT 6
#define THINNED_ACKS                                                                               \
	4 /* packets an ACK acknowledges on average, where ACKs are thinned out on the way */

enum { E1B, E0B, CEB }; /* IP-ECN - 1 */

/* --- the handshake, RFC 9768 §3.2.2.1 --- */

unsigned accecn_reflect(uint8_t syn_ecn)
{
	static const uint8_t ACE[4] = {
		[ECN_NOT_ECT] = 2, [ECN_ECT1] = 3, [ECN_ECT0] = 4, [ECN_CE] = 6};

	return ACE[syn_ecn & 3];
}

/* Our SYN and SYN,ACK leave as not-ECT: that they came with a mark cannot be
 * (RFC 9768 §3.2.2.3). */
bool accecn_reflection_holds(struct tcp_tcb *tcb, unsigned ace)
{
	if (!tcb_sys(tcb)->ecn_fallback || ace == accecn_reflect(ECN_NOT_ECT))
		return true;
	tcb->ecn.fail_mode |= ACCECN_FAIL_ACE_RECV;
	return false;
}

/* --- segments --- */

void accecn_mark_outgoing(struct tcp_tcb *tcb, struct tcpsim_segment *out)
{
	bool empty = !out->len && !(out->flags & TCPSIM_FIN);
	/* Linux keeps an orphan in FIN-WAIT-2 as it keeps TIME-WAIT: without counters */
	bool remains = tcb->orphaned && tcb->state == TCPSIM_FIN_WAIT_2 &&
		       tcb_sys(tcb)->fin_wait_2_orphans_only;

	if (!(tcb->ecn.fail_mode & (ACCECN_FAIL_ACE_RECV | ACCECN_FAIL_ACE_SEND)))
		out->tos |= ECN_ECT0;
	if (tcb->ecn.flags & ECN_REFLECT && empty) {
		out->flags |= ecn_ace_flags(accecn_reflect(tcb->ecn.syn_ecn));
		return;
	}
	if (!remains)
		out->flags |= ecn_ace_flags(tcb->ecn.received_ce + ACE_START);
	tcb->ecn.ce_pending = 0;
}

static void demand(struct tcp_tcb *tcb, uint8_t segments)
{
	if (tcb->ecn.opt_demand < segments)
		tcb->ecn.opt_demand = segments;
}

/* Fields an option with E1B first needs to tell that counter. */
static uint8_t fields_for(unsigned ecn)
{
	static const uint8_t FIELDS[4] = {[ECN_ECT1] = 1, [ECN_CE] = 2, [ECN_ECT0] = 3};

	return FIELDS[ecn];
}

static void count_bytes(struct tcp_tcb *tcb, unsigned ecn, uint32_t len)
{
	uint32_t *counter = &tcb->ecn.received_bytes[ecn - 1], before = *counter;

	*counter += len;
	if (tcb->ecn.opt_len_min < fields_for(ecn))
		tcb->ecn.opt_len_min = fields_for(ecn);
	if ((*counter ^ before) & ~(REPORT_EACH - 1))
		demand(tcb, 1);
}

static void want_ack(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	tcb->ecn.flags |= ECN_ACK_SOON;
	if (tcp_segment_span(seg))
		tcb->ack_now = true;
}

void accecn_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	unsigned ecn = seg->tos & 3;
	bool edge = tcb->ecn.last_ecn != ecn;

	if (ecn) {
		tcb->ecn.ect_seen = true;
		if (ecn == ECN_CE) {
			tcb->ecn.received_ce++;
			tcb->ecn.ce_pending += tcb->ecn.ce_pending < 15;
		}
		if (seg->len)
			count_bytes(tcb, ecn, seg->len);
	}
	if (tcb->ecn.flags & ECN_ACK_SOON && tcp_segment_span(seg))
		tcb->ack_now = true;
	if (edge || ecn == ECN_CE) {
		tcb->ecn.last_ecn = (uint8_t)ecn;
		if (edge)
			want_ack(tcb, seg);
		tcb->ecn.opt_demand =
			2; /* the second tells the mark of the text between both for certain */
	}
}

/* --- the option that came, RFC 9768 §3.2.3 --- */

uint8_t accecn_option_seen(const struct tcpsim_options *o)
{
	uint32_t first = o->accecn_order ? o->accecn_e1b : o->accecn_e0b;
	uint32_t last = o->accecn_order ? o->accecn_e0b : o->accecn_e1b;

	if (!o->accecn_n)
		return ACCECN_OPT_EMPTY;
	return !first || (o->accecn_n == 3 && !last) ? ACCECN_OPT_ZEROED : ACCECN_OPT_COUNTERS;
}

void accecn_note_option(struct tcp_tcb *tcb, const struct tcpsim_options *o)
{
	if (tcb->ecn.opt_state >= ACCECN_OPT_COUNTERS)
		return;
	tcb->ecn.opt_state = accecn_option_seen(o);
	if (tcb->ecn.opt_state == ACCECN_OPT_ZEROED)
		tcb->ecn.fail_mode |= ACCECN_FAIL_OPT_RECV;
}

/* Brings a counter to a field's value, modulo 2^24; by how much it grew. */
static int32_t take_field(uint32_t *counter, uint32_t field)
{
	uint32_t delta = (field - *counter) & FIELD_MASK;

	if (delta & FIELD_SIGN)
		delta |= ~FIELD_MASK;
	*counter += delta;
	return (int32_t)delta;
}

/* No option on this ACK: what it delivered is put down to the mark that has been seen so far. */
static bool estimate_bytes(struct tcp_tcb *tcb, uint32_t delivered_bytes)
{
	if (tcb->ecn.opt_state == ACCECN_OPT_NONE) {
		if (tcb->count.bytes_sent >= TOO_LATE) {
			tcb->ecn.opt_state = ACCECN_OPT_ZEROED;
			tcb->ecn.fail_mode |= ACCECN_FAIL_OPT_RECV;
		}
		return false;
	}
	if (!tcb->ecn.estimate)
		return false;
	tcb->ecn.delivered_bytes[tcb->ecn.estimate - 1] += delivered_bytes;
	return true;
}

/* Takes the option's counters; true: bytes delivered by mark are known for certain. */
static bool take_option(
	struct tcp_tcb *tcb, const struct tcpsim_options *o, uint32_t delivered_bytes)
{
	static const uint8_t FIELD[2][3] = {
		{ECN_ECT0, ECN_CE, ECN_ECT1}, {ECN_ECT1, ECN_CE, ECN_ECT0}};
	uint8_t estimate = tcb->ecn.estimate;
	bool certain = estimate, changed = false, ambiguous = false;

	if (tcb->ecn.fail_mode & ACCECN_FAIL_OPT_RECV)
		return false;
	if (!(o->present & TCPSIM_HAS_ACCECN))
		return estimate_bytes(tcb, delivered_bytes);
	accecn_note_option(tcb, o);
	for (unsigned i = 0; i < o->accecn_n && i < 3; i++) {
		uint8_t ecn = FIELD[o->accecn_order & 1][i];
		uint32_t field = ecn == ECN_CE	   ? o->accecn_ceb
				 : ecn == ECN_ECT0 ? o->accecn_e0b - E0B_START
						   : o->accecn_e1b - E1B_START;
		int32_t delta = take_field(&tcb->ecn.delivered_bytes[ecn - 1], field);

		ambiguous |= delta < 0;
		if (!delta || ecn == estimate)
			continue;
		ambiguous |= changed;
		if (!changed)
			tcb->ecn.estimate = ecn;
		changed = true;
	}
	if (ambiguous)
		tcb->ecn.estimate = 0;
	return certain && !ambiguous;
}

/* --- ACE that came, RFC 9768 §3.2.2.5 --- */

static void average_acked(struct tcp_tcb *tcb, uint32_t segments)
{
	uint32_t average = tcb->ecn.acked_average;

	if (!segments)
		return;
	if (!average)
		average = segments << AVERAGE_SHIFT;
	else
		average = ((average << AVERAGE_SHIFT) - average + (segments << AVERAGE_SHIFT)) >>
			  AVERAGE_SHIFT;
	tcb->ecn.acked_average = (uint16_t)(average > UINT16_MAX ? UINT16_MAX : average);
}

static bool window_is_calm(const struct tcp_tcb *tcb)
{
	return tcb->ok.sack || tcb->loss.state == LOSS_OPEN || tcb->loss.state == LOSS_CWR;
}

/* ACE may have gone round on an ACK of more than seven packets: RFC 9768 §3.2.2.5.2, appendix A.2.
 * `least` marks are certain, `most` are what fits the number of packets. */
static uint32_t marks_of_large_ack(struct tcp_tcb *tcb, const struct ecn_ack *ack, uint32_t least,
	uint32_t most, bool certain, uint32_t ce_bytes)
{
	uint32_t mss = tcb->snd.mss;

	if (!certain)
		return tcb->ecn.acked_average > THINNED_ACKS << AVERAGE_SHIFT ? least : most;
	if (!ce_bytes)
		return least;
	if (ack->delivered_segments >= 2 * (ACE_MASK + 1) && window_is_calm(tcb)) {
		uint64_t share, marks;

		if (ack->delivered_bytes <= ce_bytes)
			return most;
		share = (uint64_t)ce_bytes * ack->delivered_segments;
		marks = least + ((share + ack->delivered_bytes - 1) / ack->delivered_bytes &
					~(uint64_t)ACE_MASK);
		return marks < most ? (uint32_t)marks : most;
	}
	if (ce_bytes > least * mss)
		return most;
	return ce_bytes < most * mss >> SAFETY_SHIFT ? least : most;
}

static uint32_t new_marks(
	struct tcp_tcb *tcb, const struct tcpsim_segment *seg, const struct ecn_ack *ack)
{
	uint32_t ce_bytes = tcb->ecn.delivered_bytes[CEB], least,
		 segments = ack->delivered_segments;
	bool certain = take_option(tcb, &seg->options, ack->delivered_bytes);

	average_acked(tcb, segments);
	if (tcb->ecn.ce_pending >= ACE_FULL)
		want_ack(tcb, seg);
	least = (ecn_ace(seg) - ACE_START - tcb->ecn.delivered_ce) & ACE_MASK;
	if (segments <= ACE_MASK)
		return least;
	return marks_of_large_ack(tcb, ack, least, segments - ((segments - least) & ACE_MASK),
		certain, tcb->ecn.delivered_bytes[CEB] - ce_bytes);
}

void accecn_ack_arrived(
	struct tcp_tcb *tcb, const struct tcpsim_segment *seg, const struct ecn_ack *ack)
{
	uint32_t marks;

	/* An ACK that was overtaken tells an older count (RFC 9768 §3.2.2.5.1). */
	if (!ack->progress || ack->handshake || seg->flags & TCPSIM_SYN)
		return;
	marks = new_marks(tcb, seg, ack);
	tcb->ecn.delivered_ce += marks;
	if (marks)
		sender_ecn_echo(tcb, marks);
}

/* --- the option that leaves --- */

void accecn_syn_offer(struct tcp_syn_offer *offer)
{
	offer->accecn = true;
	offer->accecn_order = 1;
	offer->accecn_n = 3;
	offer->accecn_e0b = E0B_START;
	offer->accecn_ceb = 0;
	offer->accecn_e1b = E1B_START;
}

static bool beacon_is_due(const struct tcp_tcb *tcb)
{
	int64_t beacon = tcb_sys(tcb)->ecn_option_beacon;

	return beacon && (tcb_now(tcb) - tcb->ecn.opt_sent_ns) * beacon >= tcb->rtt.srtt_ns;
}

static bool option_is_due(const struct tcp_tcb *tcb)
{
	int64_t mode = tcb_sys(tcb)->ecn_option;

	if (!mode || tcb->ecn.opt_state == ACCECN_OPT_NONE ||
		tcb->ecn.fail_mode & ACCECN_FAIL_OPT_SEND)
		return false;
	return mode >= 2 || tcb->ecn.opt_demand || beacon_is_due(tcb);
}

/* Bytes the option adds: whole words, but it may use two of the NOPs before SACK blocks. */
static unsigned option_cost(unsigned fields, bool beside_sack)
{
	unsigned len = OPTION_MAX - FIELD_LEN * (3 - fields);

	return len % 4 <= (beside_sack ? 2u : 0u) ? len & ~3u : (len + 3) & ~3u;
}

/* How many SACK blocks fit beside the timestamp alone. */
static unsigned sack_fit(const struct tcp_segment_offer *offer, unsigned room)
{
	unsigned fit = room >= 4 ? (room - 4) / SACK_LEN : 0;

	return offer->n_sack < fit ? offer->n_sack : fit;
}

void accecn_offer(struct tcp_tcb *tcb, struct tcp_segment_offer *offer)
{
	unsigned room =
		TCPSIM_MAX_OPTIONS_LEN - (offer->timestamps ? 12u : 0) - (offer->md5 ? 20u : 0);
	unsigned blocks = sack_fit(offer, room), least = tcb->ecn.opt_len_min, fields = 3;

	if (!option_is_due(tcb))
		return;
	while (option_cost(fields, blocks) + (blocks ? 4 + SACK_LEN * blocks : 0) > room) {
		if (fields > least) {
			fields--;
		} else if (blocks > 2 && least) { /* never under two blocks for the option's sake */
			blocks--;
			fields = 3;
		} else {
			return;
		}
	}
	offer->n_sack = (uint8_t)blocks;
	offer->accecn = true;
	offer->accecn_order = 1;
	offer->accecn_n = (uint8_t)fields;
	offer->accecn_e0b = tcb->ecn.received_bytes[E0B] + E0B_START;
	offer->accecn_ceb = tcb->ecn.received_bytes[CEB];
	offer->accecn_e1b = tcb->ecn.received_bytes[E1B] + E1B_START;
}

static bool has_dsack(const struct tcp_tcb *tcb, const struct tcp_segment_offer *offer)
{
	return offer->n_sack && tcb->recvq.disorder && tcb->recvq.disorder->has_dsack;
}

void accecn_offer_left(struct tcp_tcb *tcb, const struct tcp_segment_offer *offer)
{
	tcb->ecn.opt_with_dsack = offer->accecn && has_dsack(tcb, offer);
	if (!offer->accecn)
		return;
	tcb->ecn.opt_len_min = 0;
	tcb->ecn.opt_sent_ns = tcb_now(tcb);
	if (tcb->ecn.opt_demand)
		tcb->ecn.opt_demand--;
}

/* Linux: the ACK that reported the duplicate carried the option and did not arrive either. */
void accecn_duplicate_arrived(struct tcp_tcb *tcb)
{
	if (tcb->ok.accecn && tcb->ecn.opt_with_dsack)
		tcb->ecn.fail_mode |= ACCECN_FAIL_OPT_SEND;
}
