#include <tcpsim/segment.h>
#include <wire/bytes.h>
#include <wire/md5.h>
#include <wire/parse.h>

#define ZEROS	   4096 /* of a fill, a piece */
#define MOST_FILLS 17	/* pieces: more than a datagram holds (RFC 791 §3.1) */

/* RFC 2385 §2.0 (1); of IPv6 that of RFC 8200 §8.1. */
static size_t pseudo_header(const struct tcpsim_segment *s, uint8_t out[40])
{
	uint32_t len = s->header_len + s->len;

	if (tcpsim_addr_is_v4(&s->src)) {
		memcpy(out, s->src.b + 12, 4);
		memcpy(out + 4, s->dst.b + 12, 4);
		put16(put16(out + 8, IP_PROTO_TCP), len);
		return 12;
	}
	memcpy(out, s->src.b, 16);
	memcpy(out + 16, s->dst.b, 16);
	put32(put32(out + 32, len), IP_PROTO_TCP);
	return 40;
}

/* (2), the checksum zero. */
static void header(const struct tcpsim_segment *s, uint8_t out[TCP_HEADER])
{
	uint8_t *p = put16(put16(out, s->src_port), s->dst_port);

	p = put32(put32(p, s->seq.n), s->ack.n);
	p = put16(p, (unsigned)s->header_len / 4 << 12 | s->flags);
	put16(put16(put16(p, s->window), 0), s->urgent);
}

void wire_md5(tcpsim_md5_fn md5, const struct tcpsim_segment *s, const uint8_t *key, size_t key_len,
	uint8_t digest[WIRE_MD5_LEN])
{
	static const uint8_t zeros[ZEROS];
	uint8_t pseudo[40], tcp[TCP_HEADER];
	struct tcpsim_piece pieces[3 + MOST_FILLS] = {
		{pseudo, pseudo_header(s, pseudo)}, {tcp, sizeof(tcp)}};
	int n = 2;

	header(s, tcp);
	if (s->payload && s->len)
		pieces[n++] = (struct tcpsim_piece){s->payload, s->len};
	for (uint32_t left = s->payload ? 0 : s->len; left && n < 2 + MOST_FILLS;) {
		uint32_t len = left < ZEROS ? left : ZEROS;

		pieces[n++] = (struct tcpsim_piece){zeros, len};
		left -= len;
	}
	pieces[n++] = (struct tcpsim_piece){key, key_len};
	md5(pieces, n, digest);
}
