/* net.ipv4.*, net.core.*, net.ipv6.*: Documentation/networking/ip-sysctl.rst of Linux 6.18. See
 * sysctl.h. */
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
/* Values above `most` came with later systems, whose profiles have the field `since`. */
#define INT_UNTIL(name, f, most, since)                                                            \
	{                                                                                          \
		name, SYSCTL_UNTIL, {AT(f), AT(since)}, ROW, most, NULL                            \
	}
#define TIME(name, f, unit) TIME_WITHIN(name, f, unit, ROW)
#define TIME_WITHIN(name, f, unit, ...)                                                            \
	{                                                                                          \
		name, SYSCTL_TIME, {AT(f)}, __VA_ARGS__, unit, NULL                                \
	}
#define INTS(name, a, b, c)                                                                        \
	{                                                                                          \
		name, SYSCTL_INTS, {AT(a), AT(b), AT(c)}, 1, INT32_MAX, 0, NULL                    \
	}
#define PORTS(name, a, b)                                                                          \
	{                                                                                          \
		name, SYSCTL_PORTS, {AT(a), AT(b)}, ROW, 0, NULL                                   \
	}
#define FIXED(name, text)                                                                          \
	{                                                                                          \
		name, SYSCTL_FIXED, {0}, 0, 0, 0, text                                             \
	}
#define LEGACY(name, least, most)                                                                  \
	{                                                                                          \
		name, SYSCTL_LEGACY, {0}, least, most, 0, NULL                                     \
	}
#define FORM(name, form)                                                                           \
	{                                                                                          \
		name, SYSCTL_##form, {0}, 0, 0, 0, NULL                                            \
	}

const struct tcpsim_sysctl SYSCTLS_LINUX[] = {
	/* /sys/module/tcp_cubic/parameters: a module's parameter, which tests set as they set
	   sysctls */
	INT_WITHIN("module.tcp_cubic.parameters.hystart_detect", hystart, 0, 3),
	FORM("net.core.default_qdisc", QDISC),
	INT_WITHIN("net.core.rmem_max", sockbuf_max, 2304, INT32_MAX),
	INT("net.core.somaxconn", somaxconn),
	INT_WITHIN("net.core.wmem_max", sockbuf_send_max, 4608, INT32_MAX),
	INT("net.ipv4.ip_default_ttl", ttl),
	PORTS("net.ipv4.ip_local_port_range", port_first, port_last),
	{"net.ipv4.ip_no_pmtu_disc", SYSCTL_NOT, {AT(pmtu_discovery)}, 0, 1, 0, NULL},
	BOOL("net.ipv4.ip_nonlocal_bind", nonlocal_bind),
	INT("net.ipv4.ip_unprivileged_port_start", port_reserved),
	BOOL("net.ipv4.tcp_abort_on_overflow", abort_on_overflow),
	LEGACY("net.ipv4.tcp_adv_win_scale", -31, 31),
	FORM("net.ipv4.tcp_allowed_congestion_control", CCS),
	INT("net.ipv4.tcp_app_win", app_win),
	/* what left is no longer the socket's here, as on a TUN device: there is nothing to wait
	   for */
	LEGACY("net.ipv4.tcp_autocorking", 0, 1),
	FORM("net.ipv4.tcp_available_congestion_control", CCS),
	LEGACY("net.ipv4.tcp_backlog_ack_defer", 0, 1), /* sockets are never busy when text comes */
	INT("net.ipv4.tcp_base_mss", base_mss),
	INT("net.ipv4.tcp_challenge_ack_limit", challenge_ack_limit),
	TIME("net.ipv4.tcp_comp_sack_delay_ns", comp_sack_delay, 1),
	INT("net.ipv4.tcp_comp_sack_nr", comp_sack_max),
	INT("net.ipv4.tcp_comp_sack_rtt_percent", comp_sack_rtt_percent),
	TIME("net.ipv4.tcp_comp_sack_slack_ns", comp_sack_slack, 1),
	FORM("net.ipv4.tcp_congestion_control", CC),
	BOOL("net.ipv4.tcp_dsack", dsack),
	INT("net.ipv4.tcp_early_retrans", early_retrans),
	INT_UNTIL("net.ipv4.tcp_ecn", ecn, 2, accecn_settable),
	BOOL("net.ipv4.tcp_ecn_fallback", ecn_fallback),
	INT_UNTIL("net.ipv4.tcp_ecn_option", ecn_option, 2, accecn_settable),
	INT("net.ipv4.tcp_ecn_option_beacon", ecn_option_beacon),
	LEGACY("net.ipv4.tcp_fack", 0, 255),
	INT("net.ipv4.tcp_fastopen", fastopen),
	TIME("net.ipv4.tcp_fastopen_blackhole_timeout_sec", fastopen_blackhole, NSEC_PER_SEC),
	FORM("net.ipv4.tcp_fastopen_key", KEYS),
	TIME("net.ipv4.tcp_fin_timeout", fin_wait_2_timeout, NSEC_PER_SEC),
	INT("net.ipv4.tcp_frto", frto),
	TIME("net.ipv4.tcp_invalid_ratelimit", invalid_ratelimit, NSEC_PER_MSEC),
	TIME_WITHIN("net.ipv4.tcp_keepalive_intvl", keepalive_interval, NSEC_PER_SEC, 1, 32767),
	INT_WITHIN("net.ipv4.tcp_keepalive_probes", keepalive_probes, 1, 127),
	TIME_WITHIN("net.ipv4.tcp_keepalive_time", keepalive_idle, NSEC_PER_SEC, 1, 32767),
	LEGACY("net.ipv4.tcp_limit_output_bytes", 0, INT32_MAX), /* as tcp_autocorking */
	LEGACY("net.ipv4.tcp_low_latency", 0, INT32_MAX),
	INT_WITHIN("net.ipv4.tcp_max_reordering", reordering_max, 1, INT32_MAX),
	INT("net.ipv4.tcp_max_syn_backlog", syn_backlog_max),
	INT("net.ipv4.tcp_max_tw_buckets", tw_max),
	TIME("net.ipv4.tcp_min_rtt_wlen", min_rtt_window, NSEC_PER_SEC),
	INT_WITHIN("net.ipv4.tcp_min_snd_mss", mss_min, 48, 65535),
	INT_WITHIN("net.ipv4.tcp_min_tso_segs", tso_min_segs, 1, 255),
	BOOL("net.ipv4.tcp_moderate_rcvbuf", autotune),
	INT_WITHIN("net.ipv4.tcp_mtu_probe_floor", mtu_probe_floor, 48, 65535),
	INT("net.ipv4.tcp_mtu_probing", mtu_probing),
	FIXED("net.ipv4.tcp_no_metrics_save", "1"),
	FIXED("net.ipv4.tcp_no_ssthresh_metrics_save", "1"),
	INT("net.ipv4.tcp_notsent_lowat", notsent_lowat),
	INT("net.ipv4.tcp_orphan_retries", orphan_retries),
	INT("net.ipv4.tcp_pacing_ca_ratio", pacing_ca_ratio),
	INT("net.ipv4.tcp_pacing_ss_ratio", pacing_ss_ratio),
	INT_WITHIN("net.ipv4.tcp_pingpong_thresh", pingpong_threshold, 1, 255),
	TIME("net.ipv4.tcp_probe_interval", mtu_probe_interval, NSEC_PER_SEC),
	INT("net.ipv4.tcp_probe_threshold", mtu_probe_threshold),
	INT("net.ipv4.tcp_recovery", rack),
	BOOL("net.ipv4.tcp_reflect_tos", reflect_tos),
	INT("net.ipv4.tcp_reordering", dupack_threshold),
	BOOL("net.ipv4.tcp_retrans_collapse", retrans_collapse),
	INT("net.ipv4.tcp_retries1", retries_warn),
	INT("net.ipv4.tcp_retries2", retries_max),
	BOOL("net.ipv4.tcp_rfc1337", rfc1337),
	INTS("net.ipv4.tcp_rmem", rcvbuf_min, rcvbuf, rcvbuf_max),
	TIME_WITHIN("net.ipv4.tcp_rto_max_ms", rto_max, NSEC_PER_MSEC, 1000, 120000),
	TIME_WITHIN("net.ipv4.tcp_rto_min_us", rto_min, NSEC_PER_USEC, 1, 200000),
	BOOL("net.ipv4.tcp_sack", sack),
	BOOL("net.ipv4.tcp_shrink_window", window_shrink),
	BOOL("net.ipv4.tcp_slow_start_after_idle", slow_start_after_idle),
	BOOL("net.ipv4.tcp_stdurg", urgent_at_pointer),
	INT("net.ipv4.tcp_syn_linear_timeouts", syn_linear_timeouts),
	INT_WITHIN("net.ipv4.tcp_syn_retries", syn_retries, 1, 127),
	INT("net.ipv4.tcp_synack_retries", synack_retries),
	INT("net.ipv4.tcp_syncookies", syncookies),
	BOOL("net.ipv4.tcp_thin_linear_timeouts", thin_linear_timeouts),
	FORM("net.ipv4.tcp_timestamps", STAMPS),
	INT("net.ipv4.tcp_tso_rtt_log", tso_rtt_log),
	INT("net.ipv4.tcp_tso_win_divisor", tso_win_divisor),
	INT("net.ipv4.tcp_tw_reuse", tw_reuse),
	TIME_WITHIN("net.ipv4.tcp_tw_reuse_delay", tw_reuse_delay, NSEC_PER_MSEC, 1, 60000),
	BOOL("net.ipv4.tcp_window_scaling", window_scaling),
	INTS("net.ipv4.tcp_wmem", sndbuf_min, sndbuf, sndbuf_max),
	BOOL("net.ipv4.tcp_workaround_signed_windows", signed_windows),
	BOOL("net.ipv6.bindv6only", v6only),
	INT("net.ipv6.conf.all.hop_limit", ttl),
	INT("net.ipv6.conf.default.hop_limit", ttl),
	FIXED("kernel.osrelease", "6.18.0"),
	FIXED("kernel.ostype", "Linux"),
	{NULL, SYSCTL_FIXED, {0}, 0, 0, 0, NULL},
};
