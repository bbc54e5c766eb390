#include "compare/improvise.h"
#include "compare/improvise_inner.h"
#include "compare/improvise_program.h"

#include <string.h>

/* From here on, nothing new; then the host is watched for a while. */
#define LONGEST	     (4000 * NSEC_PER_MSEC)
#define AFTERTHOUGHT (1200 * NSEC_PER_MSEC)

bool improvise_do(struct improviser *im, struct scenario_event event)
{
	/* another call waits still; where it does no more this one would be made */
	if (event.kind == SCENARIO_CALL && event.call.may_block && im->player.pending != NULL)
		return false;
	event.time_ns = im->player.sut->ops->now(im->player.sut);
	g_array_append_val(im->scenario->events, event);
	return player_do(&im->player, &event);
}

/* The peer takes what arrives, unless it is the segment that the scenario loses. */
static void saw(void *context, unsigned connection, const struct tcpsim_segment *s)
{
	struct improviser *im = context;
	struct peer *peer = &im->peers[connection];
	const struct played_connection *c = &im->player.connections[connection];
	uint32_t seq = s->seq.n - c->iss, end = seq + tcp_segment_span(s);

	if (s->flags & TCPSIM_RST) {
		peer->reset = true;
		return;
	}
	if (s->flags & TCPSIM_SYN) {
		peer->answered = true;
		peer->rcv_nxt = peer->highest = 1;
	}
	if (s->flags & TCPSIM_ACK)
		peer->una = s->ack.n - player_peer_iss(connection);
	if (s->flags & TCPSIM_CWR && !(s->flags & TCPSIM_SYN))
		peer->echoes = false; /* RFC 3168 §6.1.3 */
	if (tcp_segment_span(s) == 0 || (s->flags & TCPSIM_SYN))
		return;
	if (peer->lose_next && seq >= peer->highest) {
		peer->lose_next = false;
		peer->highest = MAX(peer->highest, end);
		return;
	}
	peer->highest = MAX(peer->highest, end);
	peer->unacked++;
	if (seq <= peer->rcv_nxt && end > peer->rcv_nxt) {
		peer->rcv_nxt = end;
		if (peer->hole_end != 0 && peer->rcv_nxt >= peer->hole_end) {
			peer->rcv_nxt = peer->highest;
			peer->hole_end = 0;
		}
	} else if (seq > peer->rcv_nxt && (peer->hole_end == 0 || seq < peer->hole_end)) {
		peer->hole_end = seq;
	}
}

static const struct improvise_act *draw(struct improviser *im, const struct improvise_act *table)
{
	unsigned all = 0, at;

	for (const struct improvise_act *a = table; a->act != NULL; a++)
		all += im->odd ? a->odd : a->plain;
	at = below(im, all);
	for (const struct improvise_act *a = table;; a++) {
		unsigned weight = im->odd ? a->odd : a->plain;

		if (at < weight)
			return a;
		at -= weight;
	}
}

/* Mostly as fast as a local network answers, sometimes long enough for a timer. */
static int64_t gap(struct improviser *im)
{
	static const int GAPS[] = {
		0, 0, 1, 1, 2, 5, 5, 10, 10, 15, 20, 20, 30, 45, 60, 100, 150, 250, 450, 1100};

	return GAPS[below(im, G_N_ELEMENTS(GAPS))] * NSEC_PER_MSEC;
}

struct account *scenario_improvise(
	struct scenario *scenario, enum improvise_style style, struct sut *sut)
{
	struct improviser im = {.scenario = scenario, .odd = style == IMPROVISE_ODD};
	unsigned steps;

	rng_seed(&im.rng, scenario->seed, "scenario");
	player_begin(&im.player, scenario, sut);
	im.player.saw = saw;
	im.player.context = &im;
	improvise_begin(&im);
	steps = 4 + below(&im, 28);
	for (unsigned i = 0; i < steps; i++) {
		int64_t now = im.player.sut->ops->now(im.player.sut);
		bool peer = chance(&im, 55);

		if (now > LONGEST)
			break;
		player_wait(&im.player, now + gap(&im), false);
		for (int tries = 0; tries < 6; tries++)
			if (draw(&im, peer ? IMPROVISE_PEER_ACTS : IMPROVISE_PROGRAM_ACTS)
					->act(&im))
				break;
	}
	scenario->end_ns = im.player.sut->ops->now(im.player.sut) + AFTERTHOUGHT;
	player_wait(&im.player, scenario->end_ns, false);
	return player_end(&im.player);
}

struct account *scenario_improvise_model(
	struct scenario *scenario, enum improvise_style style, const struct tcpsim_profile *profile)
{
	struct script_files *files = script_files_new(NULL, NULL);
	struct sut *sut = scenario_model(scenario, profile, files, NULL);
	struct account *account = sut != NULL ? scenario_improvise(scenario, style, sut) : NULL;

	script_files_free(files);
	return account;
}

/* Those whose default is what most systems have, and what else they may be. */
static const struct {
	const char *name;
	const char *values[4];
} SETTINGS[] = {
	{"net.ipv4.tcp_timestamps", {"0", "1"}},
	{"net.ipv4.tcp_sack", {"0", "1"}},
	{"net.ipv4.tcp_window_scaling", {"0", "1"}},
	{"net.ipv4.tcp_dsack", {"0", "1"}},
	{"net.ipv4.tcp_ecn", {"0", "1", "2"}},
	{"net.ipv4.tcp_syncookies", {"0", "1", "2"}},
	{"net.ipv4.tcp_rmem", {"4096 16384 65536", "4096 131072 6291456", "4096 65536 65536",
				      "8192 300000 4000000"}},
	{"net.ipv4.tcp_wmem", {"4096 16384 65536", "4096 65536 262144", "4096 8192 8192"}},
	{"net.ipv4.tcp_moderate_rcvbuf", {"0", "1"}},
	{"net.ipv4.tcp_early_retrans", {"0", "3"}},
	{"net.ipv4.tcp_recovery", {"0", "1"}},
	{"net.ipv4.tcp_frto", {"0", "2"}},
	{"net.ipv4.tcp_abort_on_overflow", {"0", "1"}},
	{"net.ipv4.tcp_rfc1337", {"0", "1"}},
	{"net.ipv4.tcp_stdurg", {"0", "1"}},
	{"net.ipv4.tcp_adv_win_scale", {"-2", "1", "2"}},
	{"net.ipv4.tcp_slow_start_after_idle", {"0", "1"}},
	{"net.ipv4.tcp_autocorking", {"0", "1"}},
	{"net.ipv4.tcp_min_snd_mss", {"48", "500"}},
	{"net.ipv4.tcp_rto_min_us", {"200000", "50000"}},
	{"net.ipv4.tcp_congestion_control", {"reno"}},
	{"net.ipv4.tcp_fin_timeout", {"1", "60"}},
	{"net.ipv4.tcp_orphan_retries", {"0", "1"}},
};

void scenario_draw_settings(struct scenario *scenario)
{
	struct rng rng;
	unsigned n;

	rng_seed(&rng, scenario->seed, "settings");
	n = 1 + (unsigned)rng_below(&rng, 3);
	for (unsigned i = 0; i < n; i++) {
		size_t at = rng_below(&rng, G_N_ELEMENTS(SETTINGS)), values = 0;

		while (values < G_N_ELEMENTS(SETTINGS[at].values) &&
			SETTINGS[at].values[values] != NULL)
			values++;
		scenario_set(
			scenario, SETTINGS[at].name, SETTINGS[at].values[rng_below(&rng, values)]);
	}
}
