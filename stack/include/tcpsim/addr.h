/*
 * Addresses: 16 bytes for both families, IPv4 in its mapped form ::ffff:a.b.c.d (RFC 4291
 * §2.5.5.2), so that demultiplexing and dual-stack sockets need one comparison and no family
 * switch. A mapped address that arrives in a real IPv6 header is a drop (RFC 4942 §2.2), so the
 * form is unambiguous.
 */
#ifndef TCPSIM_ADDR_H
#define TCPSIM_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tcpsim_addr {
	union {
		uint8_t b[16];
		uint64_t d[2];
	};
};

static inline bool tcpsim_addr_is_v4(const struct tcpsim_addr *a)
{
	static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return memcmp(a->b, prefix, sizeof(prefix)) == 0;
}

/* v4: address in host order, 192.0.2.1 = 0xc0000201. */
static inline struct tcpsim_addr tcpsim_addr_v4(uint32_t v4)
{
	struct tcpsim_addr a = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (uint8_t)(v4 >> 24),
		(uint8_t)(v4 >> 16), (uint8_t)(v4 >> 8), (uint8_t)v4}}};

	return a;
}

static inline uint32_t tcpsim_addr_to_v4(const struct tcpsim_addr *a)
{
	return (uint32_t)a->b[12] << 24 | (uint32_t)a->b[13] << 16 | (uint32_t)a->b[14] << 8 |
	       a->b[15];
}

static inline bool tcpsim_addr_eq(const struct tcpsim_addr *a, const struct tcpsim_addr *b)
{
	return a->d[1] == b->d[1] && a->d[0] == b->d[0]; /* of IPv4 the former is all */
}

/* The wildcard of either family: :: or ::ffff:0.0.0.0. */
static inline bool tcpsim_addr_is_any(const struct tcpsim_addr *a)
{
	return a->d[0] == 0 &&
	       (a->d[1] == 0 || (tcpsim_addr_is_v4(a) && tcpsim_addr_to_v4(a) == 0));
}

#define TCPSIM_ADDRSTRLEN 46

/* Writes the usual text of the address (dotted quad, RFC 5952) to out[TCPSIM_ADDRSTRLEN]; returns
 * out. */
const char *tcpsim_addr_text(const struct tcpsim_addr *a, char *out);
/* Reads either family's text; false if it is not an address. */
bool tcpsim_addr_parse(const char *text, struct tcpsim_addr *out);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
