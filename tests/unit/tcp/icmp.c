/*
 * What connect() makes of an ICMP error that quotes its SYN, row by row: kept and reported when the
 * attempt gives up (soft), or its end at once (hard). RFC 1122 §3.2.2.1 and §4.2.3.9, RFC 5461, and
 * what each system does.
 */
#include "time_units.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h> /* errqueue.h needs it */

#include <linux/errqueue.h>
#include <tcpsim/options.h>
#include <tcpsim/testkit.h>

#define ISS 1000u

enum effect { NOTHING, SOFT, HARD };

/* `linux_`: the bare word is a macro of the compiler's. */
struct row {
	uint8_t type, code;
	struct {
		enum effect effect;
		int error;
	} bsd44, linux_, freebsd;
};

/* clang-format off */
static const struct row ROWS[] = {
	{3, 0,  {SOFT, EHOSTUNREACH}, {HARD, ENETUNREACH},  {SOFT, EHOSTUNREACH}},
	{3, 1,  {SOFT, EHOSTUNREACH}, {HARD, EHOSTUNREACH}, {SOFT, EHOSTUNREACH}},
	{3, 2,  {SOFT, ECONNREFUSED}, {HARD, ENOPROTOOPT},  {HARD, ECONNREFUSED}},
	{3, 3,  {SOFT, ECONNREFUSED}, {HARD, ECONNREFUSED}, {HARD, ECONNREFUSED}},
	{3, 5,  {SOFT, EHOSTUNREACH}, {HARD, EOPNOTSUPP},   {SOFT, EHOSTUNREACH}},
	{3, 6,  {SOFT, EHOSTUNREACH}, {HARD, ENETUNREACH},  {SOFT, EHOSTUNREACH}},
	{3, 7,  {SOFT, EHOSTUNREACH}, {HARD, EHOSTDOWN},    {SOFT, EHOSTUNREACH}},
	{3, 8,  {SOFT, EHOSTUNREACH}, {HARD, ENONET},       {SOFT, EHOSTUNREACH}},
	{3, 9,  {SOFT, EHOSTUNREACH}, {HARD, ENETUNREACH},  {HARD, ECONNREFUSED}},
	{3, 10, {SOFT, EHOSTUNREACH}, {HARD, EHOSTUNREACH}, {HARD, ECONNREFUSED}},
	{3, 11, {SOFT, EHOSTUNREACH}, {HARD, ENETUNREACH},  {SOFT, EHOSTUNREACH}},
	{3, 12, {SOFT, EHOSTUNREACH}, {HARD, EHOSTUNREACH}, {SOFT, EHOSTUNREACH}},
	{3, 13, {NOTHING, 0},         {HARD, EHOSTUNREACH}, {HARD, ECONNREFUSED}},
	{3, 14, {NOTHING, 0},         {HARD, EHOSTUNREACH}, {SOFT, EHOSTUNREACH}},
	{3, 15, {NOTHING, 0},         {HARD, EHOSTUNREACH}, {SOFT, EHOSTUNREACH}},
	{11, 0, {NOTHING, 0},         {HARD, EHOSTUNREACH}, {HARD, EHOSTUNREACH}},
	{11, 1, {NOTHING, 0},         {NOTHING, 0},         {NOTHING, 0}},
	{12, 0, {SOFT, ENOPROTOOPT},  {HARD, EPROTO},       {SOFT, ENOPROTOOPT}},
	{4, 0,  {NOTHING, 0},         {NOTHING, 0},         {NOTHING, 0}},
};
/* clang-format on */

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(icmp_errno, .init = setup);

/* A router answers a SYN that had the sequence number `seq`. */
static void router_says(struct tcpsim_peer *peer, uint8_t type, uint8_t code, uint32_t seq)
{
	char text[80];

	snprintf(text, sizeof(text), "icmp type_%u code_%u [%u:%u(0)!]", type, code, seq, seq);
	peer_sends(peer, text);
}

static struct tcpsim_peer *connecting(const struct tcpsim_profile *profile)
{
	return peer_in_with(TCPSIM_SYN_SENT, &(struct tcpsim_peer_options){.profile = profile,
						     .iss_is_fixed = true,
						     .iss = ISS,
						     .syn_options = "<mss 1460>"});
}

static void expect_effect(
	const struct tcpsim_profile *profile, const struct row *row, enum effect effect, int error)
{
	struct tcpsim_peer *peer = connecting(profile);

	router_says(peer, row->type, row->code, ISS);
	if (effect == HARD) {
		cr_expect_eq(peer_state(peer), TCPSIM_CLOSED, "%s: %u/%u ends the attempt",
			profile->name, row->type, row->code);
	} else {
		cr_expect_eq(peer_state(peer), TCPSIM_SYN_SENT,
			"%s: %u/%u does not end the attempt", profile->name, row->type, row->code);
		peer_waits(peer, 200 * NSEC_PER_SEC);
		cr_expect_eq(peer_state(peer), TCPSIM_CLOSED);
	}
	expect_error(peer, effect == NOTHING ? ETIMEDOUT : error);
	peer_free(peer);
}

Test(icmp_errno, bsd44_keeps_them_until_it_gives_up)
{
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		expect_effect(
			&tcpsim_profile_bsd44, &ROWS[i], ROWS[i].bsd44.effect, ROWS[i].bsd44.error);
}

Test(icmp_errno, linux_ends_at_once)
{
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		expect_effect(&tcpsim_profile_linux, &ROWS[i], ROWS[i].linux_.effect,
			ROWS[i].linux_.error);
}

Test(icmp_errno, freebsd_ends_on_what_somebody_decided)
{
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		expect_effect(&tcpsim_profile_freebsd, &ROWS[i], ROWS[i].freebsd.effect,
			ROWS[i].freebsd.error);
}

/* UNP §4.3 names both errors: the variant of 4.4BSD that tells them apart. */
Test(icmp_errno, unp_reports_a_network_as_enetunreach)
{
	const struct row net = {.type = 3, .code = 0}, host = {.type = 3, .code = 1};

	expect_effect(tcpsim_profile_find("unp"), &net, SOFT, ENETUNREACH);
	expect_effect(tcpsim_profile_find("unp"), &host, SOFT, EHOSTUNREACH);
}

/* RFC 9293 SHLD-26: protocol and port unreachable end it; MUST-56: the others do not. */
Test(icmp_errno, rfc9293_tells_hard_from_soft)
{
	const struct row port = {.type = 3, .code = 3}, host = {.type = 3, .code = 1},
			 exceeded = {.type = 11, .code = 0};

	expect_effect(&tcpsim_profile_rfc9293, &port, HARD, ECONNREFUSED);
	expect_effect(&tcpsim_profile_rfc9293, &host, SOFT, EHOSTUNREACH);
	expect_effect(&tcpsim_profile_rfc9293, &exceeded, SOFT, EHOSTUNREACH);
}

/* RFC 5927 §4.1: a forger who does not know the sequence number ends nothing. */
Test(icmp_errno, a_number_that_is_not_in_flight_is_ignored)
{
	struct tcpsim_peer *peer = connecting(&tcpsim_profile_linux);

	router_says(peer, 3, 1, ISS - 1);
	router_says(peer, 3, 1, ISS + 2);
	expect_state(peer, TCPSIM_SYN_SENT);
	router_says(peer, 3, 1, ISS);
	expect_state(peer, TCPSIM_CLOSED);
	peer_free(peer);
}

/* RFC 9293 MUST-56: a connection that stands outlives them; SO_ERROR tells nothing either. */
Test(icmp_errno, an_established_connection_lives_on)
{
	static const struct tcpsim_profile *const profiles[] = {&tcpsim_profile_bsd44,
		&tcpsim_profile_linux, &tcpsim_profile_freebsd, &tcpsim_profile_rfc9293};

	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		struct tcpsim_peer *peer = connecting(profiles[i]);

		peer_sends(peer, "S. 0:0(0) ack 1 win 8760 <mss 1460>");
		router_says(peer, 3, 1, ISS + 1);
		router_says(peer, 11, 0, ISS + 1);
		router_says(peer, 12, 0, ISS + 1);
		expect_state(peer, TCPSIM_ESTABLISHED);
		peer_free(peer);
	}
}

/* What recvmsg(MSG_ERRQUEUE) gives: the length of the text, or an error. */
static ssize_t queued(struct tcpsim_peer *peer, uint8_t *text, size_t room,
	struct sockaddr_in *tried, struct sock_extended_err *told)
{
	uint8_t control[256];
	struct iovec iov = {text, room};
	struct msghdr msg = {.msg_name = tried,
		.msg_namelen = sizeof(*tried),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t got = tcpsim_recvmsg(peer_host(peer), peer_fd(peer), &msg, MSG_ERRQUEUE);

	if (got >= 0 && msg.msg_controllen)
		memcpy(told, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(*told));
	return got;
}

static int error_of(struct tcpsim_peer *peer)
{
	int error = -1;
	socklen_t len = sizeof(error);

	tcpsim_getsockopt(peer_host(peer), peer_fd(peer), SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

/* IP_RECVERR was not said. Who reads the entry has been told: SO_ERROR has nothing any more. */
Test(icmp_errno, linux_queues_what_ends_an_attempt)
{
	struct tcpsim_peer *peer = connecting(&tcpsim_profile_linux);
	struct sock_extended_err told = {0};
	struct sockaddr_in tried = {0};
	uint8_t text[64];

	router_says(peer, 3, 1, ISS);
	cr_expect(tcpsim_poll(peer_host(peer), peer_fd(peer)) & POLLERR);
	cr_expect_eq(queued(peer, text, sizeof(text), &tried, &told), 8);
	cr_expect_eq(told.ee_errno, EHOSTUNREACH);
	cr_expect(told.ee_origin == SO_EE_ORIGIN_ICMP && told.ee_type == 3 && told.ee_code == 1);
	cr_expect_eq(tried.sin_family, AF_INET);
	cr_expect_eq(memcmp(&tried.sin_port, text + 2, 2), 0, "the quoted header's");
	cr_expect_eq(error_of(peer), 0);
	cr_expect_eq(queued(peer, text, sizeof(text), &tried, &told), -EAGAIN);
	cr_expect_not(tcpsim_poll(peer_host(peer), peer_fd(peer)) & POLLERR);
	peer_free(peer);
}

/* ipv6_icmp_error() asks for IPV6_RECVERR. */
Test(icmp_errno, linux_queues_it_of_ipv6_for_who_asked)
{
	for (int on = 0; on < 2; on++) {
		struct tcpsim_peer *peer = peer_in_with(TCPSIM_SYN_SENT,
			&(struct tcpsim_peer_options){.profile = &tcpsim_profile_linux,
				.ip_version = 6,
				.iss_is_fixed = true,
				.iss = ISS});
		struct sock_extended_err told = {0};
		struct sockaddr_in tried;
		uint8_t text[64];

		tcpsim_setsockopt(peer_host(peer), peer_fd(peer), IPPROTO_IPV6, IPV6_RECVERR, &on,
			sizeof(on));
		router_says(peer, 1, 0, ISS);
		expect_state(peer, TCPSIM_CLOSED);
		cr_expect_eq(queued(peer, text, sizeof(text), &tried, &told), on ? 8 : -EAGAIN);
		cr_expect_eq(told.ee_origin, on ? SO_EE_ORIGIN_ICMP6 : 0);
		peer_free(peer);
	}
}

Test(icmp_errno, a_system_without_it_queues_nothing)
{
	struct tcpsim_peer *peer = connecting(&tcpsim_profile_freebsd);
	struct sock_extended_err told = {0};
	struct sockaddr_in tried;
	uint8_t text[64];

	router_says(peer, 3, 3, ISS);
	cr_expect_lt(queued(peer, text, sizeof(text), &tried, &told), 0);
	cr_expect_eq(told.ee_errno, 0);
	peer_free(peer);
}

/* Linux tcp_v4_err: IP_RECVERR has the next call told, and is no reason to queue. */
Test(icmp_errno, a_connection_is_told_at_once_where_it_asked)
{
	struct tcpsim_peer *peer = connecting(&tcpsim_profile_linux);
	struct sock_extended_err told;
	struct sockaddr_in tried;
	uint8_t text[64];
	int on = 1;

	tcpsim_setsockopt(peer_host(peer), peer_fd(peer), IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	peer_sends(peer, "S. 0:0(0) ack 1 win 8760 <mss 1460>");
	router_says(peer, 3, 1, ISS + 1);
	expect_state(peer, TCPSIM_ESTABLISHED);
	cr_expect(tcpsim_poll(peer_host(peer), peer_fd(peer)) & POLLERR);
	cr_expect_eq(queued(peer, text, sizeof(text), &tried, &told), -EAGAIN);
	cr_expect_eq(error_of(peer), EHOSTUNREACH);
	cr_expect_eq(error_of(peer), 0);
	peer_free(peer);
}

/* The router's message is kept, SYNs go on at the times of S4, and at 75 s it is what connect()
 * returns. */
Test(brief, S6_an_unreachable_is_kept_and_the_syns_go_on, .init = setup)
{
	struct tcpsim_peer *peer = connecting(&tcpsim_profile_bsd44);

	peer_waits(peer, NSEC_PER_SEC / 10);
	router_says(peer, 3, 1, ISS);
	peer_waits(peer, 6 * NSEC_PER_SEC - NSEC_PER_SEC / 10 - 1);
	expect_nothing_sent(peer);
	peer_waits(peer, 1);
	expect_sent(peer, "S 0:0(0) <...>");
	peer_waits(peer, 24 * NSEC_PER_SEC);
	expect_sent(peer, "S 0:0(0) <...>");
	peer_waits(peer, 45 * NSEC_PER_SEC - 1);
	expect_state(peer, TCPSIM_SYN_SENT);
	peer_waits(peer, 1);
	expect_path(peer, "SYN_SENT -connect/give-up-> CLOSED");
	expect_error(peer, EHOSTUNREACH);
	peer_free(peer);
}
