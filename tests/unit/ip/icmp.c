/*
 * ICMP and ICMPv6 at a host, byte by byte: which messages are answered and how, and which errors
 * reach a connection. RFC 792, RFC 1122 §3.2.2, RFC 4443 §4.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <tcpsim/bsd_options.h>
#include <wire/build.h>
#include <wire/checksum.h>
#include <wire/wire.h>

#include "support/pair.h"

enum { ICMP = 1, UDP = 17, ICMP6 = 58, MOST = 2000 };
static struct pair p;

static void set_up(void)
{
	p = pair_new("linux", "linux");
}

static void tear_down(void)
{
	pair_free(&p);
}

TestSuite(icmp, .init = set_up, .fini = tear_down);

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static bool is_v6(const char *ip)
{
	return strchr(ip, ':') != NULL;
}

/* The IP header of such a datagram; its length. */
static size_t header(uint8_t *out, const char *from, const char *to, uint8_t protocol, size_t body)
{
	struct tcpsim_addr src, dst;
	bool v6 = is_v6(from);
	size_t len = v6 ? 40 : 20;

	tcpsim_addr_parse(from, &src);
	tcpsim_addr_parse(to, &dst);
	memset(out, 0, len);
	if (v6) {
		out[0] = 0x60;
		put16(out + 4, (unsigned)body);
		out[6] = protocol;
		out[7] = 64;
		memcpy(out + 8, src.b, 16);
		memcpy(out + 24, dst.b, 16);
		return len;
	}
	out[0] = 0x45;
	put16(out + 2, (unsigned)(len + body));
	out[8] = 64;
	out[9] = protocol;
	memcpy(out + 12, src.b + 12, 4);
	memcpy(out + 16, dst.b + 12, 4);
	put16(out + 10, wire_sum_finish(wire_sum(out, len, 0)));
	return len;
}

static void sum_message(uint8_t *message, size_t len, const char *from, const char *to, bool v6)
{
	struct tcpsim_addr src, dst;

	tcpsim_addr_parse(from, &src);
	tcpsim_addr_parse(to, &dst);
	put16(message + 2, 0);
	put16(message + 2, wire_sum_finish(wire_sum(message, len,
				   v6 ? wire_sum_pseudo(&src, &dst, ICMP6, (uint32_t)len) : 0)));
}

/* The message arrives at b, its checksum put right. */
static void message_arrives(const char *from, const char *to, uint8_t *message, size_t len)
{
	uint8_t bytes[MOST];
	bool v6 = is_v6(from);
	size_t at = header(bytes, from, to, v6 ? ICMP6 : ICMP, len);

	sum_message(message, len, from, to, v6);
	memcpy(bytes + at, message, len);
	tcpsim_host_input(p.b, p.now, 0, bytes, at + len);
}

/* What b has to send as bytes; 0: nothing. */
static size_t sent_by_b(uint8_t *bytes)
{
	struct tcpsim_packet *packet = tcpsim_host_transmit(p.b);
	size_t len;

	if (!packet)
		return 0;
	len = tcpsim_packet_bytes(packet, bytes, MOST);
	tcpsim_packet_free(packet);
	return len;
}

/* --- echo --- */

static void expect_echo(const char *from, const char *to, unsigned text)
{
	bool v6 = is_v6(from);
	uint8_t asked[MOST] = {v6 ? 128 : 8, 0, 0, 0, 0x12, 0x34, 0, 7}, bytes[MOST], want[MOST];
	size_t len = 8 + text, at = v6 ? 40 : 20, got;

	for (unsigned i = 0; i < text; i++)
		asked[8 + i] = (uint8_t)(i * 7 + 1);
	message_arrives(from, to, asked, len);
	got = sent_by_b(bytes);
	cr_assert_eq(got, at + len, "%u bytes of text: %zu bytes came", text, got);
	asked[0] = v6 ? 129 : 0;
	sum_message(asked, len, to, from, v6);
	cr_expect_arr_eq(bytes + at, asked, len);
	header(want, to, from, v6 ? ICMP6 : ICMP, len);
	if (!v6) { /* its identification is free, and with it the sum */
		cr_expect_eq(wire_sum_finish(wire_sum(bytes, at, 0)), 0);
		memcpy(want + 4, bytes + 4, 2);
		memcpy(want + 10, bytes + 10, 2);
	}
	cr_expect_arr_eq(bytes, want, at);
	cr_expect_eq(sent_by_b(bytes), 0, "once");
}

Test(icmp, an_echo_is_answered_with_what_it_brought)
{
	for (unsigned text = 0; text < 60; text += 13) {
		expect_echo("10.0.0.1", "10.0.0.2", text);
		expect_echo("2001:db8::1", "2001:db8::2", text);
	}
	expect_echo("10.0.0.1", "10.0.0.2", 1400);
}

/* A reply, a timestamp request, an unknown type, an echo with a wrong sum or too short. */
Test(icmp, nothing_else_is_answered)
{
	static const uint8_t TYPES[] = {0, 13, 200};
	uint8_t bytes[MOST], short_one[4] = {8};

	for (size_t i = 0; i < sizeof(TYPES); i++) {
		uint8_t message[16] = {TYPES[i]};

		message_arrives("10.0.0.1", "10.0.0.2", message, sizeof(message));
		cr_expect_eq(sent_by_b(bytes), 0, "type %u", TYPES[i]);
	}
	message_arrives("10.0.0.1", "10.0.0.2", short_one, sizeof(short_one));
	cr_expect_eq(sent_by_b(bytes), 0, "four bytes");
}

/* The other family's numbers mean something else: 8 in ICMPv6, 128 in ICMP. */
Test(icmp, the_number_of_echo_is_the_family_s_own)
{
	uint8_t four[8] = {128}, six[8] = {8}, bytes[MOST];

	message_arrives("10.0.0.1", "10.0.0.2", four, sizeof(four));
	message_arrives("2001:db8::1", "2001:db8::2", six, sizeof(six));
	cr_expect_eq(sent_by_b(bytes), 0);
}

Test(icmp, an_echo_from_where_no_route_leads_is_not_answered)
{
	uint8_t asked[8] = {8}, bytes[MOST];

	message_arrives("192.0.2.1", "10.0.0.2", asked, sizeof(asked));
	cr_expect_eq(sent_by_b(bytes), 0);
}

/* --- errors about segments in UDP --- */

/* b sends its SYN in UDP from the tunnel's port; the datagram's bytes. */
static size_t tunnelled_syn(const char *to, int *fd, uint8_t *syn)
{
	int port = 9899;

	pair_free(&p);
	p = pair_new("freebsd", "freebsd");
	cr_assert_eq(tcpsim_host_sysctl_set(p.b, "net.inet.tcp.udp_tunneling_port", "9899"), 0);
	*fd = tcpsim_socket(p.b, is_v6(to) ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	cr_assert_geq(*fd, 0);
	cr_assert_eq(tcpsim_setsockopt(p.b, *fd, IPPROTO_TCP, TCPSIM_TCP_REMOTE_UDP_ENCAPS_PORT,
			     &port, sizeof(port)),
		0);
	tcpsim_connect(p.b, *fd, at(to, 80), is_v6(to) ? 28 : 16);
	return sent_by_b(syn);
}

/* A router's port unreachable that quotes so much of the datagram; what connect() then says. */
static int refused(const char *from, const char *to, const uint8_t *quoted, size_t len, int fd)
{
	uint8_t message[MOST] = {is_v6(from) ? 1 : 3, is_v6(from) ? 4 : 3};

	memcpy(message + 8, quoted, len);
	message_arrives(from, to, message, 8 + len);
	return option(p.b, fd, SOL_SOCKET, SO_ERROR);
}

static void expect_tunnel(const char *from, const char *to)
{
	uint8_t syn[MOST], other[MOST];
	size_t ip = is_v6(from) ? 40 : 20, len;
	int fd;

	len = tunnelled_syn(from, &fd, syn);
	cr_assert_gt(len, ip + 8 + 20);
	cr_assert_eq(syn[is_v6(from) ? 6 : 9], UDP);
	/* not from our tunnel's port; another number than what is under way; too little of it */
	memcpy(other, syn, len);
	other[ip]++;
	cr_expect_eq(refused(from, to, other, len, fd), 0, "another port");
	memcpy(other, syn, len);
	other[ip + 8 + 4]++;
	cr_expect_eq(refused(from, to, other, len, fd), 0, "another number");
	cr_expect_eq(refused(from, to, syn, ip + 15, fd), 0, "no whole number");
	/* the ports and the number suffice: RFC 792 has 64 bits of TCP's header */
	cr_expect_eq(refused(from, to, syn, ip + 16, fd), ECONNREFUSED);
	cr_expect_eq(refused(from, to, syn, len, fd), 0, "told once");
}

Test(icmp, an_error_about_a_datagram_of_the_tunnel_is_the_connection_s)
{
	expect_tunnel("10.0.0.1", "10.0.0.2");
	expect_tunnel("2001:db8::1", "2001:db8::2");
}

/* RFC 1122 §3.2.2: what b never sent, and what is neither TCP nor the tunnel's. */
Test(icmp, an_error_about_another_s_datagram_is_ignored)
{
	uint8_t syn[MOST], other[MOST];
	size_t len;
	int fd;

	len = tunnelled_syn("10.0.0.1", &fd, syn);
	memcpy(other, syn, len);
	other[15]++; /* its source */
	cr_expect_eq(refused("10.0.0.1", "10.0.0.2", other, len, fd), 0, "another host's");
	memcpy(other, syn, len);
	other[9] = 132;
	cr_expect_eq(refused("10.0.0.1", "10.0.0.2", other, len, fd), 0, "SCTP");
	cr_assert_eq(tcpsim_host_sysctl_set(p.b, "net.inet.tcp.udp_tunneling_port", "0"), 0);
	cr_expect_eq(refused("10.0.0.1", "10.0.0.2", syn, len, fd), 0, "no tunnel any more");
}
