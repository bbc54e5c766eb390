/*
 * TCP in UDP, as FreeBSD has it (draft-cheshire-tcp-over-udp): a UDP header between the IP and the
 * TCP header. The UDP checksum covers everything; the TCP checksum is sent as zero and not looked
 * at.
 */
#include "wire/tunnel.h"
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/parse.h"

enum { UDP_HEADER = 8, PROTOCOL_UDP = 17, TCP_CHECKSUM_AT = 16 };

static size_t ip_header_len(const uint8_t *datagram)
{
	return datagram[0] >> 4 == 4 ? (size_t)(datagram[0] & 15) * 4 : IPV6_HEADER;
}

/* Length, protocol and, in IPv4, the header's checksum, once `grown` bytes came behind the header
 * (or went). */
static void set_ip_fields(uint8_t *p, int grown, uint8_t protocol)
{
	if (p[0] >> 4 == 4) {
		put16(p + 2, (unsigned)(get16(p + 2) + grown));
		p[9] = protocol;
		put16(p + 10, 0);
		put16(p + 10, wire_sum_finish(wire_sum(p, ip_header_len(p), 0)));
	} else {
		put16(p + 4, (unsigned)(get16(p + 4) + grown));
		p[6] = protocol;
	}
}

static uint64_t sum_addresses(const uint8_t *p, uint8_t protocol, uint32_t len)
{
	struct tcpsim_addr src, dst;

	if (p[0] >> 4 == 4) {
		src = tcpsim_addr_v4(get32(p + 12));
		dst = tcpsim_addr_v4(get32(p + 16));
	} else {
		memcpy(src.b, p + 8, 16);
		memcpy(dst.b, p + 24, 16);
	}
	return wire_sum_pseudo(&src, &dst, protocol, len);
}

size_t wire_udp_wrap(uint8_t *headers, size_t headers_len, const uint8_t *payload,
	uint32_t payload_len, uint16_t src_port, uint16_t dst_port)
{
	size_t ip = ip_header_len(headers);
	uint32_t len = (uint32_t)(headers_len - ip) + payload_len + UDP_HEADER;
	uint8_t *udp = headers + ip;
	uint64_t sum;
	uint16_t checksum;

	memmove(udp + UDP_HEADER, udp, headers_len - ip);
	put16(udp + UDP_HEADER + TCP_CHECKSUM_AT, 0);
	set_ip_fields(headers, UDP_HEADER, PROTOCOL_UDP);
	put16(udp, src_port);
	put16(udp + 2, dst_port);
	put16(udp + 4, len > UINT16_MAX ? 0 : len);
	put16(udp + 6, 0);
	sum = wire_sum(
		udp, headers_len - ip + UDP_HEADER, sum_addresses(headers, PROTOCOL_UDP, len));
	if (payload)
		sum = wire_sum(payload, payload_len, sum);
	checksum = wire_sum_finish(sum);
	put16(udp + 6, checksum ? checksum : 0xffff); /* RFC 768: zero means that there is none */
	return headers_len + UDP_HEADER;
}

bool wire_udp_unwrap(uint8_t *datagram, size_t *len, uint16_t *src_port, uint16_t *dst_port)
{
	size_t ip, udp_len;
	uint8_t *udp;

	if (*len < IPV4_HEADER || (datagram[0] >> 4 == 6 && *len < IPV6_HEADER))
		return false;
	ip = ip_header_len(datagram);
	udp = datagram + ip;
	if ((datagram[0] >> 4 == 4 ? datagram[9] : datagram[6]) != PROTOCOL_UDP ||
		*len < ip + UDP_HEADER + TCP_HEADER)
		return false;
	udp_len = get16(udp + 4);
	if (udp_len < UDP_HEADER + TCP_HEADER || ip + udp_len > *len)
		return false;
	if (get16(udp + 6) &&
		wire_sum_finish(wire_sum(udp, udp_len,
			sum_addresses(datagram, PROTOCOL_UDP, (uint32_t)udp_len))) != 0)
		return false;
	*src_port = (uint16_t)get16(udp);
	*dst_port = (uint16_t)get16(udp + 2);
	memmove(udp, udp + UDP_HEADER, udp_len - UDP_HEADER);
	*len = ip + udp_len - UDP_HEADER;
	set_ip_fields(datagram, -UDP_HEADER, IP_PROTO_TCP);
	put16(udp + TCP_CHECKSUM_AT, 0);
	put16(udp + TCP_CHECKSUM_AT,
		wire_sum_finish(wire_sum(udp, udp_len - UDP_HEADER,
			sum_addresses(datagram, IP_PROTO_TCP, (uint32_t)(udp_len - UDP_HEADER)))));
	return true;
}
