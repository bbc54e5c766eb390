#include <host/routes.h>
#include <tcp/mtu_probe.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_internal.h>
#include <tcp/state.h>

#define LEAST_CWND 11 /* segments: a lost probe must not be what starts recovery */

static uint32_t headers(const struct tcp_tcb *tcb)
{
	return (tcb->conn.ip_version == 6 ? 60u : 40u) + (tcb->ok.timestamps ? 12u : 0u);
}

static uint32_t mtu_of(const struct tcp_tcb *tcb, uint32_t mss)
{
	uint32_t mtu = mss + headers(tcb);

	return mtu < UINT16_MAX ? mtu : UINT16_MAX;
}

/* Linux tcp_mtup_init(): as far as the peer's MSS allows, whatever the path is known to take. */
static uint32_t highest(const struct tcp_tcb *tcb)
{
	return u32_min(tcb->snd.peer_mss + (tcb->conn.ip_version == 6 ? 60u : 40u), UINT16_MAX);
}

static void begin_search(struct tcp_tcb *tcb)
{
	struct mtu_probe *m = &tcb->mtu_probe;

	m->high = (uint16_t)highest(tcb);
	m->low = (uint16_t)mtu_of(tcb, (uint32_t)tcb_sys(tcb)->base_mss);
	m->size = 0;
	m->on = tcb_sys(tcb)->mtu_probing > 1;
	m->began_ms = sender_now_ms(tcb);
}

void mtu_probe_start(struct tcp_tcb *tcb)
{
	begin_search(tcb);
	/* Linux tcp_rcv_synsent_state_process(): who opened begins at base_mss; the other side's
	 * segments were sized before the search began, and stay so until something changes. Then
	 * tcp_init_transfer() begins once more, and the path's MTU bounds the search from the next
	 * change on. */
	if (!tcb->mtu_probe.on || tcb->passive)
		return;
	tcb_update_mss(tcb, false);
	begin_search(tcb);
}

/* Linux tcp_sync_mss() */
uint32_t mtu_probe_within(struct tcp_tcb *tcb, uint32_t mtu)
{
	struct mtu_probe *m = &tcb->mtu_probe;

	m->high = (uint16_t)u32_min(m->high, mtu);
	return m->on ? u32_min(m->low, mtu) : mtu;
}

/* Linux tcp_mtu_probing() */
void mtu_probe_black_hole(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	struct mtu_probe *m = &tcb->mtu_probe;

	if (m->on) {
		uint32_t mss = (m->low - headers(tcb)) / 2;

		mss = u32_max(
			u32_min(mss, (uint32_t)sys->base_mss), (uint32_t)sys->mtu_probe_floor);
		m->low = (uint16_t)mtu_of(tcb, u32_max(mss, (uint32_t)sys->mss_min));
	} else {
		m->on = true;
		m->began_ms = sender_now_ms(tcb);
	}
	tcb_update_mss(tcb, false);
}

/* RFC 4821 §7.3, Linux tcp_mtu_check_reprobe(): the search begins anew when long has passed. */
static bool search_is_over(struct tcp_tcb *tcb)
{
	struct mtu_probe *m = &tcb->mtu_probe;

	if (m->high >= m->low && m->high - m->low >= tcb_sys(tcb)->mtu_probe_threshold)
		return false;
	if ((sender_now_ms(tcb) - m->began_ms) * NSEC_PER_MSEC >=
		tcb_sys(tcb)->mtu_probe_interval) {
		m->high = (uint16_t)highest(tcb);
		m->low = (uint16_t)mtu_of(tcb, tcb->snd.mss);
		m->began_ms = sender_now_ms(tcb);
	}
	return true;
}

/* No datagram is larger than the device takes, and text may not be fragmented. The route is asked as
 * it is now: it may have changed since the segments were sized. */
static uint32_t way_takes(const struct tcp_tcb *tcb)
{
	struct route route;

	return route_find(tcb->host, &tcb->conn.remote, &tcb->conn.local, &route) == 0 ? route.mtu
										       : tcb->mtu;
}

enum mtu_probe_verdict mtu_probe_next(struct tcp_tcb *tcb, uint32_t *len)
{
	struct mtu_probe *m = &tcb->mtu_probe;
	uint32_t needed, in_flight = loss_in_flight(&tcb->loss);

	if (!m->on || m->size || tcb->loss.state != LOSS_OPEN || tcb->cc.cwnd < LEAST_CWND ||
		(tcb->ok.sack && tcb->recvq.disorder) || search_is_over(tcb))
		return MTU_PROBE_NONE;
	*len = ((uint32_t)m->high + m->low) / 2 - headers(tcb);
	/* Enough text behind it that a loss is told by duplicates. */
	needed = *len + (tcb->loss.reordering + 1) * tcb->snd.mss;
	if (tcpsim_seq_diff(tcb->snd.end, tcb->snd.nxt) < (int32_t)needed || tcb->snd.wnd < needed)
		return MTU_PROBE_NONE;
	if (tcpsim_seq_gt(tcpsim_seq_add(tcb->snd.nxt, needed),
		    tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd)))
		return MTU_PROBE_WAIT;
	if (in_flight + 2 > tcb->cc.cwnd)
		return in_flight ? MTU_PROBE_WAIT : MTU_PROBE_NONE;
	if (sendq_until_boundary(&tcb->sendq, tcb->snd.nxt, *len) < *len)
		return MTU_PROBE_NONE;
	return *len + headers(tcb) > way_takes(tcb) ? MTU_PROBE_NONE : MTU_PROBE_GO;
}

void mtu_probe_sent(struct tcp_tcb *tcb, tcpsim_seq seq, uint32_t len)
{
	struct mtu_probe *m = &tcb->mtu_probe;

	m->size = (uint16_t)mtu_of(tcb, len);
	m->start = seq;
	m->end = tcpsim_seq_add(seq, len);
	tcb->cc.cwnd--; /* it counts as two */
}

void mtu_probe_acked(struct tcp_tcb *tcb)
{
	struct mtu_probe *m = &tcb->mtu_probe;
	struct route route;
	uint64_t cwnd;

	if (!m->size || tcpsim_seq_lt(tcb->snd.una, m->end))
		return;
	/* The window in bytes stays what it is; Linux tcp_mtup_probe_success(). */
	tcb->cc.prior_ssthresh = sender_current_ssthresh(tcb);
	cwnd = (uint64_t)tcb->cc.cwnd * mtu_of(tcb, tcb->snd.mss) / m->size;
	tcb->cc.cwnd = cwnd ? (uint32_t)cwnd : 1;
	tcb->cc.cwnd_cnt = 0;
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	tcb->cc.ssthresh = sender_current_ssthresh(tcb);
	m->low = m->size;
	m->size = 0;
	if (route_find(tcb->host, &tcb->conn.remote, &tcb->conn.local, &route) == 0)
		tcb->mtu = route.mtu;
	tcb_update_mss(tcb, false);
}

void mtu_probe_uncertain(struct tcp_tcb *tcb)
{
	tcb->mtu_probe.size = 0;
}

bool mtu_probe_lost(struct tcp_tcb *tcb)
{
	struct mtu_probe *m = &tcb->mtu_probe;

	if (!m->size || !tcpsim_seq_eq(tcb->snd.una, m->start) || tcb->loss.state >= LOSS_CWR)
		return false;
	m->high = m->size - 1;
	m->size = 0;
	tcb->cc.cwnd++;
	sender_mss_changed(tcb, true);
	return true;
}
