/* A node's interfaces as a program lists them: lo, then its own in order. See <tcpsim/posix.h>. */
#define TCPSIM_POSIX_NO_MACROS
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "base/sockaddr.h"
#include "process/wait.h"

/* One entry with what it points to behind it, so that one free() is enough for it. */
struct entry {
	struct ifaddrs ifaddrs;
	struct sockaddr_storage addr, mask;
	char name[IF_NAMESIZE];
};

static void put_mask(const struct tcpsim_addr *addr, int prefix_len, struct sockaddr_storage *out)
{
	struct tcpsim_addr mask = *addr;

	for (size_t i = tcpsim_addr_is_v4(addr) ? 12 : 0; i < sizeof(mask.b); i++) {
		int ones = CLAMP(prefix_len, 0, 8);

		mask.b[i] = (uint8_t)(0xff00 >> ones);
		prefix_len -= ones;
	}
	sockaddr_put(&mask, 0, out);
}

static struct ifaddrs *make_entry(
	const char *name, const struct tcpsim_addr *addr, int prefix_len, unsigned flags)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	g_strlcpy(e->name, name, sizeof(e->name));
	sockaddr_put(addr, 0, &e->addr);
	put_mask(addr, prefix_len, &e->mask);
	e->ifaddrs = (struct ifaddrs){.ifa_name = e->name,
		.ifa_flags = IFF_UP | IFF_RUNNING | flags,
		.ifa_addr = (struct sockaddr *)&e->addr,
		.ifa_netmask = (struct sockaddr *)&e->mask};
	return &e->ifaddrs;
}

static struct ifaddrs **append(struct ifaddrs **last, struct ifaddrs *entry)
{
	if (!last || !entry)
		return NULL;
	*last = entry;
	return &entry->ifa_next;
}

int tcpsim_posix_getifaddrs(struct ifaddrs **list)
{
	struct tcpsim_addr lo4 = tcpsim_addr_v4(INADDR_LOOPBACK), lo6 = {{{0}}};
	struct ifaddrs **last = list;
	const struct node *node;

	if (!posix_host())
		return -1;
	if (!list)
		return (int)posix_result(-EFAULT);
	lo6.b[15] = 1;
	*list = NULL;
	node = process_current()->node;
	last = append(last, make_entry("lo", &lo4, 8, IFF_LOOPBACK));
	last = append(last, make_entry("lo", &lo6, 128, IFF_LOOPBACK));
	for (unsigned p = 0; p < node->n_ports; p++) {
		const struct port *port = &node->ports[p];

		for (unsigned a = 0; a < port->n_addr; a++)
			last = append(last, make_entry(port->name, &port->addr[a],
						    port->prefix_len[a], IFF_MULTICAST));
	}
	if (last)
		return 0;
	tcpsim_posix_freeifaddrs(*list);
	*list = NULL;
	return (int)posix_result(-ENOMEM);
}

void tcpsim_posix_freeifaddrs(struct ifaddrs *list)
{
	while (list) {
		struct ifaddrs *next = list->ifa_next;

		free(list);
		list = next;
	}
}

static const char *interface_name(const struct node *node, unsigned index)
{
	if (index == 1)
		return "lo";
	return index >= 2 && index - 2 < node->n_ports ? node->ports[index - 2].name : NULL;
}

unsigned tcpsim_posix_if_nametoindex(const char *name)
{
	const char *is;

	if (!posix_host())
		return 0;
	for (unsigned i = 1; name && (is = interface_name(process_current()->node, i)); i++) {
		if (strcmp(is, name) == 0)
			return i;
	}
	errno = ENODEV;
	return 0;
}

char *tcpsim_posix_if_indextoname(unsigned index, char *name)
{
	const char *is = posix_host() ? interface_name(process_current()->node, index) : NULL;

	if (is && name)
		g_strlcpy(name, is, IF_NAMESIZE);
	else if (process_current())
		errno = is ? EFAULT : ENXIO;
	return is && name ? name : NULL;
}
