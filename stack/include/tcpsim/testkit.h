/*
 * Unit tests of a TCP's state transitions in ten lines: a host of any profile and, across the wire,
 * a peer that is the test itself. Segments are written as packetdrill writes them, with numbers
 * relative to each side's first.
 *
 *	#define TCPSIM_TESTKIT_SHORT_NAMES
 *	#include <tcpsim/testkit.h>
 *
 *	struct tcpsim_peer *p = peer_in(TCPSIM_FIN_WAIT_1, &tcpsim_profile_rfc9293);
 *	peer_sends(p, "F. 1:1(0) ack 2 win 8760");
 *	expect_sent(p, ". 2:2(0) ack 2");
 *	expect_path(p, "FIN_WAIT_1 -close/fin-acked-> FIN_WAIT_2 -close/fin-arrived-> TIME_WAIT");
 *	expect_timer(p, TCPSIM_TIMER_2MSL, 2 * tcpsim_profile_rfc9293.msl);
 *	peer_free(p);
 *
 * The state is reached with real calls and segments, never assigned. A false expectation calls the
 * failure function with one text that says what was expected and what happened; the default prints
 * it and aborts. So does what is no segment (with the column), a state that is none, and NULL where
 * something is needed: where the function goes on after that, the call did nothing. Times are
 * nanoseconds. Pointers handed out are the peer's. docs/testkit.md has an example of each.
 *
 * Text is a function of the stream and of the offset in it, so that a byte that is lost, doubled or
 * of another connection is seen: what peer_sends sends, peer_writes writes; expect_sent and expect_read
 * compare. The calls with `bytes` in their name take the test's own.
 */
#ifndef TCPSIM_TESTKIT_H
#define TCPSIM_TESTKIT_H

#include <tcpsim/host.h>
#include <tcpsim/socket.h>
#include <tcpsim/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tcpsim_peer;

extern const struct tcpsim_profile tcpsim_profile_bsd44, tcpsim_profile_linux,
	tcpsim_profile_freebsd, tcpsim_profile_rfc9293;

struct tcpsim_peer_options {
	const struct tcpsim_profile *profile;
	bool iss_is_fixed;
	uint32_t iss;		 /* the host's first number */
	uint32_t peer_iss;	 /* the peer's; segments given are relative to it */
	const char *syn_options; /* of the peer's SYN or SYN,ACK: "<mss 1460>"; NULL: that */
	int ip_version;		 /* 4 (or 0), or 6 */
	/* TCP-MD5 (RFC 2385) with this key of 1 to 80 bytes from the SYN on, in profiles that have it
	 * (linux, freebsd): in segments `md5 valid` is then the digest, made and compared; NULL:
	 * none. syn_options, if given, have it too. */
	const char *md5_key;
};

typedef void (*tcpsim_peer_failure_fn)(const char *text);
/* What a false expectation calls, in every test from now on; NULL: the default again. */
void tcpsim_peer_on_failure(tcpsim_peer_failure_fn fn);

/* A host in that state, with port 8080 (passive) or a connection to the peer's port 8080
 * (SYN_SENT). */
struct tcpsim_peer *tcpsim_peer_in(enum tcpsim_state state, const struct tcpsim_profile *profile);
/* The same with more said; the options are copied. */
struct tcpsim_peer *tcpsim_peer_in_with(
	enum tcpsim_state state, const struct tcpsim_peer_options *options);
/* Another connection of the same host, with a peer of its own address and the first one's options:
 * each sees what is sent to it, and its own path. At most TCPSIM_PEERS_MAX on a host. */
struct tcpsim_peer *tcpsim_peer_beside(struct tcpsim_peer *first, enum tcpsim_state state);
#define TCPSIM_PEERS_MAX 250
/* Ends the test; the host goes with its last peer. What was sent and not expected is no failure:
 * tcpsim_expect_nothing_sent asks. NULL is allowed. */
void tcpsim_peer_free(struct tcpsim_peer *peer);

/*
 * The segment arrives now. Or an ICMP message about a segment that the host sent: `icmp unreachable
 * host_unreachable [1:1001(1000)]`, `icmp unreachable frag_needed mtu 1400 [1:1(0)]`; ICMPv6 where
 * the peer's IP is 6. In front may stand what the IP header has: `(ce)`, `(ttl 3)`, `(tos 0x10)`.
 */
void tcpsim_peer_sends(struct tcpsim_peer *peer, const char *segment);
/* The same with this text: as many bytes as the segment says. */
void tcpsim_peer_sends_bytes(struct tcpsim_peer *peer, const char *segment, const void *bytes);
/* Time goes on; what is due happens. */
void tcpsim_peer_waits(struct tcpsim_peer *peer, int64_t ns);

/* --- the host's process --- */
/* For calls on the host: its descriptors. The connection's is -1 until it exists for
 * the process. */
struct tcpsim_host *tcpsim_peer_host(struct tcpsim_peer *peer);
int tcpsim_peer_fd(struct tcpsim_peer *peer);
int tcpsim_peer_listener_fd(struct tcpsim_peer *peer);
/* accept(): from then on tcpsim_peer_fd is the connection. */
void tcpsim_peer_accepts(struct tcpsim_peer *peer);
/* Writes; the host must take all of it. What a segment bears of it is compared by expect_sent; what
 * was written by tcpsim_sendmsg is not known, and is not. */
void tcpsim_peer_writes(struct tcpsim_peer *peer, size_t len);
void tcpsim_peer_writes_bytes(struct tcpsim_peer *peer, const void *bytes, size_t len);
/* Reads: exactly so many bytes are there for one call, and they are the next that the peer sent. */
void tcpsim_expect_read(struct tcpsim_peer *peer, size_t len);
void tcpsim_expect_read_bytes(struct tcpsim_peer *peer, const void *bytes, size_t len);
/* Nothing is there to be read, and it is not the end. Or: it is the end. */
void tcpsim_expect_no_read(struct tcpsim_peer *peer);
void tcpsim_expect_end(struct tcpsim_peer *peer);
/* The state of the connection under test; CLOSED once it is gone. */
enum tcpsim_state tcpsim_peer_state(struct tcpsim_peer *peer);

/* --- expectations --- */
/* The next packet the host sent is this one: flags, numbers, length, checksums, and what is written
 * of acknowledgment, window, urgent pointer, options, time to live, ECN, DSCP, ports; its text as
 * far as it is known (peer_writes). `<...>`: any options; `TS val ...`: any value. SACK blocks are
 * relative as all numbers are; timestamps are as they stand. */
void tcpsim_expect_sent(struct tcpsim_peer *peer, const char *segment);
/* The same, and its text is this. */
void tcpsim_expect_sent_bytes(struct tcpsim_peer *peer, const char *segment, const void *bytes);
/* Everything that the host sent was expected. */
void tcpsim_expect_nothing_sent(struct tcpsim_peer *peer);
/* States and rules since the connection was in its starting state. Rules may be left
 * out: "A -> B". */
void tcpsim_expect_path(struct tcpsim_peer *peer, const char *path);
/* The state is this one now; CLOSED once the connection is gone. */
void tcpsim_expect_state(struct tcpsim_peer *peer, enum tcpsim_state state);
/* The rule of the last segment sent, drop, or state change. */
void tcpsim_expect_rule(struct tcpsim_peer *peer, const char *rule);
/* The timer runs and is due in that many ns. */
void tcpsim_expect_timer(struct tcpsim_peer *peer, enum tcpsim_timer timer, int64_t in_ns);
/* The timer does not run: it never did, has fired or was stopped. */
void tcpsim_expect_no_timer(struct tcpsim_peer *peer, enum tcpsim_timer timer);
/* SO_ERROR of the connection's descriptor (and clears it). */
void tcpsim_expect_error(struct tcpsim_peer *peer, int error);
/* A variable of the connection by its name in RFC 9293 §3.3.1, RFC 5681, RFC 6298: SND.UNA,
 * SND.NXT, SND.UP, SND.WL2 from ISS; RCV.NXT, RCV.UP, SND.WL1 from IRS; SND.WND, RCV.WND, MSS,
 * cwnd, ssthresh in bytes; SRTT, RTTVAR, RTO in ns; ISS, IRS. */
void tcpsim_expect_figure(struct tcpsim_peer *peer, const char *name, int64_t value);
/* All of them, as tcpsim_status() gives them; false: the state has none, and the
 * test has failed. */
bool tcpsim_peer_status(struct tcpsim_peer *peer, struct tcpsim_status *status);

/* What the host sent to it and nobody expected yet, as text; owned by the peer. */
const char *tcpsim_peer_sent_text(struct tcpsim_peer *peer);
/* Forgets what was sent and the path so far. */
void tcpsim_peer_forget(struct tcpsim_peer *peer);

/* Names without the prefix, for a file of tests that is nothing else: #define this before. */
#ifdef TCPSIM_TESTKIT_SHORT_NAMES
#define expect_end	    tcpsim_expect_end
#define expect_error	    tcpsim_expect_error
#define expect_figure	    tcpsim_expect_figure
#define expect_no_read	    tcpsim_expect_no_read
#define expect_no_timer	    tcpsim_expect_no_timer
#define expect_nothing_sent tcpsim_expect_nothing_sent
#define expect_path	    tcpsim_expect_path
#define expect_read	    tcpsim_expect_read
#define expect_read_bytes   tcpsim_expect_read_bytes
#define expect_rule	    tcpsim_expect_rule
#define expect_sent	    tcpsim_expect_sent
#define expect_sent_bytes   tcpsim_expect_sent_bytes
#define expect_state	    tcpsim_expect_state
#define expect_timer	    tcpsim_expect_timer
#define peer_accepts	    tcpsim_peer_accepts
#define peer_beside	    tcpsim_peer_beside
#define peer_fd		    tcpsim_peer_fd
#define peer_forget	    tcpsim_peer_forget
#define peer_free	    tcpsim_peer_free
#define peer_host	    tcpsim_peer_host
#define peer_in		    tcpsim_peer_in
#define peer_in_with	    tcpsim_peer_in_with
#define peer_listener_fd    tcpsim_peer_listener_fd
#define peer_on_failure	    tcpsim_peer_on_failure
#define peer_sends	    tcpsim_peer_sends
#define peer_sends_bytes    tcpsim_peer_sends_bytes
#define peer_sent_text	    tcpsim_peer_sent_text
#define peer_state	    tcpsim_peer_state
#define peer_status	    tcpsim_peer_status
#define peer_waits	    tcpsim_peer_waits
#define peer_writes	    tcpsim_peer_writes
#define peer_writes_bytes   tcpsim_peer_writes_bytes
#endif

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
