/* The error queue. See errors.h. */
#include <errno.h>
#include <netinet/in.h>
#include <socket/address.h>
#include <socket/errors.h>
#include <time.h>

struct entry {
	TAILQ_ENTRY(entry) link;
	struct sock_extended_err error;
	int64_t time_ns;
	/* of an ICMP error: who sent it, for whom the packet was that it is about, and the packet from
	 * its TCP header on */
	struct tcpsim_addr offender, tried;
	uint16_t tried_port, len;
	uint8_t text[];
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

static struct entry *add(struct tcp_socket *so, const struct sock_extended_err *error,
	const void *text, uint16_t len)
{
	struct entry *entry = calloc(1, sizeof(*entry) + len);

	if (!so->errors) {
		so->errors = calloc(1, sizeof(*so->errors));
		if (so->errors)
			TAILQ_INIT(&so->errors->queue);
	}
	if (!entry || !so->errors) {
		free(entry);
		return NULL;
	}
	entry->error = *error;
	entry->len = len;
	if (len)
		memcpy(entry->text, text, len);
	TAILQ_INSERT_TAIL(&so->errors->queue, entry, link);
	socket_wake(so, POLLERR);
	return entry;
}

int errors_add_time(struct tcp_socket *so, const struct sock_extended_err *error, int64_t time_ns)
{
	struct entry *entry = add(so, error, NULL, 0);

	if (!entry)
		return -ENOMEM;
	entry->time_ns = time_ns;
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
	add(so, &error, NULL, 0);
}

void errors_add_icmp(struct tcp_socket *so, const struct wire_packet *in, int error)
{
	const struct wire_quote *quote = &in->icmp.quote;
	struct sock_extended_err told = {.ee_errno = (uint32_t)error,
		.ee_origin = in->segment.ip_version == 4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6,
		.ee_type = in->icmp.type,
		.ee_code = in->icmp.code,
		.ee_info = in->icmp.mtu};
	struct entry *entry = add(so, &told, quote->header, quote->header_len);

	if (!entry)
		return;
	entry->offender = in->segment.src;
	entry->tried = quote->dst;
	entry->tried_port = quote->dst_port;
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

static bool is_icmp(const struct entry *entry)
{
	return entry && (entry->error.ee_origin == SO_EE_ORIGIN_ICMP ||
				entry->error.ee_origin == SO_EE_ORIGIN_ICMP6);
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
	if (is_icmp(entry)) {
		address_write(so->family, &entry->offender, 0, (struct sockaddr *)&offender, &room);
		memcpy(bytes + sizeof(entry->error), &offender, room);
	}
	control_add(msg, used, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR,
		bytes, len);
}

/* The text as far as there is room; MSG_TRUNC if there is less. */
static ssize_t give_text(const struct entry *entry, struct msghdr *msg)
{
	size_t given = 0;

	for (size_t i = 0; i < msg->msg_iovlen && given < entry->len; i++) {
		size_t n = msg->msg_iov[i].iov_len;

		if (n > entry->len - given)
			n = entry->len - given;
		if (n)
			memcpy(msg->msg_iov[i].iov_base, entry->text + given, n);
		given += n;
	}
	if (given < entry->len)
		msg->msg_flags |= MSG_TRUNC;
	return (ssize_t)given;
}

/* Linux sock_dequeue_err_skb: of ICMP errors SO_ERROR is that of the next, or nothing. */
static void error_is_of_next(struct tcp_socket *so)
{
	const struct entry *next = TAILQ_FIRST(&so->errors->queue);

	so->error = is_icmp(next) ? (int)next->error.ee_errno : 0;
}

ssize_t errors_receive(struct tcp_socket *so, struct msghdr *msg)
{
	struct timespec times[3] = {{0}};
	struct entry *entry;
	size_t used = 0;
	ssize_t given;

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
	given = give_text(entry, msg);
	give_error(so, entry, msg, &used);
	msg->msg_controllen = used;
	if (!is_icmp(entry) || !msg->msg_name)
		msg->msg_namelen = 0;
	else
		address_write(so->family, &entry->tried, entry->tried_port, msg->msg_name,
			&msg->msg_namelen);
	if (is_icmp(entry))
		error_is_of_next(so);
	free(entry);
	return given;
}
