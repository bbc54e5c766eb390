/*
 * TCP options, read and written; the usual form is read in parse.h. An option of a known kind with a length that is not its own
 * is kept as unknown, as every system ignores it; a length that leaves the header ends the reading.
 */
#include "wire/options.h"
#include "wire/bytes.h"
#include "wire/parse.h"

enum {
	FASTOPEN_MAGIC = 0xf989, /* RFC 7413 appendix A, draft-ietf-tcpm-fastopen */
};

static bool read_sack(const uint8_t *p, unsigned len, struct tcpsim_options *o)
{
	unsigned n = (len - 2) / 8;

	if (n == 0 || (len - 2) % 8)
		return false;
	for (unsigned i = 0; i < n && i < TCPSIM_MAX_SACK_BLOCKS; i++) {
		o->sack[i].start = tcpsim_seq_of(get32(p + 2 + 8 * i));
		o->sack[i].end = tcpsim_seq_of(get32(p + 6 + 8 * i));
	}
	o->n_sack = (uint8_t)(n < TCPSIM_MAX_SACK_BLOCKS ? n : TCPSIM_MAX_SACK_BLOCKS);
	return true;
}

/* RFC 9768 §3.2.3: the order of the fields is the kind's; the length tells how many are there. */
static bool read_accecn(const uint8_t *p, unsigned len, struct tcpsim_options *o)
{
	unsigned n = (len - 2) / 3;
	uint32_t field[3] = {0};

	if (n > 3 || (len - 2) % 3)
		return false;
	for (unsigned i = 0; i < n; i++)
		field[i] = get24(p + 2 + 3 * i);
	o->accecn_order = p[0] == TCPSIM_OPT_ACCECN1;
	o->accecn_n = (uint8_t)n;
	o->accecn_ceb = field[1];
	o->accecn_e0b = field[o->accecn_order ? 2 : 0];
	o->accecn_e1b = field[o->accecn_order ? 0 : 2];
	return true;
}

static void read_cookie(const uint8_t *p, unsigned len, unsigned head, struct tcpsim_options *o)
{
	o->cookie = p + head;
	o->cookie_len = (uint8_t)(len - head);
}

/* The bit of `present` for this option; its members are filled. */
static unsigned read_option(const uint8_t *p, unsigned len, struct tcpsim_options *o)
{
	switch (p[0]) {
	case TCPSIM_OPT_MSS:
		if (len != 4)
			break;
		o->mss = get16(p + 2);
		return TCPSIM_HAS_MSS;
	case TCPSIM_OPT_WSCALE:
		if (len != 3)
			break;
		o->wscale = p[2];
		return TCPSIM_HAS_WSCALE;
	case TCPSIM_OPT_SACK_PERMITTED:
		if (len != 2)
			break;
		return TCPSIM_HAS_SACK_PERMITTED;
	case TCPSIM_OPT_SACK:
		if (!read_sack(p, len, o))
			break;
		return TCPSIM_HAS_SACK;
	case TCPSIM_OPT_TIMESTAMP:
		if (len != 10)
			break;
		o->ts_val = get32(p + 2);
		o->ts_ecr = get32(p + 6);
		return TCPSIM_HAS_TIMESTAMP;
	case TCPSIM_OPT_MD5:
		if (len != 18)
			break;
		o->md5 = p + 2;
		return TCPSIM_HAS_MD5;
	case TCPSIM_OPT_USER_TIMEOUT:
		if (len != 4)
			break;
		o->user_timeout = get16(p + 2);
		return TCPSIM_HAS_USER_TIMEOUT;
	case TCPSIM_OPT_AO:
		if (len < 4) /* RFC 5925 §2.2 */
			break;
		return TCPSIM_HAS_AO;
	case TCPSIM_OPT_MPTCP:
		if (len < 3)
			break;
		o->mptcp_subtype = p[2] >> 4;
		return TCPSIM_HAS_MPTCP;
	case TCPSIM_OPT_FASTOPEN: read_cookie(p, len, 2, o); return TCPSIM_HAS_FASTOPEN;
	case TCPSIM_OPT_EXP:
		if (len < 4 || get16(p + 2) != FASTOPEN_MAGIC)
			break;
		read_cookie(p, len, 4, o);
		return TCPSIM_HAS_FASTOPEN_EXP;
	case TCPSIM_OPT_ACCECN0:
	case TCPSIM_OPT_ACCECN1:
		if (!read_accecn(p, len, o))
			break;
		return TCPSIM_HAS_ACCECN;
	}
	return TCPSIM_HAS_UNKNOWN;
}

void tcp_options_parse(const uint8_t *raw, size_t len, struct tcpsim_options *out)
{
	tcp_options_read(raw, len, out);
}

void tcp_options_read_rest(const uint8_t *p, const uint8_t *end, struct tcpsim_options *out)
{
	unsigned present = out->present;

	while (p < end && *p != TCPSIM_OPT_EOL) {
		if (*p == TCPSIM_OPT_NOP) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || p[1] > end - p) {
			present |= TCPSIM_HAS_MALFORMED;
			break;
		}
		present |= read_option(p, p[1], out);
		p += p[1];
	}
	out->present = (uint16_t)present;
}

static uint8_t *put_head(uint8_t *p, uint8_t kind, unsigned len)
{
	return put8(put8(p, kind), len);
}

static uint8_t *put_bytes(uint8_t *p, const uint8_t *bytes, unsigned len)
{
	if (len)
		memcpy(p, bytes, len);
	return p + len;
}

uint8_t *opt_put_nop(uint8_t *p)
{
	return put8(p, TCPSIM_OPT_NOP);
}

uint8_t *opt_put_mss(uint8_t *p, uint16_t mss)
{
	return put16(put_head(p, TCPSIM_OPT_MSS, 4), mss);
}

uint8_t *opt_put_wscale(uint8_t *p, uint8_t shift)
{
	return put8(put_head(p, TCPSIM_OPT_WSCALE, 3), shift);
}

uint8_t *opt_put_sack_permitted(uint8_t *p)
{
	return put_head(p, TCPSIM_OPT_SACK_PERMITTED, 2);
}

uint8_t *opt_put_timestamp(uint8_t *p, uint32_t val, uint32_t ecr)
{
	return put32(put32(put_head(p, TCPSIM_OPT_TIMESTAMP, 10), val), ecr);
}

uint8_t *opt_put_usual_timestamp(uint8_t *p, uint32_t val, uint32_t ecr)
{
	return put32(put32(put32(p, NOP_NOP_TIMESTAMP), val), ecr);
}

uint8_t *opt_put_sack(uint8_t *p, const struct tcpsim_sack_block *blocks, unsigned n)
{
	p = put_head(p, TCPSIM_OPT_SACK, 2 + 8 * n);
	for (unsigned i = 0; i < n; i++)
		p = put32(put32(p, blocks[i].start.n), blocks[i].end.n);
	return p;
}

uint8_t *opt_put_fastopen(uint8_t *p, const uint8_t *cookie, unsigned len)
{
	return put_bytes(put_head(p, TCPSIM_OPT_FASTOPEN, 2 + len), cookie, len);
}

uint8_t *opt_put_fastopen_exp(uint8_t *p, const uint8_t *cookie, unsigned len)
{
	return put_bytes(put16(put_head(p, TCPSIM_OPT_EXP, 4 + len), FASTOPEN_MAGIC), cookie, len);
}

uint8_t *opt_put_md5(uint8_t *p, const uint8_t digest[16])
{
	return put_bytes(put_head(p, TCPSIM_OPT_MD5, 18), digest, 16);
}

uint8_t *opt_put_user_timeout(uint8_t *p, uint16_t value)
{
	return put16(put_head(p, TCPSIM_OPT_USER_TIMEOUT, 4), value);
}

uint8_t *opt_put_accecn(
	uint8_t *p, unsigned order, unsigned n, uint32_t e0b, uint32_t ceb, uint32_t e1b)
{
	const uint32_t field[3] = {order ? e1b : e0b, ceb, order ? e0b : e1b};

	p = put_head(p, order ? TCPSIM_OPT_ACCECN1 : TCPSIM_OPT_ACCECN0, 2 + 3 * n);
	for (unsigned i = 0; i < n; i++)
		p = put24(p, field[i] & 0xffffff);
	return p;
}

uint8_t *opt_put_other(uint8_t *p, uint8_t kind, const uint8_t *content, unsigned len)
{
	return put_bytes(put_head(p, kind, 2 + len), content, len);
}

uint8_t *opt_pad(const uint8_t *start, uint8_t *p, bool nop)
{
	while ((p - start) % 4)
		p = put8(p, nop ? TCPSIM_OPT_NOP : TCPSIM_OPT_EOL);
	return p;
}
