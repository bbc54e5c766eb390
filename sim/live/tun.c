#include "live/tun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static bool refused(GError **error, const char *what)
{
	g_set_error(error, LIVE_ERROR, LIVE_ERROR_NETWORK, "%s: %s", what, g_strerror(errno));
	return false;
}

static struct ifreq request(const char *name)
{
	struct ifreq r = {0};

	g_strlcpy(r.ifr_name, name, sizeof(r.ifr_name));
	return r;
}

static bool set_up(int control, const char *name, GError **error)
{
	struct ifreq r = request(name);

	if (ioctl(control, SIOCGIFFLAGS, &r) != 0)
		return refused(error, name);
	r.ifr_flags |= IFF_UP | IFF_RUNNING;
	return ioctl(control, SIOCSIFFLAGS, &r) == 0 || refused(error, name);
}

static void put_v4(struct sockaddr *out, uint32_t addr)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(addr)};

	memcpy(out, &in, sizeof(in));
}

static bool add_v4(
	int control, const char *name, const struct live_tun_address *address, GError **error)
{
	struct ifreq r = request(name);
	int len = address->prefix_len;

	put_v4(&r.ifr_addr, tcpsim_addr_to_v4(&address->addr));
	if (ioctl(control, SIOCSIFADDR, &r) != 0)
		return refused(error, "the device's IPv4 address");
	put_v4(&r.ifr_netmask, len > 0 ? UINT32_MAX << (32 - len) : 0);
	return ioctl(control, SIOCSIFNETMASK, &r) == 0 || refused(error, "the device's netmask");
}

static bool route_v4(int control, const char *name, GError **error)
{
	struct rtentry route = {.rt_flags = RTF_UP, .rt_dev = (char *)name};

	put_v4(&route.rt_dst, 0);
	put_v4(&route.rt_genmask, 0);
	return ioctl(control, SIOCADDRT, &route) == 0 || errno == EEXIST ||
	       refused(error, "the IPv4 route through the device");
}

static bool add_v6(const char *name, const struct live_tun_address *address, GError **error)
{
	int control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct in6_ifreq r = {.ifr6_prefixlen = (uint32_t)address->prefix_len,
		.ifr6_ifindex = (int)if_nametoindex(name)};
	bool ok;

	memcpy(&r.ifr6_addr, address->addr.b, 16);
	ok = control >= 0 && (ioctl(control, SIOCSIFADDR, &r) == 0 || errno == EEXIST);
	if (!ok)
		refused(error, "the device's IPv6 address");
	if (control >= 0)
		close(control);
	return ok;
}

static bool route_v6(const char *name, GError **error)
{
	int control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct in6_rtmsg route = {.rtmsg_flags = RTF_UP,
		.rtmsg_metric = 1,
		.rtmsg_ifindex = (int)if_nametoindex(name)};
	bool ok = control >= 0 && (ioctl(control, SIOCADDRT, &route) == 0 || errno == EEXIST);

	if (!ok)
		refused(error, "the IPv6 route through the device");
	if (control >= 0)
		close(control);
	return ok;
}

/* What the kernel would say by itself on a fresh IPv6 interface is no part of anybody's script. */
static void hush_v6(const char *name)
{
	static const struct {
		const char *setting, *value;
	} QUIET[] = {{"accept_dad", "0"}, {"dad_transmits", "0"}, {"router_solicitations", "0"},
		{"accept_ra", "0"}, {"addr_gen_mode", "1"}};

	for (size_t i = 0; i < G_N_ELEMENTS(QUIET); i++) {
		char *key = g_strdup_printf("net.ipv6.conf.%s.%s", name, QUIET[i].setting);

		live_sysctl_set(key, QUIET[i].value, NULL); /* an older kernel lacks some of them */
		g_free(key);
	}
}

#define OFFLOADS (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)

static int open_device(const struct live_tun_config *config, GError **error)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct ifreq r = request(config->name);

	r.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (config->joined || config->offload)
		r.ifr_flags |= IFF_VNET_HDR;
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &r) == 0 &&
		(!config->offload || ioctl(fd, TUNSETOFFLOAD, OFFLOADS) == 0))
		return live_high_fd(fd);
	g_set_error(error, LIVE_ERROR, LIVE_ERROR_TUN,
		"no TUN device can be had (/dev/net/tun: %s); load the module `tun`, or make "
		"/dev/net/tun "
		"readable and writable for this user",
		g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

bool live_tun_add(const char *name, const struct live_tun_address *address, GError **error)
{
	int control;
	bool ok;

	if (!tcpsim_addr_is_v4(&address->addr))
		return add_v6(name, address, error);
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ok = control >= 0 ? add_v4(control, name, address, error) : refused(error, "a socket");
	if (control >= 0)
		close(control);
	return ok;
}

static bool configure(int control, const struct live_tun_config *config, GError **error)
{
	const struct live_tun_address *addresses = config->addresses;
	const char *name = config->name;
	struct ifreq r = request(name);
	bool ok = true, has_v6 = false, has_v4 = false;

	r.ifr_mtu = config->mtu;
	if (ioctl(control, SIOCSIFMTU, &r) != 0)
		return refused(error, "the device's MTU");
	hush_v6(name);
	if (!set_up(control, "lo", error) || !set_up(control, name, error))
		return false;
	for (unsigned i = 0; i < config->n_addresses && ok; i++) {
		ok = live_tun_add(name, &addresses[i], error);
		has_v4 |= tcpsim_addr_is_v4(&addresses[i].addr);
		has_v6 |= !tcpsim_addr_is_v4(&addresses[i].addr);
	}
	return ok && (!has_v4 || route_v4(control, name, error)) &&
	       (!has_v6 || route_v6(name, error));
}

int live_tun_open(const struct live_tun_config *config, GError **error)
{
	int fd = open_device(config, error), control;
	bool ok;

	if (fd < 0)
		return -1;
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ok = control >= 0 ? configure(control, config, error) : refused(error, "a socket");
	if (control >= 0)
		close(control);
	if (ok)
		return fd;
	close(fd);
	return -1;
}

bool live_tun_write_joined(int fd, const uint8_t *bytes, size_t len, unsigned segment_size)
{
	struct virtio_net_hdr header = {0};
	struct iovec parts[] = {
		{&header, sizeof(header)},
		{(void *)bytes, len},
	};
	bool v4 = len > 0 && bytes[0] >> 4 == 4;

	if (segment_size) {
		header.gso_type = v4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
		header.gso_size = (uint16_t)segment_size;
	}
	return writev(fd, parts, G_N_ELEMENTS(parts)) >= 0;
}

static bool route_v4_via(int control, const char *name, uint32_t to, uint32_t gateway)
{
	struct rtentry route = {.rt_flags = RTF_UP | RTF_HOST, .rt_dev = (char *)name};

	put_v4(&route.rt_dst, to);
	put_v4(&route.rt_genmask, UINT32_MAX);
	put_v4(&route.rt_gateway, gateway);
	if (gateway)
		route.rt_flags |= RTF_GATEWAY;
	return ioctl(control, SIOCADDRT, &route) == 0;
}

#define IP_METRIC                                                                                  \
	1024 /* of a route that `ip -6 route` makes, and the one that it looks for to change */

static bool route_v6_via(int control, const char *name, const struct tcpsim_addr *to,
	const struct tcpsim_addr *gateway)
{
	struct in6_rtmsg route = {.rtmsg_flags = RTF_UP | RTF_HOST,
		.rtmsg_metric = IP_METRIC,
		.rtmsg_dst_len = 128,
		.rtmsg_ifindex = (int)if_nametoindex(name)};

	memcpy(&route.rtmsg_dst, to->b, 16);
	if (gateway) {
		route.rtmsg_flags |= RTF_GATEWAY;
		memcpy(&route.rtmsg_gateway, gateway->b, 16);
	}
	return ioctl(control, SIOCADDRT, &route) == 0;
}

bool live_tun_route(
	const char *name, const struct tcpsim_addr *to, const struct tcpsim_addr *gateway)
{
	bool v4 = tcpsim_addr_is_v4(to), ok;
	int control = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (control < 0)
		return false;
	ok = v4 ? route_v4_via(control, name, tcpsim_addr_to_v4(to),
			  gateway ? tcpsim_addr_to_v4(gateway) : 0)
		: route_v6_via(control, name, to, gateway);
	close(control);
	return ok;
}
