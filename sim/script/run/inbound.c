/*
 * Packets that arrive: the script's segment in the wire's numbers.
 *
 * Sequence numbers of the script count from each side's initial one (a SYN's own number is that);
 * acknowledgments, SACK blocks and echoed timestamps refer to what the system chose, which was
 * learnt from what it sent.
 */
#include "script/run/inbound.h"
#include "script/language/digest.h"
#include "script/language/format_packet.h"
#include "script/language/icmp.h"
#include "script/run/outbound.h"
#include "script/run/run.h"
#include "script/run/signature.h"
#include "script/run/socket.h"
#include "script/run/state.h"
#include "wire/build.h"
#include "wire/tunnel.h"
#include <string.h>

#define IP_PACKET_MAX 65535

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void put32(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The echo of a timestamp that the system sent: the value it really had. */
static bool map_echo(struct run *run, struct run_socket *socket,
	const struct script_tcp_option *option, uint8_t *bytes)
{
	uint32_t ecr = get32(bytes);
	gpointer live;

	if (option->absolute_ecr)
		return true;
	if (g_hash_table_lookup_extended(socket->ts_map, GUINT_TO_POINTER(ecr), NULL, &live)) {
		put32(bytes, GPOINTER_TO_UINT(live));
		return true;
	}
	if (run->config->ts_ecr_scaled && socket->has_ts_base) {
		put32(bytes, ecr - socket->ts_base_script + socket->ts_base_live);
		return true;
	}
	return run_fail(run, run->event->line,
		"no segment with `TS val %u` was sent, so what `ecr %u` echoes is not known", ecr,
		ecr);
}

static bool map_option(struct run *run, struct run_socket *socket,
	const struct script_packet *packet, const struct script_tcp_option *option, uint8_t *bytes)
{
	uint32_t offset = run_local_offset(socket, (packet->flags & TCPSIM_SYN) != 0);

	if (option->word != NULL)
		return run_fault(run, run->event->line, "%s is not defined; give it with -D %s=...",
			option->word, option->word);
	if (packet->raw_options || option->len < 2)
		return true;
	if (bytes[0] == TCPSIM_OPT_SACK)
		for (unsigned at = 2; at + 4 <= option->len; at += 4)
			put32(bytes + at, get32(bytes + at) + offset);
	if (bytes[0] == TCPSIM_OPT_TIMESTAMP && option->len == 10 && (packet->flags & TCPSIM_ACK))
		return map_echo(run, socket, option, bytes + 6);
	return true;
}

static bool collect_options(struct run *run, struct run_socket *socket,
	const struct script_packet *packet, uint8_t *out, uint8_t *out_len)
{
	*out_len = 0;
	for (const struct script_tcp_option *option = packet->options; option != NULL;
		option = option->next) {
		if (*out_len + option->len > TCPSIM_MAX_OPTIONS_LEN)
			return run_fault(run, run->event->line,
				"the options take more than the 40 bytes a header holds");
		memcpy(out + *out_len, option->bytes, option->len);
		if (!map_option(run, socket, packet, option, out + *out_len))
			return false;
		*out_len = (uint8_t)(*out_len + option->len);
	}
	if (*out_len % 4 != 0)
		return run_fault(run, run->event->line,
			"the options take %u bytes, no multiple of 4", *out_len);
	return true;
}

/* Where an inbound packet comes from and goes to. */
static void address(const struct run_socket *socket, struct tcpsim_segment *segment)
{
	segment->src = socket->remote;
	segment->dst = socket->local;
	segment->src_port = socket->remote_port;
	segment->dst_port = socket->local_port;
	segment->ip_version = tcpsim_addr_is_v4(&segment->src) ? 4 : 6;
	segment->ttl = 255;
}

static uint16_t flags_of(const struct script_packet *packet)
{
	uint16_t flags = packet->flags;

	if (packet->ace > 0)
		flags |= (packet->ace & 1 ? TCPSIM_ECE : 0) | (packet->ace & 2 ? TCPSIM_CWR : 0) |
			 (packet->ace & 4 ? TCPSIM_AE : 0);
	return flags;
}

static bool fill_segment(struct run *run, struct run_socket *socket,
	const struct script_packet *packet, struct tcpsim_segment *segment, uint8_t *options)
{
	bool syn = (packet->flags & TCPSIM_SYN) != 0;
	uint32_t seq = packet->seq + (packet->absolute_seq ? 0 : run_remote_offset(socket, syn));

	*segment = (struct tcpsim_segment){.seq = tcpsim_seq_of(seq),
		.flags = flags_of(packet),
		.window = (uint16_t)packet->window,
		.urgent = packet->urgent,
		.len = packet->payload_len,
		.tos = packet->ip.tos};
	if (packet->flags & TCPSIM_ACK)
		segment->ack = tcpsim_seq_of(packet->ack + run_local_offset(socket, syn));
	else
		segment->ack = tcpsim_seq_of(packet->ack);
	segment->options.raw = options;
	return collect_options(run, socket, packet, options, &segment->options.raw_len);
}

/* Follows what the segment means for the connection, as far as packets are matched by it. */
static void follow(struct run_socket *socket, const struct script_packet *packet)
{
	if (socket->phase == SOCKET_SYNACK_SENT && (packet->flags & TCPSIM_ACK)) {
		socket->phase = SOCKET_SYNACK_ACKED;
	} else if (socket->phase == SOCKET_SYN_SENT &&
		   (packet->flags & (TCPSIM_SYN | TCPSIM_ACK)) == (TCPSIM_SYN | TCPSIM_ACK)) {
		socket->phase = SOCKET_SYN_ACKED;
		socket->script_remote_isn = socket->live_remote_isn = packet->seq;
	}
}

static bool send_bytes(struct run *run, GByteArray *bytes, const struct script_packet *packet)
{
	GBytes *all = g_byte_array_free_to_bytes(bytes);
	GString *text = NULL;
	gsize len;
	const uint8_t *data = g_bytes_get_data(all, &len);
	/* --mss: a device that merges what it receives gives larger packets, made of segments of
	 * this size. */
	bool merged = packet->kind == PACKET_TCP && run->config->mss > 0 &&
		      packet->payload_len > run->config->mss;

	if (run->options->keep_packets) {
		text = g_string_new(NULL);
		format_packet(packet, text);
	}
	run_note_packet(
		run, false, run_now(run), run->event->line, all, text != NULL ? text->str : NULL);
	if (text != NULL)
		g_string_free(text, TRUE);
	run->sut->ops->inject(run->sut, data, len, merged ? run->config->mss : 0);
	g_bytes_unref(all);
	return true;
}

/* The segment's bytes: what stands at its place in the stream. */
static uint8_t *payload_of(struct run_socket *socket, const struct tcpsim_segment *segment)
{
	uint8_t *payload = g_malloc(MAX(segment->len, 1));

	payload_arrives(socket->payload, segment);
	payload_fill(socket->payload, segment->seq.n + ((segment->flags & TCPSIM_SYN) != 0),
		payload, segment->len);
	return payload;
}

/* The peer's acknowledgment, as a place in what the system sends. */
static void note_ack(struct run_socket *socket, const struct tcpsim_segment *segment)
{
	if (segment->flags & TCPSIM_ACK)
		payload_acked(socket->payload, segment->ack.n - socket->live_local_isn - 1);
}

static GByteArray *datagram_of(struct run *run, struct run_socket *socket,
	const struct script_packet *packet, struct tcpsim_segment *segment, uint8_t *options)
{
	uint8_t headers[120], *payload = payload_of(socket, segment);
	GByteArray *bytes = g_byte_array_new();
	size_t len;

	segment->payload = payload;
	segment->header_len = 20 + segment->options.raw_len;
	digest_put(run->config->md5_secret, packet, segment, options);
	len = wire_build_headers(segment, run->ip_id++, false, payload, headers);
	if (packet->has_udp_tunnel)
		len = wire_udp_wrap(headers, len, payload, packet->payload_len, packet->tunnel_src,
			packet->tunnel_dst);
	g_byte_array_append(bytes, headers, (guint)len);
	g_byte_array_append(bytes, payload, segment->len);
	g_free(payload);
	note_ack(socket, segment);
	return bytes;
}

/* The socket a packet belongs to, made if it is the first of a connection. */
static struct run_socket *socket_for(struct run *run, const struct script_packet *packet)
{
	struct run_socket *socket = run->under_test;

	if (packet->kind == PACKET_TCP && (socket == NULL || socket->phase == SOCKET_LISTENING))
		return run_socket_child(run, packet->seq);
	return socket;
}

static bool inbound_tcp(struct run *run, const struct script_packet *packet)
{
	struct run_socket *socket = socket_for(run, packet);
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	struct tcpsim_segment segment;

	follow(socket, packet);
	if (!fill_segment(run, socket, packet, &segment, options))
		return false;
	/* A socket that neither listens nor connects has no peer yet: the packet's sender becomes
	 * one. */
	if (!socket->has_tuple)
		socket = run_socket_child(run, packet->seq);
	address(socket, &segment);
	if (packet->has_ports && packet->src_port != 0)
		segment.src_port = packet->src_port;
	if (packet->has_ports && packet->dst_port != 0)
		segment.dst_port = packet->dst_port;
	if (packet->ip.ttl != 0)
		segment.ttl = packet->ip.ttl;
	if (packet->payload_len > IP_PACKET_MAX - 60 - 60)
		return run_fault(run, run->event->line,
			"a payload of %u bytes does not fit a packet", packet->payload_len);
	if (!run_moves(run, packet->payload_len))
		return false;
	return send_bytes(run, datagram_of(run, socket, packet, &segment, options), packet);
}

/* The start of the datagram that an ICMP error quotes: its IP header and eight bytes. */
static size_t quoted_packet(
	struct run_socket *socket, const struct script_packet *packet, uint8_t *out)
{
	struct tcpsim_segment segment = {.src = socket->local,
		.dst = socket->remote,
		.src_port = socket->local_port,
		.dst_port = socket->remote_port,
		.ip_version = tcpsim_addr_is_v4(&socket->local) ? 4 : 6,
		.ttl = 64,
		.seq = tcpsim_seq_of(packet->seq),
		.flags = TCPSIM_ACK,
		.len = packet->payload_len};

	size_t len;

	if (!packet->absolute_seq)
		segment.seq = tcpsim_seq_add(segment.seq, run_local_offset(socket, false));
	len = wire_build_headers(&segment, 0, true, NULL, out);
	if (packet->has_udp_tunnel) /* so much that the segment's own numbers are there */
		wire_udp_wrap(out, len, NULL, packet->payload_len, packet->tunnel_src,
			packet->tunnel_dst);
	return (segment.ip_version == 4 ? 20 : 40) + (packet->has_udp_tunnel ? 16 : 8);
}

/* A router advertisement carries no packet but times and an MTU option, RFC 4861 §4.2. */
static size_t advertisement(const struct script_packet *packet, uint8_t *out)
{
	memset(out, 0, 16);
	out[8] = 5;
	out[9] = 1;
	put32(out + 12, (uint32_t)packet->icmp_mtu);
	return 16;
}

static bool icmp_numbers(
	struct run *run, const struct script_packet *packet, bool v6, int *type, int *code)
{
	*type = icmp_type_number(packet->icmp_type, v6);
	*code = icmp_code_number(packet->icmp_type, packet->icmp_code, v6);
	if (*type < 0)
		return run_fault(run, run->event->line, "ICMP%s has no type '%s'; write type_N",
			v6 ? "v6" : "", packet->icmp_type);
	if (*code < 0)
		return run_fault(run, run->event->line, "ICMP%s %s has no code '%s'; write code_N",
			v6 ? "v6" : "", packet->icmp_type, packet->icmp_code);
	return true;
}

static bool inbound_icmp(struct run *run, const struct script_packet *packet)
{
	struct run_socket *socket = run->under_test;
	uint8_t quoted[160], out[512];
	uint32_t rest = packet->icmp_mtu >= 0 ? (uint32_t)packet->icmp_mtu
					      : (uint32_t)packet->icmp_id << 16;
	bool v6 = run->config->ip_version == SCRIPT_IPV6;
	int type, code;
	size_t len;

	if (socket == NULL || !socket->has_tuple)
		return run_fail(run, run->event->line,
			"no connection is known that this ICMP message could be about");
	if (!icmp_numbers(run, packet, v6, &type, &code))
		return false;
	if (v6 && type == 134) {
		len = advertisement(packet, quoted);
		rest = 0;
	} else {
		len = quoted_packet(socket, packet, quoted);
	}
	len = wire_build_icmp_error(&socket->remote, &socket->local, (uint8_t)type, (uint8_t)code,
		rest, quoted, len, out, sizeof(out));
	return send_bytes(run, g_byte_array_append(g_byte_array_new(), out, (guint)len), packet);
}

/* Headers of UDP are written here: the stack is a TCP and has none. RFC 768. */
static bool inbound_udp(struct run *run, const struct script_packet *packet)
{
	return run_fault(
		run, run->event->line, "UDP packets are read but not run: tcpsim is a TCP");
}

bool run_inbound(struct run *run, const struct script_packet *packet)
{
	if (packet->encaps != NULL)
		return run_fault(run, run->event->line,
			"outer headers (ipv4, ipv6, gre, mpls) are read but not run");
	if (!run_wait_for_event(run))
		return false;
	if (packet->kind == PACKET_TCP)
		return signature_can_be_made(run, packet) && inbound_tcp(run, packet);
	return packet->kind == PACKET_ICMP ? inbound_icmp(run, packet) : inbound_udp(run, packet);
}
