#include <tcp/machine.h>
#include <tcp/mtu_probe.h>
#include <tcp/sender_internal.h>

#define LEAST_CWND 11 /* segments: a lost probe must not be what starts recovery */

static uint32_t headers(const struct tcp_tcb *tcb)
{
	return (tcb->conn.ip_version == 6 ? 60u : 40u) + (tcb->ok.timestamps ? 12u : 0u);
}

static void begin_search(struct tcp_tcb *tcb)
{
	uint32_t high = tcb->snd.peer_mss + (tcb->conn.ip_version == 6 ? 60u : 40u);

	tcb->mtu_probe.high = (uint16_t)(high > UINT16_MAX ? UINT16_MAX : high);
	tcb->mtu_probe.low = (uint16_t)(tcb_sys(tcb)->base_mss + headers(tcb));
	tcb->mtu_probe.search_ended_ms = sender_now_ms(tcb);
}

void mtu_probe_start(struct tcp_tcb *tcb)
{
	if (tcb_sys(tcb)->mtu_probing > 1)
		begin_search(tcb);
}

uint32_t mtu_probe_bound(const struct tcp_tcb *tcb, uint32_t mtu)
{
	return tcb->mtu_probe.high && tcb->mtu_probe.low < mtu ? tcb->mtu_probe.low : mtu;
}

/* RFC 4821 §7.3: the search begins anew when long has passed since it ended. */
static bool search_is_over(struct tcp_tcb *tcb)
{
	struct mtu_probe *m = &tcb->mtu_probe;
	int64_t threshold = tcb_sys(tcb)->mtu_probe_threshold;

	if (m->high - m->low >= (threshold > 1 ? threshold : 1))
		return false;
	if ((sender_now_ms(tcb) - m->search_ended_ms) * SENDER_MSEC >=
		tcb_sys(tcb)->mtu_probe_interval) {
		m->high = (uint16_t)u32_min(tcb->mtu, UINT16_MAX);
		m->low = (uint16_t)(tcb->snd.mss + headers(tcb));
		m->search_ended_ms = sender_now_ms(tcb);
	}
	return true;
}

enum mtu_probe_verdict mtu_probe_next(struct tcp_tcb *tcb, uint32_t *len)
{
	struct mtu_probe *m = &tcb->mtu_probe;
	uint32_t needed, in_flight = loss_in_flight(&tcb->loss);

	if (!m->high || m->size || tcb->loss.state != LOSS_OPEN || tcb->cc.cwnd < LEAST_CWND ||
		tcb->recvq.disorder || search_is_over(tcb))
		return MTU_PROBE_NONE;
	*len = ((uint32_t)m->high + m->low) / 2 - headers(tcb);
	/* Enough text behind it that a loss is told by duplicates. */
	needed = *len + (tcb->loss.reordering + 1) * tcb->snd.mss;
	if (seq_diff(tcb->snd.end, tcb->snd.nxt) < (int32_t)needed || tcb->snd.wnd < needed)
		return MTU_PROBE_NONE;
	if (sendq_until_boundary(&tcb->sendq, tcb->snd.nxt, *len) < *len)
		return MTU_PROBE_NONE;
	if (seq_gt(seq_add(tcb->snd.nxt, needed), seq_add(tcb->snd.una, tcb->snd.wnd)))
		return MTU_PROBE_WAIT;
	if (in_flight + 2 > tcb->cc.cwnd)
		return in_flight ? MTU_PROBE_WAIT : MTU_PROBE_NONE;
	return MTU_PROBE_GO;
}

void mtu_probe_sent(struct tcp_tcb *tcb, tcp_seq seq, uint32_t len)
{
	struct mtu_probe *m = &tcb->mtu_probe;

	m->size = (uint16_t)(len + headers(tcb));
	m->start = seq;
	m->end = seq_add(seq, len);
	tcb->cc.cwnd--; /* it counts as two */
}

void mtu_probe_acked(struct tcp_tcb *tcb)
{
	struct mtu_probe *m = &tcb->mtu_probe;
	struct route route;
	uint64_t cwnd;

	if (!m->size || seq_lt(tcb->snd.una, m->end))
		return;
	/* The window in bytes stays what it is. */
	cwnd = (uint64_t)tcb->cc.cwnd * (tcb->snd.mss + headers(tcb)) / m->size;
	tcb->cc.cwnd = cwnd ? (uint32_t)cwnd : 1;
	m->low = m->size;
	m->size = 0;
	if (route_find(tcb->host, &tcb->conn.remote, &tcb->conn.local, &route) == 0)
		tcb->mtu = route.mtu;
	if (m->high > tcb->mtu)
		m->high = (uint16_t)tcb->mtu;
	tcb_update_mss(tcb, false);
}

bool mtu_probe_lost(struct tcp_tcb *tcb)
{
	struct mtu_probe *m = &tcb->mtu_probe;

	if (!m->size || !seq_eq(tcb->snd.una, m->start) || tcb->loss.state >= LOSS_CWR)
		return false;
	m->high = m->size - 1;
	m->size = 0;
	tcb->cc.cwnd++;
	sender_mss_changed(tcb, true);
	return true;
}
