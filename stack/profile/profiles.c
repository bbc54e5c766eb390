/*
 * The profiles: one .def file a system holds every field of it, and a system that differs from
 * another in a few is that one's file with those fields set again.
 */
#include <profile/icmp_rules.h>
#include <profile/sysctl.h>
#include <string.h>
#include <time_units.h>

#define SEC(n)	 ((n)*NSEC_PER_SEC)
#define MSEC(n)	 ((n)*NSEC_PER_MSEC)
#define USEC(n)	 ((n)*NSEC_PER_USEC)
#define TICKS(n) MSEC(500 * (n)) /* 4.4BSD's PR_SLOWHZ is 2 */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIST_EMPTY                                                                                 \
	{                                                                                          \
		0,                                                                                 \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}
#define LIST(...)                                                                                  \
	{                                                                                          \
		COUNT(((int32_t[]){__VA_ARGS__})),                                                 \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

const struct tcpsim_profile tcpsim_profile_bsd44 = {
#include "bsd44.def"
};

const struct tcpsim_profile tcpsim_profile_linux = {
#include "linux.def"
};

const struct tcpsim_profile tcpsim_profile_freebsd = {
#include "freebsd.def"
};

const struct tcpsim_profile tcpsim_profile_rfc9293 = {
#include "rfc9293.def"
};

/* A derived profile sets some members of its base a second time: that is what it is. */
#pragma GCC diagnostic ignored "-Woverride-init"

static const struct tcpsim_profile UNP = {
#include "bsd44.def"
	.name = "unp",
	.summary = "4.4BSD as UNP §4.3 tells it: ENETUNREACH where the router said network "
		   "unreachable",
	.based_on = "bsd44",
	.icmp_rules = ICMP_UNP,
	.n_icmp_rules = COUNT(ICMP_UNP),
};

/* After 6.18: commit 416dd649f3aa and "reduce tcp_comp_sack_slack_ns default value to 10 usec"; and
 * tcp_ecn may turn on AccECN, which 6.18 has the code for and refuses. */
static const struct tcpsim_profile LINUX_7 = {
#include "linux.def"
	.name = "linux-7",
	.summary = "Linux 7: as 6.18, but ACKs of the same hole wait for up to a third of a round "
		   "trip",
	.based_on = "linux",
	.comp_sack_rtt_percent = 33,
	.comp_sack_slack = USEC(10),
	.accecn_settable = true,
};

/* The tree whose own scripts ask for it: "tcp: implement RFC 7323 window retraction receiver
 * requirements", tcp_rto_max_ms of entries, too, an MSS option that tells the interface's MTU,
 * and header prediction that asks whether the ACK is one of what is out. */
static const struct tcpsim_profile LINUX_7_3 = {
#include "linux.def"
	.name = "linux-7.3",
	.summary = "Linux 7.3: as 7, and text within the largest window that was told is taken",
	.based_on = "linux",
	.comp_sack_rtt_percent = 33,
	.comp_sack_slack = USEC(10),
	.accecn_settable = true,
	.largest_window_holds = true,
	.entry_rto_max = 0,
	.pmtu_limits_adv_mss = false,
	.urgent_again_singly = true,
	.predicted_text_first = false,
};

/* Before commit ccce324dabfe (6.5) SYNs back off from the first; before 3479c7549fb1 the SYN queue
 * holds n. */
static const struct tcpsim_profile LINUX_6_1 = {
#include "linux.def"
	.name = "linux-6.1",
	.summary = "Linux 6.1: SYNs back off from the first",
	.based_on = "linux",
	.window_overrun = TCPSIM_OVERRUN_WHOLE,	      /* commit 9ca48d616ed7 (6.17) */
	.full_memory_is_told = false,		      /* e2142825c120 (6.6) */
	.window_update = TCPSIM_WINDOW_UPDATE_LARGER, /* 800a666141de (6.6) */
	.handshake_echo_checked = false,	      /* 3ba075278c11 (6.15) */
	.time_wait_keeps_ecn = false,		      /* 4618e195f925 (6.15) */
	.syn_linear_timeouts = 0,
	.syn_queue_inclusive = false,
	.rcvbuf_max = 6291456,
	.sockbuf_max = 212992,
	.sockbuf_send_max = 212992,
};

/* UNP Figure 4.10's second column; RFC 2988's initial timeout of 3 s; no congestion control but
 * Reno. */
static const struct tcpsim_profile LINUX_2_4 = {
#include "linux.def"
	.name = "linux-2.4",
	.summary = "Linux 2.4: the backlog of UNP Figure 4.10, first timeout 3 s",
	.based_on = "linux",
	.md5_rule = TCPSIM_MD5_NONE, /* since 2.6.20 */
	.icmp_rules = ICMP_LINUX_2_4,
	.n_icmp_rules = COUNT(ICMP_LINUX_2_4),
	.window_overrun = TCPSIM_OVERRUN_WHOLE,
	.full_memory_is_told = false,
	.window_update = TCPSIM_WINDOW_UPDATE_LARGER,
	.handshake_echo_checked = false,
	.time_wait_keeps_ecn = false,
	.congestion_control = "reno",
	.syn_linear_timeouts = 0,
	.syn_rto = SEC(3),
	.synack_rto = SEC(3),
	.rto_initial = SEC(3),
	.syn_retries = 5,
	.backlog_rule = TCPSIM_BACKLOG_LINUX24,
	.somaxconn = 128,
	.syn_backlog_max = 1024,
	.tw_reuse = 0,
	.syncookies = 0,
	.initial_window = 2,
	.early_retrans = 0,
	.rack = 0,
	.frto = 0,
	.recovery = TCPSIM_RECOVERY_NEWRENO,
	.rst_accept = TCPSIM_RST_ACCEPT_WINDOW,
	.syn_accept = TCPSIM_SYN_ACCEPT_RESET,
	.ack_throttle = false,
	.invalid_ratelimit = 0,
	.super_segments = false,
	.rcvbuf = 87380,
	.rcvbuf_max = 174760,
	.sndbuf_max = 131072,
	.sockbuf_max = 65535,
	.sockbuf_send_max = 65535,
	.ecn = 0,
	.fastopen = 0,
	.port_first = 1024,
	.port_last = 4999,
	.port_order = TCPSIM_PORTS_SEQUENTIAL,
};

/* tcp_syn_backoff[]: the first SYNs do not back off, in case a peer ignores SYNs with options. */
static const struct tcpsim_profile FREEBSD_4_8 = {
#include "freebsd.def"
	.name = "freebsd-4.8",
	.summary = "FreeBSD 4.8: the backlog of UNP Figure 4.10, SYNs each 3 s at first",
	.based_on = "freebsd",
	.md5_rule = TCPSIM_MD5_NONE, /* since 4.10 */
	.congestion_control = "reno",
	.syn_rto = SEC(3),
	.synack_rto = SEC(3),
	.rto_initial = SEC(3),
	.rto_min = SEC(1),
	.rto_slop = MSEC(200),
	.syn_backoff = LIST(1, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64),
	.backoff = LIST(1, 2, 4, 8, 16, 32, 64),
	.delack_min = MSEC(100),
	.delack_max = MSEC(100),
	.sack = false,
	.dsack = false,
	.ts_tick = MSEC(10),
	.ts_offset = false,
	.tolerate_missing_ts = true,
	.rcvbuf = 57344,
	.rcvbuf_max = 57344,
	.sndbuf_max = 32768,
	.sockbuf_max = 262144,
	.sockbuf_send_max = 262144,
	.autotune = false,
	.backlog_rule = TCPSIM_BACKLOG_FREEBSD4,
	.syn_cache = false, /* both queues are counted, as the figure measured it */
	.syncookies = 0,
	.window_rounds_up = false,
	.rst_accept = TCPSIM_RST_ACCEPT_WINDOW,
	.syn_accept = TCPSIM_SYN_ACCEPT_RESET,
	.ack_throttle = false,
	.recovery = TCPSIM_RECOVERY_NEWRENO,
	.initial_window = 1,
	.limited_transmit = false,
	.abc = false,
	.ecn = 0,
	.fastopen = 0,
	.port_first = 1024,
	.port_last = 5000,
	.port_order = TCPSIM_PORTS_SEQUENTIAL,
	.v6only = false,
};

static const struct tcpsim_profile HPUX_11 = {
#include "bsd44.def"
	.name = "hpux-11",
	.summary = "HP-UX 11.11: 4.4BSD with the backlog of UNP Figure 4.10",
	.based_on = "bsd44",
	.backlog_rule = TCPSIM_BACKLOG_HPUX,
	.somaxconn = 20,
};

static const struct tcpsim_profile MACOS_10_2 = {
#include "bsd44.def"
	.name = "macos-10.2",
	.summary = "Mac OS X 10.2.6 and AIX 5.1: 4.4BSD whose backlogs of UNP Figure 4.10 go on "
		   "past 5",
	.based_on = "bsd44",
	.somaxconn = 128,
};

static const struct tcpsim_profile SOLARIS_9 = {
#include "bsd44.def"
	.name = "solaris-9",
	.summary = "Solaris 2.9: 4.4BSD with the backlog of UNP Figure 4.10",
	.based_on = "bsd44",
	.backlog_rule = TCPSIM_BACKLOG_SOLARIS,
	.somaxconn = 128,
};

/* Documented: TcpInitialRtt 3 s, TcpMaxConnectRetransmissions 2. */
static const struct tcpsim_profile WINDOWS = {
#include "rfc9293.def"
	.name = "windows",
	.summary = "the SYN schedule that Windows documents: 0, 3 and 9 s, given up at 21 s",
	.based_on = "rfc9293",
	.syn_rto = SEC(3),
	.syn_retries = 2,
	.connect_timeout = 0,
	.synack_rto = SEC(3),
	.rto_initial = SEC(3),
	.rto_min = MSEC(300),
	.port_order = TCPSIM_PORTS_SEQUENTIAL,
};

/* Appended to, never reordered: seeds and inputs of tests that were kept mean what they meant. */
const struct tcpsim_profile *const tcpsim_profiles[] = {
	&tcpsim_profile_bsd44,
	&tcpsim_profile_linux,
	&tcpsim_profile_freebsd,
	&tcpsim_profile_rfc9293,
	&UNP,
	&LINUX_6_1,
	&LINUX_2_4,
	&FREEBSD_4_8,
	&HPUX_11,
	&MACOS_10_2,
	&SOLARIS_9,
	&WINDOWS,
	&LINUX_7,
	&LINUX_7_3,
	NULL,
};

const struct tcpsim_profile *tcpsim_profile_find(const char *name)
{
	for (int i = 0; tcpsim_profiles[i]; i++) {
		if (strcmp(tcpsim_profiles[i]->name, name) == 0)
			return tcpsim_profiles[i];
	}
	return NULL;
}
