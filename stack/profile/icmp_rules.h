/*
 * What each system makes of an ICMP error that quotes a connection: tables for profiles.c. Types
 * and codes of RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1 and RFC 4443 §3. The first row that
 * fits decides.
 */
#ifndef TCPSIM_PROFILE_ICMP_RULES_H
#define TCPSIM_PROFILE_ICMP_RULES_H

#include <errno.h>
#include <tcpsim/profile.h>

#define ROW(family, type, first, last, effect, later, error, spares)                               \
	{                                                                                          \
		family, type, first, last, TCPSIM_ICMP_##effect, TCPSIM_ICMP_##later, error,       \
			spares                                                                     \
	}
#define V4(type, first, last, effect, later, error)                                                \
	ROW(4, type, first, last, effect, later, error, false)
#define V6(type, first, last, effect, later, error)                                                \
	ROW(6, type, first, last, effect, later, error, false)
/* It ends an attempt to connect, and no listener's entry. */
#define V4_SPARING(type, first, last, effect, later, error)                                        \
	ROW(4, type, first, last, effect, later, error, true)
#define V6_SPARING(type, first, last, effect, later, error)                                        \
	ROW(6, type, first, last, effect, later, error, true)

/* Path MTU in IPv6 is no choice: a router never fragments (RFC 8201). */
#define V6_TOO_BIG V6(2, 0, 255, PMTU, PMTU, EMSGSIZE)

/*
 * 4.4BSD: everything is kept and reported at the end (in_pcbnotify, tcp_notify); an unreachable
 * path is not even kept once the connection stands. Every unreachable is EHOSTUNREACH:
 * inetctlerrmap[].
 */
#define BSD44_ROWS                                                                                 \
	V4(3, 2, 3, SOFT, SOFT, ECONNREFUSED), V4(3, 4, 4, SOFT, SOFT, EMSGSIZE),                  \
		V4(3, 0, 12, SOFT, IGNORE, EHOSTUNREACH), V4(12, 0, 255, SOFT, SOFT, ENOPROTOOPT), \
		V4(4, 0, 255, QUENCH, QUENCH, 0), V6(1, 4, 4, SOFT, SOFT, ECONNREFUSED),           \
		V6(1, 0, 3, SOFT, IGNORE, EHOSTUNREACH), V6_TOO_BIG

static const struct tcpsim_icmp_rule ICMP_BSD44[] = {BSD44_ROWS};

/* UNP §4.3 reports ENETUNREACH or EHOSTUNREACH by what the router said. */
static const struct tcpsim_icmp_rule ICMP_UNP[] = {
	V4(3, 0, 0, SOFT, IGNORE, ENETUNREACH), V6(1, 0, 0, SOFT, IGNORE, ENETUNREACH), BSD44_ROWS};

/*
 * Linux: icmp_err_convert[], icmpv6_err_convert(); ends an attempt at once (tcp_v4_err, tcp_v6_err). A
 * listener's entry is ended by what nobody can have sent but a router on the way, in IPv6 by what
 * that function calls fatal (tcp_req_err). icmp_unreach() keeps the expiry of a reassembly to itself.
 */
#define LINUX_ROWS(SPARING4, SPARING6)                                                             \
	V4(3, 0, 0, HARD, SOFT, ENETUNREACH), V4(3, 1, 1, HARD, SOFT, EHOSTUNREACH),               \
		SPARING4(3, 2, 2, HARD, SOFT, ENOPROTOOPT),                                        \
		SPARING4(3, 3, 3, HARD, SOFT, ECONNREFUSED), V4(3, 4, 4, PMTU, PMTU, EMSGSIZE),    \
		SPARING4(3, 5, 5, HARD, SOFT, EOPNOTSUPP),                                         \
		SPARING4(3, 6, 6, HARD, SOFT, ENETUNREACH),                                        \
		SPARING4(3, 7, 7, HARD, SOFT, EHOSTDOWN), SPARING4(3, 8, 8, HARD, SOFT, ENONET),   \
		SPARING4(3, 9, 9, HARD, SOFT, ENETUNREACH),                                        \
		SPARING4(3, 10, 10, HARD, SOFT, EHOSTUNREACH),                                     \
		SPARING4(3, 11, 11, HARD, SOFT, ENETUNREACH),                                      \
		SPARING4(3, 12, 15, HARD, SOFT, EHOSTUNREACH),                                     \
		V4(11, 0, 0, HARD, SOFT, EHOSTUNREACH), V4(12, 0, 255, HARD, SOFT, EPROTO),        \
		SPARING6(1, 0, 0, HARD, SOFT, ENETUNREACH), V6(1, 1, 1, HARD, SOFT, EACCES),       \
		SPARING6(1, 2, 3, HARD, SOFT, EHOSTUNREACH),                                       \
		V6(1, 4, 4, HARD, SOFT, ECONNREFUSED), V6(1, 5, 6, HARD, SOFT, EACCES),            \
		V6(1, 7, 255, HARD, SOFT, EPROTO), V6_TOO_BIG,                                     \
		SPARING6(3, 0, 255, HARD, SOFT, EHOSTUNREACH), V6(4, 0, 255, HARD, SOFT, EPROTO)

static const struct tcpsim_icmp_rule ICMP_LINUX[] = {LINUX_ROWS(V4_SPARING, V6_SPARING)};

/* Before commit 9cf7490360bf (4.6) an entry ended with whatever an attempt ends with. */
static const struct tcpsim_icmp_rule ICMP_LINUX_2_4[] = {LINUX_ROWS(V4, V6)};

/* FreeBSD: icmp_errmap(), icmp6_errmap(); tcp_drop_syn_sent for what somebody on the
 * way decided. */
static const struct tcpsim_icmp_rule ICMP_FREEBSD[] = {
	V4(3, 2, 3, HARD, IGNORE, ECONNREFUSED),
	V4(3, 4, 4, PMTU, PMTU, EMSGSIZE),
	V4(3, 9, 10, HARD, IGNORE, ECONNREFUSED),
	V4(3, 13, 13, HARD, IGNORE, ECONNREFUSED),
	V4(3, 0, 15, SOFT, IGNORE, EHOSTUNREACH),
	V4(11, 0, 0, HARD, IGNORE, EHOSTUNREACH),
	V4(12, 0, 1, SOFT, SOFT, ENOPROTOOPT),
	V6(1, 1, 1, HARD, IGNORE, ECONNREFUSED),
	V6(1, 4, 4, HARD, IGNORE, ECONNREFUSED),
	V6(1, 0, 3, SOFT, IGNORE, EHOSTUNREACH),
	V6_TOO_BIG,
	V6(3, 0, 0, HARD, IGNORE, EHOSTUNREACH),
	V6(4, 1, 1, HARD, IGNORE, ECONNREFUSED),
	V6(4, 0, 2, SOFT, SOFT, ENOPROTOOPT),
};

/* RFC 1122 §4.2.3.9 with RFC 5461's advice: protocol, port and fragmentation are hard, all else is
 * soft. */
static const struct tcpsim_icmp_rule ICMP_RFC9293[] = {
	V4(3, 2, 3, HARD, IGNORE, ECONNREFUSED),
	V4(3, 4, 4, PMTU, PMTU, EMSGSIZE),
	V4(3, 0, 0, SOFT, SOFT, ENETUNREACH),
	V4(3, 0, 15, SOFT, SOFT, EHOSTUNREACH),
	V4(11, 0, 1, SOFT, SOFT, EHOSTUNREACH),
	V4(12, 0, 255, SOFT, SOFT, EPROTO),
	V6(1, 4, 4, HARD, IGNORE, ECONNREFUSED),
	V6(1, 0, 0, SOFT, SOFT, ENETUNREACH),
	V6(1, 0, 255, SOFT, SOFT, EHOSTUNREACH),
	V6_TOO_BIG,
	V6(3, 0, 1, SOFT, SOFT, EHOSTUNREACH),
	V6(4, 0, 255, SOFT, SOFT, EPROTO),
};

#endif
