/* Calls in words. See posix_text.h. */
#include "process/posix_text.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "process/process.h"
#include "script/language/symbols.h"
#include "world/addresses.h"

#define SHORT	 96
#define IOV_MOST 1024 /* UIO_MAXIOV */

/* A name that stands for one address of each family, and not for several. */
static bool name_says_it(const struct node *node, const struct tcpsim_addr *addr)
{
	unsigned same = 0;

	for (unsigned p = 0; p < node->n_ports; p++)
		for (unsigned a = 0; a < node->ports[p].n_addr; a++)
			same += tcpsim_addr_is_v4(&node->ports[p].addr[a]) ==
				tcpsim_addr_is_v4(addr);
	return same == 1;
}

static void put_address(char out[SHORT], const struct tcpsim_addr *addr, unsigned port)
{
	const struct tcpsim_world *world = process_current()->node->world;
	const struct node *node = world_owner(world, addr);
	char text[TCPSIM_ADDRSTRLEN];

	if (node && name_says_it(node, addr))
		snprintf(out, SHORT, "%.60s:%u", node->name, port);
	else
		snprintf(out, SHORT, tcpsim_addr_is_v4(addr) ? "%s:%u" : "[%s]:%u",
			tcpsim_addr_text(addr, text), port);
}

const char *posix_address_text(const struct sockaddr *addr, socklen_t len)
{
	static _Thread_local char out[SHORT];
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	struct tcpsim_addr own;

	*out = '\0';
	if (!process_is_watched())
		return out;
	if (!addr) {
		snprintf(out, sizeof(out), "NULL");
	} else if (addr->sa_family == AF_INET && len >= sizeof(*in)) {
		own = tcpsim_addr_v4(ntohl(in->sin_addr.s_addr));
		put_address(out, &own, ntohs(in->sin_port));
	} else if (addr->sa_family == AF_INET6 && len >= sizeof(*in6)) {
		memcpy(own.b, &in6->sin6_addr, sizeof(own.b));
		put_address(out, &own, ntohs(in6->sin6_port));
	} else {
		snprintf(out, sizeof(out), "{sa_family=%d}, %u", addr->sa_family, (unsigned)len);
	}
	return out;
}

static void put_name(char *out, size_t size, const char *prefix, int64_t value)
{
	const char *name = symbol_name(prefix, value);

	if (name)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%lld", (long long)value);
}

const char *posix_socket_text(int family, int type, int protocol)
{
	static _Thread_local char out[SHORT * 2];
	char f[32], t[32], p[32];

	*out = '\0';
	if (!process_is_watched())
		return out;
	put_name(f, sizeof(f), "AF_", family);
	put_name(t, sizeof(t), "SOCK_", type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC));
	if (protocol)
		put_name(p, sizeof(p), "IPPROTO_", protocol);
	else
		snprintf(p, sizeof(p), "0");
	snprintf(out, sizeof(out), "%s, %s%s%s, %s", f, t,
		type & SOCK_NONBLOCK ? "|SOCK_NONBLOCK" : "",
		type & SOCK_CLOEXEC ? "|SOCK_CLOEXEC" : "", p);
	return out;
}

static const char *option_prefix(int level)
{
	switch (level) {
	case SOL_SOCKET: return "SO_";
	case IPPROTO_TCP: return "TCP_";
	case IPPROTO_IPV6: return "IPV6_";
	default: return "IP_";
	}
}

static void put_value(char *out, size_t size, int level, int name, const void *value, socklen_t len)
{
	int n[2] = {0};

	*out = '\0';
	if (!value)
		return;
	memcpy(n, value, len < sizeof(n) ? len : sizeof(n));
	if (level == SOL_SOCKET && name == SO_LINGER)
		snprintf(out, size, ", {on=%d, %d s}", n[0], n[1]);
	else if (len == sizeof(int))
		snprintf(out, size, ", %d", n[0]);
	else if (len && len <= 16)
		snprintf(out, size, ", \"%.*s\"", (int)len, (const char *)value);
}

const char *posix_option_text(int level, int name, const void *value, socklen_t len)
{
	static _Thread_local char out[SHORT * 2];
	char l[32], n[48], v[48];

	*out = '\0';
	if (!process_is_watched())
		return out;
	put_name(l, sizeof(l), level == SOL_SOCKET ? "SOL_" : "IPPROTO_", level);
	put_name(n, sizeof(n), option_prefix(level), name);
	put_value(v, sizeof(v), level, name, value, len);
	snprintf(out, sizeof(out), "%s, %s%s", l, n, v);
	return out;
}

const char *posix_name_text(const char *prefix, int value)
{
	static _Thread_local char out[SHORT];

	*out = '\0';
	if (process_is_watched())
		put_name(out, sizeof(out), prefix, value);
	return out;
}

const char *posix_flag_text(const char *prefix, int flags)
{
	static _Thread_local char out[SHORT];
	char name[48];
	size_t at = 0;

	snprintf(out, sizeof(out), "0");
	for (unsigned bit = 0; bit < 31 && process_is_watched(); bit++) {
		if (!(flags & (1 << bit)))
			continue;
		put_name(name, sizeof(name), prefix, 1 << bit);
		if (at < sizeof(out))
			at += (size_t)snprintf(
				out + at, sizeof(out) - at, "%s%s", at ? "|" : "", name);
	}
	return out;
}

size_t posix_message_len(const struct msghdr *message)
{
	size_t total = 0;

	if (!message || !message->msg_iov || message->msg_iovlen > IOV_MOST)
		return 0; /* the call will be refused */
	for (size_t i = 0; i < message->msg_iovlen; i++)
		total += message->msg_iov[i].iov_len;
	return total;
}
