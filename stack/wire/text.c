/*
 * A segment in packetdrill's notation, options read from the raw bytes so that order, padding and
 * what we do not know all show: `gen-KIND HEX` and `exp-MAGIC HEX` as the FreeBSD dialect has them,
 * `bad HEX` for bytes that are no option.
 */
#include "wire/bytes.h"
#include "wire/options.h"

struct text {
	char *out;
	size_t size, len; /* len may pass size: what is behind is counted only */
};

static void put_char(struct text *t, char c)
{
	if (t->len < t->size)
		t->out[t->len] = c;
	t->len++;
}

static void put_string(struct text *t, const char *s)
{
	while (*s)
		put_char(t, *s++);
}

static void put_number(struct text *t, uint32_t n)
{
	char digits[10];
	int i = 0;

	do
		digits[i++] = (char)('0' + n % 10);
	while (n /= 10);
	while (i)
		put_char(t, digits[--i]);
}

static void put_word(struct text *t, const char *word, uint32_t n)
{
	put_string(t, word);
	put_number(t, n);
}

static void put_hex(struct text *t, const uint8_t *p, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		put_char(t, hex[p[i] >> 4]);
		put_char(t, hex[p[i] & 15]);
	}
}

static void put_named_hex(struct text *t, const char *name, const uint8_t *p, size_t len)
{
	put_string(t, name);
	if (len)
		put_char(t, ' ');
	put_hex(t, p, len);
}

static void put_sack(struct text *t, const uint8_t *p, unsigned len, tcpsim_seq base)
{
	put_string(t, "sack");
	for (unsigned at = 2; at + 8 <= len; at += 8) {
		put_word(t, " ", get32(p + at) - base.n);
		put_word(t, ":", get32(p + at + 4) - base.n);
	}
}

static void put_accecn(struct text *t, const uint8_t *p, unsigned len)
{
	static const char *const name[2][3] = {
		{" e0b ", " ceb ", " e1b "}, {" e1b ", " ceb ", " e0b "}};

	put_string(t, "ECN");
	for (unsigned i = 0; 5 + 3 * i <= len; i++)
		put_word(t, name[p[0] == TCPSIM_OPT_ACCECN1][i], get24(p + 2 + 3 * i));
}

static void put_generic(struct text *t, const uint8_t *p, unsigned len)
{
	if (p[0] == TCPSIM_OPT_EXP &&
		len >= 4) { /* RFC 6994: the first two bytes name the experiment */
		put_string(t, "exp-");
		put_hex(t, p + 2, 2);
		put_named_hex(t, "", p + 4, len - 4);
	} else {
		put_word(t, "gen-", p[0]);
		put_named_hex(t, "", p + 2, len - 2);
	}
}

static void put_option(
	struct text *t, const uint8_t *p, unsigned len, unsigned kind_bit, tcpsim_seq ack_base)
{
	switch (kind_bit) {
	case TCPSIM_HAS_MSS: put_word(t, "mss ", get16(p + 2)); break;
	case TCPSIM_HAS_WSCALE: put_word(t, "wscale ", p[2]); break;
	case TCPSIM_HAS_SACK_PERMITTED: put_string(t, "sackOK"); break;
	case TCPSIM_HAS_SACK: put_sack(t, p, len, ack_base); break;
	case TCPSIM_HAS_TIMESTAMP:
		put_word(t, "TS val ", get32(p + 2));
		put_word(t, " ecr ", get32(p + 6));
		break;
	case TCPSIM_HAS_FASTOPEN: put_named_hex(t, "FO", p + 2, len - 2); break;
	case TCPSIM_HAS_FASTOPEN_EXP: put_named_hex(t, "FOEXP", p + 4, len - 4); break;
	case TCPSIM_HAS_MD5: put_named_hex(t, "md5", p + 2, len - 2); break;
	case TCPSIM_HAS_ACCECN: put_accecn(t, p, len); break;
	default: put_generic(t, p, len); break;
	}
}

/* Everything in the header counts, padding behind EOL too: <mss 1460,eol,eol> is not <mss 1460>. */
static void put_options(struct text *t, const uint8_t *p, size_t raw_len, tcpsim_seq ack_base)
{
	const uint8_t *end = p + raw_len;
	bool ended = false;

	put_string(t, " <");
	for (const char *comma = ""; p < end; comma = ",") {
		struct tcpsim_options one;

		put_string(t, comma);
		if (*p == TCPSIM_OPT_EOL || (*p == TCPSIM_OPT_NOP && !ended)) {
			ended = ended || *p == TCPSIM_OPT_EOL;
			put_string(t, *p++ == TCPSIM_OPT_EOL ? "eol" : "nop");
		} else if (ended || end - p < 2 || p[1] < 2 || p[1] > end - p) {
			put_named_hex(t, "bad", p, (size_t)(end - p));
			p = end;
		} else {
			tcp_options_parse(p, p[1], &one);
			put_option(t, p, p[1], one.present, ack_base);
			p += p[1];
		}
	}
	put_char(t, '>');
}

/* The order of tcpdump, which packetdrill follows. */
static void put_flags(struct text *t, unsigned flags)
{
	static const struct {
		uint16_t flag;
		char letter;
	} order[] = {{TCPSIM_FIN, 'F'}, {TCPSIM_SYN, 'S'}, {TCPSIM_RST, 'R'}, {TCPSIM_PSH, 'P'},
		{TCPSIM_ACK, '.'}, {TCPSIM_URG, 'U'}, {TCPSIM_ECE, 'E'}, {TCPSIM_CWR, 'W'},
		{TCPSIM_AE, 'A'}};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (flags & order[i].flag)
			put_char(t, order[i].letter);
	if (flags == 0)
		put_char(t, '-');
}

size_t tcpsim_segment_text(const struct tcpsim_segment *s, tcpsim_seq base, tcpsim_seq ack_base,
	char *out, size_t size)
{
	static const char *const ecn[4] = {"", "[ect1] ", "[ect0] ", "[ce] "}; /* RFC 3168 §5 */
	struct text t = {out, size, 0};
	uint32_t seq = (uint32_t)tcpsim_seq_diff(s->seq, base);

	put_string(&t, ecn[s->tos & 3]);
	put_flags(&t, s->flags);
	put_word(&t, " ", seq);
	put_word(&t, ":", seq + s->len);
	put_word(&t, "(", s->len);
	put_char(&t, ')');
	if (s->flags & TCPSIM_ACK)
		put_word(&t, " ack ", (uint32_t)tcpsim_seq_diff(s->ack, ack_base));
	put_word(&t, " win ", s->window);
	if (s->flags & TCPSIM_URG || s->urgent)
		put_word(&t, " urg ", s->urgent);
	if (s->options.raw_len)
		put_options(&t, s->options.raw, s->options.raw_len, ack_base);
	if (size)
		out[t.len < size ? t.len : size - 1] = '\0';
	return t.len;
}
