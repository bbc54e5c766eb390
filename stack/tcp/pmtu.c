#include <host/peers.h>
#include <tcp/pmtu.h>

#include <errno.h>
#include <tcp/fastopen.h>
#include <tcp/output.h>
#include <tcp/state.h>
#include <tcp/timers.h>

/* RFC 1191 §7.1: plateaus for a message that names no MTU. */
static const uint16_t PLATEAU[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};

static uint32_t next_plateau(uint32_t mtu)
{
	for (size_t i = 0; i < sizeof(PLATEAU) / sizeof(PLATEAU[0]); i++)
		if (PLATEAU[i] < mtu)
			return PLATEAU[i];
	return mtu;
}

static uint32_t least_mtu(const struct tcp_tcb *tcb)
{
	/* RFC 8201 §4; Linux's min_pmtu for IPv4 */
	return tcb->conn.ip_version == 6 ? 1280 : (uint32_t)tcb_sys(tcb)->pmtu_min;
}

/* The SYN tells what the path takes now; one that carried text was what did not fit, and goes again
 * without. */
static void shrink_syn(struct tcp_tcb *tcb)
{
	uint32_t mss = tcb->mtu - (tcb->conn.ip_version == 6 ? 60 : 40);

	if (mss < tcb->rcv.adv_mss)
		tcb->rcv.adv_mss = (uint16_t)mss;
	if (!tcb->fastopen || !tcb->fastopen->syn_len || tcb->syn_retransmits)
		return;
	tcb->syn_retransmits++;
	tcb->fastopen->shrunk = true;
	tcb->count.retrans_segs++;
	host_count(tcb->host, COUNTER_RETRANS_SEGS);
	tcp_send_syn(tcb, TCPSIM_RULE_RETRANSMIT_SYN);
	tcp_syn_timer_start(tcb);
}

/* FreeBSD tcp_ctlinput (IPv4): what counts is below the segment size, which is the default until
 * the peer's MSS is known. */
static bool changes_nothing(const struct tcp_tcb *tcb, uint32_t mtu)
{
	return tcb_sys(tcb)->syn_follows_pmtu && tcb->state == TCPSIM_SYN_SENT &&
	       tcb->conn.ip_version == 4 && (int64_t)mtu >= tcb_sys(tcb)->mss_default + 40;
}

/* Linux tcp_v6_mtu_reduced: segments are small enough as they are, by the peer's MSS or before that is
 * known; nothing is learned then. */
static bool has_room_for_segments(const struct tcp_tcb *tcb, uint32_t mtu)
{
	return tcb->conn.ip_version == 6 && tcb_sys(tcb)->pmtu_ignores_below_least &&
	       tcb_mss_of_mtu(tcb, mtu) >= tcb->snd.mss;
}

enum heed {
	HEED_NEVER,
	HEED_LATER, /* what leaves from now on is smaller */
	HEED_NOW    /* and what did not fit goes again */
};

/* Linux ip_sk_accept_pmtu(), ip6_sk_accept_pmtu(), tcp_v4_mtu_reduced(); ip(7). */
static enum heed how_heeded(const struct tcp_tcb *tcb)
{
	bool v6 = tcb->conn.ip_version == 6;

	switch (v6 ? tcb->settings.pmtu_v6 : tcb->settings.pmtu_v4) {
	/* In IPv4 it is off where routers may fragment; in IPv6 no router does (RFC 8200 §5), and
	 * who does not listen sends for nothing. */
	case PMTU_HOST: return v6 || tcb->pmtu_discovery ? HEED_NOW : HEED_NEVER;
	/* The host learns it all the same, and the next segment is cut by what the host knows. */
	case PMTU_DONT: return v6 ? HEED_NOW : HEED_LATER;
	case PMTU_INTERFACE:
	case PMTU_OMIT: return v6 ? HEED_NEVER : HEED_LATER;
	default: return HEED_NOW;
	}
}

/* A forged message must not make segments of a few bytes; an honest one is heeded by letting
 * routers fragment (Linux min_pmtu; RFC 1191 §3 on DF). A process that asked for DF always is told
 * that its segments may not get through. */
static void too_small(struct tcp_tcb *tcb)
{
	if (tcb->conn.ip_version != 4)
		return;
	route_may_fragment(tcb->host, &tcb->conn.remote);
	if (tcb->settings.pmtu_v4 == PMTU_DO)
		tcb->soft_error = EMSGSIZE;
}

void pmtu_reduce(struct tcp_tcb *tcb, uint32_t mtu)
{
	/* The path's MTU is the whole datagram's; tcb->mtu leaves the tunnel's header off. */
	uint32_t tunnel = tcb->conn.udp_port ? (uint32_t)tcb_sys(tcb)->udp_tunneling_overhead : 0;
	enum heed heed = how_heeded(tcb);

	if (heed == HEED_NEVER)
		return;
	if (!mtu && tcb_sys(tcb)->pmtu_plateaus)
		mtu = next_plateau(tcb->mtu + tunnel);
	if (mtu < least_mtu(tcb)) {
		if (tcb->conn.ip_version == 6 && tcb_sys(tcb)->pmtu_ignores_below_least)
			return;
		mtu = least_mtu(tcb);
		too_small(tcb);
	}
	if (mtu - tunnel >= tcb->mtu || changes_nothing(tcb, mtu - tunnel) ||
		has_room_for_segments(tcb, mtu - tunnel))
		return;
	tcb->mtu = mtu - tunnel;
	if (tcb->state == TCPSIM_SYN_SENT && tcb_sys(tcb)->syn_follows_pmtu)
		tcb->rcv.adv_mss = (uint16_t)(tcb->mtu - (tcb->conn.ip_version == 6 ? 60 : 40));
	route_learn_mtu(tcb->host, &tcb->conn.remote, mtu);
	tcp_event_note(tcb, TCPSIM_EVENT_ICMP, TCPSIM_RULE_PMTU_REDUCED, 0);
	if (tcb->state == TCPSIM_SYN_SENT)
		shrink_syn(tcb);
	tcb_update_mss(tcb, heed == HEED_NOW);
}

static void shrink_to_mss(struct tcp_tcb *tcb, uint32_t mss)
{
	uint32_t headers = tcb->conn.ip_version == 6 ? 60 : 40;

	if (mss + headers >= tcb->mtu)
		return;
	tcb->mtu = mss + headers;
	tcp_event_note(tcb, TCPSIM_EVENT_CALL, TCPSIM_RULE_PMTU_BLACK_HOLE, 0);
	tcb_update_mss(tcb, true);
}

/* FreeBSD tcp_timer_rexmt: a full segment that is sent again and again is too large perhaps. Each size
 * has two timeouts: the sysctl's, the default, and then the old one again, as it was not that. */
void pmtu_timeout(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	unsigned timeouts = tcb->sender.retransmits + 1;
	bool v6 = tcb->conn.ip_version == 6;
	uint32_t mss = (uint32_t)(v6 ? sys->pmtu_blackhole_mss_v6 : sys->pmtu_blackhole_mss);
	uint32_t least = (uint32_t)(v6 ? sys->mss_default_v6 : sys->mss_default);

	if (!sys->pmtu_blackhole || timeouts < 2 || timeouts % 2 ||
		(tcb->state != TCPSIM_ESTABLISHED && tcb->state != TCPSIM_FIN_WAIT_1))
		return;
	if (tcb->snd.mss <= mss)
		mss = least;
	if (tcb->snd.mss > mss && tcb->snd.nxt.n - tcb->snd.una.n >= tcb->snd.mss) {
		if (!tcb->mtu_before)
			tcb->mtu_before = tcb->mtu;
		shrink_to_mss(tcb, mss);
	} else if (tcb->mtu_before) {
		tcb->mtu = tcb->mtu_before;
		tcb->mtu_before = 0;
		tcb_update_mss(tcb, true);
	}
}

void pmtu_suspect_black_hole(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);

	if (sys->mtu_probing) {
		tcp_event_note(tcb, TCPSIM_EVENT_CALL, TCPSIM_RULE_PMTU_BLACK_HOLE, 0);
		mtu_probe_black_hole(tcb);
	}
}
