/* Packets that pass, told to a replay. See tap.h. */
#include "traces/replay/tap.h"

#include "traces/replay/replay.h"
#include "wire/ip.h"
#include "world/capture.h"

#define LINKTYPE_RAW 101

/* Its headers are all there and are what lies apart from its text: bytes would say no more. Of a
 * RST the text counts, too. */
static bool is_whole_segment(const struct tcpsim_packet *packet, const struct wire_packet *wire)
{
	return wire->kind == WIRE_TCP && wire->total_len == tcpsim_packet_len(packet) &&
	       wire->ip_header_len + wire->segment.header_len == packet->headers_len &&
	       !(wire->segment.flags & TCPSIM_RST && wire->segment.len > 0);
}

static void take_bytes(struct replay *replay, const struct observed_packet *seen,
	const struct tcpsim_packet *packet)
{
	uint8_t *bytes = g_malloc(CAPTURE_PACKET_MOST);
	uint32_t len = (uint32_t)tcpsim_packet_bytes(packet, bytes, CAPTURE_PACKET_MOST);

	replay_take(replay, &(struct capture_packet){.time_ns = seen->time_ns,
				    .bytes = bytes,
				    .captured = len,
				    .original = len,
				    .number = seen->number,
				    .link_type = LINKTYPE_RAW,
				    .interface = seen->interface,
				    .number_in_file = seen->number});
	g_free(bytes);
}

void tap_packet(struct replay *replay, unsigned interface, int64_t time_ns,
	const struct tcpsim_packet *packet)
{
	struct observed_packet seen = {
		.number = replay->packets + 1, .time_ns = time_ns, .interface = interface};
	struct wire_packet wire;

	/* They are not asked again of a packet that cannot have been damaged. */
	wire.ip_sum_ok = wire.tcp_sum_ok = true;
	wire_parse_packet(packet, WIRE_SUMS, &wire);
	if (is_whole_segment(packet, &wire))
		replay_take_segment(replay, &wire, &seen);
	else
		take_bytes(replay, &seen, packet);
}
