/*
 * An operating system's TCP as data. No code asks which system it is; it asks the profile for a
 * number or a policy.
 *
 * `struct tcpsim_profile` and its schema (name, type, unit, RFC, help of every field) are both made
 * from profile_fields.def, so `tcpsim profiles`, the sysctl names, script overrides and the docs
 * page cannot drift from the code. The profiles themselves are `const`; a host copies one and its
 * sysctls change the copy.
 */
#ifndef TCPSIM_PROFILE_H
#define TCPSIM_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The choices a profile makes. Each enum lists its values with the words that `tcpsim profiles`
 * prints. */
#define TCPSIM_ENUM_rst_accept(X)                                                                  \
	X(TCPSIM_RST_ACCEPT_WINDOW, "in-window") /* RFC 793: anywhere in the window */             \
	X(TCPSIM_RST_ACCEPT_EXACT, "exact")	 /* RFC 5961 §3.2: RCV.NXT, else challenge ACK */
#define TCPSIM_ENUM_syn_accept(X)                                                                  \
	X(TCPSIM_SYN_ACCEPT_RESET,                                                                 \
		"reset") /* RFC 793: a SYN in the window kills the connection */                   \
	X(TCPSIM_SYN_ACCEPT_INSECURE,                                                              \
		"reset in the window") /* and challenged outside it (FreeBSD insecure_syn) */      \
	X(TCPSIM_SYN_ACCEPT_CHALLENGE, "challenge") /* RFC 5961 §4.2 */
#define TCPSIM_ENUM_backlog_rule(X)                                                                \
	X(TCPSIM_BACKLOG_BSD44, "3n/2, both queues") /* qlen + q0len > 3*backlog/2 */              \
	X(TCPSIM_BACKLOG_FREEBSD4, "n, both queues") /* qlen + q0len > backlog */                  \
	X(TCPSIM_BACKLOG_FREEBSD,                                                                  \
		"3n/2, completed") /* qlen > 3*backlog/2; incomplete in the SYN cache */           \
	X(TCPSIM_BACKLOG_LINUX, "n, each queue") /* completed > n; incomplete > n (or >= n) */     \
	X(TCPSIM_BACKLOG_LINUX24, "n+2, both queues") /* UNP Figure 4.10's column */               \
	X(TCPSIM_BACKLOG_HPUX, "3n/2-1, both queues")                                              \
	X(TCPSIM_BACKLOG_SOLARIS, "3n/2 or 6 at 4, both queues")
#define TCPSIM_ENUM_option_order(X)                                                                \
	X(TCPSIM_OPTIONS_LINUX, "linux") /* mss,sackOK,TS,nop,wscale; padding in front */          \
	X(TCPSIM_OPTIONS_BSD,                                                                      \
		"bsd") /* mss,nop,wscale,sackOK,TS; padding where alignment needs it, EOL last */
#define TCPSIM_ENUM_md5_rule(X)                                                                    \
	X(TCPSIM_MD5_NONE, "none")	 /* TCP_MD5SIG is unknown, and the option not looked at */ \
	X(TCPSIM_MD5_SOCKETS, "sockets") /* Linux: TCP_MD5SIG gives a socket its key for a peer */ \
	X(TCPSIM_MD5_ADDRESSES, "addresses") /* FreeBSD: the host has keys, TCP_MD5SIG uses them */
#define TCPSIM_ENUM_rtt_method(X)                                                                  \
	X(TCPSIM_RTT_BSD_TICKS, "bsd-ticks") /* 4.4BSD: scaled ticks, one timed segment */         \
	X(TCPSIM_RTT_LINUX, "linux")	     /* microseconds, mdev_max over a round trip */        \
	X(TCPSIM_RTT_RFC6298, "rfc6298")                                                           \
	X(TCPSIM_RTT_FREEBSD, "freebsd") /* 4.4BSD's filter on a 1 ms tick */
#define TCPSIM_ENUM_window_rule(X)                                                                 \
	X(TCPSIM_WINDOW_BSD,                                                                       \
		"free-space") /* what the buffer has free, never shrunk; falls with unread data */ \
	X(TCPSIM_WINDOW_LINUX,                                                                     \
		"linux") /* rcv_ssthresh, truesize accounting, rounding to MSS or scale */
#define TCPSIM_ENUM_delack_rule(X)                                                                 \
	X(TCPSIM_DELACK_BSD_FAST, "fast-timeout") /* the next 200 ms tick */                       \
	X(TCPSIM_DELACK_FIXED, "fixed")		  /* delack_max after the segment */               \
	X(TCPSIM_DELACK_LINUX,                                                                     \
		"adaptive") /* quick ACKs, then 40 to 200 ms by the inter-arrival time */
#define TCPSIM_ENUM_socket_habits(X)                                                               \
	X(TCPSIM_SOCKETS_LINUX, "linux")                                                           \
	X(TCPSIM_SOCKETS_BSD, "bsd")
#define TCPSIM_ENUM_recovery(X)                                                                    \
	X(TCPSIM_RECOVERY_TAHOE_RENO, "reno")  /* 4.3BSD-Reno: fast retransmit, fast recovery */   \
	X(TCPSIM_RECOVERY_NEWRENO, "newreno")  /* RFC 6582 (+ RFC 6675 with SACK) */               \
	X(TCPSIM_RECOVERY_FREEBSD, "freebsd")  /* RFC 6675 pipe, RFC 6937 */                       \
	X(TCPSIM_RECOVERY_LINUX, "linux-rack") /* RACK-TLP, PRR, F-RTO, undo */
#define TCPSIM_ENUM_ssthresh_rule(X)                                                               \
	X(TCPSIM_SSTHRESH_CWND, "half of cwnd")		     /* Linux */                           \
	X(TCPSIM_SSTHRESH_WINDOW, "half of what may be out") /* 4.4BSD: min(cwnd, SND.WND) */      \
	X(TCPSIM_SSTHRESH_WINDOW_AT_TIMEOUT,                                                       \
		"half of cwnd, at a timeout of what may be out") /* FreeBSD newreno_cong_signal */ \
	X(TCPSIM_SSTHRESH_FLIGHT, "half of what is out") /* RFC 5681 §3.1 (4): FlightSize */
#define TCPSIM_ENUM_duplicate_rule(X)                                                              \
	X(TCPSIM_DUPLICATE_STRICT, "nothing") /* RFC 9293: answered and dropped */                 \
	X(TCPSIM_DUPLICATE_LAST_ACK, "ack if after the last one sent") /* Linux tcp_sequence */    \
	X(TCPSIM_DUPLICATE_ALL, "ack") /* 4.4BSD trims it to nothing and goes on */
#define TCPSIM_ENUM_queued_reset(X)                                                                \
	X(TCPSIM_QUEUED_RESET_LEAVES,                                                              \
		"nothing") /* 4.4BSD: the kernel takes it out of the queue */                      \
	X(TCPSIM_QUEUED_RESET_ABORTED, "ECONNABORTED") /* FreeBSD, POSIX: once */                  \
	X(TCPSIM_QUEUED_RESET_TAKEN, "the connection") /* Linux: and its first read fails */
#define TCPSIM_ENUM_edge_rule(X)                                                                   \
	X(TCPSIM_EDGE_OUTSIDE, "nothing")     /* RFC 9293 §3.4 */                                 \
	X(TCPSIM_EDGE_EMPTY, "what is empty") /* 4.4BSD, Linux: nothing of it lies beyond */       \
	X(TCPSIM_EDGE_NO_RST, "what is empty, but a RST") /* FreeBSD judges those first */
#define TCPSIM_ENUM_overrun_rule(X)                                                                \
	X(TCPSIM_OVERRUN_CUT,                                                                      \
		"cut") /* RFC 9293 §3.10.7.4: what lies beyond the window is cut off */           \
	X(TCPSIM_OVERRUN_WHOLE,                                                                    \
		"take") /* Linux before 6.17: what begins in an open window is taken */            \
	X(TCPSIM_OVERRUN_IF_READ,                                                                  \
		"take if all is read") /* Linux 6.17: and dropped whole if some text is unread */
#define TCPSIM_ENUM_shut_window(X)                                                                 \
	X(TCPSIM_SHUT_WINDOW_RETRANSMITS, "retransmit") /* Linux: each timeout is the probe */     \
	X(TCPSIM_SHUT_WINDOW_PERSISTS, "probe")		/* 4.4BSD, FreeBSD tcp_output */
#define TCPSIM_ENUM_window_update(X)                                                               \
	X(TCPSIM_WINDOW_UPDATE_ANY, "any")	/* RFC 9293 §3.10.7.4: SND.WL2 =< SEG.ACK */      \
	X(TCPSIM_WINDOW_UPDATE_GROWN, "larger") /* 4.4BSD tcp_input */                             \
	X(TCPSIM_WINDOW_UPDATE_LARGER, "larger, or of new text") /* Linux before 6.6 */            \
	X(TCPSIM_WINDOW_UPDATE_LARGER_OR_SHUT,                                                     \
		"larger, zero, or of new text") /* Linux 6.6: 800a666141de   \
								       */
#define TCPSIM_ENUM_late_abort(X)                                                                  \
	X(TCPSIM_LATE_ABORT_SILENT, "silent")		       /* RFC 9293 §3.10.5 */             \
	X(TCPSIM_LATE_ABORT_UNSENT, "reset if text is unsent") /* Linux tcp_disconnect */          \
	X(TCPSIM_LATE_ABORT_RESETS, "reset")		       /* 4.4BSD tcp_drop */
#define TCPSIM_ENUM_time_wait_rule(X)                                                              \
	X(TCPSIM_TIME_WAIT_NUMBERED, "what has numbers") /* RFC 9293 §3.10.7.4, Linux */          \
	X(TCPSIM_TIME_WAIT_ALL, "all but its own ACK")	 /* FreeBSD tcp_twcheck */                 \
	X(TCPSIM_TIME_WAIT_CHECKED, "as any state")	 /* 4.4BSD tcp_input */
#define TCPSIM_ENUM_handshake_rule(X)                                                              \
	X(TCPSIM_HANDSHAKE_ANSWERS, "an ACK") /* RFC 9293 §3.10.7.4, Linux tcp_check_req */       \
	X(TCPSIM_HANDSHAKE_SYN_CACHE,                                                              \
		"SYN,ACK, ACK or RST")		       /* FreeBSD syncache_add, syncache_expand */ \
	X(TCPSIM_HANDSHAKE_CONNECTION, "as any state") /* 4.4BSD: the entry is a connection */
#define TCPSIM_ENUM_port_order(X)                                                                  \
	X(TCPSIM_PORTS_SEQUENTIAL, "sequential") X(TCPSIM_PORTS_RANDOM, "random")
#define TCPSIM_ENUM_iss_rule(X)                                                                    \
	X(TCPSIM_ISS_BSD44, "clock")   /* +64000 each half second and 64000 each connection */     \
	X(TCPSIM_ISS_RFC6528, "keyed") /* RFC 6528: keyed hash of the 4-tuple + 4 us clock */
#define TCPSIM_ENUM_bind_rule(X)                                                                   \
	/* SO_REUSEADDR of the new socket: only an equal unconnected binding conflicts */          \
	X(TCPSIM_BIND_BSD, "bsd")                                                                  \
	X(TCPSIM_BIND_LINUX, "linux") /* SO_REUSEADDR of both, and the other one does not listen */

/* Choices that systems know by number: the value is the place in the list. */
#define TCPSIM_ENUM_syncookies(X)                                                                  \
	X(TCPSIM_SYNCOOKIES_NEVER, "never")                                                        \
	X(TCPSIM_SYNCOOKIES_AT_NEED, "when the queue is full") /* RFC 4987 §3.6 */                \
	X(TCPSIM_SYNCOOKIES_ALWAYS, "always")
#define TCPSIM_ENUM_blackhole(X)                                                                   \
	X(TCPSIM_BLACKHOLE_OFF, "off") /* every segment for a closed port draws RST */             \
	X(TCPSIM_BLACKHOLE_SYN, "syn") /* but a SYN from elsewhere */                              \
	X(TCPSIM_BLACKHOLE_ALL, "all") /* but any segment from elsewhere */                        \
	X(TCPSIM_BLACKHOLE_LOCAL, "local too")
#define TCPSIM_ENUM_ecn_mode(X)                                                                    \
	X(TCPSIM_ECN_MODE_OFF, "off")                                                              \
	X(TCPSIM_ECN_MODE_ASK, "ask and accept") /* RFC 3168 */                                    \
	X(TCPSIM_ECN_MODE_ACCEPT, "accept")                                                        \
	X(TCPSIM_ECN_MODE_ACCURATE, "accecn") /* RFC 9768: ask and accept */                       \
	X(TCPSIM_ECN_MODE_ACCURATE_ASK_CLASSIC, "accept accecn, ask for ecn")                      \
	X(TCPSIM_ECN_MODE_ACCURATE_ACCEPT, "accept accecn")
#define TCPSIM_ENUM_ecn_option(X)                                                                  \
	X(TCPSIM_ECN_OPTION_NEVER, "never")                                                        \
	X(TCPSIM_ECN_OPTION_AT_NEED, "at need") /* RFC 9768 §3.2.3.3: what moved, and beacons */  \
	X(TCPSIM_ECN_OPTION_ALWAYS, "on each ACK")                                                 \
	X(TCPSIM_ECN_OPTION_PERSIST, "persist") /* Linux: the same, whatever the path does */
#define TCPSIM_ENUM_mtu_probing(X)                                                                 \
	X(TCPSIM_MTU_PROBING_OFF, "off")                                                           \
	X(TCPSIM_MTU_PROBING_BLACK_HOLE, "after a black hole")                                     \
	X(TCPSIM_MTU_PROBING_ALWAYS, "always") /* RFC 4821 */
#define TCPSIM_ENUM_tw_reuse(X)                                                                    \
	X(TCPSIM_TW_REUSE_NEVER, "never")                                                          \
	X(TCPSIM_TW_REUSE_ALWAYS, "always") /* RFC 6191 §2 */                                     \
	X(TCPSIM_TW_REUSE_LOOPBACK, "on loopback addresses")
#define TCPSIM_ENUM_early_retrans(X)                                                               \
	X(TCPSIM_EARLY_RETRANS_OFF, "off")                                                         \
	X(TCPSIM_EARLY_RETRANS_ER, "off, once early retransmit") /* Linux 4.12 took that out */    \
	X(TCPSIM_EARLY_RETRANS_DELAYED, "off, once delayed early retransmit")                      \
	X(TCPSIM_EARLY_RETRANS_TLP, "tail loss probe") /* RFC 8985 §7 */                          \
	X(TCPSIM_EARLY_RETRANS_TLP_ONLY, "tail loss probe alone")
#define TCPSIM_ENUM_frto(X)                                                                        \
	X(TCPSIM_FRTO_OFF, "off")                                                                  \
	X(TCPSIM_FRTO_BASIC,                                                                       \
		"basic") /* once without SACK: the same as the next since Linux 3.10 */            \
	X(TCPSIM_FRTO_ENHANCED, "with SACK") /* RFC 5682 §3 */

/* Flags that a system keeps in one number: each bit's word. */
#define TCPSIM_BITS_rack(X)                                                                        \
	X(TCPSIM_RACK_TIME, 1, "rack")			 /* RFC 8985 §6: lost by time */          \
	X(TCPSIM_RACK_STATIC_WINDOW, 2, "static window") /* a quarter of the least round trip */   \
	X(TCPSIM_RACK_NO_DUPTHRESH, 4, "no dupthresh")
#define TCPSIM_BITS_hystart(X)                                                                     \
	X(TCPSIM_HYSTART_TRAIN, 1, "ack train")                                                    \
	X(TCPSIM_HYSTART_DELAY, 2, "delay")                                                        \
	X(TCPSIM_HYSTART_PLUS_PLUS, 4, "hystart++") /* RFC 9406, of Reno */
#define TCPSIM_BITS_fastopen(X)                                                                    \
	X(TCPSIM_FASTOPEN_CLIENT, 1, "client")                                                     \
	X(TCPSIM_FASTOPEN_SERVER, 2, "server")                                                     \
	X(TCPSIM_FASTOPEN_CLIENT_NO_COOKIE, 4, "client without cookie")                            \
	X(TCPSIM_FASTOPEN_SERVER_NO_COOKIE, 0x200, "server without cookie")                        \
	X(TCPSIM_FASTOPEN_EVERY_LISTENER, 0x400, "every listener") /* without the option */

#define TCPSIM_ENUM_VALUE(id, text) id,
#define TCPSIM_ENUM_DECLARE(name)   enum tcpsim_##name{TCPSIM_ENUM_##name(TCPSIM_ENUM_VALUE)};
TCPSIM_ENUM_DECLARE(rst_accept)
TCPSIM_ENUM_DECLARE(syn_accept)
TCPSIM_ENUM_DECLARE(backlog_rule)
TCPSIM_ENUM_DECLARE(option_order)
TCPSIM_ENUM_DECLARE(md5_rule)
TCPSIM_ENUM_DECLARE(rtt_method)
TCPSIM_ENUM_DECLARE(window_rule)
TCPSIM_ENUM_DECLARE(delack_rule)
TCPSIM_ENUM_DECLARE(socket_habits)
TCPSIM_ENUM_DECLARE(recovery)
TCPSIM_ENUM_DECLARE(ssthresh_rule)
TCPSIM_ENUM_DECLARE(duplicate_rule)
TCPSIM_ENUM_DECLARE(queued_reset)
TCPSIM_ENUM_DECLARE(edge_rule)
TCPSIM_ENUM_DECLARE(overrun_rule)
TCPSIM_ENUM_DECLARE(shut_window)
TCPSIM_ENUM_DECLARE(window_update)
TCPSIM_ENUM_DECLARE(late_abort)
TCPSIM_ENUM_DECLARE(time_wait_rule)
TCPSIM_ENUM_DECLARE(handshake_rule)
TCPSIM_ENUM_DECLARE(port_order)
TCPSIM_ENUM_DECLARE(iss_rule)
TCPSIM_ENUM_DECLARE(bind_rule)
TCPSIM_ENUM_DECLARE(syncookies)
TCPSIM_ENUM_DECLARE(blackhole)
TCPSIM_ENUM_DECLARE(ecn_mode)
TCPSIM_ENUM_DECLARE(ecn_option)
TCPSIM_ENUM_DECLARE(mtu_probing)
TCPSIM_ENUM_DECLARE(tw_reuse)
TCPSIM_ENUM_DECLARE(early_retrans)
TCPSIM_ENUM_DECLARE(frto)
#undef TCPSIM_ENUM_DECLARE
#define TCPSIM_BIT_VALUE(id, bit, text) id = bit,
enum tcpsim_profile_bit {
	TCPSIM_BITS_rack(TCPSIM_BIT_VALUE) TCPSIM_BITS_hystart(TCPSIM_BIT_VALUE)
		TCPSIM_BITS_fastopen(TCPSIM_BIT_VALUE)
};

/* What an ICMP error does to a connection (RFC 1122 §4.2.3.9, RFC 5461). */
enum tcpsim_icmp_effect {
	TCPSIM_ICMP_IGNORE,
	TCPSIM_ICMP_SOFT,  /* kept; returned when the connection gives up */
	TCPSIM_ICMP_HARD,  /* ends a connection attempt at once */
	TCPSIM_ICMP_PMTU,  /* lowers the path MTU */
	TCPSIM_ICMP_QUENCH /* RFC 6633 deprecates it; 4.4BSD sets cwnd to one segment */
};

/* One row of a profile's table; `code_last` makes a range. The first row that fits decides; none:
 * ignored. */
struct tcpsim_icmp_rule {
	uint8_t family; /* 4 or 6 */
	uint8_t type, code, code_last;
	uint8_t effect;		     /* enum tcpsim_icmp_effect, in SYN-SENT */
	uint8_t effect_synchronized; /* and later */
	int error;		     /* errno */
	bool spares_entry;	     /* HARD ends an attempt to connect, but no listener's entry */
};

#define TCPSIM_PROFILE_LIST_MAX 16
struct tcpsim_int_list {
	int32_t n;
	int32_t at[TCPSIM_PROFILE_LIST_MAX];
};

struct tcpsim_profile {
	const char *name;		/* "linux" */
	const char *summary;		/* one line */
	const char *based_on;		/* the profile it was derived from, or NULL */
	const char *congestion_control; /* name of a cc_ops */
	const struct tcpsim_icmp_rule *icmp_rules;
	size_t n_icmp_rules;
	const struct tcpsim_sysctl
		*sysctls; /* the names the system gives its settings: profile/sysctl.h */
#define TCPSIM_PROFILE_BOOL(name, rfc, help)			bool name;
#define TCPSIM_PROFILE_INT(name, unit, least, most, rfc, help)	int64_t name;
#define TCPSIM_PROFILE_TIME(name, least, most, rfc, help)	int64_t name;
#define TCPSIM_PROFILE_ENUM(name, type, rfc, help)		enum tcpsim_##type name;
#define TCPSIM_PROFILE_CHOICE(name, type, rfc, help)		int64_t name;
#define TCPSIM_PROFILE_CHOICE_TO(name, type, most, rfc, help)	int64_t name;
#define TCPSIM_PROFILE_BITS(name, most, rfc, help)		int64_t name;
#define TCPSIM_PROFILE_LIST(name, unit, least, most, rfc, help) struct tcpsim_int_list name;
#include <tcpsim/profile_fields.def>
#undef TCPSIM_PROFILE_BOOL
#undef TCPSIM_PROFILE_INT
#undef TCPSIM_PROFILE_TIME
#undef TCPSIM_PROFILE_ENUM
#undef TCPSIM_PROFILE_CHOICE
#undef TCPSIM_PROFILE_CHOICE_TO
#undef TCPSIM_PROFILE_BITS
#undef TCPSIM_PROFILE_LIST
};

enum tcpsim_field_type {
	TCPSIM_FIELD_BOOL,
	TCPSIM_FIELD_INT,
	TCPSIM_FIELD_TIME,
	TCPSIM_FIELD_ENUM,
	TCPSIM_FIELD_CHOICE, /* an enum that systems number: an int64_t */
	TCPSIM_FIELD_BITS,   /* flags in one number: an int64_t */
	TCPSIM_FIELD_LIST
};

struct tcpsim_profile_field {
	const char *name;
	enum tcpsim_field_type type;
	const char *unit; /* "" , "bytes", "segments", "ns" ... */
	const char *rfc;
	const char *help;
	size_t offset;		  /* in struct tcpsim_profile */
	const char *const *words; /* of an enum, a choice or bits, ended by NULL */
	int64_t least, most;	  /* what a number, a time and each member of a list may be */
	const int64_t *bits;	  /* of bits: what each word stands for */
};

extern const struct tcpsim_profile_field tcpsim_profile_schema[];
extern const size_t tcpsim_profile_schema_n;

extern const struct tcpsim_profile tcpsim_profile_bsd44, tcpsim_profile_linux,
	tcpsim_profile_freebsd, tcpsim_profile_rfc9293;

/* Every profile, in the order `tcpsim profiles` lists them; the last one is NULL. */
extern const struct tcpsim_profile *const tcpsim_profiles[];
/* The profile of that name, or NULL. */
const struct tcpsim_profile *tcpsim_profile_find(const char *name);
/* Writes the field's value as text ("1 s", "200 ms", "exact", "1 2 4 8"); returns its length as
 * snprintf does. */
int tcpsim_profile_field_text(const struct tcpsim_profile *profile,
	const struct tcpsim_profile_field *field, char *out, size_t size);
const struct tcpsim_profile_field *tcpsim_profile_field_find(const char *name);
/* What the field may be, as text: "from 1 to 255", "from 1 ms to 60 s", "off, on or both"; its
 * length as snprintf does. */
int tcpsim_profile_field_range_text(
	const struct tcpsim_profile_field *field, char *out, size_t size);
/* Sets a field from text (numbers take ns, us, ms, s for a TIME; a choice and bits take their
 * number too, and bits words with commas between). 0, or -EINVAL if it is no value of it or not in
 * its range; the field is then as it was. Whether the profile still makes sense is for
 * tcpsim_profile_check: one field may have to wait for another. */
int tcpsim_profile_field_set(
	struct tcpsim_profile *profile, const struct tcpsim_profile_field *field, const char *text);
/* Is every field in its range, and does none contradict another (port_first above port_last)? 0, or
 * -EINVAL with what is wrong in `why`, if that is not NULL. */
int tcpsim_profile_check(const struct tcpsim_profile *profile, char *why, size_t size);

/* What the retransmission timer of a SYN is set to after so many retransmissions (0: after the
 * first SYN). */
int64_t tcpsim_profile_syn_timeout(const struct tcpsim_profile *profile, int retransmissions);
/* The same for any handshake's segment (a SYN,ACK's timer begins elsewhere): after the first timeout
 * of `first_ns`, `linear` of them do not grow. */
int64_t tcp_profile_handshake_timeout(
	const struct tcpsim_profile *profile, int64_t first_ns, int linear, int retransmissions);
/* And for the SYN,ACK of a listener's entry. */
int64_t tcp_profile_entry_timeout(const struct tcpsim_profile *profile, int retransmissions);

/*
 * When SYNs leave after the first, derived from tick, initial timeout, backoff and limits: writes
 * up to `max` times in ns since the first SYN (which is not written), and to *give_up_ns when
 * connect() fails. Returns how many. `phase_ns` is where in the tick the first SYN left (0: right
 * at one, the nominal schedule).
 */
int tcpsim_profile_syn_schedule(const struct tcpsim_profile *profile, int64_t phase_ns,
	int64_t *times_ns, int max, int64_t *give_up_ns);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
