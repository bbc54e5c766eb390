#include <tcp/options_out.h>
#include <wire/options.h>

#define ROOM(start, p) ((size_t)TCPSIM_MAX_OPTIONS_LEN - (size_t)((p) - (start)))

static uint8_t *pad_nops(uint8_t *p, unsigned n)
{
	while (n--)
		p = opt_put_nop(p);
	return p;
}

static size_t accecn_len(unsigned n)
{
	return 2 + 3u * n;
}

static uint8_t *put_fastopen(uint8_t *p, const struct tcp_syn_offer *o)
{
	if (o->fastopen_exp)
		return opt_put_fastopen_exp(p, o->cookie, o->cookie_len);
	return opt_put_fastopen(p, o->cookie, o->cookie_len);
}

static size_t fastopen_len(const struct tcp_syn_offer *o)
{
	return (o->fastopen_exp ? 4u : 2u) + o->cookie_len;
}

static uint8_t *put_accecn_of_syn(uint8_t *p, const struct tcp_syn_offer *o)
{
	return opt_put_accecn(
		p, o->accecn_order, o->accecn_n, o->accecn_e0b, o->accecn_ceb, o->accecn_e1b);
}

/* NOPs until the option that follows stands `at` bytes behind a boundary. */
static uint8_t *align_to(const uint8_t *start, uint8_t *p, unsigned at)
{
	while ((unsigned)(p - start) % 4 != at)
		p = opt_put_nop(p);
	return p;
}

/* AccECN's last bytes may stand where another option would be padded; how many of its fields fit,
 * or -1. */
static int accecn_fields(const struct tcp_syn_offer *o, size_t used)
{
	size_t padding = o->sack && !o->timestamps ? 2 : o->window_scaling ? 1 : 0;
	size_t cookie = o->fastopen || o->fastopen_exp ? (fastopen_len(o) + 3) & ~(size_t)3 : 0;

	used += (o->sack && !o->timestamps ? 4 : 0) + (o->window_scaling ? 4u : 0) + cookie;
	if (used + accecn_len(0) > TCPSIM_MAX_OPTIONS_LEN)
		return -1;
	for (int n = o->accecn_n; n >= 0; n--) {
		size_t len = accecn_len((unsigned)n);

		len = len % 4 <= padding ? len & ~(size_t)3 : (len + 3) & ~(size_t)3;
		if (used + len <= TCPSIM_MAX_OPTIONS_LEN)
			return n;
	}
	return -1;
}

/* Linux: everything on a four-byte boundary; sackOK takes the place of the timestamp's padding. */
static size_t syn_linux(const struct tcp_syn_offer *o, uint8_t *out)
{
	struct tcp_syn_offer accecn = *o;
	uint8_t *p = out;
	int fields;

	if (o->md5)
		p = opt_put_md5(pad_nops(p, 2), o->md5);
	if (o->mss)
		p = opt_put_mss(p, o->mss);
	if (o->timestamps) {
		p = o->sack ? opt_put_sack_permitted(p) : pad_nops(p, 2);
		p = opt_put_timestamp(p, o->ts_val, o->ts_ecr);
	}
	fields = o->accecn ? accecn_fields(o, (size_t)(p - out)) : -1;
	accecn.accecn_n = (uint8_t)(fields > 0 ? fields : 0);
	if (fields > 0 || (fields == 0 && o->sack && !o->timestamps))
		p = put_accecn_of_syn(p, &accecn);
	if (o->sack && !o->timestamps) {
		p = align_to(out, p, 2);
		p = opt_put_sack_permitted(p);
	}
	if (o->window_scaling) {
		p = align_to(out, p, 1);
		p = opt_put_wscale(p, o->scale);
	}
	if (fields == 0 && !(o->sack && !o->timestamps))
		p = put_accecn_of_syn(p, &accecn);
	p = opt_pad(out, p, true);
	if ((o->fastopen || o->fastopen_exp) && fastopen_len(o) <= ROOM(out, p))
		p = put_fastopen(p, o);
	p = opt_pad(out, p, true);
	return (size_t)(p - out);
}

/* BSD tcp_addoptions: NOPs only where an option wants alignment, EOL and zeroes at the end. */
static size_t syn_bsd(const struct tcp_syn_offer *o, uint8_t *out)
{
	uint8_t *p = out;

	if (o->mss)
		p = opt_put_mss(p, o->mss);
	if (o->window_scaling) {
		while ((p - out) % 2 != 1)
			p = opt_put_nop(p);
		p = opt_put_wscale(p, o->scale);
	}
	if (o->sack) {
		while ((p - out) % 2)
			p = opt_put_nop(p);
		p = opt_put_sack_permitted(p);
	}
	if (o->timestamps) {
		while ((p - out) % 4 != 2)
			p = opt_put_nop(p);
		p = opt_put_timestamp(p, o->ts_val, o->ts_ecr);
	}
	if (o->md5)
		p = opt_put_md5(align_to(out, p, 2), o->md5);
	if ((o->fastopen || o->fastopen_exp) && fastopen_len(o) <= ROOM(out, p))
		p = put_fastopen(p, o);
	if (o->accecn && accecn_len(o->accecn_n) <= ROOM(out, p))
		p = opt_put_accecn(p, o->accecn_order, o->accecn_n, o->accecn_e0b, o->accecn_ceb,
			o->accecn_e1b);
	p = opt_pad(out, p, false);
	return (size_t)(p - out);
}

size_t tcp_options_syn(
	enum tcpsim_option_order order, const struct tcp_syn_offer *offer, uint8_t *out)
{
	return order == TCPSIM_OPTIONS_LINUX ? syn_linux(offer, out) : syn_bsd(offer, out);
}

/* How many SACK blocks go behind `used` bytes: NOPs up to two bytes behind a boundary, kind and
 * length, eight bytes each. */
static unsigned sack_fit(const struct tcp_segment_offer *o, size_t used)
{
	unsigned n = o->n_sack < TCPSIM_MAX_SACK_BLOCKS ? o->n_sack : TCPSIM_MAX_SACK_BLOCKS;

	used = ((used + 1) & ~(size_t)3) + 4;
	while (n && used + 8u * n > TCPSIM_MAX_OPTIONS_LEN)
		n--;
	return n;
}

/* Timestamps alone, as nearly every segment has them: the form of RFC 7323 appendix A. */
static size_t only_timestamps(const struct tcp_segment_offer *o, uint8_t *out)
{
	if (!o->timestamps)
		return 0;
	opt_put_usual_timestamp(out, o->ts_val, o->ts_ecr);
	return 12;
}

size_t tcp_options_segment(
	enum tcpsim_option_order order, const struct tcp_segment_offer *o, uint8_t *out)
{
	uint8_t *p = out;
	unsigned n;

	if (!o->md5 && !o->accecn && !o->n_sack)
		return only_timestamps(o, out);
	if (o->md5 && order == TCPSIM_OPTIONS_LINUX)
		p = opt_put_md5(pad_nops(p, 2), o->md5);
	if (o->timestamps && ROOM(out, p) >= 12) {
		p = pad_nops(p, 2);
		p = opt_put_timestamp(p, o->ts_val, o->ts_ecr);
	}
	if (o->md5 && order == TCPSIM_OPTIONS_BSD)
		p = opt_put_md5(pad_nops(p, 2), o->md5);
	if (o->accecn)
		p = opt_put_accecn(p, o->accecn_order, o->accecn_n, o->accecn_e0b, o->accecn_ceb,
			o->accecn_e1b);
	n = sack_fit(o, (size_t)(p - out));
	if (n) {
		p = align_to(out, p, 2);
		p = opt_put_sack(p, o->sack, n);
	}
	p = opt_pad(out, p, order == TCPSIM_OPTIONS_LINUX);
	return (size_t)(p - out);
}
