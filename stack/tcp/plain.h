/*
 * The way of plain segments (wire/plain.h), which nearly all of an IPv4 connection are: nothing that
 * may be special about another one is asked of them, and those that leave together, the segments of one
 * piece, have their headers written once. What leaves is the same as by the other way (transmit in
 * output.c), byte for byte and event for event. RFC 9293 §3.7.
 */
#ifndef TCPSIM_TCP_PLAIN_H
#define TCPSIM_TCP_PLAIN_H

#include <host/short_path.h>
#include <tcp/tcb.h>
#include <wire/plain.h>

/* Segments that leave one after another while nothing else happens. */
struct tcp_train {
	bool many;   /* more than one */
	bool stands; /* what follows holds for the next; false before the first */
	struct wire_plain form;
	uint8_t headers[WIRE_PLAIN_MOST];
};

/* Nothing but timestamps behind its header, nothing urgent, no mark of congestion, no signature. */
static inline bool tcp_goes_plain(const struct tcp_tcb *tcb)
{
	return tcb->conn.ip_version == 4 && !tcb->conn.udp_port && !tcb->recvq.disorder &&
	       !tcb->ok.ecn && !tcb->ok.accecn && !tcb->ecn.flags && !tcb->snd.urgent &&
	       !tcb->settings.no_options && !tcb->conn.is_signed && !tcb->host->device_full &&
	       host_takes_short_path(tcb->host);
}

/* As tcp_transmit(), of a connection that goes plain; flags with ACK. False: its text lies in several
 * chunks, and nothing was done. */
bool tcp_transmit_plain(struct tcp_tcb *tcb, struct tcp_train *train, uint16_t flags,
	tcpsim_seq seq, uint32_t len, enum tcpsim_rule rule);

#endif
