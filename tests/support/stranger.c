#include "stranger.h"

#include <arpa/inet.h>
#include <string.h>
#include <wire/build.h>

void stranger_sends(struct tcpsim_peer *peer, uint32_t from, uint16_t flags, uint32_t ack)
{
	uint8_t bytes[TCPSIM_HEADERS_MAX];
	struct tcpsim_segment seg = {.src = tcpsim_addr_v4(0xc6120000u + from),
		.dst = tcpsim_addr_v4(0xc0a80001u),
		.src_port = 1000,
		.dst_port = 8080,
		.seq = tcpsim_seq_of(flags & TCPSIM_SYN ? 7 : 8),
		.ack = tcpsim_seq_of(ack),
		.flags = flags,
		.window = 1000,
		.ip_version = 4,
		.ttl = 64,
		.header_len = 20};
	size_t len = wire_build_headers(&seg, 1, true, NULL, bytes);

	tcpsim_host_input(peer_host(peer), tcpsim_host_now(peer_host(peer)), 0, bytes, len);
}

bool stranger_refuses(struct tcpsim_peer *peer, uint8_t code, uint16_t mtu, uint32_t more)
{
	struct tcpsim_addr router = tcpsim_addr_v4(0xc0a80002u), host = tcpsim_addr_v4(0xc0a80001u);
	struct tcpsim_packet *packet = NULL, *next;
	uint8_t sent[2000], bytes[600], *seq = sent + 20 + 4;
	uint32_t number;
	size_t len;

	while ((next = tcpsim_host_transmit(peer_host(peer)))) {
		if (packet)
			tcpsim_packet_free(packet);
		packet = next;
	}
	if (!packet)
		return false;
	len = tcpsim_packet_bytes(packet, sent, sizeof(sent));
	tcpsim_packet_free(packet);
	memcpy(&number, seq, sizeof(number));
	number = htonl(ntohl(number) + more);
	memcpy(seq, &number, sizeof(number));
	len = wire_build_icmp_error(&router, &host, 3, code, mtu, sent, len, bytes, sizeof(bytes));
	tcpsim_host_input(peer_host(peer), tcpsim_host_now(peer_host(peer)), 0, bytes, len);
	return true;
}

static bool count_entry(void *context, const struct tcpsim_socket_row *row)
{
	*(unsigned *)context += row->state == TCPSIM_SYN_RCVD;
	return true;
}

unsigned strangers_remembered(struct tcpsim_peer *peer)
{
	unsigned n = 0;

	tcpsim_host_each_socket(peer_host(peer), count_entry, &n);
	return n;
}
