/*
 * How many connections a listener queues before it ignores the next SYN: UNP Figure 4.10, its five
 * columns, for backlogs of 0 to 14. Each client completes its handshake; nobody calls accept().
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <tcpsim/host.h>
#include <tcpsim/socket.h>

#include "wire/build.h"
#include "wire/ip.h"
#include "wire/wire.h"

#define HOST   0xc0a80001u
#define CLIENT 0xc0000201u

/* Its packets come from here; free_host gives both back. */
static struct tcpsim_pool *pool;

static void free_host(struct tcpsim_host *host)
{
	tcpsim_host_free(host);
	tcpsim_pool_free(pool);
}

static struct tcpsim_host *listening_host(const char *profile, int backlog)
{
	struct tcpsim_host_config config = {.profile = tcpsim_profile_find(profile),
		.pool = tcpsim_pool_new(),
		.id = 1,
		.seed = 1};
	struct tcpsim_host *host;
	struct tcpsim_addr own = tcpsim_addr_v4(HOST), any = tcpsim_addr_v4(0);
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(80)};
	int fd;

	pool = config.pool;
	cr_assert_not_null(config.profile, "%s", profile);
	host = tcpsim_host_new(&config);
	tcpsim_host_add_interface(host, "eth0", 1500);
	tcpsim_host_add_address(host, 0, &own, 24);
	tcpsim_host_add_route(host, &any, 0, 0, NULL);
	fd = tcpsim_socket(host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	cr_assert_eq(tcpsim_bind(host, fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	cr_assert_eq(tcpsim_listen(host, fd, backlog), 0);
	return host;
}

static void client_sends(
	struct tcpsim_host *host, uint16_t port, unsigned flags, uint32_t seq, uint32_t ack)
{
	struct tcpsim_segment out = {.src = tcpsim_addr_v4(CLIENT),
		.dst = tcpsim_addr_v4(HOST),
		.src_port = port,
		.dst_port = 80,
		.seq = tcpsim_seq_of(seq),
		.ack = tcpsim_seq_of(ack),
		.flags = (uint16_t)flags,
		.window = 8192,
		.ip_version = 4,
		.ttl = 64};
	uint8_t bytes[TCPSIM_HEADERS_MAX];
	size_t len = wire_build_headers(&out, 1, true, NULL, bytes);

	tcpsim_host_input(host, tcpsim_host_now(host), 0, bytes, len);
}

/* The host's answer to the last segment; false: none. */
static bool answer(struct tcpsim_host *host, struct tcpsim_segment *out)
{
	struct tcpsim_packet *packet = tcpsim_host_transmit(host);
	struct wire_packet in;

	if (!packet)
		return false;
	wire_parse(packet->headers, packet->headers_len, 0, &in);
	cr_assert_eq(in.kind, WIRE_TCP);
	*out = in.segment;
	tcpsim_packet_free(packet);
	return true;
}

/* How many clients get their connection queued before a SYN is ignored. A RST would be a refusal:
 * none may come. */
static int queued(const char *profile, int backlog)
{
	struct tcpsim_host *host = listening_host(profile, backlog);
	struct tcpsim_segment got;
	int n = 0;

	for (; n < 100; n++) {
		uint16_t port = (uint16_t)(20000 + n);

		client_sends(host, port, TCPSIM_SYN, 1000, 0);
		if (!answer(host, &got))
			break;
		cr_assert_eq(got.flags & (TCPSIM_SYN | TCPSIM_ACK | TCPSIM_RST),
			TCPSIM_SYN | TCPSIM_ACK);
		client_sends(host, port, TCPSIM_ACK, 1001, got.seq.n + 1);
	}
	free_host(host);
	return n;
}

static void expect_column(const char *profile, const int column[15])
{
	for (int backlog = 0; backlog < 15; backlog++)
		cr_expect_eq(queued(profile, backlog), column[backlog],
			"%s, backlog %d: %d queued, Figure 4.10 has %d", profile, backlog,
			queued(profile, backlog), column[backlog]);
}

/* SOMAXCONN is 5 in 4.4BSD: a larger backlog is 5. */
Test(figure_4_10, bsd44_up_to_its_somaxconn)
{
	expect_column("bsd44", (int[]){1, 2, 4, 5, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8});
}

Test(figure_4_10, macos_10_2_and_aix_5_1)
{
	expect_column("macos-10.2", (int[]){1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22});
}

Test(figure_4_10, linux_2_4)
{
	expect_column("linux-2.4", (int[]){3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17});
}

Test(figure_4_10, hpux_11)
{
	expect_column("hpux-11", (int[]){1, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18, 19, 21});
}

Test(figure_4_10, freebsd_4_8)
{
	expect_column("freebsd-4.8", (int[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
}

Test(figure_4_10, solaris_9)
{
	expect_column("solaris-9", (int[]){1, 2, 4, 5, 6, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22});
}

/* Linux as it is: one more than the backlog fits into the accept queue (sk_acceptq_is_full). */
Test(figure_4_10, linux_today_queues_one_more_than_the_backlog)
{
	for (int backlog = 1; backlog < 15; backlog++)
		cr_expect_eq(queued("linux", backlog), backlog + 1, "backlog %d: %d queued",
			backlog, queued("linux", backlog));
}

Test(brief, S17_the_second_argument_of_listen_is_how_many_are_queued)
{
	cr_expect_eq(queued("freebsd-4.8", 3), 4);
	cr_expect_eq(queued("freebsd-4.8", 12), 13);
	cr_expect_eq(
		queued("bsd44", -1), queued("bsd44", 0), "4.4BSD takes a negative backlog as none");
}

/* The last client of queued() gets no answer at all: not a RST, and nothing when it asks again. */
Test(brief, S20_a_syn_that_finds_the_queues_full_is_ignored)
{
	struct tcpsim_host *host = listening_host("bsd44", 0);
	struct tcpsim_segment got;

	client_sends(host, 20000, TCPSIM_SYN, 1000, 0);
	cr_assert(answer(host, &got));
	client_sends(host, 20001, TCPSIM_SYN, 1000, 0);
	cr_expect_not(answer(host, &got));
	tcpsim_host_advance(host, tcpsim_host_now(host) + 3000000000);
	client_sends(host, 20001, TCPSIM_SYN, 1000, 0);
	cr_expect_not(answer(host, &got));
	free_host(host);
}

/* SYNs from n ports whose clients say no more; how often a SYN,ACK left for the first, by then. */
static unsigned answers_to_first(unsigned n, int backlog, int64_t until_ns)
{
	struct tcpsim_host *host = listening_host("linux", backlog);
	unsigned answers = 0;

	for (unsigned i = 0; i < n; i++)
		client_sends(host, (uint16_t)(1000 + i), TCPSIM_SYN, 1, 0);
	for (int64_t at = 0; at <= until_ns; at += 100000000) {
		struct tcpsim_packet *packet;
		struct wire_packet out;

		tcpsim_host_advance(host, at);
		while ((packet = tcpsim_host_transmit(host))) {
			wire_parse_packet(packet, 0, &out);
			answers += out.kind == WIRE_TCP && out.segment.dst_port == 1000;
			tcpsim_packet_free(packet);
		}
	}
	free_host(host);
	return answers;
}

/* Linux reqsk_timer_handler: four entries are half of eight, and each has its five retransmissions
 * (0, 1, 3, 7, 15, 31 s); a fifth is one too many: the first that finds so, at 7 s, ends after two.
 * `tcpsim compare` shows the kernel doing the same. */
Test(backlog, linux_gives_old_entries_less_where_they_fill_half_of_it)
{
	const int64_t second = 1000000000;

	cr_expect_eq(answers_to_first(4, 8, 70 * second), 6);
	cr_expect_eq(answers_to_first(5, 8, 70 * second), 3);
	cr_expect_eq(answers_to_first(5, 10, 70 * second), 6);
	/* A smaller backlog counts as one of eight. */
	cr_expect_eq(answers_to_first(4, 4, 70 * second), 6);
}
