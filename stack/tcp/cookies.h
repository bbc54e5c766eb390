/*
 * SYN cookies, RFC 4987 §3.6: the SYN,ACK's number says all that must be remembered. Options that
 * do not fit ride in the low bits of our timestamp (Linux), or the number has room for them (FreeBSD).
 */
#ifndef TCPSIM_TCP_COOKIES_H
#define TCPSIM_TCP_COOKIES_H

#include <tcp/listen.h>

/* The cookie for that SYN (MSS rounded down to the table: request->mss is changed to it). */
tcpsim_seq cookie_make(struct tcpsim_host *host, struct tcp_request *request);
/* Our timestamp with the options in it. */
uint32_t cookie_timestamp(struct tcpsim_host *host, const struct tcp_request *request);
/* Is this ACK's number a cookie of ours, under two minutes old? Fills *request from it. */
bool cookie_check(
	struct tcpsim_host *host, const struct tcpsim_segment *ack, struct tcp_request *request);

#endif
