/*
 * Socket options: Linux's numbers (so a Linux program needs no translation), and numbers of our own for the options
 * that only BSD has. A name that the host's libc lacks is defined here with its number in the kernel's ABI.
 */
#ifndef TCPSIM_OPTIONS_H
#define TCPSIM_OPTIONS_H

#include <netinet/in.h>
#include <linux/tcp.h>
#include <sys/socket.h>

/* Linux, newer than some libcs. */
#ifndef TCP_INQ
#define TCP_INQ 36
#endif
#ifndef TCP_CM_INQ
#define TCP_CM_INQ TCP_INQ
#endif
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#ifndef TCP_RTO_MIN_US
#define TCP_RTO_MIN_US 45
#endif
#ifndef TCP_DELACK_MAX_US
#define TCP_DELACK_MAX_US 46
#endif
#ifndef SO_MAX_PACING_RATE
#define SO_MAX_PACING_RATE 47
#endif
#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif

/* BSD only: a range that Linux does not use. */
enum {
	TCPSIM_BSD_OPTIONS = 0x10000,
	TCPSIM_TCP_NOPUSH, /* hold short segments; Linux: TCP_CORK */
	TCPSIM_TCP_NOOPT,  /* no options on the SYN */
	TCPSIM_TCP_KEEPINIT, /* seconds until connect() gives up */
	TCPSIM_TCP_FUNCTION_BLK, /* struct tcpsim_function_set */
	TCPSIM_TCP_MAXUNACKTIME,
	TCPSIM_TCP_REMOTE_UDP_ENCAPS_PORT,
	TCPSIM_SO_REUSEPORT_LB,
	TCPSIM_SO_NOSIGPIPE,
	TCPSIM_SO_USELOOPBACK,
	TCPSIM_IPV6_USE_MIN_MTU,
};

/* FreeBSD's struct tcp_function_set: which TCP serves the connection. There is one: "freebsd". */
struct tcpsim_function_set {
	char function_set_name[32];
	uint32_t pcbcnt;
};

#endif
