/* One question to sock_diag, one answer. See kernel_sockets.h. */
#include "live/kernel_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/namespace.h"

#define NEW_SYN_RECV 12 /* include/net/tcp_states.h: an entry of the incomplete queue */

struct question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};

int kernel_sockets_open(void)
{
	return live_high_fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
}

static void put_address(__be32 out[4], const struct tcpsim_addr *addr)
{
	uint32_t v4;

	memset(out, 0, 4 * sizeof(*out));
	if (tcpsim_addr_is_v4(addr)) {
		v4 = htonl(tcpsim_addr_to_v4(addr));
		memcpy(out, &v4, sizeof(v4));
	} else {
		memcpy(out, addr->b, sizeof(addr->b));
	}
}

static struct question question_about(const struct kernel_names *names)
{
	struct question q = {.header = {.nlmsg_len = sizeof(q),
				     .nlmsg_type = SOCK_DIAG_BY_FAMILY,
				     .nlmsg_flags = NLM_F_REQUEST},
		.request = {.sdiag_family = tcpsim_addr_is_v4(&names->local) ? AF_INET : AF_INET6,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_ext = 1 << (INET_DIAG_INFO - 1),
			.idiag_states = UINT32_MAX}};

	put_address(q.request.id.idiag_src, &names->local);
	put_address(q.request.id.idiag_dst, &names->remote);
	q.request.id.idiag_sport = htons(names->local_port);
	q.request.id.idiag_dport = htons(names->remote_port);
	q.request.id.idiag_cookie[0] = q.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return q;
}

enum tcpsim_state kernel_socket_state(unsigned number)
{
	if (number == NEW_SYN_RECV)
		return TCPSIM_SYN_RCVD;
	for (int state = 0; state < TCPSIM_NSTATES; state++)
		if (tcpsim_state_linux_number((enum tcpsim_state)state) == number)
			return (enum tcpsim_state)state;
	return TCPSIM_CLOSED;
}

static void take_info(struct kernel_socket *out, const struct nlmsghdr *header)
{
	const struct inet_diag_msg *told = NLMSG_DATA(header);
	const struct rtattr *a = (const struct rtattr *)(told + 1);
	int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof(*told)));

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type != INET_DIAG_INFO)
			continue;
		out->info_len = (uint32_t)MIN(RTA_PAYLOAD(a), sizeof(out->info));
		memcpy(out->info, RTA_DATA(a), out->info_len);
	}
}

bool kernel_sockets_ask(int fd, const struct kernel_names *names, struct kernel_socket *out)
{
	struct question q = question_about(names);
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	_Alignas(struct nlmsghdr) char answer[4096];
	const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
	const struct inet_diag_msg *told = NLMSG_DATA(header);
	ssize_t n;

	if (sendto(fd, &q, sizeof(q), 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return false;
	do
		n = recv(fd, answer, sizeof(answer), 0);
	while (n < 0 && errno == EINTR);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(*told)) || header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return false;
	*out = (struct kernel_socket){.state = kernel_socket_state(told->idiag_state),
		.receive_queue = told->idiag_rqueue,
		.send_queue = told->idiag_wqueue};
	take_info(out, header);
	return true;
}
