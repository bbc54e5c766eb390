#include "traces/decapsulation/decapsulation.h"
#include "traces/capture/filter.h"
#include "wire/ip.h"

#include "traces/decapsulation/fragments.h"
#include "traces/decapsulation/layers.h"
#include "traces/decapsulation/link.h"
#include "traces/decapsulation/tunnel.h"

#include <glib.h>
#include <stdlib.h>

enum {
	MOST_LAYERS = 32,
	ETHERNET_HEADER = 14,
	PROTOCOL_TCP = 6,
};

struct decapsulation {
	struct fragments *fragments; /* made when the first one comes */
	unsigned wire_flags;
	unsigned passed; /* of the last packet */
	enum reason reason;
	int unknown_link;			/* the first link type that was not known */
	struct decapsulation_datagram datagram; /* of the last fragment */
	uint64_t counts[N_REASONS];
};

static const struct {
	const char *name;
	bool trouble;
	const char *sentence;
} REASONS[N_REASONS] = {
	[REASON_NONE] = {NULL, false, NULL},
#define REASON(id, name, trouble, sentence) [REASON_##id] = {name, trouble, sentence},
#include "traces/decapsulation/reasons.def"
#undef REASON
};

struct decapsulation *decapsulation_new(void)
{
	return g_new0(struct decapsulation, 1);
}

void decapsulation_free(struct decapsulation *d)
{
	if (!d)
		return;
	fragments_free(d->fragments);
	g_free(d);
}

void decapsulation_check_sums(struct decapsulation *d, bool on)
{
	d->wire_flags = on ? WIRE_SUMS : 0;
}

static enum layer step(struct cursor *c, enum layer layer)
{
	switch (layer) {
	case LAYER_LINK: return layer_link(c);
	case LAYER_ETHERNET: return layer_ethernet(c);
	case LAYER_ETHERTYPE: return layer_ethertype(c);
	case LAYER_LLC: return layer_llc(c);
	case LAYER_PPP: return layer_ppp(c);
	case LAYER_MPLS: return layer_mpls(c);
	case LAYER_WIFI: return layer_wifi(c);
	case LAYER_GRE: return layer_gre(c);
	case LAYER_ERSPAN: return layer_erspan(c);
	case LAYER_NSH: return layer_nsh(c);
	case LAYER_UDP: return layer_udp(c);
	default: return LAYER_SKIP;
	}
}

static enum reason reason_of_bad(const struct wire_packet *w, const struct cursor *c)
{
	switch (w->rule) {
	case TCPSIM_RULE_WIRE_SHORT:
		if (c->original > c->len)
			return REASON_CUT;
		return w->protocol == PROTOCOL_TCP ? REASON_BAD_TCP : REASON_BAD_IP;
	case TCPSIM_RULE_WIRE_DATA_OFFSET: return REASON_BAD_TCP;
	default: return REASON_BAD_IP;
	}
}

/* A fragment: on with the whole datagram, or with a first fragment that the snaplen
 * cut, or wait. */
static enum layer take_fragment(
	struct decapsulation *d, struct cursor *c, const struct wire_packet *w, int64_t time_ns)
{
	bool cut = w->body_len < w->total_len - w->ip_header_len;
	const uint8_t *datagram;
	size_t len;

	if (!d->fragments)
		d->fragments = fragments_new();
	if (cut) {
		if (w->fragment.offset)
			return layer_skip(c, REASON_FRAGMENT_CUT);
		c->p = fragments_alone(d->fragments, w, &c->len);
		c->original = c->len + (w->total_len - w->ip_header_len - w->body_len);
		return LAYER_IP;
	}
	d->datagram =
		(struct decapsulation_datagram){w->segment.src, w->segment.dst, w->fragment.id};
	switch (fragments_add(d->fragments, w, time_ns, &datagram, &len)) {
	case FRAGMENTS_WAIT: return layer_skip(c, REASON_FRAGMENT);
	case FRAGMENTS_BAD: return layer_skip(c, REASON_FRAGMENT_BAD);
	case FRAGMENTS_WHOLE: break;
	}
	c->passed |= DECAPSULATION_FRAGMENTS;
	c->p = datagram;
	c->len = c->original = len;
	return LAYER_IP;
}

/* What to do with an IP datagram that was parsed; LAYER_SKIP with reason NONE: it is what we look
 * for. */
static enum layer after_ip(
	struct decapsulation *d, struct cursor *c, const struct wire_packet *w, int64_t time_ns)
{
	switch (w->kind) {
	case WIRE_TCP: return layer_skip(c, REASON_NONE);
	case WIRE_ICMP_ERROR:
		return layer_skip(
			c, w->icmp.quote.protocol == PROTOCOL_TCP ? REASON_NONE : REASON_ICMP);
	case WIRE_ICMP_OTHER: return layer_skip(c, REASON_ICMP);
	case WIRE_FRAGMENT: return take_fragment(d, c, w, time_ns);
	case WIRE_BAD: return layer_skip(c, reason_of_bad(w, c));
	case WIRE_OTHER_PROTO: break;
	}
	c->p = w->body;
	c->len = w->body_len;
	c->original = w->total_len - w->ip_header_len;
	return layer_ip_protocol(c, w->protocol);
}

static enum decapsulation_result finish_packet(
	struct decapsulation *d, const struct cursor *c, const struct wire_packet *w)
{
	d->passed = c->passed;
	d->reason = c->reason;
	if (c->reason != REASON_NONE) {
		if (c->reason == REASON_LINK_TYPE && d->counts[c->reason] == 0)
			d->unknown_link = c->link_type;
		d->counts[c->reason]++;
		return DECAPSULATION_SKIPPED;
	}
	if (w->kind == WIRE_ICMP_ERROR)
		return DECAPSULATION_ICMP_ERROR;
	if (w->captured_payload < w->segment.len)
		d->passed |= DECAPSULATION_CUT;
	return DECAPSULATION_TCP;
}

static enum decapsulation_result walk(struct decapsulation *d, struct cursor *c, enum layer layer,
	int64_t time_ns, struct wire_packet *out)
{
	for (int depth = 0; depth < MOST_LAYERS; depth++) {
		if (layer == LAYER_IP) {
			out->protocol = 0;
			wire_parse_cut(c->p, c->len, c->original, d->wire_flags, out);
			layer = after_ip(d, c, out, time_ns);
		} else {
			layer = step(c, layer);
		}
		if (layer == LAYER_SKIP)
			return finish_packet(d, c, out);
	}
	c->reason = REASON_TOO_DEEP;
	return finish_packet(d, c, out);
}

enum decapsulation_result decapsulate(
	struct decapsulation *d, const struct capture_packet *packet, struct wire_packet *out)
{
	struct cursor c = {.p = packet->bytes,
		.len = packet->captured,
		.original = packet->original,
		.link_type = packet->link_type};

	/* Nearly every packet of nearly every capture: IPv4 and TCP right behind Ethernet. */
	if (G_LIKELY(packet->link_type == 1 && c.len >= ETHERNET_HEADER + 20 && c.p[12] == 0x08 &&
		     c.p[13] == 0)) {
		c.p += ETHERNET_HEADER;
		c.len -= ETHERNET_HEADER;
		c.original -= ETHERNET_HEADER;
		wire_parse_cut(c.p, c.len, c.original, d->wire_flags, out);
		if (G_LIKELY(out->kind == WIRE_TCP)) {
			d->reason = REASON_NONE;
			d->passed =
				out->captured_payload < out->segment.len ? DECAPSULATION_CUT : 0;
			return DECAPSULATION_TCP;
		}
		return walk(d, &c, LAYER_IP, packet->time_ns, out);
	}
	return walk(d, &c, LAYER_LINK, packet->time_ns, out);
}

unsigned decapsulation_layers(const struct decapsulation *d)
{
	return d->passed;
}

const char *decapsulation_reason(const struct decapsulation *d)
{
	return REASONS[d->reason].name;
}

const struct decapsulation_datagram *decapsulation_datagram(const struct decapsulation *d)
{
	return &d->datagram;
}

bool decapsulation_reason_at(unsigned i, const char **name, const char **sentence)
{
	if (i + 1 >= N_REASONS)
		return false;
	*name = REASONS[i + 1].name;
	*sentence = REASONS[i + 1].sentence;
	return true;
}

static const char *sentence_of(const struct decapsulation *d, enum reason r)
{
	const char *lasting;
	char *sentence;

	if (r != REASON_LINK_TYPE)
		return REASONS[r].sentence;
	sentence =
		g_strdup_printf("%s: %s", REASONS[r].sentence, capture_link_name(d->unknown_link));
	lasting = g_intern_string(sentence);
	g_free(sentence);
	return lasting;
}

static int by_packets(const void *a, const void *b)
{
	const struct decapsulation_count *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	return strcmp(x->reason, y->reason);
}

size_t decapsulation_counts(
	const struct decapsulation *d, struct decapsulation_count *out, size_t size)
{
	uint64_t lost = d->fragments ? fragments_lost(d->fragments) : 0;
	struct decapsulation_count all[N_REASONS];
	size_t n = 0;

	for (enum reason r = 1; r < N_REASONS; r++) {
		uint64_t packets = d->counts[r];

		/* They were counted as fragments when they came and turned out to be lost. */
		if (r == REASON_FRAGMENT)
			packets -= MIN(lost, packets);
		if (r == REASON_FRAGMENT_INCOMPLETE)
			packets += lost;
		if (packets)
			all[n++] = (struct decapsulation_count){
				REASONS[r].name, sentence_of(d, r), packets, REASONS[r].trouble};
	}
	qsort(all, n, sizeof(all[0]), by_packets);
	n = MIN(n, size);
	memcpy(out, all, n * sizeof(all[0]));
	return n;
}

void decapsulation_finish(struct decapsulation *d)
{
	if (d->fragments)
		fragments_finish(d->fragments);
}

struct decapsulation_fragments decapsulation_fragments(const struct decapsulation *d)
{
	const struct decapsulation_fragments none = {0};

	return d->fragments ? fragments_counts(d->fragments) : none;
}
