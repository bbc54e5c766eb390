/* The process inside a kernel host's namespaces. See kernel_agent.h. */
#include "live/kernel_agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/kernel_programs.h"
#include "live/kernel_sockets.h"
#include "live/tun.h"
#include "world/build.h"

/* --- messages --- */

static size_t length_of(const struct agent_message *message)
{
	return offsetof(struct agent_message, text) + strlen(message->text) + 1;
}

bool agent_send(int socket, const struct agent_message *message, const int *fds, unsigned n)
{
	char control[CMSG_SPACE(sizeof(int) * (AGENT_MOST_PORTS + 1))] = {0};
	struct iovec iov = {.iov_base = (void *)message, .iov_len = length_of(message)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t sent;

	if (n) {
		struct cmsghdr *c = (struct cmsghdr *)control;

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
	}
	do
		sent = sendmsg(socket, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)iov.iov_len;
}

static unsigned take_fds(struct msghdr *msg, int *fds, unsigned most)
{
	unsigned n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		n = MIN(n, most);
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	}
	return n;
}

bool agent_receive(int socket, struct agent_message *message, int *fds, unsigned most, unsigned *n)
{
	char control[CMSG_SPACE(sizeof(int) * (AGENT_MOST_PORTS + 1))];
	struct iovec iov = {.iov_base = message, .iov_len = sizeof(*message) - 1};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t len;

	memset(message, 0, sizeof(*message));
	do
		len = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	*n = len > 0 ? take_fds(&msg, fds, most) : 0;
	if (len == 0)
		errno = 0;
	return len > 0;
}

/* --- setting up --- */

struct setup {
	struct node *node;
	GError *error;
};

static void add_route(void *context, const struct tcpsim_addr *addr, unsigned port)
{
	struct setup *s = context;

	if (!s->error && !live_tun_route(s->node->ports[port].name, addr, NULL))
		g_set_error(&s->error, LIVE_ERROR, LIVE_ERROR_NETWORK,
			"a route through %s of the host %s: %s", s->node->ports[port].name,
			s->node->name, g_strerror(errno));
}

static int open_port(struct setup *s, unsigned p)
{
	const struct port *port = &s->node->ports[p];
	struct live_tun_address addresses[2];
	struct live_tun_config config = {.name = port->name,
		.mtu = (int)node_mtu(s->node, p),
		.addresses = addresses,
		.n_addresses = port->n_addr,
		.offload = s->node->world->offload};
	bool has_v6 = false;

	for (unsigned a = 0; a < port->n_addr; a++) {
		addresses[a] = (struct live_tun_address){port->addr[a], port->prefix_len[a]};
		has_v6 |= !tcpsim_addr_is_v4(&port->addr[a]);
	}
	/* Before the device is there: it is born without the family, and never speaks in it. */
	live_sysctl_set("net.ipv6.conf.default.disable_ipv6", has_v6 ? "0" : "1", NULL);
	return live_tun_open(&config, &s->error);
}

static void set_sysctls(struct setup *s)
{
	for (guint i = 0; i < s->node->sysctls->len && !s->error; i++) {
		char **pair = g_strsplit(s->node->sysctls->pdata[i], "=", 2);
		GError *why = NULL;

		if (!live_sysctl_set(pair[0], pair[1], &why)) {
			const char *where = i < s->node->sysctl_places->len
						    ? s->node->sysctl_places->pdata[i]
						    : "";

			g_set_error(&s->error, LIVE_ERROR, LIVE_ERROR_NETWORK,
				"%s[host %s]: sysctl.%s", where, s->node->name, why->message);
			g_error_free(why);
		}
		g_strfreev(pair);
	}
}

/* The devices' descriptors and, last, one that asks for this namespace's sockets. */
static unsigned set_up(struct setup *s, int *fds)
{
	unsigned n = 0;

	if (!live_namespace_enter(&s->error) || !live_namespace_settings(&s->error))
		return 0;
	set_sysctls(s);
	while (n < s->node->n_ports && !s->error) {
		fds[n] = open_port(s, n);
		n += !s->error;
	}
	if (!s->error && n > 1)
		build_each_route(s->node, add_route, s);
	fds[n++] = kernel_sockets_open();
	return n;
}

static void report_failure(int socket, const GError *error)
{
	struct agent_message message = {.kind = AGENT_FAILED, .error = error->code};

	g_strlcpy(message.text, error->message, sizeof(message.text));
	agent_send(socket, &message, NULL, 0);
}

void agent_run(struct node *node, int socket)
{
	struct setup s = {.node = node};
	struct agent_message message = {.kind = AGENT_READY};
	int fds[AGENT_MOST_PORTS + 1];
	unsigned n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN); /* the world's process decides when it is over */
	close_range(3, (unsigned)socket - 1, 0);
	close_range((unsigned)socket + 1, UINT_MAX, 0);
	n = set_up(&s, fds);
	if (s.error) {
		report_failure(socket, s.error);
		_exit(1);
	}
	agent_send(socket, &message, fds, n);
	for (unsigned i = 0; i < n; i++)
		close(fds[i]);
	while (agent_receive(socket, &message, fds, 0, &n))
		if (message.kind == AGENT_START)
			kernel_programs_start(node, socket, message.process, message.time_ns);
	_exit(0);
}
