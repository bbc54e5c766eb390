/* What arrives in a row, put together. See super.h. */
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/uio.h>
#include <wire/build.h>
#include <wire/checksum.h>
#include <wire/ip.h>
#include <wire/wire.h>

#include "live/super.h"
#include "live/super_join.h"

#define MOST_DATAGRAM 65535
#define MOST_PACKETS  128
#define PROTOCOL_TCP  6
#define IP_CHECKSUM   10 /* where it stands in the IPv4 header */
#define TCP_CHECKSUM  16 /* and in the TCP header */
#define END_FLAGS     (TCPSIM_PSH | TCPSIM_FIN)

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* --- does it go on? --- */

/* Where the TCP header begins in a segment that may be one of several; 0: it may not. */
static unsigned tcp_of(const struct tcpsim_packet *packet)
{
	const uint8_t *ip = packet->headers;
	unsigned at = 0;

	if (!packet->payload || !packet->payload_len || !packet->sums_good)
		return 0; /* without text, or damaged on the way */
	if (packet->headers_len >= 40 && ip[0] >> 4 == 4 && ip[9] == PROTOCOL_TCP &&
		!(get16(ip + 6) & 0x3fff)) /* no fragment */
		at = (ip[0] & 0xf) * 4;
	else if (packet->headers_len >= 60 && ip[0] >> 4 == 6 && ip[6] == PROTOCOL_TCP)
		at = 40;
	return at && at + 20 <= packet->headers_len ? at : 0;
}

static bool same_ip(const uint8_t *a, const uint8_t *b, unsigned len)
{
	if (a[0] != b[0] || a[1] != b[1])
		return false;
	if (a[0] >> 4 == 6)
		return memcmp(a + 2, b + 2, 2) == 0 && memcmp(a + 6, b + 6, 34) == 0;
	/* All but its length, its identification and the sum of these. */
	return memcmp(a + 6, b + 6, 4) == 0 && memcmp(a + 12, b + 12, len - 12) == 0;
}

/* All but the number, the sum, and that it is the last. */
static bool same_tcp(const uint8_t *a, const uint8_t *b, unsigned len)
{
	return memcmp(a, b, 4) == 0 && memcmp(a + 8, b + 8, 4) == 0 &&
	       !((get16(a + 12) ^ get16(b + 12)) & ~(uint32_t)END_FLAGS) &&
	       memcmp(a + 14, b + 14, 2) == 0 && memcmp(a + 18, b + 18, len - 18) == 0;
}

static bool goes_on(const struct super *super, const struct tcpsim_packet *packet)
{
	const uint8_t *before = super->first->headers, *headers = packet->headers;
	unsigned at = tcp_of(packet), len = super->first->headers_len;

	return at && packet->headers_len == len && at == tcp_of(super->first) &&
	       packet->payload_len <= super->segment_size &&
	       len + super->text + packet->payload_len <= MOST_DATAGRAM &&
	       super->n < MOST_PACKETS && get32(headers + at + 4) == super->next_seq &&
	       same_ip(before, headers, at) && same_tcp(before + at, headers + at, len - at);
}

static void append(struct super *super, struct tcpsim_packet *packet)
{
	unsigned at = tcp_of(packet);

	packet->next = NULL;
	if (super->last)
		super->last->next = packet;
	else
		super->first = packet;
	super->last = packet;
	super->n++;
	super->text += packet->payload_len;
	if (!at)
		return;
	super->next_seq = get32(packet->headers + at + 4) + packet->payload_len;
	super->ended |= packet->payload_len < super->segment_size ||
			get16(packet->headers + at + 12) & END_FLAGS;
}

/* RFC 9293 §3.1: what else than text in order a segment may say ends there what came before. */
static bool stands_alone(const struct tcpsim_packet *packet)
{
	unsigned at = tcp_of(packet);

	return !at || (get16(packet->headers + at + 12) &
			      (TCPSIM_SYN | TCPSIM_RST | TCPSIM_URG | TCPSIM_ACK)) != TCPSIM_ACK;
}

bool super_add(struct super *super, struct tcpsim_packet *packet)
{
	if (super->n && (super->ended || !goes_on(super, packet)))
		return false;
	if (!super->n) {
		super->ended = stands_alone(packet);
		super->segment_size = packet->payload_len;
	}
	append(super, packet);
	return true;
}

/* --- handing it over --- */

struct tcpsim_packet *super_next(struct super *super)
{
	struct tcpsim_packet *packet = super->first;

	if (!packet)
		return NULL;
	super->first = packet->next;
	packet->next = NULL;
	if (--super->n == 0)
		*super = (struct super){0};
	return packet;
}

static void forget(struct super *super)
{
	struct tcpsim_packet *packet;

	while ((packet = super_next(super)))
		tcpsim_packet_free(packet);
}

/* The first one's headers, for all of it. */
static void make_headers(const struct super *super, uint8_t *headers)
{
	uint32_t len = super->first->headers_len + super->text;
	unsigned at = tcp_of(super->first);

	memcpy(headers, super->first->headers, super->first->headers_len);
	if (at == 40 && headers[0] >> 4 == 6) {
		put16(headers + 4, len - 40);
	} else {
		put16(headers + 2, len);
		put16(headers + IP_CHECKSUM, 0);
		put16(headers + IP_CHECKSUM, wire_sum_finish(wire_sum(headers, at, 0)));
	}
	headers[at + 13] |= super->last->headers[at + 13] & END_FLAGS;
}

/* The kernel is to take the text as it is: in the sum's field stands what a device would begin with,
 * the pseudo-header's. */
static void describe(const struct super *super, uint8_t *headers, struct virtio_net_hdr *out)
{
	const struct tcpsim_packet *first = super->first;
	struct wire_packet parsed;
	unsigned at = tcp_of(first);

	wire_parse_cut(headers, first->headers_len, first->headers_len + super->text, 0, &parsed);
	put16(headers + at + TCP_CHECKSUM,
		(uint16_t)~wire_sum_finish(wire_sum_pseudo(&parsed.segment.src, &parsed.segment.dst,
			PROTOCOL_TCP, first->headers_len - at + super->text)));
	*out = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type =
			headers[0] >> 4 == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6,
		.hdr_len = first->headers_len,
		.gso_size = (uint16_t)super->segment_size,
		.csum_start = (uint16_t)at,
		.csum_offset = TCP_CHECKSUM};
	if (parsed.segment.flags & TCPSIM_CWR)
		out->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
}

/* The text, as few parts as it lies in. */
static int gather(const struct super *super, struct iovec *parts, int n)
{
	static const uint8_t ZEROS[MOST_DATAGRAM];

	for (const struct tcpsim_packet *p = super->first; p; p = p->next) {
		const uint8_t *text = p->payload ? p->payload : ZEROS;
		struct iovec *last = &parts[n - 1];

		if (!p->payload_len)
			continue;
		if ((const uint8_t *)last->iov_base + last->iov_len == text)
			last->iov_len += p->payload_len;
		else
			parts[n++] = (struct iovec){(void *)text, p->payload_len};
	}
	return n;
}

bool super_write(struct super *super, int fd)
{
	uint8_t headers[TCPSIM_HEADERS_MAX];
	struct virtio_net_hdr header = {0};
	struct iovec parts[2 + MOST_PACKETS] = {{&header, SUPER_HEADER}};
	bool good;

	if (!super->n)
		return true;
	parts[1] = (struct iovec){super->first->headers, super->first->headers_len};
	if (super->n > 1) {
		make_headers(super, headers);
		describe(super, headers, &header);
		parts[1].iov_base = headers;
	}
	good = writev(fd, parts, gather(super, parts, 2)) >= 0;
	forget(super);
	return good;
}

static bool is_contiguous(const struct super *super)
{
	for (const struct tcpsim_packet *p = super->first; p->next; p = p->next) {
		if (p->chunk != p->next->chunk || p->payload + p->payload_len != p->next->payload)
			return false;
	}
	return true;
}

struct tcpsim_packet *super_join(struct super *super)
{
	struct tcpsim_packet *whole = super->first;
	uint8_t headers[TCPSIM_HEADERS_MAX];
	uint32_t text = super->text, segment_size = super->segment_size;

	if (super->n == 1)
		return super_next(super);
	if (!is_contiguous(super))
		return NULL;
	make_headers(super, headers);
	super_next(super);
	forget(super);
	memcpy(whole->headers, headers, whole->headers_len);
	whole->payload_len = text;
	whole->segment_size = (uint16_t)segment_size;
	return whole;
}
