/*
 * Interfaces, their addresses, and the routes over them: the longest prefix decides (RFC 1812
 * §5.2.4.3), among equals the lowest priority. An address brings the route to its
 * own net; what goes to an address of the host itself is looped back. The source is chosen from the
 * interface the route names (RFC 1122 §3.3.4.3, RFC 6724).
 */
#include <errno.h>
#include <host/entry.h>
#include <host/peers.h>
#include <host/routes.h>
#include <time_units.h>

#define LOOPBACK_MTU 65535
/* A longer time than any timer has. */
#define LONGEST_FIXED (INT64_C(86400) * NSEC_PER_SEC)
#define V4_BITS	      96 /* an IPv4 prefix of n bits is one of 96 + n in mapped form */

struct interface {
	char name[16];
	uint32_t mtu;
	bool up;
};

struct address {
	struct tcpsim_addr addr;
	int bits; /* of the prefix, in 128 */
	int interface;
	uint32_t broadcast; /* of its net; 0: it has none */
};

struct prefix_route {
	struct tcpsim_addr prefix, mask;
	int bits;
	int interface;
	struct tcpsim_route_metrics metrics;
	char congestion_control[16];
};

struct routing {
	struct interface *interfaces;
	struct address *addresses;
	struct prefix_route *routes; /* longest prefix first, lowest priority first */
	int n_interfaces, n_addresses, n_routes;
	/* What was found last, for that pair and until then: a connection asks a dozen times while it
	 * is made. [1]: of those who ask for a source, as connect() does before all others. */
	struct found {
		struct tcpsim_addr remote, local;
		int64_t until_ns; /* 0: it is not known any more */
		struct route route;
	} last[2];
};

struct routing *routing_new(void)
{
	return calloc(1, sizeof(struct routing));
}

void routing_free(struct routing *routing)
{
	if (!routing)
		return;
	free(routing->interfaces);
	free(routing->addresses);
	free(routing->routes);
	free(routing);
}

void routing_changed(struct routing *routing)
{
	routing->last[0].until_ns = routing->last[1].until_ns = 0;
}

/* Room for one more of `size` bytes behind the `n` there are; -ENOMEM. */
static int make_room(void *array_pointer, int n, size_t size)
{
	void **array = array_pointer;
	void *larger;

	if (n & (n - 1)) /* grown at powers of two only */
		return 0;
	larger = realloc(*array, (size_t)(n ? n * 2 : 1) * size);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	return 0;
}

static bool is_interface(const struct tcpsim_host *host, int interface)
{
	return interface >= 0 && interface < host->routing->n_interfaces;
}

int tcpsim_host_add_interface(struct tcpsim_host *host, const char *name, uint32_t mtu)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct routing *r = host->routing;
	struct interface *added;

	if (!name)
		return -EFAULT;
	if (strlen(name) >= sizeof(added->name) || r->n_interfaces == HOST_LOOPBACK)
		return -EINVAL;
	if (make_room(&r->interfaces, r->n_interfaces, sizeof(*r->interfaces)))
		return -ENOMEM;
	added = &r->interfaces[r->n_interfaces];
	strcpy(added->name, name);
	added->mtu = mtu;
	added->up = true;
	host->interfaces++;
	return r->n_interfaces++;
}

int tcpsim_host_set_mtu(struct tcpsim_host *host, int interface, uint32_t mtu)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	if (!is_interface(host, interface))
		return -ENODEV;
	host->routing->interfaces[interface].mtu = mtu;
	routing_changed(host->routing);
	return 0;
}

int tcpsim_host_set_up(struct tcpsim_host *host, int interface, bool up)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	if (!is_interface(host, interface))
		return -ENODEV;
	host->down += host->routing->interfaces[interface].up && !up;
	host->down -= !host->routing->interfaces[interface].up && up;
	host->routing->interfaces[interface].up = up;
	routing_changed(host->routing);
	return 0;
}

bool interface_was_set_up(const struct tcpsim_host *host, int interface)
{
	return is_interface(host, interface) && host->routing->interfaces[interface].up;
}

static int bits_of(const struct tcpsim_addr *addr, int prefix_len)
{
	bool v4 = tcpsim_addr_is_v4(addr);

	if (prefix_len < 0 || prefix_len > (v4 ? 32 : 128))
		return -EINVAL;
	return v4 ? V4_BITS + prefix_len : prefix_len;
}

/* RFC 1122 §3.2.1.3(d); nets of two addresses or one have none (RFC 3021). */
static uint32_t broadcast_of(const struct tcpsim_addr *addr, int bits)
{
	int host_bits = 128 - bits;

	if (!tcpsim_addr_is_v4(addr) || host_bits <= 1 || host_bits >= 32)
		return 0;
	return tcpsim_addr_to_v4(addr) | ((UINT32_C(1) << host_bits) - 1);
}

int tcpsim_host_add_address(
	struct tcpsim_host *host, int interface, const struct tcpsim_addr *addr, int prefix_len)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct routing *r = host->routing;
	int bits = addr ? bits_of(addr, prefix_len) : -EFAULT;

	if (!is_interface(host, interface))
		return -ENODEV;
	if (bits < 0)
		return bits;
	if (make_room(&r->addresses, r->n_addresses, sizeof(*r->addresses)))
		return -ENOMEM;
	r->addresses[r->n_addresses] =
		(struct address){*addr, bits, interface, broadcast_of(addr, bits)};
	r->n_addresses++;
	return tcpsim_host_add_route(host, addr, prefix_len, interface, NULL) < 0
		       ? -ENOMEM
		       : r->n_addresses - 1;
}

static bool in_prefix(const struct tcpsim_addr *a, const struct tcpsim_addr *prefix, int bits)
{
	int bytes = bits / 8, rest = bits % 8;

	if (memcmp(a->b, prefix->b, (size_t)bytes) != 0)
		return false;
	return rest == 0 || (a->b[bytes] ^ prefix->b[bytes]) >> (8 - rest) == 0;
}

/* What a connection has room for; more segments than a window can hold are no other figure. */
static void bound_metrics(struct tcpsim_route_metrics *m)
{
	if (m->initcwnd > UINT16_MAX)
		m->initcwnd = UINT16_MAX;
	if (m->initrwnd > UINT16_MAX)
		m->initrwnd = UINT16_MAX;
	if (m->rto_min_ns > LONGEST_FIXED)
		m->rto_min_ns = LONGEST_FIXED;
}

static void set_metrics(struct prefix_route *route, const struct tcpsim_route_metrics *metrics)
{
	route->metrics = metrics ? *metrics : (struct tcpsim_route_metrics){0};
	bound_metrics(&route->metrics);
	route->congestion_control[0] = '\0';
	if (metrics && metrics->congestion_control)
		strncat(route->congestion_control, metrics->congestion_control,
			sizeof(route->congestion_control) - 1);
	route->metrics.congestion_control =
		NULL; /* read from the copy: the array of routes may move */
}

static struct tcpsim_addr mask_of(int bits)
{
	struct tcpsim_addr mask = {0};

	for (int i = 0; i < bits; i++)
		mask.b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return mask;
}

/* The place of that route, or where it would stand: then *is_there is false. */
static int place_of(const struct routing *r, const struct tcpsim_addr *prefix, int bits,
	int64_t priority, bool *is_there)
{
	int at = 0;

	*is_there = false;
	for (; at < r->n_routes && r->routes[at].bits >= bits; at++) {
		const struct prefix_route *route = &r->routes[at];

		if (route->bits > bits)
			continue;
		*is_there = in_prefix(prefix, &route->prefix, bits) &&
			    (priority < 0 || route->metrics.priority == priority);
		if (*is_there || (priority >= 0 && route->metrics.priority > priority))
			break;
	}
	return at;
}

int tcpsim_host_add_route(struct tcpsim_host *host, const struct tcpsim_addr *prefix,
	int prefix_len, int interface, const struct tcpsim_route_metrics *metrics)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct routing *r = host->routing;
	int bits = prefix ? bits_of(prefix, prefix_len) : -EFAULT, at;
	bool is_there;

	if (!is_interface(host, interface))
		return -ENODEV;
	if (bits < 0)
		return bits;
	routing_changed(r);
	at = place_of(r, prefix, bits, metrics ? metrics->priority : 0, &is_there);
	if (is_there) {
		r->routes[at].interface = interface;
		set_metrics(&r->routes[at], metrics);
		return at;
	}
	if (make_room(&r->routes, r->n_routes, sizeof(*r->routes)))
		return -ENOMEM;
	memmove(&r->routes[at + 1], &r->routes[at],
		(size_t)(r->n_routes - at) * sizeof(*r->routes));
	r->routes[at] = (struct prefix_route){
		.prefix = *prefix, .mask = mask_of(bits), .bits = bits, .interface = interface};
	set_metrics(&r->routes[at], metrics);
	r->n_routes++;
	return at;
}

int tcpsim_host_find_route(struct tcpsim_host *host, const struct tcpsim_addr *prefix,
	int prefix_len, int64_t priority)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	int bits = prefix ? bits_of(prefix, prefix_len) : -EFAULT, at;
	bool is_there;

	if (bits < 0)
		return bits;
	at = place_of(host->routing, prefix, bits, priority, &is_there);
	return is_there ? at : -ESRCH;
}

int tcpsim_host_remove_route(struct tcpsim_host *host, const struct tcpsim_addr *prefix,
	int prefix_len, int64_t priority)
{
	int at = tcpsim_host_find_route(host, prefix, prefix_len, priority);
	struct routing *r;

	if (at < 0)
		return at;
	r = host->routing;
	r->n_routes--;
	memmove(&r->routes[at], &r->routes[at + 1],
		(size_t)(r->n_routes - at) * sizeof(*r->routes));
	routing_changed(r);
	return 0;
}

unsigned host_addresses(const struct tcpsim_host *host)
{
	return (unsigned)host->routing->n_addresses;
}

bool host_owns(const struct tcpsim_host *host, const struct tcpsim_addr *addr)
{
	const struct routing *r = host->routing;

	for (int i = 0; i < r->n_addresses; i++) {
		if (tcpsim_addr_eq(&r->addresses[i].addr, addr))
			return true;
	}
	/* The whole of 127/8 and ::1 are this host: RFC 1122 §3.2.1.3(g), RFC 4291 §2.5.3. */
	if (tcpsim_addr_is_v4(addr))
		return addr->b[12] == 127;
	return addr->d[0] == 0 && memcmp(addr->b + 8, "\0\0\0\0\0\0\0\1", 8) == 0;
}

bool addr_is_broadcast_or_multicast(const struct tcpsim_host *host, const struct tcpsim_addr *addr)
{
	const struct routing *r = host->routing;
	uint32_t v4 = tcpsim_addr_to_v4(addr);

	if (!tcpsim_addr_is_v4(addr))
		return addr->b[0] == 0xff; /* RFC 4291 §2.7 */
	if (v4 == UINT32_MAX || v4 >> 28 == 14)
		return true;
	for (int i = 0; i < r->n_addresses; i++) {
		if (v4 == r->addresses[i].broadcast && v4)
			return true;
	}
	return false;
}

static int common_bits(const struct tcpsim_addr *a, const struct tcpsim_addr *b)
{
	for (int i = 0; i < 16; i++) {
		if (a->b[i] != b->b[i])
			return i * 8 + __builtin_clz((unsigned)(a->b[i] ^ b->b[i])) - 24;
	}
	return 128;
}

static bool is_link_local(const struct tcpsim_addr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/*
 * How good a source it is for that way: the interface first. Then in IPv4 an address of the peer's
 * net, the first of them; in IPv6 the scope, then the prefix in common (RFC 6724 §5, rules 2 and
 * 8).
 */
static int source_rank(const struct address *a, const struct tcpsim_addr *remote, int interface)
{
	int rank = (a->interface == interface) * 1024;

	if (tcpsim_addr_is_v4(&a->addr) != tcpsim_addr_is_v4(remote))
		return -1;
	if (tcpsim_addr_is_v4(remote))
		return rank + in_prefix(remote, &a->addr, a->bits);
	return rank + (is_link_local(&a->addr) == is_link_local(remote)) * 512 +
	       common_bits(&a->addr, remote);
}

static bool choose_source(
	struct tcpsim_host *host, const struct tcpsim_addr *remote, struct route *out)
{
	const struct routing *r = host->routing;
	int best = -1;

	for (int i = 0; i < r->n_addresses; i++) {
		int rank = source_rank(&r->addresses[i], remote, out->interface);

		if (rank > best) {
			best = rank;
			out->source = r->addresses[i].addr;
		}
	}
	return best >= 0;
}

static const struct prefix_route *longest_prefix(
	const struct tcpsim_host *host, const struct tcpsim_addr *remote)
{
	const struct routing *r = host->routing;

	for (int i = 0; i < r->n_routes; i++) {
		const struct prefix_route *route = &r->routes[i];

		if (r->interfaces[route->interface].up &&
			!((remote->d[0] ^ route->prefix.d[0]) & route->mask.d[0]) &&
			!((remote->d[1] ^ route->prefix.d[1]) & route->mask.d[1]) &&
			tcpsim_addr_is_v4(remote) == tcpsim_addr_is_v4(&route->prefix))
			return route;
	}
	return NULL;
}

static void loopback_route(const struct tcpsim_addr *remote, struct route *out)
{
	*out = (struct route){.interface = HOST_LOOPBACK,
		.mtu = LOOPBACK_MTU,
		.link_mtu = LOOPBACK_MTU,
		.source = *remote};
}

/* How long what route_find() found holds, unless something changes: as long as a learned MTU is
 * believed. */
static int64_t holds_until(struct tcpsim_host *host, const struct tcpsim_addr *remote)
{
	int64_t until = peers_mtu_until(host, remote);

	return until > host->now ? until : INT64_MAX;
}

static int find(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, struct route *out)
{
	const struct prefix_route *route;
	uint32_t learned;

	if (host_owns(host, remote)) {
		loopback_route(remote, out);
	} else {
		route = longest_prefix(host, remote);
		if (!route)
			return -ENETUNREACH;
		*out = (struct route){.interface = route->interface,
			.metrics = route->metrics,
			.mtu = host->routing->interfaces[route->interface].mtu};
		if (route->congestion_control[0])
			out->metrics.congestion_control = route->congestion_control;
		if (route->metrics.mtu && route->metrics.mtu < out->mtu)
			out->mtu = route->metrics.mtu;
		out->link_mtu = out->mtu;
		learned = route->metrics.mtu_locked ? 0 : peers_mtu(host, remote);
		if (learned && learned < out->mtu)
			out->mtu = learned;
	}
	if (!tcpsim_addr_is_any(local)) {
		out->source = *local;
		return 0;
	}
	if (out->interface == HOST_LOOPBACK)
		return 0;
	return choose_source(host, remote, out) ? 0 : -ENETUNREACH;
}

static int find_anew(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, struct found *found)
{
	struct route route;
	int error = find(host, remote, local, &route);

	if (error)
		return error;
	*found = (struct found){*remote, *local, holds_until(host, remote), route};
	return 0;
}

int route_ask(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, const struct route **out)
{
	static const struct tcpsim_addr ANY = {0};
	struct found *last = host->routing->last;

	if (!local)
		local = &ANY;
	for (int i = 0; i < 2; i++) {
		*out = &last[i].route;
		if (last[i].until_ns > host->now && tcpsim_addr_eq(remote, &last[i].remote) &&
			tcpsim_addr_eq(local, &last[i].local))
			return 0;
	}
	last += tcpsim_addr_is_any(local);
	*out = &last->route;
	return find_anew(host, remote, local, last);
}

int route_find(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, struct route *out)
{
	const struct route *found;
	int error = route_ask(host, remote, local, &found);

	if (!error)
		*out = *found;
	return error;
}

uint16_t route_back(struct tcpsim_host *host, const struct tcpsim_addr *remote, uint16_t came_in_by)
{
	const struct prefix_route *route;

	if (is_link_local(remote))
		return came_in_by;
	if (host_owns(host, remote))
		return HOST_LOOPBACK;
	route = longest_prefix(host, remote);
	return route ? (uint16_t)route->interface : came_in_by;
}
