/* The `connection` line of `tcpsim replay --json`. */
#include "traces/report/json_connection.h"
#include "base/json_line.h"
#include "traces/capture/reader.h"
#include "traces/observer/why.h"
#include "traces/replay/replay.h"
#include "traces/report/verdict.h"

const char *json_role(const struct flow *f, unsigned side)
{
	return side == flow_client(f) ? "client" : "server";
}

static const char *start_name(const struct flow *f)
{
	if (f->marks & FLOW_START_SYN)
		return "syn";
	return f->marks & FLOW_START_SYN_ACK ? "syn-ack" : "midstream";
}

void json_put_time(struct json_line *j, const struct replay *r, const char *name, int64_t time_ns)
{
	char *absolute = g_strdup_printf("%s_ns", name), *rel = g_strdup_printf("%s_rel_ns", name);

	json_int(j, absolute, time_ns);
	json_int(j, rel, time_ns - r->start_ns);
	g_free(absolute);
	g_free(rel);
}

void json_put_gaps(struct json_line *j, const char *name, const struct flow_side *s)
{
	json_open(j, name, '[');
	for (uint32_t i = 0; s->extra != NULL && i < s->extra->n_gaps; i++)
		json_int(j, NULL, s->extra->gap_ns[i]);
	json_close(j, ']');
}

static void put_us(struct json_line *j, const char *name, uint32_t us)
{
	json_int(j, name, (int64_t)us * 1000);
}

static void put_rtt(struct json_line *j, const struct flow_side_figures *g)
{
	if (g == NULL || g->rtt_samples == 0) {
		json_null(j, "rtt_ns");
		return;
	}
	json_open(j, "rtt_ns", '{');
	put_us(j, "min", g->rtt_min);
	put_us(j, "mean", g->rtt_mean);
	put_us(j, "p95", g->rtt_p95);
	put_us(j, "max", g->rtt_max);
	json_uint(j, "samples", g->rtt_samples);
	json_close(j, '}');
}

static const char *const AGAIN[FLOW_N_AGAIN] = {
	[FLOW_AGAIN_TIMEOUT] = "timeout",
	[FLOW_AGAIN_FAST] = "fast",
	[FLOW_AGAIN_PROBE] = "probe",
	[FLOW_AGAIN_FIN] = "fin",
	[FLOW_AGAIN_NEEDLESS] = "needless",
	[FLOW_AGAIN_PATH_MTU] = "path_mtu",
	[FLOW_AGAIN_FAST_OPEN] = "fast_open",
	[FLOW_AGAIN_UNKNOWN] = "unknown",
};

/* Of the sides from `first` to `last`. */
static void put_again(struct json_line *j, const struct flow *f, unsigned first, unsigned last)
{
	uint32_t n[FLOW_N_AGAIN] = {0}, syn = 0;

	for (unsigned side = first; side <= last; side++) {
		syn += f->side[side].retransmitted;
		for (unsigned i = 0; f->figures != NULL && i < FLOW_N_AGAIN; i++) {
			n[i] += f->figures->side[side].again[i];
			syn -= f->figures->side[side].again[i];
		}
	}
	json_open(j, "retransmissions", '{');
	json_uint(j, "syn", syn);
	for (unsigned i = 0; i < FLOW_N_AGAIN; i++)
		json_uint(j, AGAIN[i], n[i]);
	json_close(j, '}');
}

/* Bits a second of text that was new, over the connection's time. */
static void put_goodput(struct json_line *j, const struct flow *f, uint64_t bytes)
{
	double lasted_s = (double)(f->end_ns - f->start_ns) / 1e9;

	if (lasted_s > 0)
		json_uint(j, "goodput_bps", (uint64_t)((double)bytes * 8 / lasted_s));
	else
		json_null(j, "goodput_bps");
}

static void put_figures(struct json_line *j, const struct flow *f, unsigned side)
{
	const struct flow_side *s = &f->side[side];
	const struct flow_side_figures *g = f->figures ? &f->figures->side[side] : NULL;

	put_rtt(j, g);
	put_goodput(j, f, s->unique_bytes);
	json_uint(j, "in_flight_max", g ? g->in_flight_max : 0);
	json_uint(j, "initial_window", g ? g->initial_window : 0);
	json_uint(j, "window_min", g ? g->window_min : s->window);
	json_uint(j, "window_max", g ? g->window_max : s->window);
	json_int(j, "zero_window_ns", g ? (int64_t)((double)g->zero_window_s * 1e9) : 0);
	if (s->ttl > 0)
		json_uint(j, "ttl", s->ttl);
	else
		json_null(j, "ttl");
	put_again(j, f, side, side);
}

static void put_side(struct json_line *j, const struct flow *f, unsigned side)
{
	const struct flow_side *s = &f->side[side];
	char addr[FLOW_ADDRSTRLEN];

	json_open(j, json_role(f, side), '{');
	json_string(j, "address", flow_addr_text(f, side, addr));
	json_uint(j, "port", flow_port(f, side));
	json_string(j, "state", tcpsim_state_name(s->state));
	json_uint(j, "packets", s->packets);
	json_uint(j, "bytes", s->bytes);
	json_uint(j, "unique_bytes", s->unique_bytes);
	json_uint(j, "syn", s->syn);
	json_uint(j, "fin", s->fin);
	json_uint(j, "rst", s->rst);
	json_uint(j, "retransmitted", s->retransmitted);
	json_uint(j, "out_of_order", s->out_of_order);
	json_uint(j, "dup_acks", s->dup_acks);
	json_uint(j, "zero_windows", s->zero_windows);
	json_uint(j, "keepalives", s->keepalives);
	if (s->seen & FLOW_MSS)
		json_uint(j, "mss", s->mss);
	else
		json_null(j, "mss");
	if (s->seen & FLOW_WSCALE)
		json_uint(j, "window_scale", s->wscale);
	else
		json_null(j, "window_scale");
	json_bool(j, "sack", s->seen & FLOW_SACK);
	json_bool(j, "timestamps", s->seen & FLOW_TIMESTAMPS);
	json_put_gaps(j, "syn_gaps_ns", s);
	put_figures(j, f, side);
	json_close(j, '}');
}

static void put_icmps(struct json_line *j, const GArray *icmps)
{
	char name[32];

	json_open(j, "icmp_errors", '[');
	for (guint i = 0; icmps != NULL && i < icmps->len; i++) {
		const struct observed_icmp *icmp = g_array_index(icmps, struct observed_icmp *, i);
		char *effect = why_icmp_effect(icmp);

		json_open(j, NULL, '{');
		json_uint(j, "packet", icmp->packet);
		json_uint(j, "type", icmp->type);
		json_uint(j, "code", icmp->code);
		json_string(j, "meaning",
			why_icmp_meaning(icmp->family, icmp->type, icmp->code, name, sizeof(name)));
		json_string(j, "effect", effect);
		json_close(j, '}');
		g_free(effect);
	}
	json_close(j, ']');
}

static void put_span(struct json_line *j, const struct replay *r, int64_t from_ns, int64_t to_ns)
{
	json_int(j, "from_ns", from_ns);
	json_int(j, "to_ns", to_ns);
	json_int(j, "from_rel_ns", from_ns - r->start_ns);
	json_int(j, "to_rel_ns", to_ns - r->start_ns);
}

static void put_stalls(struct json_line *j, const struct replay *r, const struct flow *f)
{
	const struct flow_figures *g = f->figures;

	json_open(j, "stalls", '[');
	for (uint32_t i = 0; g != NULL && g->stalls != NULL && i < g->stalls->n; i++) {
		const struct flow_stall *stall = &g->stalls->at[i];

		json_open(j, NULL, '{');
		put_span(j, r, stall->from_ns, stall->to_ns);
		json_uint(j, "packet_before", stall->before);
		json_uint(j, "packet_after", stall->after);
		json_string(j, "side", json_role(f, stall->side));
		json_string(j, "cause", flow_stall_name(stall->cause));
		json_string(j, "certainty", observer_certainty_name(stall->certainty));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_limit(struct json_line *j, const struct replay *r, const struct flow *f,
	unsigned side, const struct flow_interval *stretch)
{
	json_open(j, NULL, '{');
	put_span(j, r, stretch->from_ns, stretch->to_ns);
	json_string(j, "side", json_role(f, side));
	json_string(j, "limit", flow_limit_name(stretch->limit));
	json_string(j, "certainty", observer_certainty_name(stretch->certainty));
	json_close(j, '}');
}

/* Of one that never opened: SYNs that were neither the first nor sent again. */
static uint32_t twins(const struct flow *f)
{
	uint32_t n = 0;

	if (f->figures != NULL)
		return f->figures->captured_twice;
	for (unsigned side = 0; side < 2; side++)
		if (f->side[side].syn > f->side[side].retransmitted + 1)
			n += f->side[side].syn - f->side[side].retransmitted - 1;
	return n;
}

/* The client's direction, then the server's. */
static void put_limits(struct json_line *j, const struct replay *r, const struct flow *f)
{
	const struct flow_figures *g = f->figures;
	unsigned client = flow_client(f);

	json_open(j, "limits", '[');
	for (unsigned i = 0; g != NULL && i < 2; i++) {
		unsigned side = i == 0 ? client : !client;

		for (uint32_t k = 0; k < g->side[side].n_limits; k++)
			put_limit(j, r, f, side, &g->side[side].limits[k]);
	}
	/* Never open: it was the handshake all the time. */
	if ((g == NULL || !g->finished) && f->marks & FLOW_START_SYN)
		put_limit(j, r, f, client,
			&(struct flow_interval){
				f->start_ns, f->end_ns, FLOW_LIMIT_HANDSHAKE, OBSERVER_SEEN});
	json_close(j, ']');
}

static void put_verdict(struct json_line *j, const struct flow *f)
{
	char *text = verdict_text(f);

	json_string(j, "verdict", text);
	g_free(text);
}

void json_put_connection(
	struct json_line *j, const struct replay *r, const struct flow *f, const GArray *icmps)
{
	unsigned client = flow_client(f);

	json_begin(j, "connection");
	json_string(j, "file",
		r->options.shown_as ? r->options.shown_as : capture_path(r->capture, f->file));
	json_uint(j, "connection", f->number);
	json_uint(j, "first_packet", f->first_packet);
	json_uint(j, "packets", (uint64_t)f->side[0].packets + f->side[1].packets);
	json_int(j, "start_ns", f->start_ns);
	json_int(j, "end_ns", f->end_ns);
	json_int(j, "start_rel_ns", f->start_ns - r->start_ns);
	json_int(j, "end_rel_ns", f->end_ns - r->start_ns);
	json_uint(j, "ip", f->ip_version);
	json_string(j, "start", start_name(f));
	json_string(j, "outcome", flow_outcome_name(flow_outcome(f)));
	put_side(j, f, client);
	put_side(j, f, !client);
	if (f->listener != FLOW_NONE)
		json_uint(j, "listener", f->listener);
	else
		json_null(j, "listener");
	put_icmps(j, icmps);
	json_bool(j, "direction_certain", f->marks & FLOW_CLIENT_KNOWN);
	if (f->figures != NULL && f->figures->handshake_rtt > 0)
		put_us(j, "handshake_rtt_ns", f->figures->handshake_rtt);
	else
		json_null(j, "handshake_rtt_ns");
	put_goodput(j, f, MAX(f->side[0].unique_bytes, f->side[1].unique_bytes));
	json_uint(j, "in_flight_max",
		f->figures
			? MAX(f->figures->side[0].in_flight_max, f->figures->side[1].in_flight_max)
			: 0);
	json_uint(j, "captured_twice", twins(f));
	put_again(j, f, 0, 1);
	put_verdict(j, f);
	put_limits(j, r, f);
	put_stalls(j, r, f);
	if (f->marks & FLOW_SIMULTANEOUS)
		json_string(j, "handshake", "simultaneous");
	else
		json_bool(j, "handshake", f->marks & FLOW_HANDSHAKE);
	json_end(j);
}
