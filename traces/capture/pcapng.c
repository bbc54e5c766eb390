/*
 * The pcapng format, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng: blocks of a type and
 * a length. A section has its own byte order and its own interfaces; each interface its own link
 * type, snaplen and clock. Blocks that carry no packet are passed over by their length, known or
 * not.
 */
#include "traces/capture/source.h"

#include <string.h>

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_OBSOLETE_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_NAMES = 4,
	BLOCK_ENHANCED_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	NAMES_END = 0,
	NAMES_IPV4 = 1,
	NAMES_IPV6 = 2,
	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
	BLOCK_HEAD = 8,		 /* type, length */
	BLOCK_LEAST = 12,	 /* and the length again */
	PACKET_FIXED = 20,	 /* of an enhanced or obsolete packet block, before the data */
	DEFINING_MOST = 1 << 20, /* of a section or interface block with its options */
};

#define NS_A_SECOND UINT64_C(1000000000)

static inline uint32_t load32(const uint8_t *p, bool swapped)
{
	uint32_t n;

	memcpy(&n, p, 4);
	return swapped ? GUINT32_SWAP_LE_BE(n) : n;
}

static inline uint16_t load16(const uint8_t *p, bool swapped)
{
	uint16_t n;

	memcpy(&n, p, 2);
	return swapped ? GUINT16_SWAP_LE_BE(n) : n;
}

static inline uint64_t load64(const uint8_t *p, bool swapped)
{
	uint64_t n;

	memcpy(&n, p, 8);
	return swapped ? GUINT64_SWAP_LE_BE(n) : n;
}

static bool detect(const uint8_t *bytes, size_t len)
{
	return len >= 4 && load32(bytes, false) == BLOCK_SECTION; /* reads the same either way */
}

/* if_tsresol: the highest bit chooses powers of two, the rest is the exponent. False if it fits no
 * 64 bits. */
static bool set_resolution(struct pcapng_interface *i, unsigned resolution)
{
	unsigned exponent = resolution & 0x7f;

	if (resolution & 0x80) {
		if (exponent > 63)
			return false;
		i->units_a_second = UINT64_C(1) << exponent;
	} else {
		if (exponent > 19)
			return false;
		for (i->units_a_second = 1; exponent; exponent--)
			i->units_a_second *= 10;
	}
	i->unit_ns = NS_A_SECOND % i->units_a_second ? 0 : NS_A_SECOND / i->units_a_second;
	return true;
}

static bool read_interface_options(
	struct source *s, struct pcapng_interface *i, const uint8_t *p, const uint8_t *end)
{
	bool swapped = s->pcapng.swapped;

	while (end - p >= 4) {
		unsigned code = load16(p, swapped), len = load16(p + 2, swapped);

		if (code == OPTION_END)
			break;
		if (len > end - p - 4)
			return source_torn(s, "an option of an interface leaves its block");
		if (code == OPTION_TSRESOL && len >= 1 && !set_resolution(i, p[4]))
			return source_torn(s, "a time resolution of 0x%02x is none", p[4]);
		if (code == OPTION_TSOFFSET && len >= 8)
			i->offset_ns = (int64_t)(load64(p + 4, swapped) * NS_A_SECOND);
		p += MIN(4 + ((len + 3) & ~3u), (size_t)(end - p));
	}
	return true;
}

static size_t padded(uint32_t len)
{
	return ((size_t)len + 3) & ~(size_t)3;
}

/* The whole block at the window's start, or NULL with the error set. */
static const uint8_t *need_block(struct source *s, uint32_t len, uint32_t least, uint32_t most)
{
	if (len < least) {
		source_torn(s, "a block of %u bytes is too short for its kind", len);
		return NULL;
	}
	if (len > most) {
		source_torn(s, "a block claims %u bytes, more than the %u it can have", len, most);
		return NULL;
	}
	/* Some writers leave the padding out of the length; the next block starts behind it all the
	 * same. */
	if (len % 4 && stream_need(s->in, padded(len)))
		return s->in->at;
	return source_need(s, len, "a block", false);
}

static bool pass_block(struct source *s, uint32_t len)
{
	if (len < BLOCK_LEAST)
		return source_torn(s, "a block of %u bytes is too short for any kind", len);
	if (!stream_pass(s->in, padded(len)))
		return source_torn(s, "the file ends inside a block of %u bytes", len);
	return true;
}

static bool read_section(struct source *s)
{
	struct pcapng_state *state = &s->pcapng;
	const uint8_t *p = source_need(s, BLOCK_HEAD + 4, "a section's header", false);
	uint32_t len;

	if (!p)
		return false;
	state->swapped = load32(p + 8, false) != BYTE_ORDER_MAGIC;
	if (load32(p + 8, state->swapped) != BYTE_ORDER_MAGIC)
		return source_torn(s, "a section without its byte-order magic");
	len = load32(p + 4, state->swapped);
	p = need_block(s, len, 28, DEFINING_MOST);
	if (!p)
		return false;
	if (load16(p + 12, state->swapped) != 1)
		return source_torn(s, "version %u of the pcapng format is not known",
			load16(p + 12, state->swapped));
	state->earlier += state->interfaces->len;
	g_array_set_size(state->interfaces, 0);
	return pass_block(s, len);
}

static bool read_interface(struct source *s, uint32_t len)
{
	struct pcapng_state *state = &s->pcapng;
	struct pcapng_interface i = {.units_a_second = 1000000, .unit_ns = 1000};
	const uint8_t *p = need_block(s, len, 20, DEFINING_MOST);

	if (!p)
		return false;
	i.link_type = load16(p + 8, state->swapped);
	i.snaplen = load32(p + 12, state->swapped);
	if (!read_interface_options(s, &i, p + 16, p + len - 4))
		return false;
	g_array_append_val(state->interfaces, i);
	return true;
}

__extension__ typedef unsigned __int128 wide;

static inline int64_t time_of(const struct pcapng_interface *i, uint64_t units)
{
	uint64_t ns;

	if (i->unit_ns)
		ns = units * i->unit_ns;
	else
		ns = units / i->units_a_second * NS_A_SECOND +
		     (uint64_t)((wide)(units % i->units_a_second) * NS_A_SECOND /
				i->units_a_second);
	return (int64_t)(ns + (uint64_t)i->offset_ns);
}

static const struct pcapng_interface *interface_of(struct source *s, uint32_t index)
{
	if (index >= s->pcapng.interfaces->len) {
		source_torn(
			s, "it came in on interface %u, of which the file tells nothing", index);
		return NULL;
	}
	return &g_array_index(s->pcapng.interfaces, struct pcapng_interface, index);
}

static uint32_t most_of(const struct pcapng_interface *i)
{
	return CLAMP(i->snaplen, CAPTURE_MOST_BYTES, CAPTURE_SNAPLEN_MOST);
}

/* Enhanced (interface in 32 bits) and obsolete (16, then a drop count) packet blocks are laid out
 * alike. */
static bool read_packet(
	struct source *s, uint32_t type, uint32_t len, struct capture_packet *packet)
{
	const struct pcapng_state *state = &s->pcapng;
	bool swapped = state->swapped;
	const uint8_t *p = need_block(
		s, len, BLOCK_LEAST + PACKET_FIXED, CAPTURE_SNAPLEN_MOST + DEFINING_MOST);
	const struct pcapng_interface *i;
	uint32_t index;

	if (!p)
		return false;
	index = type == BLOCK_ENHANCED_PACKET ? load32(p + 8, swapped) : load16(p + 8, swapped);
	i = interface_of(s, index);
	if (!i)
		return false;
	packet->captured = load32(p + 20, swapped);
	packet->original = MAX(load32(p + 24, swapped), packet->captured);
	if (packet->captured > len - BLOCK_LEAST - PACKET_FIXED || packet->captured > most_of(i))
		return source_torn(
			s, "it claims %u captured bytes in a block of %u", packet->captured, len);
	packet->time_ns =
		time_of(i, (uint64_t)load32(p + 12, swapped) << 32 | load32(p + 16, swapped));
	packet->bytes = p + BLOCK_HEAD + PACKET_FIXED;
	packet->options = NULL;
	if (padded(packet->captured) + PACKET_FIXED + BLOCK_LEAST < len) {
		packet->options = packet->bytes + padded(packet->captured);
		packet->options_len =
			len - BLOCK_LEAST - PACKET_FIXED - (uint32_t)padded(packet->captured);
		packet->options_swapped = swapped;
	}
	packet->link_type = i->link_type;
	packet->interface = state->earlier + index;
	return true;
}

/* No time, no captured length, interface 0. */
static bool read_simple_packet(struct source *s, uint32_t len, struct capture_packet *packet)
{
	const struct pcapng_state *state = &s->pcapng;
	const uint8_t *p =
		need_block(s, len, BLOCK_LEAST + 4, CAPTURE_SNAPLEN_MOST + DEFINING_MOST);
	const struct pcapng_interface *i = p ? interface_of(s, 0) : NULL;

	if (!i)
		return false;
	packet->original = load32(p + 8, state->swapped);
	packet->captured = MIN(packet->original, len - BLOCK_LEAST - 4);
	if (i->snaplen)
		packet->captured = MIN(packet->captured, i->snaplen);
	if (packet->captured > most_of(i))
		return source_torn(s, "it claims %u bytes", packet->captured);
	packet->time_ns = state->last_ns;
	packet->bytes = p + BLOCK_HEAD + 4;
	packet->options = NULL;
	packet->link_type = i->link_type;
	packet->interface = state->earlier;
	return true;
}

/* A record: an address, then its names, each ended by a NUL; the first one counts. */
static void read_name(struct names *names, unsigned type, const uint8_t *p, unsigned len)
{
	struct tcpsim_addr addr;
	unsigned addr_len = type == NAMES_IPV4 ? 4 : 16;

	if ((type != NAMES_IPV4 && type != NAMES_IPV6) || len <= addr_len)
		return;
	if (type == NAMES_IPV4)
		addr = tcpsim_addr_v4(
			(uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
	else
		memcpy(&addr, p, sizeof(addr));
	names_add(names, &addr, p + addr_len, len - addr_len);
}

/* Names are a help and no more: what is wrong with them damages nothing. */
static bool read_names(struct source *s, uint32_t len)
{
	bool swapped = s->pcapng.swapped;
	const uint8_t *p, *end;

	if (s->names == NULL || len < BLOCK_LEAST || len > DEFINING_MOST)
		return pass_block(s, len);
	p = need_block(s, len, BLOCK_LEAST, DEFINING_MOST);
	if (!p)
		return false;
	end = p + len - 4;
	for (p += BLOCK_HEAD; end - p >= 4;) {
		unsigned type = load16(p, swapped), size = load16(p + 2, swapped);

		if (type == NAMES_END || size > end - p - 4)
			break;
		read_name(s->names, type, p + 4, size);
		p += MIN(4 + padded(size), (size_t)(end - p));
	}
	return pass_block(s, len);
}

/* 1: a packet; 0: another block, passed; -1: the end or an error. */
static int read_block(struct source *s, struct capture_packet *packet)
{
	const uint8_t *p = source_need(s, BLOCK_HEAD, "a block's header", true);
	uint32_t type, len;
	bool found;

	if (!p)
		return -1;
	type = load32(p, s->pcapng.swapped);
	len = load32(p + 4, s->pcapng.swapped);
	switch (type) {
	case BLOCK_SECTION: return read_section(s) ? 0 : -1;
	case BLOCK_INTERFACE: return read_interface(s, len) && pass_block(s, len) ? 0 : -1;
	case BLOCK_NAMES: return read_names(s, len) ? 0 : -1;
	case BLOCK_ENHANCED_PACKET:
	case BLOCK_OBSOLETE_PACKET: found = read_packet(s, type, len, packet); break;
	case BLOCK_SIMPLE_PACKET: found = read_simple_packet(s, len, packet); break;
	default: return pass_block(s, len) ? 0 : -1;
	}
	return found ? 1 : -1;
}

static bool next(struct source *s, struct capture_packet *packet)
{
	int got;
	uint32_t len;

	do
		got = read_block(s, packet);
	while (got == 0);
	if (got < 0)
		return false;
	len = load32(s->in->at + 4, s->pcapng.swapped);
	/* The last block's padding may be missing; the packet itself is whole. */
	stream_skip(s->in, MIN(padded(len), stream_here(s->in)));
	s->pcapng.last_ns = packet->time_ns;
	return true;
}

static bool open_pcapng(struct source *s)
{
	s->pcapng.interfaces = g_array_new(false, false, sizeof(struct pcapng_interface));
	return read_section(s);
}

static void close_pcapng(struct source *s)
{
	if (s->pcapng.interfaces)
		g_array_unref(s->pcapng.interfaces);
}

const struct source_format source_pcapng = {"pcapng", detect, open_pcapng, next, close_pcapng};
