/* The ways of the systems. See habits.h. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <socket/habits.h>

static const struct socket_habits HABITS[] = {
	/* inet_create, __inet_bind, __inet_stream_connect, do_tcp_setsockopt */
	[TCPSIM_SOCKETS_LINUX] =
		{
			.other_type = -ESOCKTNOSUPPORT,
			.other_protocol = -ESOCKTNOSUPPORT,
			.wrong_datagram = -EPROTONOSUPPORT, /* a type that is in inetsw[] */
			.unknown_type = -EINVAL,
			.bind_v4_v6only = -EINVAL,
			.connect_v4_v6only = -ENETUNREACH,
			.connect_broadcast = -ENETUNREACH,
			.connect_taken = -EADDRNOTAVAIL,
			.connect_listening = -EISCONN,
			.send_fresh = -EPIPE,
			.keepalive_most_s = 32767,    /* MAX_TCP_KEEPIDLE */
			.keepalive_probes_most = 127, /* MAX_TCP_KEEPCNT */
			.send_low_water = 1,
			.used_again = true,
			.shutdown_answers_connect = true, /* inet_shutdown */
			.shutdown_unlistens = true,
			.listener_shuts = true,
			.end_goes_first = true,
			.connect_over =
				-EISCONN, /* inet_stream_connect: SS_CONNECTED is for good */
			.fresh_events = POLLHUP | POLLOUT | POLLWRNORM,
		},
	/* socreate, in_pcbbind, in_pcbconnect, sosend, tcp_ctloutput */
	[TCPSIM_SOCKETS_BSD] =
		{
			.other_type = -EPROTOTYPE,
			.other_protocol = -EPROTONOSUPPORT,
			.bind_v4_v6only = -EADDRNOTAVAIL,
			.connect_v4_v6only = -EINVAL,
			.connect_port_0 = -EADDRNOTAVAIL,
			.connect_broadcast = -EAFNOSUPPORT,
			.connect_taken = -EADDRINUSE,
			.connect_listening = -EOPNOTSUPP,
			.connect_over = -EINVAL, /* UNP §4.3 */
			.send_fresh = -ENOTCONN,
			.send_connecting = -ENOTCONN,
			.keepalive_most_s = INT_MAX,
			.keepalive_probes_most = 255,
			.send_low_water = 2048, /* sb_lowat: MCLBYTES */
			.bsd_options = true,
			.fastopen_is_switch = true,
			.maxseg_falls_only = true,
		},
};

const struct socket_habits *socket_habits(const struct tcpsim_profile *sys)
{
	return &HABITS[sys->socket_habits];
}
