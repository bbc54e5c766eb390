/*
 * Walking down a frame, one layer a step. A step looks at the bytes under the cursor, moves it
 * behind its own header and says what comes next. Steps keep no state but the cursor. Private to
 * decapsulation.
 */
#ifndef TCPSIM_TRACES_DECAPSULATION_LAYERS_H
#define TCPSIM_TRACES_DECAPSULATION_LAYERS_H

#include "traces/decapsulation/decapsulation.h"

enum reason {
	REASON_NONE,
#define REASON(id, name, trouble, sentence) REASON_##id,
#include "traces/decapsulation/reasons.def"
#undef REASON
	N_REASONS
};

enum layer {
	LAYER_SKIP, /* cursor.reason tells why */
	LAYER_IP,
	LAYER_ETHERNET,
	LAYER_ETHERTYPE, /* cursor.ethertype was read; behind it: */
	LAYER_LLC,
	LAYER_PPP,
	LAYER_MPLS,
	LAYER_WIFI,
	LAYER_GRE,
	LAYER_ERSPAN,
	LAYER_NSH,
	LAYER_UDP,
	LAYER_LINK, /* cursor.link_type says which link layer */
	N_LAYERS
};

struct cursor {
	const uint8_t *p;
	size_t len;	 /* captured bytes from p on */
	size_t original; /* bytes there were from p on; >= len */
	uint16_t ethertype;
	int link_type;
	unsigned passed; /* DECAPSULATION_ bits */
	enum reason reason;
	uint8_t erspan;	  /* 1, 2: type I or II; 3 */
	bool wifi_padded; /* radiotap: the 802.11 header is padded to four bytes */
};

static inline enum layer layer_skip(struct cursor *c, enum reason reason)
{
	c->reason = reason;
	return LAYER_SKIP;
}

/* Moves behind n bytes; if they are not there the layer is short: by the snaplen or by itself. */
static inline bool layer_pass(struct cursor *c, size_t n)
{
	if (c->len < n) {
		c->reason = c->original > c->len ? REASON_CUT : REASON_LINK_SHORT;
		return false;
	}
	c->p += n;
	c->len -= n;
	c->original -= n;
	return true;
}

static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static inline uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t le32(const uint8_t *p)
{
	return (uint32_t)le16(p + 2) << 16 | le16(p);
}

#endif
