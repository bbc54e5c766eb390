#include "live/watch.h"
#include "time_units.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A burst of a whole window must fit. */
#define BUFFER (4 << 20)

int live_watch_open(const char *device, GError **error)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device)};
	int on = 1, buffer = BUFFER;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == 0) {
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) != 0)
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
		return live_high_fd(fd);
	}
	g_set_error(error, LIVE_ERROR, LIVE_ERROR_NETWORK, "no packet socket on %s: %s", device,
		g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int64_t time_of(struct msghdr *msg)
{
	struct timespec time = {0};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&time, CMSG_DATA(c), sizeof(time));
	return time.tv_sec * NSEC_PER_SEC + time.tv_nsec;
}

size_t live_watch_next(int fd, uint8_t *out, size_t size, int64_t *time_ns)
{
	for (;;) {
		struct sockaddr_ll from = {0};
		struct iovec iov = {.iov_base = out, .iov_len = size};
		char control[128];
		struct msghdr msg = {.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		if (from.sll_pkttype != PACKET_OUTGOING)
			continue;
		*time_ns = time_of(&msg);
		return (size_t)n;
	}
}
