#include <tcp/options_out.h>
#include <wire/options.h>

#define ROOM(start, p) ((size_t)TCP_MAX_OPTIONS_LEN - (size_t)((p) - (start)))

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

/* Linux: everything on a four-byte boundary; sackOK takes the place of the timestamp's padding. */
static size_t syn_linux(const struct tcp_syn_offer *o, uint8_t *out)
{
	uint8_t *p = out;

	if (o->mss)
		p = opt_put_mss(p, o->mss);
	if (o->timestamps) {
		p = o->sack ? opt_put_sack_permitted(p) : pad_nops(p, 2);
		p = opt_put_timestamp(p, o->ts_val, o->ts_ecr);
	}
	if (o->accecn && accecn_len(o->accecn_n) <= ROOM(out, p)) {
		p = opt_put_accecn(p, o->accecn_order, o->accecn_n, o->accecn_e0b, o->accecn_ceb, o->accecn_e1b);
		if (o->sack && !o->timestamps && (p - out) % 4 == 2)
			p = opt_put_sack_permitted(p);
		else
			p = opt_pad(out, p, true);
	}
	if (o->sack && !o->timestamps && !(o->accecn && accecn_len(o->accecn_n) % 4 == 2)) {
		p = pad_nops(p, 2);
		p = opt_put_sack_permitted(p);
	}
	if (o->window_scaling) {
		p = opt_put_nop(p);
		p = opt_put_wscale(p, o->scale);
	}
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
	if ((o->fastopen || o->fastopen_exp) && fastopen_len(o) <= ROOM(out, p))
		p = put_fastopen(p, o);
	if (o->accecn && accecn_len(o->accecn_n) <= ROOM(out, p))
		p = opt_put_accecn(p, o->accecn_order, o->accecn_n, o->accecn_e0b, o->accecn_ceb, o->accecn_e1b);
	p = opt_pad(out, p, false);
	return (size_t)(p - out);
}

size_t tcp_options_syn(enum tcp_option_order order, const struct tcp_syn_offer *offer, uint8_t *out)
{
	return order == OPTIONS_LINUX ? syn_linux(offer, out) : syn_bsd(offer, out);
}

/* How many SACK blocks go behind `used` bytes: two NOPs, kind and length, eight bytes each. */
static unsigned sack_fit(const struct tcp_segment_offer *o, size_t used)
{
	unsigned n = o->n_sack < TCP_MAX_SACK_BLOCKS ? o->n_sack : TCP_MAX_SACK_BLOCKS;

	while (n && used + 4 + 8u * n > TCP_MAX_OPTIONS_LEN)
		n--;
	return n;
}

size_t tcp_options_segment(enum tcp_option_order order, const struct tcp_segment_offer *o, uint8_t *out)
{
	uint8_t *p = out;
	unsigned n;

	if (o->md5) {
		p = pad_nops(p, 2);
		p = opt_put_md5(p, o->md5);
	}
	if (o->timestamps && ROOM(out, p) >= 12) {
		p = pad_nops(p, 2);
		p = opt_put_timestamp(p, o->ts_val, o->ts_ecr);
	}
	if (o->accecn) {
		p = opt_put_accecn(p, o->accecn_order, o->accecn_n, o->accecn_e0b, o->accecn_ceb, o->accecn_e1b);
		p = opt_pad(out, p, true);
	}
	n = sack_fit(o, (size_t)(p - out));
	if (n) {
		p = pad_nops(p, 2);
		p = opt_put_sack(p, o->sack, n);
	}
	p = opt_pad(out, p, order == OPTIONS_LINUX);
	return (size_t)(p - out);
}
