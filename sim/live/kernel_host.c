/* The running kernel as a host of a world. See kernel_host.h. */
#include "live/kernel_host.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/kernel_agent.h"

#define MOST_PACKET 65536
#define AT_ONCE	    64 /* packets of a device, before the clock is looked at again */

struct kernel_host {
	struct node *node;
	struct drive *drive;
	struct node_outside outside;
	pid_t agent;
	int socket;
	int *tun; /* one a port */
	int diag;
};

/* --- packets --- */

/* What a system says by itself on any network (neighbours, groups) concerns nobody here. */
static bool is_multicast(const uint8_t *packet, size_t len)
{
	if (len >= 40 && packet[0] >> 4 == 6)
		return packet[24] == 0xff;
	return len >= 20 && packet[0] >> 4 == 4 && packet[16] >> 4 == 0xe;
}

static void send_on(struct kernel_host *h, unsigned port, const uint8_t *bytes, size_t len)
{
	struct tcpsim_packet *packet;

	if (is_multicast(bytes, len))
		return;
	packet = tcpsim_packet_from_bytes(h->node->world->pool, bytes, len);
	if (packet)
		node_send(h->node, port, packet);
}

static void on_device(void *context, int fd, uint32_t events)
{
	static _Thread_local uint8_t buffer[MOST_PACKET];
	struct kernel_host *h = context;
	unsigned port = 0;

	while (h->tun[port] != fd)
		port++;
	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n <= 0)
			return;
		send_on(h, port, buffer, (size_t)n);
	}
}

/* The kernel has taken it in when write() returns: what it answers at once waits at the device. */
static void receive(void *context, unsigned port, struct tcpsim_packet *packet)
{
	static _Thread_local uint8_t buffer[TCPSIM_HEADERS_MAX + MOST_PACKET];
	struct kernel_host *h = context;
	size_t len = tcpsim_packet_bytes(packet, buffer, sizeof(buffer));

	tcpsim_packet_free(packet);
	/* What the kernel refuses (no IP datagram, no memory) is lost at it, as on any host. */
	if (len && write(h->tun[port], buffer, len) < 0 && errno == EIO)
		return;
	on_device(h, h->tun[port], EPOLLIN);
}

static bool start(void *context, struct process *process)
{
	return false;
}

/* --- its life --- */

static bool begin(struct kernel_host *h, GError **error)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
		ends[1] = live_high_fd(ends[1]);
		h->agent = fork();
		if (h->agent == 0)
			agent_run(h->node, ends[1]);
		close(ends[1]);
		h->socket = live_high_fd(ends[0]);
		if (h->agent > 0)
			return true;
	}
	g_set_error(error, LIVE_ERROR, LIVE_ERROR_NAMESPACE,
		"no process for the kernel host %s (%s); raise ulimit -u", h->node->name,
		g_strerror(errno));
	return false;
}

/* Devices first: what sockets say as their process dies is said to nobody. */
static void end(struct kernel_host *h)
{
	for (unsigned p = 0; p < h->node->n_ports; p++) {
		if (h->tun[p] < 0)
			continue;
		drive_unwatch(h->drive, h->tun[p]);
		close(h->tun[p]);
		h->tun[p] = -1;
	}
	if (h->diag >= 0)
		close(h->diag);
	if (h->socket >= 0) {
		drive_unwatch(h->drive, h->socket);
		close(h->socket);
	}
	if (h->agent > 0) {
		kill(h->agent, SIGKILL);
		waitpid(h->agent, NULL, 0);
	}
	h->diag = h->socket = -1;
	h->agent = -1;
}

/* What the agent hands over once all is set up. */
static bool take_over(struct kernel_host *h, GError **error)
{
	int fds[AGENT_MOST_PORTS + 1];
	struct agent_message message;
	unsigned n, ports = h->node->n_ports;

	if (!agent_receive(h->socket, &message, fds, G_N_ELEMENTS(fds), &n)) {
		g_set_error(error, LIVE_ERROR, LIVE_ERROR_NAMESPACE,
			"the kernel host %s did not come up", h->node->name);
		return false;
	}
	for (unsigned i = 0; i < n; i++) {
		int fd = live_high_fd(fds[i]);

		if (i < ports)
			h->tun[i] = fd;
		else
			h->diag = fd;
	}
	if (message.kind == AGENT_FAILED) {
		g_set_error(error, LIVE_ERROR, message.error, "%s", message.text);
		return false;
	}
	return n == ports + 1;
}

static bool open_one(struct kernel_host *h, GError **error)
{
	if (!begin(h, error) || !take_over(h, error))
		return false;
	for (unsigned p = 0; p < h->node->n_ports; p++)
		drive_watch(h->drive, h->tun[p], EPOLLIN, on_device, h);
	return true;
}

static void free_one(struct kernel_host *h)
{
	end(h);
	h->node->outside = NULL;
	g_free(h->tun);
	g_free(h);
}

/* As the machine restarts: a kernel that knows nothing. One that does not come up again is a host
 * that is down. */
static void restart(void *context)
{
	struct kernel_host *h = context;
	GError *error = NULL;

	end(h);
	if (!open_one(h, &error)) {
		g_warning("%s", error->message);
		g_error_free(error);
		end(h);
	}
}

static struct kernel_host *new_host(struct node *node, struct drive *drive)
{
	struct kernel_host *h = g_new0(struct kernel_host, 1);

	h->node = node;
	h->drive = drive;
	h->agent = -1;
	h->socket = h->diag = -1;
	h->tun = g_new(int, node->n_ports + 1);
	for (unsigned p = 0; p <= node->n_ports; p++)
		h->tun[p] = -1;
	h->outside = (struct node_outside){h, receive, start, restart};
	node->outside = &h->outside;
	return h;
}

bool kernel_hosts_open(struct tcpsim_world *world, struct drive *drive, GError **error)
{
	bool good = true;

	world_build(world);
	for (guint i = 0; i < world->nodes->len && good; i++) {
		struct node *node = world->nodes->pdata[i];

		if (!node->is_kernel)
			continue;
		if (node->n_ports > AGENT_MOST_PORTS) {
			g_set_error(error, LIVE_ERROR, LIVE_ERROR_NETWORK,
				"the kernel host %s has %u interfaces, and %d is the most",
				node->name, node->n_ports, AGENT_MOST_PORTS);
			good = false;
		} else {
			good = open_one(new_host(node, drive), error);
		}
	}
	if (!good)
		kernel_hosts_close(world);
	return good;
}

void kernel_hosts_close(struct tcpsim_world *world)
{
	for (guint i = 0; i < world->nodes->len; i++) {
		struct kernel_host *h = kernel_host_of(world->nodes->pdata[i]);

		if (h)
			free_one(h);
	}
}

/* --- for others --- */

struct kernel_host *kernel_host_of(const struct node *node)
{
	return node->is_kernel && node->outside ? node->outside->context : NULL;
}

pid_t kernel_host_pid(const struct kernel_host *h)
{
	return h->agent;
}

static bool is_the_same(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino;
}

static bool enter(pid_t pid, const char *kind)
{
	char *theirs = g_strdup_printf("/proc/%d/ns/%s", (int)pid, kind);
	char *ours = g_strdup_printf("/proc/self/ns/%s", kind);
	int fd = open(theirs, O_RDONLY | O_CLOEXEC), saved;
	bool good = fd >= 0 && (is_the_same(fd, ours) || setns(fd, 0) == 0);

	saved = errno;
	if (fd >= 0)
		close(fd);
	g_free(theirs);
	g_free(ours);
	errno = saved;
	return good;
}

/* The user first: only who is root there may enter the network. */
bool kernel_host_enter(const struct kernel_host *h)
{
	return enter(h->agent, "user") && enter(h->agent, "net");
}
