/* net.inet.*, net.inet6.*, kern.*: tcp(4), inet(4), inet6(4) of FreeBSD 14 and 15. See sysctl.h. */
#include <profile/sysctl.h>
#include <time_units.h>

#define AT(f) (uint16_t) offsetof(struct tcpsim_profile, f)
/* The field's range is that of its row in profile_fields.def. WITHIN: the system's own
 * is narrower. */
#define ROW INT64_MIN, INT64_MAX
#define BOOL(name, f)                                                                              \
	{                                                                                          \
		name, SYSCTL_BOOL, {AT(f)}, 0, 1, 0, NULL                                          \
	}
#define NOT(name, f)                                                                               \
	{                                                                                          \
		name, SYSCTL_NOT, {AT(f)}, 0, 1, 0, NULL                                           \
	}
#define INT(name, f) INT_WITHIN(name, f, ROW)
#define INT_WITHIN(name, f, ...)                                                                   \
	{                                                                                          \
		name, SYSCTL_INT, {AT(f)}, __VA_ARGS__, 0, NULL                                    \
	}
#define BOTH(name, f, g)                                                                           \
	{                                                                                          \
		name, SYSCTL_INT, {AT(f), AT(g)}, ROW, 0, NULL                                     \
	}
#define TIME(name, f, unit) TIME_WITHIN(name, f, unit, ROW)
#define TIME_WITHIN(name, f, unit, ...)                                                            \
	{                                                                                          \
		name, SYSCTL_TIME, {AT(f)}, __VA_ARGS__, unit, NULL                                \
	}
#define EITHER(name, f, no, yes)                                                                   \
	{                                                                                          \
		name, SYSCTL_EITHER, {AT(f)}, no, yes, 0, NULL                                     \
	}
#define CHOICE(name, f, no, yes)                                                                   \
	{                                                                                          \
		name, SYSCTL_CHOICE, {AT(f)}, no, yes, 0, NULL                                     \
	}
#define BIT(name, f, bit)                                                                          \
	{                                                                                          \
		name, SYSCTL_BIT, {AT(f)}, 0, 1, bit, NULL                                         \
	}
#define FIXED(name, text)                                                                          \
	{                                                                                          \
		name, SYSCTL_FIXED, {0}, 0, 0, 0, text                                             \
	}
#define FORM(name, form)                                                                           \
	{                                                                                          \
		name, SYSCTL_##form, {0}, 0, 0, 0, NULL                                            \
	}

const struct tcpsim_sysctl SYSCTLS_FREEBSD[] = {
	BOTH("kern.ipc.maxsockbuf", sockbuf_max, sockbuf_send_max),
	INT_WITHIN("kern.ipc.soacceptqueue", somaxconn, 1, 65535),
	INT_WITHIN("kern.ipc.somaxconn", somaxconn, 1, 65535),
	FIXED("kern.osrelease", "14.3-RELEASE"),
	FIXED("kern.osreldate", "1403000"),
	FIXED("kern.ostype", "FreeBSD"),
	FIXED("kern.vm_guest", "none"),
	INT("net.inet.ip.portrange.first", port_first),
	INT("net.inet.ip.portrange.last", port_last),
	CHOICE("net.inet.ip.portrange.randomized", port_order, TCPSIM_PORTS_SEQUENTIAL,
		TCPSIM_PORTS_RANDOM),
	INT("net.inet.ip.portrange.reservedhigh", port_reserved),
	INT("net.inet.ip.ttl", ttl),
	INT("net.inet.tcp.ack_war_cnt", challenge_ack_burst),
	TIME("net.inet.tcp.ack_war_timewindow", challenge_ack_window, NSEC_PER_MSEC),
	BOOL("net.inet.tcp.always_keepalive", always_keepalive),
	INT("net.inet.tcp.blackhole", blackhole),
	FORM("net.inet.tcp.cc.algorithm", CC),
	FORM("net.inet.tcp.cc.available", CCS),
	BOOL("net.inet.tcp.delayed_ack", delayed_ack),
	{"net.inet.tcp.delacktime", SYSCTL_TIME, {AT(delack_min), AT(delack_max)}, ROW,
		NSEC_PER_MSEC, NULL},
	BOOL("net.inet.tcp.drop_synfin", drop_syn_fin),
	INT_WITHIN("net.inet.tcp.ecn.enable", ecn, 0, 4),
	INT("net.inet.tcp.ecn.maxretries", ecn_max_retries),
	EITHER("net.inet.tcp.experimental.initcwnd10", initial_window, 4, 10),
	FIXED("net.inet.tcp.fast_finwait2_recycle", "0"),
	BIT("net.inet.tcp.fastopen.client_enable", fastopen, 1),
	TIME("net.inet.tcp.fastopen.path_disable_time", fastopen_blackhole, NSEC_PER_SEC),
	FORM("net.inet.tcp.fastopen.setkey", KEYS),
	BIT("net.inet.tcp.fastopen.server_enable", fastopen, 2),
	TIME_WITHIN(
		"net.inet.tcp.finwait2_timeout", fin_wait_2_timeout, NSEC_PER_MSEC, 1, INT32_MAX),
	FIXED("net.inet.tcp.functions_available", "freebsd"),
	FIXED("net.inet.tcp.functions_default", "freebsd"),
	FIXED("net.inet.tcp.hostcache.enable", "1"),
	FORM("net.inet.tcp.hostcache.purge", FORGET),
	FORM("net.inet.tcp.hostcache.purgenow", FORGET),
	BOOL("net.inet.tcp.icmp_may_rst", icmp_may_reset),
	INT("net.inet.tcp.initcwnd_segments", initial_window),
	NOT("net.inet.tcp.insecure_ack", ack_throttle),
	CHOICE("net.inet.tcp.insecure_rst", rst_accept, TCPSIM_RST_ACCEPT_EXACT,
		TCPSIM_RST_ACCEPT_WINDOW),
	CHOICE("net.inet.tcp.insecure_syn", syn_accept, TCPSIM_SYN_ACCEPT_CHALLENGE,
		TCPSIM_SYN_ACCEPT_INSECURE),
	INT("net.inet.tcp.keepcnt", keepalive_probes),
	TIME("net.inet.tcp.keepidle", keepalive_idle, NSEC_PER_MSEC),
	TIME_WITHIN("net.inet.tcp.keepinit", connect_timeout, NSEC_PER_MSEC, 1, INT32_MAX),
	TIME("net.inet.tcp.keepintvl", keepalive_interval, NSEC_PER_MSEC),
	INT("net.inet.tcp.maxtcptw", tw_max),
	INT("net.inet.tcp.minmss", mss_min),
	TIME("net.inet.tcp.msl", msl, NSEC_PER_MSEC),
	INT("net.inet.tcp.mssdflt", mss_default),
	FIXED("net.inet.tcp.nolocaltimewait", "0"),
	BOOL("net.inet.tcp.path_mtu_discovery", pmtu_discovery),
	TIME("net.inet.tcp.persmax", persist_max, NSEC_PER_MSEC),
	TIME("net.inet.tcp.persmin", persist_min, NSEC_PER_MSEC),
	BOOL("net.inet.tcp.pmtud_blackhole_detection", pmtu_blackhole),
	INT_WITHIN("net.inet.tcp.pmtud_blackhole_mss", pmtu_blackhole_mss, 28, 65535),
	INT("net.inet.tcp.reass.maxqueuelen", reassembly_max),
	BOOL("net.inet.tcp.recvbuf_auto", autotune),
	INT("net.inet.tcp.recvbuf_max", rcvbuf_max),
	INT("net.inet.tcp.recvspace", rcvbuf),
	INT_WITHIN("net.inet.tcp.retries", retries_max, 0, 12),
	BOOL("net.inet.tcp.rexmit_drop_options", syn_drop_options),
	{"net.inet.tcp.rexmit_initial", SYSCTL_TIME, {AT(syn_rto), AT(rto_initial), AT(synack_rto)},
		ROW, NSEC_PER_MSEC, NULL},
	TIME_WITHIN("net.inet.tcp.rexmit_min", rto_min, NSEC_PER_MSEC, 1, INT32_MAX),
	TIME("net.inet.tcp.rexmit_slop", rto_slop, NSEC_PER_MSEC),
	FORM("net.inet.tcp.rfc1323", RFC1323),
	BOOL("net.inet.tcp.rfc3042", limited_transmit),
	BOOL("net.inet.tcp.rfc3465", abc),
	BOOL("net.inet.tcp.sack.enable", sack),
	BOOL("net.inet.tcp.sendbuf_auto", autotune),
	INT("net.inet.tcp.sendbuf_max", sndbuf_max),
	INT("net.inet.tcp.sendspace", sndbuf),
	INT("net.inet.tcp.syncache.bucketlimit", syn_cache_bucket),
	INT("net.inet.tcp.syncache.cachelimit", syn_backlog_max),
	INT_WITHIN("net.inet.tcp.syncache.rexmtlimit", synack_retries, 0, 12),
	FORM("net.inet.tcp.syncookies", COOKIES),
	FORM("net.inet.tcp.syncookies_only", ONLY),
	BOOL("net.inet.tcp.tolerate_missing_ts", tolerate_missing_ts),
	BOOL("net.inet.tcp.ts_offset_per_conn", ts_offset),
	BOOL("net.inet.tcp.tso", super_segments),
	INT("net.inet.tcp.udp_tunneling_overhead", udp_tunneling_overhead),
	INT("net.inet.tcp.udp_tunneling_port", udp_tunneling_port),
	INT_WITHIN("net.inet.tcp.v6mssdflt", mss_default_v6, 48, 65535),
	INT_WITHIN("net.inet.tcp.v6pmtud_blackhole_mss", pmtu_blackhole_mss_v6, 48, 65535),
	INT("net.inet6.ip6.hlim", ttl),
	BOOL("net.inet6.ip6.v6only", v6only),
	{NULL, SYSCTL_FIXED, {0}, 0, 0, 0, NULL},
};
