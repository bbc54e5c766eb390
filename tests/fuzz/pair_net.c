/* The network of fuzz-pair: what the hosts send, and what becomes of it. See pair_bench.h. */
#include "pair_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wire/build.h>
#include <wire/checksum.h>
#include <wire/ip.h>
#include <wire/wire.h>
#include <world/modify.h>

#define ROUTER 0xcb007101u

void show(const struct bench *b, int from, const struct tcpsim_packet *packet, const char *what)
{
	struct wire_packet in;
	char text[400] = "no TCP";

	if (!b->trace)
		return;
	wire_parse_packet(packet, 0, &in);
	if (in.kind == WIRE_TCP)
		tcpsim_segment_text(
			&in.segment, tcpsim_seq_of(0), tcpsim_seq_of(0), text, sizeof(text));
	fprintf(stderr, "%10.3f %d %s %zu: %s\n", (double)b->now / 1e6, from, what,
		tcpsim_packet_len(packet), text);
}

/* Invariants cost more than what they guard: whatever breaks one mostly leaves it broken. */
#define CHECK_EVERY 16

void check(struct bench *b)
{
	for (int s = 0; s < 2; s++)
		tcpsim_host_check(b->side[s].host);
}

static void fly(struct bench *b, int s, struct tcpsim_packet *packet)
{
	struct end *end = &b->side[s];

	show(b, s, packet, "sends");
	if (end->n < FLIGHT)
		end->flight[end->n++] = packet;
	else
		tcpsim_packet_free(packet);
}

static void say_too_big(struct bench *b, int s, const struct tcpsim_packet *packet)
{
	struct modify_view view = modify_view_of(packet);
	struct tcpsim_addr router = tcpsim_addr_v4(ROUTER);
	uint8_t quoted[1500], out[1500];
	size_t len = tcpsim_packet_len(packet);

	if (len > sizeof(quoted))
		len = 576;
	memcpy(quoted, packet->headers, packet->headers_len);
	if (len > packet->headers_len && packet->payload)
		memcpy(quoted + packet->headers_len, packet->payload, len - packet->headers_len);
	if (b->ipv6)
		tcpsim_addr_parse("2001:db8::ff", &router);
	len = wire_build_icmp_error(&router, &view.src, b->ipv6 ? 2 : 3, b->ipv6 ? 0 : 4,
		b->path_mtu, quoted, len, out, sizeof(out));
	tcpsim_host_input(b->side[s].host, b->now, 0, out, len);
}

/* A router stands where the packet enters: too large a one goes in pieces, or not at all. */
static void enter(struct bench *b, int s, struct tcpsim_packet *packet)
{
	struct tcpsim_packet *next;

	if (b->strip)
		modify_options(packet, b->strip, 0);
	if (packet->segment_size || tcpsim_packet_len(packet) <= b->path_mtu) {
		fly(b, s, packet);
		return;
	}
	if (modify_view_of(packet).dont_fragment) {
		show(b, s, packet, "sends too big");
		say_too_big(b, s, packet);
		tcpsim_packet_free(packet);
		return;
	}
	for (packet = modify_fragment(packet, b->path_mtu); packet; packet = next) {
		next = packet->next;
		packet->next = NULL;
		fly(b, s, packet);
	}
}

/* Takes what the hosts want sent, until neither wants more. */
void collect(struct bench *b)
{
	struct tcpsim_packet *packet;
	bool more = true;

	while (more) {
		more = false;
		for (int s = 0; s < 2; s++) {
			while ((packet = tcpsim_host_transmit(b->side[s].host))) {
				enter(b, s, packet);
				more = true;
			}
		}
	}
	if (b->trace || b->collected++ % CHECK_EVERY == 0)
		check(b);
}

struct tcpsim_packet *take_flight(struct end *end, int i)
{
	struct tcpsim_packet *packet = end->flight[i];

	memmove(&end->flight[i], &end->flight[i + 1],
		(size_t)(end->n - i - 1) * sizeof(end->flight[0]));
	end->n--;
	return packet;
}

void arrive(struct bench *b, int from, struct tcpsim_packet *packet)
{
	static uint8_t bytes[70000];
	struct tcpsim_host *to = b->side[!from].host;

	show(b, from, packet, "arrives");
	b->carried++;
	packet->interface = 0;
	if (b->by_bytes && !packet->segment_size) {
		size_t len = tcpsim_packet_bytes(packet, bytes, sizeof(bytes));

		tcpsim_packet_free(packet);
		tcpsim_host_input(to, b->now, 0, bytes, len);
	} else {
		tcpsim_host_receive(to, b->now, packet);
	}
	collect(b);
}

void deliver(struct bench *b, int s, int i)
{
	arrive(b, s, take_flight(&b->side[s], i));
}

/* An ECN-capable packet meets congestion (RFC 3168 §5). */
void mark(struct tcpsim_packet *packet)
{
	uint8_t *ip = packet->headers;

	if (packet->headers_len < 40)
		return;
	if (ip[0] >> 4 == 6) {
		if (ip[1] & 0x30)
			ip[1] |= 0x30;
	} else if (ip[1] & 3) {
		uint16_t sum;

		ip[1] |= 3;
		ip[10] = ip[11] = 0;
		sum = wire_sum_finish(wire_sum(ip, (size_t)(ip[0] & 15) * 4, 0));
		ip[10] = (uint8_t)(sum >> 8);
		ip[11] = (uint8_t)sum;
	}
}

void pass_time(struct bench *b, int64_t ns)
{
	int64_t until = b->now + ns, due;

	for (int s = 0; s < 2; s++) {
		struct tcpsim_host *host = b->side[s].host;
		int guard = 0;

		while ((due = tcpsim_host_deadline(host)) <= until && guard++ < 20000)
			tcpsim_host_advance(host, due);
		must(guard < 20000, "a host is never at rest");
		tcpsim_host_advance(host, until);
	}
	b->now = until;
	collect(b);
}
