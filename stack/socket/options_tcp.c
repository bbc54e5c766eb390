/* The options of IPPROTO_TCP. tcp(7) of Linux, tcp(4) of FreeBSD; ranges as net/ipv4/tcp.c and
 * tcp_usrreq.c have them. */
#include <cc/cc.h>
#include <errno.h>
#include <socket/habits.h>
#include <socket/options.h>
#include <socket/options_md5.h>
#include <tcp/calls.h>
#include <tcp/status.h>
#include <tcpsim/options.h>
#include <tcpsim/tcp_info.h>
#include <time_units.h>
#include <wire/linux_abi.h>

#define LINUX_MIN_MSS	 88
#define LINUX_MAX_WINDOW 32767
#define LINUX_FIN_MAX_S	 120
#define LINUX_RTO_MAX_MS 120000
#define LINUX_SHORT_TIME (NSEC_PER_SEC / 5)
#define LINUX_MIN_CLAMP	 1152 /* SOCK_MIN_RCVBUF / 2 */
#define CC_NAME_LEN	 16

static const struct tcpsim_profile *sys_of(const struct tcp_socket *so)
{
	return &so->host->sys;
}

/* --- segment size --- */

static int set_maxseg(struct tcp_socket *so, int value)
{
	if (habits_of(so)->maxseg_falls_only) {
		int now;

		now = so->tcb ? (int)tcp_current_mss(so->tcb) : (int)sys_of(so)->mss_default;
		if (value <= 0 || value > now || value + 40 < sys_of(so)->mss_min)
			return -EINVAL;
	} else if (value && (value < LINUX_MIN_MSS || value > LINUX_MAX_WINDOW)) {
		return -EINVAL;
	}
	tcp_settings_of(so)->max_segment = (uint16_t)value;
	return 0;
}

static int get_maxseg(struct tcp_socket *so, int *value)
{
	const struct tcp_settings *settings = tcp_settings_of(so);
	bool ended =
		option_is_fresh(so) && (settings->max_segment || !sys_of(so)->maxseg_remembered);

	if (settings->max_segment && (ended || !so->tcb))
		*value = settings->max_segment;
	else if (!so->tcb && so->relics && sys_of(so)->maxseg_remembered)
		*value = (int)so->relics->snd_mss; /* Linux: tcp_disconnect leaves mss_cache */
	else if (ended || !so->tcb)
		*value = (int)sys_of(so)->mss_default;
	else
		*value = (int)tcp_current_mss(so->tcb);
	return 0;
}

/* --- times and counts that are the profile's until a process says otherwise --- */

static int get_keepidle(struct tcp_socket *so, int *value)
{
	uint32_t own = tcp_settings_of(so)->keepalive_idle_s;

	*value = own ? (int)own : (int)(sys_of(so)->keepalive_idle / NSEC_PER_SEC);
	return 0;
}

static int set_seconds(struct tcp_socket *so, uint32_t *field, int value)
{
	if (value < 1 || value > habits_of(so)->keepalive_most_s)
		return -EINVAL;
	*field = (uint32_t)value;
	return 0;
}

static int set_keepidle(struct tcp_socket *so, int value)
{
	return set_seconds(so, &tcp_settings_of(so)->keepalive_idle_s, value);
}

static int get_keepintvl(struct tcp_socket *so, int *value)
{
	uint32_t own = tcp_settings_of(so)->keepalive_interval_s;

	*value = own ? (int)own : (int)(sys_of(so)->keepalive_interval / NSEC_PER_SEC);
	return 0;
}

static int set_keepintvl(struct tcp_socket *so, int value)
{
	return set_seconds(so, &tcp_settings_of(so)->keepalive_interval_s, value);
}

static int get_keepcnt(struct tcp_socket *so, int *value)
{
	uint8_t own = tcp_settings_of(so)->keepalive_probes;

	*value = own ? own : (int)sys_of(so)->keepalive_probes;
	return 0;
}

static int set_keepcnt(struct tcp_socket *so, int value)
{
	if (value < 1 || value > habits_of(so)->keepalive_probes_most)
		return -EINVAL;
	tcp_settings_of(so)->keepalive_probes = (uint8_t)value;
	return 0;
}

static int get_keepinit(struct tcp_socket *so, int *value)
{
	uint32_t own = tcp_settings_of(so)->syn_timeout_s;

	*value = own ? (int)own : (int)(sys_of(so)->connect_timeout / NSEC_PER_SEC);
	return 0;
}

static int set_keepinit(struct tcp_socket *so, int value)
{
	if (value < 1)
		return -EINVAL;
	tcp_settings_of(so)->syn_timeout_s = (uint32_t)value;
	return 0;
}

static int get_syncnt(struct tcp_socket *so, int *value)
{
	uint8_t own = tcp_settings_of(so)->syn_retries;

	*value = own ? own : (int)sys_of(so)->syn_retries;
	return 0;
}

static int set_syncnt(struct tcp_socket *so, int value)
{
	if (value < 1 || value > 127)
		return -EINVAL;
	tcp_settings_of(so)->syn_retries = (uint8_t)value;
	return 0;
}

static int get_linger2(struct tcp_socket *so, int *value)
{
	const struct tcp_settings *settings = tcp_settings_of(so);

	if (settings->linger2_set < 0)
		*value = -1;
	else
		*value = settings->linger2_set && settings->linger2_s
				 ? (int)settings->linger2_s
				 : (int)(sys_of(so)->fin_wait_2_timeout / NSEC_PER_SEC);
	return 0;
}

static int set_linger2(struct tcp_socket *so, int value)
{
	struct tcp_settings *settings = tcp_settings_of(so);

	settings->linger2_set = value < 0 ? -1 : 1;
	if (value >= 0)
		settings->linger2_s = (uint32_t)(value > LINUX_FIN_MAX_S ? LINUX_FIN_MAX_S : value);
	return 0;
}

/* Seconds as a count of SYN,ACK retransmissions that back off from `rto`, and back: Linux
 * secs_to_retrans(). */
static uint8_t seconds_to_retransmissions(int seconds, const struct tcpsim_profile *sys)
{
	int64_t timeout = sys->synack_rto / NSEC_PER_SEC, period = timeout;
	uint8_t n = 0;

	if (seconds <= 0)
		return 0;
	for (n = 1; seconds > period && n < 255; n++) {
		timeout = timeout * 2 > sys->rto_max / NSEC_PER_SEC ? sys->rto_max / NSEC_PER_SEC
								    : timeout * 2;
		period += timeout;
	}
	return n;
}

static int set_defer_accept(struct tcp_socket *so, int value)
{
	tcp_settings_of(so)->defer_accept = seconds_to_retransmissions(value, sys_of(so));
	return 0;
}

static int get_defer_accept(struct tcp_socket *so, int *value)
{
	int64_t timeout = sys_of(so)->synack_rto / NSEC_PER_SEC, period = timeout;
	uint8_t n = tcp_settings_of(so)->defer_accept;

	*value = 0;
	if (n == 0)
		return 0;
	while (--n) {
		timeout = timeout * 2 > sys_of(so)->rto_max / NSEC_PER_SEC
				  ? sys_of(so)->rto_max / NSEC_PER_SEC
				  : timeout * 2;
		period += timeout;
	}
	*value = (int)period;
	return 0;
}

static int set_user_timeout(struct tcp_socket *so, int value)
{
	if (value < 0)
		return -EINVAL;
	tcp_settings_of(so)->user_timeout_ms = (uint32_t)value;
	return 0;
}

static int get_user_timeout(struct tcp_socket *so, int *value)
{
	*value = (int)tcp_settings_of(so)->user_timeout_ms;
	return 0;
}

/* --- times that Linux keeps in jiffies: whole ones, rounded up, as getsockopt() tells --- */

static int64_t whole_jiffies(const struct tcp_socket *so, int64_t ns)
{
	int64_t jiffy = sys_of(so)->jiffy;

	return (ns + jiffy - 1) / jiffy * jiffy;
}

static int set_rto_max(struct tcp_socket *so, int value)
{
	if (value < 1000 || value > LINUX_RTO_MAX_MS)
		return -EINVAL;
	tcp_settings_of(so)->rto_max_ms =
		(uint32_t)(whole_jiffies(so, value * NSEC_PER_MSEC) / NSEC_PER_MSEC);
	return 0;
}

static int get_rto_max(struct tcp_socket *so, int *value)
{
	uint32_t own = tcp_settings_of(so)->rto_max_ms;

	*value = own ? (int)own : (int)(whole_jiffies(so, sys_of(so)->rto_max) / NSEC_PER_MSEC);
	return 0;
}

/* TCP_TIMEOUT_MIN is two jiffies; TCP_RTO_MIN and TCP_DELACK_MAX are the same. */
static int set_short_time(struct tcp_socket *so, uint32_t *us, int value)
{
	int64_t ns = whole_jiffies(so, value * NSEC_PER_USEC);

	if (value < 0 || ns < 2 * sys_of(so)->jiffy || ns > LINUX_SHORT_TIME)
		return -EINVAL;
	*us = (uint32_t)(ns / NSEC_PER_USEC);
	return 0;
}

static int get_short_time(const struct tcp_socket *so, uint32_t own_us, int64_t otherwise)
{
	return own_us ? (int)own_us : (int)(whole_jiffies(so, otherwise) / NSEC_PER_USEC);
}

static int set_rto_min(struct tcp_socket *so, int value)
{
	return set_short_time(so, &tcp_settings_of(so)->rto_min_us, value);
}

static int get_rto_min(struct tcp_socket *so, int *value)
{
	*value = get_short_time(so, tcp_settings_of(so)->rto_min_us, sys_of(so)->rto_min);
	return 0;
}

static int set_delack_max(struct tcp_socket *so, int value)
{
	return set_short_time(so, &tcp_settings_of(so)->delack_max_us, value);
}

static int get_delack_max(struct tcp_socket *so, int *value)
{
	*value = get_short_time(so, tcp_settings_of(so)->delack_max_us, sys_of(so)->delack_max);
	return 0;
}

/* --- windows and ACKs --- */

static int set_clamp(struct tcp_socket *so, int value)
{
	if (value == 0 && !option_is_fresh(so))
		return -EINVAL;
	tcp_settings_of(so)->window_clamp =
		(uint32_t)(value && value < LINUX_MIN_CLAMP ? LINUX_MIN_CLAMP : value);
	tcp_set_window_clamp(so);
	return 0;
}

static int get_clamp(struct tcp_socket *so, int *value)
{
	*value = (int)tcp_window_clamp(so);
	return 0;
}

static int set_quickack(struct tcp_socket *so, int value)
{
	tcp_set_quickack(so, value);
	return 0;
}

static int get_quickack(struct tcp_socket *so, int *value)
{
	*value = tcp_quickack(so);
	return 0;
}

static int set_lowat(struct tcp_socket *so, int value)
{
	tcp_settings_of(so)->notsent_lowat = (uint32_t)value;
	return 0;
}

static int get_lowat(struct tcp_socket *so, int *value)
{
	*value = (int)tcp_settings_of(so)->notsent_lowat;
	return 0;
}

/* Linux: whoever still asks for it is told nothing, and gets nothing. */
static int set_thin_dupack(struct tcp_socket *so, int value)
{
	return value < 0 || value > 1 ? -EINVAL : 0;
}

static int get_thin_dupack(struct tcp_socket *so, int *value)
{
	*value = 0;
	return 0;
}

/* --- TCP in UDP --- */

static int set_udp_port(struct tcp_socket *so, int value)
{
	if (!option_is_fresh(so) || value < 0 || value > UINT16_MAX)
		return -EINVAL;
	if (value && !sys_of(so)->udp_tunneling_port)
		return -EINVAL;
	tcp_settings_of(so)->udp_port = (uint16_t)value;
	return 0;
}

static int get_udp_port(struct tcp_socket *so, int *value)
{
	*value = so->tcb ? ((const struct conn *)so->tcb)->udp_port : tcp_settings_of(so)->udp_port;
	return 0;
}

/* --- Fast Open --- */

static int set_fastopen(struct tcp_socket *so, int value)
{
	struct tcp_settings *settings = tcp_settings_of(so);

	if (habits_of(so)->fastopen_is_switch) {
		if (!(sys_of(so)->fastopen & (TCPSIM_FASTOPEN_CLIENT | TCPSIM_FASTOPEN_SERVER)))
			return -EPERM;
		settings->fastopen_client = value != 0;
		settings->fastopen_backlog = value ? (uint16_t)sys_of(so)->somaxconn : 0;
		return 0;
	}
	if (value < 0 || (!option_is_fresh(so) && !so->listener))
		return -EINVAL;
	if (value > sys_of(so)->somaxconn) /* fastopen_queue_tune */
		value = (int)sys_of(so)->somaxconn;
	settings->fastopen_backlog = (uint16_t)(value > UINT16_MAX ? UINT16_MAX : value);
	return 0;
}

static int get_fastopen(struct tcp_socket *so, int *value)
{
	const struct tcp_settings *settings = tcp_settings_of(so);

	*value = habits_of(so)->fastopen_is_switch ? settings->fastopen_client
						   : settings->fastopen_backlog;
	return 0;
}

static int set_fastopen_connect(struct tcp_socket *so, int value)
{
	if (value < 0 || value > 1)
		return -EINVAL;
	if (!(sys_of(so)->fastopen & TCPSIM_FASTOPEN_CLIENT))
		return -EOPNOTSUPP;
	if (!option_is_fresh(so))
		return -EINVAL;
	tcp_settings_of(so)->fastopen_client = value;
	return 0;
}

static int get_fastopen_connect(struct tcp_socket *so, int *value)
{
	*value = tcp_settings_of(so)->fastopen_client;
	return 0;
}

static int set_no_cookie(struct tcp_socket *so, int value)
{
	if (value < 0 || value > 1 || (!option_is_fresh(so) && !so->listener))
		return -EINVAL;
	tcp_settings_of(so)->fastopen_no_cookie = value;
	return 0;
}

static int get_no_cookie(struct tcp_socket *so, int *value)
{
	*value = tcp_settings_of(so)->fastopen_no_cookie;
	return 0;
}

static int set_fastopen_key(struct tcp_socket *so, const void *value, socklen_t len)
{
	struct tcp_settings *settings = tcp_settings_of(so);

	if (len != 16 && len != 32)
		return -EINVAL;
	memcpy(settings->fastopen_keys, value, len);
	settings->fastopen_n_keys = (uint8_t)(len / 16);
	settings->has_fastopen_key = true;
	return 0;
}

static int get_fastopen_key(struct tcp_socket *so, void *value, socklen_t *len)
{
	const struct tcp_settings *settings = tcp_settings_of(so);

	if (settings->has_fastopen_key)
		return option_copy(
			settings->fastopen_keys, settings->fastopen_n_keys * 16u, value, len);
	return option_copy(
		so->host->fastopen.key, (size_t)so->host->fastopen.n_keys * 16, value, len);
}

/* --- the rest --- */

static int set_congestion(struct tcp_socket *so, const void *value, socklen_t len)
{
	char name[CC_NAME_LEN] = "";
	const struct cc_ops *ops;

	if (len < 1)
		return -EINVAL;
	memcpy(name, value, len < sizeof(name) - 1 ? len : sizeof(name) - 1);
	ops = cc_find(name);
	if (!ops)
		return -ENOENT;
	return tcp_set_congestion(so, ops);
}

static int get_congestion(struct tcp_socket *so, void *value, socklen_t *len)
{
	const struct cc_ops *ops = tcp_settings_of(so)->congestion_control;
	char name[CC_NAME_LEN] = "";

	strncpy(name, ops ? ops->name : sys_of(so)->congestion_control, sizeof(name) - 1);
	return option_copy(name, sizeof(name), value, len);
}

static int get_info(struct tcp_socket *so, void *value, socklen_t *len)
{
	struct tcpsim_tcp_info info = {0};

	if (so->tcb)
		tcp_fill_info(so->tcb, &info);
	else
		tcp_fill_info_without(so, &info);
	return option_copy(&info, sizeof(info), value, len);
}

static int get_cc_info(struct tcp_socket *so, void *value, socklen_t *len)
{
	union tcp_cc_info info;

	if (habits_of(so)->bsd_options)
		return -ENOPROTOOPT;
	return option_copy(&info, so->tcb ? tcp_cc_info(so->tcb, &info) : 0, value, len);
}

static int set_function(struct tcp_socket *so, const void *value, socklen_t len)
{
	struct tcpsim_function_set set;

	if (len < sizeof(set))
		return -EINVAL;
	memcpy(&set, value, sizeof(set));
	return strncmp(set.function_set_name, "freebsd", sizeof(set.function_set_name)) == 0
		       ? 0
		       : -ENOENT;
}

static int get_function(struct tcp_socket *so, void *value, socklen_t *len)
{
	struct tcpsim_function_set set = {"freebsd", 0};

	return option_copy(&set, sizeof(set), value, len);
}

#define SETTING(f) (uint16_t) offsetof(struct tcp_settings, f)
#define CALL(n, g, s)                                                                              \
	{                                                                                          \
		.level = IPPROTO_TCP, .name = n, .form = OPTION_CALL, .get = g, .set = s           \
	}
#define BUFFER(n, g, s)                                                                            \
	{                                                                                          \
		.level = IPPROTO_TCP, .name = n, .form = OPTION_CALL, .get_buffer = g,             \
		.set_buffer = s                                                                    \
	}
#define FLAG(n, f, bit)                                                                            \
	{                                                                                          \
		.level = IPPROTO_TCP, .name = n, .form = OPTION_FLAG, .offset = SETTING(f),        \
		.bsd_bit = bit                                                                     \
	}
#define HOLDS_BACK(n, f, bit, when)                                                                \
	{                                                                                          \
		.level = IPPROTO_TCP, .name = n, .form = OPTION_FLAG, .offset = SETTING(f),        \
		.bsd_bit = bit, .push = when                                                       \
	}
#define STRICT(n, f)                                                                               \
	{                                                                                          \
		.level = IPPROTO_TCP, .name = n, .form = OPTION_FLAG, .offset = SETTING(f),        \
		.max = 1                                                                           \
	}

const struct option OPTIONS_TCP[] = {
	BUFFER(TCP_CC_INFO, get_cc_info, NULL),
	BUFFER(TCP_CONGESTION, get_congestion, set_congestion),
	HOLDS_BACK(TCP_CORK, cork, 0, PUSH_WHEN_OFF),
	CALL(TCP_DEFER_ACCEPT, get_defer_accept, set_defer_accept),
	CALL(TCP_DELACK_MAX_US, get_delack_max, set_delack_max),
	CALL(TCP_FASTOPEN, get_fastopen, set_fastopen),
	CALL(TCP_FASTOPEN_CONNECT, get_fastopen_connect, set_fastopen_connect),
	BUFFER(TCP_FASTOPEN_KEY, get_fastopen_key, set_fastopen_key),
	CALL(TCP_FASTOPEN_NO_COOKIE, get_no_cookie, set_no_cookie),
	BUFFER(TCPSIM_TCP_FUNCTION_BLK, get_function, set_function),
	BUFFER(TCP_INFO, get_info, NULL),
	STRICT(TCP_INQ, inq),
	CALL(TCP_KEEPCNT, get_keepcnt, set_keepcnt),
	CALL(TCP_KEEPIDLE, get_keepidle, set_keepidle),
	CALL(TCPSIM_TCP_KEEPINIT, get_keepinit, set_keepinit),
	CALL(TCP_KEEPINTVL, get_keepintvl, set_keepintvl),
	CALL(TCP_LINGER2, get_linger2, set_linger2),
	CALL(TCP_MAXSEG, get_maxseg, set_maxseg),
	BUFFER(TCP_MD5SIG, option_get_md5, option_set_md5),
	BUFFER(TCP_MD5SIG_EXT, NULL, option_set_md5_ext),
	HOLDS_BACK(TCP_NODELAY, nodelay, 0x4, PUSH_WHEN_ON),
	FLAG(TCPSIM_TCP_NOOPT, no_options, 0x8),
	HOLDS_BACK(TCPSIM_TCP_NOPUSH, no_push, 0x1000, PUSH_WHEN_OFF),
	CALL(TCP_NOTSENT_LOWAT, get_lowat, set_lowat),
	CALL(TCP_QUICKACK, get_quickack, set_quickack),
	CALL(TCPSIM_TCP_REMOTE_UDP_ENCAPS_PORT, get_udp_port, set_udp_port),
	CALL(TCP_RTO_MAX_MS, get_rto_max, set_rto_max),
	CALL(TCP_RTO_MIN_US, get_rto_min, set_rto_min),
	CALL(TCP_SYNCNT, get_syncnt, set_syncnt),
	CALL(TCP_THIN_DUPACK, get_thin_dupack, set_thin_dupack),
	STRICT(TCP_THIN_LINEAR_TIMEOUTS, thin_linear),
	CALL(TCP_USER_TIMEOUT, get_user_timeout, set_user_timeout),
	CALL(TCP_WINDOW_CLAMP, get_clamp, set_clamp),
	OPTION_END,
};
