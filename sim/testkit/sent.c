/* What goes in, and what came out held against what was expected, field by field. */
#include "testkit/sent.h"
#include "base/pattern.h"
#include "script/language/digest.h"
#include "script/language/icmp.h"
#include "script/language/match_packet.h"
#include "script/language/parser.h"
#include "testkit/segment.h"
#include "testkit/stream.h"
#include "testkit/testkit.h"
#include "wire/build.h"
#include "wire/ip.h"
#include "wire/wire.h"
#include <string.h>

#define DATAGRAM_MAX 65535

/* --- in --- */

static void input(struct tcpsim_peer *peer, const uint8_t *bytes, size_t len)
{
	struct tcpsim_host *host = peer->bench->host;

	peer->bench->acting = peer;
	tcpsim_host_input(host, tcpsim_host_now(host), 0, bytes, len);
}

/* The fields that a segment in either direction has from its text and its connection. */
static struct tcpsim_segment make_segment(
	const struct tcpsim_peer *peer, const struct script_packet *packet, bool of_host)
{
	struct tcpsim_segment seg = {.src = of_host ? peer->bench->host_addr : peer->addr,
		.dst = of_host ? peer->addr : peer->bench->host_addr,
		.src_port = of_host ? peer->host_port : peer->peer_port,
		.dst_port = of_host ? peer->peer_port : peer->host_port,
		.ip_version = peer->options.ip_version == 6 ? 6 : 4,
		.ttl = packet->ip.ttl ? packet->ip.ttl : 64,
		.len = packet->payload_len};
	uint32_t first = of_host ? peer->iss.n : peer->options.peer_iss;

	seg.seq = tcpsim_seq_of(packet->seq + (packet->absolute_seq ? 0 : first));
	return seg;
}

static void send_tcp(
	struct tcpsim_peer *peer, const struct script_packet *packet, const uint8_t *text)
{
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN], bytes[TCPSIM_HEADERS_MAX + DATAGRAM_MAX];
	uint8_t payload[DATAGRAM_MAX];
	struct tcpsim_segment seg = make_segment(peer, packet, false);
	uint64_t offset = packet->seq + !!(packet->flags & TCPSIM_SYN) - UINT64_C(1);
	size_t headers;

	seg.flags = match_flags(packet);
	seg.ack = tcpsim_seq_of(packet->has_ack ? peer->iss.n + packet->ack : 0);
	seg.window = (uint16_t)packet->window;
	seg.urgent = packet->urgent;
	seg.tos = packet->ip.tos;
	if (packet->has_ports && packet->src_port)
		seg.src_port = packet->src_port;
	if (packet->has_ports && packet->dst_port)
		seg.dst_port = packet->dst_port;
	seg.options.raw = options;
	seg.options.raw_len = (uint8_t)testkit_options(packet, peer->iss.n, options);
	seg.header_len = (uint8_t)(20 + seg.options.raw_len);
	if (text)
		memcpy(payload, text, seg.len);
	else
		pattern_fill(testkit_stream(peer, false), offset, payload, seg.len);
	seg.payload = payload;
	digest_put(peer->options.md5_key, packet, &seg, options);
	headers = wire_build_headers(&seg, 1, true, payload, bytes);
	if (headers + seg.len > DATAGRAM_MAX) {
		testkit_fail("peer_sends: a text of %u bytes does not fit a datagram", seg.len);
		return;
	}
	memcpy(bytes + headers, payload, seg.len);
	input(peer, bytes, headers + seg.len);
}

/* A router's or the peer's word about a segment that the host sent: RFC 792, RFC 4443. */
static void send_icmp(struct tcpsim_peer *peer, const struct script_packet *packet)
{
	bool v6 = peer->options.ip_version == 6;
	struct tcpsim_segment about = make_segment(peer, packet, true);
	uint8_t quoted[TCPSIM_HEADERS_MAX], out[TCPSIM_HEADERS_MAX + 64];
	uint32_t rest = packet->icmp_mtu >= 0 ? (uint32_t)packet->icmp_mtu
					      : (uint32_t)packet->icmp_id << 16;
	size_t len;

	about.flags = TCPSIM_ACK;
	about.header_len = 20;
	wire_build_headers(&about, 0, true, NULL, quoted);
	len = wire_build_icmp_error(&peer->addr, &peer->bench->host_addr,
		(uint8_t)icmp_type_number(packet->icmp_type, v6),
		(uint8_t)icmp_code_number(packet->icmp_type, packet->icmp_code, v6), rest, quoted,
		(v6 ? 40 : 20) + 8, out, sizeof(out));
	input(peer, out, len);
}

void tcpsim_peer_sends(struct tcpsim_peer *peer, const char *text)
{
	struct script *script;

	if (!testkit_has("peer_sends", peer, text))
		return;
	script = testkit_parse("peer_sends", peer, text, false);
	if (!script)
		return;
	if (script->events->packet.kind == PACKET_ICMP)
		send_icmp(peer, &script->events->packet);
	else
		send_tcp(peer, &script->events->packet, NULL);
	script_free(script);
}

void tcpsim_peer_sends_bytes(struct tcpsim_peer *peer, const char *text, const void *bytes)
{
	struct script *script;

	if (!testkit_has("peer_sends_bytes", peer, text) ||
		!testkit_has("peer_sends_bytes", peer, bytes))
		return;
	script = testkit_parse("peer_sends_bytes", peer, text, false);
	if (!script)
		return;
	if (script->events->packet.kind != PACKET_TCP)
		testkit_fail("peer_sends_bytes: %s: only a segment has bytes to be given", text);
	else
		send_tcp(peer, &script->events->packet, bytes);
	script_free(script);
}

/* --- out --- */

/* Gives each peer what was sent to its address; what goes elsewhere is the acting one's. */
static void sort_sent(struct bench *bench)
{
	struct tcpsim_packet *packet;

	while ((packet = tcpsim_host_transmit(bench->host))) {
		struct tcpsim_peer *to = bench->acting;
		struct wire_packet in;

		wire_parse_packet(packet, 0, &in);
		for (guint i = 0; i < bench->peers->len; i++) {
			struct tcpsim_peer *peer = bench->peers->pdata[i];

			if (in.kind != WIRE_BAD && tcpsim_addr_eq(&in.segment.dst, &peer->addr))
				to = peer;
		}
		g_queue_push_tail(&to->sent, packet);
	}
}

bool testkit_next_sent(
	struct tcpsim_peer *peer, uint8_t *bytes, size_t size, struct wire_packet *out)
{
	struct tcpsim_packet *packet;
	size_t len;

	sort_sent(peer->bench);
	packet = g_queue_pop_head(&peer->sent);
	if (!packet)
		return false;
	len = tcpsim_packet_bytes(packet, bytes, size);
	tcpsim_packet_free(packet);
	wire_parse(bytes, len, WIRE_VERIFY, out);
	if (out->kind == WIRE_TCP && (out->segment.flags & TCPSIM_SYN)) {
		peer->iss = out->segment.seq;
		peer->host_port = out->segment.src_port;
	}
	return true;
}

static void append_text(const struct tcpsim_peer *peer, const struct wire_packet *in, GString *out)
{
	char text[512];

	if (in->kind == WIRE_ICMP_ERROR || in->kind == WIRE_ICMP_OTHER) {
		icmp_text(in->icmp.type, in->icmp.code, in->segment.ip_version == 6, out);
	} else if (in->kind == WIRE_TCP) {
		tcpsim_segment_text(&in->segment, peer->iss, tcpsim_seq_of(peer->options.peer_iss),
			text, sizeof(text));
		g_string_append(out, text);
	} else if (in->kind == WIRE_BAD) {
		g_string_append_printf(
			out, "a packet that is wrong: %s", tcpsim_rule_text(in->rule)->sentence);
	} else {
		g_string_append(out, "a packet that is neither TCP nor ICMP");
	}
}

const char *tcpsim_peer_sent_text(struct tcpsim_peer *peer)
{
	uint8_t bytes[70000];
	struct wire_packet in;

	if (!testkit_has("peer_sent_text", peer, peer))
		return "";
	g_string_truncate(peer->text, 0);
	while (testkit_next_sent(peer, bytes, sizeof(bytes), &in)) {
		append_text(peer, &in, peer->text);
		g_string_append_c(peer->text, '\n');
	}
	return peer->text->str;
}

static void differs(GString *out, const char *field)
{
	g_string_append_printf(out, "%s%s", out->len ? ", " : "", field);
}

static const char *const FIELD[] = {
	[MATCH_FLAGS] = "flags",
	[MATCH_SEQ] = "sequence number",
	[MATCH_LENGTH] = "length",
	[MATCH_ACK] = "acknowledgment",
	[MATCH_WINDOW] = "window",
	[MATCH_URGENT] = "urgent pointer",
	[MATCH_SOURCE_PORT] = "port",
	[MATCH_DEST_PORT] = "port",
	[MATCH_OPTIONS] = "options",
	[MATCH_ECN] = "ECN codepoint",
	[MATCH_DSCP] = "DSCP",
	[MATCH_TTL] = "time to live",
	[MATCH_ICMP_TYPE] = "type",
	[MATCH_ICMP_CODE] = "code",
};

static void on_difference(
	void *context, enum match_field field, const char *expected, const char *got)
{
	differs(context, FIELD[field]);
}

static void compare(const struct tcpsim_peer *peer, const struct script_packet *want,
	const struct wire_packet *got, GString *out)
{
	struct packet_match match = {
		.first = peer->iss.n, .differs = on_difference, .context = out};
	bool icmp = got->kind == WIRE_ICMP_ERROR || got->kind == WIRE_ICMP_OTHER;
	struct tcpsim_segment relative = got->segment;
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];

	if (want->kind == PACKET_TCP ? got->kind != WIRE_TCP : !icmp) {
		differs(out, "kind of packet");
		return;
	}
	match_ip(&match, want, &got->segment);
	if (want->kind != PACKET_TCP) {
		match_icmp(&match, want, got->icmp.type, got->icmp.code,
			peer->options.ip_version == 6);
		return;
	}
	relative.udp_src_port = relative.udp_dst_port = 0; /* testkit_parse takes no TCP in UDP */
	match_relative(&relative, peer->iss.n, peer->options.peer_iss, options);
	match_tcp(&match, want, &relative);
	if (digest_is_written(want) && !digest_is_right(peer->options.md5_key, &got->segment))
		differs(out, "MD5 digest, which is made with another key or of another segment");
}

/* Explicit bytes, or what is known of the stream. */
static void compare_text(const struct tcpsim_peer *peer, const struct tcpsim_segment *got,
	const uint8_t *bytes, GString *out)
{
	int64_t wrong = -1;
	char *field;

	if (!bytes)
		wrong = testkit_wrong_byte(peer, got);
	for (uint32_t i = 0; bytes && wrong < 0 && i < got->len; i++) {
		if (got->payload[i] != bytes[i])
			wrong = i;
	}
	if (wrong < 0)
		return;
	field = g_strdup_printf("byte %" G_GINT64_FORMAT " of the text", wrong);
	differs(out, field);
	g_free(field);
}

static void expect(const char *call, struct tcpsim_peer *peer, const char *segment,
	const void *text, bool has_text)
{
	struct script *script;
	uint8_t bytes[70000];
	struct wire_packet got;
	GString *fields, *was;

	if (!testkit_has(call, peer, segment) || (has_text && !testkit_has(call, peer, text)))
		return;
	script = testkit_parse(call, peer, segment, true);
	if (!script)
		return;
	if (!testkit_next_sent(peer, bytes, sizeof(bytes), &got)) {
		testkit_fail("expected to be sent: %s\nbut nothing was", segment);
		script_free(script);
		return;
	}
	fields = g_string_new(NULL);
	was = g_string_new(NULL);
	compare(peer, &script->events->packet, &got, fields);
	if (!fields->len && got.kind == WIRE_TCP)
		compare_text(peer, &got.segment, text, fields);
	append_text(peer, &got, was);
	if (fields->len)
		testkit_fail(
			"expected to be sent: %s\n           was sent: %s\n            differs: %s",
			segment, was->str, fields->str);
	g_string_free(fields, TRUE);
	g_string_free(was, TRUE);
	script_free(script);
}

void tcpsim_expect_sent(struct tcpsim_peer *peer, const char *segment)
{
	expect("expect_sent", peer, segment, NULL, false);
}

void tcpsim_expect_sent_bytes(struct tcpsim_peer *peer, const char *segment, const void *bytes)
{
	expect("expect_sent_bytes", peer, segment, bytes, true);
}

void tcpsim_expect_nothing_sent(struct tcpsim_peer *peer)
{
	const char *text = tcpsim_peer_sent_text(peer);

	if (*text)
		testkit_fail("expected nothing to be sent, but was sent:\n%s", text);
}
