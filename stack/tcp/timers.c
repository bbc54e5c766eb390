#include <host/output.h>
#include <host/wheel.h>
#include <tcp/timers.h>

#include <errno.h>
#include <tcp/delack.h>
#include <tcp/fastopen.h>
#include <tcp/fastopen_client.h>
#include <tcp/output.h>
#include <tcp/persist.h>
#include <tcp/pmtu.h>
#include <tcp/probes.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_timer.h>
#include <tcp/state.h>
#include <tcp/timewait.h>
#include <tcp/window.h>
#include <time_units.h>

static struct tcp_tcb *tcb_of(struct wheel_timer *wheel)
{
	return (struct tcp_tcb *)((char *)wheel - offsetof(struct tcp_tcb, wheel));
}

static int64_t nearest(const struct tcp_tcb *tcb)
{
	int64_t due = TCP_NEVER;

	for (int i = 0; i < TCPSIM_NTIMERS; i++)
		if (tcb->deadline[i] < due)
			due = tcb->deadline[i];
	return due;
}

static void rearm(struct tcp_tcb *tcb)
{
	int64_t due_ns = nearest(tcb);

	if (due_ns == TCP_NEVER)
		wheel_cancel(tcb->host, &tcb->wheel);
	else
		wheel_arm(tcb->host, &tcb->wheel, due_ns);
}

/* Apart, so that where nobody listens no event is begun. */
static __attribute__((noinline)) void tell(
	struct tcp_tcb *tcb, enum tcpsim_event_kind kind, enum tcpsim_timer timer)
{
	struct tcpsim_event event = {.kind = kind,
		.connection = tcb->conn.id,
		.before = tcb->state,
		.after = tcb->state,
		.timer = timer};

	if (kind == TCPSIM_EVENT_TIMER_SET)
		event.deadline_ns = tcb->deadline[timer];
	host_event(tcb->host, &event);
}

static inline void note(struct tcp_tcb *tcb, enum tcpsim_event_kind kind, enum tcpsim_timer timer)
{
	if (host_listens(tcb->host))
		tell(tcb, kind, timer);
}

/*
 * The wheel's entry follows lazily: it is never due later than the nearest deadline, and is taken
 * out when none is left. One that is due too early, as its timer was stopped or put off while
 * another runs, finds nothing due when it comes, and moves on (tcp_timers_fire).
 */
void tcp_timer_change(struct tcp_tcb *tcb, enum tcpsim_timer timer, int64_t due_ns)
{
	if (due_ns == TCP_NEVER) {
		tcp_timer_drop(tcb, timer);
		tcp_timers_settle(tcb);
		return;
	}
	/* What has ended waits for nothing: text may still be read of it, which no ACK would
	 * answer. */
	if (tcb->state == TCPSIM_CLOSED)
		return;
	tcb->deadline[timer] = due_ns;
	tcb->timers |= (uint16_t)(1u << timer);
	note(tcb, TCPSIM_EVENT_TIMER_SET, timer);
	if (!tcb->wheel.armed_ns || due_ns < tcb->wheel.due_ns)
		wheel_arm(tcb->host, &tcb->wheel, due_ns);
}

void tcp_timer_drop(struct tcp_tcb *tcb, enum tcpsim_timer timer)
{
	tcb->deadline[timer] = TCP_NEVER;
	tcb->timers &= (uint16_t) ~(1u << timer);
	note(tcb, TCPSIM_EVENT_TIMER_STOPPED, timer);
}

void tcp_timers_settle(struct tcp_tcb *tcb)
{
	if (!tcb->timers)
		wheel_cancel(tcb->host, &tcb->wheel);
}

/* 4.4BSD counts slow ticks down: N of them have passed when the N-th tick after now comes. */
int64_t tcp_tick_deadline(const struct tcpsim_host *host, int64_t delay_ns)
{
	int64_t tick = host->sys.tick;

	if (!tick)
		return host->now + delay_ns;
	return (host->now / tick + (delay_ns + tick - 1) / tick) * tick;
}

void tcp_timer_start(struct tcp_tcb *tcb, enum tcpsim_timer timer, int64_t delay_ns)
{
	tcp_timer_set(tcb, timer, tcp_tick_deadline(tcb->host, delay_ns));
}

void tcp_timers_stop_all(struct tcp_tcb *tcb)
{
	for (int i = 0; tcb->timers && i < TCPSIM_NTIMERS; i++) {
		if (tcp_timer_runs(tcb, (enum tcpsim_timer)i))
			tcp_timer_drop(tcb, (enum tcpsim_timer)i);
	}
	wheel_cancel(tcb->host, &tcb->wheel);
}

/* --- SYN and SYN,ACK --- */

/* How often it ran out: what went again as the path had no room for it is none of the tries (Linux
 * tcp_simple_retransmit). */
static unsigned syn_timeouts(const struct tcp_tcb *tcb)
{
	return tcb->syn_retransmits - (unsigned)(tcb->fastopen && tcb->fastopen->shrunk);
}

static int64_t within_user_timeout(const struct tcp_tcb *tcb, int64_t delay)
{
	int64_t limit = (int64_t)tcb->settings.user_timeout_ms * NSEC_PER_MSEC;
	int64_t left = tcb->first_syn_ns + limit - tcb_now(tcb);

	if (!limit || left >= delay)
		return delay;
	return left > tcb_sys(tcb)->jiffy ? left : tcb_sys(tcb)->jiffy;
}

void tcp_syn_timer_start(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	bool active = tcb->state == TCPSIM_SYN_SENT;
	int64_t delay = rtt_syn_timeout(sys, active ? sys->syn_rto : sys->synack_rto,
		syn_timeouts(tcb), active ? (unsigned)sys->syn_linear_timeouts : 0);

	if (syn_timeouts(tcb)) /* Linux tcp_clamp_rto_to_user_timeout, when it has fired once */
		delay = within_user_timeout(tcb, delay);
	tcp_timer_start(tcb, TCPSIM_TIMER_RETRANSMIT, delay);
}

static void give_up(struct tcp_tcb *tcb, enum tcpsim_rule rule)
{
	/* RFC 1122 §4.2.3.5: what ICMP said meanwhile is the better answer. */
	tcb_end(tcb, tcb->soft_error ? tcb->soft_error : ETIMEDOUT, rule);
}

static unsigned syn_limit(const struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);

	if (tcb->state == TCPSIM_SYN_RCVD)
		return (unsigned)sys->synack_retries;
	if (tcb->settings.syn_retries)
		return tcb->settings.syn_retries + (unsigned)sys->syn_linear_timeouts;
	return sys->syn_retries ? (unsigned)(sys->syn_retries + sys->syn_linear_timeouts)
				: UINT32_MAX;
}

/* Linux retransmits_timed_out: SYNs before backoff do not make the whole longer than backoff alone
 * would. */
static bool syn_time_is_up(const struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	int64_t n = tcb->settings.syn_retries ? tcb->settings.syn_retries : sys->syn_retries,
		total = 0;

	if (tcb->state != TCPSIM_SYN_SENT || !sys->syn_linear_timeouts)
		return false;
	for (unsigned i = 0; i <= n; i++)
		total += rtt_syn_timeout(sys, sys->syn_rto, i, 0);
	return tcb_now(tcb) - tcb->first_syn_ns >= total;
}

static bool user_timeout_passed(const struct tcp_tcb *tcb)
{
	int64_t limit = (int64_t)tcb->settings.user_timeout_ms * NSEC_PER_MSEC;

	return limit && syn_timeouts(tcb) && tcb_now(tcb) - tcb->first_syn_ns >= limit;
}

static void syn_timeout(struct tcp_tcb *tcb)
{
	if (syn_timeouts(tcb) >= syn_limit(tcb) || syn_time_is_up(tcb) ||
		user_timeout_passed(tcb)) {
		host_count(tcb->host, COUNTER_TIMEOUTS);
		give_up(tcb, TCPSIM_RULE_CONNECT_GIVE_UP);
		return;
	}
	sender_syn_timeout(tcb);
	host_count(tcb->host, COUNTER_TIMEOUTS);
	host_count(tcb->host, COUNTER_SYN_RETRANS);
	host_count(tcb->host, COUNTER_RETRANS_SEGS);
	tcb->syn_retransmits++;
	tcb->count.retrans_segs++;
	fastopen_client_timeout(tcb);
	tcp_send_syn(tcb, tcb->state == TCPSIM_SYN_SENT ? TCPSIM_RULE_RETRANSMIT_SYN
							: TCPSIM_RULE_RETRANSMIT_SYN_ACK);
	tcp_syn_timer_start(tcb);
}

/* --- text --- */

static void sender_timeout(struct tcp_tcb *tcb, enum tcpsim_timer which)
{
	struct sender_verdict verdict = {.rtt_ns = -1};

	if (which == TCPSIM_TIMER_RETRANSMIT)
		pmtu_timeout(tcb); /* cwnd becomes a segment of what size that makes them */
	sender_timer(tcb, which, &verdict);
	if (verdict.give_up) {
		if (tcb_sys(tcb)->reset_on_give_up)
			tcp_send_reset(tcb, TCPSIM_RULE_RST_GIVE_UP);
		give_up(tcb, TCPSIM_RULE_TIMER_GIVE_UP);
		return;
	}
	if (verdict.suspect_path)
		pmtu_suspect_black_hole(tcb);
	tcp_output_timer(tcb);
}

static void retransmit_timeout(struct tcp_tcb *tcb)
{
	bool handshake = tcb->state == TCPSIM_SYN_SENT || tcb->state == TCPSIM_SYN_RCVD;

	fastopen_client_suspect(tcb, handshake ? tcb->syn_retransmits : tcb->sender.retransmits);
	if (handshake)
		syn_timeout(tcb);
	else
		sender_timeout(tcb, TCPSIM_TIMER_RETRANSMIT);
}

/* --- persist --- */

/* Linux inet_csk_rto_backoff: probes back off from a timeout that may have been backed off, and stays
 * so until a round trip is known. */
static int64_t probe_interval(const struct tcp_tcb *tcb, unsigned shift)
{
	unsigned earlier = tcb_sys(tcb)->whole_segments ? tcb->rtt.backoff : 0;

	return rtt_timeout(&tcb->rtt, tcb_sys(tcb), earlier + shift);
}

static int64_t persist_delay(const struct tcp_tcb *tcb, unsigned shift)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	int64_t delay = probe_interval(tcb, shift);

	if (delay < sys->persist_min)
		delay = sys->persist_min;
	return delay > sys->persist_max ? sys->persist_max : delay;
}

static void arm_persist(struct tcp_tcb *tcb, unsigned shift)
{
	if (tcp_timer_runs(tcb, TCPSIM_TIMER_PERSIST) || tcp_timer_runs(tcb, TCPSIM_TIMER_PACE))
		return;
	if (!tcb->probing) {
		tcb->probing = true;
		if (!tcb_sys(tcb)->whole_segments)
			tcb->persist_shift = 0;
		tcb->zero_window_since_ns = tcb_now(tcb);
	}
	tcp_timer_start(tcb, TCPSIM_TIMER_PERSIST, persist_delay(tcb, shift));
}

void tcp_persist_start(struct tcp_tcb *tcb)
{
	arm_persist(tcb, tcb->probing || tcb_sys(tcb)->whole_segments ? tcb->persist_shift : 0);
}

void tcp_persist_begin(struct tcp_tcb *tcb)
{
	if (tcb_sys(tcb)->whole_segments) /* Linux tcp_check_probe_timer */
		arm_persist(tcb, 0);
	else
		tcp_persist_start(tcb);
}

static bool is_orphan(const struct tcp_tcb *tcb)
{
	return !tcb->socket && !tcb->listener;
}

/* The probes have not backed off to their limit yet. */
static bool is_alive(const struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);

	return probe_interval(tcb, tcb->persist_shift) < rtt_ceiling(&tcb->rtt, sys);
}

/* Linux tcp_probe_timer: nobody waits for an orphan, so a peer does not keep it by
 * answers alone. */
static bool orphan_is_hopeless(const struct tcp_tcb *tcb)
{
	return tcb_sys(tcb)->orphan_window_bounded && is_orphan(tcb) && !is_alive(tcb) &&
	       tcb->persist_shift >= sender_orphan_retries(tcb, false);
}

/* RFC 1122 §4.2.2.17: a peer that answers probes keeps the connection; one that is silent is given
 * up. */
static bool persist_is_hopeless(const struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	int64_t user = (int64_t)tcb->settings.user_timeout_ms * 1000000;
	int64_t limit = sys->retries_max;

	if (user && tcb_now(tcb) - tcb->zero_window_since_ns >= user)
		return true;
	if (is_orphan(tcb))
		limit = sys->orphan_window_bounded ? sender_orphan_retries(tcb, is_alive(tcb))
						   : sys->orphan_retries;
	return tcb->probes_unanswered >= limit;
}

static void persist_timeout(struct tcp_tcb *tcb)
{
	if (orphan_is_hopeless(tcb)) {
		give_up(tcb, TCPSIM_RULE_TIMER_ORPHAN);
		return;
	}
	if (persist_is_hopeless(tcb)) {
		give_up(tcb, TCPSIM_RULE_TIMER_GIVE_UP);
		return;
	}
	if (tcb->persist_shift < UINT8_MAX)
		tcb->persist_shift++;
	if (tcb->probes_unanswered < UINT8_MAX)
		tcb->probes_unanswered++;
	/* Linux tcp_send_probe0: local resources are asked for again soon */
	if (tcb->host->device_full && sender_local_drop(tcb)) {
		tcp_timer_start(tcb, TCPSIM_TIMER_PERSIST, NSEC_PER_SEC / 2);
		return;
	}
	tcp_send_window_probe(tcb);
	if (!sender_outstanding(tcb) || persist_waits(tcb)) {
		tcp_persist_start(tcb);
	} else if (tcb_sys(tcb)->whole_segments) { /* Linux tcp_send_probe0: there was room */
		tcb->probing = false;
		tcb->persist_shift = tcb->probes_unanswered = 0;
	}
}

/* --- keep-alive --- */

static int64_t seconds_or(uint32_t seconds, int64_t otherwise)
{
	return seconds ? seconds * NSEC_PER_SEC : otherwise;
}

void tcp_keepalive_restart(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	int64_t from = tcb->last_heard_ns;

	tcb->keepalive_sent = 0;
	if ((!tcb->settings.keepalive && !sys->always_keepalive) ||
		!tcp_state_has(tcb->state, TRAIT_SYNCHRONIZED) || tcb->state == TCPSIM_SYN_RCVD) {
		tcp_timer_stop(tcb, TCPSIM_TIMER_KEEPALIVE);
		return;
	}
	/* Linux tcp_set_keepalive: from now, when it is switched on */
	if (sys->keepalive_from_setting && !tcp_timer_runs(tcb, TCPSIM_TIMER_KEEPALIVE))
		from = tcb_now(tcb);
	tcp_timer_set(tcb, TCPSIM_TIMER_KEEPALIVE,
		from + seconds_or(tcb->settings.keepalive_idle_s, sys->keepalive_idle));
}

static void keepalive_timeout(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	int64_t idle = seconds_or(tcb->settings.keepalive_idle_s, sys->keepalive_idle);
	int64_t interval = seconds_or(tcb->settings.keepalive_interval_s, sys->keepalive_interval);
	int64_t quiet = tcb_now(tcb) - tcb->last_heard_ns;
	unsigned most = tcb->settings.keepalive_probes ? tcb->settings.keepalive_probes
						       : (unsigned)sys->keepalive_probes;
	int64_t user = (int64_t)tcb->settings.user_timeout_ms * 1000000;

	if (sys->keepalive_spares_text &&
		(sender_outstanding(tcb) || tcpsim_seq_lt(tcb->snd.una, tcb->snd.end))) {
		tcp_timer_set(tcb, TCPSIM_TIMER_KEEPALIVE, tcb_now(tcb) + idle);
		return;
	}
	if (quiet < idle) {
		tcb->keepalive_sent = 0;
		tcp_timer_set(tcb, TCPSIM_TIMER_KEEPALIVE, tcb->last_heard_ns + idle);
		return;
	}
	if (sender_outstanding(tcb)) {
		/* retransmission finds out by itself */
		tcp_timer_set(tcb, TCPSIM_TIMER_KEEPALIVE, tcb_now(tcb) + interval);
		return;
	}
	if (user ? (quiet >= user && tcb->keepalive_sent > 0) : tcb->keepalive_sent >= most) {
		tcp_send_reset(tcb, TCPSIM_RULE_RST_GIVE_UP);
		give_up(tcb, TCPSIM_RULE_KEEPALIVE_GIVE_UP);
		return;
	}
	tcb->keepalive_sent++;
	tcp_send_keepalive(tcb);
	tcp_timer_set(tcb, TCPSIM_TIMER_KEEPALIVE, tcb_now(tcb) + interval);
}

/* --- the others --- */

/* Linux tcp_keepalive_timer: what is left of FIN-WAIT-2 needs less than a connection. */
static void fin_wait_2_timeout(struct tcp_tcb *tcb)
{
	int64_t limit = tcb->settings.linger2_set > 0 ? tcb->settings.linger2_s * NSEC_PER_SEC
						      : tcb_sys(tcb)->fin_wait_2_timeout;
	int64_t left = limit - 2 * tcb_sys(tcb)->msl;

	if (tcb_sys(tcb)->small_fin_wait_2 && tcb->state == TCPSIM_FIN_WAIT_2 && left > 0)
		time_wait_enter_fin_wait_2(tcb, left);
	else
		tcb_end(tcb, 0, TCPSIM_RULE_TIMER_FIN_WAIT_2);
}

static void run(struct tcp_tcb *tcb, enum tcpsim_timer timer)
{
	switch (timer) {
	case TCPSIM_TIMER_RETRANSMIT: retransmit_timeout(tcb); break;
	case TCPSIM_TIMER_PERSIST: persist_timeout(tcb); break;
	case TCPSIM_TIMER_PROBE:
	case TCPSIM_TIMER_REORDER: sender_timeout(tcb, timer); break;
	case TCPSIM_TIMER_PACE: tcp_output(tcb); break;
	case TCPSIM_TIMER_DELACK: delack_timer(tcb); break;
	case TCPSIM_TIMER_KEEPALIVE: keepalive_timeout(tcb); break;
	case TCPSIM_TIMER_2MSL: fin_wait_2_timeout(tcb); break;
	case TCPSIM_TIMER_GIVE_UP: give_up(tcb, TCPSIM_RULE_CONNECT_GIVE_UP); break;
	case TCPSIM_NTIMERS: break;
	}
}

/* The limit of the connection's establishment comes before a retransmission that is due with it
 * (4.4BSD order). */
static const enum tcpsim_timer ORDER[TCPSIM_NTIMERS] = {TCPSIM_TIMER_GIVE_UP, TCPSIM_TIMER_2MSL,
	TCPSIM_TIMER_REORDER, TCPSIM_TIMER_PROBE, TCPSIM_TIMER_RETRANSMIT, TCPSIM_TIMER_PERSIST,
	TCPSIM_TIMER_PACE, TCPSIM_TIMER_DELACK, TCPSIM_TIMER_KEEPALIVE};

void tcp_timers_fire(struct tcpsim_host *host, struct wheel_timer *wheel)
{
	struct tcp_tcb *tcb = tcb_of(wheel);

	for (int i = 0; i < TCPSIM_NTIMERS && !tcb->dead && tcb->state != TCPSIM_CLOSED; i++) {
		enum tcpsim_timer timer = ORDER[i];

		if (tcb->deadline[timer] > host->now)
			continue;
		tcb->deadline[timer] = TCP_NEVER;
		tcb->timers &= (uint16_t) ~(1u << timer);
		note(tcb, TCPSIM_EVENT_TIMER_FIRED, timer);
		run(tcb, timer);
	}
	if (!tcb->dead)
		rearm(tcb);
	tcb_sweep(tcb);
}
