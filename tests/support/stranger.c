#include "stranger.h"

#include <wire/wire.h>

void stranger_sends(struct peer *peer, uint32_t from, uint16_t flags, uint32_t ack)
{
	uint8_t bytes[TCPSIM_HEADERS_MAX];
	struct tcp_segment seg = {.src = tcpsim_addr_v4(0xc6120000u + from),
		.dst = tcpsim_addr_v4(0xc0a80001u),
		.src_port = 1000,
		.dst_port = 8080,
		.seq = tcp_seq_of(flags & TCP_SYN ? 7 : 8),
		.ack = tcp_seq_of(ack),
		.flags = flags,
		.window = 1000,
		.ip_version = 4,
		.ttl = 64,
		.header_len = 20};
	size_t len = wire_build_headers(&seg, 1, true, NULL, bytes);

	tcpsim_host_input(peer_host(peer), tcpsim_host_now(peer_host(peer)), 0, bytes, len);
}

static bool count_entry(void *context, const struct tcpsim_socket_row *row)
{
	*(unsigned *)context += row->state == TCP_SYN_RECEIVED;
	return true;
}

unsigned strangers_remembered(struct peer *peer)
{
	unsigned n = 0;

	tcpsim_host_each_socket(peer_host(peer), count_entry, &n);
	return n;
}
