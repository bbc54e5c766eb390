/*
 * Unit tests of a TCP's state transitions in ten lines: a host of any profile and, across the wire,
 * a peer that is the test itself. Segments are written as packetdrill writes them, with numbers
 * relative to each side's first.
 *
 *	struct peer *p = peer_in(TCP_FIN_WAIT_1, &tcp_profile_rfc9293);
 *	peer_sends(p, "F. 1:1(0) ack 2 win 8760");
 *	expect_sent(p, ". 2:2(0) ack 2");
 *	expect_path(p, "FIN_WAIT_1 -close/fin-acked-> FIN_WAIT_2 -close/fin-arrived-> TIME_WAIT");
 *	expect_timer(p, TCP_TIMER_2MSL, 2 * tcp_profile_rfc9293.msl);
 *	peer_free(p);
 *
 * The state is reached with real calls and segments, never assigned. A false expectation calls the
 * failure function with one text that says what was expected and what happened; the default prints
 * it and aborts. So does what is no segment (with the column), a state that is none, and NULL where
 * something is needed: where the function goes on after that, the call did nothing. Times are
 * nanoseconds. Pointers handed out are the peer's. docs/testkit.md has an example of each.
 *
 * Text is a function of the stream and of the offset in it, so that a byte that is lost, doubled or
 * of another connection is seen: what peer_sends sends, peer_writes writes; expect_sent and
 * expect_read compare. The calls with `bytes` in their name take the test's own.
 */
#ifndef TCPSIM_TESTKIT_H
#define TCPSIM_TESTKIT_H

#include <tcpsim/host.h>
#include <tcpsim/socket.h>
#include <tcpsim/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct peer;

extern const struct tcp_profile tcp_profile_bsd44, tcp_profile_linux, tcp_profile_freebsd,
	tcp_profile_rfc9293;

struct peer_options {
	const struct tcp_profile *profile;
	bool iss_is_fixed;
	uint32_t iss;		 /* the host's first number */
	uint32_t peer_iss;	 /* the peer's; segments given are relative to it */
	const char *syn_options; /* of the peer's SYN or SYN,ACK: "<mss 1460>"; NULL: that */
	int ip_version;		 /* 4 (or 0), or 6 */
};

typedef void (*peer_failure_fn)(const char *text);
/* What a false expectation calls, in every test from now on; NULL: the default again. */
void peer_on_failure(peer_failure_fn fn);

/* A host in that state, with port 8080 (passive) or a connection to the peer's port 8080
 * (SYN_SENT). */
struct peer *peer_in(enum tcp_state state, const struct tcp_profile *profile);
/* The same with more said; the options are copied. */
struct peer *peer_in_with(enum tcp_state state, const struct peer_options *options);
/* Another connection of the same host, with a peer of its own address and the first one's options:
 * each sees what is sent to it, and its own path. At most PEERS_MAX on a host. */
struct peer *peer_beside(struct peer *first, enum tcp_state state);
#define PEERS_MAX 250
/* Ends the test; the host goes with its last peer. What was sent and not expected is no failure:
 * expect_nothing_sent asks. NULL is allowed. */
void peer_free(struct peer *peer);

/*
 * The segment arrives now. Or an ICMP message about a segment that the host sent: `icmp unreachable
 * host_unreachable [1:1001(1000)]`, `icmp unreachable frag_needed mtu 1400 [1:1(0)]`; ICMPv6 where
 * the peer's IP is 6. In front may stand what the IP header has: `(ce)`, `(ttl 3)`, `(tos 0x10)`.
 */
void peer_sends(struct peer *peer, const char *segment);
/* The same with this text: as many bytes as the segment says. */
void peer_sends_bytes(struct peer *peer, const char *segment, const void *bytes);
/* Time goes on; what is due happens. */
void peer_waits(struct peer *peer, int64_t ns);

/* --- the host's process --- */
/* For calls on the host: its descriptors. The connection's is -1 until it exists for
 * the process. */
struct tcpsim_host *peer_host(struct peer *peer);
int peer_fd(struct peer *peer);
int peer_listener_fd(struct peer *peer);
/* accept(): from then on peer_fd is the connection. */
void peer_accepts(struct peer *peer);
/* Writes; the host must take all of it. What a segment bears of it is compared by expect_sent; what
 * was written by tcpsim_sendmsg is not known, and is not. */
void peer_writes(struct peer *peer, size_t len);
void peer_writes_bytes(struct peer *peer, const void *bytes, size_t len);
/* Reads: exactly so many bytes are there for one call, and they are the next that the peer sent. */
void expect_read(struct peer *peer, size_t len);
void expect_read_bytes(struct peer *peer, const void *bytes, size_t len);
/* Nothing is there to be read, and it is not the end. Or: it is the end. */
void expect_no_read(struct peer *peer);
void expect_end(struct peer *peer);
/* The state of the connection under test; CLOSED once it is gone. */
enum tcp_state peer_state(struct peer *peer);

/* --- expectations --- */
/* The next packet the host sent is this one: flags, numbers, length, checksums, and what is written
 * of acknowledgment, window, urgent pointer, options, time to live, ECN, DSCP, ports; its text as
 * far as it is known (peer_writes). `<...>`: any options; `TS val ...`: any value. SACK blocks are
 * relative as all numbers are; timestamps are as they stand. */
void expect_sent(struct peer *peer, const char *segment);
/* The same, and its text is this. */
void expect_sent_bytes(struct peer *peer, const char *segment, const void *bytes);
/* Everything that the host sent was expected. */
void expect_nothing_sent(struct peer *peer);
/* States and rules since the connection was in its starting state. Rules may be left
 * out: "A -> B". */
void expect_path(struct peer *peer, const char *path);
/* The state is this one now; CLOSED once the connection is gone. */
void expect_state(struct peer *peer, enum tcp_state state);
/* The rule of the last segment sent, drop, or state change. */
void expect_rule(struct peer *peer, const char *rule);
/* The timer runs and is due in that many ns. */
void expect_timer(struct peer *peer, enum tcp_timer timer, int64_t in_ns);
/* The timer does not run: it never did, has fired or was stopped. */
void expect_no_timer(struct peer *peer, enum tcp_timer timer);
/* SO_ERROR of the connection's descriptor (and clears it). */
void expect_error(struct peer *peer, int error);
/* A variable of the connection by its name in RFC 9293 §3.3.1, RFC 5681, RFC 6298: SND.UNA,
 * SND.NXT, SND.UP, SND.WL2 from ISS; RCV.NXT, RCV.UP, SND.WL1 from IRS; SND.WND, RCV.WND, MSS,
 * cwnd, ssthresh in bytes; SRTT, RTTVAR, RTO in ns; ISS, IRS. */
void expect_figure(struct peer *peer, const char *name, int64_t value);
/* All of them, as tcpsim_status() gives them; false: the state has none, and the
 * test has failed. */
bool peer_status(struct peer *peer, struct tcpsim_status *status);

/* What the host sent to it and nobody expected yet, as text; owned by the peer. */
const char *peer_sent_text(struct peer *peer);
/* Forgets what was sent and the path so far. */
void peer_forget(struct peer *peer);

#ifdef __cplusplus
}
#endif

#endif
