/* Fast Open, the client: RFC 7413 §4.1.3, §4.2.1. See fastopen.h. */
#include <host/peers.h>
#include <tcp/fastopen.h>
#include <tcp/fastopen_client.h>

#include <errno.h>
#include <stdlib.h>
#include <tcp/delack_linux.h>
#include <tcp/sender_ack.h>
#include <tcp/sender_timer.h>
#include <tcp/state.h>

#define COOKIE_LEAST	    4 /* RFC 7413 §4.1.1 */
#define COOKIE_MOST	    16
#define TIMEOUTS_THAT_COUNT 2 /* Linux: one is bad luck */
#define DOUBLINGS_MOST	    6 /* Linux: how far the time of a black hole grows */

void fastopen_free(struct tcp_tcb *tcb)
{
	free(tcb->fastopen);
	tcb->fastopen = NULL;
}

void fastopen_offer(struct tcp_tcb *tcb, struct tcp_syn_offer *offer)
{
	struct tcp_fastopen *fo = tcb->fastopen;

	if (!fo || !fo->option)
		return;
	offer->fastopen = true;
	offer->fastopen_exp = fo->experimental;
	offer->cookie = fo->cookie;
	offer->cookie_len = fo->cookie_len;
	fo->asked = true;
	fo->option = false; /* said once: what follows are retransmissions (RFC 7413 §4.2.1) */
}

/* --- what is remembered of the peer --- */

static bool host_is_disabled(const struct tcpsim_host *host)
{
	return host->fastopen.disabled_until_ns > host->now;
}

/* FreeBSD: this path alone. Once the time is over all that is known of it is forgotten. */
static bool path_is_disabled(const struct tcpsim_host *host, struct peer_memory *peer)
{
	if (!peer || !peer->syn_loss || !host->sys.fastopen_disables_path)
		return false;
	if (host->now - peer->last_syn_loss_ns <= host->sys.fastopen_blackhole)
		return true;
	peer->syn_loss = 0;
	peer->cookie_len = 0;
	peer->mss = 0;
	return false;
}

static void disable_path(struct tcp_tcb *tcb, struct peer_memory *peer)
{
	if (!peer)
		return;
	peer->syn_loss = 1;
	peer->last_syn_loss_ns = tcb_now(tcb);
}

static void disable_host(struct tcpsim_host *host)
{
	unsigned doublings = host->fastopen.disabled_times;

	if (!host->sys.fastopen_blackhole)
		return;
	host->fastopen.disabled_times++;
	host->fastopen.disabled_until_ns =
		host->now + (host->sys.fastopen_blackhole
				    << (doublings < DOUBLINGS_MOST ? doublings : DOUBLINGS_MOST));
}

/* --- the SYN --- */

static void use_memory(struct tcp_fastopen *fo, const struct peer_memory *peer)
{
	fo->experimental = peer->cookie_experimental;
	fo->mss = peer->mss;
	fo->cookie_len = peer->cookie_len;
	memcpy(fo->cookie, peer->cookie, sizeof(fo->cookie));
	fo->text_on_syn = peer->cookie_len;
}

int fastopen_client_start(struct tcp_tcb *tcb, bool text)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	struct peer_memory *peer = peer_memory(tcb->host, &tcb->conn.remote, false);
	struct tcp_fastopen *fo;

	if (!tcb->settings.fastopen_client && (!text || sys->implied_connect))
		return 0;
	if (!(sys->fastopen & TCPSIM_FASTOPEN_CLIENT))
		return tcb->settings.fastopen_client ? 0 : -EOPNOTSUPP;
	if (path_is_disabled(tcb->host, peer))
		return 0;
	fo = tcb->fastopen = calloc(1, sizeof(*fo));
	if (!fo)
		return -ENOMEM;
	if (host_is_disabled(tcb->host))
		return 0;
	if (peer)
		use_memory(fo, peer);
	tcb->snd.peer_mss =
		fo->mss ? fo->mss : tcb->rcv.adv_mss; /* what text on the SYN is cut to */
	if (sys->fastopen & TCPSIM_FASTOPEN_CLIENT_NO_COOKIE || tcb->settings.fastopen_no_cookie)
		fo->text_on_syn = true;
	else
		fo->option = true;
	return 0;
}

uint32_t fastopen_client_room(const struct tcp_tcb *tcb, size_t options_len)
{
	uint32_t mss = tcb->mtu - (tcb->conn.ip_version == 6 ? 60u : 40u);
	uint32_t peer = tcb->fastopen->mss ? tcb->fastopen->mss : tcb->rcv.adv_mss;
	size_t reserve =
		(size_t)tcb_sys(tcb)->fastopen_reserve; /* for what boxes on the way may add */

	if (mss > peer)
		mss = peer;
	if (tcb->settings.max_segment && mss > tcb->settings.max_segment)
		mss = tcb->settings.max_segment;
	if (options_len < reserve)
		options_len = reserve;
	return mss > options_len ? mss - (uint32_t)options_len : 0;
}

size_t fastopen_client_takes(const struct tcp_tcb *tcb)
{
	if (tcb_sys(tcb)->implied_connect)
		return SIZE_MAX;
	if (!tcb->fastopen || !tcb->fastopen->text_on_syn)
		return 0;
	return fastopen_client_room(tcb, 0);
}

void fastopen_client_timeout(struct tcp_tcb *tcb)
{
	struct tcp_fastopen *fo = tcb->fastopen;

	if (!fo || tcb->state != TCPSIM_SYN_SENT)
		return;
	fo->option = false;
	if (tcb_sys(tcb)->fastopen_disables_path && fo->asked)
		disable_path(tcb, peer_memory(tcb->host, &tcb->conn.remote, true));
}

/* --- its answer --- */

static bool is_cookie(unsigned len)
{
	return len >= COOKIE_LEAST && len <= COOKIE_MOST && len % 2 == 0;
}

static void keep_cookie(struct peer_memory *peer, const struct tcpsim_options *o)
{
	peer->cookie_len = o->cookie_len;
	peer->cookie_experimental = !(o->present & TCPSIM_HAS_FASTOPEN);
	peer->cookie_tries = 0;
	peer->syn_loss = 0;
	memcpy(peer->cookie, o->cookie, o->cookie_len);
}

/* Linux: a server may know the draft's experimental kind alone; the next SYN asks so, and those
 * after it as before. */
static void try_other_kind(
	struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct peer_memory *peer)
{
	uint8_t tries = tcb->fastopen->experimental ? 2 : 1;

	/* an empty option gives no cookie, and tells that the server knows the kind */
	if (seg->options.present & (TCPSIM_HAS_FASTOPEN | TCPSIM_HAS_FASTOPEN_EXP) &&
		!seg->options.cookie_len)
		return;
	if (tcb->fastopen->syn_len || tcb->syn_retransmits || peer->cookie_len ||
		tries <= peer->cookie_tries)
		return;
	peer->cookie_tries = tries;
	peer->cookie_experimental = tries == 1;
}

static void remember(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	const struct tcpsim_options *o = &seg->options;
	struct tcp_fastopen *fo = tcb->fastopen;
	struct peer_memory *peer;
	bool given = o->present & (TCPSIM_HAS_FASTOPEN | TCPSIM_HAS_FASTOPEN_EXP) &&
		     is_cookie(o->cookie_len);
	bool taken = fo->syn_len && tcpsim_seq_gt(seg->ack, tcpsim_seq_add(tcb->snd.iss, 1));

	if (!fo->asked && !fo->syn_len)
		return; /* a cookie nobody asked for is not kept */
	peer = peer_memory(tcb->host, &tcb->conn.remote, true);
	if (!peer)
		return;
	if (o->present & TCPSIM_HAS_MSS)
		peer->mss = o->mss;
	if (!fo->asked)
		return;
	if (given)
		keep_cookie(peer, o);
	else if (!tcb_sys(tcb)->fastopen_disables_path)
		try_other_kind(tcb, seg, peer);
	else if (!taken) /* text that was taken says that the cookie is still good */
		disable_path(tcb, peer);
}

static void text_answered(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	struct sender_verdict verdict = {.rtt_ns = -1};
	uint32_t len = tcb->fastopen->syn_len;
	tcpsim_seq end = tcpsim_seq_add(tcb->snd.iss, 1 + len);

	if (tcpsim_seq_gt(seg->ack, tcb->snd.una)) {
		sender_ack(tcb, seg, false, &verdict);
		tcb->count.bytes_acked += verdict.acked_bytes;
		sendq_release(&tcb->sendq, tcb->snd.una);
		tcb->syn_data_acked = tcpsim_seq_eq(tcb->snd.una, end);
		if (tcb->syn_data_acked)
			tcb->loss.delivered = 1; /* the SYN and its text were one segment */
	}
	if (tcpsim_seq_lt(tcb->snd.una, end))
		sender_resend_all(tcb);
}

bool fastopen_client_answered(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	struct tcp_fastopen *fo = tcb->fastopen;

	if (!fo)
		return false;
	remember(tcb, seg);
	if (fo->syn_len)
		text_answered(tcb, seg);
	if (fo->writing && tcb_sys(tcb)->delack_rule == TCPSIM_DELACK_LINUX)
		delack_handshake(tcb);
	return (fo->asked || fo->syn_len) && (!fo->syn_len || tcb->syn_data_acked);
}

void fastopen_client_crossed(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	const struct tcp_fastopen *fo = tcb->fastopen;

	if (!fo || !fo->syn_len ||
		tcpsim_seq_ge(seg->ack, tcpsim_seq_add(tcb->snd.iss, 1 + fo->syn_len)))
		return;
	/* Linux tcp_rcv_state_process does not ask what a SYN that crossed another carried */
	if (tcb_sys(tcb)->crossing_repeats_options)
		sender_restart_timer(tcb);
	else
		sender_resend_all(tcb);
}

void fastopen_client_suspect(struct tcp_tcb *tcb, unsigned n)
{
	const struct tcp_fastopen *fo = tcb->fastopen;

	if (!fo || tcb->passive || !(fo->asked || fo->syn_len) ||
		tcb_sys(tcb)->fastopen_disables_path)
		return;
	if (n == TIMEOUTS_THAT_COUNT)
		disable_host(tcb->host);
}
