/* Tunnels: what an IP protocol or a UDP port carries that is a packet again. */
#include "traces/decapsulation/tunnel.h"
#include "traces/decapsulation/layers.h"

enum {
	PROTOCOL_ICMP = 1,
	PROTOCOL_IGMP = 2,
	PROTOCOL_IPIP = 4,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_GRE = 47,
	PROTOCOL_ESP = 50,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_ETHERIP = 97,
	PROTOCOL_SCTP = 132,
	PROTOCOL_MPLS = 137,
	PROTOCOL_ETHERNET = 143,
};

enum {
	PORT_L2TP = 1701,
	PORT_GTPU = 2152,
	PORT_TEREDO = 3544,
	PORT_LISP = 4341,
	PORT_GRE_IN_UDP = 4754,
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_CAPWAP = 5247,
	PORT_GENEVE = 6081,
	PORT_MPLS_IN_UDP = 6635,
	PORT_VXLAN_LINUX = 8472,
};

static enum layer pass_to(struct cursor *c, size_t n, unsigned bit, enum layer next)
{
	c->passed |= bit;
	return layer_pass(c, n) ? next : LAYER_SKIP;
}

enum layer layer_ip_protocol(struct cursor *c, uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_IPIP:
	case PROTOCOL_IPV6: return pass_to(c, 0, DECAPSULATION_IP_IN_IP, LAYER_IP);
	case PROTOCOL_UDP: return LAYER_UDP;
	case PROTOCOL_GRE: return LAYER_GRE;
	case PROTOCOL_MPLS: return LAYER_MPLS;
	case PROTOCOL_ETHERIP:
		return pass_to(c, 2, DECAPSULATION_IP_IN_IP, LAYER_ETHERNET); /* RFC 3378 */
	case PROTOCOL_ETHERNET:
		return pass_to(c, 0, DECAPSULATION_IP_IN_IP, LAYER_ETHERNET); /* RFC 8986 */
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6: return layer_skip(c, REASON_ICMP);
	case PROTOCOL_IGMP: return layer_skip(c, REASON_IGMP);
	case PROTOCOL_ESP: return layer_skip(c, REASON_ESP);
	case PROTOCOL_SCTP: return layer_skip(c, REASON_SCTP);
	default: return layer_skip(c, REASON_IP_PROTOCOL);
	}
}

/* Could an IP header stand here? MPLS has no field that says what it carries. */
static bool looks_like_ip(const struct cursor *c)
{
	if (c->len < 20)
		return c->len && (c->p[0] >> 4 == 4 || c->p[0] >> 4 == 6);
	if (c->p[0] >> 4 == 4)
		return (c->p[0] & 15) >= 5 && be16(c->p + 2) >= 20 && be16(c->p + 2) <= c->original;
	return c->p[0] >> 4 == 6 && be16(c->p + 4) + 40u <= c->original;
}

/* A frame would have its type at `at`: is there one that a pseudowire is likely to carry? */
static bool looks_like_ethernet(const struct cursor *c, size_t at)
{
	if (c->len < at + 2)
		return false;
	switch (be16(c->p + at)) {
	case 0x0800: /* IPv4, ARP, IPv6, VLAN tags, MPLS */
	case 0x0806:
	case 0x86dd:
	case 0x8100:
	case 0x88a8:
	case 0x8847: return true;
	default: return false;
	}
}

/* RFC 3032 §2.1; behind the last label IP, or a pseudowire with a control word (RFC 4385 §3) or
 * without. */
enum layer layer_mpls(struct cursor *c)
{
	c->passed |= DECAPSULATION_MPLS;
	do
		if (!layer_pass(c, 4))
			return LAYER_SKIP;
	while (!(c->p[-2] & 1));
	if (looks_like_ip(c))
		return LAYER_IP;
	if (c->len && c->p[0] >> 4 == 1)
		return layer_skip(c, REASON_TUNNEL_CONTROL); /* associated channel, RFC 4385 §5 */
	if (c->len && c->p[0] >> 4 == 0 && !looks_like_ethernet(c, 12) &&
		looks_like_ethernet(c, 16))
		return pass_to(c, 4, 0, LAYER_ETHERNET);
	return LAYER_ETHERNET;
}

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGMENT = 0x0080, /* version 1, RFC 2637 §4.1 */
	GRE_VERSION = 0x0007,
	GRE_ERSPAN = 0x88be,
	GRE_WCCP = 0x883e,
};

/* RFC 2784, 2890; version 1 of RFC 2637 carries PPP. */
enum layer layer_gre(struct cursor *c)
{
	unsigned flags;
	size_t more = 0;

	c->passed |= DECAPSULATION_GRE;
	if (!layer_pass(c, 4))
		return LAYER_SKIP;
	flags = be16(c->p - 4);
	c->ethertype = be16(c->p - 2);
	if (flags & GRE_ROUTING || (flags & GRE_VERSION) > 1)
		return layer_skip(c, REASON_TUNNEL_UNREADABLE);
	more += flags & GRE_CHECKSUM ? 4 : 0;
	more += flags & GRE_KEY ? 4 : 0;
	more += flags & GRE_SEQUENCE ? 4 : 0;
	if ((flags & GRE_VERSION) == 1 && flags & GRE_ACKNOWLEDGMENT)
		more += 4;
	if (!layer_pass(c, more))
		return LAYER_SKIP;
	if (c->original == 0)
		return layer_skip(
			c, REASON_TUNNEL_CONTROL); /* keepalives and bare acknowledgments */
	if (c->ethertype == GRE_ERSPAN) {
		c->erspan = flags & GRE_SEQUENCE
				    ? 2
				    : 1; /* type I has neither sequence number nor header */
		return LAYER_ERSPAN;
	}
	if (c->ethertype == GRE_WCCP) /* version 2 puts a redirect header before the packet */
		return pass_to(c, looks_like_ip(c) ? 0 : 4, 0, LAYER_IP);
	return LAYER_ETHERTYPE;
}

/* draft-foschiano-erspan §4: 8 bytes (II), or 12 with 8 more if the O bit is set (III), then the
 * mirrored frame. */
enum layer layer_erspan(struct cursor *c)
{
	if (c->erspan == 1)
		return LAYER_ETHERNET;
	if (c->erspan == 2)
		return pass_to(c, 8, 0, LAYER_ETHERNET);
	if (!layer_pass(c, 12))
		return LAYER_SKIP;
	return pass_to(c, c->p[-1] & 1 ? 8 : 0, 0, LAYER_ETHERNET);
}

/* A next-protocol number shared by NSH and VXLAN-GPE, RFC 8300 §2.2. */
static enum layer next_protocol(struct cursor *c, unsigned number)
{
	switch (number) {
	case 1:
	case 2: return LAYER_IP;
	case 3: return LAYER_ETHERNET;
	case 4: return LAYER_NSH;
	case 5: return LAYER_MPLS;
	default: return layer_skip(c, REASON_TUNNEL_CONTROL);
	}
}

enum layer layer_nsh(struct cursor *c)
{
	const uint8_t *p = c->p;
	size_t words;

	if (!layer_pass(c, 8))
		return LAYER_SKIP;
	words = p[1] & 0x3f;
	if (words < 2)
		return layer_skip(c, REASON_TUNNEL_UNREADABLE);
	return layer_pass(c, words * 4 - 8) ? next_protocol(c, p[3]) : LAYER_SKIP;
}

/* RFC 7348 §5: the I bit stands when the network identifier is valid. */
static enum layer layer_vxlan(struct cursor *c)
{
	if (!layer_pass(c, 8))
		return LAYER_SKIP;
	return c->p[-8] & 0x08 ? LAYER_ETHERNET : layer_skip(c, REASON_TUNNEL_UNREADABLE);
}

/* draft-ietf-nvo3-vxlan-gpe §3.1: with the P bit the last byte of the first word names what
 * follows. */
static enum layer layer_vxlan_gpe(struct cursor *c)
{
	if (!layer_pass(c, 8))
		return LAYER_SKIP;
	return c->p[-8] & 0x04 ? next_protocol(c, c->p[-5]) : LAYER_ETHERNET;
}

/* RFC 8926 §3.4 */
static enum layer layer_geneve(struct cursor *c)
{
	const uint8_t *p = c->p;

	if (!layer_pass(c, 8))
		return LAYER_SKIP;
	if (p[0] >> 6)
		return layer_skip(c, REASON_TUNNEL_UNREADABLE);
	c->ethertype = be16(p + 2);
	return pass_to(c, (p[0] & 0x3f) * 4u, 0, LAYER_ETHERTYPE);
}

enum {
	GTP_OPTIONAL =
		0x07, /* extension header, sequence number, N-PDU number: any brings four bytes */
	GTP_EXTENSION = 0x04,
	GTP_TPDU = 255,
};

/* 3GPP TS 29.281 §5 */
static enum layer layer_gtpu(struct cursor *c)
{
	const uint8_t *p = c->p;
	uint8_t next = 0;

	if (!layer_pass(c, 8))
		return LAYER_SKIP;
	if (p[0] >> 5 != 1 || !(p[0] & 0x10))
		return layer_skip(c, REASON_TUNNEL_UNREADABLE);
	if (p[1] != GTP_TPDU)
		return layer_skip(c, REASON_TUNNEL_CONTROL);
	if (p[0] & GTP_OPTIONAL) {
		if (!layer_pass(c, 4))
			return LAYER_SKIP;
		next = p[0] & GTP_EXTENSION ? c->p[-1] : 0;
	}
	while (next) { /* each extension: its length in words of four, ..., the next one's type */
		size_t len = c->len ? c->p[0] * 4u : 0;

		if (len == 0)
			return layer_skip(c, REASON_TUNNEL_UNREADABLE);
		if (!layer_pass(c, len))
			return LAYER_SKIP;
		next = c->p[-1];
	}
	return looks_like_ip(c) ? LAYER_IP : layer_skip(c, REASON_NOT_IP);
}

/* RFC 4380 §5.1.1: an authentication header and an origin indication may stand before the IPv6
 * packet. */
static enum layer layer_teredo(struct cursor *c)
{
	if (c->len >= 4 && c->p[0] == 0 && c->p[1] == 1 && !layer_pass(c, 13u + c->p[2] + c->p[3]))
		return LAYER_SKIP;
	if (c->len >= 8 && c->p[0] == 0 && c->p[1] == 0)
		layer_pass(c, 8);
	return c->len && c->p[0] >> 4 == 6 ? LAYER_IP : layer_skip(c, REASON_UDP);
}

/* RFC 2661 §3.1: control messages have the T bit; length, sequence and offset fields are there by
 * their bits. */
static enum layer layer_l2tp(struct cursor *c)
{
	unsigned flags;

	if (!layer_pass(c, 2))
		return LAYER_SKIP;
	flags = be16(c->p - 2);
	if ((flags & 0x000f) != 2)
		return layer_skip(c, REASON_UDP);
	if (flags & 0x8000)
		return layer_skip(c, REASON_TUNNEL_CONTROL);
	if (!layer_pass(c, 4u + (flags & 0x4000 ? 2 : 0) + (flags & 0x0800 ? 4 : 0)))
		return LAYER_SKIP;
	if (flags & 0x0200 && !(layer_pass(c, 2) && layer_pass(c, be16(c->p - 2))))
		return LAYER_SKIP;
	return LAYER_PPP;
}

enum {
	CAPWAP_NATIVE =
		0x100, /* the payload is of the binding's kind (1: IEEE 802.11), else IEEE 802.3 */
	CAPWAP_FRAGMENT = 0x080,
	CAPWAP_KEEPALIVE = 0x008,
};

/* RFC 5415 §4.3: a length in words of four, a binding, flags; over DTLS the first byte is 1 and
 * nothing is to be read. */
static enum layer layer_capwap(struct cursor *c)
{
	uint32_t word;
	size_t header;

	if (!layer_pass(c, 8))
		return LAYER_SKIP;
	word = be32(c->p - 8);
	header = (word >> 19 & 0x1f) * 4;
	if (word >> 24 || header < 8)
		return layer_skip(c, REASON_TUNNEL_UNREADABLE);
	if (word & (CAPWAP_KEEPALIVE | CAPWAP_FRAGMENT))
		return layer_skip(c,
			word & CAPWAP_KEEPALIVE ? REASON_TUNNEL_CONTROL : REASON_TUNNEL_UNREADABLE);
	if (word & CAPWAP_NATIVE && (word >> 9 & 0x1f) != 1)
		return layer_skip(c, REASON_TUNNEL_UNREADABLE);
	return pass_to(c, header - 8, 0, word & CAPWAP_NATIVE ? LAYER_WIFI : LAYER_ETHERNET);
}

/* By port, as the receiver tells them apart; a tunnel that answers from its port only is GTP-U and
 * L2TP. */
enum layer layer_udp(struct cursor *c)
{
	unsigned from, to;

	if (!layer_pass(c, 8))
		return LAYER_SKIP;
	from = be16(c->p - 8);
	to = be16(c->p - 6);
	c->passed |= DECAPSULATION_UDP_TUNNEL;
	switch (to) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX: return layer_vxlan(c);
	case PORT_VXLAN_GPE: return layer_vxlan_gpe(c);
	case PORT_GENEVE: return layer_geneve(c);
	case PORT_LISP: return pass_to(c, 8, 0, LAYER_IP); /* RFC 9300 §5.1 */
	case PORT_MPLS_IN_UDP: return LAYER_MPLS;	   /* RFC 7510 */
	case PORT_GRE_IN_UDP: return LAYER_GRE;		   /* RFC 8086 */
	default: break;
	}
	if (to == PORT_GTPU || from == PORT_GTPU)
		return layer_gtpu(c);
	if (to == PORT_CAPWAP || from == PORT_CAPWAP)
		return layer_capwap(c);
	if (to == PORT_L2TP || from == PORT_L2TP)
		return layer_l2tp(c);
	if (to == PORT_TEREDO || from == PORT_TEREDO)
		return layer_teredo(c);
	return layer_skip(c, REASON_UDP);
}
