/*
 * The transmission control block of a connection, RFC 9293 §3.3.1, with the RFC's names: snd.una,
 * rcv.nxt. Private to stack/tcp (loss/ and cc/ never see it). One is made by connect() or by a
 * completed handshake; an incomplete connection of a listener is a struct tcp_request, one in
 * TIME-WAIT a struct tcp_time_wait: both small.
 */
#ifndef TCPSIM_TCP_TCB_H
#define TCPSIM_TCP_TCB_H

#include <cc/cc.h>
#include <host/host.h>
#include <loss/loss.h>
#include <tcp/mtu_probe.h>
#include <tcp/recvq.h>
#include <tcp/rtt.h>
#include <tcp/sender.h>
#include <tcp/sendq.h>
#include <tcp/settings.h>
#include <tcp/timers.h>
#include <wire/md5.h>

/* What was negotiated in the handshake. */
struct tcp_negotiated {
	bool timestamps : 1, sack : 1, window_scaling : 1;
	bool ecn : 1;	 /* RFC 3168 */
	bool accecn : 1; /* RFC 9768 */
	bool fastopen_in : 1;
	bool cookie : 1; /* the connection came out of a SYN cookie */
};

/* Explicit congestion notification; ecn.h. Counters are of packets, and of bytes of text by [IP-ECN
 * - 1]. */
struct tcp_ecn {
	uint8_t flags; /* ECN_* of ecn.h */
	bool ect_seen;
	uint8_t syn_ecn; /* IP-ECN of the peer's SYN or SYN,ACK (RFC 9768 §3.2.2) */
	/* of the segment that came last: a change is told at once (RFC 9768 §3.2.3.3) */
	uint8_t last_ecn;
	uint8_t last_sent;	/* IP-ECN of the segment that left last */
	uint8_t opt_state;	/* ACCECN_OPT_*: what the peer's option said so far */
	uint8_t fail_mode;	/* ACCECN_FAIL_* */
	uint8_t opt_len_min;	/* fields that the next option must hold */
	uint8_t opt_demand;	/* segments that must carry the option */
	uint8_t estimate;	/* the IP-ECN our text is believed to arrive with; 0: not known */
	uint8_t ce_pending;	/* marks that ACE has not told yet */
	bool opt_with_dsack;	/* the last option left beside a D-SACK */
	uint16_t acked_average; /* packets an ACK acknowledges, times 64 */
	uint32_t received_ce;	/* RFC 9768 §3.2.1: r.cep, without its start of 5 */
	uint32_t delivered_ce;	/* s.cep, without its start of 5 */
	uint32_t received_bytes[3], delivered_bytes[3]; /* ECT(1), ECT(0), CE */
	int64_t opt_sent_ns;
};

/* What the receive window and its buffer are tuned by; window_*.c. */
struct tcp_receive_tuning {
	uint32_t ssthresh;    /* Linux rcv_ssthresh: what memory has proven to carry */
	uint32_t clamp;	      /* most that may be advertised */
	uint32_t space;	      /* bytes that the process took in a round trip */
	tcpsim_seq space_seq; /* what it had read when that was last looked at, and when */
	int64_t space_time_ns;
	tcpsim_seq rtt_seq; /* where the window ended when a round trip was last begun, and when */
	int64_t rtt_time_ns;
	uint32_t rtt_us8;	/* the receiver's round trip, eighths of a microsecond; 0: none */
	uint32_t last_echo;	/* the timestamp that was last echoed to us */
	uint16_t scaling_ratio; /* 256ths of a buffer that carry payload */
};

/* Delayed ACK, RFC 1122 §4.2.3.2, RFC 5681 §4.2. */
struct tcp_delack {
	uint8_t pending;    /* DELACK_* of delack.h */
	uint8_t quick;	    /* quick ACKs left */
	uint8_t pingpong;   /* interactive: answers carry the ACKs */
	uint8_t held_back;  /* ACKs that tell of the same hole */
	uint8_t duplicates; /* those that were sent */
	tcpsim_seq hole;    /* RCV.NXT that both are of */
	int64_t ato_ns;
	int64_t last_received_ns;
	uint16_t rcv_mss;  /* estimate of the peer's segment size */
	uint16_t last_len; /* of the segment before, if it may be of that size */
};

struct tcp_fastopen; /* fastopen.h: only while a Fast Open handshake lasts */

struct tcp_tcb {
	struct conn conn; /* first: the demultiplexing table's entry */
	struct tcpsim_host *host;
	struct tcp_socket *socket; /* NULL until accept and after close */

	uint8_t state; /* assigned by tcp_enter() alone */
	struct tcp_negotiated ok;
	uint8_t shut; /* 1 no more receive, 2 no more send */
	bool fin_queued : 1, fin_sent : 1, fin_received : 1;
	bool passive : 1;      /* came from a listener */
	bool connect_done : 1; /* the process was told of the handshake's end */
	bool in_output : 1;
	bool ack_now : 1;	/* an ACK is owed at once */
	bool ack_handshake : 1; /* and it is the third segment */
	bool in_table : 1;	/* stands in the demultiplexing table */
	bool finished : 1;	/* went to TIME-WAIT; kept for what the process may still read */
	bool queued : 1, accepted : 1; /* stood in the completed queue; was taken from it */
	bool handshake_done : 1, syn_data_acked : 1;
	bool closing : 1;  /* the process closes it, and waits (SO_LINGER) */
	bool orphaned : 1; /* the process closed it */
	bool dead : 1;	   /* freed at the end of the entry at hand */
	bool pmtu_discovery : 1;
	bool began_idle : 1;  /* BSD tcp_output: nothing was outstanding when it was called */
	bool nagle_push : 1;  /* TCP_NODELAY was just set: what is queued goes whatever holds it */
	bool push_all : 1;    /* so does what waits now, as more is about to be queued */
	bool push_one : 1;    /* and the first skb of it alone */
	bool fin_uncorks : 1; /* the FIN was just queued: whatever stands before it goes */
	bool super_open : 1;  /* a super-segment is leaving: its segments bear the same options */
	bool simultaneous : 1;
	bool predicts : 1; /* Linux pred_flags: the next segment is known but for its text */
	bool syn_came : 1; /* the peer's: what it offers is known */
	/* a write found the send buffer full, and none has been told of room since */
	bool no_space : 1;
	bool probing : 1; /* zero window: the persist timer runs */
	bool more : 1;	  /* MSG_MORE: the process will write on */
	bool zero_window_sent : 1;
	bool cc_locked : 1;	 /* the route says which, and nobody else may */
	bool touched : 1;	 /* since the hand of resting.h came by */
	uint16_t limit_reported; /* enum tcpsim_rule: limit.h */

	struct {
		tcpsim_seq iss, una, nxt;
		tcpsim_seq
			end; /* one past the last byte queued by the process (a FIN not counted) */
		tcpsim_seq wl1, wl2;
		uint32_t wnd;	  /* bytes, scaled */
		uint32_t max_wnd; /* largest ever offered (RFC 5961 §5) */
		/* largest text of a segment, options taken off (Eff.snd.MSS, RFC 9293 §3.7.1) */
		uint16_t mss;
		uint16_t peer_mss; /* what the peer's MSS option said, or the default */
		uint8_t scale;
		bool urgent;
		tcpsim_seq up;
		tcpsim_seq small_end; /* end of the last segment under an MSS (Minshall) */
		tcpsim_seq pushed;    /* where PSH was last asked for */
		tcpsim_seq probe_end; /* of the byte that the last window probe bore */
	} snd;
	struct {
		tcpsim_seq irs, nxt;
		tcpsim_seq wup;	  /* RCV.NXT when the window was last told */
		tcpsim_seq most;  /* the farthest edge of a window that was ever told */
		tcpsim_seq acked; /* RCV.NXT as last acknowledged (Last.ACK.sent, RFC 7323) */
		uint32_t wnd;	  /* as last told, bytes, counted from wup */
		uint16_t adv_mss; /* what our MSS option said */
		uint16_t unit;	  /* the same less what each segment's options take, once known */
		uint8_t scale;
		uint8_t urgent; /* 0 none, 1 announced, 2 here, 3 read */
		uint8_t urgent_byte;
		tcpsim_seq up;
	} rcv;
	struct {
		uint32_t recent;       /* TS.Recent */
		int64_t recent_age_ns; /* when it was taken */
		uint32_t offset;       /* of our clock */
	} ts;
	int64_t last_heard_ns; /* any acceptable segment: keep-alive */
	int64_t last_ack_sent_ns, last_data_heard_ns, last_ack_heard_ns;
	struct {
		uint32_t segs_in, segs_out, data_segs_in, data_segs_out, retrans_segs, dsack_in,
			ooo_in;
		uint64_t bytes_acked, bytes_received, bytes_sent, bytes_retrans;
	} count;
	uint8_t keepalive_sent;
	uint8_t probes_unanswered; /* of a shut window, since an ACK was heard */
	/* What stands above is what any segment touches that comes, in as few lines of the cache as it
	 * takes: tests/unit/tcp/tcb.c. */

	struct tcp_listener *listener; /* whose queue it stands in, until accept */
	TAILQ_ENTRY(tcp_tcb) queue_link;
	TAILQ_ENTRY(tcp_tcb) awake_link; /* in the ring of resting.h */
	struct wheel_timer wheel;	 /* one entry for the nearest of deadline[] */
	int soft_error;			 /* ICMP's errno, kept (RFC 1122 §4.2.3.9) */
	int error;			 /* what ended the connection, positive errno */

	uint32_t mtu;			  /* of the path */
	uint32_t mtu_before;		  /* while a black hole is suspected: what it was; else 0 */
	int64_t deadline[TCPSIM_NTIMERS]; /* INT64_MAX: not running */
	uint16_t timers;		  /* a bit for each that runs */

	struct tcp_rtt rtt;
	struct mtu_probe mtu_probe;
	struct tcp_sender sender;
	struct tcp_loss loss;
	struct cc cc;
	struct tcp_sendq sendq;
	struct tcp_recvq recvq;
	struct tcp_delack delack;
	struct tcp_receive_tuning tuning;
	struct tcp_ecn ecn;
	struct tcp_settings settings;
	struct tcp_fastopen *fastopen;
	struct tcp_time_wait *time_wait; /* what it became, while that lasts */

	uint32_t memory_held, memory_pages; /* set_aside.h */
	uint8_t syn_retransmits;	    /* SYN or SYN,ACK */
	uint8_t persist_shift;		    /* Linux icsk_backoff: timeouts count as well */
	uint8_t synack_defer;
	uint16_t route_initcwnd, route_initrwnd;
	uint32_t route_rto_min_us;
	bool route_quickack;
	int64_t first_syn_ns;	     /* for the round trip of the handshake */
	int64_t crossing_syn_ack_ns; /* and in a simultaneous open */
	int64_t last_sent_ns;	     /* text */
	int64_t invalid_ack_ns;	     /* last ACK that answered an invalid segment */
	struct {
		int64_t until_ns;
		uint32_t sent;
	} challenge; /* RFC 5961 §7: challenge ACKs counted together */
	int64_t zero_window_since_ns;
};

static inline const struct tcpsim_profile *tcb_sys(const struct tcp_tcb *tcb)
{
	return &tcb->host->sys;
}

/* Our SYN does. Linux tcp_syn_options: a signature leaves no room for them beside SACK blocks. */
static inline bool tcb_offers_timestamps(const struct tcp_tcb *tcb)
{
	return tcb_sys(tcb)->timestamps &&
	       !(tcb->conn.is_signed && tcb_sys(tcb)->option_order == TCPSIM_OPTIONS_LINUX);
}

/* What the signature takes of every segment, RFC 2385 §4.3. */
static inline uint32_t tcb_signature_len(const struct tcp_tcb *tcb)
{
	return tcb->conn.is_signed ? WIRE_MD5_OPTION_LEN : 0;
}

/* The octet of our SYN is acknowledged: where a FIN's counts, it counts too. */
static inline void tcb_count_syn_acked(struct tcp_tcb *tcb)
{
	if (tcb_sys(tcb)->counters_count_fin)
		tcb->count.bytes_acked++;
}

static inline int64_t tcb_now(const struct tcp_tcb *tcb)
{
	return tcb->host->now;
}

/* Sequence number of the next byte that the process reads. */
static inline tcpsim_seq tcb_unread(const struct tcp_tcb *tcb)
{
	return tcpsim_seq_sub(tcb->rcv.nxt, tcb->recvq.bytes + tcb->fin_received);
}

/* SND.NXT - SND.UNA. */
static inline uint32_t tcb_flight(const struct tcp_tcb *tcb)
{
	return tcb->snd.nxt.n - tcb->snd.una.n;
}

/* Runs the timer at `due_ns` (sooner or later than it was to, or stops it with
 * INT64_MAX). Mostly it is to run as it does. */
static inline void tcp_timer_set(struct tcp_tcb *tcb, enum tcpsim_timer timer, int64_t due_ns)
{
	if (tcb->deadline[timer] != due_ns)
		tcp_timer_change(tcb, timer, due_ns);
}

static inline void tcp_timer_stop(struct tcp_tcb *tcb, enum tcpsim_timer timer)
{
	tcp_timer_set(tcb, timer, INT64_MAX);
}

static inline bool tcp_timer_runs(const struct tcp_tcb *tcb, enum tcpsim_timer timer)
{
	return tcb->timers & 1u << timer;
}

/* A CLOSED connection with the profile's values; not yet in the demultiplexing table. NULL: no
 * memory. */
struct tcp_tcb *tcb_new(struct tcpsim_host *host);
/* Frees one that never came into a table. NULL is fine. */
void tcb_free(struct tcp_tcb *tcb);
/* MSS, MTU and route figures for the way to conn.remote. 0 or -errno. */
int tcb_route(struct tcp_tcb *tcb);
/* The host may have learned since, from another connection's ICMP error, that less gets through: so
 * much less a SYN that goes again offers (Linux tcp_advertise_mss, FreeBSD tcp_mssopt). */
void tcb_follow_path(struct tcp_tcb *tcb);
/* What our MSS option says on that way, whose MTU is `path_mtu` for us; `most`: TCP_MAXSEG, or 0.
 * RFC 9293 §3.7.1. */
uint16_t tcp_advertised_mss(const struct tcpsim_profile *sys, const struct route *route,
	uint32_t path_mtu, uint8_t ip_version, uint16_t most);
/* The MSS that a path of that MTU permits, beside the options and within what the peer takes. */
uint32_t tcb_mss_of_mtu(const struct tcp_tcb *tcb, uint32_t mtu);
/* snd.mss from path MTU, the peer's MSS and the options every segment carries (RFC 9293 §3.7.1). */
void tcb_update_mss(struct tcp_tcb *tcb, bool resend);
/* Takes it out of every table and frees it at the end of the entry at hand. */
void tcb_bury(struct tcp_tcb *tcb);
/* Ends a connection: CLOSED, the process gets `error` (positive errno or 0), timers stop; then
 * buries it when no process holds it. */
void tcb_end(struct tcp_tcb *tcb, int error, enum tcpsim_rule rule);
/* Runs at the end of every entry: frees what was buried. */
void tcb_sweep(struct tcp_tcb *tcb);
/* An initial sequence number (RFC 6528 or the profile's way). */
tcpsim_seq tcp_choose_iss(struct tcpsim_host *host, const struct conn *conn);
/* The connection's offset of our timestamp clock, and that clock's value now (RFC 7323 §5.4). */
uint32_t tcp_choose_ts_offset(struct tcpsim_host *host, const struct conn *conn);
uint32_t tcp_ts_clock(const struct tcpsim_host *host, uint32_t offset);

#endif
