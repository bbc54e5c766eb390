/* What <tcpsim/status.h> tells of a connection, RFC 9293 §3.10.6. */
#include <tcpsim/status.h>

#include <errno.h>
#include <host/demux.h>
#include <stdlib.h>
#include <tcp/resting.h>
#include <tcp/status.h>
#include <tcp/tcb.h>

static struct tcp_tcb *find(struct tcpsim_host *host, uint32_t connection)
{
	struct tcp_tcb *tcb = NULL;
	size_t n;
	struct conn **all = demux_all(host->demux, &n);

	for (size_t i = 0; all && i < n; i++) {
		if (all[i]->id != connection)
			continue;
		if (all[i]->kind == CONN_TCB)
			tcb = (struct tcp_tcb *)all[i];
		else if (all[i]->kind == CONN_RESTING)
			tcb = resting_wake(host, (struct tcp_resting *)all[i]);
	}
	free(all);
	return tcb;
}

static uint32_t ssthresh_bytes(const struct cc *cc, uint32_t unit)
{
	return cc->ssthresh == CC_SSTHRESH_INFINITE ? UINT32_MAX : cc->ssthresh * unit;
}

int tcpsim_status(struct tcpsim_host *host, uint32_t connection, struct tcpsim_status *status)
{
	const struct tcp_tcb *tcb;
	uint32_t unit;

	if (!host || !status)
		return -EFAULT;
	tcb = connection ? find(host, connection) : NULL;
	if (!tcb)
		return -ENOENT;
	unit = tcb->cc.bytes ? 1 : tcb->cc.mss;
	*status = (struct tcpsim_status){
		.state = tcb->state,
		.iss = tcb->snd.iss.n,
		.snd_una = tcb->snd.una.n,
		.snd_nxt = tcb->snd.nxt.n,
		.snd_up = tcb->snd.up.n,
		.snd_wl1 = tcb->snd.wl1.n,
		.snd_wl2 = tcb->snd.wl2.n,
		.snd_wnd = tcb->snd.wnd,
		.snd_end = tcb->snd.end.n,
		.irs = tcb->rcv.irs.n,
		.rcv_nxt = tcb->rcv.nxt.n,
		.rcv_up = tcb->rcv.up.n,
		/* the window was told counted from wup, and has been used up since */
		.rcv_wnd = tcb->rcv.wnd - (tcb->rcv.nxt.n - tcb->rcv.wup.n),
		.mss = tcb->snd.mss,
		.cwnd = tcb->cc.cwnd * unit,
		.ssthresh = ssthresh_bytes(&tcb->cc, unit),
		.srtt_ns = tcb->rtt.srtt_ns,
		.rttvar_ns = tcb->rtt.rttvar_ns,
		.rto_ns = sender_rto(tcb),
	};
	return 0;
}

int tcpsim_status_info(struct tcpsim_host *host, uint32_t connection, struct tcpsim_tcp_info *info)
{
	const struct tcp_tcb *tcb;

	if (!host || !info)
		return -EFAULT;
	tcb = connection ? find(host, connection) : NULL;
	if (!tcb)
		return -ENOENT;
	tcp_fill_info(tcb, info);
	return 0;
}
