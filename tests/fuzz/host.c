/*
 * A host under a hostile peer and a careless process: the input is a program of calls, segments,
 * ICMP errors and waits. Segments are built near what the host expects (its own last numbers, give
 * or take), so that they reach deep; after each step every invariant must hold, and at the end
 * nothing may be left over.
 *
 * Built with FAILING_MEMORY it is the target `memory`: some of the host's allocations fail, and all
 * of that holds as well.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/host.h>
#include <tcpsim/options.h>
#include <tcpsim/socket.h>
#include <wire/build.h>
#include <wire/ip.h>
#include <wire/options.h>
#include <wire/wire.h>

#include "time_units.h"
#ifdef FAILING_MEMORY
#include "support/allocations.h"
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define HOST_ADDR 0xc0a80001u
#define PEER_ADDR 0xc0000201u
#define SLOTS	  4

/* What the wire shows of a connection: enough for the next segment to be nearly right. */
struct seen {
	uint16_t host_port, peer_port;
	uint32_t host_next, peer_next;
};

struct bench {
	const uint8_t *at, *end;
	struct tcpsim_pool *pool;
	struct tcpsim_host *host;
	struct seen seen[SLOTS];
	int fds[SLOTS];
	int listener;
};

static uint8_t next8(struct bench *b)
{
	return b->at < b->end ? *b->at++ : 0;
}

static uint16_t next16(struct bench *b)
{
	uint16_t high = next8(b);

	return (uint16_t)(high << 8 | next8(b));
}

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* A distance that is mostly small, sometimes a window or half the space away. */
static uint32_t near_by(struct bench *b)
{
	uint8_t how = next8(b);

	if (how < 160)
		return 0;
	if (how < 200)
		return (uint32_t)(int32_t)(int8_t)next8(b);
	if (how < 240)
		return next16(b);
	return (uint32_t)next16(b) << 16;
}

/* Takes what the host sent, and learns from it. */
static void drain(struct bench *b)
{
	uint8_t bytes[70000];
	struct tcpsim_packet *packet;

	while ((packet = tcpsim_host_transmit(b->host))) {
		size_t len = tcpsim_packet_bytes(packet, bytes, sizeof(bytes));
		struct wire_packet in;

		tcpsim_packet_free(packet);
		must(len > 0);
		wire_parse(bytes, len, WIRE_VERIFY, &in);
		must(in.kind == WIRE_TCP || in.kind == WIRE_ICMP_OTHER);
		if (in.kind != WIRE_TCP)
			continue;
		for (int i = 0; i < SLOTS; i++) {
			struct seen *s = &b->seen[i];

			if (s->peer_port != in.segment.dst_port && s->peer_port)
				continue;
			s->peer_port = in.segment.dst_port;
			s->host_port = in.segment.src_port;
			s->host_next = tcp_segment_end(&in.segment).n;
			if (in.segment.flags & TCPSIM_ACK && !(in.segment.flags & TCPSIM_RST))
				s->peer_next = in.segment.ack.n;
			break;
		}
	}
}

static size_t put_options(struct bench *b, uint8_t *out)
{
	uint8_t which = next8(b), *p = out;
	struct tcpsim_sack_block block = {tcpsim_seq_of(b->seen[0].host_next + near_by(b)),
		tcpsim_seq_of(b->seen[0].host_next)};

	if (which & 1)
		p = opt_put_mss(p, next16(b));
	if (which & 2)
		p = opt_put_wscale(p, next8(b) & 15);
	if (which & 4)
		p = opt_put_sack_permitted(p);
	if (which & 8)
		p = opt_put_timestamp(p, next16(b), next16(b));
	if (which & 16)
		p = opt_put_sack(p, &block, 1);
	if (which & 32)
		p = opt_put_accecn(p, which >> 7, 3, next8(b), next8(b), next8(b));
	p = opt_pad(out, p, true);
	return (size_t)(p - out);
}

static void segment_arrives(struct bench *b)
{
	static const uint16_t FLAGS[] = {TCPSIM_ACK, TCPSIM_ACK | TCPSIM_PSH, TCPSIM_SYN,
		TCPSIM_SYN | TCPSIM_ACK, TCPSIM_ACK | TCPSIM_FIN, TCPSIM_RST,
		TCPSIM_RST | TCPSIM_ACK, TCPSIM_ACK | TCPSIM_URG, TCPSIM_SYN | TCPSIM_FIN, 0,
		TCPSIM_ACK | TCPSIM_ECE, TCPSIM_SYN | TCPSIM_ECE | TCPSIM_CWR};
	struct seen *s = &b->seen[next8(b) % SLOTS];
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN + 8], out[TCPSIM_HEADERS_MAX + 2048] = {0};
	struct tcpsim_segment seg = {.src = tcpsim_addr_v4(PEER_ADDR),
		.dst = tcpsim_addr_v4(HOST_ADDR),
		.ip_version = 4,
		.ttl = 64};
	size_t headers;

	if (!s->peer_port) {
		s->peer_port = (uint16_t)(40000 + (s - b->seen));
		s->host_port = 80;
	}
	seg.src_port = s->peer_port;
	seg.dst_port = s->host_port;
	seg.flags = FLAGS[next8(b) % (sizeof(FLAGS) / sizeof(FLAGS[0]))];
	seg.seq = tcpsim_seq_of(s->peer_next + near_by(b));
	seg.ack = tcpsim_seq_of(s->host_next + near_by(b));
	seg.window = next16(b);
	seg.urgent = seg.flags & TCPSIM_URG ? next8(b) : 0;
	seg.tos = next8(b) & 3;
	seg.len = next8(b) < 128 ? 0 : next16(b) % 1461;
	seg.options.raw = options;
	seg.options.raw_len = (uint8_t)put_options(b, options);
	if (seg.options.raw_len > TCPSIM_MAX_OPTIONS_LEN)
		seg.options.raw_len = TCPSIM_MAX_OPTIONS_LEN;
	seg.header_len = (uint8_t)(20 + seg.options.raw_len);
	headers = wire_build_headers(&seg, 1, true, NULL, out);
	tcpsim_host_input(b->host, tcpsim_host_now(b->host), 0, out, headers + seg.len);
}

static void icmp_arrives(struct bench *b)
{
	struct seen *s = &b->seen[next8(b) % SLOTS];
	uint8_t quoted[64], out[256];
	struct tcpsim_addr router = tcpsim_addr_v4(PEER_ADDR), host = tcpsim_addr_v4(HOST_ADDR);
	struct tcpsim_segment seg = {.src = host,
		.dst = router,
		.src_port = s->host_port,
		.dst_port = s->peer_port,
		.seq = tcpsim_seq_of(s->host_next - 1 + near_by(b)),
		.flags = TCPSIM_ACK,
		.ip_version = 4,
		.ttl = 1,
		.header_len = 20};
	size_t len = wire_build_headers(&seg, 1, true, NULL, quoted);

	len = wire_build_icmp_error(&router, &host, (uint8_t[]){3, 11, 12, 4}[next8(b) & 3],
		next8(b) & 15, next16(b), quoted, len, out, sizeof(out));
	if (len)
		tcpsim_host_input(b->host, tcpsim_host_now(b->host), 0, out, len);
}

static void time_passes(struct bench *b)
{
	int64_t until = tcpsim_host_now(b->host) +
			(next8(b) < 200 ? next8(b) * NSEC_PER_MSEC
					: next16(b) * 50 * NSEC_PER_MSEC),
		due;
	int guard = 0;

	while ((due = tcpsim_host_deadline(b->host)) <= until && guard++ < 10000)
		tcpsim_host_advance(b->host, due);
	must(guard < 10000); /* a host that is never at rest */
	tcpsim_host_advance(b->host, until);
}

static void open_one(struct bench *b, int slot)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
		.sin_port = htons(8000),
		.sin_addr.s_addr = htonl(PEER_ADDR)};

	if (b->fds[slot] >= 0)
		return;
	b->fds[slot] = tcpsim_socket(b->host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	tcpsim_connect(b->host, b->fds[slot], (struct sockaddr *)&addr, sizeof(addr));
}

static void set_option(struct bench *b, int fd)
{
	static const struct {
		int level, name;
	} OPTION[] = {{IPPROTO_TCP, TCP_NODELAY}, {IPPROTO_TCP, TCP_CORK}, {SOL_SOCKET, SO_RCVBUF},
		{SOL_SOCKET, SO_SNDBUF}, {SOL_SOCKET, SO_KEEPALIVE},
		{IPPROTO_TCP, TCP_USER_TIMEOUT}, {IPPROTO_TCP, TCP_MAXSEG},
		{IPPROTO_TCP, TCP_QUICKACK}, {SOL_SOCKET, SO_OOBINLINE},
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT}, {IPPROTO_TCP, TCP_DEFER_ACCEPT},
		{IPPROTO_TCP, TCP_WINDOW_CLAMP}};
	size_t i = next8(b) % (sizeof(OPTION) / sizeof(OPTION[0]));
	int value = next16(b);

	tcpsim_setsockopt(b->host, fd, OPTION[i].level, OPTION[i].name, &value, sizeof(value));
}

static void call(struct bench *b)
{
	static uint8_t text[8192];
	int slot = next8(b) % SLOTS, fd = b->fds[slot], what = next8(b) % 11;
	struct iovec iov = {text, next16(b) % sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct linger linger = {1, 0};

	switch (what) {
	case 0: open_one(b, slot); break;
	case 1:
		if (fd < 0)
			b->fds[slot] =
				tcpsim_accept4(b->host, b->listener, NULL, NULL, SOCK_NONBLOCK);
		break;
	case 2:
	case 3:
		tcpsim_sendmsg(b->host, fd, &msg, MSG_NOSIGNAL | (next8(b) & 1 ? MSG_MORE : 0));
		break;
	case 4: tcpsim_sendmsg(b->host, fd, &msg, MSG_NOSIGNAL | MSG_OOB); break;
	case 5: tcpsim_recvmsg(b->host, fd, &msg, next8(b) & 1 ? MSG_PEEK : 0); break;
	case 6: tcpsim_shutdown(b->host, fd, next8(b) % 3); break;
	case 7: set_option(b, fd); break;
	case 8:
		tcpsim_setsockopt(b->host, fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		/* fall through */
	case 9:
		tcpsim_close(b->host, fd);
		b->fds[slot] = -1;
		break;
	case 10: tcpsim_listen(b->host, b->listener, next8(b) & 7); break;
	}
}

static void prepare(struct bench *b)
{
	const struct tcpsim_profile *const *profile = tcpsim_profiles;
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct tcpsim_addr own = tcpsim_addr_v4(HOST_ADDR), any = tcpsim_addr_v4(0);
	unsigned n = 0, which = next8(b);

	while (profile[n])
		n++;
	b->pool = tcpsim_pool_new();
	b->host = tcpsim_host_new(&(struct tcpsim_host_config){.profile = profile[which % n],
		.pool = b->pool,
		.seed = which,
		.start_ns = 1000 * NSEC_PER_MSEC,
		.iss_is_fixed = which & 1,
		.iss = UINT32_MAX - 3000});
	tcpsim_host_add_interface(b->host, "eth0", 1500);
	tcpsim_host_add_address(b->host, 0, &own, 24);
	tcpsim_host_add_route(b->host, &any, 0, 0, NULL);
	b->listener = tcpsim_socket(b->host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	tcpsim_bind(b->host, b->listener, (struct sockaddr *)&addr, sizeof(addr));
	tcpsim_listen(b->host, b->listener, 2);
	for (int i = 0; i < SLOTS; i++)
		b->fds[i] = -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct bench b = {.at = bytes, .end = bytes + size};

	prepare(&b);
#ifdef FAILING_MEMORY
	uint8_t nth = next8(&b);

	allocations_fail(nth, next8(&b) & 1);
#endif
	for (int steps = 0; b.at < b.end && steps < 400; steps++) {
		uint8_t what = next8(&b);

		if (what < 130)
			segment_arrives(&b);
		else if (what < 200)
			call(&b);
		else if (what < 245)
			time_passes(&b);
		else
			icmp_arrives(&b);
		tcpsim_host_check(b.host);
		drain(&b);
	}
#ifdef FAILING_MEMORY
	allocations_fail(0, false);
#endif
	tcpsim_host_free(b.host);
	must(tcpsim_pool_outstanding(b.pool) == 0);
	tcpsim_pool_free(b.pool);
	return 0;
}
