/* What the peers of a made-up scenario do. */
#include "compare/improvise_peer.h"
#include "compare/improvise.h"
#include "compare/improvise_inner.h"

static uint32_t clock_ms(struct improviser *im)
{
	return 5000u + (uint32_t)(im->player.sut->ops->now(im->player.sut) / NSEC_PER_MSEC);
}

static uint16_t window_field(const struct peer *peer, uint16_t flags)
{
	uint32_t window = flags & TCPSIM_SYN ? peer->window : peer->window >> peer->wscale;

	return (uint16_t)MIN(window, 65535);
}

struct scenario_event improvise_segment(
	struct improviser *im, unsigned connection, uint16_t flags, uint32_t len)
{
	struct peer *peer = &im->peers[connection];
	struct scenario_event event = {.kind = SCENARIO_SEGMENT};
	struct scenario_segment *s = &event.segment;

	*s = (struct scenario_segment){.connection = (uint8_t)connection,
		.ttl = 64,
		.flags = flags,
		.seq = peer->nxt,
		.ack = flags & TCPSIM_ACK ? peer->rcv_nxt : 0,
		.len = len,
		.window = window_field(peer, flags)};
	if (flags & TCPSIM_ACK)
		peer->told = peer->rcv_nxt;
	if (peer->ecn && len > 0)
		s->tos = 2; /* ECT(0): RFC 3168 §5 */
	if (peer->echoes && flags & TCPSIM_ACK && !(flags & (TCPSIM_SYN | TCPSIM_RST)))
		s->flags |= TCPSIM_ECE;
	if (peer->ts_ok && !(flags & TCPSIM_RST)) {
		s->has |= TCPSIM_HAS_TIMESTAMP;
		s->ts_val = clock_ms(im);
		s->ecr_is_absolute = !(flags & TCPSIM_ACK);
	}
	if (peer->sack_ok && peer->hole_end != 0 && (flags & TCPSIM_ACK) && !(flags & TCPSIM_SYN)) {
		s->n_sack = 1;
		s->sack[0].start = peer->hole_end;
		s->sack[0].end = peer->highest;
	}
	return event;
}

static void offer(struct improviser *im, struct scenario_segment *s, struct peer *peer)
{
	if (peer->mss != 0) {
		s->has |= TCPSIM_HAS_MSS;
		s->mss = peer->mss;
	}
	if (peer->sack_ok)
		s->has |= TCPSIM_HAS_SACK_PERMITTED;
	if (peer->wscale > 0) {
		s->has |= TCPSIM_HAS_WSCALE;
		s->wscale = peer->wscale;
	}
}

static void be_somebody(struct improviser *im, struct peer *peer)
{
	static const uint32_t WINDOWS[] = {65535, 65535, 64240, 32768, 20000, 8760, 5000, 1000};
	static const uint16_t MSS[] = {1460, 1460, 1460, 1000, 536, 1400, 9000, 100};

	peer->used = true;
	peer->mss = chance(im, 92) ? MSS[below(im, G_N_ELEMENTS(MSS))] : 0;
	peer->sack_ok = chance(im, 65);
	peer->ts_ok = chance(im, 45);
	peer->wscale = chance(im, 45) ? (uint8_t)below(im, 11) : 0;
	peer->window = WINDOWS[below(im, G_N_ELEMENTS(WINDOWS))];
}

/* The third of a passive opening's segments, or the second of an active one's. */
static bool send_syn(struct improviser *im, unsigned n)
{
	struct peer *peer = &im->peers[n];
	struct scenario_event event;

	be_somebody(im, peer);
	event = improvise_segment(im, n, TCPSIM_SYN, 0);
	offer(im, &event.segment, peer);
	if (chance(im, 12))
		event.segment.flags |= TCPSIM_ECE | TCPSIM_CWR;
	peer->ecn = event.segment.flags & TCPSIM_ECE;
	peer->syn_sent = true;
	peer->nxt = 1;
	return improvise_do(im, event);
}

/* The host connects, and so does its peer: the SYNs cross (RFC 9293 §3.5). */
static bool cross_syns(struct improviser *im)
{
	for (unsigned n = 0; n < SCENARIO_CONNECTIONS; n++) {
		const struct peer *peer = &im->peers[n];

		if (peer->active && !peer->syn_sent && !peer->established)
			return send_syn(im, n);
	}
	return false;
}

static int pick(struct improviser *im, bool (*fits)(const struct peer *peer))
{
	int found[SCENARIO_CONNECTIONS], n = 0;

	for (int i = 0; i < SCENARIO_CONNECTIONS; i++)
		if (im->peers[i].used && fits(&im->peers[i]))
			found[n++] = i;
	return n > 0 ? found[below(im, (unsigned)n)] : -1;
}

static bool is_open(const struct peer *p)
{
	return p->established && !p->reset;
}

static bool is_used(const struct peer *p)
{
	return p->syn_sent;
}

static bool waits_for_handshake(const struct peer *p)
{
	return p->answered && !p->established && !p->reset;
}

static bool open_another(struct improviser *im)
{
	for (unsigned i = 0; i < SCENARIO_CONNECTIONS; i++)
		if (!im->peers[i].used)
			return im->fds[3].kind == FD_LISTENER && send_syn(im, i);
	return false;
}

static bool finish_handshake(struct improviser *im)
{
	int n = pick(im, waits_for_handshake);
	struct scenario_event event;
	struct peer *peer;

	if (n < 0)
		return false;
	peer = &im->peers[n];
	peer->established = true;
	if (!peer->active) {
		event = improvise_segment(im, (unsigned)n, TCPSIM_ACK, 0);
		return improvise_do(im, event);
	}
	/* The host connects: the peer's SYN,ACK. */
	peer->nxt = 0;
	if (!peer->syn_sent)
		be_somebody(im, peer);
	event = improvise_segment(im, (unsigned)n, TCPSIM_SYN | TCPSIM_ACK, 0);
	offer(im, &event.segment, peer);
	peer->syn_sent = true;
	peer->nxt = 1;
	return improvise_do(im, event);
}

static uint32_t some_length(struct improviser *im)
{
	static const uint32_t LENGTHS[] = {1, 10, 100, 100, 500, 536, 1000, 1000, 1000, 1460};

	return LENGTHS[below(im, G_N_ELEMENTS(LENGTHS))];
}

static bool send_text(struct improviser *im)
{
	int n = pick(im, is_open);
	struct scenario_event event;
	struct peer *peer;

	if (n < 0 || im->peers[n].fin_sent)
		return false;
	peer = &im->peers[n];
	event = improvise_segment(im, (unsigned)n,
		(uint16_t)(TCPSIM_ACK | (chance(im, 60) ? TCPSIM_PSH : 0)), some_length(im));
	peer->unacked = 0;
	if (peer->withheld_len == 0 && chance(im, 12)) { /* lost on the way: it will come again */
		peer->withheld = peer->nxt;
		peer->withheld_len = event.segment.len;
		peer->nxt += event.segment.len;
		event = improvise_segment(
			im, (unsigned)n, TCPSIM_ACK | TCPSIM_PSH, some_length(im));
	}
	peer->nxt += event.segment.len;
	return improvise_do(im, event);
}

static bool send_lost_text(struct improviser *im)
{
	for (unsigned n = 0; n < SCENARIO_CONNECTIONS; n++) {
		struct peer *peer = &im->peers[n];
		struct scenario_event event;

		if (!is_open(peer) || peer->withheld_len == 0)
			continue;
		event = improvise_segment(im, n, TCPSIM_ACK | TCPSIM_PSH, peer->withheld_len);
		event.segment.seq = peer->withheld;
		peer->withheld_len = 0;
		return improvise_do(im, event);
	}
	return false;
}

static bool acknowledge(struct improviser *im)
{
	int n = pick(im, is_open);

	if (n < 0 || (im->peers[n].unacked == 0 && im->peers[n].hole_end == 0))
		return false;
	im->peers[n].unacked = 0;
	return improvise_do(im, improvise_segment(im, (unsigned)n, TCPSIM_ACK, 0));
}

/* Less than what came: of a segment that was cut on the way, or of one that came late. */
static bool acknowledge_part(struct improviser *im)
{
	int n = pick(im, is_open);
	struct scenario_event event;
	struct peer *peer;
	uint32_t news;

	if (n < 0 || im->peers[n].rcv_nxt - im->peers[n].told < 2)
		return false;
	peer = &im->peers[n];
	news = 1 + below(im, peer->rcv_nxt - peer->told - 1);
	event = improvise_segment(im, (unsigned)n, TCPSIM_ACK, 0);
	event.segment.ack -= news;
	peer->told -= news;
	return improvise_do(im, event);
}

/* The host's text came twice (RFC 2883). */
static bool tell_duplicate(struct improviser *im)
{
	int n = pick(im, is_open);
	struct scenario_event event;
	struct scenario_segment *s;
	uint32_t len;

	if (n < 0 || !im->peers[n].sack_ok || im->peers[n].rcv_nxt < 50)
		return false;
	event = improvise_segment(im, (unsigned)n, TCPSIM_ACK, 0);
	s = &event.segment;
	len = MIN(some_length(im), s->ack - 1);
	s->sack[s->n_sack] = s->sack[0];
	s->sack[0].start = s->ack - len;
	s->sack[0].end = s->ack - (len > 20 && chance(im, 30) ? 10 : 0);
	s->n_sack++;
	return improvise_do(im, event);
}

/* A router marks the host's text, or the peer's. */
static bool mark(struct improviser *im)
{
	int n = pick(im, is_open);
	struct scenario_event event;
	struct peer *peer;

	if (n < 0 || !im->peers[n].ecn)
		return false;
	peer = &im->peers[n];
	if (chance(im, 60) && !peer->echoes) {
		peer->echoes = true;
		return improvise_do(im, improvise_segment(im, (unsigned)n, TCPSIM_ACK, 0));
	}
	if (peer->fin_sent)
		return false;
	event = improvise_segment(im, (unsigned)n, TCPSIM_ACK | TCPSIM_PSH, some_length(im));
	event.segment.tos = 3; /* CE */
	peer->nxt += event.segment.len;
	return improvise_do(im, event);
}

static bool send_urgent(struct improviser *im)
{
	int n = pick(im, is_open);
	struct scenario_event event;

	if (n < 0 || im->peers[n].fin_sent)
		return false;
	event = improvise_segment(
		im, (unsigned)n, TCPSIM_ACK | TCPSIM_PSH | TCPSIM_URG, some_length(im));
	event.segment.urgent =
		(uint16_t)(chance(im, 80) ? event.segment.len : below(im, event.segment.len + 100));
	im->peers[n].nxt += event.segment.len;
	return improvise_do(im, event);
}

static bool lose_next(struct improviser *im)
{
	int n = pick(im, is_open);

	if (n < 0 || !im->peers[n].sack_ok || im->peers[n].hole_end != 0)
		return false;
	im->peers[n].lose_next = true;
	return false; /* no event: somebody else acts now */
}

static bool change_window(struct improviser *im)
{
	static const uint32_t WINDOWS[] = {0, 0, 500, 2000, 5000, 20000, 65535};
	int n = pick(im, is_open);

	if (n < 0)
		return false;
	im->peers[n].window = WINDOWS[below(im, G_N_ELEMENTS(WINDOWS))];
	return improvise_do(im, improvise_segment(im, (unsigned)n, TCPSIM_ACK, 0));
}

static bool send_fin(struct improviser *im)
{
	int n = pick(im, is_open);
	struct scenario_event event;

	if (n < 0 || im->peers[n].fin_sent)
		return false;
	event = improvise_segment(
		im, (unsigned)n, TCPSIM_FIN | TCPSIM_ACK, chance(im, 20) ? some_length(im) : 0);
	im->peers[n].fin_sent = true;
	im->peers[n].nxt += event.segment.len + 1;
	return improvise_do(im, event);
}

static bool send_rst(struct improviser *im)
{
	int n = pick(im, is_used);
	struct scenario_event event;

	if (n < 0)
		return false;
	event = improvise_segment(
		im, (unsigned)n, (uint16_t)(TCPSIM_RST | (chance(im, 40) ? TCPSIM_ACK : 0)), 0);
	event.segment.window = 0;
	if (im->odd && chance(im, 50))
		event.segment.seq += (uint32_t[]){1, 100, 30000, 0xffffffff, 200000}[below(im, 5)];
	return improvise_do(im, event);
}

static bool repeat_syn(struct improviser *im)
{
	int n = pick(im, is_used);
	struct scenario_event event;
	uint32_t nxt;

	if (n < 0 || im->peers[n].active)
		return false;
	nxt = im->peers[n].nxt;
	im->peers[n].nxt = 0;
	event = improvise_segment(im, (unsigned)n, TCPSIM_SYN, 0);
	im->peers[n].nxt = nxt;
	event.segment.has |= TCPSIM_HAS_MSS;
	event.segment.mss = 1460;
	return improvise_do(im, event);
}

static bool repeat_text(struct improviser *im)
{
	int n = pick(im, is_open);
	struct scenario_event event;
	uint32_t len;

	if (n < 0 || im->peers[n].nxt < 50)
		return false;
	len = some_length(im);
	event = improvise_segment(
		im, (unsigned)n, TCPSIM_ACK | TCPSIM_PSH, MIN(im->peers[n].nxt - 1, len));
	event.segment.seq = im->peers[n].nxt - event.segment.len;
	if (im->peers[n].fin_sent)
		event.segment.seq--;
	return improvise_do(im, event);
}

static bool probe(struct improviser *im) /* a keepalive */
{
	int n = pick(im, is_open);
	struct scenario_event event;

	if (n < 0)
		return false;
	event = improvise_segment(im, (unsigned)n, TCPSIM_ACK, 0);
	event.segment.seq--;
	return improvise_do(im, event);
}

/* Any flags and numbers that lie about the right ones. */
static bool send_anything(struct improviser *im)
{
	static const uint32_t OFF[] = {
		0, 0, 0, 1, 2, 100, 1000, 0xffffffff, 0xffffff00, 70000, 0x7fffffff, 30000};
	int n = pick(im, is_used);
	struct scenario_event event;

	if (n < 0)
		return false;
	event = improvise_segment(im, (unsigned)n,
		(uint16_t)(below(im, 64) | (chance(im, 70) ? TCPSIM_ACK : 0)),
		chance(im, 40) ? some_length(im) : 0);
	event.segment.seq += OFF[below(im, G_N_ELEMENTS(OFF))];
	event.segment.ack += OFF[below(im, G_N_ELEMENTS(OFF))];
	if (event.segment.flags & TCPSIM_URG)
		event.segment.urgent = (uint16_t)below(im, 200);
	if (chance(im, 10))
		event.segment.ts_val -= 10000;
	if (chance(im, 10))
		event.segment.ts_ecr += 5000;
	if (chance(im, 5))
		event.segment.has &= (uint16_t)~TCPSIM_HAS_TIMESTAMP;
	if (chance(im, 8))
		event.segment.tos = (uint8_t)below(im, 256);
	return improvise_do(im, event);
}

static bool send_icmp(struct improviser *im)
{
	int n = pick(im, is_used);
	bool v6 = im->scenario->ip == SCRIPT_IPV6;
	struct scenario_event event = {.kind = SCENARIO_ICMP};

	if (n < 0)
		return false;
	event.icmp = (struct scenario_icmp){.connection = (uint8_t)n,
		.type = v6 ? (uint8_t[]){1, 1, 2, 3}[below(im, 4)]
			   : (uint8_t[]){3, 3, 3, 11, 12, 4}[below(im, 6)],
		.seq = im->peers[n].una};
	event.icmp.seq = chance(im, 70) ? im->peers[n].rcv_nxt : below(im, 5000);
	if (event.icmp.type == (v6 ? 1 : 3))
		event.icmp.code = (uint8_t)below(im, v6 ? 7 : 16);
	if ((v6 && event.icmp.type == 2) || (!v6 && event.icmp.type == 3 && event.icmp.code == 4))
		event.icmp.mtu = (uint16_t[]){1400, 1280, 1000, 600, 0}[below(im, 5)];
	return improvise_do(im, event);
}

const struct improvise_act IMPROVISE_PEER_ACTS[] = {
	{finish_handshake, 30, 20},
	{send_text, 30, 20},
	{acknowledge, 30, 20},
	{send_lost_text, 10, 6},
	{acknowledge_part, 3, 3},
	{tell_duplicate, 2, 2},
	{mark, 4, 3},
	{send_urgent, 2, 3},
	{cross_syns, 2, 3},
	{lose_next, 5, 3},
	{open_another, 3, 4},
	{send_fin, 5, 5},
	{change_window, 3, 5},
	{repeat_text, 2, 4},
	{probe, 1, 2},
	{send_rst, 1, 5},
	{repeat_syn, 1, 4},
	{send_anything, 0, 25},
	{send_icmp, 0, 6},
	{NULL, 0, 0},
};
