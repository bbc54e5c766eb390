/*
 * Signed segments between two hosts: who has the key, what is dropped without it, and what it takes of
 * a segment. RFC 2385. What each segment looks like: tests/scripts/linux, tests/scripts/freebsd.
 */
#include "support/pair.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <tcpsim/options.h>

#include "base/md5.h"
#include "time_units.h"

static struct pair p;

static void begin(const char *profile)
{
	p = pair_new(profile, profile);
	p.delay_ns = NSEC_PER_MSEC;
}

static void teardown(void)
{
	pair_free(&p);
}

TestSuite(md5, .fini = teardown);

static int64_t count(struct tcpsim_host *host, const char *name)
{
	uint64_t value = 0;

	cr_assert_eq(tcpsim_host_counter(host, name, &value), 0, "%s", name);
	return (int64_t)value;
}

/* Linux's form: the socket's key for peers of that address, or of that beginning of it. */
static int key_for(
	struct tcpsim_host *host, int fd, const char *peer, int prefix_len, const char *key)
{
	struct tcpsim_md5sig sig = {.key_len = (uint16_t)strlen(key)};
	socklen_t len = sizeof(struct sockaddr_in6);

	memcpy(&sig.addr, at(peer, 0), strchr(peer, ':') ? len : sizeof(struct sockaddr_in));
	memcpy(sig.key, key, strlen(key));
	if (prefix_len >= 0) {
		sig.flags = TCPSIM_MD5SIG_PREFIX;
		sig.prefix_len = (uint8_t)prefix_len;
	}
	return tcpsim_setsockopt(host, fd, IPPROTO_TCP,
		prefix_len >= 0 ? TCP_MD5SIG_EXT : TCP_MD5SIG, &sig, sizeof(sig));
}

/* FreeBSD's: the host's key for what goes from one to the other. */
static int associate(struct tcpsim_host *host, const char *from, const char *to, const char *key)
{
	struct tcpsim_addr a, b;

	tcpsim_addr_parse(from, &a);
	tcpsim_addr_parse(to, &b);
	return tcpsim_host_md5_add(host, &a, &b, key, strlen(key));
}

static void associate_both_ways(struct tcpsim_host *host, const char *key)
{
	cr_assert_eq(associate(host, "10.0.0.1", "10.0.0.2", key), 0);
	cr_assert_eq(associate(host, "10.0.0.2", "10.0.0.1", key), 0);
}

static int client_of(const char *ip)
{
	int family = strchr(ip, ':') ? AF_INET6 : AF_INET;

	return tcpsim_socket(p.a, family, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

static void start(int fd, const char *ip)
{
	tcpsim_connect(p.a, fd, at(ip, 80),
		strchr(ip, ':') ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
	pair_run(&p, 20 * NSEC_PER_MSEC);
}

/* What the listener's process is given now, or -EAGAIN. */
static int taken(int listener)
{
	return tcpsim_accept4(p.b, listener, NULL, NULL, SOCK_NONBLOCK);
}

static void talk(int client, int server)
{
	int error = 0;

	cr_assert_eq(put(p.a, client, "signed", 0), 6);
	pair_run(&p, 20 * NSEC_PER_MSEC);
	cr_expect_str_eq(get(p.b, server, 0, &error), "signed");
	cr_assert_eq(put(p.b, server, "and answered", 0), 12);
	pair_run(&p, 20 * NSEC_PER_MSEC);
	cr_expect_str_eq(get(p.a, client, 0, &error), "and answered");
}

/* Returns the client's descriptor. */
static int good(const char *server_ip, const char *client_ip)
{
	int listener, client, server;

	listener = listening(p.b, server_ip, 80);
	client = client_of(server_ip);
	cr_assert_eq(key_for(p.b, listener, client_ip, -1, "secret"), 0);
	cr_assert_eq(key_for(p.a, client, server_ip, -1, "secret"), 0);
	start(client, server_ip);
	server = taken(listener);
	cr_assert_geq(server, 0);
	talk(client, server);
	return client;
}

Test(md5, the_same_key_at_both_ends_lets_them_talk)
{
	begin("linux");
	good("10.0.0.2", "10.0.0.1");
	cr_expect_eq(count(p.b, "TcpExtTCPMD5Failure"), 0);
	cr_expect_eq(count(p.b, "TcpExtTCPMD5NotFound"), 0);
}

/* Its listener kept nothing of the SYN. */
Test(md5, a_connection_from_a_cookie_has_the_key)
{
	begin("linux");
	cr_assert_eq(tcpsim_host_sysctl_set(p.b, "net.ipv4.tcp_syncookies", "2"), 0);
	good("10.0.0.2", "10.0.0.1");
	cr_expect_eq(count(p.b, "TcpExtSyncookiesRecv"), 1);
	cr_expect_eq(count(p.b, "TcpExtTCPMD5Unexpected"), 0);
}

Test(md5, it_is_so_between_addresses_of_ipv6)
{
	begin("linux");
	good("2001:db8::2", "2001:db8::1");
}

/* Either key may be missing: NULL. */
static void expect_silence(const char *listeners, const char *clients, const char *counter)
{
	int listener, client;

	begin("linux");
	listener = listening(p.b, "10.0.0.2", 80);
	client = client_of("10.0.0.2");
	if (listeners)
		cr_assert_eq(key_for(p.b, listener, "10.0.0.1", -1, listeners), 0);
	if (clients)
		cr_assert_eq(key_for(p.a, client, "10.0.0.2", -1, clients), 0);
	start(client, "10.0.0.2");
	cr_expect_eq(taken(listener), -EAGAIN);
	cr_expect_eq(count(p.b, counter), 1);
	cr_expect_eq(count(p.b, "TcpOutSegs"), 0);
}

Test(md5, a_segment_of_another_key_is_dropped_without_an_answer)
{
	expect_silence("secret", "secrets", "TcpExtTCPMD5Failure");
}

Test(md5, a_segment_without_signature_is_dropped_where_its_sender_has_a_key)
{
	expect_silence("secret", NULL, "TcpExtTCPMD5NotFound");
}

Test(md5, a_signed_segment_is_dropped_where_there_is_no_key)
{
	expect_silence(NULL, "secret", "TcpExtTCPMD5Unexpected");
}

Test(md5, the_key_of_the_longest_prefix_counts)
{
	int listener, client, server;

	begin("linux");
	listener = listening(p.b, "10.0.0.2", 80);
	client = client_of("10.0.0.2");
	cr_assert_eq(key_for(p.b, listener, "10.0.0.1", 31, "near"), 0);
	cr_assert_eq(key_for(p.b, listener, "10.0.0.0", 8, "far"), 0);
	cr_assert_eq(key_for(p.b, listener, "10.0.0.4", 32, "another's"), 0);
	key_for(p.a, client, "10.0.0.2", -1, "near");
	start(client, "10.0.0.2");
	server = taken(listener);
	cr_assert_geq(server, 0);
	talk(client, server);
}

Test(md5, a_prefix_is_of_its_own_family)
{
	int listener, client;

	begin("linux");
	listener = listening(p.b, "::", 80);
	client = client_of("10.0.0.2");
	cr_assert_eq(key_for(p.b, listener, "::", 0, "secret"), 0);
	start(client, "10.0.0.2");
	cr_expect_geq(taken(listener), 0);
	cr_assert_eq(key_for(p.b, listener, "::ffff:0.0.0.0", 0, "secret"), 0);
	client = client_of("10.0.0.2");
	start(client, "10.0.0.2");
	cr_expect_eq(taken(listener), -EAGAIN);
}

Test(md5, the_listeners_key_may_go_and_its_connections_keep_it)
{
	int listener, client, server;

	begin("linux");
	listener = listening(p.b, "10.0.0.2", 80);
	client = client_of("10.0.0.2");
	key_for(p.b, listener, "10.0.0.1", -1, "secret");
	key_for(p.a, client, "10.0.0.2", -1, "secret");
	start(client, "10.0.0.2");
	server = taken(listener);
	cr_expect_eq(key_for(p.b, listener, "10.0.0.1", -1, ""), 0);
	cr_expect_eq(key_for(p.b, listener, "10.0.0.1", -1, ""), -ENOENT);
	talk(client, server);
}

Test(md5, a_connection_is_given_a_new_key_at_both_ends)
{
	int listener, client, server;

	begin("linux");
	listener = listening(p.b, "10.0.0.2", 80);
	client = client_of("10.0.0.2");
	start(client, "10.0.0.2");
	server = taken(listener);
	cr_assert_eq(key_for(p.a, client, "10.0.0.2", -1, "late"), 0);
	cr_assert_eq(key_for(p.b, server, "10.0.0.1", -1, "late"), 0);
	talk(client, server);
	cr_assert_eq(key_for(p.a, client, "10.0.0.2", -1, ""), 0);
	put(p.a, client, "unsigned", 0);
	pair_run(&p, 20 * NSEC_PER_MSEC);
	cr_expect_geq(count(p.b, "TcpExtTCPMD5NotFound"), 1);
}

/* Linux tcp_v4_send_reset: of two that both use one port, who listens there has the key. */
static int refused_at(unsigned from_port)
{
	int client;

	begin("linux");
	key_for(p.b, listening(p.b, "10.0.0.2", 80), "10.0.0.1", -1, "secret");
	client = bound(p.a, "10.0.0.1", from_port);
	key_for(p.a, client, "10.0.0.2", -1, "secret");
	tcpsim_connect(p.a, client, at("10.0.0.2", 81), sizeof(struct sockaddr_in));
	pair_run(&p, 20 * NSEC_PER_MSEC);
	return option(p.a, client, SOL_SOCKET, SO_ERROR);
}

Test(md5, a_refusal_is_signed_with_the_key_of_who_listens_at_the_others_port)
{
	cr_expect_eq(refused_at(80), ECONNREFUSED);
	cr_expect_eq(count(p.b, "TcpOutRsts"), 1);
}

/* RFC 2385 §4.1: it would not be heard. */
Test(md5, without_a_key_there_is_no_refusal)
{
	cr_expect_eq(refused_at(82), 0);
	cr_expect_eq(count(p.b, "TcpOutRsts"), 0);
}

/* RFC 2385 §4.3: 20 of the 1460 bytes, beside timestamps that are not offered. */
Test(md5, the_option_takes_its_part_of_each_segment)
{
	int client;

	begin("linux");
	client = good("10.0.0.2", "10.0.0.1");
	cr_expect_eq(option(p.a, client, IPPROTO_TCP, TCP_MAXSEG), 1440);
}

Test(md5, linux_refuses_what_is_no_key)
{
	struct tcpsim_md5sig sig = {.key_len = 81};
	int fd, of_ipv6;

	begin("linux");
	fd = client_of("10.0.0.2");
	of_ipv6 = client_of("2001:db8::2");
	memcpy(&sig.addr, at("10.0.0.2", 0), sizeof(struct sockaddr_in));
	cr_expect_eq(
		tcpsim_setsockopt(p.a, fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig)), -EINVAL);
	sig.key_len = 5;
	cr_expect_eq(tcpsim_setsockopt(p.a, fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig) - 1),
		-EINVAL);
	cr_expect_eq(tcpsim_setsockopt(p.a, of_ipv6, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig)),
		-EINVAL);
	cr_expect_eq(key_for(p.a, fd, "10.0.0.2", 33, "secret"), -EINVAL);
	cr_expect_eq(option(p.a, fd, IPPROTO_TCP, TCP_MD5SIG), -ENOPROTOOPT);
	cr_expect_eq(associate(p.a, "10.0.0.1", "10.0.0.2", "secret"), -EOPNOTSUPP);
}

static int listening_signed(const char *ip)
{
	int fd = bound(p.b, ip, 80);

	cr_assert_eq(flag(p.b, fd, IPPROTO_TCP, TCP_MD5SIG, 1), 0);
	cr_assert_eq(tcpsim_listen(p.b, fd, 5), 0);
	return fd;
}

Test(md5, freebsd_has_its_keys_for_two_addresses_and_a_switch)
{
	int listener, client, server;

	begin("freebsd");
	associate_both_ways(p.a, "secret");
	associate_both_ways(p.b, "secret");
	listener = listening_signed("10.0.0.2");
	client = client_of("10.0.0.2");
	cr_expect_eq(option(p.a, client, IPPROTO_TCP, TCP_MD5SIG), 0);
	cr_assert_eq(flag(p.a, client, IPPROTO_TCP, TCP_MD5SIG, 1), 0);
	cr_expect_eq(option(p.a, client, IPPROTO_TCP, TCP_MD5SIG), 1);
	start(client, "10.0.0.2");
	server = taken(listener);
	cr_assert_geq(server, 0);
	talk(client, server);
	/* timestamps, which it does not give up, take 12 more */
	cr_expect_eq(option(p.a, client, IPPROTO_TCP, TCP_MAXSEG), 1428);
}

/* tcp_output(): without its digest a segment does not leave. */
Test(md5, freebsd_sends_nothing_signed_without_the_key)
{
	int client;

	begin("freebsd");
	listening(p.b, "10.0.0.2", 80);
	client = client_of("10.0.0.2");
	flag(p.a, client, IPPROTO_TCP, TCP_MD5SIG, 1);
	start(client, "10.0.0.2");
	cr_expect_eq(count(p.a, "TcpOutSegs"), 0);
	cr_expect_eq(count(p.b, "TcpInSegs"), 0);
}

/* syncache_add(): who has no key may come unsigned. */
Test(md5, freebsd_takes_strangers_unsigned_at_a_listener_that_signs)
{
	int listener, client, server;

	begin("freebsd");
	listener = listening_signed("10.0.0.2");
	client = client_of("10.0.0.2");
	start(client, "10.0.0.2");
	server = taken(listener);
	cr_assert_geq(server, 0);
	talk(client, server);
	cr_expect_eq(option(p.b, server, IPPROTO_TCP, TCP_MD5SIG), 0);
}

Test(md5, freebsd_drops_an_unsigned_syn_of_who_has_a_key)
{
	int listener, client;

	begin("freebsd");
	associate_both_ways(p.b, "secret");
	listener = listening_signed("10.0.0.2");
	client = client_of("10.0.0.2");
	start(client, "10.0.0.2");
	cr_expect_eq(taken(listener), -EAGAIN);
	cr_expect_eq(count(p.b, "TcpExtTCPMD5NotFound"), 1);
}

Test(md5, associations_are_added_once_and_removed)
{
	struct tcpsim_addr a, b;

	begin("freebsd");
	tcpsim_addr_parse("10.0.0.1", &a);
	tcpsim_addr_parse("10.0.0.2", &b);
	cr_expect_eq(tcpsim_host_md5_add(p.a, &a, &b, "", 0), -EINVAL);
	cr_expect_eq(tcpsim_host_md5_add(p.a, &a, NULL, "x", 1), -EFAULT);
	cr_expect_eq(tcpsim_host_md5_add(p.a, &a, &b, "x", 1), 0);
	cr_expect_eq(tcpsim_host_md5_add(p.a, &a, &b, "y", 1), -EEXIST);
	cr_expect_eq(tcpsim_host_md5_remove(p.a, &b, &a), -ENOENT);
	cr_expect_eq(tcpsim_host_md5_remove(p.a, &a, &b), 0);
	cr_expect_eq(tcpsim_host_md5_remove(p.a, &a, &b), -ENOENT);
	cr_expect_eq(tcpsim_host_md5_add(p.a, &a, &b, "y", 1), 0);
	tcpsim_host_md5_flush(p.a);
	cr_expect_eq(tcpsim_host_md5_add(p.a, &a, &b, "z", 1), 0);
}

Test(md5, systems_before_it_do_not_know_the_option)
{
	int fd;

	begin("bsd44");
	fd = client_of("10.0.0.2");
	cr_expect_eq(flag(p.a, fd, IPPROTO_TCP, TCP_MD5SIG, 1), -ENOPROTOOPT);
	cr_expect_eq(option(p.a, fd, IPPROTO_TCP, TCP_MD5SIG), -ENOPROTOOPT);
}

/* Who makes the host may have no MD5 to give it. */
Test(md5, without_a_digest_there_is_no_option)
{
	struct tcpsim_host *host = tcpsim_host_new(
		&(struct tcpsim_host_config){.profile = tcpsim_profile_find("freebsd")});
	int fd = tcpsim_socket(host, AF_INET, SOCK_STREAM, 0), on = 1;

	begin("linux");
	cr_expect_eq(tcpsim_setsockopt(host, fd, IPPROTO_TCP, TCP_MD5SIG, &on, sizeof(on)),
		-ENOPROTOOPT);
	tcpsim_host_free(host);
}
