/*
 * What a process set on a socket, as far as the machine cares. A fresh socket has one; a connection
 * and a listener embed theirs; an accepted connection starts with its listener's. 0 in a time or
 * count: the profile's value.
 */
#ifndef TCPSIM_TCP_SETTINGS_H
#define TCPSIM_TCP_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct cc_ops;

/* How a socket deals with the path MTU: the value of IP_MTU_DISCOVER and one. */
enum pmtu_mode {
	PMTU_HOST, /* no process said: as the host has it */
	PMTU_DONT,
	PMTU_WANT,
	PMTU_DO,
	PMTU_PROBE,
	PMTU_INTERFACE,
	PMTU_OMIT
};

struct tcp_settings {
	const struct cc_ops *congestion_control; /* NULL: the profile's */
	uint64_t max_pacing_rate;		 /* bytes a second; 0: none (SO_MAX_PACING_RATE) */
	uint32_t receive_buffer, send_buffer;	 /* bytes, as getsockopt gives them */
	uint32_t user_timeout_ms;		 /* TCP_USER_TIMEOUT, RFC 5482 */
	uint32_t notsent_lowat;			 /* bytes; 0: the profile's */
	uint32_t window_clamp;			 /* bytes; 0: none */
	uint32_t keepalive_idle_s, keepalive_interval_s;
	uint32_t receive_lowat; /* SO_RCVLOWAT, at least 1 */
	uint32_t rto_max_ms, rto_min_us, delack_max_us;
	uint32_t syn_timeout_s;	   /* TCP_KEEPINIT (FreeBSD) */
	uint16_t max_segment;	   /* TCP_MAXSEG; 0: none */
	uint16_t fastopen_backlog; /* TCP_FASTOPEN on a listener; 0: off */
	uint16_t linger_s;
	uint16_t udp_port; /* TCP_REMOTE_UDP_ENCAPS_PORT: the peer's, 0: plain TCP */
	int8_t min_mtu;	   /* IPV6_USE_MIN_MTU: 1 never more than 1280; -1: not said */
	uint8_t keepalive_probes;
	uint8_t syn_retries;  /* TCP_SYNCNT */
	uint8_t defer_accept; /* TCP_DEFER_ACCEPT, in SYN,ACK retransmissions */
	uint8_t tos, ttl;     /* ttl 0: the profile's */
	int8_t linger2_set;   /* TCP_LINGER2: 0 not set, 1 set, -1 negative: no FIN-WAIT-2 */
	uint32_t linger2_s;
	bool md5; /* TCP_MD5SIG where it is a switch (FreeBSD) */
	bool nodelay, cork, keepalive, linger, oob_inline;
	/* TCP_QUICKACK 0 on what does not stand yet: interactive from the start */
	bool quickack_off;
	bool receive_buffer_locked, send_buffer_locked; /* set by the process: no autotuning */
	bool no_options, no_push;			/* TCP_NOOPT, TCP_NOPUSH (BSD) */
	bool fastopen_client; /* TCP_FASTOPEN_CONNECT; FreeBSD's TCP_FASTOPEN on a client */
	bool fastopen_no_cookie;
	bool thin_linear;
	bool inq; /* TCP_INQ */
	bool zerocopy;
	bool receive_error_queue; /* IP_RECVERR */
	uint8_t pmtu_v4, pmtu_v6; /* enum pmtu_mode: IP_MTU_DISCOVER, IPV6_MTU_DISCOVER */
	uint32_t timestamping;	  /* SO_TIMESTAMPING flags */
	bool has_fastopen_key;
	uint8_t fastopen_keys[2][16];
	uint8_t fastopen_n_keys;
};

#endif
