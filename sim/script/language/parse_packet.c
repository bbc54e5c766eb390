/* A packet: `< S. 0:0(0) ack 1 win 65535 <mss 1460>`, `> icmp unreachable frag_needed mtu 1000
 * [1:1001(1000)]`. */
#include "script/language/parse_packet.h"
#include "base/near.h"
#include "script/language/parse_ip.h"
#include "script/language/parse_options.h"
#include "script/language/parser.h"
#include "script/language/parser_state.h"
#include <string.h>
#include <tcpsim/segment.h>

static const struct {
	char letter;
	uint16_t flag;
} FLAGS[] = {{'F', TCPSIM_FIN}, {'S', TCPSIM_SYN}, {'R', TCPSIM_RST}, {'P', TCPSIM_PSH},
	{'.', TCPSIM_ACK}, {'U', TCPSIM_URG}, {'E', TCPSIM_ECE}, {'W', TCPSIM_CWR},
	{'A', TCPSIM_AE}};

static bool add_flag(struct script_packet *packet, char letter)
{
	for (size_t i = 0; i < G_N_ELEMENTS(FLAGS); i++) {
		if (FLAGS[i].letter == letter) {
			packet->flags |= FLAGS[i].flag;
			return true;
		}
	}
	return false;
}

/* RFC 9768 §3.2.2: ACE is written as one digit in place of the letters A, W and E. */
static void parse_flags(struct parser *p, struct script_packet *packet)
{
	struct token token, at = p->token;

	lexer_back(&p->lexer, &p->token);
	lexer_flags(&p->lexer, &token);
	packet->ace = -1;
	if (token.len == 0)
		parser_fail(p, &at,
			"flags (letters of FSRPEWAU and a dot for ACK, or a dash for none)");
	for (size_t i = 0; i < token.len && token.start[0] != '-'; i++) {
		char letter = token.start[i];

		if (letter >= '0' && letter <= '7' && packet->ace < 0)
			packet->ace = (int8_t)(letter - '0');
		else if (!add_flag(packet, letter))
			parser_fail(p, &token,
				"flags (letters of FSRPEWAU, a dot for ACK, one digit for ACE)");
	}
	if (packet->ace >= 0 && (packet->flags & (TCPSIM_ECE | TCPSIM_CWR | TCPSIM_AE)) != 0)
		parser_fail_message(
			p, &token, "ACE is given both as a digit and by letters; keep one");
	parser_advance(p);
	if (parser_accept_char(p, '.')) /* nplab lets a blank stand before the dot */
		packet->flags |= TCPSIM_ACK;
}

static void parse_sequence(struct parser *p, struct script_packet *packet)
{
	struct token at = p->token;
	int64_t end;

	if (parser_accept(p, TOKEN_ELLIPSIS)) {
		packet->any_seq = true;
		parser_expect_char(p, '(');
		packet->payload_len = (uint32_t)parser_expect_number(p, "a payload size", 0, 65535);
		parser_expect_char(p, ')');
		return;
	}
	packet->seq = (uint32_t)parser_expect_number(p, "a sequence number", 0, UINT32_MAX);
	parser_expect_char(p, ':');
	end = parser_expect_number(p, "the sequence number behind the payload", 0, UINT32_MAX);
	parser_expect_char(p, '(');
	packet->payload_len = (uint32_t)parser_expect_number(p, "a payload size", 0, 65535);
	parser_expect_char(p, ')');
	if (!parser_failed(p) && end != (int64_t)packet->seq + packet->payload_len)
		parser_fail_message(p, &at,
			"the numbers do not fit: %u plus a payload of %u is %" G_GINT64_FORMAT
			", not %" G_GINT64_FORMAT,
			packet->seq, packet->payload_len,
			(int64_t)packet->seq + packet->payload_len, end);
	packet->absolute_seq = parser_accept_char(p, '!');
}

static bool parse_ports(struct parser *p, struct script_packet *packet)
{
	struct token first = p->token, next;

	if (first.kind != TOKEN_INTEGER)
		return false;
	lexer_next(&p->lexer, &next);
	if (next.kind != TOKEN_CHAR || next.start[0] != '>') {
		lexer_back(&p->lexer, &next);
		return false;
	}
	packet->has_ports = true;
	packet->src_port = (uint16_t)parser_expect_number(p, "a port", 0, 65535);
	packet->dst_port = (uint16_t)parser_expect_number(p, "a port", 0, 65535);
	return true;
}

/* /udp(9811 > 1): the segment travels in UDP (draft-cheshire-tcp-over-udp). */
static void parse_tunnel(struct parser *p, struct script_packet *packet)
{
	if (!parser_accept_char(p, '/'))
		return;
	parser_expect_word(p, "udp");
	parser_expect_char(p, '(');
	packet->has_udp_tunnel = true;
	packet->tunnel_src = (uint16_t)parser_expect_number(p, "a port", 0, 65535);
	parser_expect_char(p, '>');
	packet->tunnel_dst = (uint16_t)parser_expect_number(p, "a port", 0, 65535);
	parser_expect_char(p, ')');
}

static void parse_reset_reason(struct parser *p, struct script_packet *packet)
{
	if (!parser_accept_char(p, '['))
		return;
	parser_expect_word(p, "code");
	packet->has_reset_reason = true;
	packet->reset_code = (uint16_t)parser_expect_number(p, "a reset code", 0, 65535);
	parser_expect_char(p, ',');
	parser_expect_word(p, "pen");
	packet->reset_pen =
		(uint32_t)parser_expect_number(p, "an enterprise number", 0, UINT32_MAX);
	parser_expect_char(p, ']');
}

/* No event begins with a word: one that stands behind a packet is a slip in one of its own. */
static void refuse_word(struct parser *p, const char *const *names, const char *expected)
{
	const char *then = p->path != NULL ? "the next event" : "the end of the packet";
	char *word, *near;

	if (p->token.kind != TOKEN_WORD)
		return;
	word = g_strndup(p->token.start, p->token.len);
	near = near_names(word, names, 2);
	if (g_strv_contains(names, word))
		parser_fail_message(
			p, &p->token, "'%s' stands out of place; the order is %s", word, expected);
	else if (near != NULL)
		parser_fail_message(p, &p->token, "expected %s or %s, found '%s'; did you mean %s?",
			expected, then, word, near);
	else
		parser_fail_message(
			p, &p->token, "expected %s or %s, found '%.40s'", expected, then, word);
	g_free(near);
	g_free(word);
}

static void parse_tcp(struct parser *p, struct script_packet *packet)
{
	static const char *const WORDS[] = {"ack", "win", "urg", NULL};
	struct token at = p->token;

	parse_flags(p, packet);
	parse_sequence(p, packet);
	packet->window = -1;
	if (parser_accept_word(p, "ack")) {
		packet->has_ack = true;
		packet->ack = (uint32_t)parser_expect_number(
			p, "an acknowledgment number", 0, UINT32_MAX);
	}
	if (parser_accept_word(p, "win"))
		packet->window = (int32_t)parser_expect_number(p, "a window", 0, 65535);
	if (parser_accept_word(p, "urg")) {
		packet->has_urgent = true;
		packet->urgent = (uint16_t)parser_expect_number(p, "an urgent pointer", 0, 65535);
	}
	if (parser_accept_char(p, '<'))
		parse_tcp_options(p, packet);
	parse_reset_reason(p, packet);
	parse_tunnel(p, packet);
	refuse_word(p, WORDS, "ack, win, urg, <options>");
	if (parser_failed(p) || packet->outbound)
		return;
	if (packet->window < 0)
		parser_fail_message(p, &at, "an inbound segment needs its window; add `win N`");
	else if (packet->any_options)
		parser_fail_message(
			p, &at, "<...> is only for outbound segments; list the options");
	else if (packet->any_seq)
		parser_fail_message(
			p, &at, "...(0) is only for outbound segments; give the sequence numbers");
}

static void parse_udp(struct parser *p, struct script_packet *packet)
{
	packet->kind = PACKET_UDP;
	parse_ports(p, packet);
	parser_expect_char(p, '(');
	packet->payload_len = (uint32_t)parser_expect_number(p, "a payload size", 0, 65535);
	parser_expect_char(p, ')');
}

static void parse_quote_size(
	struct parser *p, struct script_packet *packet, enum script_quote quote)
{
	packet->quote = quote;
	parser_expect_char(p, '(');
	packet->payload_len = (uint32_t)parser_expect_number(p, "a payload size", 0, 65535);
	parser_expect_char(p, ')');
}

static void parse_quote(struct parser *p, struct script_packet *packet)
{
	if (!parser_accept_char(p, '['))
		return;
	if (parser_accept_word(p, "udp")) {
		parse_quote_size(p, packet, QUOTE_UDP);
	} else if (parser_accept_word(p, "raw")) {
		parse_quote_size(p, packet, QUOTE_RAW);
	} else {
		packet->quote = QUOTE_TCP;
		parse_sequence(p, packet);
		parse_tunnel(p, packet);
	}
	parser_expect_char(p, ']');
}

static void parse_icmp(struct parser *p, struct script_packet *packet)
{
	static const char *const WORDS[] = {"mtu", "id", NULL};

	packet->kind = PACKET_ICMP;
	packet->icmp_mtu = -1;
	packet->icmp_type = parser_expect_text(p, TOKEN_WORD, "an ICMP type");
	if (p->token.kind == TOKEN_WORD && !parser_is_word(p, "mtu") && !parser_is_word(p, "id")) {
		packet->icmp_code = parser_token_text(p);
		parser_advance(p);
	}
	if (parser_accept_word(p, "mtu"))
		packet->icmp_mtu = parser_expect_number(p, "an MTU", 0, UINT32_MAX);
	if (parser_accept_word(p, "id"))
		packet->icmp_id = (uint16_t)parser_expect_number(p, "an identifier", 0, 65535);
	parse_quote(p, packet);
	refuse_word(p, WORDS, "mtu, id, [quoted packet]");
}

void parse_packet(struct parser *p, struct script_packet *out)
{
	struct token at = p->token;

	out->outbound = parser_is_char(p, '>');
	parser_advance(p);
	parse_encaps(p, out);
	parse_ip_info(p, &out->ip);
	if (!out->outbound && (out->ip.check == TOS_ECT01 || out->ip.check == TOS_DSCP_ECT01))
		parser_fail_message(
			p, &at, "ect01 is only for outbound packets; write ect0 or ect1");
	if (parser_is_word(p, "sctp") || parser_is_word(p, "udplite") || parser_is_word(p, "encap"))
		parser_fail_message(p, &p->token,
			"%.*s packets are not of TCP: tcpsim reads TCP, UDP and ICMP packets",
			(int)p->token.len, p->token.start);
	else if (parser_accept_word(p, "udp"))
		parse_udp(p, out);
	else if (parser_accept_word(p, "icmp"))
		parse_icmp(p, out);
	else {
		parse_ports(p, out);
		parse_tcp(p, out);
	}
}
