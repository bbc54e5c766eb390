/* setsockopt and getsockopt: the search of the table, and the options of SOL_SOCKET. socket(7),
 * getsockopt(2). */
#include <errno.h>
#include <host/entry.h>
#include <host/ports.h>
#include <netinet/in.h>
#include <socket/descriptors.h>
#include <socket/habits.h>
#include <socket/marks.h>
#include <socket/options.h>
#include <socket/socket.h>
#include <sys/time.h>
#include <tcp/listen.h>
#include <tcp/status.h>
#include <tcpsim/options.h>

#define LINUX_MIN_RCVBUF 2304
#define LINUX_MIN_SNDBUF 4608

int option_copy(const void *from, size_t size, void *value, socklen_t *len)
{
	if (*len > size)
		*len = (socklen_t)size;
	memcpy(value, from, *len);
	return 0;
}

bool option_is_fresh(const struct tcp_socket *so)
{
	return !so->listener && !so->deferred &&
	       (!so->tcb || tcp_tcb_state(so->tcb) == TCPSIM_CLOSED);
}

/* --- SOL_SOCKET --- */

static int get_error(struct tcp_socket *so, int *value)
{
	*value = -socket_take_error(so);
	/* Linux sk_getsockopt(): else what is only kept (RFC 1122 §4.2.3.9), once */
	if (!*value && so->tcb && so->host->sys.soft_error_told)
		*value = tcp_take_soft_error(so->tcb);
	return 0;
}

static int get_type(struct tcp_socket *so, int *value)
{
	*value = SOCK_STREAM;
	return 0;
}

static int get_domain(struct tcp_socket *so, int *value)
{
	*value = so->family;
	return 0;
}

static int get_protocol(struct tcp_socket *so, int *value)
{
	*value = IPPROTO_TCP;
	return 0;
}

static int get_accepting(struct tcp_socket *so, int *value)
{
	*value = so->listener ? (so->host->sys.option_bits ? 0x0002 : 1) : 0;
	return 0;
}

static int get_queue_limit(struct tcp_socket *so, int *value)
{
	*value = so->listener ? (int)tcp_listener_backlog(so->listener) : 0;
	return 0;
}

static int get_queue_length(struct tcp_socket *so, int *value)
{
	*value = so->listener ? (int)tcp_listener_completed(so->listener) : 0;
	return 0;
}

/* The size that a process asked for: Linux doubles it for its own book-keeping, BSD refuses what is
 * too large. */
static int buffer_size(
	const struct tcpsim_profile *sys, int value, int64_t most, int least, uint32_t *size)
{
	if (!sys->rcvbuf_doubled) {
		if (value < 1)
			return -EINVAL;
		if (value > most)
			return -ENOBUFS;
		*size = (uint32_t)value;
		return 0;
	}
	if (value < 0 || value > most) /* a negative size counts as a huge one */
		value = (int)most;
	if (value > INT32_MAX / 2)
		value = INT32_MAX / 2;
	*size = (uint32_t)(value * 2 < least ? least : value * 2);
	return 0;
}

static int set_rcvbuf_to(struct tcp_socket *so, int value, int64_t most)
{
	struct tcp_settings *settings = tcp_settings_of(so);
	int error = buffer_size(
		&so->host->sys, value, most, LINUX_MIN_RCVBUF, &settings->receive_buffer);

	if (!error)
		settings->receive_buffer_locked = true;
	return error;
}

static int set_rcvbuf(struct tcp_socket *so, int value)
{
	return set_rcvbuf_to(so, value, so->host->sys.sockbuf_max);
}

static int set_rcvbuf_force(struct tcp_socket *so, int value)
{
	return habits_of(so)->bsd_options ? -ENOPROTOOPT : set_rcvbuf_to(so, value, INT32_MAX / 2);
}

static int get_rcvbuf(struct tcp_socket *so, int *value)
{
	*value = (int)tcp_settings_of(so)->receive_buffer;
	return 0;
}

static int set_sndbuf_to(struct tcp_socket *so, int value, int64_t most)
{
	struct tcp_settings *settings = tcp_settings_of(so);
	int error =
		buffer_size(&so->host->sys, value, most, LINUX_MIN_SNDBUF, &settings->send_buffer);

	if (!error)
		settings->send_buffer_locked = true;
	return error;
}

static int set_sndbuf(struct tcp_socket *so, int value)
{
	return set_sndbuf_to(so, value, so->host->sys.sockbuf_send_max);
}

static int set_sndbuf_force(struct tcp_socket *so, int value)
{
	return habits_of(so)->bsd_options ? -ENOPROTOOPT : set_sndbuf_to(so, value, INT32_MAX / 2);
}

static int get_sndbuf(struct tcp_socket *so, int *value)
{
	*value = (int)tcp_settings_of(so)->send_buffer;
	return 0;
}

/* No more than the buffer may hold: FreeBSD so_setsockopt(), Linux tcp_set_rcvlowat(). */
static int set_lowat(struct tcp_socket *so, int value)
{
	struct tcp_settings *settings = tcp_settings_of(so);
	const struct tcpsim_profile *sys = &so->host->sys;
	uint32_t most = settings->receive_buffer;

	if (habits_of(so)->bsd_options && value < 1)
		return -EINVAL;
	if (value < 0)
		value = INT32_MAX;
	if (sys->rcvbuf_doubled)
		most = (settings->receive_buffer_locked ? most : (uint32_t)sys->rcvbuf_max) / 2;
	if ((uint32_t)value < most)
		most = (uint32_t)value;
	settings->receive_lowat = most ? most : 1;
	return 0;
}

static int get_lowat(struct tcp_socket *so, int *value)
{
	*value = (int)tcp_settings_of(so)->receive_lowat;
	return 0;
}

static int get_send_lowat(struct tcp_socket *so, int *value)
{
	*value = habits_of(so)->send_low_water;
	return 0;
}

static int set_linger(struct tcp_socket *so, const void *value, socklen_t len)
{
	struct tcp_settings *settings = tcp_settings_of(so);
	struct linger linger;

	if (len < sizeof(linger))
		return -EINVAL;
	memcpy(&linger, value, sizeof(linger));
	settings->linger = linger.l_onoff != 0;
	settings->linger_s =
		(uint16_t)(linger.l_linger < 0 || linger.l_linger > UINT16_MAX ? UINT16_MAX
									       : linger.l_linger);
	return 0;
}

static int get_linger(struct tcp_socket *so, void *value, socklen_t *len)
{
	const struct tcp_settings *settings = tcp_settings_of(so);
	struct linger linger = {.l_onoff = settings->linger, .l_linger = settings->linger_s};

	if (linger.l_onoff && so->host->sys.option_bits)
		linger.l_onoff = 0x0080;
	return option_copy(&linger, sizeof(linger), value, len);
}

static int read_timeout(const void *value, socklen_t len, int64_t *ns)
{
	struct timeval tv;

	if (len < sizeof(tv))
		return -EINVAL;
	memcpy(&tv, value, sizeof(tv));
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	if (tv.tv_sec < 0 || tv.tv_sec > INT64_MAX / 1000000000 - 1)
		*ns = 0;
	else
		*ns = (int64_t)tv.tv_sec * 1000000000 + (int64_t)tv.tv_usec * 1000;
	return 0;
}

static int write_timeout(int64_t ns, void *value, socklen_t *len)
{
	struct timeval tv = {.tv_sec = ns / 1000000000, .tv_usec = ns % 1000000000 / 1000};

	return option_copy(&tv, sizeof(tv), value, len);
}

static int set_receive_timeout(struct tcp_socket *so, const void *value, socklen_t len)
{
	return read_timeout(value, len, &so->receive_timeout_ns);
}

static int get_receive_timeout(struct tcp_socket *so, void *value, socklen_t *len)
{
	return write_timeout(so->receive_timeout_ns, value, len);
}

static int set_send_timeout(struct tcp_socket *so, const void *value, socklen_t len)
{
	return read_timeout(value, len, &so->send_timeout_ns);
}

static int get_send_timeout(struct tcp_socket *so, void *value, socklen_t *len)
{
	return write_timeout(so->send_timeout_ns, value, len);
}

static int set_timestamping(struct tcp_socket *so, int value)
{
	if (value < 0 || value > 0x3ffff)
		return -EINVAL;
	tcp_settings_of(so)->timestamping = (uint32_t)value;
	marks_start_count(so);
	return 0;
}

static int get_timestamping(struct tcp_socket *so, int *value)
{
	*value = (int)tcp_settings_of(so)->timestamping;
	return 0;
}

static int set_priority(struct tcp_socket *so, int value)
{
	so->priority = (uint32_t)value;
	return 0;
}

static int get_priority(struct tcp_socket *so, int *value)
{
	*value = (int)so->priority;
	return 0;
}

static int set_mark(struct tcp_socket *so, int value)
{
	so->mark = (uint32_t)value;
	return 0;
}

static int get_mark(struct tcp_socket *so, int *value)
{
	*value = (int)so->mark;
	return 0;
}

static int set_pacing(struct tcp_socket *so, const void *value, socklen_t len)
{
	uint64_t rate = 0;

	if (len < sizeof(uint32_t))
		return -EINVAL;
	memcpy(&rate, value,
		len < sizeof(rate) ? sizeof(uint32_t)
				   : sizeof(rate)); /* little-endian, as Linux here */
	tcp_settings_of(so)->max_pacing_rate = len < sizeof(rate) && rate == UINT32_MAX ? 0 : rate;
	return 0;
}

static int get_pacing(struct tcp_socket *so, void *value, socklen_t *len)
{
	uint64_t rate = tcp_settings_of(so)->max_pacing_rate;

	if (rate == 0)
		rate = UINT64_MAX;
	if (*len < sizeof(rate) && rate > UINT32_MAX)
		rate = UINT32_MAX;
	return option_copy(
		&rate, *len < sizeof(rate) ? sizeof(uint32_t) : sizeof(rate), value, len);
}

#define SO(f)	   (uint16_t) offsetof(struct tcp_socket, f)
#define SETTING(f) (uint16_t) offsetof(struct tcp_settings, f)
#define CALL(n, g, s)                                                                              \
	{                                                                                          \
		.level = SOL_SOCKET, .name = n, .form = OPTION_CALL, .get = g, .set = s            \
	}
#define BUFFER(n, g, s)                                                                            \
	{                                                                                          \
		.level = SOL_SOCKET, .name = n, .form = OPTION_CALL, .get_buffer = g,              \
		.set_buffer = s                                                                    \
	}

const struct option OPTIONS_SOCKET[] = {
	CALL(SO_ACCEPTCONN, get_accepting, NULL),
	CALL(SO_DOMAIN, get_domain, NULL),
	CALL(SO_ERROR, get_error, NULL),
	{.level = SOL_SOCKET,
		.name = SO_KEEPALIVE,
		.form = OPTION_FLAG,
		.offset = SETTING(keepalive),
		.bsd_bit = 0x8},
	CALL(TCPSIM_SO_LISTENQLEN, get_queue_length, NULL),
	CALL(TCPSIM_SO_LISTENQLIMIT, get_queue_limit, NULL),
	BUFFER(SO_LINGER, get_linger, set_linger),
	CALL(SO_MARK, get_mark, set_mark),
	BUFFER(SO_MAX_PACING_RATE, get_pacing, set_pacing),
	{.level = SOL_SOCKET,
		.name = SO_OOBINLINE,
		.form = OPTION_FLAG,
		.offset = SETTING(oob_inline),
		.bsd_bit = 0x100},
	CALL(SO_PRIORITY, get_priority, set_priority),
	CALL(SO_PROTOCOL, get_protocol, NULL),
	CALL(SO_RCVBUF, get_rcvbuf, set_rcvbuf),
	CALL(SO_RCVBUFFORCE, NULL, set_rcvbuf_force),
	CALL(SO_RCVLOWAT, get_lowat, set_lowat),
	BUFFER(SO_RCVTIMEO, get_receive_timeout, set_receive_timeout),
	{.level = SOL_SOCKET,
		.name = SO_REUSEADDR,
		.form = OPTION_SOCKET_FLAG,
		.offset = SO(reuse_addr),
		.bsd_bit = 0x4},
	{.level = SOL_SOCKET,
		.name = SO_REUSEPORT,
		.form = OPTION_SOCKET_FLAG,
		.offset = SO(reuse_port),
		.bsd_bit = 0x200},
	{.level = SOL_SOCKET,
		.name = TCPSIM_SO_REUSEPORT_LB,
		.form = OPTION_SOCKET_FLAG,
		.offset = SO(reuse_port)},
	CALL(SO_SNDBUF, get_sndbuf, set_sndbuf),
	CALL(SO_SNDBUFFORCE, NULL, set_sndbuf_force),
	CALL(SO_SNDLOWAT, get_send_lowat, NULL),
	BUFFER(SO_SNDTIMEO, get_send_timeout, set_send_timeout),
	CALL(SO_TIMESTAMPING, get_timestamping, set_timestamping),
	CALL(SO_TYPE, get_type, NULL),
	{.level = SOL_SOCKET,
		.name = SO_ZEROCOPY,
		.form = OPTION_FLAG,
		.offset = SETTING(zerocopy),
		.min = 0,
		.max = 1},
	OPTION_END,
};

/* --- the table --- */

static const struct option *find(const struct tcpsim_host *host, int level, int name)
{
	const struct option *table = level == SOL_SOCKET    ? OPTIONS_SOCKET
				     : level == IPPROTO_TCP ? OPTIONS_TCP
							    : OPTIONS_IP;

	if (name >= TCPSIM_BSD_OPTION(0) && !socket_habits(&host->sys)->bsd_options)
		return NULL;
	for (; table->level != -1; table++) {
		if (table->level == level && table->name == name)
			return table;
	}
	return NULL;
}

static void *field_of(struct tcp_socket *so, const struct option *option)
{
	char *base = option->form == OPTION_SOCKET_FLAG ? (char *)so : (char *)tcp_settings_of(so);

	return base + option->offset;
}

static int set_int(struct tcp_socket *so, const struct option *option, int value)
{
	void *field;

	if (option->form == OPTION_CALL)
		return option->set ? option->set(so, value) : -ENOPROTOOPT;
	field = field_of(so, option);
	if (option->form == OPTION_FLAG || option->form == OPTION_SOCKET_FLAG) {
		if (option->max == 1 && (value < 0 || value > 1)) /* some flags take nothing else */
			return -EINVAL;
		*(bool *)field = value != 0;
		if (option->form == OPTION_SOCKET_FLAG) /* SO_REUSEADDR: who may share its port */
			port_forget_answers(so->host);
		return 0;
	}
	if (value < option->min || value > option->max)
		return -EINVAL;
	if (option->form == OPTION_U8)
		*(uint8_t *)field = (uint8_t)value;
	else if (option->form == OPTION_U16)
		*(uint16_t *)field = (uint16_t)value;
	else
		*(uint32_t *)field = (uint32_t)value;
	return 0;
}

static int get_int(struct tcp_socket *so, const struct option *option, int *value)
{
	const void *field;

	if (option->form == OPTION_CALL)
		return option->get ? option->get(so, value) : -ENOPROTOOPT;
	field = field_of(so, option);
	if (option->form == OPTION_U8)
		*value = *(const uint8_t *)field;
	else if (option->form == OPTION_U16)
		*value = *(const uint16_t *)field;
	else if (option->form == OPTION_U32)
		*value = (int)*(const uint32_t *)field;
	else if (*(const bool *)field)
		*value = so->host->sys.option_bits && option->bsd_bit ? option->bsd_bit : 1;
	else
		*value = 0;
	return 0;
}

/* One byte is enough for the options of IP: ip(7). To Linux none is a zero, but of these two. */
static int read_int(const struct tcp_socket *so, int level, int name, const void *value,
	socklen_t len, int *number)
{
	if (len >= sizeof(int)) {
		memcpy(number, value, sizeof(int));
		return 0;
	}
	if (level != IPPROTO_IP ||
		(len == 0 && (habits_of(so)->bsd_options || name == IP_TTL || name == IP_FREEBIND)))
		return -EINVAL;
	*number = len ? *(const uint8_t *)value : 0;
	return 0;
}

/* Linux do_ip_getsockopt: who has no room for an int is told in one byte if that holds it. */
static int write_int(
	const struct tcp_socket *so, int level, int number, void *value, socklen_t *len)
{
	uint8_t byte = (uint8_t)number;

	if (level == IPPROTO_IP && !habits_of(so)->bsd_options && *len && *len < sizeof(number) &&
		number == byte)
		return option_copy(&byte, sizeof(byte), value, len);
	return option_copy(&number, sizeof(number), value, len);
}

static bool pushes(const struct option *option, int value)
{
	return option->push == (value ? PUSH_WHEN_ON : PUSH_WHEN_OFF);
}

int tcpsim_setsockopt(
	struct tcpsim_host *host, int fd, int level, int name, const void *value, socklen_t len)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so = descriptor_socket(host, fd);
	const struct option *option = find(host, level, name);
	int error = descriptor_is_socket(host, fd), number = 0;

	if (error)
		return error;
	if (len > INT32_MAX)
		return -EINVAL;
	if (!option && level == IPPROTO_TCP && len < sizeof(int) && !habits_of(so)->bsd_options)
		return -EINVAL; /* Linux do_tcp_setsockopt reads it before it looks at the name */
	if (!option || (level == IPPROTO_IPV6 && so->family == AF_INET))
		return -ENOPROTOOPT;
	if (!value)
		return -EFAULT;
	if (option->set_buffer) {
		error = option->set_buffer(so, value, len);
	} else {
		error = read_int(so, level, name, value, len, &number);
		if (!error)
			error = set_int(so, option, number);
	}
	if (!error && so->tcb)
		tcp_settings_changed(so->tcb, pushes(option, number));
	return error;
}

int tcpsim_getsockopt(
	struct tcpsim_host *host, int fd, int level, int name, void *value, socklen_t *len)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so = descriptor_socket(host, fd);
	const struct option *option = find(host, level, name);
	int error = descriptor_is_socket(host, fd), number = 0;

	if (error)
		return error;
	if (!len || (!value && *len))
		return -EFAULT;
	if (*len > INT32_MAX)
		return -EINVAL;
	if (!option || (level == IPPROTO_IPV6 && so->family == AF_INET))
		return -ENOPROTOOPT;
	if (option->get_buffer)
		return option->get_buffer(so, value, len);
	error = get_int(so, option, &number);
	return error ? error : write_int(so, level, number, value, len);
}
