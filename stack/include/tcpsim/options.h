/*
 * Socket options: Linux's numbers (so a Linux program needs no translation), and for the options
 * that only BSD has those of bsd_options.h. A name that the host's libc lacks is defined here with
 * its number in the kernel's ABI.
 */
#ifndef TCPSIM_OPTIONS_H
#define TCPSIM_OPTIONS_H

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <tcpsim/bsd_options.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/* FreeBSD's struct tcp_function_set: which TCP serves the connection. There is one: "freebsd". */
struct tcpsim_function_set {
	char function_set_name[32];
	uint32_t pcbcnt;
};

#ifdef __cplusplus
}
#endif

#endif
