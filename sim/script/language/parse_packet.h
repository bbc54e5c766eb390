/*
 * A packet: `< S. 0:0(0) ack 1 win 65535 <mss 1460>`, `> icmp unreachable frag_needed mtu 1000
 * [1:1001(1000)]`.
 */
#ifndef SCRIPT_LANGUAGE_PARSE_PACKET_H
#define SCRIPT_LANGUAGE_PARSE_PACKET_H

struct parser;
struct script_packet;

/* parse_packet.c: from the arrow on */
void parse_packet(struct parser *p, struct script_packet *out);

#endif
