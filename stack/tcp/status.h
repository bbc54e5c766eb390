/* STATUS (RFC 9293 §3.10.6) and settings: what the socket layer asks of a connection. */
#ifndef TCPSIM_TCP_STATUS_H
#define TCPSIM_TCP_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpsim/state.h>

struct cc_ops;
struct tcp_settings;
struct tcp_socket;
struct tcp_tcb;
struct tcpsim_profile;
struct tcpsim_tcp_info;
union tcp_cc_info;

/* §3.10.6 STATUS. */
enum tcpsim_state tcp_tcb_state(const struct tcp_tcb *tcb);
short tcp_poll(const struct tcp_tcb *tcb);
bool tcp_stream_ended(const struct tcp_tcb *tcb); /* the peer's FIN was here */
uint32_t tcp_readable(const struct tcp_tcb *tcb); /* FIONREAD, SIOCINQ */
uint32_t tcp_unacked(const struct tcp_tcb *tcb);  /* SIOCOUTQ: queued and not acknowledged */
uint32_t tcp_unsent(const struct tcp_tcb *tcb);	  /* SIOCOUTQNSD */
/* What the two ioctls say of a socket, whatever became of its connection. */
uint32_t tcp_outq(const struct tcp_socket *so, bool unsent);
/* The settings that stand for the socket: the connection's, the listener's or its own. */
struct tcp_settings *tcp_settings_of(struct tcp_socket *so);
/* Copies settings to so->settings, which is made if need be. */
void tcp_settings_keep(struct tcp_socket *so, const struct tcp_settings *settings);
/* A setting changed that may move timers; with `push` one that held text back lets it go (cork off,
 * nodelay on). */
void tcp_settings_changed(struct tcp_tcb *tcb, bool push);
/* The errno that ICMP left behind, and the connection did not end of; it is forgotten. */
int tcp_take_soft_error(struct tcp_tcb *tcb);
/* TCP_QUICKACK: of a connection it is what it is doing, and passes. */
void tcp_set_quickack(struct tcp_socket *so, int value);
bool tcp_quickack(struct tcp_socket *so);
/* TCP_WINDOW_CLAMP was set in the settings; and what it is. */
void tcp_set_window_clamp(struct tcp_socket *so);
uint32_t tcp_window_clamp(struct tcp_socket *so);
/* TCP_CONGESTION: a connection goes on with it at once. 0; -EPERM: the route has fixed it. */
int tcp_set_congestion(struct tcp_socket *so, const struct cc_ops *ops);
/* TCP_CC_INFO: what congestion control tells of itself; how many bytes, 0 if nothing. */
size_t tcp_cc_info(const struct tcp_tcb *tcb, union tcp_cc_info *info);
/* TCP_INFO, every member. */
void tcp_fill_info(const struct tcp_tcb *tcb, struct tcpsim_tcp_info *info);
/* Linux tcp_disconnect: what the socket goes on telling of the connection is kept. */
void tcp_keep_relics(struct tcp_socket *so, const struct tcp_tcb *tcb);
/* Disconnected once more: the next connection's numbers move on by the gap again. */
void tcp_move_relics(struct tcp_socket *so);
/* Of a socket that listens, or has no connection. */
void tcp_fill_info_without(const struct tcp_socket *so, struct tcpsim_tcp_info *info);
/* MSS for TCP_MAXSEG, header size excluded; path MTU for IP_MTU. */
uint32_t tcp_current_mss(const struct tcp_tcb *tcb);
uint32_t tcp_current_mtu(const struct tcp_tcb *tcb);
/* Initial buffers and values of a fresh socket. */
void tcp_settings_init(struct tcp_settings *settings, const struct tcpsim_profile *sys);

#endif
