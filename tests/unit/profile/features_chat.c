/*
 * Talk at random, the same for the same seed: segments that fit and segments that do not, calls and
 * pauses, from every state. What a profile's switch changes shows in one of them, or it changes
 * nothing. See features.h.
 */
#include "unit/profile/features.h"

#include "support/random.h"

#define STEPS 40

static const char *pick(uint64_t *r, const char *const *of, uint32_t n)
{
	return of[random_below(r, n)];
}

static void send_something(struct tcpsim_peer *peer, uint64_t *r, uint32_t *next, bool stamps)
{
	static const char *const FLAGS[] = {
		".", ".", "P.", "P.", ".", "F.", "R", "R.", "S", "S.", "SF", "F"};
	static const int SEQ[] = {0, 0, 0, 0, 0, -1, 1, 100, -1000, 30000, 64240, 66000};
	static const uint32_t LEN[] = {0, 0, 1, 100, 1000, 1000, 1400},
			      ACK[] = {1, 1, 1, 2, 501, 1001, 2001, 9001},
			      WIN[] = {0, 1, 500, 1000, 20000, 65535};
	const char *flags = pick(r, FLAGS, 12);
	uint32_t len = LEN[random_below(r, 7)], seq = *next + (uint32_t)SEQ[random_below(r, 12)];
	uint32_t win = WIN[random_below(r, 6)], ack = ACK[random_below(r, 8)];
	char text[200], options[80] = "";

	if (seq > INT32_MAX) /* the notation has no number below the first */
		seq = 0;
	if (stamps && random_below(r, 6))
		snprintf(options, sizeof(options), "<nop,nop,TS val %u ecr 0>",
			100 + (uint32_t)random_below(r, 200) - 20);
	else if (random_below(r, 4) == 0)
		snprintf(options, sizeof(options), "<nop,nop,sack %u:%u>", ack + 1000, ack + 2000);
	if (strchr(flags, '.'))
		snprintf(text, sizeof(text), "%s %u:%u(%u) ack %u win %u %s", flags, seq, seq + len,
			len, ack, win, options);
	else
		snprintf(text, sizeof(text), "%s %u:%u(%u) win %u %s", flags, seq, seq + len, len,
			win, options);
	peer_sends(peer, text);
	if (seq == *next && flags[0] != 'R' && flags[0] != 'S')
		*next += len;
}

static void call_something(struct tcpsim_peer *peer, uint64_t *r)
{
	static const struct linger NOW = {.l_onoff = 1};

	if (peer_fd(peer) < 0)
		return;
	connection = peer_fd(peer);
	switch (random_below(r, 12)) {
	case 0: tcpsim_shutdown(peer_host(peer), connection, SHUT_WR); break;
	case 1: tcpsim_shutdown(peer_host(peer), connection, SHUT_RD); break;
	case 2: option(peer, IPPROTO_TCP, TCP_NODELAY, 1); break;
	case 3:
		tcpsim_setsockopt(
			peer_host(peer), connection, SOL_SOCKET, SO_LINGER, &NOW, sizeof(NOW));
		break;
	case 4:
	case 5:
	case 6: reads(peer); break;
	default: writes(peer, 1 + random_below(r, 3000)); break;
	}
	info_of(peer);
}

static void chat(struct tcpsim_peer *peer, uint64_t r, bool stamps)
{
	static const int64_t PAUSE[] = {0, 0, NSEC_PER_MSEC, 50 * NSEC_PER_MSEC,
		300 * NSEC_PER_MSEC, 3 * NSEC_PER_SEC, 70 * NSEC_PER_SEC};
	uint32_t next = 1;

	for (int i = 0; i < STEPS; i++) {
		if (random_below(&r, 3))
			send_something(peer, &r, &next, stamps);
		else
			call_something(peer, &r);
		if (random_below(&r, 3) == 0)
			peer_waits(peer, PAUSE[random_below(&r, 7)]);
		said(peer);
	}
	if (peer_fd(peer) >= 0 && r & 1)
		tcpsim_close(peer_host(peer), peer_fd(peer));
	said(peer);
	peer_waits(peer, 5 * NSEC_PER_SEC);
	finish(peer);
}

void chat_from_every_state(const struct tcpsim_profile *p)
{
	static const char *const OPTIONS[] = {
		"<mss 1000>", "<mss 1000,nop,nop,sackOK,nop,wscale 2>"};

	for (uint64_t seed = 1; seed <= 4; seed++)
		for (int state = TCPSIM_CLOSED + 1; state < TCPSIM_NSTATES; state++)
			chat(peer_in_with((enum tcpsim_state)state,
				     &(struct tcpsim_peer_options){.profile = p,
					     .peer_iss = 1000,
					     .iss_is_fixed = true,
					     .syn_options = OPTIONS[seed % 2]}),
				seed * 100 + (uint64_t)state, false);
	for (uint64_t seed = 1; seed <= 8; seed++)
		chat(opened(p,
			     "S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK,nop,nop,TS val 100 ecr "
			     "0>",
			     ". 1:1(0) ack 1 win 65535 <nop,nop,TS val 100 ecr 0>"),
			seed, true);
}
