/* What stands before the transport header: `(ttl 4, ect0)`, and headers of tunnels. */
#include "script/language/parse_ip.h"
#include "script/language/parser.h"
#include "script/language/parser_state.h"
#include <string.h>

enum { ECN_NONE = 0, ECN_ECT1 = 1, ECN_ECT0 = 2, ECN_CE = 3 };

/* Code points of RFC 2474, 2597, 3246, 5865, 8622. */
static const struct {
	const char *name;
	uint8_t value;
} DSCP[] = {{"cs0", 0}, {"cs1", 8}, {"cs2", 16}, {"cs3", 24}, {"cs4", 32}, {"cs5", 40}, {"cs6", 48},
	{"cs7", 56}, {"af11", 10}, {"af12", 12}, {"af13", 14}, {"af21", 18}, {"af22", 20},
	{"af23", 22}, {"af31", 26}, {"af32", 28}, {"af33", 30}, {"af41", 34}, {"af42", 36},
	{"af43", 38}, {"ef", 46}, {"voice-admit", 44}, {"le", 1}};

static void set_ecn(struct parser *p, struct script_ip *ip, const struct token *at, int ecn)
{
	bool any = ecn < 0;

	if (ip->check == TOS_ANY) {
		ip->check = any ? TOS_ECT01 : TOS_ECN;
		ip->tos = any ? 0 : (uint8_t)ecn;
	} else if (ip->check == TOS_DSCP) {
		ip->check = any ? TOS_DSCP_ECT01 : TOS_BYTE;
		ip->tos = (uint8_t)(ip->tos | (any ? 0 : ecn));
	} else {
		parser_fail_message(p, at, "the ECN bits are given twice; keep one");
	}
}

static void set_dscp(struct parser *p, struct script_ip *ip, const struct token *at, unsigned dscp)
{
	if (ip->check == TOS_ANY)
		ip->check = TOS_DSCP;
	else if (ip->check == TOS_ECN)
		ip->check = TOS_BYTE;
	else if (ip->check == TOS_ECT01)
		ip->check = TOS_DSCP_ECT01;
	else
		parser_fail_message(p, at, "the code point is given twice; keep one");
	ip->tos = (uint8_t)(ip->tos | dscp << 2);
}

static void parse_dscp(struct parser *p, struct script_ip *ip)
{
	struct token at = p->token;
	struct token name;

	if (at.kind == TOKEN_INTEGER || at.kind == TOKEN_HEX) {
		set_dscp(p, ip, &at, (unsigned)parser_expect_number(p, "a code point", 0, 63));
		return;
	}
	lexer_back(&p->lexer, &at);
	lexer_flags(&p->lexer, &name);
	if (name.len == 5 && memcmp(name.start, "voice", 5) == 0)
		lexer_value(&p->lexer, &name), name.start -= 5, name.len += 5;
	for (size_t i = 0; i < G_N_ELEMENTS(DSCP); i++) {
		size_t len = strlen(DSCP[i].name);

		if (name.len < len || memcmp(name.start, DSCP[i].name, len) != 0)
			continue;
		if (name.len > len && g_ascii_isalnum(name.start[len]))
			continue;
		p->lexer.at = name.start + len;
		parser_advance(p);
		set_dscp(p, ip, &at, DSCP[i].value);
		return;
	}
	parser_fail(
		p, &at, "a code point (a number, cs0 to cs7, af11 to af43, ef, voice-admit or le)");
}

static bool parse_ecn(struct parser *p, struct script_ip *ip)
{
	static const char *const NAMES[] = {"noecn", "ect1", "ect0", "ce"};
	struct token at = p->token;

	for (int i = 0; i < 4; i++) {
		if (parser_accept_word(p, NAMES[i])) {
			set_ecn(p, ip, &at, i);
			return true;
		}
	}
	if (!parser_accept_word(p, "ect01"))
		return false;
	set_ecn(p, ip, &at, -1);
	return true;
}

static void parse_one_ip_info(struct parser *p, struct script_ip *ip)
{
	struct token at = p->token;

	if (parser_accept_word(p, "ttl") || parser_accept_word(p, "hlim")) {
		ip->ttl = (uint8_t)parser_expect_number(p, "a time to live", 0, 255);
	} else if (parser_accept_word(p, "tos") || parser_accept_word(p, "class")) {
		if (ip->check != TOS_ANY)
			parser_fail_message(p, &at, "the type of service is given twice; keep one");
		ip->check = TOS_BYTE;
		ip->tos = (uint8_t)parser_expect_number(p, "a type of service", 0, 255);
	} else if (parser_accept_word(p, "flowlabel")) {
		ip->has_flow_label = true;
		ip->flow_label = (uint32_t)parser_expect_number(p, "a flow label", 0, 0xfffff);
	} else if (parser_accept_word(p, "dscp")) {
		parse_dscp(p, ip);
	} else if (parser_accept_word(p, "ecn")) {
		if (!parse_ecn(p, ip))
			parser_fail(p, &p->token, "noecn, ect0, ect1, ce or ect01");
	} else if (!parse_ecn(p, ip)) {
		parser_fail(p, &at,
			"ttl, hlim, tos, class, dscp, ecn, flowlabel, noecn, ect0, ect1, ce or "
			"ect01");
	}
}

void parse_ip_info(struct parser *p, struct script_ip *out)
{
	char close;

	if (!parser_is_char(p, '(') && !parser_is_char(p, '['))
		return;
	close = parser_is_char(p, '(') ? ')' : ']';
	do {
		parser_advance(p);
		parse_one_ip_info(p, out);
	} while (parser_is_char(p, ','));
	parser_expect_char(p, close);
}

/* Everything up to a blank or to `>` or `:` at the end of an address. */
static const char *parse_address(struct parser *p)
{
	struct token value;
	size_t len;

	lexer_back(&p->lexer, &p->token);
	lexer_value(&p->lexer, &value);
	len = value.len;
	if (len > 0 && value.start[len - 1] == ':')
		len--;
	p->lexer.at = value.start + len;
	parser_advance(p);
	if (len == 0)
		parser_fail(p, &value, "an address");
	return arena_text(p->arena, value.start, len);
}

static void parse_encap(struct parser *p, struct script_encap *encap)
{
	struct token text;

	parse_ip_info(p, &encap->ip);
	if (encap->kind == ENCAP_GRE || encap->kind == ENCAP_MPLS) {
		lexer_back(&p->lexer, &p->token);
		lexer_until(&p->lexer, ':', &text);
		if (text.kind == TOKEN_BAD)
			parser_fail(p, &text, "a colon after the outer header");
		encap->text = g_strstrip(arena_text(p->arena, text.start, text.len));
		parser_advance(p);
	} else {
		encap->src = parse_address(p);
		parser_expect_char(p, '>');
		encap->dst = parse_address(p);
	}
	parser_expect_char(p, ':');
}

void parse_encaps(struct parser *p, struct script_packet *packet)
{
	struct script_encap **tail = &packet->encaps;

	for (;;) {
		int kind = parser_accept_word(p, "ipv4")    ? ENCAP_IPV4
			   : parser_accept_word(p, "ipv6")  ? ENCAP_IPV6
			   : parser_accept_word(p, "gre")   ? ENCAP_GRE
			   : parser_accept_word(p, "GREv0") ? ENCAP_GRE
			   : parser_accept_word(p, "mpls")  ? ENCAP_MPLS
							    : -1;
		if (kind < 0)
			return;
		*tail = arena_take(p->arena, sizeof(**tail));
		(*tail)->kind = kind;
		parse_encap(p, *tail);
		tail = &(*tail)->next;
	}
}
