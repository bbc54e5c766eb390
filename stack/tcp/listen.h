/*
 * A listener and its two queues (UNP §4.5): the incomplete one, an entry for each SYN whose
 * handshake is not finished (SYN_RCVD), and the completed one, a connection for each client whose
 * handshake is (ESTABLISHED) until accept takes it. The profile's backlog rule says when either is
 * full and what happens then. RFC 9293 §3.10.7.2, RFC 4987.
 */
#ifndef TCPSIM_TCP_LISTEN_H
#define TCPSIM_TCP_LISTEN_H

#include <tcp/tcb.h>
#include <tcp/window.h>

struct tcp_socket;

TAILQ_HEAD(tcb_queue, tcp_tcb);

struct tcp_listener {
	struct listen_entry entry; /* first: the table of ports' */
	struct tcpsim_host *host;
	struct tcp_socket *socket;
	struct tcp_settings settings; /* its connections start with these */
	struct tcb_queue completed;
	uint32_t id; /* of events */
	uint32_t n_incomplete, n_completed;
	uint32_t n_young;    /* of the incomplete: those whose SYN,ACK left once */
	uint32_t n_fastopen; /* Fast Open connections whose handshake is not finished */
	uint32_t backlog;    /* as it counts: clamped to somaxconn */
	bool is_shut;	     /* no SYN finds it any more; what it has may be accepted */
	bool cookies_sent;   /* cookies are out: an ACK may be one of them */
	int64_t cookie_sent_ns;
};

#define REQUEST_TICK_MS 4
#define REQUEST_GRAIN	16000 /* ns: a handshake's round trip is measured by it */

/* An entry of the incomplete queue: all that must be kept of a SYN. */
struct tcp_request {
	struct conn conn;
	struct wheel_timer wheel;
	struct tcp_listener *listener;
	tcpsim_seq irs, iss;
	uint32_t ts_recent;
	uint32_t created;     /* in REQUEST_GRAINs of the host's clock, wrapping */
	uint16_t mss, window; /* that the peer named */
	uint32_t own_window;  /* ours, as the listener's settings were when the SYN came */
	uint32_t ts_last;     /* the timestamp of the last SYN,ACK */
	/* When what does not fit was last answered (0: it was not); REQUEST_TICKs since the SYN. */
	uint16_t answered_at;
	uint16_t own_clamp; /* what bounds own_window later, in units of own_scale */
	uint8_t scale;	    /* of the peer */
	uint8_t own_scale;
	uint8_t syn_tos;     /* of its SYN, ECN included */
	uint8_t retransmits; /* by its timer */
	uint8_t resends;     /* the SYN,ACK at hand went before, for whatever reason */
	bool timestamps : 1, sack : 1, window_scaling : 1;
	bool of_cookie : 1;	 /* made up again from the ACK of a SYN cookie */
	bool acked : 1;		 /* the third segment came and found no room, or is deferred */
	uint8_t ecn_answer : 2;	 /* enum ecn_answer */
	uint8_t accecn_opt : 2;	 /* ACCECN_OPT_*, of the option that came */
	uint8_t accecn_fail : 4; /* ACCECN_FAIL_* */
};

/* The handshake of a connection that stands with a listener is done: to the completed queue. */
void listener_completed(struct tcp_tcb *tcb);
/* The same, and nobody is woken. */
void listener_queue(struct tcp_tcb *tcb);
/* A connection in the completed queue ended: leaves it, or stays by the profile. */
void listener_forget(struct tcp_tcb *tcb);
/* The completed queue takes no more. */
bool listener_is_full(const struct tcp_listener *listener);
/* Both queues together leave no place for another SYN (4.4BSD and its children): it is ignored. */
bool listener_refuses_syn(const struct tcp_listener *listener);
void listener_event_queue(const struct tcp_listener *listener, enum tcpsim_rule rule,
	const struct tcpsim_segment *seg);
/* A connection in SYN_RCVD made from what is known of the SYN; NULL: no memory. Its place in
 * the table is taken. */
struct tcp_tcb *listener_child(struct tcp_listener *listener, const struct tcp_request *from);

/* §3.10.1, passive: makes so->listener, CLOSED to LISTEN. The backlog is as the process gave it. */
int tcp_listen(struct tcp_socket *so, int backlog);
void tcp_listener_set_backlog(struct tcp_listener *listener, int backlog);
/* It listens no longer; connections that its queues hold go on. */
void tcp_listener_shut(struct tcp_listener *listener);
/* Ends a listener: its incomplete entries are forgotten, its completed connections reset. */
void tcp_listener_close(struct tcp_listener *listener);
/* The first of the queue was reset while it waited, and the system says so: it is let go. */
bool tcp_accept_aborted(struct tcp_listener *listener);
/* The front of the completed queue, now without queue and with `so` as its socket; NULL: none
 * waits. */
struct tcp_tcb *tcp_accept(struct tcp_listener *listener, struct tcp_socket *so);
/* The id that its events carry. */
uint32_t tcp_listener_id(const struct tcp_listener *listener);
/* Completed connections that wait; and how many may. */
uint32_t tcp_listener_completed(const struct tcp_listener *listener);
uint32_t tcp_listener_backlog(const struct tcp_listener *listener);

#endif
