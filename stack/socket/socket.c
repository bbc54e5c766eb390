/*
 * Birth and death of a socket, and what the machine tells it. Which combinations of family, type
 * and protocol are TCP: UNP Figures 4.2 to 4.4.
 */
#include <errno.h>
#include <host/entry.h>
#include <host/output.h>
#include <netinet/in.h>
#include <socket/address.h>
#include <socket/descriptors.h>
#include <socket/epoll.h>
#include <socket/errors.h>
#include <socket/habits.h>
#include <socket/marks.h>
#include <socket/ports.h>
#include <socket/socket.h>
#include <tcp/calls.h>
#include <tcp/listen.h>
#include <tcp/md5.h>
#include <tcp/status.h>
#include <wire/packet.h>

#define TYPE_MASK 0xf /* the rest of socket()'s type are flags */

struct tcp_socket *socket_new(struct tcpsim_host *host, int family)
{
	struct tcp_socket *so = pool_take_clear(host->pool, sizeof(*so));

	if (!so)
		return NULL;
	so->settings = pool_take(host->pool, sizeof(*so->settings));
	if (!so->settings) {
		pool_give(host->pool, so, sizeof(*so));
		return NULL;
	}
	tcp_settings_init(so->settings, &host->sys);
	so->host = host;
	so->family = family;
	so->local = family == AF_INET ? ADDR_ANY4 : ADDR_ANY6;
	so->v6only = host->sys.v6only;
	so->fd = -1;
	return so;
}

void socket_free(struct tcp_socket *so)
{
	host_wake_forget(so->host, &so->wake);
	ports_leave(so);
	epoll_forget(so);
	errors_free(so);
	marks_free(so);
	tcp_md5_forget(so);
	pool_give(so->host->pool, so->settings, sizeof(*so->settings));
	pool_give(so->host->pool, so->relics, sizeof(*so->relics));
	pool_give(so->host->pool, so, sizeof(*so));
}

void socket_notice(struct tcp_socket *so, short events)
{
	epoll_notice(so, events);
	host_wake(so->host, &so->wake, so->fd);
}

void socket_stop_listening(struct tcp_socket *so)
{
	struct tcp_settings *settings = pool_take(so->host->pool, sizeof(*settings));

	if (settings)
		*settings = *tcp_settings_of(so);
	tcp_listener_close(so->listener);
	so->listener = NULL;
	so->settings = settings;
}

int socket_take_error(struct tcp_socket *so)
{
	int error = so->error;

	so->error = 0;
	return -error;
}

/* UNP Figure 4.4: the protocols that a family and type may have; 0 ends a row. */
static const struct {
	int family, type;
	int protocols[4];
} COMBINATIONS[] = {
	{AF_INET, SOCK_STREAM, {IPPROTO_TCP, IPPROTO_SCTP}},
	{AF_INET, SOCK_DGRAM, {IPPROTO_UDP}},
	{AF_INET, SOCK_SEQPACKET, {IPPROTO_SCTP}},
	{AF_INET, SOCK_RAW, {-1}}, /* any */
	{AF_INET6, SOCK_STREAM, {IPPROTO_TCP, IPPROTO_SCTP}},
	{AF_INET6, SOCK_DGRAM, {IPPROTO_UDP}},
	{AF_INET6, SOCK_SEQPACKET, {IPPROTO_SCTP}},
	{AF_INET6, SOCK_RAW, {-1}},
	{AF_LOCAL, SOCK_STREAM, {-1}},
	{AF_LOCAL, SOCK_DGRAM, {-1}},
	{AF_LOCAL, SOCK_SEQPACKET, {-1}},
	{AF_ROUTE, SOCK_RAW, {-1}},
	{AF_KEY, SOCK_RAW, {-1}},
};

static enum tcpsim_rule verdict(int family, int type, int protocol)
{
	bool inet = family == AF_INET || family == AF_INET6;

	for (size_t i = 0; i < sizeof(COMBINATIONS) / sizeof(COMBINATIONS[0]); i++) {
		const int *p = COMBINATIONS[i].protocols;

		if (COMBINATIONS[i].family != family || COMBINATIONS[i].type != type)
			continue;
		if (inet && type == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP))
			return TCPSIM_RULE_SOCKET_TCP;
		while (*p && *p != -1 && *p != protocol)
			p++;
		if (protocol == 0 || *p)
			return TCPSIM_RULE_SOCKET_OTHER_PROTOCOL;
		break;
	}
	return TCPSIM_RULE_SOCKET_NO_COMBINATION;
}

/* What socket() says of a combination that is not TCP: Linux's inet_create(), BSD's socreate(). */
static int refusal(const struct tcpsim_profile *sys, int family, int type, int protocol)
{
	const struct socket_habits *habits = socket_habits(sys);

	if (family != AF_INET && family != AF_INET6)
		return -EAFNOSUPPORT;
	if (type == SOCK_STREAM)
		return -EPROTONOSUPPORT;
	if (habits->unknown_type && (type <= 0 || type > SOCK_PACKET))
		return habits->unknown_type;
	if (protocol == 0)
		return habits->other_type;
	if (type == SOCK_DGRAM && habits->wrong_datagram && protocol != IPPROTO_UDP &&
		protocol != (family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return habits->wrong_datagram;
	return habits->other_protocol;
}

static void tell(struct tcpsim_host *host, enum tcpsim_rule rule, int error)
{
	struct tcpsim_event event = {.kind = TCPSIM_EVENT_ERROR, .rule = rule, .error = -error};

	host_event(host, &event);
}

int tcpsim_socket(struct tcpsim_host *host, int family, int type, int protocol)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	int flags = type & ~TYPE_MASK, fd;
	enum tcpsim_rule rule = verdict(family, type & TYPE_MASK, protocol);
	struct tcp_socket *so;

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if (rule != TCPSIM_RULE_SOCKET_TCP) {
		int error = refusal(&host->sys, family, type & TYPE_MASK, protocol);

		tell(host, rule, error);
		return error;
	}
	so = socket_new(host, family);
	if (!so)
		return -ENOMEM;
	fd = descriptor_take(host, so, NULL);
	if (fd < 0) {
		socket_free(so);
		return fd;
	}
	so->nonblocking = flags & SOCK_NONBLOCK;
	so->close_on_exec = flags & SOCK_CLOEXEC;
	return fd;
}
