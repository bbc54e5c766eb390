/*
 * A capture of one conversation made by hand, watched by the observer: each call lets one segment
 * pass, 10 ms after the one before (onlooker_wait changes that), and what the observer concludes is
 * kept as text.
 *
 * `a` is 10.0.0.1:1000, `b` is 10.0.0.2:80. Numbers are relative to the ISNs given to
 * onlooker_start.
 */
#ifndef TESTS_SUPPORT_ONLOOKER_H
#define TESTS_SUPPORT_ONLOOKER_H

#include "traces/observer/observer.h"

#include <tcpsim/profile.h>

#include <glib.h>

enum { A, B };

struct onlooker {
	struct flow_table *flows;
	struct listeners *listeners;
	struct observer observer;
	int64_t now_ns;
	uint64_t packet;
	uint32_t isn[2];
	uint16_t port_a;
	uint16_t window[2];
	bool sack_permitted; /* SYNs offer SACK */
	/* whose SYNs write their options (an MSS of 1460, and SACK) as that system; NULL: nobody's */
	const struct tcpsim_profile *system[2];
	bool stamps;	     /* segments carry timestamps: milliseconds since the start */
	uint32_t stamp_back; /* how much older the next segment's stamp is than its time */
	uint32_t echo;	     /* the stamp that the next segment echoes; 0: none */
	uint16_t ip_id;	     /* of the next packet: 0, or one that grows with each packet */
	struct tcpsim_sack_block sack;
	bool has_sack;
	GString *path[2];  /* "CLOSED SYN_SENT ESTABLISHED" of the sides of the capture, a first */
	GString *marks;	   /* names of rules, one after another */
	struct flow *flow; /* of the last segment */
};

void onlooker_start(struct onlooker *o, uint32_t isn_a, uint32_t isn_b);
void onlooker_stop(struct onlooker *o);
void onlooker_wait(struct onlooker *o, int64_t ms);
/* flags as packetdrill writes them ("S.", "F.", "P.", "R", "."); seq and ack relative
 * to the ISNs. */
void onlooker_pass(struct onlooker *o, unsigned from, const char *flags, uint32_t seq, uint32_t ack,
	uint32_t len);
/* An ICMP error that quotes segment `seq` of `from`: fragmentation needed, at most `mtu`. */
void onlooker_too_big(struct onlooker *o, unsigned from, uint32_t seq, uint16_t mtu);
/* SYN, SYN-ACK, ACK. */
void onlooker_handshake(struct onlooker *o);

#endif
