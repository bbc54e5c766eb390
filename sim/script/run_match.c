#include "script/run_match.h"
#include "script/icmp.h"

#include "script/format.h"
#include <stdlib.h>
#include <string.h>

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void put32(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The length of the option at `at`, or 0 where the bytes are no option. */
static size_t option_len(const uint8_t *bytes, size_t at, size_t len)
{
	if (bytes[at] <= TCP_OPT_NOP)
		return 1;
	if (at + 1 >= len || bytes[at + 1] < 2 || at + bytes[at + 1] > len)
		return 0;
	return bytes[at + 1];
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

/* Live numbers -> the script's. SACK blocks lie in what we sent, so they count as acknowledgments
 * do. */
static void to_script(
	const struct run_socket *socket, struct tcp_segment *segment, uint8_t *options)
{
	bool syn = (segment->flags & TCP_SYN) != 0;
	uint32_t remote = run_remote_offset(socket, syn);
	size_t len = segment->options.raw_len;

	segment->seq = seq_sub(segment->seq, run_local_offset(socket, syn));
	if (segment->flags & TCP_ACK)
		segment->ack = seq_sub(segment->ack, remote);
	memcpy(options, segment->options.raw, len);
	segment->options.raw = options;
	for (size_t at = 0; at < len;) {
		size_t n = option_len(options, at, len);

		if (n == 0)
			return;
		if (options[at] == TCP_OPT_SACK)
			for (size_t i = 2; i + 4 <= n; i += 4)
				put32(options + at + i, get32(options + at + i) - remote);
		at += n;
	}
}

/* Is the payload what was written for that place in the stream? */
static void check_payload(struct match *match, const struct tcp_segment *live)
{
	const struct run_socket *socket = match->socket;
	uint32_t syn = (live->flags & TCP_SYN) != 0;
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
	uint16_t loose = TCP_PSH | TCP_FIN | TCP_CWR;

	return (a & ~loose) == (b & ~loose);
}

/* May this segment follow the one before as part of one larger expected segment? */
static void check_follows(struct match *match, const struct tcp_segment *next)
{
	const struct tcp_segment *first = &match->live;

	if (!same_but_push_and_fin(first->flags, next->flags))
		g_string_append(match->mixed, "their flags differ");
	else if (!seq_eq(next->seq, seq_add(first->seq, first->len)))
		g_string_append(match->mixed, "they do not follow each other");
	else if (!seq_eq(next->ack, first->ack))
		g_string_append(match->mixed, "they acknowledge different bytes");
	else if (next->options.raw_len != first->options.raw_len)
		g_string_append(match->mixed, "their options differ in length");
}

void match_add(struct match *match, const struct wire_packet *live, GBytes *bytes, int64_t time_ns)
{
	struct tcp_segment segment = live->segment;
	uint8_t options[TCP_MAX_OPTIONS_LEN];

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
		segment.flags = (segment.flags & ~TCP_CWR) | (match->live.flags & TCP_CWR);
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

static void compare_flags(struct match *match, const struct script_packet *expected)
{
	uint16_t flags = expected->flags, got = match->live.flags;
	GString *a, *b;

	if (expected->ace > 0)
		flags |= (expected->ace & 1 ? TCP_ECE : 0) | (expected->ace & 2 ? TCP_CWR : 0) |
			 (expected->ace & 4 ? TCP_AE : 0);
	if (flags == got)
		return;
	a = g_string_new(NULL);
	b = g_string_new(NULL);
	if (expected->ace > 0) {
		uint16_t ace_bits = TCP_AE | TCP_CWR | TCP_ECE;

		format_flags(flags & ~ace_bits, expected->ace, a);
		format_flags(got & ~ace_bits,
			(got & TCP_AE ? 4 : 0) + (got & TCP_CWR ? 2 : 0) + (got & TCP_ECE ? 1 : 0),
			b);
	} else {
		format_flags(flags, -1, a);
		format_flags(got, -1, b);
	}
	differ(match, "flags", a->str, b->str);
	g_string_free(a, TRUE);
	g_string_free(b, TRUE);
}

static void tunnel_text(char *out, size_t size, uint16_t src, uint16_t dst)
{
	if (src == 0 && dst == 0)
		g_strlcpy(out, "none", size);
	else
		g_snprintf(out, size, "udp(%u > %u)", src, dst);
}

static void compare_tunnel(struct match *match, const struct script_packet *expected)
{
	uint16_t src = expected->has_udp_tunnel ? expected->tunnel_src : 0;
	uint16_t dst = expected->has_udp_tunnel ? expected->tunnel_dst : 0;
	char want[32], got[32];

	if (match->live.udp_src_port == src && match->live.udp_dst_port == dst)
		return;
	tunnel_text(want, sizeof(want), src, dst);
	tunnel_text(got, sizeof(got), match->live.udp_src_port, match->live.udp_dst_port);
	differ(match, "tunnel", want, got);
}

static void compare_tos(struct match *match, const struct script_packet *expected)
{
	uint8_t got = match->live.tos, want = expected->ip.tos;
	char a[24], b[24];
	bool ok = true,
	     any_ect = expected->ip.check == TOS_ECT01 || expected->ip.check == TOS_DSCP_ECT01;

	if (expected->ip.check == TOS_BYTE)
		ok = got == want;
	else if (expected->ip.check == TOS_ECN)
		ok = (got & 3) == (want & 3);
	else if (expected->ip.check == TOS_DSCP || expected->ip.check == TOS_DSCP_ECT01)
		ok = got >> 2 == want >> 2;
	if (any_ect)
		ok = ok && ((got & 3) == 1 || (got & 3) == 2);
	if (ok)
		return;
	g_snprintf(a, sizeof(a), any_ect ? "0x%02x with ECT" : "0x%02x", want);
	g_snprintf(b, sizeof(b), "0x%02x", got);
	differ(match, "tos", a, b);
}

/* The script's option as bytes to be compared; with the wire's sum of MD5 there is no telling, so
 * length alone. */
static bool same_option(struct match *match, const struct script_tcp_option *expected,
	const uint8_t *got, size_t len)
{
	if (expected->bytes[0] != got[0])
		return false;
	if (got[0] <= TCP_OPT_NOP || expected->len < 2)
		return true;
	if (expected->len != len)
		return false;
	if (got[0] == TCP_OPT_TIMESTAMP && len == 10)
		return true; /* compare_timestamp looks at it */
	if (expected->valid_md5)
		return true;
	return memcmp(expected->bytes + 2, got + 2, len - 2) == 0;
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

static void options_text(const struct script_packet *expected, GString *out)
{
	GString *whole = g_string_new(NULL);
	const char *start;

	format_packet(expected, whole);
	start = strrchr(whole->str, '<');
	g_string_append(out, expected->options != NULL && start != NULL ? start : "none");
	g_string_free(whole, TRUE);
}

static bool same_options(struct match *match, const struct script_packet *expected)
{
	size_t at = 0, len = match->live.options.raw_len;
	const uint8_t *got = match->options;
	const struct script_tcp_option *option = expected->options;

	if (expected->raw_options)
		return option->len == len && memcmp(option->bytes, got, len) == 0;
	for (; option != NULL && at < len; option = option->next) {
		size_t n = option_len(got, at, len);

		if (n == 0 || !same_option(match, option, got + at, n))
			return false;
		at += n;
	}
	return option == NULL && at == len;
}

static void compare_options(struct match *match, const struct script_packet *expected)
{
	GString *a, *b;

	if (expected->any_options || same_options(match, expected))
		return;
	a = g_string_new(NULL);
	b = g_string_new(NULL);
	options_text(expected, a);
	if (match->live.options.raw_len > 0)
		format_option_bytes(match->options, match->live.options.raw_len, b);
	else
		g_string_append(b, "none");
	differ(match, "options", a->str, b->str);
	g_string_free(a, TRUE);
	g_string_free(b, TRUE);
}

/* Wherever both have a timestamp, its value is learnt, whatever else differs: later
 * echoes need it. */
static void learn_timestamps(struct match *match, const struct script_packet *expected)
{
	size_t len = match->live.options.raw_len;

	for (const struct script_tcp_option *o = expected->options;
		o != NULL && !expected->raw_options; o = o->next) {
		if (o->bytes[0] != TCP_OPT_TIMESTAMP || o->len != 10)
			continue;
		for (size_t at = 0; at < len;) {
			size_t n = option_len(match->options, at, len);

			if (n == 0)
				return;
			if (match->options[at] == TCP_OPT_TIMESTAMP && n == 10)
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

static void segment_text(const struct tcp_segment *segment, GString *out)
{
	if (segment->tos & 3) {
		static const char *const ECN[] = {"noecn", "ect1", "ect0", "ce"};

		g_string_append_printf(out, "(%s) ", ECN[segment->tos & 3]);
	}
	format_flags(segment->flags, -1, out);
	g_string_append_printf(
		out, " %u:%u(%u)", segment->seq.n, segment->seq.n + segment->len, segment->len);
	if (segment->flags & TCP_ACK)
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
	struct tcp_segment segment = live->segment;
	uint8_t options[TCP_MAX_OPTIONS_LEN];

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

static void compare_icmp(struct match *match, const struct script_packet *expected)
{
	bool v6 = match->config->ip_version == SCRIPT_IPV6;

	compare_number(
		match, "icmp type", icmp_type_number(expected->icmp_type, v6), match->icmp_type);
	compare_number(match, "icmp code",
		icmp_code_number(expected->icmp_type, expected->icmp_code, v6), match->icmp_code);
}

static void compare_payload(struct match *match)
{
	char a[32], b[32];

	g_snprintf(a, sizeof(a), "0x%02x at byte %u", match->wanted, match->wrong_byte);
	g_snprintf(b, sizeof(b), "0x%02x", match->got);
	differ(match, "payload", a, b);
}

static void compare_tcp(struct match *match, const struct script_packet *expected)
{
	const struct tcp_segment *got = &match->live;

	compare_flags(match, expected);
	if (!expected->any_seq) {
		uint32_t seq = got->seq.n;

		if (expected->absolute_seq)
			seq += run_local_offset(match->socket, (got->flags & TCP_SYN) != 0);
		compare_number(match, "seq", expected->seq, seq);
	}
	compare_number(match, "length", expected->payload_len, got->len);
	compare_number(match, "ack", expected->ack, got->ack.n);
	if (expected->window >= 0)
		compare_number(match, "win", expected->window, got->window);
	compare_number(match, "urg", expected->urgent, got->urgent);
	if (expected->has_ports && expected->src_port != 0)
		compare_number(match, "source port", expected->src_port, got->src_port);
	if (expected->has_ports && expected->dst_port != 0)
		compare_number(match, "dest port", expected->dst_port, got->dst_port);
	compare_options(match, expected);
	learn_timestamps(match, expected);
	if (match->payload_bad)
		compare_payload(match);
	if (match->mixed->len > 0)
		differ(match, "segments", "one, or several that go together", match->mixed->str);
}

bool match_compare(struct match *match, const struct script_packet *expected)
{
	begin_detail(match, expected);
	if (match->is_tcp != (expected->kind == PACKET_TCP)) {
		differ(match, "packet", expected->kind == PACKET_TCP ? "TCP" : "ICMP",
			match->is_tcp ? "TCP" : "ICMP");
	} else if (match->is_tcp) {
		compare_tcp(match, expected);
		compare_tunnel(match, expected);
	} else {
		compare_icmp(match, expected);
	}
	compare_tos(match, expected);
	if (expected->ip.ttl != 0)
		compare_number(match, "ttl", expected->ip.ttl, match->live.ttl);
	if (match->sum_bad)
		differ(match, "checksum", "a right one", "a wrong one");
	return match->differences == 0;
}
