#include "script/run/match.h"

#include <stdlib.h>
#include <string.h>

#include "script/language/digest.h"
#include "script/language/format_packet.h"
#include "script/language/icmp.h"
#include "script/language/match_packet.h"
#include "script/run/signature.h"
#include "script/run/socket.h"

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

void match_init(struct match *match, struct run_socket *socket, const struct script_config *config,
	int64_t due_ns)
{
	*match = (struct match){.socket = socket,
		.config = config,
		.due_ns = due_ns,
		.mixed = g_string_new(NULL),
		.summary = g_string_new(NULL),
		.detail = g_string_new(NULL)};
}

void match_clear(struct match *match)
{
	g_string_free(match->mixed, TRUE);
	g_string_free(match->summary, TRUE);
	g_string_free(match->detail, TRUE);
}

/* Live numbers -> the script's. */
static void to_script(
	const struct run_socket *socket, struct tcpsim_segment *segment, uint8_t *options)
{
	bool syn = (segment->flags & TCPSIM_SYN) != 0;

	match_relative(
		segment, run_local_offset(socket, syn), run_remote_offset(socket, syn), options);
}

/* Is the payload what was written for that place in the stream? */
static void check_payload(struct match *match, const struct tcpsim_segment *live)
{
	const struct run_socket *socket = match->socket;
	uint32_t syn = (live->flags & TCPSIM_SYN) != 0;
	uint32_t offset = live->seq.n + syn - (socket->live_local_isn + 1), wrong = 0;
	uint8_t byte = 0;

	if (match->payload_bad || live->payload == NULL ||
		payload_sent_right(
			socket->payload, offset, live->payload, live->len, &wrong, &byte))
		return;
	match->payload_bad = true;
	match->wrong_byte = wrong;
	match->wanted = byte;
	match->got = live->payload[wrong - offset];
}

static bool same_but_push_and_fin(uint16_t a, uint16_t b)
{
	uint16_t loose = TCPSIM_PSH | TCPSIM_FIN | TCPSIM_CWR;

	return (a & ~loose) == (b & ~loose);
}

/* May this segment follow the one before as part of one larger expected segment? */
static void check_follows(struct match *match, const struct tcpsim_segment *next)
{
	const struct tcpsim_segment *first = &match->live;

	if (!same_but_push_and_fin(first->flags, next->flags))
		g_string_append(match->mixed, "their flags differ");
	else if (!tcpsim_seq_eq(next->seq, tcpsim_seq_add(first->seq, first->len)))
		g_string_append(match->mixed, "they do not follow each other");
	else if (!tcpsim_seq_eq(next->ack, first->ack))
		g_string_append(match->mixed, "they acknowledge different bytes");
	else if (next->options.raw_len != first->options.raw_len)
		g_string_append(match->mixed, "their options differ in length");
}

void match_add(struct match *match, const struct wire_packet *live, GBytes *bytes, int64_t time_ns)
{
	struct tcpsim_segment segment = live->segment;
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];

	match->segments++;
	match->time_ns = time_ns;
	match->is_tcp = live->kind == WIRE_TCP;
	match->sum_bad = match->sum_bad || !live->ip_sum_ok; /* TCP's may be left to the device */
	if (!match->is_tcp) {
		match->icmp_type = live->icmp.type;
		match->icmp_code = live->icmp.code;
		match->live = segment;
		return;
	}
	check_payload(match, &live->segment);
	match->signature_bad =
		match->signature_bad || !signature_is_right(match->config, &live->segment);
	to_script(match->socket, &segment, options);
	if (match->segments == 1)
		match->first_len = match->last_len = segment.len;
	if (match->segments > 1 && match->mixed->len == 0) {
		uint32_t before = match->live.len;

		check_follows(match, &segment);
		if (match->mixed->len == 0 && match->last_len != match->first_len)
			g_string_append(match->mixed, "their sizes differ");
		match->last_len = segment.len;
		segment.seq = match->live.seq;
		segment.flags = (segment.flags & ~TCPSIM_CWR) | (match->live.flags & TCPSIM_CWR);
		segment.len += before;
	}
	match->live = segment;
	match->live.payload = NULL;
	memcpy(match->options, options, sizeof(options));
	match->live.options.raw = match->options;
}

bool match_wants_more(const struct match *match, const struct script_packet *expected)
{
	return match->is_tcp && match->mixed->len == 0 && match->live.len < expected->payload_len;
}

static void differ(struct match *match, const char *field, const char *expected, const char *got)
{
	match->differences++;
	g_string_append_printf(
		match->detail, "  %-12s expected %s, got %s\n", field, expected, got);
	g_string_append_printf(match->summary, "%s%s %s instead of %s",
		match->summary->len > 0 ? ", " : "", field, got, expected);
}

static void compare_number(struct match *match, const char *field, int64_t expected, int64_t got)
{
	char a[32], b[32];

	if (expected == got)
		return;
	g_snprintf(a, sizeof(a), "%" G_GINT64_FORMAT, expected);
	g_snprintf(b, sizeof(b), "%" G_GINT64_FORMAT, got);
	differ(match, field, a, b);
}

static void compare_timestamp(struct match *match, uint32_t script, uint32_t live)
{
	struct run_socket *socket = match->socket;
	int64_t tick = match->config->ts_tick_ns, tolerance;
	uint32_t shown = socket->ts_base_script + (live - socket->ts_base_live);

	if (tick == 0)
		return;
	tolerance = MAX(match->config->tolerance_ns,
		(int64_t)(match->config->tolerance_percent / 100 * (double)match->due_ns));
	if (llabs((int32_t)(shown - script)) * tick > tolerance)
		compare_number(match, "TS val", script, shown);
}

/* Remembers which live timestamp a script's one stands for. */
static void learn_timestamp(
	struct match *match, const struct script_tcp_option *expected, const uint8_t *got)
{
	struct run_socket *socket = match->socket;
	uint32_t script = get32(expected->bytes + 2), live = get32(got + 2);

	if (!expected->any_ts_val)
		g_hash_table_insert(
			socket->ts_map, GUINT_TO_POINTER(script), GUINT_TO_POINTER(live));
	if (!socket->has_ts_base) {
		socket->has_ts_base = true;
		socket->ts_base_script = script;
		socket->ts_base_live = live;
	}
	if (!expected->any_ts_val)
		compare_timestamp(match, script, live);
}

/* Wherever both have a timestamp, its value is learnt, whatever else differs: later
 * echoes need it. */
static void learn_timestamps(struct match *match, const struct script_packet *expected)
{
	size_t len = match->live.options.raw_len;

	for (const struct script_tcp_option *o = expected->options;
		o != NULL && !expected->raw_options; o = o->next) {
		if (o->bytes[0] != TCPSIM_OPT_TIMESTAMP || o->len != 10)
			continue;
		for (size_t at = 0; at < len;) {
			size_t n = match_option_len(match->options, at, len);

			if (n == 0)
				return;
			if (match->options[at] == TCPSIM_OPT_TIMESTAMP && n == 10)
				learn_timestamp(match, o, match->options + at);
			at += n;
		}
	}
}

void match_expected_text(const struct script_packet *expected, GString *out)
{
	GString *whole = g_string_new(NULL);

	format_packet(expected, whole);
	g_string_append(out, whole->str + 2);
	g_string_free(whole, TRUE);
}

static void segment_text(const struct tcpsim_segment *segment, GString *out)
{
	if (segment->tos & 3) {
		static const char *const ECN[] = {"noecn", "ect1", "ect0", "ce"};

		g_string_append_printf(out, "(%s) ", ECN[segment->tos & 3]);
	}
	format_flags(segment->flags, -1, out);
	g_string_append_printf(
		out, " %u:%u(%u)", segment->seq.n, segment->seq.n + segment->len, segment->len);
	if (segment->flags & TCPSIM_ACK)
		g_string_append_printf(out, " ack %u", segment->ack.n);
	g_string_append_printf(out, " win %u", segment->window);
	if (segment->urgent != 0)
		g_string_append_printf(out, " urg %u", segment->urgent);
	if (segment->options.raw_len > 0) {
		g_string_append_c(out, ' ');
		format_option_bytes(segment->options.raw, segment->options.raw_len, out);
	}
}

void match_live_text(const struct run_socket *socket, const struct wire_packet *live, GString *out)
{
	struct tcpsim_segment segment = live->segment;
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];

	if (live->kind != WIRE_TCP) {
		icmp_text(live->icmp.type, live->icmp.code, segment.ip_version == 6, out);
		return;
	}
	to_script(socket, &segment, options);
	segment_text(&segment, out);
}

static void begin_detail(struct match *match, const struct script_packet *expected)
{
	g_string_append(match->detail, "  expected     ");
	match_expected_text(expected, match->detail);
	g_string_append(match->detail, "\n  got          ");
	if (match->is_tcp)
		segment_text(&match->live, match->detail);
	else
		icmp_text(match->icmp_type, match->icmp_code, match->live.ip_version == 6,
			match->detail);
	if (match->segments > 1)
		g_string_append_printf(match->detail, " (%u segments together)", match->segments);
	g_string_append_c(match->detail, '\n');
}

static void compare_payload(struct match *match)
{
	char a[32], b[32];

	g_snprintf(a, sizeof(a), "0x%02x at byte %u", match->wanted, match->wrong_byte);
	g_snprintf(b, sizeof(b), "0x%02x", match->got);
	differ(match, "payload", a, b);
}

/* What a script's report calls each field. */
static const char *const FIELD[] = {
	[MATCH_FLAGS] = "flags",
	[MATCH_SEQ] = "seq",
	[MATCH_LENGTH] = "length",
	[MATCH_ACK] = "ack",
	[MATCH_WINDOW] = "win",
	[MATCH_URGENT] = "urg",
	[MATCH_SOURCE_PORT] = "source port",
	[MATCH_DEST_PORT] = "dest port",
	[MATCH_OPTIONS] = "options",
	[MATCH_TUNNEL] = "tunnel",
	[MATCH_ECN] = "tos",
	[MATCH_DSCP] = "tos",
	[MATCH_TTL] = "ttl",
	[MATCH_ICMP_TYPE] = "icmp type",
	[MATCH_ICMP_CODE] = "icmp code",
};

static void on_difference(
	void *context, enum match_field field, const char *expected, const char *got)
{
	struct match *match = context;

	if (field == MATCH_DSCP && match->ecn_differs)
		return; /* the byte was told */
	match->ecn_differs = match->ecn_differs || field == MATCH_ECN;
	differ(match, FIELD[field], expected, got);
}

static void compare_tcp(struct match *match, const struct packet_match *strictness,
	const struct script_packet *expected)
{
	match_tcp(strictness, expected, &match->live);
	learn_timestamps(match, expected);
	if (match->payload_bad)
		compare_payload(match);
	if (match->signature_bad && digest_is_written(expected))
		differ(match, "md5", "the digest that --tcp_md5_secret makes", "another");
	if (match->mixed->len > 0)
		differ(match, "segments", "one, or several that go together", match->mixed->str);
}

bool match_compare(struct match *match, const struct script_packet *expected)
{
	struct packet_match strictness = {.whole = true,
		.any_timestamps = true, /* compare_timestamp looks at them */
		.differs = on_difference,
		.context = match};

	begin_detail(match, expected);
	if (match->is_tcp != (expected->kind == PACKET_TCP)) {
		differ(match, "packet", expected->kind == PACKET_TCP ? "TCP" : "ICMP",
			match->is_tcp ? "TCP" : "ICMP");
	} else if (match->is_tcp) {
		strictness.first =
			run_local_offset(match->socket, (match->live.flags & TCPSIM_SYN) != 0);
		compare_tcp(match, &strictness, expected);
	} else {
		match_icmp(&strictness, expected, match->icmp_type, match->icmp_code,
			match->config->ip_version == SCRIPT_IPV6);
	}
	match_ip(&strictness, expected, &match->live);
	if (match->sum_bad)
		differ(match, "checksum", "a right one", "a wrong one");
	return match->differences == 0;
}
