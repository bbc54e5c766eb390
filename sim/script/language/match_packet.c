/* See match_packet.h. */
#include "script/language/match_packet.h"

#include <string.h>

#include "script/language/format_packet.h"
#include "script/language/icmp.h"

/* --- numbers --- */

static void take_off(uint8_t *bytes, uint32_t first)
{
	uint32_t value = ((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
				 (uint32_t)bytes[2] << 8 | bytes[3]) -
			 first;

	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

size_t match_option_len(const uint8_t *bytes, size_t at, size_t len)
{
	if (bytes[at] <= TCPSIM_OPT_NOP)
		return 1;
	if (at + 1 >= len || bytes[at + 1] < 2 || at + bytes[at + 1] > len)
		return 0;
	return bytes[at + 1];
}

void match_relative(struct tcpsim_segment *segment, uint32_t first, uint32_t peer_first,
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN])
{
	size_t len = segment->options.raw_len;

	segment->seq = tcpsim_seq_sub(segment->seq, first);
	if (segment->flags & TCPSIM_ACK)
		segment->ack = tcpsim_seq_sub(segment->ack, peer_first);
	if (len > 0)
		memcpy(options, segment->options.raw, len);
	segment->options.raw = options;
	for (size_t at = 0, n; at < len; at += n) {
		n = match_option_len(options, at, len);
		if (n == 0)
			return;
		for (size_t i = 2; options[at] == TCPSIM_OPT_SACK && i + 4 <= n; i += 4)
			take_off(options + at + i, peer_first);
	}
}

/* --- fields --- */

static void compare_number(
	const struct packet_match *match, enum match_field field, int64_t expected, int64_t got)
{
	char a[32], b[32];

	if (expected == got)
		return;
	g_snprintf(a, sizeof(a), "%" G_GINT64_FORMAT, expected);
	g_snprintf(b, sizeof(b), "%" G_GINT64_FORMAT, got);
	match->differs(match->context, field, a, b);
}

uint16_t match_flags(const struct script_packet *expected)
{
	uint16_t flags = expected->flags;

	if (expected->ace > 0)
		flags |= (expected->ace & 1 ? TCPSIM_ECE : 0) |
			 (expected->ace & 2 ? TCPSIM_CWR : 0) | (expected->ace & 4 ? TCPSIM_AE : 0);
	return flags;
}

/* With ACE's digit where the packet was written with one. */
static void flags_text(uint16_t flags, bool with_ace, GString *out)
{
	int ace = (flags & TCPSIM_AE ? 4 : 0) + (flags & TCPSIM_CWR ? 2 : 0) +
		  (flags & TCPSIM_ECE ? 1 : 0);

	if (with_ace)
		format_flags(flags & ~(TCPSIM_AE | TCPSIM_CWR | TCPSIM_ECE), ace, out);
	else
		format_flags(flags, -1, out);
}

static void compare_flags(
	const struct packet_match *match, const struct script_packet *expected, uint16_t got)
{
	uint16_t flags = match_flags(expected), apart = match->any_push ? TCPSIM_PSH : 0;
	GString *a, *b;

	if ((flags & ~apart) == (got & ~apart))
		return;
	a = g_string_new(NULL);
	b = g_string_new(NULL);
	flags_text(flags, expected->ace > 0, a);
	flags_text(got, expected->ace > 0, b);
	match->differs(match->context, MATCH_FLAGS, a->str, b->str);
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

static void compare_tunnel(const struct packet_match *match, const struct script_packet *expected,
	const struct tcpsim_segment *got)
{
	uint16_t src = expected->has_udp_tunnel ? expected->tunnel_src : 0;
	uint16_t dst = expected->has_udp_tunnel ? expected->tunnel_dst : 0;
	char a[32], b[32];

	if (got->udp_src_port == src && got->udp_dst_port == dst)
		return;
	tunnel_text(a, sizeof(a), src, dst);
	tunnel_text(b, sizeof(b), got->udp_src_port, got->udp_dst_port);
	match->differs(match->context, MATCH_TUNNEL, a, b);
}

/* --- options --- */

/* TS val ... stands for any value; an MD5 digest that is `valid` the caller compares, who has the key. */
static bool same_option(const struct packet_match *match, const struct script_tcp_option *expected,
	const uint8_t *got, size_t len)
{
	size_t from = 2;

	if (expected->bytes[0] != got[0])
		return false;
	if (got[0] <= TCPSIM_OPT_NOP || expected->len < 2)
		return true;
	if (expected->len != len)
		return false;
	if (expected->valid_md5)
		return true;
	if (got[0] == TCPSIM_OPT_TIMESTAMP && len == 10)
		from = match->any_timestamps ? len : expected->any_ts_val ? 6 : from;
	return memcmp(expected->bytes + from, got + from, len - from) == 0;
}

static bool same_options(const struct packet_match *match, const struct script_packet *expected,
	const struct tcpsim_options *got)
{
	const struct script_tcp_option *option = expected->options;
	size_t at = 0, len = got->raw_len;

	if (expected->raw_options)
		return option->len == len && memcmp(option->bytes, got->raw, len) == 0;
	for (; option != NULL && at < len; option = option->next) {
		size_t n = match_option_len(got->raw, at, len);

		if (n == 0 || !same_option(match, option, got->raw + at, n))
			return false;
		at += n;
	}
	return option == NULL && at == len;
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

static void compare_options(const struct packet_match *match, const struct script_packet *expected,
	const struct tcpsim_options *got)
{
	GString *a, *b;

	if (expected->any_options || match->any_options ||
		(expected->options == NULL && !match->whole) || same_options(match, expected, got))
		return;
	a = g_string_new(NULL);
	b = g_string_new(NULL);
	options_text(expected, a);
	if (got->raw_len > 0)
		format_option_bytes(got->raw, got->raw_len, b);
	else
		g_string_append(b, "none");
	match->differs(match->context, MATCH_OPTIONS, a->str, b->str);
	g_string_free(a, TRUE);
	g_string_free(b, TRUE);
}

/* --- the packet --- */

void match_tcp(const struct packet_match *match, const struct script_packet *expected,
	const struct tcpsim_segment *got)
{
	compare_flags(match, expected, got->flags);
	if (!expected->any_seq)
		compare_number(match, MATCH_SEQ, expected->seq,
			got->seq.n + (expected->absolute_seq ? match->first : 0));
	compare_number(match, MATCH_LENGTH, expected->payload_len, got->len);
	if (match->whole || expected->has_ack)
		compare_number(match, MATCH_ACK, expected->ack, got->ack.n);
	if (expected->window >= 0)
		compare_number(match, MATCH_WINDOW, expected->window, got->window);
	/* without URG the field means nothing, and is to be 0 unless said otherwise */
	if (match->whole || expected->has_urgent || !(expected->flags & TCPSIM_URG))
		compare_number(match, MATCH_URGENT, expected->urgent, got->urgent);
	if (expected->has_ports && expected->src_port != 0)
		compare_number(match, MATCH_SOURCE_PORT, expected->src_port, got->src_port);
	if (expected->has_ports && expected->dst_port != 0)
		compare_number(match, MATCH_DEST_PORT, expected->dst_port, got->dst_port);
	compare_options(match, expected, &got->options);
	compare_tunnel(match, expected, got);
}

void match_ip(const struct packet_match *match, const struct script_packet *expected,
	const struct tcpsim_segment *got)
{
	enum script_tos_check check = expected->ip.check;
	uint8_t want = expected->ip.tos, tos = got->tos;
	bool any_ect = check == TOS_ECT01 || check == TOS_DSCP_ECT01;
	bool is_ect = (tos & 3) == 1 || (tos & 3) == 2;
	char a[24], b[24];

	g_snprintf(a, sizeof(a), any_ect ? "0x%02x with ECT" : "0x%02x", want);
	g_snprintf(b, sizeof(b), "0x%02x", tos);
	if (any_ect ? !is_ect : (check == TOS_BYTE || check == TOS_ECN) && (tos & 3) != (want & 3))
		match->differs(match->context, MATCH_ECN, a, b);
	if ((check == TOS_BYTE || check == TOS_DSCP || check == TOS_DSCP_ECT01) &&
		tos >> 2 != want >> 2)
		match->differs(match->context, MATCH_DSCP, a, b);
	if (expected->ip.ttl != 0)
		compare_number(match, MATCH_TTL, expected->ip.ttl, got->ttl);
}

void match_icmp(const struct packet_match *match, const struct script_packet *expected,
	uint8_t type, uint8_t code, bool v6)
{
	compare_number(match, MATCH_ICMP_TYPE, icmp_type_number(expected->icmp_type, v6), type);
	compare_number(match, MATCH_ICMP_CODE,
		icmp_code_number(expected->icmp_type, expected->icmp_code, v6), code);
}
