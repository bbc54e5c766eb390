/* TCP options: `<mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>`. Each becomes the bytes it has on
 * the wire. */
#include "script/language/parse_options.h"
#include "script/language/parser.h"
#include "script/language/parser_state.h"
#include <string.h>
#include <tcpsim/segment.h>

#define EXID_FASTOPEN 0xf989 /* RFC 7413 appendix */
#define EXID_TARR     0x00ac

static void put(struct script_tcp_option *option, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0 && option->len < sizeof(option->bytes))
		option->bytes[option->len++] = (uint8_t)(value >> (8 * bytes));
}

static void begin_option(struct script_tcp_option *option, int kind)
{
	option->len = 0;
	put(option, (uint64_t)kind, 1);
	put(option, 0, 1);
}

static void end_option(struct script_tcp_option *option)
{
	option->bytes[1] = option->len;
}

static bool put_hex(struct parser *p, struct script_tcp_option *option, const struct token *blob)
{
	if (blob->len % 2 != 0)
		return parser_fail(p, blob, "an even number of hexadecimal digits");
	if (blob->len / 2 > sizeof(option->bytes) - option->len)
		return parser_fail(
			p, blob, "no more bytes than a header holds (40 with kind and length)");
	for (size_t i = 0; i < blob->len; i += 2) {
		int high = g_ascii_xdigit_value(blob->start[i]),
		    low = g_ascii_xdigit_value(blob->start[i + 1]);

		if (high < 0 || low < 0)
			return parser_fail(p, blob, "hexadecimal digits");
		put(option, (uint64_t)(high << 4 | low), 1);
	}
	return true;
}

static bool all_hex(const struct token *token)
{
	for (size_t i = 0; i < token->len; i++)
		if (!g_ascii_isxdigit(token->start[i]))
			return false;
	return true;
}

/* The current token is the word before the blob; afterwards it is the one behind it. */
static void parse_blob(struct parser *p, struct script_tcp_option *option)
{
	struct token blob = p->token;

	/* A defined word stands for its value; anything else is read again, letters and digits
	 * together. */
	if (blob.start == blob.origin) {
		lexer_back(&p->lexer, &p->token);
		lexer_blob(&p->lexer, &blob);
	}
	put_hex(p, option, &blob);
	parser_advance(p);
}

static void parse_sack(struct parser *p, struct script_tcp_option *option)
{
	begin_option(option, TCPSIM_OPT_SACK);
	do {
		if (option->len + 8u > sizeof(option->bytes))
			parser_fail(p, &p->token, "no more SACK blocks than a header holds");
		put(option,
			(uint64_t)parser_expect_number(
				p, "the left edge of a block", 0, UINT32_MAX),
			4);
		parser_expect_char(p, ':');
		put(option,
			(uint64_t)parser_expect_number(
				p, "the right edge of a block", 0, UINT32_MAX),
			4);
	} while (p->token.kind == TOKEN_INTEGER);
	end_option(option);
}

static void parse_timestamp(struct parser *p, struct script_tcp_option *option)
{
	begin_option(option, TCPSIM_OPT_TIMESTAMP);
	parser_expect_word(p, "val");
	option->any_ts_val = parser_accept(p, TOKEN_ELLIPSIS);
	put(option,
		option->any_ts_val
			? 0
			: (uint64_t)parser_expect_number(p, "a timestamp", 0, UINT32_MAX),
		4);
	parser_expect_word(p, "ecr");
	put(option, (uint64_t)parser_expect_number(p, "an echoed timestamp", 0, UINT32_MAX), 4);
	option->absolute_ecr = parser_accept_char(p, '!');
	end_option(option);
}

/*
 * Byte counters of AccECN, RFC 9768 §3.2.3: `e0b 1 ceb 2 e1b 3` in this order (kind 172) or the
 * other (174); what is left out at the end is not sent. nplab writes ee0b and so on.
 */
static void parse_counters(struct parser *p, struct script_tcp_option *option, bool e1_first)
{
	static const char *const ORDER[2][3] = {{"e0b", "ceb", "e1b"}, {"e1b", "ceb", "e0b"}};

	for (int i = 0; i < 3; i++) {
		const char *name = ORDER[e1_first][i];
		bool long_form = p->token.kind == TOKEN_WORD && p->token.len == 4 &&
				 p->token.start[0] == 'e' &&
				 memcmp(p->token.start + 1, name, 3) == 0;

		if (!long_form && !parser_is_word(p, name))
			return;
		parser_advance(p);
		put(option, (uint64_t)parser_expect_number(p, "a counter of 24 bits", 0, 0xffffff),
			3);
	}
}

static void parse_accecn(struct parser *p, struct script_tcp_option *option)
{
	bool e1_first = parser_is_word(p, "e1b");

	if (!e1_first && !parser_is_word(p, "e0b"))
		parser_fail(p, &p->token, "e0b or e1b");
	begin_option(option, e1_first ? TCPSIM_OPT_ACCECN1 : TCPSIM_OPT_ACCECN0);
	parse_counters(p, option, e1_first);
	end_option(option);
}

static void parse_md5(struct parser *p, struct script_tcp_option *option)
{
	begin_option(option, TCPSIM_OPT_MD5);
	if (parser_accept_word(p, "valid")) {
		option->valid_md5 = true;
		option->len = 18;
	} else {
		parse_blob(p, option);
	}
	end_option(option);
}

static void parse_fastopen(struct parser *p, struct script_tcp_option *option, bool experimental)
{
	begin_option(option, experimental ? TCPSIM_OPT_EXP : TCPSIM_OPT_FASTOPEN);
	if (experimental)
		put(option, EXID_FASTOPEN, 2);
	if (p->token.kind == TOKEN_WORD && !all_hex(&p->token)) {
		option->word = parser_token_text(p);
		parser_advance(p);
	} else {
		parse_blob(p, option);
	}
	end_option(option);
}

static void parse_number_option(struct parser *p, struct script_tcp_option *option, int kind,
	const char *what, unsigned bytes)
{
	begin_option(option, kind);
	put(option, (uint64_t)parser_expect_number(p, what, 0, bytes == 1 ? 255 : 65535), bytes);
	end_option(option);
}

/* exp-FO, exp-AccECN0, exp-tarr, exp-1234: RFC 6994. The word `exp` has been read, the dash stands
 * next. */
static void parse_experimental(struct parser *p, struct script_tcp_option *option)
{
	struct token at;

	if (p->token.kind == TOKEN_INTEGER && p->token.start[0] == '-') {
		lexer_back(&p->lexer, &p->token);
		p->lexer.at++;
		parser_advance(p);
	} else if (!parser_expect_char(p, '-')) {
		return;
	}
	at = p->token;
	if (parser_accept_word(p, "FO")) {
		parse_fastopen(p, option, true);
		return;
	}
	begin_option(option, TCPSIM_OPT_EXP);
	if (parser_accept_word(p, "AccECN0") || parser_is_word(p, "AccECN1")) {
		bool e1_first = parser_accept_word(p, "AccECN1");

		put(option, e1_first ? 0xacc1 : 0xacc0, 2);
		parse_counters(p, option, e1_first);
	} else if (parser_accept_word(p, "tarr")) {
		put(option, EXID_TARR, 2);
		if (p->token.kind == TOKEN_INTEGER)
			put(option, (uint64_t)parser_expect_number(p, "a rate", 0, 127) << 1, 1);
	} else {
		struct token id;

		lexer_back(&p->lexer, &at);
		lexer_blob(&p->lexer, &id);
		if (id.len == 0 || id.len > 4)
			parser_fail(p, &at,
				"FO, AccECN0, AccECN1, tarr or an experiment's number in "
				"hexadecimal");
		else
			put(option,
				g_ascii_strtoull(arena_text(p->arena, id.start, id.len), NULL, 16),
				2);
		parser_advance(p);
		parse_blob(p, option);
	}
	end_option(option);
}

/* gen-KIND BYTES: any kind. */
static void parse_generic(struct parser *p, struct script_tcp_option *option)
{
	int64_t kind;

	if (p->token.kind != TOKEN_INTEGER || p->token.start[0] != '-') {
		parser_fail(p, &p->token, "-KIND after gen");
		return;
	}
	kind = -parser_expect_number(p, "an option's kind", -255, 0);
	begin_option(option, (int)kind);
	parse_blob(p, option);
	end_option(option);
}

static void parse_option(struct parser *p, struct script_tcp_option *option)
{
	struct token at = p->token;

	if (parser_accept_word(p, "nop"))
		put(option, TCPSIM_OPT_NOP, 1);
	else if (parser_accept_word(p, "eol"))
		put(option, TCPSIM_OPT_EOL, 1);
	else if (parser_accept_word(p, "mss"))
		parse_number_option(p, option, TCPSIM_OPT_MSS, "a segment size", 2);
	else if (parser_accept_word(p, "wscale"))
		parse_number_option(p, option, TCPSIM_OPT_WSCALE, "a shift", 1);
	else if (parser_accept_word(p, "sackOK"))
		begin_option(option, TCPSIM_OPT_SACK_PERMITTED), end_option(option);
	else if (parser_accept_word(p, "sack"))
		parse_sack(p, option);
	else if (parser_accept_word(p, "TS"))
		parse_timestamp(p, option);
	else if (parser_accept_word(p, "FO"))
		parse_fastopen(p, option, false);
	else if (parser_accept_word(p, "FOEXP"))
		parse_fastopen(p, option, true);
	else if (parser_accept_word(p, "md5"))
		parse_md5(p, option);
	else if (parser_accept_word(p, "ECN"))
		parse_accecn(p, option);
	else if (parser_is_word(p, "AccECN0") || parser_is_word(p, "AccECN1")) {
		bool e1_first = parser_is_word(p, "AccECN1");

		parser_advance(p);
		begin_option(option, e1_first ? TCPSIM_OPT_ACCECN1 : TCPSIM_OPT_ACCECN0);
		parse_counters(p, option, e1_first);
		end_option(option);
	} else if (parser_accept_word(p, "exp"))
		parse_experimental(p, option);
	else if (parser_accept_word(p, "gen"))
		parse_generic(p, option);
	else
		parser_fail(p, &at,
			"a TCP option (mss, wscale, sackOK, sack, TS, nop, eol, FO, FOEXP, md5, "
			"ECN, AccECN0, AccECN1, "
			"exp-..., gen-...)");
}

/* Options of 41 bytes and more, or of a length that is no multiple of four, do not
 * make a header. */
static void check_length(
	struct parser *p, const struct token *at, const struct script_packet *packet)
{
	unsigned total = 0;

	for (const struct script_tcp_option *option = packet->options; option != NULL;
		option = option->next)
		total += option->len;
	for (const struct script_tcp_option *option = packet->options; option != NULL;
		option = option->next)
		if (option->word != NULL)
			return;
	if (parser_failed(p))
		return;
	if (total % 4 != 0)
		parser_fail_message(p, at,
			"the options take %u bytes, no multiple of 4; add %u nop or eol", total,
			4 - total % 4);
	else if (total > TCPSIM_MAX_OPTIONS_LEN)
		parser_fail_message(p, at, "the options take %u bytes; a header holds 40", total);
}

/* <020405b4>: the bytes as they are, one node. */
static bool parse_raw_options(struct parser *p, struct script_packet *packet)
{
	struct token blob, at = p->token;
	const char *after;

	if (at.kind != TOKEN_INTEGER && at.kind != TOKEN_HEX && at.kind != TOKEN_WORD)
		return false;
	lexer_back(&p->lexer, &at);
	lexer_blob(&p->lexer, &blob);
	for (after = blob.start + blob.len;
		after < p->lexer.end && (*after == ' ' || *after == '\t');)
		after++;
	for (size_t i = 0; i < blob.len; i++) {
		if (!g_ascii_isxdigit(blob.start[i])) {
			after = p->lexer.end;
			break;
		}
	}
	if (blob.len < 2 || after >= p->lexer.end || *after != '>') {
		p->lexer.at = blob.start;
		parser_advance(p);
		return false;
	}
	packet->raw_options = true;
	packet->options = arena_take(p->arena, sizeof(*packet->options));
	put_hex(p, packet->options, &blob);
	parser_advance(p);
	return true;
}

void parse_tcp_options(struct parser *p, struct script_packet *packet)
{
	struct script_tcp_option **tail = &packet->options;
	struct token at = p->token;

	if (parser_accept(p, TOKEN_ELLIPSIS)) {
		packet->any_options = true;
		parser_expect_char(p, '>');
		return;
	}
	if (!parse_raw_options(p, packet)) {
		do {
			*tail = arena_take(p->arena, sizeof(**tail));
			parse_option(p, *tail);
			tail = &(*tail)->next;
		} while (parser_accept_char(p, ','));
	}
	parser_expect_char(p, '>');
	check_length(p, &at, packet);
}
