/*
 * A TCP segment as the machine sees it: host order, options parsed, payload borrowed.
 *
 * A segment is parsed once, at the edge (wire/), and never owns memory: `payload` and `options.raw`
 * point into the bytes it was parsed from and live as long as those. RFC 9293 §3.1.
 */
#ifndef TCPSIM_SEGMENT_H
#define TCPSIM_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpsim/addr.h>
#include <tcpsim/seq.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	TCPSIM_FIN = 0x001,
	TCPSIM_SYN = 0x002,
	TCPSIM_RST = 0x004,
	TCPSIM_PSH = 0x008,
	TCPSIM_ACK = 0x010,
	TCPSIM_URG = 0x020,
	TCPSIM_ECE = 0x040, /* RFC 3168 §6.1 */
	TCPSIM_CWR = 0x080,
	TCPSIM_AE = 0x100, /* RFC 9768 §3.1 (was NS) */
};

/* Option kinds, https://www.iana.org/assignments/tcp-parameters. */
enum tcpsim_option_kind {
	TCPSIM_OPT_EOL = 0,
	TCPSIM_OPT_NOP = 1,
	TCPSIM_OPT_MSS = 2,
	TCPSIM_OPT_WSCALE = 3,
	TCPSIM_OPT_SACK_PERMITTED = 4,
	TCPSIM_OPT_SACK = 5,
	TCPSIM_OPT_TIMESTAMP = 8,
	TCPSIM_OPT_MD5 = 19,
	TCPSIM_OPT_USER_TIMEOUT = 28,
	TCPSIM_OPT_AO = 29,
	TCPSIM_OPT_MPTCP = 30,
	TCPSIM_OPT_FASTOPEN = 34,
	TCPSIM_OPT_ACCECN0 = 172, /* fields in the order E0B CEB E1B */
	TCPSIM_OPT_ACCECN1 = 174, /* E1B CEB E0B */
	TCPSIM_OPT_EXP = 254,	  /* RFC 6994; Fast Open's experimental magic is 0xF989 */
};

/* Bits of tcpsim_options.present. */
enum {
	TCPSIM_HAS_MSS = 1 << 0,
	TCPSIM_HAS_WSCALE = 1 << 1,
	TCPSIM_HAS_SACK_PERMITTED = 1 << 2,
	TCPSIM_HAS_SACK = 1 << 3,
	TCPSIM_HAS_TIMESTAMP = 1 << 4,
	TCPSIM_HAS_FASTOPEN = 1 << 5,	  /* kind 34; cookie_len 0 is a request */
	TCPSIM_HAS_FASTOPEN_EXP = 1 << 6, /* kind 254, magic 0xF989 */
	TCPSIM_HAS_MD5 = 1 << 7,
	TCPSIM_HAS_AO = 1 << 8,
	TCPSIM_HAS_ACCECN = 1 << 9,
	TCPSIM_HAS_MPTCP = 1 << 10,
	TCPSIM_HAS_USER_TIMEOUT = 1 << 11,
	TCPSIM_HAS_UNKNOWN = 1 << 12,
	TCPSIM_HAS_MALFORMED =
		1 << 13, /* a length under 2 or past the header: parsing stopped there */
};

struct tcpsim_sack_block {
	tcpsim_seq start, end; /* end is one past the last byte */
};

#define TCPSIM_MAX_SACK_BLOCKS	   4
#define TCPSIM_MAX_OPTIONS_LEN	   40
#define TCPSIM_FASTOPEN_COOKIE_MAX 38

/* Only the members whose bit stands in `present` mean anything; the rest is left unwritten. */
struct tcpsim_options {
	uint16_t present;
	uint8_t raw_len;
	uint8_t n_sack;
	const uint8_t *raw; /* as on the wire, padding included */
	uint32_t ts_val, ts_ecr;
	uint16_t mss;
	uint16_t user_timeout; /* RFC 5482: bit 15 the granularity, the rest the value */
	uint8_t wscale;	       /* as received; the machine clamps to 14 (RFC 7323 §2.3) */
	uint8_t cookie_len;
	uint8_t accecn_order; /* 0: E0B first (kind 172), 1: E1B first (174) */
	uint8_t accecn_n;     /* how many 24-bit fields were there, 0 to 3 */
	uint8_t mptcp_subtype;
	const uint8_t *cookie; /* Fast Open cookie, borrowed */
	const uint8_t *md5;    /* 16 bytes, borrowed */
	uint32_t accecn_e0b, accecn_ceb, accecn_e1b;
	struct tcpsim_sack_block sack[TCPSIM_MAX_SACK_BLOCKS];
};

struct tcpsim_segment {
	struct tcpsim_addr src, dst;
	uint16_t src_port, dst_port;
	tcpsim_seq seq, ack;
	uint16_t flags;	 /* TCPSIM_FIN ... TCPSIM_AE */
	uint16_t window; /* as on the wire, not scaled */
	uint16_t urgent;
	uint16_t udp_src_port, udp_dst_port; /* of TCP in UDP; both 0: plain TCP */
	uint8_t ip_version;		     /* 4 or 6 */
	uint8_t tos;			     /* traffic class; the low two bits are ECN */
	uint8_t ttl;
	uint8_t header_len; /* TCP header, bytes */
	uint8_t pmtu_mode;  /* of what leaves: IP_MTU_DISCOVER and one; 0: as the host has it */
	uint32_t len;	    /* payload bytes (SEG.LEN without SYN and FIN) */
	const uint8_t *payload;
	struct tcpsim_options options;
};

/* SEG.LEN of RFC 9293 §3.4: payload plus one each for SYN and FIN. */
static inline uint32_t tcp_segment_span(const struct tcpsim_segment *s)
{
	return s->len + !!(s->flags & TCPSIM_SYN) + !!(s->flags & TCPSIM_FIN);
}

static inline tcpsim_seq tcp_segment_end(const struct tcpsim_segment *s)
{
	return tcpsim_seq_add(s->seq, tcp_segment_span(s));
}

/*
 * The segment in packetdrill's notation, `S. 0:0(0) ack 1 win 65535 <mss 1460>`, with sequence
 * numbers relative to `base` (sender's ISN) and acknowledgments to `ack_base` (receiver's ISN).
 * Always ends with a NUL, cut if `size` is too small; returns the length it would have had.
 */
size_t tcpsim_segment_text(const struct tcpsim_segment *s, tcpsim_seq base, tcpsim_seq ack_base,
	char *out, size_t size);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
