/*
 * The executor against a system that is no TCP at all: it sends what it was told to at the times it
 * was told, and its calls return what they were told. What is checked is packetdrill's own part:
 * times, matching, numbers of both sides.
 */
#include "script/run/run.h"
#include "base/pattern.h"
#include "script/language/parser.h"
#include "time_units.h"
#include "wire/build.h"
#include "wire/ip.h"
#include "wire/wire.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/tcp.h>
#include <string.h>

struct planned {
	int64_t time_ns;
	struct tcpsim_segment segment;
};

struct fake {
	struct sut sut;
	int64_t now;
	struct planned sends[8];
	unsigned n_sends, sent;
	struct sut_call *pending;
	int64_t call_ends_ns; /* when a blocking call returns */
	bool call_done;
	struct tcpsim_segment arrived; /* the last one injected */
	uint8_t bytes[2048];
	int spoiled;	   /* byte of the outbound stream that is sent wrong; -1: none */
	uint32_t gives;	   /* how much a read() gives, from the sequence number 5001 on */
	uint32_t gives_at; /* as if it stood so much further on */
	/* what a recvmsg() gives as the statistics of a send time: attributes of linux/tcp.h */
	uint8_t stats[64];
	size_t stats_len;
};

static struct fake fake;

static void fake_free(struct sut *sut)
{
}

static int64_t fake_now(struct sut *sut)
{
	return fake.now;
}

/* SCM_TIMESTAMPING_OPT_STATS with what fake.stats holds. */
static void give_stats(struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_TIMESTAMPING_OPT_STATS;
	cmsg->cmsg_len = CMSG_LEN(fake.stats_len);
	memcpy(CMSG_DATA(cmsg), fake.stats, fake.stats_len);
	msg->msg_controllen = CMSG_SPACE(fake.stats_len);
}

static void fake_call(struct sut *sut, struct sut_call *call)
{
	if (call->nr == SUT_RECVMSG && fake.stats_len > 0)
		give_stats(&call->msg);
	call->result = call->nr == SUT_SOCKET ? 70 : call->nr == SUT_READ ? fake.gives : 0;
	if (call->nr == SUT_READ && fake.gives > 0)
		pattern_fill(1, 5001 + fake.gives_at, call->msg.msg_iov[0].iov_base, fake.gives);
	if (call->nr == SUT_READ && fake.now < fake.call_ends_ns) {
		fake.pending = call;
		return;
	}
	call->done = true;
	call->done_ns = fake.now;
}

static enum sut_wake fake_advance(struct sut *sut, int64_t until, unsigned wanted)
{
	int64_t next_send = fake.sent < fake.n_sends ? fake.sends[fake.sent].time_ns : INT64_MAX;

	if (fake.pending != NULL && fake.call_ends_ns <= MIN(until, next_send)) {
		fake.now = MAX(fake.now, fake.call_ends_ns);
		fake.pending->done = true;
		fake.pending->done_ns = fake.now;
		fake.pending = NULL;
		fake.call_done = true;
	}
	if (fake.call_done && (wanted & SUT_WANT_CALL)) {
		fake.call_done = false;
		return SUT_CALL;
	}
	if ((wanted & SUT_WANT_PACKET) && next_send <= until) {
		fake.now = MAX(fake.now, next_send);
		return SUT_PACKET;
	}
	fake.now = MAX(fake.now, until);
	return SUT_TIME;
}

static void fake_inject(struct sut *sut, const uint8_t *bytes, size_t len, unsigned segment_size)
{
	struct wire_packet packet;

	memcpy(fake.bytes, bytes, MIN(len, sizeof(fake.bytes)));
	wire_parse(fake.bytes, len, WIRE_VERIFY, &packet);
	cr_assert_eq(packet.kind, WIRE_TCP);
	fake.arrived = packet.segment;
}

static GBytes *fake_sent(struct sut *sut, int64_t *time_ns)
{
	struct planned *planned = &fake.sends[fake.sent];
	uint8_t bytes[2048] = {0}, payload[1500];
	uint32_t offset = planned->segment.seq.n - 1000001;
	size_t len;

	if (fake.sent >= fake.n_sends || planned->time_ns > fake.now)
		return NULL;
	fake.sent++;
	*time_ns = planned->time_ns;
	/* The first connection of a script has the streams 0 and 1. */
	pattern_fill(0, offset, payload, planned->segment.len);
	if (fake.spoiled >= 0 && (uint32_t)fake.spoiled - offset < planned->segment.len)
		payload[(uint32_t)fake.spoiled - offset] ^= 1;
	len = wire_build_headers(&planned->segment, 1, true, payload, bytes);
	memcpy(bytes + len, payload, planned->segment.len);
	return g_bytes_new(bytes, len + planned->segment.len);
}

static int fake_command(struct sut *sut, const char *text, GString *output)
{
	g_string_append(output, text);
	return strcmp(text, "fine") == 0 ? 0 : 1;
}

static bool fake_info(struct sut *sut, int fd, sut_field_fn each, void *context)
{
	each(context, "tcpi_state", 1);
	return true;
}

static const struct sut_ops OPS = {.free = fake_free,
	.now = fake_now,
	.call = fake_call,
	.advance = fake_advance,
	.inject = fake_inject,
	.sent = fake_sent,
	.command = fake_command,
	.info = fake_info};

static void set_up(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.sut.ops = &OPS;
	fake.spoiled = -1;
}

TestSuite(script_run, .init = set_up);

/* The fake host sends from 192.168.0.1:5555 to 192.0.2.1:8080; its numbers start at 1000000. */
static void plan(int64_t time_ns, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
	static const uint8_t none[4];

	fake.sends[fake.n_sends++] = (struct planned){.time_ns = time_ns,
		.segment = {.src = tcpsim_addr_v4(0xc0a80001),
			.dst = tcpsim_addr_v4(0xc0000201),
			.src_port = 5555,
			.dst_port = 8080,
			.seq = tcpsim_seq_of(1000000 + seq),
			.ack = tcpsim_seq_of(ack),
			.flags = flags,
			.window = 100,
			.ip_version = 4,
			.ttl = 64,
			.len = len,
			.options.raw = none}};
}

static struct script_result *run(enum sut_platform platform, const char *text)
{
	struct script_run_options options = {0};
	struct script_config config;
	GError *error = NULL;
	struct script *script = script_parse("t.pkt", text, strlen(text), NULL, &error);
	struct script_result *result;

	cr_assert_not_null(script, "%s", error != NULL ? error->message : "");
	fake.sut.platform = platform;
	script_config_defaults(&config, platform, SCRIPT_IPV4);
	cr_assert(script_config_apply(&config, script, NULL));
	result = script_run(script, &config, &fake.sut, &options);
	script_config_clear(&config);
	script_free(script);
	return result;
}

static void expect_result(
	enum sut_platform platform, const char *text, int line, const char *message)
{
	struct script_result *result = run(platform, text);

	cr_expect_eq(result->line, line, "line %d: %s", result->line, result->message);
	if (message == NULL)
		cr_expect_null(result->message, "%s", result->message);
	else
		cr_expect_str_eq(result->message != NULL ? result->message : "", message);
	script_result_free(result);
}

#define CONNECT                                                                                    \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 connect(3, ..., ...) = 0\n+0 > S 0:0(0) " \
	"win 100\n"

Test(script_run, numbers_of_the_system_are_the_scripts_plus_its_initial_one)
{
	plan(0, TCPSIM_SYN, 0, 0, 0);
	plan(100 * NSEC_PER_MSEC, TCPSIM_ACK, 1, 5001, 10);
	expect_result(SUT_LINUX,
		CONNECT "+.1 < S. 5000:5000(0) ack 1 win 9\n+0 > . 1:11(10) ack 1\n+0 < . 1:1(0) "
			"ack 11 win 9\n",
		0, NULL);
	cr_expect_eq(fake.arrived.seq.n, 5001);
	cr_expect_eq(fake.arrived.ack.n, 1000011);
}

#define ESTABLISHED CONNECT "+.1 < S. 5000:5000(0) ack 1 win 9\n+0 > . 1:1(0) ack 1\n"

/* Sent again, sent in other pieces: each byte is what was written for its place. */
Test(script_run, a_wrong_byte_on_the_wire_is_told_with_its_place)
{
	char *told = g_strdup_printf("payload 0x%02x instead of 0x%02x at byte 15",
		pattern_byte(0, 15) ^ 1, pattern_byte(0, 15));
	static const char TEXT[] = ESTABLISHED "+0 write(3, ..., 0) = 0\n+0 > . 1:11(10) ack 1\n"
					       "+0 > . 6:16(10) ack 1\n+0 > . 11:21(10) ack 1\n";

	for (int spoil = 0; spoil < 2; spoil++) {
		set_up();
		plan(0, TCPSIM_SYN, 0, 0, 0);
		plan(100 * NSEC_PER_MSEC, TCPSIM_ACK, 1, 5001, 0);
		plan(100 * NSEC_PER_MSEC, TCPSIM_ACK, 1, 5001, 10);
		plan(100 * NSEC_PER_MSEC, TCPSIM_ACK, 6, 5001, 10);
		plan(100 * NSEC_PER_MSEC, TCPSIM_ACK, 11, 5001, 10);
		fake.spoiled = spoil ? 15 : -1;
		expect_result(SUT_LINUX, TEXT, spoil ? 9 : 0, spoil ? told : NULL);
	}
	g_free(told);
}

Test(script_run, a_wrong_byte_that_is_read_is_told_with_its_place)
{
	static const char TEXT[] = ESTABLISHED "+0 < . 1:101(100) ack 1 win 9\n"
					       "+0 read(3, ..., 1000) = 60\n";

	for (uint32_t shift = 0; shift < 2; shift++) {
		set_up();
		plan(0, TCPSIM_SYN, 0, 0, 0);
		plan(100 * NSEC_PER_MSEC, TCPSIM_ACK, 1, 5001, 0);
		fake.gives = 60;
		fake.gives_at = shift;
		expect_result(SUT_LINUX, TEXT, shift ? 7 : 0,
			shift ? "read() gave another byte than came in: the stream's byte 0 is "
				"wrong"
			      : NULL);
	}
}

Test(script_run, early_and_late_packets_are_told)
{
	plan(30 * NSEC_PER_MSEC, TCPSIM_SYN, 0, 0, 0);
	expect_result(SUT_LINUX, CONNECT, 3,
		"outbound packet expected at 0.000000 s, but at 0.030000 s (tolerance 0.004000 s)");
}

Test(script_run, tolerance_grows_with_the_time_since_the_last_event)
{
	plan(0, TCPSIM_SYN, 0, 0, 0);
	plan(1120 * NSEC_PER_MSEC, TCPSIM_SYN, 0, 0, 0);
	expect_result(SUT_LINUX, CONNECT "+1 > S 0:0(0)\n", 0, NULL);
	set_up();
	plan(0, TCPSIM_SYN, 0, 0, 0);
	plan(1120 * NSEC_PER_MSEC, TCPSIM_SYN, 0, 0, 0);
	expect_result(SUT_FREEBSD, CONNECT "+1 > S 0:0(0)\n", 4,
		"outbound packet expected at 1.000000 s, but at 1.120000 s (tolerance 0.050000 s)");
}

Test(script_run, several_segments_match_a_larger_one_unless_strict)
{
	static const char SCRIPT[] = CONNECT "+0 < S. 0:0(0) ack 1 win 9\n+0 > P. 1:21(20) ack 1\n";

	for (int strict = 0; strict < 2; strict++) {
		set_up();
		plan(0, TCPSIM_SYN, 0, 0, 0);
		plan(0, TCPSIM_ACK, 1, 1, 10);
		plan(0, TCPSIM_ACK | TCPSIM_PSH, 11, 1, 10);
		expect_result(strict ? SUT_FREEBSD : SUT_LINUX, SCRIPT, strict ? 5 : 0,
			strict ? "flags . instead of P., length 10 instead of 20" : NULL);
	}
}

Test(script_run, missing_packet_is_told)
{
	expect_result(SUT_LINUX, CONNECT, 3,
		"expected `S 0:0(0) win 100`, but nothing was sent until 2.000000 s");
}

Test(script_run, blocking_call_returns_at_its_time)
{
	plan(0, TCPSIM_SYN, 0, 0, 0);
	fake.call_ends_ns = 500 * NSEC_PER_MSEC;
	expect_result(SUT_LINUX, CONNECT "+0...0.5 read(3, ..., 10) = 0\n", 0, NULL);
	set_up();
	plan(0, TCPSIM_SYN, 0, 0, 0);
	fake.call_ends_ns = 300 * NSEC_PER_MSEC;
	expect_result(SUT_LINUX, CONNECT "+0...0.5 read(3, ..., 10) = 0\n", 4,
		"return of the system call expected at 0.500000 s, but at 0.300000 s (tolerance "
		"0.062500 s)");
}

Test(script_run, command_that_fails_fails_the_script)
{
	expect_result(SUT_LINUX, "0 `fine`\n+0 `not`\n", 2,
		"the command `not` exited with status 1: not");
}

Test(script_run, condition_of_another_system_is_left_out)
{
	expect_result(SUT_LINUX, "0 `fine`\n#ifdef FreeBSD\n+0 `not`\n#endif\n", 0, NULL);
	expect_result(SUT_FREEBSD, "0 `fine`\n#ifdef FreeBSD\n+0 `not`\n#endif\n", 3,
		"the command `not` exited with status 1: not");
}

Test(script_run, unknown_names_are_told_with_near_ones)
{
	expect_result(SUT_LINUX, "0 sokcet(..., SOCK_STREAM, IPPROTO_TCP) = 3\n", 1,
		"unknown system call sokcet(); did you mean socket");
	expect_result(SUT_LINUX, "0 socket(..., SOCK_STRAEM, IPPROTO_TCP) = 3\n", 1,
		"unknown symbol SOCK_STRAEM; did you mean SOCK_STREAM, SOCK_DGRAM or SOCK_RAW");
	expect_result(SUT_LINUX, "0 sctp_bindx(3) = 3\n", 1,
		"sctp_bindx() is not run: it is SCTP's, and tcpsim is a TCP");
}

Test(script_run, time_going_backwards_is_told)
{
	expect_result(SUT_LINUX, "0 `fine`\n1 `fine`\n0.5 `fine`\n", 3,
		"time goes backwards; give events in the order they happen");
	expect_result(SUT_LINUX, "1 `fine`\n", 1, "the first event must be at time 0");
}

static void stat_is(unsigned type, uint64_t value, size_t size)
{
	uint16_t header[2] = {(uint16_t)(4 + size), (uint16_t)type};

	memcpy(fake.stats + fake.stats_len, header, sizeof(header));
	memcpy(fake.stats + fake.stats_len + 4, &value, size);
	fake.stats_len += 4 + ((size + 3) & ~(size_t)3);
}

/* TCP_NLA_BUSY is a time in microseconds; TCP_NLA_SND_CWND and TCP_NLA_TTL are counted exactly. */
Test(script_run, statistics_of_a_send_time_are_compared_one_by_one)
{
	static const struct {
		const char *list, *told;
	} CASE[] = {{"TCP_NLA_BUSY=30000, TCP_NLA_SND_CWND=10, TCP_NLA_TTL=64", NULL},
		{"TCP_NLA_BUSY=33000, TCP_NLA_SND_CWND=10, TCP_NLA_TTL=64", NULL},
		{"TCP_NLA_BUSY=..., TCP_NLA_SND_CWND=..., TCP_NLA_TTL=...", NULL},
		{"TCP_NLA_BUSY=40000, TCP_NLA_SND_CWND=10, TCP_NLA_TTL=64",
			"attribute 1 is 30000 instead of 40000"},
		{"TCP_NLA_BUSY=0, TCP_NLA_SND_CWND=10, TCP_NLA_TTL=64",
			"attribute 1 is 30000 instead of 0"},
		{"TCP_NLA_BUSY=30000, TCP_NLA_SND_CWND=11, TCP_NLA_TTL=64",
			"attribute 8 is 10 instead of 11"},
		{"TCP_NLA_BUSY=30000, TCP_NLA_SND_CWND=10, TCP_NLA_TTL=63",
			"attribute 26 is 64 instead of 63"},
		{"TCP_NLA_BUSY=30000, TCP_NLA_SNDQ_SIZE=10, TCP_NLA_TTL=64",
			"an attribute's type is 8 instead of 13"}};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		char *text = g_strdup_printf(
			"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
			"+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=0, "
			"msg_control=[{cmsg_level=SOL_SOCKET, "
			"cmsg_type=SCM_TIMESTAMPING_OPT_STATS, cmsg_data={%s}}]}, 0) = 0\n",
			CASE[i].list);
		char *told;

		set_up();
		stat_is(TCP_NLA_BUSY, 30000, 8);
		stat_is(TCP_NLA_SND_CWND, 10, 4);
		stat_is(TCP_NLA_TTL, 64, 1);
		told = CASE[i].told ? g_strconcat("control message 1: ", CASE[i].told, NULL) : NULL;
		expect_result(SUT_LINUX, text, told ? 2 : 0, told);
		g_free(told);
		g_free(text);
	}
}
