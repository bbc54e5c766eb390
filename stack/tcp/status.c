/* STATUS (RFC 9293 §3.10.6) and settings: what the socket layer asks of a connection.
 * See calls.h. */
#include <tcp/calls.h>
#include <tcp/status.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tcp/delack_linux.h>
#include <tcp/ecn.h>
#include <tcp/listen.h>
#include <tcp/output.h>
#include <tcp/send.h>
#include <tcp/state.h>
#include <tcp/timers.h>
#include <tcp/window.h>
#include <tcpsim/tcp_info.h>
#include <wire/packet.h>

enum tcpsim_state tcp_tcb_state(const struct tcp_tcb *tcb)
{
	/* what became of it stands in the table; when that is gone, it is over */
	if (tcb->finished)
		return tcb->time_wait ? TCPSIM_TIME_WAIT : TCPSIM_CLOSED;
	return tcb->state;
}

/* Writable once a third of the buffer is free (Linux sk_stream_is_writeable), and little enough is
 * unsent. */
static bool writable(const struct tcp_tcb *tcb)
{
	uint32_t used = tcp_send_memory(tcb), buffer = tcb->settings.send_buffer;
	uint64_t lowat = tcb->settings.notsent_lowat ? tcb->settings.notsent_lowat
						     : (uint64_t)tcb_sys(tcb)->notsent_lowat;

	if (used >= buffer || buffer - used < used / 2)
		return false;
	return !lowat ||
	       2 * (uint64_t)tcp_unsent(tcb) < lowat; /* tcp_stream_memory_free(sk, wake = 1) */
}

short tcp_poll(const struct tcp_tcb *tcb)
{
	bool closed = tcb->state == TCPSIM_CLOSED || tcb->finished;
	bool no_read = tcb->fin_received || tcb->shut & 1 || closed,
	     no_write = tcb->shut & 2 || closed, no_data = false;
	/* an urgent byte that the next read steps over is nothing to read (Linux tcp_poll) */
	uint32_t stepped_over = tcp_at_mark(tcb) && !tcb->settings.oob_inline;
	short events = 0;

	if (tcb->state == TCPSIM_SYN_SENT ||
		(tcb->state == TCPSIM_SYN_RCVD && !tcb->ok.fastopen_in))
		no_data = true;
	if (no_read)
		events |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (no_read && no_write)
		events |= POLLHUP;
	if (no_data)
		return events;
	if (tcb->recvq.bytes > stepped_over &&
		tcb->recvq.bytes - stepped_over >= tcb->settings.receive_lowat)
		events |= POLLIN | POLLRDNORM;
	if (no_write || writable(tcb))
		events |= POLLOUT | POLLWRNORM;
	if (tcb->rcv.urgent == 2 || (tcb->rcv.urgent == 1 && !tcb_sys(tcb)->urgent_poll_here))
		events |= POLLPRI;
	return events;
}

bool tcp_stream_ended(const struct tcp_tcb *tcb)
{
	return tcb->fin_received;
}

uint32_t tcp_readable(const struct tcp_tcb *tcb)
{
	int32_t ahead = tcpsim_seq_diff(
		tcb->rcv.up, tcpsim_seq_sub(tcb->rcv.nxt, tcb->recvq.bytes + tcb->fin_received));

	/* an urgent byte that is out of line is not there to be read */
	if (tcb->rcv.urgent && !tcb->settings.oob_inline && ahead >= 0 &&
		(uint32_t)ahead < tcb->recvq.bytes)
		return ahead || tcb_sys(tcb)->urgent_end_told ? (uint32_t)ahead
							      : tcb->recvq.bytes - 1;
	return tcb->recvq.bytes;
}

/* By the numbers, which outlive what they count. */
static uint32_t numbers_left(const struct tcp_tcb *tcb, tcpsim_seq from)
{
	int32_t left = tcpsim_seq_diff(tcpsim_seq_add(tcb->snd.end, tcb->fin_queued), from);

	return left > 0 ? (uint32_t)left : 0;
}

uint32_t tcp_outq(const struct tcp_socket *so, bool unsent)
{
	const struct tcp_tcb *tcb = so->tcb;

	if (!tcb)
		return !so->relics ? 0 : unsent ? so->relics->unsent : so->relics->unacked;
	if (!tcb_sys(tcb)->counters_count_fin)
		return unsent ? tcp_unsent(tcb) : tcp_unacked(tcb);
	if (tcb->state == TCPSIM_SYN_SENT || tcb->state == TCPSIM_SYN_RCVD)
		return 0;
	return numbers_left(tcb, unsent ? tcb->snd.nxt : tcb->snd.una);
}

uint32_t tcp_unacked(const struct tcp_tcb *tcb)
{
	bool fin = tcb->fin_queued && tcb_sys(tcb)->counters_count_fin &&
		   tcb->state != TCPSIM_CLOSED && tcpsim_seq_le(tcb->snd.una, tcb->snd.end);

	return tcb->sendq.bytes + fin;
}

uint32_t tcp_unsent(const struct tcp_tcb *tcb)
{
	bool fin = tcb_sys(tcb)->counters_count_fin && tcb->fin_queued && !tcb->fin_sent;
	int32_t unsent = tcpsim_seq_diff(tcb->snd.end, tcb->snd.nxt) + fin;

	return unsent > 0 ? (uint32_t)unsent : 0;
}

uint32_t tcp_current_mss(const struct tcp_tcb *tcb)
{
	return tcb->snd.mss;
}

uint32_t tcp_current_mtu(const struct tcp_tcb *tcb)
{
	return tcb->mtu;
}

/* --- settings --- */

void tcp_settings_init(struct tcp_settings *settings, const struct tcpsim_profile *sys)
{
	*settings = (struct tcp_settings){.receive_buffer = (uint32_t)sys->rcvbuf,
		.send_buffer = (uint32_t)sys->sndbuf,
		.receive_lowat = 1,
		.min_mtu = -1};
}

struct tcp_settings *tcp_settings_of(struct tcp_socket *so)
{
	if (so->tcb)
		return &so->tcb->settings;
	if (so->listener)
		return &so->listener->settings;
	return so->settings;
}

void tcp_settings_keep(struct tcp_socket *so, const struct tcp_settings *settings)
{
	if (!so->settings)
		so->settings = pool_take(so->host->pool, sizeof(*so->settings));
	if (so->settings)
		*so->settings = *settings;
}

int tcp_set_congestion(struct tcp_socket *so, const struct cc_ops *ops)
{
	struct tcp_tcb *tcb = so->tcb;

	if (tcb && tcb->cc_locked)
		return -EPERM;
	tcp_settings_of(so)->congestion_control = ops;
	if (tcb && tcb->state != TCPSIM_CLOSED && !tcb->finished)
		sender_change_cc(tcb);
	return 0;
}

void tcp_set_quickack(struct tcp_socket *so, int value)
{
	if (so->tcb && so->tcb->state != TCPSIM_CLOSED && !so->tcb->finished)
		delack_set_quick(so->tcb, value);
	else
		tcp_settings_of(so)->quickack_off = !value;
}

bool tcp_quickack(struct tcp_socket *so)
{
	if (so->tcb)
		return so->tcb->delack.pingpong < tcb_sys(so->tcb)->pingpong_threshold;
	return !tcp_settings_of(so)->quickack_off;
}

void tcp_set_window_clamp(struct tcp_socket *so)
{
	if (so->tcb)
		tcp_window_clamped(so->tcb);
}

uint32_t tcp_window_clamp(struct tcp_socket *so)
{
	return so->tcb && tcb_sys(so->tcb)->window_rule == TCPSIM_WINDOW_LINUX
		       ? so->tcb->tuning.clamp
		       : tcp_settings_of(so)->window_clamp;
}

int tcp_take_soft_error(struct tcp_tcb *tcb)
{
	int error = tcb->soft_error;

	tcb->soft_error = 0;
	return error;
}

void tcp_settings_changed(struct tcp_tcb *tcb, bool push)
{
	if (tcb->state == TCPSIM_CLOSED || tcb->finished)
		return;
	tcp_keepalive_restart(tcb);
	if (tcb_sys(tcb)->maxseg_at_once && tcb->settings.max_segment &&
		tcb->settings.max_segment < tcb->snd.mss)
		tcb_update_mss(tcb, false);
	if (!push)
		return;
	/* Linux: TCP_NODELAY, or TCP_CORK off under it, pushes what waits, once */
	tcb->nagle_push = tcb->settings.nodelay && tcb_sys(tcb)->push_by_write;
	if (tcp_state_has(tcb->state, TRAIT_SYNCHRONIZED))
		tcp_output(tcb);
}

/* --- TCP_INFO --- */

enum {
	INFO_TIMESTAMPS = 1,
	INFO_SACK = 2,
	INFO_WSCALE = 4,
	INFO_ECN = 8,
	INFO_ECN_SEEN = 16,
	INFO_SYN_DATA = 32,
	INFO_TFO_CHILD = 128
};

static uint8_t info_options(const struct tcp_tcb *tcb)
{
	uint8_t options = 0;

	options |= tcb->ok.timestamps ? INFO_TIMESTAMPS : 0;
	options |= tcb->ok.sack ? INFO_SACK : 0;
	options |= tcb->ok.window_scaling ? INFO_WSCALE : 0;
	options |= tcb->ok.ecn || tcb->ok.accecn || ecn_is_asked(tcb) ? INFO_ECN : 0;
	options |= tcb->ecn.ect_seen ? INFO_ECN_SEEN : 0;
	options |= tcb->syn_data_acked ? INFO_SYN_DATA : 0;
	options |= tcb->ok.fastopen_in ? INFO_TFO_CHILD : 0;
	return options;
}

static uint32_t ms_since(const struct tcp_tcb *tcb, int64_t then_ns)
{
	return then_ns ? (uint32_t)((tcb_now(tcb) - then_ns) / 1000000) : 0;
}

void tcp_fill_info(const struct tcp_tcb *tcb, struct tcpsim_tcp_info *info)
{
	memset(info, 0, sizeof(*info));
	/* the connection is over: what TIME-WAIT remembers is no socket's */
	info->tcpi_state =
		(uint8_t)tcpsim_state_linux_number(tcb->finished ? TCPSIM_CLOSED : tcb->state);
	info->tcpi_options = info_options(tcb);
	info->tcpi_probes = tcb->probing ? tcb->probes_unanswered : tcb->keepalive_sent;
	if (tcb->ok.window_scaling) {
		info->tcpi_snd_wscale = tcb->snd.scale & 15;
		info->tcpi_rcv_wscale = tcb->rcv.scale & 15;
	}
	info->tcpi_ato = (uint32_t)(tcb->delack.ato_ns / 1000);
	info->tcpi_snd_mss = tcb->snd.mss;
	info->tcpi_rcv_mss = tcb->delack.rcv_mss;
	info->tcpi_advmss = tcb->rcv.unit;
	info->tcpi_pmtu = tcb->mtu;
	info->tcpi_last_data_sent = ms_since(tcb, tcb->last_sent_ns);
	info->tcpi_last_data_recv = ms_since(tcb, tcb->last_data_heard_ns);
	info->tcpi_last_ack_recv = ms_since(tcb, tcb->last_ack_heard_ns);
	info->tcpi_rcv_ssthresh = tcb->tuning.ssthresh;
	info->tcpi_rcv_space = tcb->tuning.space;
	info->tcpi_rcv_rtt = tcb->tuning.rtt_us8 / 8;
	info->tcpi_snd_wnd = tcb->snd.wnd;
	info->tcpi_rcv_wnd = tcb->rcv.wnd;
	info->tcpi_notsent_bytes = tcp_unsent(tcb);
	info->tcpi_bytes_acked = tcb->count.bytes_acked;
	info->tcpi_bytes_received = tcb->count.bytes_received;
	info->tcpi_bytes_sent = tcb->count.bytes_sent;
	info->tcpi_bytes_retrans = tcb->count.bytes_retrans;
	info->tcpi_segs_out = tcb->count.segs_out;
	info->tcpi_segs_in = tcb->count.segs_in;
	info->tcpi_data_segs_out = tcb->count.data_segs_out;
	info->tcpi_data_segs_in = tcb->count.data_segs_in;
	info->tcpi_total_retrans = tcb->count.retrans_segs;
	info->tcpi_rcv_ooopack = tcb->count.ooo_in;
	info->tcpi_max_pacing_rate =
		tcb->settings.max_pacing_rate ? tcb->settings.max_pacing_rate : UINT64_MAX;
	ecn_info(tcb, info);
	sender_info(tcb, info);
}

/* What a connection would begin with. */
static void info_of_none(const struct tcpsim_profile *sys, struct tcpsim_tcp_info *info)
{
	info->tcpi_snd_cwnd = (uint32_t)sys->initial_window;
	info->tcpi_reordering = (uint32_t)sys->dupack_threshold;
	info->tcpi_pacing_rate = UINT64_MAX;
	info->tcpi_max_pacing_rate = UINT64_MAX;
}

static void info_of_fresh(const struct tcpsim_profile *sys, struct tcpsim_tcp_info *info)
{
	info->tcpi_rto = (uint32_t)(sys->rto_initial / 1000);
	info->tcpi_rttvar = (uint32_t)(sys->rto_initial / 4000); /* RFC 6298 §2: RTO = 4 * RTTVAR */
	info->tcpi_snd_mss = (uint32_t)sys->mss_default;
	info->tcpi_snd_ssthresh = CC_SSTHRESH_INFINITE;
	info->tcpi_min_rtt = UINT32_MAX;
	info->tcpi_delivery_rate_app_limited = 1; /* nothing was to be sent (tcp_init_sock) */
}

void tcp_keep_relics(struct tcp_socket *so, const struct tcp_tcb *tcb)
{
	uint32_t gap = tcb->snd.max_wnd + 2; /* the next connection's numbers lie beyond */

	if (!so->relics)
		so->relics = pool_take(so->host->pool, sizeof(*so->relics));
	if (!so->relics)
		return;
	*so->relics = (struct tcp_relics){.snd_mss = tcb->snd.mss,
		.adv_mss = tcb->rcv.unit,
		.mtu = tcb->mtu,
		.rcv_ssthresh = tcb->tuning.ssthresh,
		.rcv_space = tcb->tuning.space,
		.rcv_wnd = tcb->rcv.wnd,
		.snd_wnd = tcb->snd.wnd,
		.reordering = tcb->loss.reordering,
		.unacked = numbers_left(tcb, tcb->snd.una) + gap,
		.unsent = numbers_left(tcb, tcb->snd.nxt) + gap,
		.next_iss = tcpsim_seq_add(tcb->snd.end, tcb->fin_queued + gap),
		.gap = gap,
		.retransmits = tcb->sender.retransmits};
}

void tcp_move_relics(struct tcp_socket *so)
{
	if (!so->relics)
		return;
	so->relics->unacked += so->relics->gap;
	so->relics->unsent += so->relics->gap;
	so->relics->next_iss = tcpsim_seq_add(so->relics->next_iss, so->relics->gap);
}

static void info_of_relics(const struct tcp_relics *relics, struct tcpsim_tcp_info *info)
{
	info->tcpi_retransmits = relics->retransmits;
	info->tcpi_reordering = relics->reordering;
	info->tcpi_snd_mss = relics->snd_mss;
	info->tcpi_rcv_mss = 88; /* TCP_MIN_MSS */
	info->tcpi_advmss = relics->adv_mss;
	info->tcpi_pmtu = relics->mtu;
	info->tcpi_rcv_ssthresh = relics->rcv_ssthresh;
	info->tcpi_rcv_space = relics->rcv_space;
	info->tcpi_rcv_wnd = relics->rcv_wnd;
	info->tcpi_snd_wnd = relics->snd_wnd;
	info->tcpi_notsent_bytes = relics->unsent;
}

void tcp_fill_info_without(const struct tcp_socket *so, struct tcpsim_tcp_info *info)
{
	const struct tcpsim_profile *sys = &so->host->sys;
	enum tcpsim_state state = so->listener	 ? TCPSIM_LISTEN
				  : so->deferred ? TCPSIM_SYN_SENT
						 : TCPSIM_CLOSED;

	memset(info, 0, sizeof(*info));
	info->tcpi_state = (uint8_t)tcpsim_state_linux_number(state);
	if (!sys->info_always)
		return;
	info_of_none(sys, info);
	if (so->listener) { /* Linux tcp_get_info: these two are a listener's queue and its limit */
		info->tcpi_unacked = tcp_listener_completed(so->listener);
		info->tcpi_sacked = tcp_listener_backlog(so->listener);
	} else {
		info_of_fresh(sys, info);
		if (so->relics)
			info_of_relics(so->relics, info);
	}
}

size_t tcp_cc_info(const struct tcp_tcb *tcb, union tcp_cc_info *info)
{
	struct cc_ecn ecn = {.agreed = tcb->ok.ecn || tcb->ok.accecn,
		.marked = tcb->ok.accecn ? tcb->ecn.last_ecn == ECN_CE : tcb->ecn.flags & ECN_ECHO};

	return tcb->cc.ops && tcb->cc.ops->info ? tcb->cc.ops->info(&tcb->cc, &ecn, info) : 0;
}
