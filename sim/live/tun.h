/*
 * A TUN device in the namespace that this process is in: whole IP datagrams in and out of the
 * kernel.
 *
 * Addresses and routes are set by ioctl(2), so that neither `ip` nor a netlink library is needed.
 */
#ifndef LIVE_TUN_H
#define LIVE_TUN_H

#include "live/namespace.h"
#include <tcpsim/addr.h>

struct live_tun_address {
	struct tcpsim_addr addr;
	int prefix_len;
};

struct live_tun_config {
	const char *name;
	int mtu;
	const struct live_tun_address *addresses;
	unsigned n_addresses;
	/* What is written and read begins with a struct virtio_net_hdr: joined segments may be written
	 * (live_tun_write_joined). */
	bool joined;
	bool offload; /* the same, and super-segments are read, too: super.h */
};

/*
 * Makes the device, sets it (and lo) up and sends everything that is not local through it. Returns a
 * non-blocking descriptor that the caller closes, or -1 and *error.
 */
int live_tun_open(const struct live_tun_config *config, GError **error);

/*
 * Hands over a datagram as a driver does that joined segments (GRO): the system is told that they
 * were `segment_size` octets each; 0: it is one segment. False: the kernel did not take it.
 */
bool live_tun_write_joined(int fd, const uint8_t *bytes, size_t len, unsigned segment_size);

/* One more address on the device. */
bool live_tun_add(const char *name, const struct live_tun_address *address, GError **error);

/* A route to the host `to` by way of the neighbour `gateway` (NULL: straight through the device);
 * false if it is refused. */
bool live_tun_route(
	const char *name, const struct tcpsim_addr *to, const struct tcpsim_addr *gateway);

#endif
