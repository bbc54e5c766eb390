/* Changes to packets under way. See modify.h. */
#include "world/modify.h"
#include "wire/checksum.h"
#include "wire/ip.h"
#include "wire/wire.h"

#include <string.h>
#include <tcpsim/segment.h>

static uint16_t read16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void write16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* The first byte of the datagram, wherever the packet keeps it: what is not TCP may be
 * all payload. */
static const uint8_t *start_of(const struct tcpsim_packet *packet)
{
	return packet->headers_len ? packet->headers : packet->payload;
}

struct tcpsim_packet *modify_copy(const struct tcpsim_packet *packet)
{
	struct tcpsim_packet *copy = tcpsim_packet_new(packet->pool);

	if (!copy)
		return NULL;
	*copy = *packet;
	copy->next = NULL;
	if (copy->chunk)
		tcpsim_chunk_ref(copy->chunk);
	return copy;
}

/* The payload becomes the packet's own; NULL when memory is exhausted. */
static uint8_t *own_payload(struct tcpsim_packet *packet)
{
	struct tcpsim_chunk *chunk = tcpsim_chunk_new(packet->pool, packet->payload_len);

	if (!chunk)
		return NULL;
	if (packet->payload)
		memcpy(chunk->data, packet->payload, packet->payload_len);
	else
		memset(chunk->data, 0, packet->payload_len);
	chunk->used = packet->payload_len;
	if (packet->chunk)
		tcpsim_chunk_unref(packet->chunk);
	packet->chunk = chunk;
	packet->payload = chunk->data;
	return chunk->data;
}

void modify_corrupt(struct tcpsim_packet *packet, struct rng *rng)
{
	uint64_t bit = rng_below(rng, tcpsim_packet_len(packet) * 8);
	size_t byte = bit / 8;
	uint8_t *payload;

	packet->sums_good = 0;
	if (byte < packet->headers_len) {
		packet->headers[byte] ^= (uint8_t)(1 << bit % 8);
		return;
	}
	payload = own_payload(packet);
	if (payload)
		payload[byte - packet->headers_len] ^= (uint8_t)(1 << bit % 8);
}

bool modify_header_is_whole(const struct tcpsim_packet *packet)
{
	const uint8_t *ip = start_of(packet);
	size_t len = packet->headers_len ? packet->headers_len : packet->payload_len, header;

	if (packet->sums_good || !ip || len < 20 || ip[0] >> 4 != 4)
		return true;
	header = (ip[0] & 15u) * 4;
	return header >= 20 && header <= len && wire_sum_finish(wire_sum(ip, header, 0)) == 0;
}

struct modify_view modify_view_of(const struct tcpsim_packet *packet)
{
	const uint8_t *ip = start_of(packet);
	size_t len = packet->headers_len ? packet->headers_len : packet->payload_len;
	struct modify_view view = {0};

	if (!ip || len < 20)
		return view;
	if (ip[0] >> 4 == 4) {
		view.version = 4;
		view.dont_fragment = ip[6] & 0x40;
		view.src = tcpsim_addr_v4((uint32_t)read16(ip + 12) << 16 | read16(ip + 14));
		view.dst = tcpsim_addr_v4((uint32_t)read16(ip + 16) << 16 | read16(ip + 18));
	} else if (ip[0] >> 4 == 6 && len >= 40) {
		view.version = 6;
		view.dont_fragment = true; /* RFC 8200 §5: only the source fragments */
		memcpy(view.src.b, ip + 8, 16);
		memcpy(view.dst.b, ip + 24, 16);
	}
	return view;
}

/* RFC 1624, equation 3, for one 16-bit word that changes. */
static void adjust_sum(uint8_t *field, uint16_t before, uint16_t after)
{
	uint32_t sum = (uint16_t)~read16(field) + (uint32_t)(uint16_t)~before + after;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	write16(field, (uint16_t)~sum);
}

/* Writes one byte of the TCP header and keeps the TCP checksum; the header starts on
 * an even byte. */
static void set_tcp_byte(uint8_t *tcp, size_t at, uint8_t value)
{
	size_t word = at & ~(size_t)1;
	uint16_t before = read16(tcp + word);

	tcp[at] = value;
	adjust_sum(tcp + 16, before, read16(tcp + word));
}

/* Where the TCP header begins in the packet's headers; 0: there is none. */
static size_t tcp_offset(const struct tcpsim_packet *packet)
{
	struct wire_packet in;

	if (!packet->headers_len)
		return 0;
	wire_parse_packet(packet, 0, &in);
	return in.kind == WIRE_TCP ? in.ip_header_len : 0;
}

static bool modify_option(uint8_t *tcp, size_t at, uint64_t kinds, uint16_t mss_limit)
{
	uint8_t kind = tcp[at], len = tcp[at + 1];

	if (kind < 64 && kinds >> kind & 1) {
		for (size_t i = 0; i < len; i++)
			set_tcp_byte(tcp, at + i, TCPSIM_OPT_NOP);
		return true;
	}
	if (kind == TCPSIM_OPT_MSS && len == 4 && mss_limit && read16(tcp + at + 2) > mss_limit) {
		set_tcp_byte(tcp, at + 2, (uint8_t)(mss_limit >> 8));
		set_tcp_byte(tcp, at + 3, (uint8_t)mss_limit);
		return true;
	}
	return false;
}

bool modify_options(struct tcpsim_packet *packet, uint64_t kinds, uint16_t mss_limit)
{
	size_t offset = tcp_offset(packet), end, at = 20;
	uint8_t *tcp = packet->headers + offset;
	bool changed = false;

	if (!offset)
		return false;
	end = (size_t)(tcp[12] >> 4) * 4;
	if (offset + end > packet->headers_len)
		return false;
	while (at < end && tcp[at] != TCPSIM_OPT_EOL) {
		if (tcp[at] == TCPSIM_OPT_NOP) {
			at++;
			continue;
		}
		if (at + 1 >= end || tcp[at + 1] < 2 || at + tcp[at + 1] > end)
			break;
		size_t next = at + tcp[at + 1];

		changed |= modify_option(tcp, at, kinds, mss_limit);
		at = next;
	}
	return changed;
}

bool modify_ttl(struct tcpsim_packet *packet)
{
	uint8_t *ip = packet->headers;
	uint16_t before;

	if (!packet->headers_len && !(ip = own_payload(packet)))
		return false;
	if (ip[0] >> 4 == 6) {
		if (ip[7] <= 1)
			return false;
		ip[7]--;
		return true;
	}
	if (ip[8] <= 1)
		return false;
	before = read16(ip + 8);
	ip[8]--;
	adjust_sum(ip + 10, before, read16(ip + 8));
	return true;
}

/* One fragment: the datagram's header with its own offset, and bytes [from, from + len) of what
 * follows it. */
static struct tcpsim_packet *fragment(struct tcpsim_pool *pool, const uint8_t *bytes, size_t ihl,
	size_t from, size_t len, bool more)
{
	struct tcpsim_packet *out = tcpsim_packet_new(pool);
	uint16_t field;

	if (!out)
		return NULL;
	out->chunk = tcpsim_chunk_new(pool, (uint32_t)(ihl + len));
	if (!out->chunk) {
		tcpsim_packet_free(out);
		return NULL;
	}
	uint8_t *ip = out->chunk->data;

	memcpy(ip, bytes, ihl);
	memcpy(ip + ihl, bytes + ihl + from, len);
	field = read16(bytes + 6);
	write16(ip + 2, (uint16_t)(ihl + len));
	write16(ip + 6,
		(uint16_t)((field & 0xe000) | (more ? 0x2000 : 0) | ((field & 0x1fff) + from / 8)));
	write16(ip + 10, 0);
	write16(ip + 10, wire_sum_finish(wire_sum(ip, ihl, 0)));
	out->chunk->used = (uint32_t)(ihl + len);
	out->payload = ip;
	out->payload_len = (uint32_t)(ihl + len);
	return out;
}

struct tcpsim_packet *modify_fragment(struct tcpsim_packet *packet, uint32_t mtu)
{
	static _Thread_local uint8_t bytes[65536];
	size_t len = tcpsim_packet_bytes(packet, bytes, sizeof(bytes));
	size_t ihl = (size_t)(bytes[0] & 15) * 4, most = (mtu - ihl) / 8 * 8, from = 0;
	struct tcpsim_packet *first = NULL, **last = &first;

	while (len > ihl && from < len - ihl) {
		size_t left = len - ihl - from, part = left > most ? most : left;
		bool more = left > part || (bytes[6] & 0x20);

		*last = fragment(packet->pool, bytes, ihl, from, part, more);
		if (!*last)
			break;
		(*last)->number = packet->number;
		last = &(*last)->next;
		from += part;
	}
	tcpsim_packet_free(packet);
	return first;
}
