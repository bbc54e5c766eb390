/* See onlooker.h. */
#include "onlooker.h"
#include "time_units.h"
#include "traces/observer/icmp.h"

#include <string.h>
#include <tcp/options_out.h>

static void saw(void *context, const struct observation *ob)
{
	struct onlooker *o = context;
	unsigned end = flow_port(ob->flow, ob->side) == 80 ? B : A;

	if (ob->before != ob->after)
		g_string_append_printf(o->path[end], " %s", tcpsim_state_name(ob->after));
	else
		g_string_append_printf(o->marks, "%s%s", o->marks->len ? " " : "",
			tcpsim_rule_text(ob->rule)->name);
}

void onlooker_start(struct onlooker *o, uint32_t isn_a, uint32_t isn_b)
{
	memset(o, 0, sizeof(*o));
	o->flows = flow_table_new();
	o->listeners = listeners_new(o->flows);
	observer_init(&o->observer, o->flows, o->listeners);
	o->observer.saw = saw;
	o->observer.context = o;
	o->observer.keep_resets = true;
	o->now_ns = 1000 * NSEC_PER_MSEC;
	o->isn[A] = isn_a;
	o->isn[B] = isn_b;
	o->port_a = 1000;
	o->window[A] = o->window[B] = 8192;
	o->path[A] = g_string_new("CLOSED");
	o->path[B] = g_string_new("CLOSED");
	o->marks = g_string_new(NULL);
}

void onlooker_stop(struct onlooker *o)
{
	observer_clear(&o->observer);
	listeners_free(o->listeners);
	flow_table_free(o->flows);
	g_string_free(o->path[A], TRUE);
	g_string_free(o->path[B], TRUE);
	g_string_free(o->marks, TRUE);
}

void onlooker_wait(struct onlooker *o, int64_t ms)
{
	o->now_ns += ms * NSEC_PER_MSEC;
}

static uint16_t flags_of(const char *text)
{
	static const char letter[] = "FSRP.";
	static const uint16_t bit[] = {TCPSIM_FIN, TCPSIM_SYN, TCPSIM_RST, TCPSIM_PSH, TCPSIM_ACK};
	uint16_t flags = 0;

	for (; *text != '\0'; text++)
		flags |= bit[strchr(letter, *text) - letter];
	return flags;
}

/* The options of its SYN. */
static void offer(const struct onlooker *o, unsigned from, struct tcpsim_options *to,
	uint8_t raw[TCPSIM_MAX_OPTIONS_LEN])
{
	struct tcp_syn_offer its = {.mss = 1460, .sack = true};

	to->present |= TCPSIM_HAS_SACK_PERMITTED | TCPSIM_HAS_MSS;
	to->mss = its.mss;
	to->raw = raw;
	to->raw_len = (uint8_t)tcp_options_syn(o->system[from]->option_order, &its, raw);
}

void onlooker_pass(struct onlooker *o, unsigned from, const char *flags, uint32_t seq, uint32_t ack,
	uint32_t len)
{
	struct wire_packet wire = {.kind = WIRE_TCP};
	struct tcpsim_segment *seg = &wire.segment;
	struct tcpsim_addr addr[2] = {tcpsim_addr_v4(0x0a000001), tcpsim_addr_v4(0x0a000002)};
	uint16_t port[2] = {o->port_a, 80};
	uint8_t raw[TCPSIM_MAX_OPTIONS_LEN];

	o->now_ns += 10 * NSEC_PER_MSEC;
	seg->src = addr[from];
	seg->dst = addr[!from];
	seg->src_port = port[from];
	seg->dst_port = port[!from];
	seg->ip_version = 4;
	seg->ttl = 64;
	seg->flags = flags_of(flags);
	seg->seq = tcpsim_seq_of(o->isn[from] + seq);
	seg->ack = tcpsim_seq_of(seg->flags & TCPSIM_ACK ? o->isn[!from] + ack : 0);
	seg->window = o->window[from];
	seg->len = len;
	if (o->stamps) {
		seg->options.present |= TCPSIM_HAS_TIMESTAMP;
		seg->options.ts_val = (uint32_t)(o->now_ns / NSEC_PER_MSEC) - o->stamp_back;
		seg->options.ts_ecr = o->echo;
	}
	if (o->sack_permitted && seg->flags & TCPSIM_SYN)
		seg->options.present |= TCPSIM_HAS_SACK_PERMITTED;
	if (o->system[from] != NULL && seg->flags & TCPSIM_SYN)
		offer(o, from, &seg->options, raw);
	if (o->has_sack) {
		seg->options.present |= TCPSIM_HAS_SACK;
		seg->options.n_sack = 1;
		seg->options.sack[0].start = tcpsim_seq_add(o->sack.start, o->isn[!from]);
		seg->options.sack[0].end = tcpsim_seq_add(o->sack.end, o->isn[!from]);
	}
	o->stamp_back = 0;
	o->echo = 0;
	o->has_sack = false;
	struct observed_packet packet = {.number = ++o->packet, .time_ns = o->now_ns};
	struct observed_segment seen;

	observer_prepare(&o->observer, &wire, &packet, &seen);
	if (o->ip_id != 0)
		seen.ip_id = o->ip_id++;
	o->flow = observer_take(&o->observer, &seen);
}

void onlooker_too_big(struct onlooker *o, unsigned from, uint32_t seq, uint16_t mtu)
{
	struct wire_packet wire = {.kind = WIRE_ICMP_ERROR};
	struct tcpsim_addr addr[2] = {tcpsim_addr_v4(0x0a000001), tcpsim_addr_v4(0x0a000002)};
	uint16_t port[2] = {o->port_a, 80};
	struct observed_packet packet = {.number = ++o->packet, .time_ns = o->now_ns};

	wire.segment.ip_version = 4;
	wire.icmp.type = 3;
	wire.icmp.code = 4;
	wire.icmp.mtu = mtu;
	wire.icmp.quote.src = addr[from];
	wire.icmp.quote.dst = addr[!from];
	wire.icmp.quote.src_port = port[from];
	wire.icmp.quote.dst_port = port[!from];
	wire.icmp.quote.seq = tcpsim_seq_of(o->isn[from] + seq);
	observer_icmp(&o->observer, &wire, &packet);
}

void onlooker_handshake(struct onlooker *o)
{
	onlooker_pass(o, A, "S", 0, 0, 0);
	onlooker_pass(o, B, "S.", 0, 1, 0);
	onlooker_pass(o, A, ".", 1, 1, 0);
}
