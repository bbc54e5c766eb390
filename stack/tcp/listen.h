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
	uint8_t scale; /* of the peer */
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

/* A segment for a port where somebody listens and no connection fits. `least_iss` as
 * time_wait_arrived gave it. */
void listener_arrived(struct tcp_listener *listener, const struct wire_packet *in,
	struct tcpsim_packet *packet, const tcpsim_seq *least_iss);
/* A segment for an entry of the incomplete queue. */
void request_arrived(struct tcpsim_host *host, struct tcp_request *request,
	const struct wire_packet *in, struct tcpsim_packet *packet);
/* The window that it offers, and its connection has. */
struct tcp_first_window request_own_window(
	struct tcpsim_host *host, const struct tcp_request *request);
/* RST,ACK in its name. */
void request_reset(struct tcpsim_host *host, struct tcp_request *request, enum tcpsim_rule rule);
/* Takes the entry out and frees it. The listener may be gone. */
void request_free(struct tcpsim_host *host, struct tcp_request *request, enum tcpsim_rule rule);
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
/* A connection in SYN_RECEIVED made from what is known of the SYN; NULL: no memory. Its place in
 * the table is taken. */
struct tcp_tcb *listener_child(struct tcp_listener *listener, const struct tcp_request *from);

#endif
