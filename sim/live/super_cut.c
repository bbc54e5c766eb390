/* What a device with offload hands over, cut into datagrams. See super.h. */
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/uio.h>
#include <wire/build.h>
#include <wire/checksum.h>
#include <wire/ip.h>
#include <wire/wire.h>

#include "live/super.h"
#include "live/super_cut.h"

#define MOST_DATAGRAM 65535
#define LEAST_KEPT    16384 /* a smaller part is copied out of its chunk */

#define IP_CHECKSUM  10 /* where it stands in the IPv4 header */
#define TCP_CHECKSUM 16 /* and in the TCP header */

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* --- checksums --- */

/* The kernel left the sum to its device: in its field stands that of the pseudo-header. */
static void finish_sum(const struct virtio_net_hdr *header, uint8_t *bytes, size_t len)
{
	size_t start = header->csum_start, at = start + header->csum_offset;
	uint16_t sum;

	if (!(header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || at + 2 > len)
		return;
	sum = wire_sum_finish(wire_sum(bytes + start, len - start, 0));
	put16(bytes + at, sum ? sum : UINT16_MAX); /* of UDP 0 would mean none, RFC 768 */
}

static void sum_tcp(uint8_t *tcp, const struct wire_packet *whole, const uint8_t *text, size_t len)
{
	const struct tcpsim_segment *s = &whole->segment;
	uint64_t sum =
		wire_sum_pseudo(&s->src, &s->dst, whole->protocol, (uint32_t)(s->header_len + len));

	put16(tcp + TCP_CHECKSUM, 0);
	sum = wire_sum(tcp, s->header_len, sum);
	put16(tcp + TCP_CHECKSUM, wire_sum_finish(wire_sum(text, len, sum)));
}

/* --- one segment of it --- */

/* The headers of the datagram `at` bytes into its text, RFC 9293 §3.1: its own lengths and number, a FIN
 * and PSH with the last one only, CWR with the first (RFC 3168 §6.1.2). */
static void make_headers(uint8_t *headers, const struct wire_packet *whole, uint32_t at,
	uint32_t len, unsigned index)
{
	const struct tcpsim_segment *s = &whole->segment;
	uint8_t *tcp = headers + whole->ip_header_len;
	unsigned flags = get16(tcp + 12);
	uint32_t seq = s->seq.n + at;

	if (s->ip_version == 4) {
		put16(headers + 2, whole->ip_header_len + s->header_len + len);
		put16(headers + 4, get16(headers + 4) + index);
		put16(headers + IP_CHECKSUM, 0);
		put16(headers + IP_CHECKSUM,
			wire_sum_finish(wire_sum(headers, whole->ip_header_len, 0)));
	} else {
		put16(headers + 4, whole->ip_header_len - 40 + s->header_len + len);
	}
	put16(tcp + 4, seq >> 16);
	put16(tcp + 6, seq);
	if (at + len < s->len)
		flags &= ~(unsigned)(TCPSIM_FIN | TCPSIM_PSH);
	if (at)
		flags &= ~(unsigned)TCPSIM_CWR;
	put16(tcp + 12, flags);
}

static struct tcpsim_packet *make_segment(struct tcpsim_pool *pool, struct tcpsim_chunk *chunk,
	const struct wire_packet *whole, uint32_t at, uint32_t len, unsigned index)
{
	struct tcpsim_packet *packet = tcpsim_packet_new(pool);
	size_t headers = whole->ip_header_len + whole->segment.header_len;

	if (!packet)
		return NULL;
	memcpy(packet->headers, chunk->data, headers);
	packet->headers_len = (uint16_t)headers;
	packet->chunk = tcpsim_chunk_ref(chunk);
	packet->payload = chunk->data + headers + at;
	packet->payload_len = len;
	make_headers(packet->headers, whole, at, len, index);
	sum_tcp(packet->headers + whole->ip_header_len, whole, packet->payload, len);
	packet->sums_good = 1; /* they were made here */
	return packet;
}

static bool is_tcp_super(const struct virtio_net_hdr *header)
{
	unsigned type = header->gso_type & (unsigned)~VIRTIO_NET_HDR_GSO_ECN;

	return (type == VIRTIO_NET_HDR_GSO_TCPV4 || type == VIRTIO_NET_HDR_GSO_TCPV6) &&
	       header->gso_size;
}

static void cut_tcp(struct tcpsim_pool *pool, uint32_t size, struct tcpsim_chunk *chunk, size_t len,
	super_fn fn, void *context)
{
	struct wire_packet whole;
	unsigned index = 0;
	uint32_t part;

	wire_parse_cut(chunk->data, len, len, 0, &whole);
	if (whole.kind != WIRE_TCP ||
		whole.ip_header_len + whole.segment.header_len > TCPSIM_HEADERS_MAX)
		return;
	for (uint32_t at = 0; at < whole.segment.len; at += part, index++) {
		struct tcpsim_packet *packet;

		part = whole.segment.len - at < size ? whole.segment.len - at : size;
		packet = make_segment(pool, chunk, &whole, at, part, index);
		if (packet)
			fn(context, packet);
	}
}

void super_cut(struct tcpsim_pool *pool, const uint8_t bytes[SUPER_HEADER],
	struct tcpsim_chunk *chunk, size_t len, super_fn fn, void *context)
{
	struct virtio_net_hdr header;
	struct tcpsim_packet *packet;

	memcpy(&header, bytes, sizeof(header));
	if (is_tcp_super(&header)) {
		cut_tcp(pool, header.gso_size, chunk, len, fn, context);
		return;
	}
	finish_sum(&header, chunk->data, len);
	packet = tcpsim_packet_from_bytes(pool, chunk->data, len);
	if (packet)
		fn(context, packet);
}

/* --- reading --- */

/* Who keeps a part of a chunk keeps all of it: of a small part that would be mostly nothing. */
static void cut_copied(struct super_reader *reader, const uint8_t header[SUPER_HEADER], size_t len,
	super_fn fn, void *context)
{
	struct tcpsim_chunk *copy = tcpsim_chunk_new(reader->pool, (uint32_t)len);

	if (!copy)
		return;
	memcpy(copy->data, reader->spare->data, len);
	copy->used = (uint32_t)len;
	super_cut(reader->pool, header, copy, len, fn, context);
	tcpsim_chunk_unref(copy);
}

bool super_read(struct super_reader *reader, int fd, super_fn fn, void *context)
{
	uint8_t header[SUPER_HEADER];
	struct iovec parts[2] = {{header, sizeof(header)}};
	ssize_t n;

	if (!reader->spare)
		reader->spare = tcpsim_chunk_new(reader->pool, MOST_DATAGRAM);
	if (!reader->spare)
		return false;
	parts[1] = (struct iovec){reader->spare->data, MOST_DATAGRAM};
	n = readv(fd, parts, 2);
	if (n <= (ssize_t)sizeof(header))
		return false;
	n -= (ssize_t)sizeof(header);
	if (n < LEAST_KEPT) {
		cut_copied(reader, header, (size_t)n, fn, context);
		return true;
	}
	reader->spare->used = (uint32_t)n;
	super_cut(reader->pool, header, reader->spare, (size_t)n, fn, context);
	super_reader_clear(reader);
	return true;
}

void super_reader_clear(struct super_reader *reader)
{
	if (reader->spare)
		tcpsim_chunk_unref(reader->spare);
	reader->spare = NULL;
}
