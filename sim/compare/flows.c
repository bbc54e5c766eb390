#include "compare/flows.h"
#include "wire/ip.h"

static void flow_free(void *data)
{
	struct flow *flow = data;

	g_array_unref(flow->out);
	g_free(flow);
}

/* Who is whose peer: an ICMP error belongs to the connection that it quotes, from
 * the other side. */
static bool ends_of(const struct wire_packet *p, bool outbound, struct flow *key)
{
	const struct tcpsim_segment *s = &p->segment;

	if (p->kind == WIRE_TCP) {
		*key = outbound ? (struct flow){.local = s->src,
					  .remote = s->dst,
					  .local_port = s->src_port,
					  .remote_port = s->dst_port}
				: (struct flow){.local = s->dst,
					  .remote = s->src,
					  .local_port = s->dst_port,
					  .remote_port = s->src_port};
		return true;
	}
	if (p->kind != WIRE_ICMP_ERROR)
		return false;
	*key = outbound ? (struct flow){.local = p->icmp.quote.dst,
				  .remote = p->icmp.quote.src,
				  .local_port = p->icmp.quote.dst_port,
				  .remote_port = p->icmp.quote.src_port}
			: (struct flow){.local = p->icmp.quote.src,
				  .remote = p->icmp.quote.dst,
				  .local_port = p->icmp.quote.src_port,
				  .remote_port = p->icmp.quote.dst_port};
	return true;
}

static int flow_of(struct flows *flows, const struct flow *key)
{
	struct flow *flow;

	for (guint i = 0; i < flows->all->len; i++) {
		flow = g_ptr_array_index(flows->all, i);
		if (flow->local_port == key->local_port && flow->remote_port == key->remote_port &&
			tcpsim_addr_eq(&flow->remote, &key->remote) &&
			tcpsim_addr_eq(&flow->local, &key->local))
			return (int)i;
	}
	flow = g_new0(struct flow, 1);
	*flow = *key;
	flow->out = g_array_new(FALSE, FALSE, sizeof(guint));
	g_ptr_array_add(flows->all, flow);
	return (int)flows->all->len - 1;
}

static void learn(struct flow *flow, const struct wire_packet *p, bool outbound, guint entry)
{
	const struct tcpsim_segment *s = &p->segment;

	if (outbound)
		g_array_append_val(flow->out, entry);
	if (p->kind != WIRE_TCP)
		return;
	/* A new SYN of the system's own is a new incarnation of the connection. */
	if (outbound && (!flow->has_iss || (s->flags & TCPSIM_SYN))) {
		flow->has_iss = true;
		flow->iss = s->seq;
	}
	if (!outbound && !flow->has_irs) {
		flow->has_irs = true;
		flow->irs = s->seq;
	}
	if (outbound && !flow->has_ts && (s->options.present & TCPSIM_HAS_TIMESTAMP)) {
		flow->has_ts = true;
		flow->first_ts = s->options.ts_val;
	}
}

struct flows *flows_new(const struct account *account)
{
	struct flows *flows = g_new0(struct flows, 1);

	flows->all = g_ptr_array_new_with_free_func(flow_free);
	flows->of = g_array_new(FALSE, FALSE, sizeof(int));
	flows->iss = g_array_new(FALSE, TRUE, sizeof(tcpsim_seq));
	g_array_set_size(flows->iss, account->entries->len);
	flows->packets = g_array_new(FALSE, TRUE, sizeof(struct wire_packet));
	g_array_set_size(flows->packets, account->entries->len);
	for (guint i = 0; i < account->entries->len; i++) {
		const struct account_entry *e = g_ptr_array_index(account->entries, i);
		struct wire_packet *p = &g_array_index(flows->packets, struct wire_packet, i);
		struct flow key;
		int at = -1;

		if (e->bytes != NULL) {
			gsize len;
			const uint8_t *bytes = g_bytes_get_data(e->bytes, &len);

			wire_parse(bytes, len, WIRE_SUMS, p);
			if (ends_of(p, e->kind == ACCOUNT_OUT, &key)) {
				at = flow_of(flows, &key);
				learn(g_ptr_array_index(flows->all, (guint)at), p,
					e->kind == ACCOUNT_OUT, i);
				g_array_index(flows->iss, tcpsim_seq, i) =
					((struct flow *)g_ptr_array_index(flows->all, (guint)at))
						->iss;
			}
		}
		g_array_append_val(flows->of, at);
	}
	return flows;
}

void flows_free(struct flows *flows)
{
	g_ptr_array_unref(flows->all);
	g_array_unref(flows->of);
	g_array_unref(flows->iss);
	g_array_unref(flows->packets);
	g_free(flows);
}
