/* What a host says of a peer's connection. */
#ifndef TCPSIM_TESTS_INFO_H
#define TCPSIM_TESTS_INFO_H

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <tcpsim/options.h>
#include <tcpsim/tcp_info.h>
#include <tcpsim/testkit.h>

static inline struct tcpsim_tcp_info info_of(struct tcpsim_peer *peer)
{
	struct tcpsim_tcp_info info = {0};
	socklen_t len = sizeof(info);

	cr_assert_eq(tcpsim_getsockopt(tcpsim_peer_host(peer), tcpsim_peer_fd(peer), IPPROTO_TCP,
			     TCP_INFO, &info, &len),
		0);
	return info;
}

#endif
