/*
 * When the SYNs of a connect() that nobody answers leave, derived from the profile: the initial
 * timeout, the factors of backoff, the tick and the two limits (a count of retransmissions, a time
 * for the whole attempt).
 */
#include <tcpsim/profile.h>

/* When a timer of `span` that is set at `now` fires: on a coarse clock, at a tick (4.4BSD:
 * tcp_slowtimo). */
static int64_t timer_expiry(
	const struct tcpsim_profile *p, int64_t now, int64_t span, int64_t phase)
{
	int64_t ticks;

	if (p->tick == 0)
		return now + span;
	ticks = (now + phase) / p->tick + (span + p->tick - 1) / p->tick;
	return ticks * p->tick - phase;
}

static int64_t list_at(const struct tcpsim_int_list *list, int i)
{
	if (list->n == 0)
		return 1;
	return list->at[i < list->n ? i : list->n - 1];
}

static int64_t backed_off(const struct tcpsim_profile *p, int64_t first_ns, int64_t most_ns,
	int linear, int retransmissions)
{
	const struct tcpsim_int_list *backoff = p->syn_backoff.n ? &p->syn_backoff : &p->backoff;
	int64_t base = p->rttvar_default ? p->rttvar_default : first_ns;
	int step = retransmissions;
	int64_t timeout;

	if (retransmissions == 0)
		return first_ns;
	if (linear) /* the first timeouts that follow do not grow (Linux 6.5) */
		step = retransmissions > linear ? retransmissions - linear : 0;
	timeout = base * list_at(backoff, step) + p->rto_slop;
	return timeout > most_ns ? most_ns : timeout;
}

int64_t tcp_profile_handshake_timeout(
	const struct tcpsim_profile *p, int64_t first_ns, int linear, int retransmissions)
{
	return backed_off(p, first_ns, p->rto_max, linear, retransmissions);
}

int64_t tcp_profile_entry_timeout(const struct tcpsim_profile *p, int retransmissions)
{
	int64_t most_ns = p->entry_rto_max ? p->entry_rto_max : p->rto_max;

	return backed_off(p, p->synack_rto, most_ns, 0, retransmissions);
}

int64_t tcpsim_profile_syn_timeout(const struct tcpsim_profile *p, int retransmissions)
{
	return tcp_profile_handshake_timeout(
		p, p->syn_rto, (int)p->syn_linear_timeouts, retransmissions);
}

int tcpsim_profile_syn_schedule(const struct tcpsim_profile *p, int64_t phase_ns, int64_t *times_ns,
	int max, int64_t *give_up_ns)
{
	int64_t limit =
		p->connect_timeout ? timer_expiry(p, 0, p->connect_timeout, phase_ns) : INT64_MAX;
	int64_t retries = p->syn_retries ? p->syn_retries + p->syn_linear_timeouts : p->retries_max;
	int64_t now = 0;
	int n;

	for (n = 0;; n++) {
		now = timer_expiry(p, now, tcpsim_profile_syn_timeout(p, n), phase_ns);
		if (n >= retries || now >= limit)
			break;
		if (n < max)
			times_ns[n] = now;
	}
	*give_up_ns = now < limit ? now : limit;
	return n < max ? n : max;
}
