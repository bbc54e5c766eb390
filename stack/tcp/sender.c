/* The sender's life, its window's unit, and what others read of it. See sender.h and
 * sender_internal.h. */
#include <assert.h>
#include <host/output.h>
#include <host/random.h>
#include <loss/dupack.h>
#include <loss/record.h>
#include <string.h>
#include <tcp/sender.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_internal.h>
#include <tcp/sender_send.h>
#include <tcp/state.h>
#include <tcpsim/tcp_info.h>

void sender_event(struct tcp_tcb *tcb, enum tcpsim_rule rule)
{
	const struct cc *cc = &tcb->cc;
	uint32_t unit = cc->bytes ? 1 : cc->mss;
	struct tcpsim_event event;

	if (!host_listens(tcb->host))
		return;
	event = (struct tcpsim_event){
		.kind = TCPSIM_EVENT_CWND,
		.connection = tcb->conn.id,
		.before = tcb->state,
		.after = tcb->state,
		.rule = rule,
	};
	event.cwnd.cwnd_bytes = cc->cwnd * unit;
	event.cwnd.ssthresh_bytes =
		cc->ssthresh == CC_SSTHRESH_INFINITE ? CC_SSTHRESH_INFINITE : cc->ssthresh * unit;
	host_event(tcb->host, &event);
}

uint32_t sender_in_flight(const struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;
	uint32_t out;

	if (!tcb->cc.bytes)
		return loss_in_flight(loss);
	out = tcb_flight(tcb);
	/* Fast recovery without SACK inflates cwnd instead of counting what left
	 * (RFC 5681 §3.2). */
	if (loss->state == LOSS_RECOVERY && !tcb->ok.sack)
		return out;
	out += loss->retrans_bytes;
	return out > loss->sacked_bytes + loss->lost_bytes
		       ? out - loss->sacked_bytes - loss->lost_bytes
		       : 0;
}

struct cc_event sender_cc_event(const struct tcp_tcb *tcb)
{
	return (struct cc_event){
		.now = tcb_now(tcb),
		.idle_ns = tcb->last_sent_ns ? tcb_now(tcb) - tcb->last_sent_ns : 0,
		.in_flight = sender_in_flight(tcb),
		/* RFC 5681 §3.2 (2): without what left on the first duplicates (RFC 3042) */
		.flight = tcb->sender.dupacks ? tcb->sender.dupack_flight : tcb_flight(tcb),
		.snd_nxt = tcb->snd.nxt.n,
		.snd_una = tcb->snd.una.n,
		.snd_wnd = tcb->snd.wnd,
		.flow = sender_flow(tcb),
	};
}

struct cc_flow sender_flow(const struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;
	int64_t ahead = sender_pace_deadline(tcb) - tcb_now(tcb);

	if (!sender_cc_controls(tcb))
		return (struct cc_flow){0};
	return (struct cc_flow){
		.max_pacing_rate = tcb->settings.max_pacing_rate,
		.delivered = loss->delivered,
		.lost = loss->lost_total,
		.delivered_us = loss->delivered_us,
		.in_flight = loss_in_flight(loss),
		.pace_us = ahead > 0 ? (uint32_t)(ahead / NSEC_PER_USEC) : 0,
		.app_limited = loss->app_limited != 0,
	};
}

void sender_set_state(struct tcp_tcb *tcb, enum loss_state state)
{
	tcb->loss.state = (uint8_t)state;
	tcb->cc.recovering = state >= LOSS_RECOVERY;
	tcb->cc.timed_out = state == LOSS_LOSS;
	tcb->sender.unlost = false;
}

void sender_backs_off(struct tcp_tcb *tcb)
{
	if (tcb->rtt.backoff < UINT8_MAX)
		tcb->rtt.backoff++;
	if (tcb_sys(tcb)->whole_segments && tcb->persist_shift < UINT8_MAX)
		tcb->persist_shift++;
}

void sender_backoff_ends(struct tcp_tcb *tcb)
{
	tcb->rtt.backoff = 0;
	if (tcb_sys(tcb)->whole_segments)
		tcb->persist_shift = 0;
}

/* --- birth --- */

const struct cc_ops *sender_choose_cc(const struct tcp_tcb *tcb)
{
	const struct cc_ops *ops = tcb->settings.congestion_control;

	if (!ops)
		ops = cc_find(tcb_sys(tcb)->congestion_control);
	return ops ? ops : &cc_newreno;
}

/* Hands the window as it is to `ops`. Pacing once begun goes on, as on Linux. */
static void begin_cc(struct tcp_tcb *tcb, const struct cc_ops *ops)
{
	struct cc *cc = &tcb->cc;
	struct cc_event event;

	cc->ops = ops; /* what the event tells of the flow depends on it */
	cc->limits_itself = false;
	cc->srtt_us = (uint32_t)(tcb->rtt.srtt_ns / NSEC_PER_USEC);
	if (cc->srtt_us)
		cc->min_rtt_us = sender_min_rtt_us(tcb);
	event = sender_cc_event(tcb);
	if (ops->needs_random)
		event.random = host_random(tcb->host);
	cc_start(cc, ops, &event);
	cc->paced |= ops->wants_pacing;
}

void sender_change_cc(struct tcp_tcb *tcb)
{
	const struct cc_ops *ops = sender_choose_cc(tcb);
	struct cc *cc = &tcb->cc;

	/* Before the handshake's end there is none; and one for two units has two tables. */
	if (!cc->ops || strcmp(cc->ops->name, ops->name) == 0)
		return;
	cc->prior_ssthresh = 0; /* a reduction that the other one made is not undone */
	begin_cc(tcb, ops);
	sender_event(tcb, TCPSIM_RULE_CWND_ALGORITHM);
}

/* A route's bound goes before the socket's, and that before the host's (Linux tcp_rto_min: a locked
 * metric, and ip(8) locks this one always). */
static void apply_bounds(struct tcp_tcb *tcb)
{
	if (tcb->route_rto_min_us)
		tcb->rtt.floor_us = tcb->route_rto_min_us;
	else if (tcb->settings.rto_min_us)
		tcb->rtt.floor_us = tcb->settings.rto_min_us;
	if (tcb->settings.rto_max_ms)
		tcb->rtt.ceiling_ms = tcb->settings.rto_max_ms;
}

void sender_init(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	struct cc *cc = &tcb->cc;

	apply_bounds(tcb);
	loss_init(&tcb->loss, sys, tcb->host->pool);
	cc->bytes = RECOVERIES[sys->recovery]->bytes;
	cc->abc = sys->abc;
	cc->ssthresh_rule = (uint8_t)sys->ssthresh_rule;
	cc->hystart = (uint8_t)sys->hystart;
	cc->mss = tcb->snd.mss ? tcb->snd.mss : (uint32_t)sys->mss_default;
	cc->ssthresh = CC_SSTHRESH_INFINITE;
	cc->cwnd_clamp = cc->bytes ? 65535u << 14 : UINT32_MAX;
	cc->cwnd = sender_initial_window(tcb);
}

/* RFC 6928 §2 in bytes; a route's initcwnd overrules it. A retransmitted SYN leaves one segment
 * (RFC 5681 §3.1). */
uint32_t sender_initial_window(const struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	uint32_t segments =
		tcb->route_initcwnd ? tcb->route_initcwnd : (uint32_t)sys->initial_window;
	uint32_t mss = tcb->cc.mss;

	if (tcb->cc.bytes && sys->initial_window >= 10 && !tcb->route_initcwnd)
		return u32_min(segments * mss, u32_max(2 * mss, 14600));
	return tcb->cc.bytes ? segments * mss : segments;
}

/* Linux tcp_try_undo_spurious_syn: the echo is of the first SYN, which was not lost then. */
static bool first_syn_came(const struct tcp_tcb *tcb, const struct tcpsim_segment *answer)
{
	const struct tcpsim_options *o = &answer->options;
	uint32_t stamp = (uint32_t)(tcb->first_syn_ns / tcb_sys(tcb)->ts_tick) + tcb->ts.offset;

	if (!sender_recovery(tcb)->syn_counts)
		return false;
	/* tcp_packet_delayed: of a SYN,ACK that crossed one no retransmission is remembered any more */
	if (tcb->simultaneous && tcb->ok.sack)
		return true;
	return tcb->first_syn_ns && tcb->ok.timestamps && o->present & TCPSIM_HAS_TIMESTAMP &&
	       o->ts_ecr == stamp;
}

/* RFC 5681 §3.1, RFC 6298 §5.7: what the loss of SYNs says of the path. */
static void heed_syn_losses(struct tcp_tcb *tcb, const struct tcpsim_segment *answer)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	struct cc *cc = &tcb->cc;
	uint32_t lost =
		sender_recovery(tcb)->syn_counts ? tcb->count.retrans_segs : tcb->syn_retransmits;

	if (tcb->syn_retransmits && lost > sys->syn_losses_borne && !first_syn_came(tcb, answer))
		cc->cwnd = cc_segment(cc);
	if (!tcb->rtt.srtt_ns && sys->rto_fallback) /* that is the timeout, backed off or not */
		rtt_fall_back(&tcb->rtt, sys->rto_fallback, tcb->rtt.backoff);
}

void sender_established(struct tcp_tcb *tcb, const struct tcpsim_segment *answer)
{
	struct cc *cc = &tcb->cc;

	apply_bounds(tcb);
	cc->mss = tcb->snd.mss;
	cc->cwnd = sender_initial_window(tcb);
	cc->ssthresh = CC_SSTHRESH_INFINITE; /* SYNs that were lost do not count (Linux
						tcp_init_metrics) */
	tcb->sender.retransmits = 0;
	/* Linux: only a round trip ends backoff (tcp_ack_update_rtt) */
	if (!sender_recovery(tcb)->syn_counts)
		sender_backoff_ends(tcb);
	/* Linux tcp_try_undo_recovery: without SACK the state holds until more is acknowledged */
	if (tcb->loss.state == LOSS_LOSS && tcb->ok.sack)
		sender_set_state(tcb, LOSS_OPEN);
	tcb->loss.high_seq = tcb->snd.nxt;
	heed_syn_losses(tcb, answer);
	/* the SYN, once it is acknowledged; Linux counts one that crossed as sent and as answered */
	tcb->loss.delivered = tcb->state != TCPSIM_SYN_RCVD;
	if (tcb->simultaneous && sender_recovery(tcb)->syn_counts)
		tcb->loss.delivered++;
	tcb->loss.delivered_us = loss_us(tcb_now(tcb));
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	tcb->sender.cwnd_usage_seq = tcb->snd.una;
	cc->paced = tcb->settings.max_pacing_rate || tcb_sys(tcb)->paced_device;
	tcb->settings.congestion_control =
		sender_choose_cc(tcb); /* whatever the host's is later on */
	begin_cc(tcb, tcb->settings.congestion_control);
	sender_update_pacing_rate(tcb);
	mtu_probe_start(tcb);
	sender_event(tcb, TCPSIM_RULE_CWND_INITIAL);
}

bool sender_syn_goes_along(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;

	if (!loss_reserve(loss, 2)) /* and one for what comes behind it */
		return false;
	loss_append(loss, tcb->snd.iss, 1, RECORD_SYN, tcb->crossing_syn_ack_ns);
	if (tcb->syn_retransmits) {
		loss_mark_lost(loss, loss->first);
		loss_resent(loss, loss->first, tcb_now(tcb), true);
	}
	/* what is given up is counted from there (Linux tcp_connect_init) */
	tcb->sender.retrans_stamp_ns = tcb->first_syn_ns ? tcb->first_syn_ns : 1;
	tcb->cc.mss = tcb->snd.mss;
	tcb->settings.congestion_control = sender_choose_cc(tcb);
	begin_cc(tcb, tcb->settings.congestion_control);
	return true;
}

void sender_free(struct tcp_tcb *tcb)
{
	loss_free(&tcb->loss);
}

void sender_rtt_sample(struct tcp_tcb *tcb, int64_t rtt_ns)
{
	uint32_t us = (uint32_t)(rtt_ns / NSEC_PER_USEC);

	if (rtt_ns < 0)
		return;
	rtt_min_sample(&tcb->rtt, tcb_sys(tcb), tcb_now(tcb), us ? us : 1000);
	rtt_sample(&tcb->rtt, tcb_sys(tcb), rtt_ns, tcb->snd.una, tcb->snd.nxt);
	sender_backoff_ends(tcb);
	if (tcb->cc.ops)
		sender_update_pacing_rate(tcb);
}

/* What is too long now is lost, and with one segment of a super-segment all of it (Linux
 * tcp_simple_retransmit). True: something goes again. */
static bool lose_too_long(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;
	bool too_long = false, marked = false;

	for (uint32_t i = loss->first; i != loss_end(loss); i++) {
		const struct loss_record *r = loss_at(loss, i);

		if (!(r->flags & RECORD_JOINED))
			too_long = r->len - !!(r->flags & RECORD_FIN) > tcb->snd.mss;
		if (!too_long)
			continue;
		loss_mark_lost(loss, i);
		marked = true;
	}
	return marked;
}

void sender_mss_changed(struct tcp_tcb *tcb, bool resend)
{
	struct tcp_loss *loss = &tcb->loss;

	if (tcb->cc.bytes && tcb->cc.mss && !loss->packets && tcb->snd.una.n == tcb->snd.iss.n + 1)
		tcb->cc.cwnd = tcb->cc.cwnd / tcb->cc.mss * tcb->snd.mss;
	tcb->cc.mss = tcb->snd.mss;
	if (resend && lose_too_long(tcb))
		sender_resend_all(tcb);
}

/* Nothing of this was congestion: the window stays, only the recovery point is set. */
void sender_resend_all(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;

	tcb->sender.resend = true;
	if (!loss->lost)
		for (uint32_t i = loss->first; i != loss_end(loss); i++)
			loss_mark_lost(loss, i);
	/* What is lost now no duplicate stood for: Linux tcp_limit_reno_sacked. */
	if (!tcb->ok.sack)
		loss_dupacks_limit(loss);
	if (loss->state == LOSS_LOSS) {
		tcb->sender.unlost = true;
		return;
	}
	tcb->cc.ssthresh = sender_current_ssthresh(tcb);
	tcb->cc.prior_ssthresh = 0;
	loss->high_seq = tcb->snd.nxt;
	loss->undo = false;
	sender_set_state(tcb, LOSS_LOSS);
	tcb->sender.unlost = true;
}

/* --- what limits it --- */

static void count_limit(struct tcp_tcb *tcb)
{
	struct tcp_sender *s = &tcb->sender;

	if (s->limit != SENDER_IDLE)
		s->limited_ms[s->limit - 1] += sender_now_ms(tcb) - s->limit_since_ms;
	s->limit_since_ms = sender_now_ms(tcb);
}

void sender_limited_by(struct tcp_tcb *tcb, enum sender_limit limit)
{
	if (limit <= tcb->sender.limit)
		return;
	count_limit(tcb);
	tcb->sender.limit = (uint8_t)limit;
}

void sender_not_limited_by(struct tcp_tcb *tcb, enum sender_limit limit)
{
	bool idle;

	if (tcb->sender.limit == SENDER_IDLE)
		return;
	idle = !tcb->loss.packets && !sender_has_unsent(tcb);
	if (!idle && limit != tcb->sender.limit)
		return;
	count_limit(tcb);
	tcb->sender.limit = idle ? SENDER_IDLE : SENDER_BUSY;
}

void sender_mark_app_limited(struct tcp_tcb *tcb)
{
	uint32_t end = tcb->loss.delivered + loss_in_flight(&tcb->loss);

	tcb->loss.app_limited = end ? end : 1;
}

/* draft-cheng-iccrg-delivery-rate-estimation §3.4: text was lacking, and nothing else held the
 * sender back. */
void sender_text_comes(struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;

	if (tcb->snd.end.n - tcb->snd.nxt.n < tcb->snd.mss &&
		sender_in_flight(tcb) < tcb->cc.cwnd && loss->lost <= loss->retrans)
		sender_mark_app_limited(tcb);
}

/* --- what others read --- */

bool sender_outstanding(const struct tcp_tcb *tcb)
{
	return tcb->loss.packets > 0;
}

bool sender_take_cwr(struct tcp_tcb *tcb)
{
	bool queued = tcb->sender.queue_cwr;

	tcb->sender.queue_cwr = false;
	return queued;
}

int64_t sender_rto(const struct tcp_tcb *tcb)
{
	return rtt_timeout(&tcb->rtt, tcb_sys(tcb), tcb->rtt.backoff);
}

int64_t sender_rto_base(const struct tcp_tcb *tcb)
{
	return rtt_timeout(&tcb->rtt, tcb_sys(tcb), 0);
}

/* Linux's rule: a share of cwnd per round trip, more while slow start doubles it. */
static uint64_t pacing_rate(const struct tcp_tcb *tcb)
{
	const struct cc *cc = &tcb->cc;
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	uint64_t window = cc->bytes ? u32_max(cc->cwnd, tcb_flight(tcb))
				    : (uint64_t)u32_max(cc->cwnd, tcb->loss.packets) * cc->mss;
	uint64_t percent = (uint64_t)(cc->cwnd < cc->ssthresh / 2 ? sys->pacing_ss_ratio
								  : sys->pacing_ca_ratio);
	/* srtt in eighths of a microsecond, as Linux keeps it, so that the rate is Linux's to the
	 * byte */
	uint64_t rate = window * percent * (8000000 / 100);
	uint32_t srtt8 = sys->rtt_method == TCPSIM_RTT_LINUX ? tcb->rtt.us.srtt8
							     : (uint32_t)(tcb->rtt.srtt_ns / 125);

	if (srtt8)
		rate /= srtt8;
	return tcb->settings.max_pacing_rate && rate > tcb->settings.max_pacing_rate
		       ? tcb->settings.max_pacing_rate
		       : rate;
}

void sender_update_pacing_rate(struct tcp_tcb *tcb)
{
	if (!sender_cc_controls(tcb))
		tcb->cc.pacing_rate = pacing_rate(tcb);
}

static uint64_t delivery_rate(const struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;

	if (!loss->rate_interval_us || !loss->rate_delivered)
		return 0;
	return (uint64_t)loss->rate_delivered * tcb->snd.mss * 1000000 / loss->rate_interval_us;
}

static void limits_info(const struct tcp_tcb *tcb, struct tcpsim_tcp_info *info)
{
	const struct tcp_sender *s = &tcb->sender;
	uint64_t spent[SENDER_NLIMITS] = {0}; /* microseconds */

	for (int i = SENDER_BUSY; i < SENDER_NLIMITS; i++)
		spent[i] = s->limited_ms[i - 1] * 1000ull;
	if (s->limit != SENDER_IDLE)
		spent[s->limit] += (sender_now_ms(tcb) - s->limit_since_ms) * 1000ull;
	info->tcpi_rwnd_limited = spent[SENDER_WINDOW_LIMITED];
	info->tcpi_sndbuf_limited = spent[SENDER_BUFFER_LIMITED];
	info->tcpi_busy_time =
		spent[SENDER_BUSY] + spent[SENDER_WINDOW_LIMITED] + spent[SENDER_BUFFER_LIMITED];
}

static bool syn_is_out(const struct tcp_tcb *tcb)
{
	return sender_recovery(tcb)->syn_counts && !tcb->finished &&
	       (tcb->state == TCPSIM_SYN_SENT ||
		       (tcb->state == TCPSIM_SYN_RCVD && tcb->simultaneous));
}

/* Linux tcp_write_queue_purge: the queue is empty, its counts are not. */
static bool syn_was_lost(const struct tcp_tcb *tcb)
{
	bool failed = sender_recovery(tcb)->syn_counts && tcb->state == TCPSIM_CLOSED &&
		      tcb->error && !tcb->handshake_done && !tcb->passive;

	return (failed || syn_is_out(tcb)) && tcb->syn_retransmits;
}

void sender_info(const struct tcp_tcb *tcb, struct tcpsim_tcp_info *info)
{
	const struct tcp_loss *loss = &tcb->loss;
	const struct tcp_sender *s = &tcb->sender;
	const struct cc *cc = &tcb->cc;

	info->tcpi_ca_state = loss->state;
	info->tcpi_retransmits = s->retransmits;
	info->tcpi_backoff = tcb->probing || tcb_sys(tcb)->whole_segments ? tcb->persist_shift
									  : tcb->rtt.backoff;
	info->tcpi_rto = (uint32_t)(sender_rto(tcb) / NSEC_PER_USEC);
	info->tcpi_unacked = loss->packets;
	info->tcpi_sacked = loss->sacked;
	info->tcpi_lost = loss->lost;
	info->tcpi_retrans = loss->retrans;
	if (tcb->state == TCPSIM_CLOSED && tcb->error) /* Linux tcp_write_queue_purge */
		info->tcpi_unacked = info->tcpi_backoff = 0;
	/* a SYN has no record here, but is a segment as any other */
	info->tcpi_unacked += syn_is_out(tcb);
	info->tcpi_lost += syn_was_lost(tcb);
	info->tcpi_retrans += syn_was_lost(tcb);
	info->tcpi_rtt = (uint32_t)(tcb->rtt.srtt_ns / NSEC_PER_USEC);
	info->tcpi_rttvar = (uint32_t)(tcb->rtt.rttvar_ns / NSEC_PER_USEC);
	info->tcpi_snd_cwnd = cc->bytes ? cc->cwnd / (cc->mss ? cc->mss : 1) : cc->cwnd;
	info->tcpi_snd_ssthresh = cc->ssthresh;
	if (cc->bytes && cc->ssthresh != CC_SSTHRESH_INFINITE)
		info->tcpi_snd_ssthresh = cc->ssthresh / (cc->mss ? cc->mss : 1);
	info->tcpi_reordering = loss->reordering;
	info->tcpi_reord_seen = loss->reord_seen;
	info->tcpi_dsack_dups = loss->dsack_dups;
	info->tcpi_min_rtt = sender_min_rtt_us(tcb);
	info->tcpi_delivered = loss->delivered;
	info->tcpi_delivery_rate = delivery_rate(tcb);
	info->tcpi_delivery_rate_app_limited = loss->rate_app_limited;
	info->tcpi_pacing_rate = sender_cc_controls(tcb) ? cc->pacing_rate : pacing_rate(tcb);
	info->tcpi_max_pacing_rate =
		tcb->settings.max_pacing_rate ? tcb->settings.max_pacing_rate : UINT64_MAX;
	info->tcpi_total_rto = s->total_rto;
	info->tcpi_total_rto_recoveries = s->rto_recoveries;
	info->tcpi_total_rto_time = s->total_rto_ms;
	if (s->timeouts)
		info->tcpi_total_rto_time += sender_now_ms(tcb) - s->rto_since_ms;
	limits_info(tcb, info);
}

void sender_check(const struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;
	bool syn_has_record = loss->packets && loss_at(loss, loss->first)->flags & RECORD_SYN;
	/* else it has none, and the text on it has */
	tcpsim_seq from = tcpsim_seq_add(tcb->snd.iss, !syn_has_record);

	loss_check(loss, tcpsim_seq_max(tcb->snd.una, from), tcb->snd.nxt,
		tcb->ok.sack || tcb->cc.bytes);
	assert(tcb->cc.cwnd >= 1);
	assert(tcb->loss.state <= LOSS_LOSS);
}
