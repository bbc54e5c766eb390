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
 * it and aborts. Times are nanoseconds. Pointers handed out are the peer's.
 */
#ifndef TCPSIM_TESTKIT_H
#define TCPSIM_TESTKIT_H

#include <tcpsim/host.h>
#include <tcpsim/socket.h>

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
};

typedef void (*peer_failure_fn)(const char *text);
/* What a false expectation calls, in every test from now on; NULL: the default again. */
void peer_on_failure(peer_failure_fn fn);

/* A host in that state, with port 8080 (passive) or a connection to the peer's port 8080
 * (SYN_SENT). */
struct peer *peer_in(enum tcp_state state, const struct tcp_profile *profile);
/* The same with more said; the options are copied. */
struct peer *peer_in_with(enum tcp_state state, const struct peer_options *options);
/* Ends the test. What was sent and not expected is no failure: expect_nothing_sent asks. */
void peer_free(struct peer *peer);

/* The segment arrives now. Text is zeros. */
void peer_sends(struct peer *peer, const char *segment);
/* Time goes on; what is due happens. */
void peer_waits(struct peer *peer, int64_t ns);
/* For calls on the host: its descriptors. The connection's is -1 until it exists for the process.
 */
struct tcpsim_host *peer_host(struct peer *peer);
int peer_fd(struct peer *peer);
int peer_listener_fd(struct peer *peer);
/* The state of the connection under test; CLOSED once it is gone. */
enum tcp_state peer_state(struct peer *peer);

/* The next segment the host sent is this one; a window or options that are not written are not
 * compared. */
void expect_sent(struct peer *peer, const char *segment);
/* Everything that the host sent was expected. */
void expect_nothing_sent(struct peer *peer);
/* States and rules since the connection was in its starting state. Rules may be left out: "A -> B".
 */
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

/* What the host sent and nobody expected yet, as text; owned by the peer. */
const char *peer_sent_text(struct peer *peer);
/* Forgets what was sent and the path so far. */
void peer_forget(struct peer *peer);

#ifdef __cplusplus
}
#endif

#endif
