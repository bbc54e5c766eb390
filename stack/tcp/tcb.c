/* Birth, way and death of a connection's control block. */
#include <errno.h>
#include <host/demux.h>
#include <host/routes.h>
#include <host/siphash.h>
#include <host/wheel.h>
#include <tcp/fastopen_client.h>
#include <tcp/md5.h>
#include <tcp/resting.h>
#include <tcp/state.h>
#include <tcp/tcb.h>
#include <tcp/timers.h>
#include <tcp/timewait.h>
#include <wire/packet.h>

#define TCP_HEADER  20u
#define IPV4_HEADER 20u
#define IPV6_HEADER 40u
#define TS_OPTION   12u /* two NOPs and the option */

struct tcp_tcb *tcb_new(struct tcpsim_host *host)
{
	struct tcp_tcb *tcb = pool_take_clear(host->pool, sizeof(*tcb));

	if (!tcb)
		return NULL;
	tcb->host = host;
	tcb->conn.kind = CONN_TCB;
	tcb->sendq.pool = tcb->recvq.pool = host->pool;
	tcb->wheel.fire = tcp_timers_fire;
	for (int i = 0; i < TCPSIM_NTIMERS; i++)
		tcb->deadline[i] = TCP_NEVER;
	tcb->last_heard_ns = host->now;
	tcb->invalid_ack_ns = tcb->challenge.until_ns = INT64_MIN / 2;
	tcb->snd.peer_mss = (uint16_t)host->sys.mss_default;
	rtt_init(&tcb->rtt, &host->sys);
	resting_awake(tcb);
	return tcb;
}

static uint32_t headers_len(const struct tcp_tcb *tcb)
{
	return (tcb->conn.ip_version == 6 ? IPV6_HEADER : IPV4_HEADER) + TCP_HEADER;
}

uint16_t tcp_advertised_mss(const struct tcpsim_profile *sys, const struct route *route,
	uint32_t path_mtu, uint8_t ip_version, uint16_t most)
{
	uint32_t mtu = sys->pmtu_limits_adv_mss ? path_mtu : route->link_mtu;
	uint32_t mss = mtu - (ip_version == 6 ? IPV6_HEADER : IPV4_HEADER) - TCP_HEADER;

	if (route->metrics.advmss)
		mss = route->metrics.advmss;
	if ((int64_t)mss < sys->adv_mss_min)
		mss = (uint32_t)sys->adv_mss_min;
	if (most && most < mss)
		mss = most;
	return (uint16_t)(mss > UINT16_MAX ? UINT16_MAX : mss);
}

/* The route's algorithm goes before the socket's own, and can only be changed afterwards (Linux
 * tcp_ca_dst_init, tcp_ca_openreq_child). */
static void take_routes_cc(struct tcp_tcb *tcb, const struct tcpsim_route_metrics *metrics)
{
	const struct cc_ops *ops =
		metrics->congestion_control ? cc_find(metrics->congestion_control) : NULL;

	if (!ops)
		return;
	tcb->settings.congestion_control = ops;
	tcb->cc_locked = metrics->congestion_control_locked;
}

/* Of TCP's datagrams on that way. */
static uint32_t mtu_on(const struct tcp_tcb *tcb, const struct route *route)
{
	uint32_t mtu = route->mtu;

	if (tcb->settings.min_mtu == 1 && tcb->conn.ip_version == 6 && mtu > 1280)
		mtu = 1280; /* RFC 3542 §11.1 */
	return tcb->conn.udp_port ? mtu - (uint32_t)tcb_sys(tcb)->udp_tunneling_overhead : mtu;
}

int tcb_route(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	const struct route *route;
	int error = route_ask(tcb->host, &tcb->conn.remote, &tcb->conn.local, &route);

	if (error)
		return error;
	tcb->conn.ip_version = tcpsim_addr_is_v4(&tcb->conn.remote) ? 4 : 6;
	tcb->conn.interface = (uint16_t)route->interface;
	if (tcpsim_addr_is_any(&tcb->conn.local))
		tcb->conn.local = route->source;
	tcb->mtu = mtu_on(tcb, route);
	tcb->pmtu_discovery = sys->pmtu_discovery;
	tcb->route_initcwnd = (uint16_t)route->metrics.initcwnd;
	tcb->route_initrwnd = (uint16_t)route->metrics.initrwnd;
	tcb->route_quickack = route->metrics.quickack;
	tcb->route_rto_min_us = (uint32_t)(route->metrics.rto_min_ns / 1000);
	take_routes_cc(tcb, &route->metrics);
	if (tcb->conn.ip_version == 6)
		tcb->snd.peer_mss = (uint16_t)sys->mss_default_v6;
	tcb->rcv.adv_mss = tcp_advertised_mss(
		sys, route, tcb->mtu, tcb->conn.ip_version, tcb->settings.max_segment);
	tcb->rcv.unit = tcb->rcv.adv_mss;
	return 0;
}

void tcb_follow_path(struct tcp_tcb *tcb)
{
	const struct route *route;
	uint32_t mtu;
	uint16_t mss;

	if (!tcb_sys(tcb)->pmtu_limits_adv_mss ||
		route_ask(tcb->host, &tcb->conn.remote, &tcb->conn.local, &route))
		return;
	mtu = mtu_on(tcb, route);
	if (mtu >= tcb->mtu)
		return;
	tcb->mtu = mtu;
	mss = tcp_advertised_mss(
		tcb_sys(tcb), route, mtu, tcb->conn.ip_version, tcb->settings.max_segment);
	if (mss < tcb->rcv.adv_mss)
		tcb->rcv.adv_mss = mss;
	tcb_update_mss(tcb, false);
}

/* Linux: a segment is at most half of the largest window the peer ever offered, so that two are in
 * flight. */
static uint32_t bound_to_half_window(const struct tcp_tcb *tcb, uint32_t mss)
{
	uint32_t cut = tcb->snd.max_wnd > 536 ? tcb->snd.max_wnd / 2 : tcb->snd.max_wnd;

	if (!tcb_sys(tcb)->half_window_mss || !cut || mss <= cut)
		return mss;
	return cut > 48 ? cut : 48;
}

uint32_t tcb_mss_of_mtu(const struct tcp_tcb *tcb, uint32_t mtu)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	uint32_t mss = mtu - headers_len(tcb);
	bool offered = !tcb->syn_came && sys->mss_counts_offer && tcb_offers_timestamps(tcb) &&
		       !tcb->settings.no_options;
	uint32_t options = (tcb->ok.timestamps || offered ? TS_OPTION : 0) + tcb_signature_len(tcb);

	if (mss > tcb->snd.peer_mss)
		mss = tcb->snd.peer_mss;
	if (tcb->settings.max_segment && mss > tcb->settings.max_segment &&
		!sys->maxseg_cuts_option)
		mss = tcb->settings.max_segment;
	if ((int64_t)mss < sys->mss_min)
		mss = (uint32_t)sys->mss_min;
	return mss > options + 8 ? mss - options : 8;
}

void tcb_update_mss(struct tcp_tcb *tcb, bool resend)
{
	uint32_t mss = tcb_mss_of_mtu(tcb, mtu_probe_within(tcb, tcb->mtu));
	uint32_t before = tcb->snd.mss;

	mss = bound_to_half_window(tcb, mss);
	tcb->snd.mss = (uint16_t)(mss > UINT16_MAX ? UINT16_MAX : mss);
	if (before && before != tcb->snd.mss)
		sender_mss_changed(tcb, resend);
}

void tcb_free(struct tcp_tcb *tcb)
{
	if (!tcb)
		return;
	if (tcb->conn.is_signed && !tcb->time_wait) /* that goes on to be signed */
		md5_end(tcb->host, &tcb->conn);
	resting_gone(tcb);
	pool_give(tcb->host->pool, tcb, sizeof(*tcb));
}

void tcb_bury(struct tcp_tcb *tcb)
{
	tcp_timers_stop_all(tcb);
	wheel_cancel(tcb->host, &tcb->wheel);
	if (tcb->in_table) {
		demux_remove(tcb->host, &tcb->conn);
		tcb->in_table = false;
	}
	tcb->dead = true;
}

void tcb_end(struct tcp_tcb *tcb, int error, enum tcpsim_rule rule)
{
	tcp_timers_stop_all(tcb);
	wheel_cancel(tcb->host, &tcb->wheel);
	tcp_enter(tcb, TCPSIM_CLOSED, rule, NULL);
	if (tcb->in_table) {
		demux_remove(tcb->host, &tcb->conn);
		tcb->in_table = false;
	}
	if (error)
		tcp_event_note(tcb, TCPSIM_EVENT_ERROR, rule, error);
	tcb->shut = 3;
	tcb->error = error;
	sendq_clear(&tcb->sendq);
	recvq_drop_ooo(&tcb->recvq);
	if (tcb->socket)
		socket_fail(tcb->socket, error);
	else if (!tcb->listener)
		tcb->dead = true;
}

void tcb_sweep(struct tcp_tcb *tcb)
{
	if (!tcb->dead || tcb->in_output)
		return;
	if (tcb->in_table)
		demux_remove(tcb->host, &tcb->conn);
	if (tcb->time_wait)
		tcb->time_wait->tcb = NULL;
	wheel_cancel(tcb->host, &tcb->wheel);
	sender_free(tcb);
	sendq_clear(&tcb->sendq);
	recvq_clear(&tcb->recvq);
	fastopen_free(tcb);
	tcb_free(tcb);
}

/* RFC 6528 §3: ISN = M + F(localip, localport, remoteip, remoteport, secretkey), M a
 * clock of 4 us. */
tcpsim_seq tcp_choose_iss(struct tcpsim_host *host, const struct conn *conn)
{
	uint16_t ports[2] = {conn->local_port, conn->remote_port};

	if (host->config.iss_is_fixed)
		return tcpsim_seq_of(host->config.iss);
	if (host->sys.iss_rule == TCPSIM_ISS_BSD44) {
		/* 4.4BSD tcp_init: 64000 a half second, and 64000 for each connection. */
		host->bsd_iss += 64000;
		return tcpsim_seq_of(
			1 + host->bsd_iss + (uint32_t)(host->now / 500000000) * 64000u);
	}
	return tcpsim_seq_of((uint32_t)host_pair_hash(host, SECRET_ISS, &conn->local, &conn->remote,
				     ports, sizeof(ports)) +
			     (uint32_t)(host->now / 4000));
}

uint32_t tcp_choose_ts_offset(struct tcpsim_host *host, const struct conn *conn)
{
	struct tcpsim_addr key[2] = {conn->local, conn->remote};

	if (!host->sys.ts_offset)
		return 0;
	/* The same for all connections with a peer, which mostly is the one that was asked last. */
	if (!tcpsim_addr_eq(&key[0], &host->last_offset.key[0]) ||
		!tcpsim_addr_eq(&key[1], &host->last_offset.key[1])) {
		host->last_offset.value =
			(uint32_t)host_keyed_hash(host, SECRET_TIMESTAMP, key, sizeof(key));
		memcpy(host->last_offset.key, key, sizeof(key));
	}
	return host->last_offset.value;
}

uint32_t tcp_ts_clock(const struct tcpsim_host *host, uint32_t offset)
{
	int64_t tick = host->sys.ts_tick ? host->sys.ts_tick : 1000000;

	return (uint32_t)((host->now - host->stamp_lag_ns) / tick) + offset;
}
