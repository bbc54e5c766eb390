/* The error queue. See errors.h. */
#include <errno.h>
#include <netinet/in.h>
#include <socket/address.h>
#include <socket/errors.h>
#include <time.h>

struct entry {
	TAILQ_ENTRY(entry) link;
	struct sock_extended_err error;
	struct tcpsim_addr offender;
	bool has_offender;
	int64_t time_ns;
};

TAILQ_HEAD(entries, entry);

struct socket_errors {
	struct entries queue;
};

void control_add(
	struct msghdr *msg, size_t *used, int level, int type, const void *data, size_t len)
{
	size_t room = msg->msg_control ? msg->msg_controllen : 0;
	struct cmsghdr head = {.cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type};
	char *at = (char *)msg->msg_control + *used;

	if (*used + CMSG_LEN(len) > room) {
		msg->msg_flags |= MSG_CTRUNC;
		return;
	}
	memcpy(at, &head, sizeof(head));
	memcpy(at + CMSG_LEN(0), data, len);
	*used += *used + CMSG_SPACE(len) <= room ? CMSG_SPACE(len) : CMSG_LEN(len);
}

int errors_add(struct tcp_socket *so, const struct sock_extended_err *error,
	const struct tcpsim_addr *offender, int64_t time_ns)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!so->errors) {
		so->errors = calloc(1, sizeof(*so->errors));
		if (so->errors)
			TAILQ_INIT(&so->errors->queue);
	}
	if (!entry || !so->errors) {
		free(entry);
		return -ENOMEM;
	}
	entry->error = *error;
	entry->has_offender = offender;
	if (offender)
		entry->offender = *offender;
	entry->time_ns = time_ns;
	TAILQ_INSERT_TAIL(&so->errors->queue, entry, link);
	socket_wake(so, POLLERR);
	return 0;
}

/* Bytes are always copied here, and the process is told so: SO_EE_CODE_ZEROCOPY_COPIED. */
void errors_add_zerocopy(struct tcp_socket *so, uint32_t id)
{
	struct sock_extended_err error = {.ee_origin = SO_EE_ORIGIN_ZEROCOPY,
		.ee_code = SO_EE_CODE_ZEROCOPY_COPIED,
		.ee_info = id,
		.ee_data = id};
	struct entry *last = errors_pending(so) ? TAILQ_LAST(&so->errors->queue, entries) : NULL;

	if (last && last->error.ee_origin == SO_EE_ORIGIN_ZEROCOPY &&
		last->error.ee_data + 1 == id) {
		last->error.ee_data = id;
		socket_wake(so, POLLERR);
		return;
	}
	errors_add(so, &error, NULL, 0);
}

void errors_add_icmp(struct tcp_socket *so, const struct wire_packet *in, int error)
{
	struct sock_extended_err entry = {.ee_errno = (uint32_t)error,
		.ee_origin = in->segment.ip_version == 4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6,
		.ee_type = in->icmp.type,
		.ee_code = in->icmp.code,
		.ee_info = in->icmp.mtu};

	if (so)
		errors_add(so, &entry, &in->segment.src, so->host->now);
}

bool errors_pending(const struct tcp_socket *so)
{
	return so->errors && !TAILQ_EMPTY(&so->errors->queue);
}

void errors_free(struct tcp_socket *so)
{
	while (errors_pending(so)) {
		struct entry *entry = TAILQ_FIRST(&so->errors->queue);

		TAILQ_REMOVE(&so->errors->queue, entry, link);
		free(entry);
	}
	free(so->errors);
	so->errors = NULL;
}

/* struct sock_extended_err with the offender's address behind it (SO_EE_OFFENDER). */
static void give_error(
	const struct tcp_socket *so, const struct entry *entry, struct msghdr *msg, size_t *used)
{
	bool v4 = so->family == AF_INET;
	uint8_t bytes[sizeof(entry->error) + sizeof(struct sockaddr_in6)] = {0};
	socklen_t room = sizeof(struct sockaddr_in6);
	size_t len = sizeof(entry->error) +
		     (v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	struct sockaddr_in6 offender;

	memcpy(bytes, &entry->error, sizeof(entry->error));
	if (entry->has_offender) {
		address_write(so->family, &entry->offender, 0, (struct sockaddr *)&offender, &room);
		memcpy(bytes + sizeof(entry->error), &offender, room);
	}
	control_add(msg, used, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR,
		bytes, len);
}

ssize_t errors_receive(struct tcp_socket *so, struct msghdr *msg)
{
	struct timespec times[3] = {{0}};
	struct entry *entry;
	size_t used = 0;

	if (!errors_pending(so))
		return -EAGAIN;
	entry = TAILQ_FIRST(&so->errors->queue);
	TAILQ_REMOVE(&so->errors->queue, entry, link);
	msg->msg_flags = MSG_ERRQUEUE;
	if (entry->error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) {
		times[0].tv_sec = entry->time_ns / 1000000000;
		times[0].tv_nsec = entry->time_ns % 1000000000;
		control_add(msg, &used, SOL_SOCKET, SO_TIMESTAMPING, times, sizeof(times));
		msg->msg_flags |= MSG_TRUNC; /* the packet itself is not looped back */
	}
	give_error(so, entry, msg, &used);
	msg->msg_controllen = used;
	msg->msg_namelen = 0;
	free(entry);
	return 0;
}
