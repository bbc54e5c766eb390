/* Plain segments, and trains of them. See plain.h. */
#include <host/output.h>
#include <tcp/plain.h>

#include <tcp/delack.h>
#include <tcp/emit.h>
#include <tcp/output.h>
#include <tcp/window.h>
#include <wire/ip.h>
#include <wire/sums.h>

/* What the ACK is and tells, and all that goes with telling it. */
static void begin(struct tcp_tcb *tcb, struct tcp_train *train, uint8_t *headers)
{
	struct tcpsim_host *host = tcb->host;
	struct wire_plain_fields f = {
		.src = &tcb->conn.local,
		.dst = &tcb->conn.remote,
		.src_port = tcb->conn.local_port,
		.dst_port = tcb->conn.remote_port,
		.ack = tcb->rcv.nxt,
		.tos = tcb->settings.tos & ~3u,
		.ttl = tcb->settings.ttl ? tcb->settings.ttl : (uint8_t)host->sys.ttl,
		.dont_fragment =
			tcp_forbids_fragments(host, &tcb->conn.remote, tcb->settings.pmtu_v4),
		.timestamps = tcb->ok.timestamps,
	};

	if (f.timestamps) {
		f.ts_val = tcp_ts_clock(host, tcb->ts.offset);
		f.ts_ecr = tcb->ts.recent;
	}
	/* An ACK that tells of no memory does so once. */
	train->stands = train->many && !(tcb->delack.pending & DELACK_NO_MEMORY);
	f.window = tcp_window_advertise(tcb, false);
	wire_plain_begin(&train->form, &f, headers);
	if (train->stands && headers != train->headers)
		memcpy(train->headers, headers, WIRE_PLAIN_MOST);
}

/* What an event shows is read off the bytes. Apart, so that where nobody listens nothing is. */
static __attribute__((noinline)) void tell(
	const struct tcp_tcb *tcb, const struct tcpsim_packet *packet, enum tcpsim_rule rule)
{
	struct wire_packet out;

	wire_parse_packet(packet, 0, &out);
	out.segment.udp_src_port = out.segment.udp_dst_port = 0;
	out.segment.pmtu_mode = tcb->settings.pmtu_v4;
	tcp_emit_tell(tcb->host, packet, &out.segment,
		&(struct tcp_occasion){tcb->conn.id, tcb->state, rule});
}

/* Its common part is written. */
static void emit(struct tcp_tcb *tcb, const struct wire_plain *form, struct tcpsim_packet *packet,
	uint16_t flags, tcpsim_seq seq, const struct sendq_slice *text, enum tcpsim_rule rule)
{
	struct tcpsim_host *host = tcb->host;
	uint64_t sum = text->data ? sums_of(text->chunk, text->data, text->len) : 0;

	packet->headers_len = (uint16_t)wire_plain_put(
		form, seq, flags, host->ip_id++, text->len, sum, packet->headers);
	packet->chunk = text->chunk ? tcpsim_chunk_ref(text->chunk) : NULL;
	packet->payload = text->data;
	packet->payload_len = text->len;
	packet->interface = tcb->conn.interface;
	packet->sums_good = true;
	host_count(host, COUNTER_OUT_SEGS);
	if (host_listens(host))
		tell(tcb, packet, rule);
	host_send(host, packet);
}

bool tcp_transmit_plain(struct tcp_tcb *tcb, struct tcp_train *train, uint16_t flags,
	tcpsim_seq seq, uint32_t len, enum tcpsim_rule rule)
{
	struct sendq_slice text = {0};
	struct tcpsim_packet *packet;

	if (len)
		text = sendq_slice(&tcb->sendq, seq, len);
	if (text.len != len)
		return false;
	if (output_is_push(tcb, seq, len))
		flags |= TCPSIM_PSH;
	output_note_text(tcb, len);
	packet = tcpsim_packet_new(tcb->host->pool); /* without one: as good as lost on the wire */
	if (!train->stands) {
		begin(tcb, train, packet ? packet->headers : train->headers);
		output_note_ack(tcb, false);
	} else if (packet) { /* those that follow carry the same ACK */
		memcpy(packet->headers, train->headers, WIRE_PLAIN_MOST);
	}
	if (packet)
		emit(tcb, &train->form, packet, flags, seq, &text, rule);
	return true;
}
