/*
 * Retransmission (RFC 6298), tail loss probe (RFC 8985 §7) and reordering (§6) timers: when they
 * are set, and what they do when they fire. Only one of the three runs at a time.
 */
#include <loss/record.h>
#include <tcp/sender.h>
#include <tcp/sender_internal.h>
#include <tcp/sender_send.h>
#include <tcp/sender_timer.h>
#include <tcp/timers.h>

#define PROBE_SLACK (2 * NSEC_PER_MSEC) /* the coarseness of a timer (Linux TCP_TIMEOUT_MIN) */
#define SENDERS                                                                                    \
	(1u << TCPSIM_TIMER_RETRANSMIT | 1u << TCPSIM_TIMER_PROBE | 1u << TCPSIM_TIMER_REORDER)
#define THIN_LINEAR_RETRIES 6
#define THIN_PACKETS	    4

/* 4.4BSD counts slow ticks: N of them have passed at the N-th tick after now. */
static int64_t due(const struct tcp_tcb *tcb, int64_t delay)
{
	int64_t tick = tcb_sys(tcb)->tick, now = tcb_now(tcb);

	return tick ? (now / tick + (delay + tick - 1) / tick) * tick : now + delay;
}

void sender_arm(struct tcp_tcb *tcb, enum tcpsim_timer timer, int64_t delay_ns)
{
	unsigned others = tcb->timers & SENDERS & ~(1u << timer);

	for (unsigned left = others; left; left &= left - 1)
		tcp_timer_drop(tcb, (enum tcpsim_timer)__builtin_ctz(left));
	if (timer != TCPSIM_NTIMERS)
		tcp_timer_set(tcb, timer, due(tcb, delay_ns));
	if (others)
		tcp_timers_settle(tcb);
}

/* Pacing may hold back what the timer waits for. */
static int64_t pacing_delay(const struct tcp_tcb *tcb)
{
	int64_t wait = sender_pace_deadline(tcb) - tcb_now(tcb);

	return wait > 0 ? wait : 0;
}

int64_t sender_rto_from_head(const struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;

	return loss_at(loss, loss->first)->sent_ns + sender_rto(tcb) - tcb_now(tcb);
}

static int64_t capped(const struct tcp_tcb *tcb, int64_t delay)
{
	int64_t most = rtt_ceiling(&tcb->rtt, tcb_sys(tcb));

	return delay < most ? delay : most;
}

void sender_rearm_rto(struct tcp_tcb *tcb, bool from_head)
{
	int64_t delay;

	if (!tcb->loss.packets) {
		sender_arm(tcb, TCPSIM_NTIMERS, 0);
		return;
	}
	delay = sender_rto(tcb);
	if (from_head) {
		delay = sender_rto_from_head(tcb);
		delay = delay < NSEC_PER_USEC ? tcb_sys(tcb)->jiffy : sender_jiffies_up(tcb, delay);
	}
	sender_arm(tcb, TCPSIM_TIMER_RETRANSMIT, capped(tcb, delay + pacing_delay(tcb)));
}

void sender_restart_timer(struct tcp_tcb *tcb)
{
	sender_rearm_rto(tcb, false);
}

bool sender_arm_probe(struct tcp_tcb *tcb, bool advancing)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	const struct tcp_loss *loss = &tcb->loss;
	int64_t delay = sys->rto_initial, rto;

	if (sys->early_retrans < TCPSIM_EARLY_RETRANS_TLP || !loss->packets || !tcb->ok.sack)
		return false;
	if (tcb->state == TCPSIM_SYN_RCVD) /* Fast Open: not before the handshake is done */
		return false;
	if (loss->state != LOSS_OPEN && loss->state != LOSS_CWR)
		return false;
	/* A single segment's ACK may be delayed (RFC 8985 §7.2). */
	if (tcb->rtt.srtt_ns)
		delay = sender_jiffies_up(tcb,
			(int64_t)(tcb->rtt.us.srtt8 >> 2) * NSEC_PER_USEC +
				(loss->packets == 1 ? rtt_floor(&tcb->rtt, sys) : PROBE_SLACK));
	rto = advancing ? sender_rto(tcb) : sender_rto_from_head(tcb);
	if (rto > 0 && sender_jiffies_up(tcb, rto) < delay)
		delay = sender_jiffies_up(tcb, rto);
	sender_arm(tcb, TCPSIM_TIMER_PROBE, capped(tcb, delay + pacing_delay(tcb)));
	return true;
}

/* --- giving up: RFC 1122 §4.2.3.5 --- */

static bool is_orphan(const struct tcp_tcb *tcb)
{
	return !tcb->socket && !tcb->listener;
}

/* How long `retries` timeouts with backoff take from the smallest RTO: a limit in retransmissions
 * taken as a time, so that a connection's own RTO does not change it (Linux). */
static int64_t model_timeout(const struct tcp_tcb *tcb, int64_t retries)
{
	int64_t base = tcb_sys(tcb)->rto_min, most = rtt_ceiling(&tcb->rtt, tcb_sys(tcb)),
		doublings = 0;

	while (base << (doublings + 1) <= most)
		doublings++;
	if (retries <= doublings)
		return ((2ll << retries) - 1) * base;
	return ((2ll << doublings) - 1) * base + (retries - doublings) * most;
}

static bool passed(const struct tcp_tcb *tcb, int64_t retries, int64_t limit)
{
	const struct tcp_sender *s = &tcb->sender;

	if (!s->retransmits)
		return false;
	if (!limit && !sender_recovery(tcb)->limits_are_times)
		return s->retransmits >= retries;
	if (!limit)
		limit = model_timeout(tcb, retries);
	return (tcb_now(tcb) - s->retrans_stamp_ns) / NSEC_PER_MSEC >= limit / NSEC_PER_MSEC;
}

int64_t sender_orphan_retries(const struct tcp_tcb *tcb, bool alive)
{
	int64_t retries = tcb_sys(tcb)->orphan_retries;

	if (tcb->soft_error && !alive)
		retries = 0;
	return retries == 0 && alive ? 8 : retries;
}

static bool gives_up(const struct tcp_tcb *tcb)
{
	int64_t retries = tcb_sys(tcb)->retries_max;
	int64_t user = (int64_t)tcb->settings.user_timeout_ms * NSEC_PER_MSEC;

	if (is_orphan(tcb) && sender_recovery(tcb)->limits_are_times)
		retries = sender_orphan_retries(
			tcb, sender_rto(tcb) < rtt_ceiling(&tcb->rtt, tcb_sys(tcb)));
	return passed(tcb, retries, user);
}

/* --- the retransmission timer --- */

static void count_timeout(struct tcp_tcb *tcb)
{
	struct tcp_sender *s = &tcb->sender;

	if (!s->retransmits) {
		s->rto_recoveries++;
		s->rto_since_ms = sender_now_ms(tcb);
		s->timeouts = true;
	}
	if (s->retransmits < UINT8_MAX)
		s->retransmits++;
	s->total_rto++;
}

static int64_t clamp_to_user_timeout(const struct tcp_tcb *tcb, int64_t rto)
{
	int64_t user = (int64_t)tcb->settings.user_timeout_ms * NSEC_PER_MSEC, left;

	if (!user || !tcb->sender.retrans_stamp_ns)
		return rto;
	left = tcb->sender.retrans_stamp_ns + user - tcb_now(tcb);
	if (left <= 0)
		return NSEC_PER_MSEC;
	return left < rto ? left : rto;
}

static bool is_thin(const struct tcp_tcb *tcb)
{
	return (tcb_sys(tcb)->thin_linear_timeouts || tcb->settings.thin_linear) &&
	       tcb->loss.packets < THIN_PACKETS && tcb->cc.ssthresh < CC_SSTHRESH_INFINITE &&
	       tcb->sender.retransmits <= THIN_LINEAR_RETRIES;
}

/* RFC 9293 §3.8.6.1, MUST-37: a peer that shrank its window to nothing answers these as probes; it
 * is not given up for it while it does answer. */
static bool window_is_kept_closed(const struct tcp_tcb *tcb)
{
	if (tcb->snd.wnd || (is_orphan(tcb) && tcb_sys(tcb)->orphan_window_bounded))
		return false;
	return sender_recovery(tcb)->shut_window_excuses(tcb);
}

static void retransmission_timeout(struct tcp_tcb *tcb, struct sender_verdict *verdict)
{
	struct tcp_sender *s = &tcb->sender;
	bool closed;

	if (!tcb->loss.packets)
		return;
	closed = window_is_kept_closed(tcb);
	if (!closed && gives_up(tcb)) {
		verdict->give_up = true;
		return;
	}
	if (passed(tcb, tcb_sys(tcb)->retries_warn, 0))
		verdict->suspect_path = true;
	sender_recovery(tcb)->timeout(tcb, closed);
	/* Probes of a window: of none of them is there anything to make up for once it opens. */
	if (!closed) {
		count_timeout(tcb);
		host_count(tcb->host, COUNTER_TIMEOUTS);
	}
	s->forced = true;
	s->resend = s->tlp_wanted = false;
	if (!s->retrans_stamp_ns)
		s->retrans_stamp_ns = tcb_now(tcb);
	if (is_thin(tcb))
		sender_backoff_ends(tcb);
	else
		sender_backs_off(tcb);
	sender_arm(tcb, TCPSIM_TIMER_RETRANSMIT, clamp_to_user_timeout(tcb, sender_rto(tcb)));
	verdict->retransmit = true;
	verdict->rule = TCPSIM_RULE_RETRANSMIT_TIMEOUT;
}

void sender_syn_timeout(struct tcp_tcb *tcb)
{
	struct cc_event event = sender_cc_event(tcb);
	struct cc *cc = &tcb->cc;

	if (!sender_recovery(tcb)->syn_counts)
		return;
	if (tcb->ok.fastopen_in) { /* Linux tcp_fastopen_synack_timer: it is the entry's */
		tcb->sender.retransmits++;
		return;
	}
	if (!tcb->sender.retransmits)
		cc->ssthresh = sender_choose_cc(tcb)->ssthresh(cc, CC_TIMEOUT, &event);
	cc->cwnd = 1;
	sender_set_state(tcb, LOSS_LOSS);
	count_timeout(tcb);
	/* Linux tcp_retransmit_timer: SYNs before backoff do not count as such */
	if (tcb->state != TCPSIM_SYN_SENT ||
		tcb->sender.total_rto > tcb_sys(tcb)->syn_linear_timeouts)
		sender_backs_off(tcb);
}

/* --- a window that shuts --- */

/* What is out goes again from SND.UNA once the window opens; it was no congestion. */
void sender_pull_back(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;

	loss_begin_anew(loss);
	loss->high_seq = tcb->snd.nxt;
	tcb->sender.dupacks = 0;
	tcb->sender.timing = tcb->sender.forced = false;
	tcb->sender.retransmits = 0;
	sender_backoff_ends(tcb);
	sender_set_state(tcb, LOSS_LOSS);
	tcb->sender.unlost = true;
	sender_arm(tcb, TCPSIM_NTIMERS, 0);
}

/* --- the probe and reordering timers --- */

static void probe_timeout(struct tcp_tcb *tcb, struct sender_verdict *verdict)
{
	/* At most one probe is out (RFC 8985 §7.3); should none leave, the RTO stands where it
	 * would. */
	sender_rearm_rto(tcb, true);
	if (tcb->loss.tlp || !tcb->loss.packets)
		return;
	tcb->sender.tlp_wanted = true;
	tcb->loss.tlp_retrans = false;
	verdict->retransmit = true;
	verdict->rule = TCPSIM_RULE_RETRANSMIT_PROBE;
}

static void reorder_timeout(struct tcp_tcb *tcb, struct sender_verdict *verdict)
{
	if (sender_recovery(tcb)->reorder_timeout(tcb)) {
		tcb->sender.resend = true;
		verdict->retransmit = true;
		verdict->rule = TCPSIM_RULE_RETRANSMIT_FAST;
	}
	sender_rearm_rto(tcb, true);
}

void sender_timer(struct tcp_tcb *tcb, enum tcpsim_timer which, struct sender_verdict *verdict)
{
	switch (which) {
	case TCPSIM_TIMER_RETRANSMIT: retransmission_timeout(tcb, verdict); break;
	case TCPSIM_TIMER_PROBE: probe_timeout(tcb, verdict); break;
	case TCPSIM_TIMER_REORDER: reorder_timeout(tcb, verdict); break;
	default: break;
	}
}

/* RFC 6069: an unreachable for what was retransmitted says that the timeout was the
 * route's fault. */
void sender_icmp_unreachable(struct tcp_tcb *tcb)
{
	if (sender_recovery(tcb)->route_failed)
		sender_recovery(tcb)->route_failed(tcb);
}
