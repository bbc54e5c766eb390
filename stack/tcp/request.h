/* Entries of the incomplete queue: from the SYN to the third segment. */
#ifndef TCPSIM_TCP_REQUEST_H
#define TCPSIM_TCP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <tcp/window.h>
#include <tcpsim/event.h>

struct wire_packet;
struct fastopen_answer;
struct tcp_listener;
struct tcp_request;
struct tcp_syn_offer;

/* A segment for a port where somebody listens and no connection fits. `least_iss` as
 * time_wait_arrived gave it. */
void listener_arrived(struct tcp_listener *listener, const struct wire_packet *in,
	struct tcpsim_packet *packet, const tcpsim_seq *least_iss);
/* The window that it offers, and its connection has. */
struct tcp_first_window request_own_window(const struct tcp_request *request);
/* Takes the entry out and frees it. The listener may be gone. */
void request_free(struct tcpsim_host *host, struct tcp_request *request, enum tcpsim_rule rule);
void request_drop(struct tcpsim_host *host, uint32_t id, enum tcpsim_state state,
	enum tcpsim_rule rule, const struct tcpsim_segment *seg);
int64_t request_created_ns(const struct tcp_request *request, int64_t now);
/* Since its SYN came, in REQUEST_TICKs. */
uint16_t request_age(const struct tcpsim_host *host, const struct tcp_request *request);
/* What a SYN,ACK for it offers, and the window that it begins with. */
void request_fill_offer(struct tcpsim_host *host, const struct tcp_request *request,
	const struct fastopen_answer *cookie, bool syn_cookie, struct tcp_syn_offer *offer,
	struct tcp_first_window *first);
void request_send_syn_ack(struct tcpsim_host *host, struct tcp_request *request,
	const struct fastopen_answer *cookie, bool syn_cookie, enum tcpsim_rule rule);
/* Its timer runs from now. */
void request_arm(struct tcpsim_host *host, struct tcp_request *request);
/* Its SYN,ACK goes again for the first time, or it ends: among the young of its listener it is no
 * more. */
void request_grew_old(const struct tcp_request *request);
/* Its timer, if it runs, is stopped. */
void request_disarm(struct tcpsim_host *host, struct tcp_request *request);
/* The connection that it became is given the segment that completes it. */
void request_child_arrives(
	struct tcp_tcb *tcb, const struct wire_packet *in, struct tcpsim_packet *packet);

#endif
