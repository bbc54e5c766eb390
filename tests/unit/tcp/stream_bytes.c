/*
 * Each byte that a process reads is the one that stood at that place of what the peer wrote,
 * however the datagrams came in: as bytes, in disorder, in fragments, in a tunnel, on a SYN.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <tcpsim/options.h>
#include <wire/build.h>
#include <world/modify.h>

#include "support/pair.h"
#include "time_units.h"

enum { MOST = 64, PIECES = 5, LONGEST = 200 };

static uint8_t byte_at(size_t place)
{
	return (uint8_t)(place * 167 + place / 251 + 1);
}

static void write_bytes(struct tcpsim_host *host, int fd, size_t from, size_t len)
{
	uint8_t text[LONGEST];
	struct iovec iov = {text, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	for (size_t i = 0; i < len; i++)
		text[i] = byte_at(from + i);
	cr_assert_eq(tcpsim_sendmsg(host, fd, &msg, 0), (ssize_t)len);
}

static void expect_bytes(struct tcpsim_host *host, int fd, size_t len, const char *what)
{
	uint8_t text[PIECES * LONGEST + 1];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	cr_assert_eq(tcpsim_recvmsg(host, fd, &msg, 0), (ssize_t)len, "%s: %zu bytes", what, len);
	for (size_t i = 0; i < len; i++)
		cr_assert_eq(text[i], byte_at(i), "%s: %zu bytes, at %zu", what, len, i);
}

/* The datagram's bytes, as a driver outside the stack has them. */
static void arrive(struct pair *p, struct tcpsim_host *to, struct tcpsim_packet *packet)
{
	static uint8_t bytes[70000];
	size_t len = tcpsim_packet_bytes(packet, bytes, sizeof(bytes));

	tcpsim_packet_free(packet);
	tcpsim_host_input(to, p->now, 0, bytes, len);
	memset(bytes, 0xee, len);
}

static void take(struct tcpsim_host *host, struct tcpsim_packet **packets, int *n)
{
	while ((packets[*n] = tcpsim_host_transmit(host)))
		cr_assert_lt(++*n, MOST);
}

/* What each has sent arrives, until nothing is sent; the last comes first if asked. */
static void cross(struct pair *p, bool backwards)
{
	struct tcpsim_packet *packets[MOST];
	bool more = true;

	while (more) {
		more = false;
		for (int side = 0; side < 2; side++) {
			int n = 0;

			take(side ? p->b : p->a, packets, &n);
			for (int i = 0; i < n; i++)
				arrive(p, side ? p->a : p->b, packets[backwards ? n - 1 - i : i]);
			more |= n > 0;
		}
	}
}

struct connection {
	int from, to, listener;
};

static struct connection open_one(struct pair *p, bool v6, int tunnel)
{
	const struct sockaddr *sa = at(v6 ? "2001:db8::2" : "10.0.0.2", 80);
	struct connection c = {.listener = listening(p->b, v6 ? "::" : "0.0.0.0", 80)};

	c.from = tcpsim_socket(p->a, sa->sa_family, SOCK_STREAM, 0);
	flag(p->a, c.from, IPPROTO_TCP, TCP_NODELAY, 1);
	if (tunnel)
		cr_assert_eq(
			flag(p->a, c.from, IPPROTO_TCP, TCPSIM_TCP_REMOTE_UDP_ENCAPS_PORT, tunnel),
			0);
	tcpsim_connect(p->a, c.from, sa, sizeof(struct sockaddr_in6));
	cross(p, false);
	c.to = tcpsim_accept4(p->b, c.listener, NULL, NULL, 0);
	cr_assert_geq(c.to, 0);
	return c;
}

/* Several writes of n bytes, each a segment, before the peer reads any. */
static void write_and_read(
	struct pair *p, struct connection c, size_t n, bool backwards, const char *what)
{
	for (size_t i = 0; i < PIECES; i++)
		write_bytes(p->a, c.from, i * n, n);
	cross(p, backwards);
	for (int i = 0; i < 4; i++) { /* timers, and packets that take what the others left */
		p->now += NSEC_PER_SEC;
		tcpsim_host_advance(p->a, p->now);
		tcpsim_host_advance(p->b, p->now);
		cross(p, false);
	}
	expect_bytes(p->b, c.to, PIECES * n, what);
}

static void try_profile(const char *name, bool v6, bool backwards)
{
	for (size_t n = 1; n <= LONGEST; n += 19) {
		struct pair p = pair_new(name, name);

		write_and_read(&p, open_one(&p, v6, 0), n, backwards, name);
		cross(&p, false);
		pair_free(&p);
	}
}

Test(stream_bytes, small_datagrams_in_order)
{
	for (int i = 0; tcpsim_profiles[i]; i++) {
		try_profile(tcpsim_profiles[i]->name, false, false);
		try_profile(tcpsim_profiles[i]->name, true, false);
	}
}

Test(stream_bytes, small_datagrams_last_first)
{
	for (int i = 0; tcpsim_profiles[i]; i++)
		try_profile(tcpsim_profiles[i]->name, i & 1, true);
}

Test(stream_bytes, through_a_tunnel)
{
	for (size_t n = 1; n <= LONGEST; n += 19) {
		struct pair p = pair_new("freebsd", "freebsd");

		tcpsim_host_setting_set(p.a, "udp_tunneling_port", "9899");
		tcpsim_host_setting_set(p.b, "udp_tunneling_port", "9899");
		write_and_read(&p, open_one(&p, n & 1, 9899), n, false, "tunnel");
		pair_free(&p);
	}
}

/* What A sends crosses a router whose link takes 1280 bytes; how often it said so. */
static int cross_narrow(struct pair *p)
{
	struct tcpsim_addr router, a;
	struct tcpsim_packet *packets[MOST];
	int n = 0, said = 0;

	tcpsim_addr_parse("2001:db8::ff", &router);
	tcpsim_addr_parse("2001:db8::1", &a);
	take(p->a, packets, &n);
	for (int i = 0; i < n; i++) {
		uint8_t bytes[2000], out[2000];
		size_t len = tcpsim_packet_bytes(packets[i], bytes, sizeof(bytes));

		if (len <= 1280) {
			arrive(p, p->b, packets[i]);
			continue;
		}
		said++;
		tcpsim_packet_free(packets[i]);
		len = wire_build_icmp_error(&router, &a, 2, 0, 1280, bytes, len, out, sizeof(out));
		tcpsim_host_input(p->a, p->now, 0, out, len);
	}
	return said;
}

/* The least MTU of IPv6 is that of the datagram: what is inside a tunnel has less. */
Test(stream_bytes, through_a_tunnel_over_the_smallest_path)
{
	struct pair p = pair_new("freebsd", "freebsd");
	struct connection c;
	uint8_t text[4000] = {0};
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int said = 0;

	tcpsim_host_setting_set(p.a, "udp_tunneling_port", "9899");
	tcpsim_host_setting_set(p.b, "udp_tunneling_port", "9899");
	tcpsim_host_setting_set(p.a, "super_segments", "0");
	c = open_one(&p, true, 9899);
	cr_assert_eq(tcpsim_sendmsg(p.a, c.from, &msg, 0), 4000);
	for (int i = 0; i < 20; i++) {
		said += cross_narrow(&p);
		p.now += NSEC_PER_SEC;
		tcpsim_host_advance(p.a, p.now);
		tcpsim_host_advance(p.b, p.now);
	}
	cr_expect_gt(said, 0);
	cr_expect_leq(said, 3, "told once of each in flight; it was told %d times", said);
	cr_expect_eq(tcpsim_recvmsg(p.b, c.to, &msg, 0), 4000);
	cross(&p, false);
	pair_free(&p);
}

Test(stream_bytes, on_a_syn)
{
	for (size_t n = 1; n <= LONGEST; n += 19) {
		struct pair p = pair_new("linux", "linux");
		const struct sockaddr *sa = at("10.0.0.2", 80);
		int listener = listening(p.b, "10.0.0.2", 80), child;
		int fd = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0);

		tcpsim_host_setting_set(p.a, "fastopen", "0x207"); /* without cookies */
		tcpsim_host_setting_set(p.b, "fastopen", "0x207");
		flag(p.b, listener, IPPROTO_TCP, TCP_FASTOPEN, 5);
		flag(p.a, fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
		cr_assert_eq(tcpsim_connect(p.a, fd, sa, sizeof(struct sockaddr_in)), 0);
		write_bytes(p.a, fd, 0, n);
		cross(&p, false);
		child = tcpsim_accept4(p.b, listener, NULL, NULL, 0);
		write_bytes(p.a, fd, n, n);
		cross(&p, false);
		expect_bytes(p.b, child, 2 * n, "on the SYN");
		pair_free(&p);
	}
}

Test(stream_bytes, put_together_from_fragments)
{
	for (size_t n = 1; n <= LONGEST; n += 19) {
		struct pair p = pair_new("bsd44", "bsd44");
		struct connection c = open_one(&p, false, 0);
		struct tcpsim_packet *packets[MOST], *piece, *next;
		int sent = 0;

		for (size_t i = 0; i < PIECES; i++)
			write_bytes(p.a, c.from, i * n, n);
		take(p.a, packets, &sent);
		for (int i = 0; i < sent; i++) {
			for (piece = modify_fragment(packets[i], 36); piece; piece = next) {
				next = piece->next;
				arrive(&p, p.b, piece);
			}
		}
		cross(&p, false);
		expect_bytes(p.b, c.to, PIECES * n, "fragments");
		pair_free(&p);
	}
}

/* --- what was sent and not acknowledged goes again --- */

/* Both have the other's SYN before their own is answered; text rode on A's. */
Test(stream_bytes, text_on_a_syn_that_crossed_another_goes_again)
{
	struct pair p = pair_new("linux-2.4", "linux-6.1");
	const struct sockaddr *to_b = at("10.0.0.2", 80), *to_a = at("10.0.0.1", 90);
	int a = bound(p.a, "10.0.0.1", 90), b = bound(p.b, "10.0.0.2", 80);

	tcpsim_host_setting_set(p.a, "fastopen", "0x207");
	tcpsim_host_setting_set(p.b, "simultaneous_open_data", "0");
	flag(p.a, a, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	cr_assert_eq(tcpsim_connect(p.a, a, to_b, sizeof(struct sockaddr_in)), 0);
	write_bytes(p.a, a, 0, 100);
	tcpsim_connect(p.b, b, to_a, sizeof(struct sockaddr_in));
	cross(&p, false);
	tcpsim_shutdown(p.a, a, SHUT_WR);
	for (int i = 0; i < 5; i++) {
		p.now += NSEC_PER_SEC;
		tcpsim_host_advance(p.a, p.now);
		tcpsim_host_advance(p.b, p.now);
		cross(&p, false);
	}
	expect_bytes(p.b, b, 100, "crossed");
	pair_free(&p);
}

/* A FIN that was asked for during the handshake (FreeBSD tcp_usrclosed). */
Test(stream_bytes, shut_before_the_answer_is_FIN_WAIT_afterwards)
{
	struct pair p = pair_new("freebsd", "rfc9293");
	const struct sockaddr *sa = at("10.0.0.2", 80);
	int listener = listening(p.b, "10.0.0.2", 80), fd, child;

	fd = tcpsim_socket(p.a, AF_INET, SOCK_STREAM, 0);
	tcpsim_connect(p.a, fd, sa, sizeof(struct sockaddr_in));
	cr_assert_eq(tcpsim_shutdown(p.a, fd, SHUT_WR), 0);
	cross(&p, false);
	cr_expect_eq(tcpsim_state(p.a, fd), TCPSIM_FIN_WAIT_2, "%s",
		tcpsim_state_name(tcpsim_state(p.a, fd)));
	child = tcpsim_accept4(p.b, listener, NULL, NULL, 0);
	expect_bytes(p.b, child, 0, "end of file");
	pair_free(&p);
}
