/* The same packet twice in a capture: two interfaces, a mirrored port, a router's both sides, a
 * network that doubles it. */
#include "traces/observer/twice.h"
#include "time_units.h"
#include "traces/observer/inner.h"

#include <stdlib.h>
#include <string.h>

/* Copies of one packet in a capture follow each other closely: two interfaces, a mirrored port, a
 * router's both sides. */
#define TWICE_NS	 (250 * NSEC_PER_MSEC) /* with identifications that are known to vary */
#define TWICE_NAMED_NS	 (3 * NSEC_PER_MSEC)   /* with one that is not 0 */
#define TWICE_SYN_NS	 (200 * NSEC_PER_MSEC) /* no system's timer for a SYN is that short */
#define TWICE_UNNAMED_NS NSEC_PER_MSEC	       /* without */

static inline uint64_t rotate_mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

uint32_t observer_signature(const struct observed_segment *seen, const uint8_t *tcp, size_t len)
{
	const struct tcpsim_segment *seg = &seen->segment;
	uint64_t h = 0, word;

	/* Ports are the key's; from the sequence number to the urgent pointer, the checksum among
	 * them. */
	if (len >= 20) {
		memcpy(&word, tcp + 4, 8);
		h = rotate_mix(h, word);
		memcpy(&word, tcp + 12, 8);
		h = rotate_mix(h, word);
	} else {
		h = rotate_mix(h, (uint64_t)seg->seq.n << 32 | seg->ack.n);
		h = rotate_mix(h, (uint64_t)seg->flags << 16 | seg->window);
	}
	h = rotate_mix(
		h, (uint64_t)seen->ip_id << 33 | (uint64_t)seg->len << 1 | seen->slot.src_is_high);
	if (seg->options.present & TCPSIM_HAS_TIMESTAMP)
		h = rotate_mix(h, (uint64_t)seg->options.ts_val << 32 | seg->options.ts_ecr);
	if (seg->options.present & TCPSIM_HAS_SACK && seg->options.n_sack > 0)
		h = rotate_mix(h,
			(uint64_t)seg->options.sack[0].start.n << 32 | seg->options.sack[0].end.n);
	return (uint32_t)(h >> 32 ^ h);
}

/*
 * An equal header, checksum and all, is the same packet: within 250 ms where this end's IPv4
 * identifications are known to differ from packet to packet; within 3 ms where there is one, since
 * no timer is as short. Without one, a SYN sooner than any timer sends it again, or a segment that
 * takes sequence space, directly after its twin and sooner than a duplicate ACK could ask for it.
 * The copies may come from two clocks, so the later one may bear the earlier time.
 */
static int64_t twice_within(const struct passing *p, unsigned back)
{
	if (p->ip_id != 0)
		return p->s->seen & FLOW_ID_VARIES ? TWICE_NS : TWICE_NAMED_NS;
	if (p->seg->flags & TCPSIM_SYN)
		return TWICE_SYN_NS;
	return back == 0 && p->f->last == p->from && tcp_segment_span(p->seg) > 0 ? TWICE_UNNAMED_NS
										  : -1;
}

static bool captured_twice(struct passing *p, uint32_t sign)
{
	const struct flow *f = p->f;
	uint32_t now_us = (uint32_t)(p->now_ns / 1000);

	for (unsigned i = 0; i < FLOW_RECENT; i++) {
		int64_t age_us = (int32_t)(now_us - f->recent_us[i]);

		if (f->recent[i] == sign && llabs(age_us) * 1000 <= twice_within(p, i))
			return true;
	}
	return false;
}

/* The last packet of this end again: its identification says so where those are known to vary,
 * however many of the peer's have passed in between. */
static bool is_last_again(const struct passing *p)
{
	const struct flow_side *s = p->s;

	return s->seen & FLOW_ID_VARIES && p->ip_id != 0 && p->ip_id == s->ip_id &&
	       p->seg->len > 0 && tcpsim_seq_eq(p->end, s->nxt) &&
	       p->now_ns - s->last_ns <= TWICE_NS;
}

bool observer_seen_twice(struct passing *p, uint32_t sign)
{
	struct flow *f = p->f;
	bool twice =
		p->s->packets + p->r->packets > 0 && (captured_twice(p, sign) || is_last_again(p));

	if (!twice) {
		if (p->s->packets > 0 && p->s->ip_id != p->ip_id)
			p->s->seen |= FLOW_ID_VARIES;
		p->ip_id_before = p->s->packets > 0 ? p->s->ip_id : 0;
		p->s->ip_id = p->ip_id;
		memmove(f->recent + 1, f->recent, (FLOW_RECENT - 1) * sizeof(*f->recent));
		memmove(f->recent_us + 1, f->recent_us, (FLOW_RECENT - 1) * sizeof(*f->recent_us));
		f->recent[0] = sign;
		f->recent_us[0] = (uint32_t)(p->now_ns / 1000);
	}
	return twice;
}
