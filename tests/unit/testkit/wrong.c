/*
 * The testkit's own word, the other way round: for each thing that it compares, one that is wrong
 * fails and is named; for each text that is no segment, the place is told; and nothing that is
 * wrong gets as far as the host.
 */
#include "time_units.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/options.h>
#include <tcpsim/testkit.h>

static char last_failure[1000];
static int failures;

static void note_failure(const char *text)
{
	failures++;
	strncpy(last_failure, text, sizeof(last_failure) - 1);
}

static void setup(void)
{
	peer_on_failure(note_failure);
}

TestSuite(testkit_wrong, .init = setup);

/* One failure since the last time, and its text has this in it. */
static void expect_failure(const char *part)
{
	cr_expect_eq(failures, 1, "%d failures instead of one with: %s", failures, part);
	cr_expect(strstr(last_failure, part), "not told: %s\nbut: %s", part, last_failure);
	failures = 0;
	last_failure[0] = '\0';
}

static void expect_no_failure(void)
{
	cr_expect_eq(failures, 0, "%s", last_failure);
	failures = 0;
}

/* --- segments that leave --- */

/* ECN agreed, a window of its own, text and an urgent byte: every field says something. */
static struct tcpsim_peer *busy_connection(void)
{
	static struct tcpsim_profile profile;
	struct tcpsim_peer *peer;

	profile = tcpsim_profile_linux;
	profile.ecn = 1;
	profile.timestamps = false;
	peer = peer_in(TCPSIM_LISTEN, &profile);
	peer_sends(peer, "SEW 0:0(0) win 32792 <mss 1000,nop,nop,sackOK>");
	peer_sent_text(peer);
	peer_sends(peer, ". 1:1(0) ack 1 win 32792");
	peer_accepts(peer);
	peer_writes(peer, 10);
	return peer;
}

static const char *const WRONG[][2] = {
	{"(ect0) P. 1:11(10) ack 1 win 64240 urg 0", ""},
	{"(ect0) P. 1:11(10) ack 1", ""},
	{"(tos 2, ttl 64) 8080 > 49152 P. 1:11(10) ack 1", ""},
	{"(ect01) P. 1:11(10) ack 1 <...>", ""},
	{"(noecn) P. 1:11(10) ack 1", "ECN codepoint"},
	{"(ect1) P. 1:11(10) ack 1", "ECN codepoint"},
	{"(ce) P. 1:11(10) ack 1", "ECN codepoint"},
	{"(tos 0) P. 1:11(10) ack 1", "ECN codepoint"},
	{"(tos 0x12) P. 1:11(10) ack 1", "DSCP"},
	{"(dscp 8) P. 1:11(10) ack 1", "DSCP"},
	{"(dscp cs1, ect01) P. 1:11(10) ack 1", "DSCP"},
	{"(ttl 63) P. 1:11(10) ack 1", "time to live"},
	{". 1:11(10) ack 1", "flags"},
	{"PE. 1:11(10) ack 1", "flags"},
	{"P2. 1:11(10) ack 1", "flags"},
	{"P. 2:12(10) ack 1", "sequence number"},
	{"P. 1:10(9) ack 1", "length"},
	{"P. 1:11(10) ack 2", "acknowledgment"},
	{"P. 1:11(10) ack 1 win 64241", "window"},
	{"P. 1:11(10) ack 1 win 0", "window"},
	{"P. 1:11(10) ack 1 urg 1", "urgent pointer"},
	{"8081 > 49152 P. 1:11(10) ack 1", "port"},
	{"8080 > 49153 P. 1:11(10) ack 1", "port"},
	{"P. 1:11(10) ack 1 <nop,nop,nop,nop>", "options"},
	{"icmp unreachable host_unreachable", "kind of packet"},
};

Test(testkit_wrong, each_field_of_a_segment)
{
	char named[100];

	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		struct tcpsim_peer *peer = busy_connection();

		expect_sent(peer, WRONG[i][0]);
		snprintf(named, sizeof(named), "differs: %s", WRONG[i][1]);
		if (*WRONG[i][1])
			expect_failure(named);
		else
			expect_no_failure();
		cr_expect_eq(strchr(named + 9, ','), NULL, "one field at a time");
		peer_free(peer);
	}
}

Test(testkit_wrong, urgent_pointer_of_an_urgent_segment)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);
	struct msghdr message = {.msg_iov = &(struct iovec){"abc", 3}, .msg_iovlen = 1};

	for (int wrong = 0; wrong < 2; wrong++) {
		peer_forget(peer);
		tcpsim_sendmsg(peer_host(peer), peer_fd(peer), &message, MSG_OOB);
		expect_sent(peer, wrong ? "PU. 4:7(3) ack 1 urg 2" : "PU. 1:4(3) ack 1 urg 3");
		peer_sends(peer, wrong ? ". 1:1(0) ack 7 win 8760" : ". 1:1(0) ack 4 win 8760");
	}
	expect_failure("differs: urgent pointer");
	peer_free(peer);
}

Test(testkit_wrong, options_one_by_one)
{
	static const char *const OPTIONS[][2] = {
		{"<mss 1460,sackOK,TS val ... ecr 7,nop,wscale 10>", ""}, {"<...>", ""},
		{"<mss 1461,sackOK,TS val ... ecr 7,nop,wscale 10>", "options"},
		{"<mss 1460,nop,nop,TS val ... ecr 7,nop,wscale 10>", "options"},
		{"<mss 1460,sackOK,TS val ... ecr 8,nop,wscale 10>", "options"},
		{"<mss 1460,sackOK,TS val 1 ecr 7,nop,wscale 10>", "options"},
		{"<mss 1460,sackOK,TS val ... ecr 7,nop,wscale 9>", "options"},
		{"<mss 1460,sackOK,TS val ... ecr 7>", "options"}};
	char segment[200];

	for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(OPTIONS[0]); i++) {
		struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &tcpsim_profile_linux);

		peer_sends(
			peer, "S 0:0(0) win 32792 <mss 1000,sackOK,TS val 7 ecr 0,nop,wscale 7>");
		snprintf(segment, sizeof(segment), "S. 0:0(0) ack 1 %s", OPTIONS[i][0]);
		expect_sent(peer, segment);
		if (*OPTIONS[i][1])
			expect_failure("differs: options");
		else
			expect_no_failure();
		peer_free(peer);
	}
}

/* A connection without ECN: `any of the two` is wrong then too. */
Test(testkit_wrong, ecn_of_a_segment_that_has_none)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_bsd44);

	peer_writes(peer, 10);
	expect_sent(peer, "(ect01) P. 1:11(10) ack 1");
	expect_failure("differs: ECN codepoint");
	peer_free(peer);
}

/* The host answers an echo request, RFC 1122 §3.2.2.6. */
Test(testkit_wrong, icmp_that_leaves)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	for (int i = 0; i < 4; i++)
		peer_sends(peer, "icmp echo_request id 5");
	expect_sent(peer, "icmp echo_reply");
	expect_no_failure();
	expect_sent(peer, "icmp unreachable");
	expect_failure("differs: type");
	expect_sent(peer, "icmp echo_reply code_1");
	expect_failure("differs: code");
	expect_sent(peer, ". 1:1(0) ack 1");
	expect_failure("differs: kind of packet");
	peer_free(peer);
}

/* The blocks count as all numbers do, in both directions. */
Test(testkit_wrong, sack_blocks)
{
	struct tcpsim_peer_options options = {.profile = &tcpsim_profile_linux,
		.peer_iss = 7000,
		.syn_options = "<mss 1000,nop,nop,sackOK>"};
	struct tcpsim_peer *peer = peer_in_with(TCPSIM_ESTABLISHED, &options);

	peer_sends(peer, "P. 101:201(100) ack 1 win 32792");
	expect_sent(peer, ". 1:1(0) ack 1 <nop,nop,sack 101:201>");
	expect_no_failure();
	peer_sends(peer, "P. 301:401(100) ack 1 win 32792");
	expect_sent(peer, ". 1:1(0) ack 1 <nop,nop,sack 301:401 101:202>");
	expect_failure("differs: options");
	peer_free(peer);
	peer = peer_in_with(TCPSIM_ESTABLISHED, &options);
	for (int i = 0; i < 4; i++)
		peer_writes(peer, 1000);
	peer_forget(peer);
	peer_sends(peer, ". 1:1(0) ack 1 win 32792 <nop,nop,sack 1001:4001>");
	peer_waits(peer, 20 * NSEC_PER_MSEC);
	expect_sent(peer, "P. 1:1001(1000) ack 1"); /* three segments above it have come */
	expect_no_failure();
	peer_free(peer);
}

/* --- text --- */

Test(testkit_wrong, text_that_was_not_written)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	peer_writes(peer, 100);
	expect_sent(peer, "P. 1:101(100) ack 1");
	peer_sends(peer, ". 1:1(0) ack 101 win 32792");
	peer_writes_bytes(peer, "hello", 5);
	expect_sent(peer, "P. 101:106(5) ack 1");
	peer_sends(peer, ". 1:1(0) ack 106 win 32792");
	peer_writes_bytes(peer, "hello", 5);
	expect_sent_bytes(peer, "P. 106:111(5) ack 1", "hello");
	peer_sends(peer, ". 1:1(0) ack 111 win 32792");
	expect_no_failure();
	peer_writes_bytes(peer, "hello", 5);
	expect_sent_bytes(peer, "P. 111:116(5) ack 1", "help!");
	expect_failure("differs: byte 3 of the text");
	peer_sends_bytes(peer, "icmp unreachable port_unreachable [1:1(0)]", "abc");
	expect_failure("only a segment has bytes");
	peer_writes(peer, 100000000);
	expect_failure("peer_writes: the host took");
	tcpsim_shutdown(peer_host(peer), peer_fd(peer), SHUT_WR);
	peer_writes(peer, 1);
	expect_failure("peer_writes: Broken pipe");
	peer_free(peer);
}

/* The known bytes are those of the offset, not those of the order: a retransmission has its own. */
Test(testkit_wrong, text_is_known_by_its_place)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);

	peer_writes(peer, 300);
	peer_writes(peer, 300);
	peer_forget(peer);
	peer_waits(peer, NSEC_PER_SEC);
	expect_sent(peer, ". 1:301(300) ack 1");
	expect_no_failure();
	peer_free(peer);
}

Test(testkit_wrong, text_that_was_not_sent)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	expect_no_read(peer);
	peer_sends(peer, "P. 1:101(100) ack 1 win 8760");
	peer_sends_bytes(peer, "P. 101:104(3) ack 1 win 8760", "abc");
	expect_read(peer, 60);
	expect_read(peer, 40);
	expect_read_bytes(peer, "abc", 3);
	expect_no_failure();
	expect_read(peer, 1);
	expect_failure("expect_read: expected to read 1 bytes: Resource temporarily unavailable");
	peer_sends_bytes(peer, "P. 104:107(3) ack 1 win 8760", "abc");
	expect_no_read(peer);
	expect_failure("there is a byte");
	expect_end(peer);
	expect_failure("there are bytes to read");
	expect_read_bytes(peer, "axc", 3);
	expect_failure("byte 1 of what was read is wrong: 0x62");
	peer_sends_bytes(peer, "P. 107:110(3) ack 1 win 8760", "abc");
	expect_read(peer, 3);
	expect_failure("of what was read is wrong");
	peer_sends(peer, "P. 110:210(100) ack 1 win 8760");
	expect_read(peer, 101);
	expect_failure("expected to read 101 bytes, there were 100");
	peer_sends(peer, "F. 210:210(0) ack 1 win 8760");
	expect_end(peer);
	expect_no_failure();
	expect_no_read(peer);
	expect_failure("there is the end of the stream");
	peer_free(peer);
}

/* --- texts that are no segment --- */

static const char *const BAD[][2] = {
	{"S,ACK 1:1 foo", "peer_sends: column 2: expected a sequence number, found ','"},
	{"X. 1:1(0) ack 1 win 5", "column 1: expected flags"},
	{". 1:2(0) ack 1 win 5", "column 3: the numbers do not fit"},
	{". 1:1(0) ack x win 5", "column 14: expected an acknowledgment number, found 'x'"},
	{". 1:1(0) ack 1 win 70000", "column 20: a window must lie between 0 and 65535"},
	{". 1:1(0) ack 1", "add `win N`"},
	{". 1:1(0) ack 1 win 5 ugr 5", "column 22: expected ack, win, urg, <options> or the end of "
				       "the packet, found 'ugr'; did you mean urg?"},
	{". 1:1(0) ack 1 win 5 <mss>", "column 26: expected"},
	{". 1:1(0) ack", "found the end of the packet"},
	{"", "column 1: expected flags"},
	{". 1:1(0) ack 1 win 5\n", "a packet is one line"},
	{". 1:1(0) ack 1 win 5 > . 1:1(0)", "column 22: expected the end of the packet"},
	{"udp (5)", "UDP is no TCP"},
	{"sctp: COOKIE_ACK[flg=0]", "column 1: sctp packets are not of TCP"},
	{"icmp unreachable nobody_home [1:1(0)]", "that type has no such code"},
	{"icmp nonsense", "ICMP has no such type"},
	{"icmp unreachable host_unreachable [udp (5)]", "quotes a TCP segment"},
	{"ipv4 1.2.3.4 > 5.6.7.8: . 1:1(0) ack 1 win 5", "outer headers"},
	{"(flowlabel 3) . 1:1(0) ack 1 win 5", "flow labels"},
	{". 1:1(0) ack 1 win 5 /udp(1 > 2)", "segments in UDP"},
	{"S 0:0(0) win 5 <FO COOKIE>", "not as a word"},
	{". 1:1(0) ack 1 win 5 <...>", "list the options"},
};

Test(testkit_wrong, texts_that_are_no_segment)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		peer_sends(peer, BAD[i][0]);
		expect_failure(BAD[i][1]);
	}
	expect_nothing_sent(peer); /* the host heard nothing */
	expect_path(peer, "");
	expect_sent(peer, "F 1:1(");
	expect_failure("expect_sent: column 7: expected a payload size");
	expect_sent(peer, "udp (5)");
	expect_failure("UDP is no TCP");
	expect_no_failure();
	peer_free(peer);
}

Test(testkit_wrong, the_place_is_marked_under_the_text)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	peer_sends(peer, ". 1:1(0) ack 1 win 5 foo");
	cr_expect_str_eq(last_failure, "peer_sends: column 22: expected ack, win, urg, <options> "
				       "or the end of the packet, found 'foo'\n"
				       "  . 1:1(0) ack 1 win 5 foo\n"
				       "                       ^");
	peer_free(peer);
}

/* --- everything else that is expected --- */

Test(testkit_wrong, states_paths_rules_timers_errors)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);

	peer_sends(peer, "F. 1:1(0) ack 1 win 8760");
	expect_state(peer, TCPSIM_ESTABLISHED);
	expect_failure("expected the state ESTABLISHED, it is CLOSE_WAIT");
	expect_path(peer, "ESTABLISHED -> FIN_WAIT_1");
	expect_failure("it went: ESTABLISHED -close/fin-arrived-> CLOSE_WAIT");
	expect_rule(peer, "rst/no-listener");
	expect_failure("expected the rule rst/no-listener");
	expect_timer(peer, TCPSIM_TIMER_2MSL, NSEC_PER_SEC);
	expect_failure("it does not run");
	expect_error(peer, ECONNRESET);
	expect_failure("expected SO_ERROR");
	expect_nothing_sent(peer);
	expect_failure("expected nothing to be sent, but was sent:\n. 1:1(0) ack 2");
	expect_sent(peer, ". 1:1(0) ack 2");
	expect_failure("but nothing was");
	peer_writes(peer, 1);
	expect_no_timer(peer, TCPSIM_TIMER_RETRANSMIT);
	expect_failure("not to run");
	expect_timer(peer, TCPSIM_TIMER_RETRANSMIT, 2 * NSEC_PER_SEC);
	expect_failure("it is due in 1000000000");
	peer_free(peer);
}

Test(testkit_wrong, figures)
{
	struct tcpsim_peer_options options = {.profile = &tcpsim_profile_rfc9293,
		.iss_is_fixed = true,
		.iss = 77,
		.peer_iss = 5000,
		.syn_options = "<mss 1000>"};
	struct tcpsim_peer *peer = peer_in_with(TCPSIM_SYN_RCVD, &options);
	static const struct {
		const char *name;
		int64_t value;
	} FIGURE[] = {{"SND.UNA", 1001}, {"SND.NXT", 1501}, {"SND.WND", 8000}, {"SND.WL1", 1},
		{"SND.WL2", 1001}, {"RCV.NXT", 101}, {"MSS", 1000}, {"ISS", 77}, {"IRS", 5000},
		{"SRTT", 75 * NSEC_PER_MSEC}, {"RTTVAR", 40 * NSEC_PER_MSEC},
		{"RTO", NSEC_PER_SEC}};
	struct tcpsim_status status;

	peer_waits(peer, 80 * NSEC_PER_MSEC);
	peer_sends(peer, ". 1:1(0) ack 1 win 32792");
	peer_accepts(peer);
	peer_writes(peer, 1500); /* two segments */
	peer_waits(peer, 40 * NSEC_PER_MSEC);
	peer_sends(peer, "P. 1:101(100) ack 1001 win 8000");
	for (size_t i = 0; i < sizeof(FIGURE) / sizeof(FIGURE[0]); i++) {
		expect_figure(peer, FIGURE[i].name, FIGURE[i].value);
		expect_no_failure();
		expect_figure(peer, FIGURE[i].name, FIGURE[i].value + 1);
		expect_failure(FIGURE[i].name);
	}
	cr_assert(peer_status(peer, &status));
	cr_expect_eq(status.snd_una, 77 + 1001);
	cr_expect_eq(status.snd_end, 77 + 1501);
	cr_expect_eq(status.ssthresh, UINT32_MAX);
	expect_figure(peer, "snd.una", 1);
	expect_failure("no figure is called snd.una; there are SND.UNA");
	peer_sends(peer, "R. 101:101(0) ack 1501 win 0");
	cr_expect_not(peer_status(peer, &status));
	expect_failure("there are no figures: the connection is in CLOSED");
	peer_free(peer);
}

/* RFC 5681: a loss halves what is in flight, and recovery is at the threshold and three more. */
Test(testkit_wrong, figures_of_congestion_control)
{
	struct tcpsim_peer *peer = peer_in_with(TCPSIM_ESTABLISHED,
		&(struct tcpsim_peer_options){
			.profile = &tcpsim_profile_rfc9293, .syn_options = "<mss 1000>"});
	int64_t first;
	struct tcpsim_status status;

	cr_assert(peer_status(peer, &status));
	first = status.cwnd;
	peer_writes(peer, 30000);
	peer_sends(peer, ". 1:1(0) ack 1001 win 32792");
	peer_sends(peer, ". 1:1(0) ack 2001 win 32792");
	expect_figure(peer, "cwnd", first + 2000); /* slow start, RFC 5681 §3.1 */
	peer_waits(peer, 2 * NSEC_PER_SEC);
	expect_figure(peer, "cwnd", 1000);		     /* the loss window */
	expect_figure(peer, "ssthresh", (first + 2000) / 2); /* all of cwnd was in flight */
	expect_no_failure();
	expect_figure(peer, "cwnd", 2000);
	expect_failure("expected cwnd to be 2000, it is 1000");
	expect_figure(peer, "ssthresh", 1000);
	expect_failure("ssthresh");
	peer_free(peer);
}

/* --- what is no peer, no state, no profile --- */

Test(testkit_wrong, null_and_nonsense_are_told)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	cr_expect_null(peer_in(TCPSIM_ESTABLISHED, NULL));
	expect_failure("a profile is needed");
	cr_expect_null(peer_in_with(TCPSIM_ESTABLISHED, NULL));
	expect_failure("a profile is needed");
	cr_expect_null(peer_in((enum tcpsim_state)99, &tcpsim_profile_linux));
	expect_failure("99 is no state");
	cr_expect_null(peer_in_with(TCPSIM_CLOSED,
		&(struct tcpsim_peer_options){.profile = &tcpsim_profile_linux, .ip_version = 5}));
	expect_failure("ip_version is 4 or 6");
	peer_sends(peer, NULL);
	expect_failure("peer_sends: NULL");
	expect_sent(peer, NULL);
	expect_failure("expect_sent: NULL");
	peer_sends(NULL, ". 1:1(0) ack 1 win 5");
	expect_failure("peer_sends: there is no peer");
	peer_waits(NULL, 1);
	expect_failure("there is no peer");
	expect_timer(peer, (enum tcpsim_timer)77, 1);
	expect_failure("77 is no timer");
	cr_expect_null(peer_host(NULL));
	expect_failure("there is no peer");
	cr_expect_eq(tcpsim_status(NULL, 1, NULL), -EFAULT);
	cr_expect_eq(tcpsim_status(peer_host(peer), 0, &(struct tcpsim_status){0}), -ENOENT);
	peer_free(peer);
	peer_free(NULL);
	expect_no_failure();
}

/* --- TCP-MD5 --- */

Test(testkit_wrong, a_digest_takes_a_key_and_a_profile_that_has_it)
{
	struct tcpsim_peer_options options = {
		.profile = &tcpsim_profile_linux, .md5_key = "a secret"};
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	peer_sends(p, ". 1:1(0) ack 1 win 8760 <nop, nop, md5 valid>");
	expect_failure("give md5_key in struct tcpsim_peer_options");
	peer_free(p);
	/* Another key at the host than the peer's. */
	p = peer_in_with(TCPSIM_ESTABLISHED, &options);
	expect_no_failure();
	struct tcpsim_md5sig sig = {.key_len = 5, .key = "other"};
	struct sockaddr_in *at = (struct sockaddr_in *)&sig.addr;
	at->sin_family = AF_INET;
	at->sin_addr.s_addr = htonl(0xc0000201);
	cr_assert_eq(tcpsim_setsockopt(
			     peer_host(p), peer_fd(p), IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig)),
		0);
	peer_writes(p, 10);
	expect_sent(p, "P. 1:11(10) ack 1 <nop, nop, md5 valid>");
	expect_failure("differs: MD5 digest");
	peer_free(p);
	options.profile = &tcpsim_profile_bsd44;
	peer_free(peer_in_with(TCPSIM_LISTEN, &options));
	expect_failure("md5_key: profile bsd44: Protocol not available");
}
