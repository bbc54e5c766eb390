/* Names and addresses, as the world knows them. See <tcpsim/posix.h>. */
#define TCPSIM_POSIX_NO_MACROS
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "base/sockaddr.h"
#include "process/wait.h"
#include "world/addresses.h"

#define MOST_ADDRESSES 8

/* One entry with its address behind it, so that one free() is enough for it. */
static struct addrinfo *make_info(
	const struct tcpsim_addr *addr, uint16_t port, const struct addrinfo *hints)
{
	struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(struct sockaddr_storage));
	bool v4 = tcpsim_addr_is_v4(addr);

	if (!info)
		return NULL;
	info->ai_family = v4 ? AF_INET : AF_INET6;
	info->ai_socktype = hints && hints->ai_socktype ? hints->ai_socktype : SOCK_STREAM;
	info->ai_protocol = IPPROTO_TCP;
	info->ai_addr = (struct sockaddr *)(info + 1);
	info->ai_addrlen = sockaddr_put(addr, port, (struct sockaddr_storage *)(info + 1));
	return info;
}

static unsigned addresses_of(const struct node *node, struct tcpsim_addr *out)
{
	unsigned n = 0;

	for (unsigned p = 0; p < node->n_ports; p++) {
		for (unsigned a = 0; a < node->ports[p].n_addr && n < MOST_ADDRESSES; a++)
			out[n++] = node->ports[p].addr[a];
	}
	return n;
}

/* The wildcard or the loopback address of both families. */
static unsigned own_addresses(bool wildcard, struct tcpsim_addr *out)
{
	out[0] = tcpsim_addr_v4(wildcard ? INADDR_ANY : INADDR_LOOPBACK);
	memset(&out[1], 0, sizeof(out[1]));
	out[1].b[15] = !wildcard;
	return 2;
}

/* The addresses that `node` stands for; returns how many of at most MOST_ADDRESSES. */
static unsigned resolve(const char *node, int flags, struct tcpsim_addr *out)
{
	struct node *named = NULL;

	if (!node)
		return own_addresses(flags & AI_PASSIVE, out);
	if (!(flags & AI_NUMERICHOST))
		named = world_node(process_current()->node->world, node);
	if (named)
		return addresses_of(named, out);
	if (strcmp(node, "localhost") == 0 && !(flags & AI_NUMERICHOST))
		return own_addresses(false, out);
	return tcpsim_addr_parse(node, &out[0]);
}

/* A world knows these, whatever the machine's /etc/services has. */
static const struct {
	const char *name;
	uint16_t port;
} SERVICE[] = {{"echo", 7}, {"discard", 9}, {"daytime", 13}, {"chargen", 19}, {"ftp", 21},
	{"ssh", 22}, {"telnet", 23}, {"smtp", 25}, {"time", 37}, {"domain", 53}, {"finger", 79},
	{"http", 80}, {"pop3", 110}, {"imap", 143}, {"https", 443}};
#define N_SERVICES (sizeof(SERVICE) / sizeof(SERVICE[0]))

static bool find_port(const char *service, int flags, uint16_t *port)
{
	char *end = NULL;
	unsigned long number = service ? strtoul(service, &end, 10) : 0;

	*port = (uint16_t)number;
	if (!service || (end != service && !*end && number <= 65535))
		return true;
	for (size_t i = 0; i < N_SERVICES && !(flags & AI_NUMERICSERV); i++) {
		if (strcmp(SERVICE[i].name, service) == 0) {
			*port = SERVICE[i].port;
			return true;
		}
	}
	return false;
}

int tcpsim_posix_getaddrinfo(
	const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
	struct tcpsim_addr addr[MOST_ADDRESSES];
	struct addrinfo **last = list;
	int family = hints ? hints->ai_family : AF_UNSPEC, flags = hints ? hints->ai_flags : 0;
	uint16_t port;

	if (!posix_host())
		return EAI_SYSTEM;
	if (!list) {
		errno = EFAULT;
		return EAI_SYSTEM;
	}
	*list = NULL;
	if (!node && !service)
		return EAI_NONAME;
	if (!find_port(service, flags, &port))
		return EAI_SERVICE;
	for (unsigned i = 0, n = resolve(node, flags, addr); i < n; i++) {
		if (family != AF_UNSPEC && (family == AF_INET) != tcpsim_addr_is_v4(&addr[i]))
			continue;
		*last = make_info(&addr[i], port, hints);
		if (!*last) {
			tcpsim_posix_freeaddrinfo(*list);
			*list = NULL;
			return EAI_MEMORY;
		}
		last = &(*last)->ai_next;
	}
	return *list ? 0 : EAI_NONAME;
}

void tcpsim_posix_freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list);
		list = next;
	}
}

/* The name of the node that has the address, or NULL. */
static const char *name_of(const struct tcpsim_addr *addr)
{
	const struct node *owner = world_owner(process_current()->node->world, addr);

	return owner ? owner->name : NULL;
}

static bool read_sockaddr(
	const struct sockaddr *sa, socklen_t len, struct tcpsim_addr *addr, uint16_t *port)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

	if (!sa)
		return false;
	if (len >= sizeof(*in) && sa->sa_family == AF_INET) {
		*addr = tcpsim_addr_v4(ntohl(in->sin_addr.s_addr));
		*port = ntohs(in->sin_port);
		return true;
	}
	if (len < sizeof(*in6) || sa->sa_family != AF_INET6)
		return false;
	memcpy(addr->b, &in6->sin6_addr, 16);
	*port = ntohs(in6->sin6_port);
	return true;
}

static bool put(const char *text, char *out, socklen_t size)
{
	return !out || !size || g_strlcpy(out, text, size) < size;
}

int tcpsim_posix_getnameinfo(const struct sockaddr *sa, socklen_t len, char *host,
	socklen_t host_len, char *service, socklen_t service_len, int flags)
{
	char number[TCPSIM_ADDRSTRLEN], port_number[8];
	const char *port_name = port_number, *name;
	struct tcpsim_addr addr;
	uint16_t port;

	if (!posix_host())
		return EAI_SYSTEM;
	if (!read_sockaddr(sa, len, &addr, &port))
		return EAI_FAMILY;
	name = flags & NI_NUMERICHOST ? NULL : name_of(&addr);
	if (!name && (flags & NI_NAMEREQD))
		return EAI_NONAME;
	g_snprintf(port_number, sizeof(port_number), "%u", port);
	for (size_t i = 0; i < N_SERVICES && !(flags & NI_NUMERICSERV); i++) {
		if (SERVICE[i].port == port)
			port_name = SERVICE[i].name;
	}
	if (!put(name ? name : tcpsim_addr_text(&addr, number), host, host_len) ||
		!put(port_name, service, service_len))
		return EAI_OVERFLOW;
	return 0;
}

struct hostent *tcpsim_posix_gethostbyname2(const char *name, int family)
{
	static _Thread_local struct in6_addr bytes[MOST_ADDRESSES];
	static _Thread_local char *list[MOST_ADDRESSES + 1], text[NI_MAXHOST], *no_alias[1];
	static _Thread_local struct hostent entry;
	struct tcpsim_addr addr[MOST_ADDRESSES];
	bool v4 = family == AF_INET;
	unsigned n = 0;

	for (unsigned i = 0, all = posix_host() && name ? resolve(name, 0, addr) : 0; i < all;
		i++) {
		if (tcpsim_addr_is_v4(&addr[i]) != v4)
			continue;
		memcpy(&bytes[n], v4 ? addr[i].b + 12 : addr[i].b, v4 ? 4 : 16);
		list[n] = (char *)&bytes[n];
		n++;
	}
	list[n] = NULL;
	h_errno = n ? 0 : HOST_NOT_FOUND;
	g_strlcpy(text, name ? name : "", sizeof(text));
	entry = (struct hostent){.h_name = text,
		.h_aliases = no_alias,
		.h_addrtype = family,
		.h_length = v4 ? 4 : 16,
		.h_addr_list = list};
	return n ? &entry : NULL;
}

struct hostent *tcpsim_posix_gethostbyname(const char *name)
{
	return tcpsim_posix_gethostbyname2(name, AF_INET);
}

struct hostent *tcpsim_posix_gethostbyaddr(const void *bytes, socklen_t len, int family)
{
	struct tcpsim_addr addr = tcpsim_addr_v4(0);
	struct hostent *entry = NULL;
	const char *name = NULL;
	bool v4 = family == AF_INET;

	if (posix_host() && bytes && len == (v4 ? 4 : 16)) {
		memcpy(v4 ? addr.b + 12 : addr.b, bytes, len);
		name = name_of(&addr);
	}
	if (name)
		entry = tcpsim_posix_gethostbyname2(name, family);
	if (!entry)
		h_errno = HOST_NOT_FOUND;
	return entry;
}

/* Services and protocols are of TCP alone. */
static struct servent *service_entry(const char *protocol, size_t i)
{
	static _Thread_local char name[16], tcp[] = "tcp", *no_alias[1];
	static _Thread_local struct servent entry;

	if (!posix_host() || i == N_SERVICES || (protocol && strcmp(protocol, tcp) != 0))
		return NULL;
	g_strlcpy(name, SERVICE[i].name, sizeof(name));
	entry = (struct servent){.s_name = name,
		.s_aliases = no_alias,
		.s_port = htons(SERVICE[i].port),
		.s_proto = tcp};
	return &entry;
}

struct servent *tcpsim_posix_getservbyname(const char *name, const char *protocol)
{
	size_t i = 0;

	while (i < N_SERVICES && (!name || strcmp(SERVICE[i].name, name) != 0))
		i++;
	return service_entry(protocol, i);
}

struct servent *tcpsim_posix_getservbyport(int port, const char *protocol)
{
	size_t i = 0;

	while (i < N_SERVICES && htons(SERVICE[i].port) != port)
		i++;
	return service_entry(protocol, i);
}

static struct protoent *protocol_entry(size_t i)
{
	static _Thread_local char name[8], *no_alias[1];
	static _Thread_local struct protoent entry;
	static const struct {
		const char *name;
		int number;
	} PROTOCOL[] = {{"tcp", IPPROTO_TCP}, {"ip", IPPROTO_IP}};

	if (!posix_host() || i >= sizeof(PROTOCOL) / sizeof(PROTOCOL[0]))
		return NULL;
	g_strlcpy(name, PROTOCOL[i].name, sizeof(name));
	entry = (struct protoent){
		.p_name = name, .p_aliases = no_alias, .p_proto = PROTOCOL[i].number};
	return &entry;
}

struct protoent *tcpsim_posix_getprotobyname(const char *name)
{
	struct protoent *entry = NULL;
	size_t i = 0;

	while (name && (entry = protocol_entry(i++)) && strcmp(entry->p_name, name) != 0)
		;
	return entry;
}

struct protoent *tcpsim_posix_getprotobynumber(int number)
{
	struct protoent *entry;
	size_t i = 0;

	while ((entry = protocol_entry(i++)) && entry->p_proto != number)
		;
	return entry;
}

int tcpsim_posix_gethostname(char *name, size_t size)
{
	if (!posix_host())
		return -1;
	if (!name)
		return (int)posix_result(-EFAULT);
	return g_strlcpy(name, process_current()->node->name, size) < size
		       ? 0
		       : (int)posix_result(-ENAMETOOLONG);
}
