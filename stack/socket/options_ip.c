/* The options of IPPROTO_IP and IPPROTO_IPV6. ip(7), ipv6(7), RFC 3493 §5, RFC 3542. */
#include <errno.h>
#include <netinet/in.h>
#include <socket/habits.h>
#include <socket/options.h>
#include <tcp/status.h>
#include <tcpsim/options.h>

#define ECN_MASK 3

/* An octet, whatever stands above it. The ECN bits are TCP's own: RFC 3168 §6.1. */
static int set_tos(struct tcp_socket *so, int value)
{
	struct tcp_settings *settings = tcp_settings_of(so);

	settings->tos = (uint8_t)((value & ~ECN_MASK) | (settings->tos & ECN_MASK));
	return 0;
}

/* RFC 3542 §6.5: -1 for the default. */
static int set_tclass(struct tcp_socket *so, int value)
{
	if (value < -1 || value > 255)
		return -EINVAL;
	return set_tos(so, value == -1 ? 0 : value);
}

static int get_tos(struct tcp_socket *so, int *value)
{
	*value = tcp_settings_of(so)->tos;
	return 0;
}

static int set_ttl(struct tcp_socket *so, int value)
{
	if (value != -1 && (value < 1 || value > 255))
		return -EINVAL;
	tcp_settings_of(so)->ttl = (uint8_t)(value == -1 ? 0 : value);
	return 0;
}

static int get_ttl(struct tcp_socket *so, int *value)
{
	uint8_t own = tcp_settings_of(so)->ttl;

	*value = own ? own : (int)so->host->sys.ttl;
	return 0;
}

/* Linux's own: the BSDs have IP_DONTFRAG, which TCP does not look at. */
static int set_discover(struct tcp_socket *so, int value, uint8_t *mode)
{
	if (habits_of(so)->bsd_options)
		return -ENOPROTOOPT;
	if (value < IP_PMTUDISC_DONT || value > IP_PMTUDISC_OMIT)
		return -EINVAL;
	*mode = (uint8_t)(value + 1);
	return 0;
}

static int get_discover(struct tcp_socket *so, int fresh, uint8_t mode, int *value)
{
	if (habits_of(so)->bsd_options)
		return -ENOPROTOOPT;
	*value = mode == PMTU_HOST ? fresh : mode - 1;
	return 0;
}

static int set_mtu_discover(struct tcp_socket *so, int value)
{
	return set_discover(so, value, &tcp_settings_of(so)->pmtu_v4);
}

static int get_mtu_discover(struct tcp_socket *so, int *value)
{
	return get_discover(so, so->host->sys.pmtu_discovery ? IP_PMTUDISC_WANT : IP_PMTUDISC_DONT,
		tcp_settings_of(so)->pmtu_v4, value);
}

static int set_mtu_discover_v6(struct tcp_socket *so, int value)
{
	return set_discover(so, value, &tcp_settings_of(so)->pmtu_v6);
}

static int get_mtu_discover_v6(struct tcp_socket *so, int *value)
{
	return get_discover(so, IPV6_PMTUDISC_WANT, tcp_settings_of(so)->pmtu_v6, value);
}

static int get_mtu(struct tcp_socket *so, int *value)
{
	if (!so->tcb || option_is_fresh(so))
		return -ENOTCONN;
	*value = (int)tcp_current_mtu(so->tcb);
	return 0;
}

/* RFC 3493 §5.3: before bind(). */
static int set_v6only(struct tcp_socket *so, int value)
{
	if (so->local_port || so->tcb || so->listener)
		return -EINVAL;
	so->v6only = value != 0;
	return 0;
}

static int get_v6only(struct tcp_socket *so, int *value)
{
	*value = so->v6only;
	return 0;
}

/* RFC 3542 §11.1: -1 for multicast only (the default), 0 never, 1 always. */
static int set_min_mtu(struct tcp_socket *so, int value)
{
	if (value < -1 || value > 1)
		return -EINVAL;
	tcp_settings_of(so)->min_mtu = (int8_t)value;
	return 0;
}

static int get_min_mtu(struct tcp_socket *so, int *value)
{
	*value = tcp_settings_of(so)->min_mtu;
	return 0;
}

#define SETTING(f) (uint16_t) offsetof(struct tcp_settings, f)
#define SO(f)	   (uint16_t) offsetof(struct tcp_socket, f)
#define IP(n, g, s)                                                                                \
	{                                                                                          \
		.level = IPPROTO_IP, .name = n, .form = OPTION_CALL, .get = g, .set = s            \
	}
#define IPV6(n, g, s)                                                                              \
	{                                                                                          \
		.level = IPPROTO_IPV6, .name = n, .form = OPTION_CALL, .get = g, .set = s          \
	}

const struct option OPTIONS_IP[] = {
	{.level = IPPROTO_IP,
		.name = IP_BIND_ADDRESS_NO_PORT,
		.form = OPTION_SOCKET_FLAG,
		.offset = SO(late_port)},
	{.level = IPPROTO_IP,
		.name = IP_FREEBIND,
		.form = OPTION_SOCKET_FLAG,
		.offset = SO(free_bind)},
	IP(IP_MTU, get_mtu, NULL),
	IP(IP_MTU_DISCOVER, get_mtu_discover, set_mtu_discover),
	{.level = IPPROTO_IP,
		.name = IP_RECVERR,
		.form = OPTION_FLAG,
		.offset = SETTING(receive_error_queue)},
	IP(IP_TOS, get_tos, set_tos),
	IP(IP_TTL, get_ttl, set_ttl),
	{.level = IPPROTO_IPV6,
		.name = IPV6_FREEBIND,
		.form = OPTION_SOCKET_FLAG,
		.offset = SO(free_bind)},
	IPV6(IPV6_MTU, get_mtu, NULL),
	IPV6(IPV6_MTU_DISCOVER, get_mtu_discover_v6, set_mtu_discover_v6),
	{.level = IPPROTO_IPV6,
		.name = IPV6_RECVERR,
		.form = OPTION_FLAG,
		.offset = SETTING(receive_error_queue)},
	IPV6(IPV6_TCLASS, get_tos, set_tclass),
	IPV6(TCPSIM_IPV6_USE_MIN_MTU, get_min_mtu, set_min_mtu),
	IPV6(IPV6_UNICAST_HOPS, get_ttl, set_ttl),
	IPV6(IPV6_V6ONLY, get_v6only, set_v6only),
	OPTION_END,
};
