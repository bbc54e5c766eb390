/*
 * Two hosts of any two profiles, a connection between them, and a network that loses, repeats,
 * delays, reorders, marks and fragments: the input is a program of settings, calls and what happens
 * to the packets. Whoever reads a byte compares it with what must stand at that place of the
 * stream; every invariant must hold. When the input is over the network is perfect,
 * and everything must come to its end: all that was sent has arrived, both sides see the end of
 * file, nobody an error that nobody caused, and what is closed is gone. At the end no packet is
 * left over.
 *
 *   CC=clang meson setup build/fuzz -Dfuzzers=true && ninja -C build/fuzz tests/fuzz/fuzz-pair
 *   mkdir -p /tmp/pair && build/fuzz/tests/fuzz/fuzz-pair -max_len=600 -timeout=20 /tmp/pair
 * tests/fuzz/corpus/pair
 *
 * PAIR_TRACE=1 in the environment shows each packet, each call and each rule of an input.
 */
#include "pair_bench.h"

#include <arpa/inet.h>
#include <base/md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <world/modify.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define STEPS	   500
#define TROUBLE	   (8 * NSEC_PER_SEC)	/* Windows sends its last SYN after 9 s */
#define FULL	   (5 * NSEC_PER_SEC)	/* Linux asks a device 15 times, twice a second */
#define HANGS	   (600 * NSEC_PER_SEC) /* without a byte of progress */
#define GONE_AFTER (3000 * NSEC_PER_SEC)
#define STORM	   200000 /* packets that a perfect network carries at most */
#define TUNNEL	   9899

/* --- the input --- */

uint8_t next8(struct bench *b)
{
	return b->at < b->end ? *b->at++ : 0;
}

uint16_t next16(struct bench *b)
{
	uint16_t high = next8(b);

	return (uint16_t)(high << 8 | next8(b));
}

void must(bool truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "fuzz-pair: %s\n", what);
	abort();
}

/* --- before the first packet --- */

static void change_settings(struct bench *b, struct tcpsim_host *host)
{
	static const struct {
		const char *field, *value;
	} SETTING[] = {{"sack", "0"}, {"timestamps", "0"}, {"window_scaling", "0"}, {"dsack", "0"},
		{"dsack", "1"}, {"ecn", "0"}, {"ecn", "1"}, {"ecn", "3"}, {"ecn_option", "2"},
		{"delayed_ack", "0"}, {"mtu_probing", "1"}, {"mtu_probing", "2"}, {"frto", "0"},
		{"rack", "0"}, {"rack", "3"}, {"early_retrans", "0"}, {"early_retrans", "3"},
		{"limited_transmit", "0"}, {"autotune", "0"}, {"autotune", "1"}, {"rcvbuf", "4096"},
		{"rcvbuf", "1000000"}, {"sndbuf", "4608"}, {"sndbuf", "1000000"},
		{"initial_window", "1"}, {"initial_window", "40"}, {"window_shrink", "1"},
		{"whole_segments", "0"}, {"whole_segments", "1"}, {"window_overrun", "1"},
		{"reassembly_max", "4"}, {"syncookies", "2"}, {"pmtu_discovery", "0"},
		{"super_segments", "0"}, {"paced_device", "1"}, {"slow_start_after_idle", "0"},
		{"recovery", "newreno"}, {"recovery", "sack"}, {"recovery", "rack"},
		{"push_by_write", "1"}, {"abc", "0"}, {"hystart", "0"}, {"pmtu_blackhole", "1"},
		{"minshall_nagle", "1"}, {"persist_probe_data", "1"}, {"persist_probe_data", "0"},
		{"half_window_mss", "1"}, {"fastopen", "0x207"}};

	for (uint8_t n = next8(b) & 3; n; n--) {
		size_t i = next8(b) % (sizeof(SETTING) / sizeof(SETTING[0]));

		tcpsim_host_setting_set(host, SETTING[i].field, SETTING[i].value);
		/* RFC 9293 SHLD-14: whoever takes a window back may not hear what is under
		 * way, and keeps it shut for what lies behind a gap. Its bytes must be right
		 * all the same. */
		if (strcmp(SETTING[i].field, "window_shrink") == 0)
			b->excused = b->side[tcpsim_host_id(host)].shrinks = true;
		if (b->trace)
			fprintf(stderr, "%s = %s\n", SETTING[i].field, SETTING[i].value);
	}
}

/*
 * What two systems do to each other by their nature, and is no fault:
 * - A cookie is checked by the number of the ACK that brings it back (RFC 4987 §3.6). Text that
 *   overtakes the third ACK has another, and is answered with a reset.
 * - Linux takes its window back when there is no memory (tcp_select_window), and then refuses what
 *   the peer numbers beyond it, ACKs too: two such hosts never hear each other again. The kernel
 *   does it: tests/scripts/linux/acks-beyond-a-window-taken-back-are-not-read.pkt.
 * - So do two that were set to take windows back (window_shrink): where no profile limits such
 *   answers, as 4.4BSD's do not, they refuse each other's numbers as fast as the path carries them.
 * - Where SYNs cross that lost their scale on the way, Linux (6.18, too) scales its windows all the
 *   same: 64 KB are told as 63 bytes, the other's ACKs are numbered by those, and refused as old.
 */
static void note(struct bench *b, const struct tcpsim_event *event)
{
	struct end *end = &b->side[event->host];

	if (event->rule == TCPSIM_RULE_LISTEN_COOKIE_SENT)
		end->cookies = true;
	if (event->rule == TCPSIM_RULE_ARRIVE_LISTEN_ACK && end->cookies)
		b->excused = true;
	if (event->rule == TCPSIM_RULE_ARRIVE_SYN_SENT_SYN)
		end->crossed = true;
	if (event->rule == TCPSIM_RULE_ARRIVE_NO_ROOM)
		end->no_room = end->takes_back;
}

static void on_event(void *context, const struct tcpsim_event *event)
{
	const struct tcpsim_rule_text *rule = tcpsim_rule_text(event->rule);
	struct bench *b = context;

	note(b, event);
	if (!b->trace)
		return;
	if (event->kind == TCPSIM_EVENT_TIMER_SET || event->kind == TCPSIM_EVENT_TIMER_STOPPED)
		return;
	fprintf(stderr, "%10.3f %u   %s%s %s", (double)event->time_ns / 1e6, event->host,
		event->kind == TCPSIM_EVENT_TIMER_FIRED ? tcpsim_timer_name(event->timer) : "",
		event->kind == TCPSIM_EVENT_DROP ? "drop" : "", rule ? rule->name : "");
	if (event->before != event->after)
		fprintf(stderr, " %s", tcpsim_state_name(event->after));
	if (event->kind == TCPSIM_EVENT_CWND)
		fprintf(stderr, " cwnd %u ssthresh %u", event->cwnd.cwnd_bytes,
			event->cwnd.ssthresh_bytes);
	fprintf(stderr, event->error ? " errno %d\n" : "\n", event->error);
}

/* The first twelve as they were when inputs began to be kept, so that those mean what they meant. */
static const struct tcpsim_profile *profile_of(uint8_t which)
{
	enum { FIRST = 12, SINCE_FROM = 240 };
	unsigned n = FIRST;

	while (tcpsim_profiles[n])
		n++;
	return tcpsim_profiles[which < SINCE_FROM ? which % FIRST : FIRST + which % (n - FIRST)];
}

static void make_host(struct bench *b, int s)
{
	static const uint32_t MTU[] = {1500, 1500, 9000, 576, 1280, 296, 65535, 1400};
	struct end *end = &b->side[s];
	struct sockaddr_in *v4 = (struct sockaddr_in *)&end->addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&end->addr;
	uint8_t which = next8(b), how = next8(b);
	uint32_t mtu = MTU[how & 7];
	struct tcpsim_addr any = {{0}};
	const struct tcpsim_profile *profile = profile_of(which);

	end->own = tcpsim_addr_v4(0xc0000201u + (unsigned)s);
	end->takes_back = profile->full_memory_is_told;
	end->host = tcpsim_host_new(&(struct tcpsim_host_config){.profile = profile,
		.pool = b->pool,
		.id = (uint32_t)s,
		.seed = how + 1u,
		.start_ns = b->now,
		.iss_is_fixed = how & 8,
		.iss = UINT32_MAX - 100u * how,
		.md5 = base_md5,
		.on_event = on_event,
		.context = b});
	if (b->trace)
		fprintf(stderr, "%d is %s, mtu %u of path %u\n", s, profile->name, mtu,
			b->path_mtu);
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)(5000 + s));
	v4->sin_addr.s_addr = htonl(0xc0000201u + (unsigned)s);
	if (b->ipv6) {
		tcpsim_addr_parse(s ? "2001:db8::2" : "2001:db8::1", &end->own);
		v6->sin6_family = AF_INET6;
		v6->sin6_flowinfo = 0;
		memcpy(&v6->sin6_addr, end->own.b, 16);
		mtu = mtu < 1280 ? 1280 : mtu;
	}
	tcpsim_host_add_interface(end->host, "wire", mtu);
	tcpsim_host_add_address(end->host, 0, &end->own, b->ipv6 ? 64 : 24);
	if (!b->ipv6)
		any = tcpsim_addr_v4(0);
	tcpsim_host_add_route(end->host, &any, 0, 0, NULL);
	if (how & 16)
		tcpsim_host_setting_set(end->host, "super_segments", "0");
	change_settings(b, end->host);
}

static int new_socket(struct bench *b, int s)
{
	struct end *end = &b->side[s];
	int fd = tcpsim_socket(
		end->host, b->ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	must(fd >= 0, "no socket");
	must(tcpsim_bind(end->host, fd, (struct sockaddr *)&end->addr,
		     sizeof(struct sockaddr_in6)) == 0,
		"no bind");
	return fd;
}

/* TCP in UDP to the peer's port; false: the system has no such thing. */
static bool speaks_through(struct end *end, int fd, int port)
{
	return tcpsim_setsockopt(end->host, fd, IPPROTO_TCP, TCPSIM_TCP_REMOTE_UDP_ENCAPS_PORT,
		       &port, sizeof(port)) == 0;
}

/* A tunnel is dug if both systems know how. */
static void dig_tunnel(struct bench *b)
{
	char port[16];

	snprintf(port, sizeof(port), "%d", TUNNEL);
	for (int s = 0; s < 2; s++) {
		struct tcpsim_host *host = b->side[s].host;
		int fd = tcpsim_socket(host, AF_INET, SOCK_STREAM, 0);

		tcpsim_host_setting_set(host, "udp_tunneling_port", port);
		b->tunnel = b->tunnel && speaks_through(&b->side[s], fd, TUNNEL);
		tcpsim_close(host, fd);
	}
	for (int s = 0; s < 2 && !b->tunnel; s++)
		tcpsim_host_setting_set(b->side[s].host, "udp_tunneling_port", "0");
}

/* One connects to the other, or each to the other. */
static void open_both(struct bench *b, uint8_t how)
{
	for (int s = 0; s < 2; s++) {
		struct end *end = &b->side[s];
		int fd = new_socket(b, s), fastopen = 5;

		end->fd = end->listener = -1;
		if (b->keyed)
			sign(b, s, fd);
		if (s && !(how & 1)) {
			end->listener = fd;
			tcpsim_setsockopt(end->host, fd, IPPROTO_TCP, TCP_FASTOPEN, &fastopen,
				sizeof(fastopen));
			tcpsim_listen(end->host, fd, 4);
			continue;
		}
		end->fd = fd;
		if (how & 2)
			set_option(b, s);
		if (b->tunnel)
			speaks_through(end, fd, TUNNEL);
	}
	for (int s = 0; s < 2; s++) {
		struct end *end = &b->side[s];

		if (end->fd >= 0 && how & 4)
			send_text(b, s, next16(b) % 3000, MSG_FASTOPEN);
		if (end->fd >= 0 && tcpsim_state(end->host, end->fd) == TCPSIM_CLOSED)
			tcpsim_connect(end->host, end->fd, (struct sockaddr *)&b->side[!s].addr,
				sizeof(struct sockaddr_in6));
	}
	collect(b);
}

static void prepare(struct bench *b)
{
	static const uint32_t PATH[] = {65535, 65535, 1500, 1400, 1280, 600, 576, 1006};
	static const uint64_t STRIP[] = {0, 0, 0, 0, 0, 1 << TCPSIM_OPT_SACK_PERMITTED,
		1 << TCPSIM_OPT_TIMESTAMP, 1 << TCPSIM_OPT_WSCALE};
	uint8_t how = next8(b), path = next8(b);

	b->pool = tcpsim_pool_new();
	b->now = NSEC_PER_SEC;
	b->trouble_ends = b->now + TROUBLE;
	b->ipv6 = how & 8;
	b->by_bytes = how & 16;
	b->tunnel = (how & 0xe0) == 0xe0;
	b->path_mtu = PATH[path & 7];
	if (b->ipv6 && b->path_mtu < 1280)
		b->path_mtu = 1280;
	b->strip = STRIP[path >> 3 & 7];
	make_host(b, 0);
	make_host(b, 1);
	b->keyed = (path & 0xc0) == 0xc0 && can_sign(&b->side[0]) && can_sign(&b->side[1]);
	if (b->tunnel)
		dig_tunnel(b);
	open_both(b, how);
}

/* --- the program --- */

static void reorder(struct bench *b, int s)
{
	struct end *end = &b->side[s];

	if (end->n)
		deliver(b, s, next8(b) % end->n);
}

static void lose(struct bench *b, int s)
{
	struct end *end = &b->side[s];
	struct tcpsim_packet *packet;

	if (!end->n)
		return;
	packet = take_flight(end, next8(b) % end->n);
	show(b, s, packet, "loses");
	tcpsim_packet_free(packet);
}

static void repeat(struct bench *b, int s)
{
	struct end *end = &b->side[s];

	if (end->n)
		arrive(b, s, modify_copy(end->flight[next8(b) % end->n]));
}

static void fill_device(struct bench *b, int s, bool full)
{
	struct end *end = &b->side[s];

	if (full && !end->full_until)
		end->full_until = b->now + FULL;
	tcpsim_host_set_device_full(end->host, full && b->now < end->full_until);
}

static void wait_a_while(struct bench *b)
{
	uint8_t how = next8(b);
	int64_t ns = how < 180	 ? how * NSEC_PER_MSEC
		     : how < 250 ? next8(b) * 20 * NSEC_PER_MSEC
				 : next16(b) * 20 * NSEC_PER_MSEC;

	if (b->now + ns > b->trouble_ends) {
		if (how < 254)
			return;
		b->excused = true;
	}
	for (int s = 0; s < 2; s++)
		if (b->now + ns > b->side[s].full_until)
			tcpsim_host_set_device_full(b->side[s].host, false);
	pass_time(b, ns);
}

static void deliver_some(struct bench *b, int s, int n)
{
	while (n-- && b->side[s].n)
		deliver(b, s, 0);
}

static void misfortune(struct bench *b, int s, uint8_t what)
{
	struct end *end = &b->side[s];

	if (what < 62)
		deliver_some(b, s, 1 + next8(b) % 8);
	else if (what < 72)
		reorder(b, s);
	else if (what < 80)
		lose(b, s);
	else if (what < 85)
		repeat(b, s);
	else if (what < 88 && end->n)
		mark(end->flight[next8(b) % end->n]);
	else if (what < 90)
		b->path_mtu = b->ipv6 || next8(b) & 1 ? 1280 : 576 + next8(b) * 4u;
	else if (what < 92)
		fill_device(b, s, next8(b) & 1);
	else
		wait_a_while(b);
}

static void step(struct bench *b)
{
	uint8_t what = next8(b);
	int s = what & 1, flags;

	what >>= 1;
	if (what < 24) {
		flags = what < 20 ? 0 : what < 22 ? MSG_MORE : what < 23 ? MSG_EOR : MSG_OOB;
		if (flags == MSG_OOB)
			set(&b->side[!s], SOL_SOCKET, SO_OOBINLINE, 1);
		send_text(b, s, flags == MSG_OOB ? 0 : next16(b) % PIECE, flags);
	} else if (what < 40) {
		flags = what < 36 ? 0 : what < 38 ? MSG_PEEK : MSG_TRUNC;
		read_text(b, s, 1 + next16(b) % (PIECE - 1), flags);
	} else if (what < 105) {
		misfortune(b, s, (uint8_t)(what < 102 ? what : 102));
	} else if (what < 115) {
		set_option(b, s);
	} else if (what < 119) {
		uint8_t how = next8(b);

		shut(b, s, how < 240 ? SHUT_WR : how & 1);
	} else if (what < 120) {
		close_side(b, s, next8(b) & 1);
	} else if (what < 124) {
		tcpsim_host_rest(b->side[s].host);
	} else {
		deliver_some(b, s, b->side[s].n);
		deliver_some(b, !s, b->side[!s].n);
	}
	collect(b);
	try_accept(b);
}

/* --- the end --- */

static bool is_over(const struct bench *b)
{
	for (int s = 0; s < 2; s++) {
		const struct end *end = &b->side[s];

		if (end->fd >= 0 && !end->err && !end->eof)
			return false;
		if (end->fd < 0 && !end->connected && !b->excused)
			return false;
	}
	return true;
}

static void read_all(struct bench *b)
{
	for (int s = 0; s < 2; s++) {
		while (read_text(b, s, PIECE - 1, 0) > 0)
			;
	}
	collect(b);
}

/* See note(). */
static bool cannot_hear(const struct bench *b)
{
	const struct end *one = &b->side[0], *other = &b->side[1];

	if ((one->no_room && other->no_room) || (one->shrinks && other->shrinks))
		return true;
	return one->crossed && other->crossed && b->strip == 1 << TCPSIM_OPT_WSCALE;
}

/* False: two ends that cannot hear each other fill the path (see note()). */
static bool carry_all(struct bench *b)
{
	int n[2] = {b->side[0].n, b->side[1].n};

	deliver_some(b, 0, n[0]);
	deliver_some(b, 1, n[1]);
	must(b->carried < STORM || cannot_hear(b), "packets without end");
	return b->carried < STORM;
}

/* To when the next thing happens; false: nothing ever will. */
static bool next_moment(struct bench *b)
{
	int64_t a = tcpsim_host_deadline(b->side[0].host),
		c = tcpsim_host_deadline(b->side[1].host), next = a < c ? a : c;

	if (b->side[0].n || b->side[1].n)
		next = b->now + NSEC_PER_MSEC;
	if (next == INT64_MAX)
		return false;
	pass_time(b, next > b->now ? next - b->now : 0);
	return true;
}

static void all_is_well(struct bench *b)
{
	int zero = 0;

	for (int s = 0; s < 2; s++) {
		struct end *end = &b->side[s];

		tcpsim_host_set_device_full(end->host, false);
		set(end, IPPROTO_TCP, TCP_CORK, zero);
		set(end, SOL_SOCKET, SO_RCVLOWAT, 1);
	}
	b->carried = 0;
}

/*
 * Slow is no hang: Linux (6.18, too) scales the windows of a simultaneous open whose peer offers
 * no scale, so that 64 KB are told as 63 bytes, which a BSD sends each time its persist timer
 * fires.
 */
static bool moves(struct bench *b, uint64_t *got, int64_t *since)
{
	uint64_t now_got = b->side[0].got + b->side[1].got;

	if (now_got != *got)
		*since = b->now;
	*got = now_got;
	return b->now - *since < HANGS;
}

static void come_to_an_end(struct bench *b)
{
	uint64_t got = 0;
	int64_t since = b->now;

	all_is_well(b);
	while (!is_over(b) && moves(b, &got, &since)) {
		if (!carry_all(b))
			break;
		try_accept(b);
		for (int s = 0; s < 2; s++)
			if (b->side[s].connected && !b->side[s].shut)
				shut(b, s, SHUT_WR);
		read_all(b);
		if (!next_moment(b))
			break;
	}
	if (b->excused || cannot_hear(b))
		return;
	for (int s = 0; s < 2; s++) {
		must(!b->side[s].err, "an error that nobody caused");
		must(b->side[s].eof, "it hangs, though the network is perfect");
		must(b->side[s].got == b->side[!s].sent, "bytes are missing");
	}
}

static bool is_no_listener(void *context, const struct tcpsim_socket_row *row)
{
	*(bool *)context |= row->state != TCPSIM_LISTEN;
	return true;
}

/* Whoever closed is gone in the end. */
static void go_away(struct bench *b)
{
	int64_t limit = b->now + GONE_AFTER;
	bool left = false;

	for (int s = 0; s < 2; s++) {
		if (b->side[s].fd >= 0)
			tcpsim_close(b->side[s].host, b->side[s].fd);
		b->side[s].fd = -1;
	}
	collect(b);
	if (b->excused)
		return;
	while (carry_all(b) && next_moment(b) && b->now < limit)
		;
	for (int s = 0; s < 2; s++)
		tcpsim_host_each_socket(b->side[s].host, is_no_listener, &left);
	must(!left, "a connection that both sides closed stays");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct bench b = {.at = bytes, .end = bytes + size, .trace = getenv("PAIR_TRACE") != NULL};

	prepare(&b);
	for (int steps = 0; b.at < b.end && steps < STEPS; steps++)
		step(&b);
	check(&b);
	come_to_an_end(&b);
	check(&b);
	go_away(&b);
	check(&b);
	for (int s = 0; s < 2; s++) {
		while (b.side[s].n)
			tcpsim_packet_free(take_flight(&b.side[s], 0));
		tcpsim_host_free(b.side[s].host);
	}
	must(tcpsim_pool_outstanding(b.pool) == 0, "packets are left over");
	tcpsim_pool_free(b.pool);
	return 0;
}
