/*
 * What systems answer where POSIX leaves it to them: the errno of a misused socket, the limits of
 * options, and what there is at all. One row a system's way (profile: socket_habits), read by the
 * call that it is about.
 */
#ifndef TCPSIM_SOCKET_HABITS_H
#define TCPSIM_SOCKET_HABITS_H

#include <tcp/socket.h>

struct socket_habits {
	/* --- errno, negative; 0: no error --- */
	int other_type;	       /* socket(): a type that is not TCP's, with its default protocol */
	int other_protocol;    /* and with another */
	int wrong_datagram;    /* SOCK_DGRAM of what has none, as TCP; 0: as the one above */
	int unknown_type;      /* and of a number that no type has; 0: as the two above */
	int bind_v4_v6only;    /* bind(): an IPv4 address to an IPV6_V6ONLY socket */
	int connect_v4_v6only; /* connect() of one */
	int connect_port_0;    /* connect() to port 0 */
	int connect_broadcast; /* to a broadcast or multicast address */
	int connect_taken;     /* where the connection would be one that exists */
	int connect_listening; /* of a listener */
	int connect_over; /* once it was connected, or failed and said so: the socket is no longer usable */
	int send_fresh;	     /* sending on a socket without connection */
	int send_connecting; /* sending in SYN-SENT; 0: it waits */
	/* --- limits --- */
	int keepalive_most_s; /* TCP_KEEPIDLE, TCP_KEEPINTVL */
	int keepalive_probes_most;
	int send_low_water; /* SO_SNDLOWAT, which is not to be set */
	/* --- what there is --- */
	/* Options of the BSDs alone; else those of Linux alone: SO_*BUFFORCE, IP_MTU_DISCOVER,
	 * TCP_CC_INFO, MSG_FASTOPEN. */
	bool bsd_options;
	/* TCP_FASTOPEN turns it on, for either side; else it is a listener's number of them. */
	bool fastopen_is_switch;
	bool maxseg_falls_only; /* TCP_MAXSEG goes down from what it is */
	bool used_again;	/* a socket whose connection is over connects and listens anew */
	/* shutdown() asks how connect() went: that is told then, and without a connection for good */
	bool shutdown_answers_connect;
	bool shutdown_unlistens; /* shutdown() for reading ends LISTEN */
	bool listener_shuts;	 /* shutdown() of a listener is no error */
	/* A stream's end that came before the error is all that recv() tells; shutdown() for
	 * reading without connection makes one, and asking for urgent text is asked first. */
	bool end_goes_first;

	short fresh_events; /* poll() of a fresh socket */
};

const struct socket_habits *socket_habits(const struct tcpsim_profile *sys);

static inline const struct socket_habits *habits_of(const struct tcp_socket *so)
{
	return socket_habits(&so->host->sys);
}

#endif
