/*
 * Packets that the system sends: the next one of the connection is held against what the script
 * expects.
 *
 * Packets of other connections pass unseen, as in packetdrill. google's dialect takes several live
 * segments of one size for one larger expected one unless --strict_segments; nplab's does not.
 */
#include "script/run/outbound.h"
#include "script/run/match.h"
#include "script/run/run.h"
#include "script/run/signature.h"
#include "script/run/state.h"
#include "time_units.h"
#include "wire/ip.h"
#include "wire/tunnel.h"
#include "wire/wire.h"
#include <string.h>

/* How long after the expected time a packet is still waited for, so that the report can tell when
 * it came. */
#define PATIENCE (2 * NSEC_PER_SEC)
/* And at most for one that may come at any time. */
#define ANY_TIME_PATIENCE (24 * 3600 * NSEC_PER_SEC)

void run_note_packet(
	struct run *run, bool outbound, int64_t time_ns, int line, GBytes *bytes, const char *text)
{
	struct script_crossing *crossing = g_new0(struct script_crossing, 1);

	crossing->time_ns = time_ns;
	crossing->outbound = outbound;
	crossing->line = line;
	if (run->options->keep_packets) {
		crossing->text = g_strdup(text);
		crossing->bytes = g_bytes_ref(bytes);
	}
	g_ptr_array_add(run->result->packets, crossing);
}

static bool same_pair(const struct run_socket *socket, const struct tcpsim_segment *segment)
{
	return tcpsim_addr_eq(&socket->local, &segment->src) &&
	       tcpsim_addr_eq(&socket->remote, &segment->dst);
}

static bool is_of(const struct run_socket *socket, const struct wire_packet *live,
	const struct script_packet *expected)
{
	if (!socket->has_tuple || !same_pair(socket, &live->segment))
		return false;
	if (live->kind == WIRE_ICMP_ERROR || live->kind == WIRE_ICMP_OTHER)
		return expected->kind == PACKET_ICMP;
	return live->kind == WIRE_TCP && socket->local_port == live->segment.src_port &&
	       socket->remote_port == live->segment.dst_port;
}

/* A SYN that an earlier connection of the script sends again. */
static bool is_of_another(const struct run *run, const struct run_socket *socket,
	const struct tcpsim_segment *segment)
{
	for (guint i = 0; i < run->sockets->len; i++) {
		const struct run_socket *other = run->sockets->pdata[i];

		if (other != socket && other->has_tuple && same_pair(other, segment) &&
			other->local_port == segment->src_port &&
			other->remote_port == segment->dst_port)
			return true;
	}
	return false;
}

/* The SYN of connect(): tells which address and port the system has chosen. */
static bool learns_from(struct run *run, struct run_socket *socket, const struct wire_packet *live)
{
	const struct tcpsim_segment *segment = &live->segment;

	if (socket->phase != SOCKET_SYN_SENT || live->kind != WIRE_TCP ||
		(segment->flags & (TCPSIM_SYN | TCPSIM_ACK)) != TCPSIM_SYN)
		return false;
	if (!tcpsim_addr_eq(&segment->dst, &run->config->remote) ||
		segment->dst_port != run->config->connect_port)
		return false;
	if (socket->has_tuple || is_of_another(run, socket, segment))
		return false;
	socket->local = segment->src;
	socket->local_port = segment->src_port;
	socket->remote = segment->dst;
	socket->remote_port = segment->dst_port;
	socket->live_local_isn = segment->seq.n;
	socket->has_tuple = true;
	return true;
}

/* Parses what was sent; TCP in UDP is taken out of it (*bytes becomes the plain datagram). */
static void parse_sent(struct run *run, GBytes **bytes, struct wire_packet *live)
{
	gsize len;
	const uint8_t *data = g_bytes_get_data(*bytes, &len);
	uint16_t src, dst;
	uint8_t *plain;

	wire_parse(data, len, WIRE_SUMS, live);
	live->segment.udp_src_port = live->segment.udp_dst_port = 0;
	if (live->kind != WIRE_OTHER_PROTO || !run->config->udp_tunnel)
		return;
	plain = g_memdup2(data, len);
	if (!wire_udp_unwrap(plain, &len, &src, &dst)) {
		g_free(plain);
		return;
	}
	g_bytes_unref(*bytes);
	*bytes = g_bytes_new_take(plain, len);
	wire_parse(plain, len, WIRE_SUMS, live);
	live->segment.udp_src_port = src;
	live->segment.udp_dst_port = dst;
}

/* The next packet of the connection, parsed; its bytes are the caller's. NULL after `until_ns`. */
static GBytes *sniff(struct run *run, const struct script_packet *expected, int64_t until_ns,
	struct wire_packet *live, int64_t *time_ns)
{
	struct run_socket *socket = run->under_test;

	for (;;) {
		GBytes *bytes = run->sut->ops->sent(run->sut, time_ns);

		if (bytes == NULL) {
			enum sut_wake wake = run_advance(run, until_ns, SUT_WANT_PACKET);

			if (run->stopped || wake != SUT_PACKET)
				return NULL;
			continue;
		}
		parse_sent(run, &bytes, live);
		if (is_of(socket, live, expected) || learns_from(run, socket, live))
			return bytes;
		run_note_packet(run, true, *time_ns, 0, bytes, NULL);
		g_bytes_unref(bytes);
	}
}

/* What the script's packet tells about the connection before anything is compared. */
static struct run_socket *prepare(struct run *run, const struct script_packet *packet)
{
	struct run_socket *socket = run->under_test;

	if (packet->kind != PACKET_TCP || socket == NULL)
		return socket;
	if (socket->phase == SOCKET_CONNECTING &&
		(packet->flags & (TCPSIM_SYN | TCPSIM_ACK)) == TCPSIM_SYN) {
		socket->phase = SOCKET_SYN_SENT;
		socket->script_local_isn = packet->seq;
	}
	if (socket->phase == SOCKET_PACKET_RECEIVED && !packet->any_seq &&
		(packet->flags & (TCPSIM_SYN | TCPSIM_ACK)) == (TCPSIM_SYN | TCPSIM_ACK))
		socket->script_local_isn = packet->seq;
	return socket;
}

static void learn_synack(struct run_socket *socket, const struct script_packet *packet,
	const struct tcpsim_segment *live)
{
	if (socket->phase != SOCKET_PACKET_RECEIVED ||
		(packet->flags & (TCPSIM_SYN | TCPSIM_ACK)) != (TCPSIM_SYN | TCPSIM_ACK))
		return;
	socket->phase = SOCKET_SYNACK_SENT;
	socket->live_local_isn = live->seq.n;
}

static int64_t sniff_until(struct run *run)
{
	if (run->event->time == TIME_ANY)
		return run_now(run) + ANY_TIME_PATIENCE;
	return MAX(MAX(run->at_ns, run->at_end_ns), run_now(run)) + PATIENCE;
}

static bool fail_nothing_came(struct run *run, const struct script_packet *packet)
{
	GString *text;

	if (run->stopped)
		return false;
	text = g_string_new(NULL);
	match_expected_text(packet, text);
	run_fail(run, run->event->line,
		"expected `%s`, but nothing was sent until %" G_GINT64_FORMAT ".%06d s", text->str,
		run_now(run) / NSEC_PER_SEC, (int)(run_now(run) % NSEC_PER_SEC / 1000));
	g_string_free(text, TRUE);
	return false;
}

/* The packet came but is another: fails, or warns with --non_fatal=packet. */
static bool differs(struct run *run, const struct match *match)
{
	if (run->config->non_fatal_packet) {
		g_ptr_array_add(run->result->warnings,
			g_strdup_printf("%d: %s", run->event->line, match->summary->str));
		return true;
	}
	g_free(run->result->detail);
	run->result->detail = g_strdup(match->detail->str);
	return run_fail(run, run->event->line, "%s", match->summary->str);
}

/* One or several live segments that together are as long as the expected one. */
static bool collect(struct run *run, const struct script_packet *packet, struct match *match)
{
	bool several = packet->kind == PACKET_TCP && !run->config->strict_segments;

	do {
		struct wire_packet live;
		int64_t time_ns;
		GBytes *bytes = sniff(run, packet, sniff_until(run), &live, &time_ns);
		GString *text;

		if (bytes == NULL)
			return fail_nothing_came(run, packet);
		if (live.kind == WIRE_TCP) {
			learn_synack(run->under_test, packet, &live.segment);
			payload_answered(run->under_test->payload, &live.segment);
		}
		text = g_string_new(NULL);
		if (run->options->keep_packets)
			match_live_text(run->under_test, &live, text);
		run_note_packet(run, true, time_ns, run->event->line, bytes, text->str);
		g_string_free(text, TRUE);
		match_add(match, &live, bytes, time_ns);
		g_bytes_unref(bytes);
	} while (several && match_wants_more(match, packet));
	return true;
}

/*
 * A train of segments takes its time to pass, a full one a microsecond at 10 Gbit/s; in virtual time
 * a host sends it in one instant. What answers the train comes after it. Were it not so, the round
 * trip of a train would be no longer than that of a single segment, to the nanosecond, and who tells
 * the two apart would see a tie that no wire makes: RACK, by RFC 8985 §6.2 step 2, takes an ACK of a
 * retransmission that came sooner than any round trip for one of the original.
 */
static void let_train_pass(struct run *run, const struct match *match)
{
	int64_t passed_ns = match->time_ns + (int64_t)(match->segments - 1) * NSEC_PER_USEC;

	if (match->segments > 1 && run_now(run) < passed_ns)
		run_advance(run, passed_ns, 0);
}

bool run_outbound(struct run *run, const struct script_packet *packet)
{
	struct match match;
	bool ok;

	if (packet->encaps != NULL || packet->kind == PACKET_UDP)
		return run_fault(run, run->event->line,
			"only TCP and ICMP packets without outer headers are run");
	if (!signature_can_be_made(run, packet))
		return false;
	if (prepare(run, packet) == NULL)
		return run_fail(run, run->event->line,
			"no connection is known that could send this packet");
	match_init(&match, run->under_test, run->config, run->at_ns);
	ok = collect(run, packet, &match);
	if (ok && !match_compare(&match, packet))
		ok = differs(run, &match);
	if (ok && !run_check_time(run, run->event, run->at_ns, run->at_end_ns, match.time_ns,
			  run->last_event != NULL ? run->last_at_ns : -1, "outbound packet")) {
		ok = run->config->non_fatal_packet;
		if (ok) {
			g_ptr_array_add(run->result->warnings,
				g_strdup_printf("%d: %s", run->event->line, run->result->message));
			g_clear_pointer(&run->result->message, g_free);
			run->result->verdict = SCRIPT_PASS;
			run->result->line = 0;
			run->stopped = false;
		}
	}
	if (ok)
		let_train_pass(run, &match);
	match_clear(&match);
	return ok;
}
