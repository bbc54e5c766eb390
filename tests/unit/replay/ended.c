/*
 * What is told of a capture is the same, byte for byte, whether the records of connections that
 * have ended are folded at once or never: also where late segments come for them, RSTs, or a new
 * connection on the same 4-tuple.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "traces/replay/replay.h"
#include "traces/report/json.h"
#include "traces/report/report.h"
#include "traces/report/summary.h"

enum {
	CONNECTIONS = 200,
	MANY = FIGURES_ALL + 2000, /* of the later ones no figures are kept but of trouble */
	LATER = 20,
	TEXT = 100,
	TURN_US = 700,
	SILENCE_US = 400000
};

/* Lines and tables, with all rows and with the worst. */
static char *all_of(const struct replay *r)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	report_summary(r, &(struct report_style){.out = out, .width = 100});
	report_json(r, &(struct report_json){.out = out, .events = true});
	report_summary(r, &(struct report_style){.out = out, .width = 100, .all = true});
	fclose(out);
	return text;
}

/* Both are long: the first line that differs is what is worth reading. */
static void expect_same(const char *a, const char *b)
{
	size_t i = 0, line = 0;

	for (; a[i] != '\0' && a[i] == b[i]; i++)
		line = a[i] == '\n' ? i + 1 : line;
	cr_expect(a[i] == b[i], "whole:  %.300s\nfolded: %.300s", a + line, b + line);
}

static struct replay_options options_of(uint32_t at_hand, bool keep_limits)
{
	return (struct replay_options){.keep_events = true,
		.keep_resets = true,
		.keep_limits = keep_limits,
		.keep_queues = 1000,
		.at_hand = at_hand,
		.shown_as = "what was seen"};
}

static uint32_t folded_of(const struct replay *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < flow_places(r->flows); i++)
		n += flow_brief(r->flows, i).folded;
	return n;
}

/* ---- segments that are told ---- */

struct teller {
	struct replay *r;
	uint32_t connections;
	uint64_t packets, now_us;
};

/* One of connection n; up: from its client. Numbers count from the sender's ISN. */
static void tell(struct teller *t, uint32_t n, bool up, unsigned flags, uint32_t seq, uint32_t ack,
	uint32_t len)
{
	struct tcpsim_addr client = tcpsim_addr_v4(0x0a000001 + n % 97);
	struct tcpsim_addr server = tcpsim_addr_v4(0xc0000201 + n % 3);
	uint16_t port = (uint16_t)(10000 + n % t->connections);
	uint32_t isn = n * 1000003; /* whoever uses the 4-tuple again has another */
	struct wire_packet wire = {.tcp_sum_ok = true,
		.segment = {.src = up ? client : server,
			.dst = up ? server : client,
			.src_port = up ? port : 80,
			.dst_port = up ? 80 : port,
			.seq = {isn + seq},
			.ack = {flags & TCPSIM_ACK ? isn + ack : 0},
			.flags = (uint16_t)flags,
			.window = 5000,
			.ip_version = 4,
			.ttl = 64,
			.len = len}};
	struct observed_packet packet = {.number = ++t->packets,
		.time_ns = INT64_C(1795738000000000000) + (int64_t)(t->now_us += TURN_US) * 1000};

	replay_take_segment(t->r, &wire, &packet);
}

static void tell_life(struct teller *t, uint32_t n)
{
	tell(t, n, true, TCPSIM_SYN, 0, 0, 0);
	tell(t, n, false, TCPSIM_SYN | TCPSIM_ACK, 0, 1, 0);
	tell(t, n, true, TCPSIM_ACK, 1, 1, 0);
	tell(t, n, true, TCPSIM_ACK, 1, 1, TEXT);
	if (n % 5 == 0) /* it goes again */
		tell(t, n, true, TCPSIM_ACK, 1, 1, TEXT);
	if (n % 301 == 0)
		t->now_us += SILENCE_US;
	tell(t, n, false, TCPSIM_ACK, 1, 1 + TEXT, TEXT);
	if (n % 7 == 0) {
		tell(t, n, true, TCPSIM_RST | TCPSIM_ACK, 1 + TEXT, 1 + TEXT, 0);
		return;
	}
	tell(t, n, true, TCPSIM_FIN | TCPSIM_ACK, 1 + TEXT, 1 + TEXT, 0);
	tell(t, n, false, TCPSIM_FIN | TCPSIM_ACK, 1 + TEXT, 2 + TEXT, 0);
	tell(t, n, true, TCPSIM_ACK, 2 + TEXT, 2 + TEXT, 0);
}

/* Long after its end. */
static void tell_late(struct teller *t, uint32_t n)
{
	switch (n % 6) {
	case 0: tell(t, n, true, TCPSIM_ACK, 1, 1, TEXT); return;
	case 1: tell(t, n, false, TCPSIM_FIN | TCPSIM_ACK, 1 + TEXT, 2 + TEXT, 0); return;
	case 2: tell(t, n, false, TCPSIM_RST, 2 + TEXT, 0, 0); return;
	case 3: tell(t, n, false, TCPSIM_SYN | TCPSIM_ACK, 0, 1, 0); return;
	case 4: tell_life(t, n + 97 * 3 * t->connections); return; /* on the same 4-tuple */
	default: return;
	}
}

static struct replay *told(
	const struct replay_options *options, uint32_t connections, uint32_t *folded)
{
	struct teller t = {.r = replay_new(options), .connections = connections};

	for (uint32_t n = 0; n < connections + LATER; n++) {
		if (n < connections)
			tell_life(&t, n);
		if (n >= LATER)
			tell_late(&t, n - LATER);
	}
	*folded = folded_of(t.r);
	replay_end(t.r);
	return t.r;
}

Test(ended, connections_are_told_the_same_when_they_are_folded)
{
	for (int keep_limits = 0; keep_limits < 2; keep_limits++) {
		struct replay_options never = options_of(0, keep_limits);
		struct replay_options at_once = options_of(1, keep_limits);
		uint32_t none, most;
		struct replay *whole = told(&never, CONNECTIONS, &none);
		struct replay *folded = told(&at_once, CONNECTIONS, &most);
		char *a = all_of(whole), *b = all_of(folded);

		cr_expect_eq(none, 0);
		cr_expect_geq(most, CONNECTIONS, "%u", most);
		cr_expect_eq(flow_count(folded->flows), CONNECTIONS + (CONNECTIONS + 1) / 6, "%u",
			flow_count(folded->flows));
		expect_same(a, b);
		free(a);
		free(b);
		replay_free(whole);
		replay_free(folded);
	}
}

static char *table_of(uint32_t at_hand, uint32_t *plain)
{
	struct replay_options options = options_of(at_hand, false);
	struct replay *r;
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	options.keep_events = false;
	r = told(&options, MANY, plain);
	*plain = 0;
	for (uint32_t i = 0; i < flow_places(r->flows); i++)
		*plain += flow_brief(r->flows, i).plain;
	out = open_memstream(&text, &len);
	report_summary(r, &(struct report_style){.out = out, .width = 100});
	fclose(out);
	replay_free(r);
	return text;
}

/* Those that went well are counted without being unfolded: in all that the table says. */
Test(ended, many_are_told_the_same_when_they_are_folded)
{
	uint32_t none, most;
	char *a = table_of(0, &none), *b = table_of(1, &most);

	cr_expect_eq(none, 0);
	cr_expect_gt(most, 500, "%u", most);
	cr_expect_not_null(strstr(a, "server-thinking"), "some have stalled: %s", a);
	expect_same(a, b);
	free(a);
	free(b);
}

/* ---- captures ---- */

static char *read_all(char **paths, size_t n, uint32_t at_hand, uint32_t *folded)
{
	struct replay_options options = options_of(at_hand, false);
	struct replay *r = replay_open((const char *const *)paths, n, &options, NULL);
	char *text;

	cr_assert_not_null(r);
	replay_run(r);
	*folded = folded_of(r);
	text = all_of(r);
	replay_free(r);
	return text;
}

Test(ended, the_samples_are_told_the_same_when_they_are_folded)
{
	char *folder = g_build_filename(g_getenv("TCPSIM_SOURCE"), "traces", "samples", NULL);
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(folder, 0, NULL);
	uint32_t none, most;

	cr_assert_not_null(dir);
	for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
		if (g_str_has_suffix(name, ".pcap"))
			g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
	g_dir_close(dir);
	char *a = read_all((char **)paths->pdata, paths->len, 0, &none);
	char *b = read_all((char **)paths->pdata, paths->len, 1, &most);
	cr_expect_eq(none, 0);
	cr_expect_gt(most, 0);
	expect_same(a, b);
	free(a);
	free(b);
	g_ptr_array_free(paths, TRUE);
	g_free(folder);
}
