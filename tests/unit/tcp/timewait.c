/*
 * connect() and what it may take over of TIME-WAIT: RFC 6191 §2, Linux tcp_twsk_unique(). The
 * client closes first, so that TIME-WAIT is at its end, and has one port only.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/testkit.h>

#include "support/pair.h"
#include "time_units.h"

static struct pair p;
static int listener;

static void new_pair(const char *client)
{
	p = pair_new(client, "linux");
	p.delay_ns = NSEC_PER_MSEC;
	listener = listening(p.b, "10.0.0.2", 80);
	cr_assert_eq(tcpsim_host_setting_set(p.a, "port_first", "4000"), 0);
	cr_assert_eq(tcpsim_host_setting_set(p.a, "port_last", "4000"), 0);
}

/* A connection (fd, or a new one to ip) and its end, the client's half first. */
static void leave_time_wait(struct tcpsim_host *at_host, const char *ip, int at_listener, int fd)
{
	int with;

	if (fd < 0)
		fd = connected(&p, p.a, ip, 80);
	with = tcpsim_accept4(at_host, at_listener, NULL, NULL, 0);
	cr_assert_geq(with, 0);
	tcpsim_close(p.a, fd);
	pair_run(&p, 10 * NSEC_PER_MSEC);
	tcpsim_close(at_host, with);
	pair_run(&p, 10 * NSEC_PER_MSEC);
}

static int connect_from(int fd, const char *ip)
{
	return tcpsim_connect(p.a, fd, at(ip, 80), sizeof(struct sockaddr_in));
}

static int connect_anew(const char *ip)
{
	return connect_from(tcpsim_socket(p.a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), ip);
}

static void allow(const char *value)
{
	cr_assert_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_tw_reuse", value), 0);
}

Test(tw_reuse, after_a_second_where_the_host_permits_it)
{
	int fd;

	new_pair("linux");
	allow("1");
	leave_time_wait(p.b, "10.0.0.2", listener, -1);
	cr_expect_eq(connect_anew("10.0.0.2"), -EADDRNOTAVAIL, "too soon");
	pair_run(&p, NSEC_PER_SEC);
	fd = connected(&p, p.a, "10.0.0.2", 80);
	cr_expect_eq(tcpsim_state(p.a, fd), TCPSIM_ESTABLISHED);
	cr_expect_eq(put(p.a, fd, "anew", 0), 4);
	pair_run(&p, 10 * NSEC_PER_MSEC);
	pair_free(&p);
}

Test(tw_reuse, not_beyond_loopback_by_default)
{
	new_pair("linux");
	leave_time_wait(p.b, "10.0.0.2", listener, -1);
	pair_run(&p, 2 * NSEC_PER_SEC);
	cr_expect_eq(connect_anew("10.0.0.2"), -EADDRNOTAVAIL);
	pair_free(&p);
}

Test(tw_reuse, on_loopback_by_default)
{
	int own;

	new_pair("linux");
	own = listening(p.a, "127.0.0.1", 80);
	leave_time_wait(p.a, "127.0.0.1", own, -1);
	cr_expect_eq(connect_anew("127.0.0.1"), -EADDRNOTAVAIL, "too soon");
	pair_run(&p, NSEC_PER_SEC);
	cr_expect_eq(connect_anew("127.0.0.1"), -EINPROGRESS);
	pair_free(&p);
}

Test(tw_reuse, not_without_timestamps_and_not_if_forbidden)
{
	new_pair("linux");
	allow("1");
	cr_assert_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_timestamps", "0"), 0);
	leave_time_wait(p.b, "10.0.0.2", listener, -1);
	pair_run(&p, 2 * NSEC_PER_SEC);
	cr_expect_eq(connect_anew("10.0.0.2"), -EADDRNOTAVAIL);
	pair_free(&p);
	new_pair("freebsd");
	leave_time_wait(p.b, "10.0.0.2", listener, -1);
	pair_run(&p, 2 * NSEC_PER_SEC);
	cr_expect_lt(connect_anew("10.0.0.2"), 0);
	cr_expect_neq(connect_anew("10.0.0.2"), -EINPROGRESS);
	pair_free(&p);
}

/* A program that binds knows what it does: at once, whatever the sysctl says. */
Test(tw_reuse, a_bound_port_at_once)
{
	int fd, again;

	new_pair("linux");
	allow("0");
	fd = tcpsim_socket(p.a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	flag(p.a, fd, SOL_SOCKET, SO_REUSEADDR, 1);
	cr_assert_eq(tcpsim_bind(p.a, fd, at("10.0.0.1", 5000), sizeof(struct sockaddr_in)), 0);
	cr_assert_eq(connect_from(fd, "10.0.0.2"), -EINPROGRESS);
	pair_run(&p, 10 * NSEC_PER_MSEC);
	leave_time_wait(p.b, "10.0.0.2", listener, fd);
	again = tcpsim_socket(p.a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	flag(p.a, again, SOL_SOCKET, SO_REUSEADDR, 1);
	cr_assert_eq(tcpsim_bind(p.a, again, at("10.0.0.1", 5000), sizeof(struct sockaddr_in)), 0);
	cr_expect_eq(connect_from(again, "10.0.0.2"), -EINPROGRESS);
	pair_run(&p, 10 * NSEC_PER_MSEC);
	cr_expect_eq(tcpsim_state(p.a, again), TCPSIM_ESTABLISHED);
	pair_free(&p);
}

static uint32_t word_at(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return ntohl(word);
}

/* The only port that the host may choose is now that of the connection. */
static void fix_port(struct tcpsim_peer *peer)
{
	struct sockaddr_in own;
	socklen_t len = sizeof(own);
	char port[8];

	tcpsim_getsockname(peer_host(peer), peer_fd(peer), (struct sockaddr *)&own, &len);
	snprintf(port, sizeof(port), "%u", ntohs(own.sin_port));
	tcpsim_host_setting_set(peer_host(peer), "port_first", port);
	tcpsim_host_setting_set(peer_host(peer), "port_last", port);
}

/* The new ISS lies 65537 beyond the old SND.NXT, and the SYN echoes the old TS.Recent. */
Test(tw_reuse, the_numbers_go_on_from_the_old_ones)
{
	struct tcpsim_peer *peer = peer_in_with(
		TCPSIM_SYN_SENT, &(struct tcpsim_peer_options){.profile = &tcpsim_profile_linux,
					 .iss_is_fixed = true,
					 .iss = 500,
					 .peer_iss = 1000});
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(8080),
		.sin_addr.s_addr = htonl(0xc0000201u)};
	struct tcpsim_host *host = peer_host(peer);
	struct tcpsim_packet *syn;
	uint8_t bytes[100] = {0};
	int fd;

	tcpsim_host_sysctl_set(host, "net.ipv4.tcp_tw_reuse", "1");
	fix_port(peer);
	peer_sends(peer, "S. 0:0(0) ack 1 win 32792 <mss 1000,nop,nop,TS val 700 ecr 0>");
	tcpsim_close(host, peer_fd(peer));
	peer_sends(peer, "F. 1:1(0) ack 2 win 32792 <nop,nop,TS val 701 ecr 0>");
	expect_state(peer, TCPSIM_TIME_WAIT);
	peer_waits(peer, NSEC_PER_SEC + NSEC_PER_MSEC);
	peer_forget(peer);
	fd = tcpsim_socket(host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	cr_expect_eq(tcpsim_connect(host, fd, (struct sockaddr *)&to, sizeof(to)), -EINPROGRESS);
	syn = tcpsim_host_transmit(host);
	cr_assert(syn);
	cr_expect_eq(tcpsim_packet_bytes(syn, bytes, sizeof(bytes)), 60);
	cr_expect_eq(word_at(bytes + 24), 502 + 65537); /* sequence number */
	cr_expect_eq(bytes[46], 8);			/* behind MSS and SACK-permitted */
	cr_expect_eq(word_at(bytes + 52), 701);
	tcpsim_packet_free(syn);
	peer_free(peer);
}
