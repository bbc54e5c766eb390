/* Link layers, by their LINKTYPE_ number (https://www.tcpdump.org/linktypes.html), and what they
 * carry. */
#include "traces/decapsulation/link.h"
#include "traces/decapsulation/layers.h"

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_TRANSPARENT_ETHERNET = 0x6558,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_RARP = 0x8035,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPP = 0x880b,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_UPSTREAM = 0x8848,
	ETHERTYPE_PPPOE_DISCOVERY = 0x8863,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_SERVICE_VLAN = 0x88a8,
	ETHERTYPE_ERSPAN = 0x88be,
	ETHERTYPE_FABRICPATH = 0x8903,
	ETHERTYPE_MACSEC = 0x88e5,
	ETHERTYPE_PBB = 0x88e7,
	ETHERTYPE_BRIDGE_PORT = 0x893f, /* IEEE 802.1BR */
	ETHERTYPE_NSH = 0x894f,
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_QINQ_OLDER = 0x9200,
	ETHERTYPE_ERSPAN_III = 0x22eb,
	ETHERTYPE_LEAST = 0x0600, /* under it: the length of an IEEE 802.3 frame */
};

static enum layer pass_to(struct cursor *c, size_t n, unsigned bit, enum layer next)
{
	c->passed |= bit;
	return layer_pass(c, n) ? next : LAYER_SKIP;
}

/* n bytes at whose end an ethertype stands. */
static enum layer pass_to_ethertype(struct cursor *c, size_t n, unsigned bit)
{
	c->passed |= bit;
	if (!layer_pass(c, n))
		return LAYER_SKIP;
	c->ethertype = be16(c->p - 2);
	return LAYER_ETHERTYPE;
}

enum layer layer_ethertype(struct cursor *c)
{
	switch (c->ethertype) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6: return LAYER_IP;
	case ETHERTYPE_ARP:
	case ETHERTYPE_RARP: return layer_skip(c, REASON_ARP);
	case ETHERTYPE_VLAN:
	case ETHERTYPE_SERVICE_VLAN:
	case ETHERTYPE_QINQ_OLD:
	case ETHERTYPE_QINQ_OLDER: return pass_to_ethertype(c, 4, DECAPSULATION_VLAN);
	case ETHERTYPE_BRIDGE_PORT: return pass_to_ethertype(c, 8, DECAPSULATION_VLAN);
	case ETHERTYPE_PBB: return pass_to(c, 4, DECAPSULATION_VLAN, LAYER_ETHERNET);
	case ETHERTYPE_FABRICPATH: return pass_to(c, 2, DECAPSULATION_VLAN, LAYER_ETHERNET);
	case ETHERTYPE_PPPOE_DISCOVERY: return layer_skip(c, REASON_PPP_CONTROL);
	case ETHERTYPE_PPPOE: return pass_to(c, 6, DECAPSULATION_PPP, LAYER_PPP); /* RFC 2516 §4 */
	case ETHERTYPE_PPP: return LAYER_PPP;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM: return LAYER_MPLS;
	case ETHERTYPE_TRANSPARENT_ETHERNET: return LAYER_ETHERNET;
	case ETHERTYPE_MACSEC: return layer_skip(c, REASON_MACSEC);
	case ETHERTYPE_NSH: return LAYER_NSH;
	case ETHERTYPE_ERSPAN: c->erspan = 2; return LAYER_ERSPAN;
	case ETHERTYPE_ERSPAN_III: c->erspan = 3; return LAYER_ERSPAN;
	default: return c->ethertype < ETHERTYPE_LEAST ? LAYER_LLC : layer_skip(c, REASON_NOT_IP);
	}
}

enum layer layer_ethernet(struct cursor *c)
{
	return pass_to_ethertype(c, 14, 0);
}

/* IEEE 802.2: SNAP (RFC 1042), or IP under its own SAP. */
enum layer layer_llc(struct cursor *c)
{
	if (!layer_pass(c, 3))
		return LAYER_SKIP;
	if (c->p[-3] == 0x06 && c->p[-2] == 0x06)
		return LAYER_IP;
	if (c->p[-3] != 0xaa || c->p[-2] != 0xaa || c->p[-1] != 0x03)
		return layer_skip(c, REASON_LLC);
	if (!layer_pass(c, 5))
		return LAYER_SKIP;
	c->ethertype = be16(c->p - 2);
	/* OUI 0: an ethertype; 00-00-f8: the same through a bridge (IEEE 802.1H) */
	if (c->p[-5] == 0 && c->p[-4] == 0 && (c->p[-3] == 0 || c->p[-3] == 0xf8))
		return c->ethertype < ETHERTYPE_LEAST ? layer_skip(c, REASON_LLC) : LAYER_ETHERTYPE;
	return layer_skip(c, REASON_LLC);
}

enum {
	PPP_IPV4 = 0x0021,
	PPP_VJ_COMPRESSED = 0x002d,
	PPP_VJ_UNCOMPRESSED = 0x002f,
	PPP_MULTILINK = 0x003d,
	PPP_IPV6 = 0x0057,
	PPP_COMPRESSED_LINK = 0x00fb,
	PPP_COMPRESSED = 0x00fd,
	PPP_MPLS = 0x0281,
};

/* RFC 1661 §2, RFC 1662 §3.1: address and control may be left out, so may the protocol's first byte
 * if it is 0. */
enum layer layer_ppp(struct cursor *c)
{
	unsigned protocol;

	c->passed |= DECAPSULATION_PPP;
	if (c->len >= 2 && c->p[0] == 0xff && c->p[1] == 0x03)
		layer_pass(c, 2);
	if (c->len >= 1 && c->p[0] & 1) {
		protocol = c->p[0];
		layer_pass(c, 1);
	} else {
		if (!layer_pass(c, 2))
			return LAYER_SKIP;
		protocol = be16(c->p - 2);
	}
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6: return LAYER_IP;
	case PPP_MPLS: return LAYER_MPLS;
	case PPP_VJ_COMPRESSED:
	case PPP_VJ_UNCOMPRESSED:
	case PPP_COMPRESSED_LINK:
	case PPP_COMPRESSED: return layer_skip(c, REASON_PPP_COMPRESSED);
	case PPP_MULTILINK:
		/* RFC 1990 §3: both the first and the last piece, so the packet is whole */
		if (c->len < 4 || (c->p[0] & 0xc0) != 0xc0)
			return layer_skip(c, REASON_PPP_MULTILINK);
		return pass_to(c, 4, 0, LAYER_PPP);
	default: return layer_skip(c, REASON_PPP_CONTROL);
	}
}

/* Cisco's HDLC has 0x0f or 0x8f where PPP has 0xff. */
static enum layer layer_hdlc(struct cursor *c)
{
	if (c->len >= 1 && c->p[0] != 0x0f && c->p[0] != 0x8f)
		return LAYER_PPP;
	return pass_to_ethertype(c, 4, 0);
}

/* The address family of the capturing host, in its byte order; AF_INET6 differs by system. */
static enum layer layer_null(struct cursor *c)
{
	uint32_t family;

	if (!layer_pass(c, 4))
		return LAYER_SKIP;
	family = le32(c->p - 4);
	if (family > 0xffff)
		family = be32(c->p - 4);
	switch (family) {
	case 2:	 /* AF_INET everywhere */
	case 10: /* AF_INET6: Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */ return LAYER_IP;
	default:
		c->ethertype = (uint16_t)family;
		return LAYER_ETHERTYPE; /* as Wireshark reads it */
	}
}

/* "Cooked": the protocol field holds an ethertype, or a small number for IEEE 802.3 (1) and 802.2
 * (4). */
static enum layer cooked_protocol(struct cursor *c, uint16_t protocol)
{
	c->ethertype = protocol;
	if (protocol == 4)
		return LAYER_LLC;
	return protocol < ETHERTYPE_LEAST ? layer_skip(c, REASON_NOT_IP) : LAYER_ETHERTYPE;
}

static enum layer layer_sll(struct cursor *c)
{
	return layer_pass(c, 16) ? cooked_protocol(c, be16(c->p - 2)) : LAYER_SKIP;
}

static enum layer layer_sll2(struct cursor *c)
{
	return layer_pass(c, 20) ? cooked_protocol(c, be16(c->p - 20)) : LAYER_SKIP;
}

static enum layer layer_fddi(struct cursor *c)
{
	if (!layer_pass(c, 13))
		return LAYER_SKIP;
	/* Frame control, ISO 9314-2 §7.3.3: the format bits say LLC */
	return (c->p[-13] & 0x70) == 0x50 ? LAYER_LLC : layer_skip(c, REASON_NOT_IP);
}

static enum layer layer_token_ring(struct cursor *c)
{
	bool routed;

	if (!layer_pass(c, 14))
		return LAYER_SKIP;
	routed = c->p[-6] & 0x80;
	if ((c->p[-13] & 0xc0) != 0x40)
		return layer_skip(c, REASON_NOT_IP);
	if (routed && (c->len < 1 || !layer_pass(c, c->p[0] & 0x1f)))
		return layer_skip(c, REASON_LINK_SHORT);
	return LAYER_LLC;
}

/* Frame relay with RFC 2427's or Cisco's encapsulation. */
static enum layer layer_frame_relay(struct cursor *c)
{
	do
		if (!layer_pass(c, 1))
			return LAYER_SKIP;
	while (!(c->p[-1] & 1)); /* the address ends with a byte whose lowest bit is set */
	if (c->len >= 2 && c->p[0] != 0x03)
		return pass_to_ethertype(c, 2, 0);
	if (!layer_pass(c, 2))
		return LAYER_SKIP;
	if (c->p[-1] == 0 && !layer_pass(c, 1)) /* padding before the NLPID */
		return LAYER_SKIP;
	if (c->p[-1] == 0xcc || c->p[-1] == 0x8e)
		return LAYER_IP;
	if (c->p[-1] == 0x80 && c->len >= 5 && c->p[0] == 0 && c->p[1] == 0 && c->p[2] == 0)
		return pass_to_ethertype(c, 5, 0);
	return layer_skip(c, REASON_NOT_IP);
}

/* RFC 1051's short header and RFC 1201's, which may cut a packet in pieces (not put
 * together here). */
static enum layer layer_arcnet(struct cursor *c, size_t addresses)
{
	uint8_t type;

	if (!layer_pass(c, addresses + 1))
		return LAYER_SKIP;
	type = c->p[-1];
	if (type == 0xf0)
		return LAYER_IP;
	if (type != 0xd4 && type != 0xc4) /* IPv4, IPv6 */
		return layer_skip(c, type == 0xf1 || type == 0xd5 ? REASON_ARP : REASON_NOT_IP);
	if (!layer_pass(c, 3))
		return LAYER_SKIP;
	if (c->p[-3] == 0xff) /* an exception: padding, then the header again */
		return pass_to(c, 4, 0, LAYER_IP);
	return c->p[-3] ? layer_skip(c, REASON_NOT_IP) : LAYER_IP;
}

static enum layer layer_pflog(struct cursor *c)
{
	return layer_pass(c, 1) && layer_pass(c, ((c->p[-1] + 3u) & ~3u) - 1) ? LAYER_IP
									      : LAYER_SKIP;
}

static enum layer layer_ipoib(struct cursor *c)
{
	if (!layer_pass(c, 44))
		return LAYER_SKIP;
	c->ethertype = be16(c->p - 4);
	return LAYER_ETHERTYPE;
}

/* A header that tells its own length and the link type behind it: PPI (2 and 4),
 * PKTAP (0 and 8). */
static enum layer layer_wrapped(struct cursor *c, size_t header, int link_type)
{
	c->link_type = link_type;
	return layer_pass(c, header) ? LAYER_LINK : LAYER_SKIP;
}

static enum layer layer_ppi(struct cursor *c)
{
	return c->len < 8 ? layer_skip(c, REASON_LINK_SHORT)
			  : layer_wrapped(c, le16(c->p + 2), (int)(le32(c->p + 4) & 0xffff));
}

static enum layer layer_pktap(struct cursor *c)
{
	return c->len < 12 ? layer_skip(c, REASON_LINK_SHORT)
			   : layer_wrapped(c, le32(c->p), (int)(le32(c->p + 8) & 0xffff));
}

/* Netfilter's log: type-length-values after four bytes; the packet is the value of type 9. */
static enum layer layer_nflog(struct cursor *c)
{
	if (!layer_pass(c, 4))
		return LAYER_SKIP;
	while (c->len >= 4) {
		size_t len = le16(c->p);

		if (le16(c->p + 2) == 9)
			return pass_to(c, 4, 0, LAYER_IP);
		if (len < 4 || !layer_pass(c, (len + 3) & ~(size_t)3))
			break;
	}
	return layer_skip(c, REASON_NOT_IP);
}

enum {
	RADIOTAP_TSFT = 1 << 0,
	RADIOTAP_FLAGS = 1 << 1,
	RADIOTAP_FLAG_DATA_PAD = 0x20,
};

/* https://www.radiotap.org: only the flags matter here, which stand first or behind the 8-byte
 * clock. */
static enum layer layer_radiotap(struct cursor *c)
{
	size_t len, at = 4;
	uint32_t present;

	if (c->len < 8)
		return layer_skip(c, REASON_LINK_SHORT);
	len = le16(c->p + 2);
	present = le32(c->p + 4);
	while (at + 4 <= len && at + 4 <= c->len && c->p[at + 3] & 0x80)
		at += 4;
	at += 4;
	if (present & RADIOTAP_TSFT)
		at = ((at + 7) & ~(size_t)7) + 8;
	if (present & RADIOTAP_FLAGS && at < len && at < c->len)
		c->wifi_padded = c->p[at] & RADIOTAP_FLAG_DATA_PAD;
	return len < 8 ? layer_skip(c, REASON_LINK_SHORT) : pass_to(c, len, 0, LAYER_WIFI);
}

/* AVS tells its length; the older prism header is always 144 bytes. */
static enum layer layer_prism(struct cursor *c)
{
	if (c->len >= 8 && (be32(c->p) & 0xfffff000) == 0x80211000)
		return pass_to(c, be32(c->p + 4), 0, LAYER_WIFI);
	return pass_to(c, 144, 0, LAYER_WIFI);
}

enum {
	WIFI_TYPE = 0x000c,
	WIFI_TYPE_DATA = 0x0008,
	WIFI_SUBTYPE_NO_DATA = 0x0040,
	WIFI_SUBTYPE_QOS = 0x0080,
	WIFI_TO_DS = 0x0100,
	WIFI_FROM_DS = 0x0200,
	WIFI_MORE_FRAGMENTS = 0x0400,
	WIFI_PROTECTED = 0x4000,
	WIFI_ORDER = 0x8000, /* with QoS: an HT control field follows */
	QOS_AGGREGATE = 0x80,
};

/* Controllers of some makers hand on frame control and sequence control with their bytes swapped:
 * version 0 tells. */
static bool wifi_is_swapped(const uint8_t *p)
{
	return (p[0] & 3) != 0 && (p[1] & 3) == 0;
}

/* Why there is nothing to read in a frame with this control field, or REASON_NONE. */
static enum reason wifi_refusal(unsigned control, unsigned fragment)
{
	if ((control & WIFI_TYPE) != WIFI_TYPE_DATA || control & WIFI_SUBTYPE_NO_DATA)
		return REASON_WIFI_MANAGEMENT;
	if (control & WIFI_PROTECTED)
		return REASON_WIFI_ENCRYPTED;
	return control & WIFI_MORE_FRAGMENTS || fragment ? REASON_WIFI_FRAGMENT : REASON_NONE;
}

/* IEEE 802.11 §9.3.2: the header of a data frame; of an aggregate (A-MSDU) the first
 * frame in it. */
enum layer layer_wifi(struct cursor *c)
{
	size_t header = 24;
	bool aggregate = false, swapped;
	unsigned control;
	enum reason refusal;

	if (c->len < 2)
		return layer_skip(c, REASON_LINK_SHORT);
	swapped = wifi_is_swapped(c->p);
	control = swapped ? be16(c->p) : le16(c->p);
	if (c->len < header) {
		refusal = wifi_refusal(control, 0);
		return refusal ? layer_skip(c, refusal) : pass_to(c, header, 0, LAYER_SKIP);
	}
	refusal = wifi_refusal(control, (swapped ? c->p[23] : c->p[22]) & 0x0f);
	if (refusal)
		return layer_skip(c, refusal);
	if ((control & (WIFI_TO_DS | WIFI_FROM_DS)) == (WIFI_TO_DS | WIFI_FROM_DS))
		header += 6;
	if (control & WIFI_SUBTYPE_QOS) {
		aggregate = c->len > header && c->p[header] & QOS_AGGREGATE;
		header += control & WIFI_ORDER ? 6 : 2;
	}
	if (c->wifi_padded)
		header = (header + 3) & ~(size_t)3;
	return pass_to(c, header + (aggregate ? 14 : 0), 0, LAYER_LLC);
}

enum layer layer_link(struct cursor *c)
{
	switch (c->link_type) {
	case 1: return LAYER_ETHERNET;
	case 0: /* NULL */
	case 108: /* LOOP */ return layer_null(c);
	case 6: return layer_token_ring(c);
	case 7: /* ARCNET */ return layer_arcnet(c, 2);
	case 8: /* SLIP */ return pass_to(c, 16, 0, LAYER_IP);
	case 10: return layer_fddi(c);
	case 11:
	case 100: /* RFC 1483 */ return LAYER_LLC;
	case 12:
	case 14:
	case 101: /* RAW by its various numbers */
	case 228:
	case 229: /* IPV4, IPV6 */ return LAYER_IP;
	case 9:	 /* PPP, where some put Cisco's HDLC as well */
	case 50: /* PPP_HDLC */
	case 104: /* C_HDLC */ return layer_hdlc(c);
	case 51: /* PPP_ETHER */ return pass_to(c, 6, DECAPSULATION_PPP, LAYER_PPP);
	case 105: return LAYER_WIFI;
	case 107: return layer_frame_relay(c);
	case 109: /* ENC */ return pass_to(c, 12, 0, LAYER_IP);
	case 113: return layer_sll(c);
	case 117: return layer_pflog(c);
	case 119: /* PRISM */
	case 163: /* AVS */ return layer_prism(c);
	case 127: return layer_radiotap(c);
	case 129: /* ARCNET_LINUX */ return layer_arcnet(c, 4);
	case 138: /* IP over IEEE 1394 */ return pass_to_ethertype(c, 18, 0);
	case 166:
	case 204: /* PPP with a direction before it */ return pass_to(c, 1, 0, LAYER_PPP);
	case 192: return layer_ppi(c);
	case 219: return LAYER_MPLS;
	case 239: return layer_nflog(c);
	case 242: /* IPOIB: addresses, ethertype, reserved */ return layer_ipoib(c);
	case 258: return layer_pktap(c);
	case 276: return layer_sll2(c);
	default: return layer_skip(c, REASON_LINK_TYPE);
	}
}
