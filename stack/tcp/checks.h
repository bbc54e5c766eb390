/* The checks on a segment for a synchronized connection, before its text. */
#ifndef TCPSIM_TCP_CHECKS_H
#define TCPSIM_TCP_CHECKS_H

#include <tcp/check.h>
#include <tcpsim/event.h>

struct arrival;

/* An ACK in answer to a segment that does not fit, unless the last one went a moment ago
 * (invalid_ratelimit). */
void arrival_answer(struct arrival *a, enum tcpsim_rule rule);
/* Text came that was there already: for the next ACK's D-SACK (RFC 2883). */
void arrival_note_duplicate(struct arrival *a);
/* A challenge ACK, RFC 5961 §7: limited for the host, and for the connection. */
void arrival_challenge(struct arrival *a);
/* TS.Recent follows a segment that spans Last.ACK.sent: RFC 7323 §4.3. */
void arrival_update_ts_recent(struct arrival *a);
/* The checks of RFC 9293 §3.10.7.4 in their order; each may be the last. */
/* Linux tcp_rcv_established: what has no ACK, and is no SYN and no RST, is not looked at. */
enum verdict check_ack_flag(struct arrival *a);
enum verdict check_timestamp(struct arrival *a);
enum verdict check_sequence(struct arrival *a);
enum verdict check_rst(struct arrival *a);
enum verdict check_syn(struct arrival *a);

#endif
