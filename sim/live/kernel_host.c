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
#include "live/kernel_events.h"
#include "live/kernel_programs.h"
#include "live/native.h"
#include "live/super.h"
#include "live/super_cut.h"
#include "live/super_join.h"
#include "process/process.h"
#include "world/build.h"

#define MOST_PACKET    65536
#define AT_ONCE	       64 /* packets of a device, before the clock is looked at again */
#define SUPERS_AT_ONCE 4  /* the same of super-segments */

struct kernel_host {
	struct node *node;
	struct drive *drive;
	struct node_outside outside;
	pid_t agent;
	int socket;
	int *tun; /* one a port */
	int diag;
	struct kernel_events *events; /* while it is up */
	struct super_reader reader;   /* where the world has offload, as are: */
	struct super *arriving;	      /* one a port: what is put together for it */
	GHashTable *started; /* programs that programs started there: number to struct process */
	struct native_programs *natives; /* while it is up */
};

/* --- programs --- */

/* The world's program of that number, or what stands for one that a program started. */
static struct process *process_of(struct kernel_host *h, uint32_t number, const char *name)
{
	GPtrArray *all = h->node->world->processes;
	struct process *p;

	if (number < all->len)
		return all->pdata[number];
	p = g_hash_table_lookup(h->started, GUINT_TO_POINTER(number));
	if (!p) {
		p = g_new0(struct process, 1);
		p->node = h->node;
		p->name = g_strdup(name);
		g_hash_table_insert(h->started, GUINT_TO_POINTER(number), p);
	}
	return p;
}

static void free_started(gpointer process)
{
	struct process *p = process;

	g_free(p->call.text);
	g_free(p->name);
	g_free(p);
}

static void report_call(
	struct kernel_host *h, struct process *p, const struct agent_message *m, const char *call)
{
	const struct world_witness *witness = h->node->world->witness;
	bool returned = m->kind == AGENT_RETURNED;

	if (h->events)
		kernel_events_call(h->events, m);
	if (!witness || !witness->call)
		return;
	g_free(p->call.text);
	p->call.text = g_strdup(call);
	p->call.fd = m->fd;
	p->call.result = m->result;
	p->call.error = m->error;
	process_call_find(p, returned);
	witness->call(witness->context, p, returned);
	if (returned)
		g_clear_pointer(&p->call.text, g_free);
}

static void take_message(struct kernel_host *h, const struct agent_message *m)
{
	const struct tcpsim_world *world = h->node->world;
	const char *newline = strchr(m->text, '\n'), *text = newline ? newline + 1 : m->text;
	char *name = g_strndup(m->text, (gsize)(newline ? newline - m->text : 0));
	struct process *p = process_of(h, m->process, name);

	if (m->kind == AGENT_SAID && world->on_say)
		world->on_say(world->say_context, m->time_ns, h->node->name, name, text);
	else if (m->kind == AGENT_CALLS || m->kind == AGENT_RETURNED)
		report_call(h, p, m, text);
	else if (m->kind == AGENT_ENDED && m->process < world->processes->len)
		process_ended(p, (int)m->result);
	g_free(name);
}

static void on_message(void *context, int fd, uint32_t events)
{
	struct kernel_host *h = context;
	struct agent_message message;
	unsigned n;

	while (agent_receive(fd, &message, NULL, 0, &n))
		take_message(h, &message);
	if (errno == 0) /* nothing more will come */
		drive_unwatch(h->drive, fd);
}

static bool start(void *context, struct process *p)
{
	struct kernel_host *h = context;
	struct agent_message message = {.kind = AGENT_START,
		.process = p->id - 1, /* they are counted from 1, in the order of the list */
		.time_ns = drive_start_ns(h->drive)};

	if (p->main) {
		native_programs_start(h->natives, p, h);
		return true;
	}
	if (!kernel_programs_have(p->program))
		return false;
	agent_send(h->socket, &message, NULL, 0);
	return true;
}

static uint32_t connection(void *context, int fd)
{
	const struct kernel_host *h = context;

	return h->events ? kernel_events_connection(h->events, fd) : 0;
}

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
	if (!packet)
		return;
	if (h->events)
		kernel_events_sends(h->events, packet);
	node_send(h->node, port, packet);
}

static unsigned port_of(const struct kernel_host *h, int fd)
{
	unsigned port = 0;

	while (h->tun[port] != fd)
		port++;
	return port;
}

/* The calls first, of which one made the kernel send. */
static void on_device(void *context, int fd, uint32_t events)
{
	static _Thread_local uint8_t buffer[MOST_PACKET];
	struct kernel_host *h = context;
	unsigned port = port_of(h, fd);

	on_message(h, h->socket, EPOLLIN);
	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n <= 0)
			return;
		send_on(h, port, buffer, (size_t)n);
	}
}

static void drain(struct kernel_host *h)
{
	for (unsigned p = 0; p < h->node->n_ports; p++)
		on_device(h, h->tun[p], EPOLLIN);
}

/* --- with offload --- */

struct leaving {
	struct kernel_host *host;
	unsigned port;
};

static void leaves(void *context, struct tcpsim_packet *packet)
{
	const struct leaving *leaving = context;
	size_t n = packet->headers_len;

	if (is_multicast(n ? packet->headers : packet->payload, n ? n : packet->payload_len))
		tcpsim_packet_free(packet);
	else
		node_send(leaving->host->node, leaving->port, packet);
}

static void on_offload_device(void *context, int fd, uint32_t events)
{
	struct kernel_host *h = context;
	struct leaving leaving = {h, port_of(h, fd)};

	for (int i = 0; i < SUPERS_AT_ONCE && super_read(&h->reader, fd, leaves, &leaving); i++)
		;
}

static void hand_over(struct kernel_host *h, unsigned port)
{
	if (!super_write(&h->arriving[port], h->tun[port]))
		g_debug("%s: %s", h->node->name, g_strerror(errno));
}

static void put_together(struct kernel_host *h, unsigned port, struct tcpsim_packet *packet)
{
	while (!super_add(&h->arriving[port], packet))
		hand_over(h, port);
}

static void on_turn(void *context)
{
	struct kernel_host *h = context;

	for (unsigned p = 0; p < h->node->n_ports; p++)
		hand_over(h, p);
}

/* --- what arrives --- */

/* The kernel has taken it in when write() returns: what it answers at once waits at the device. */
static void receive(void *context, unsigned port, struct tcpsim_packet *packet)
{
	static _Thread_local uint8_t buffer[TCPSIM_HEADERS_MAX + MOST_PACKET];
	struct kernel_host *h = context;
	size_t len = tcpsim_packet_bytes(packet, buffer, sizeof(buffer));

	if (h->tun[port] < 0) { /* it is down */
		tcpsim_packet_free(packet);
		return;
	}
	if (h->arriving) {
		put_together(h, port, packet);
		return;
	}
	if (h->events) {
		drain(h); /* what left before */
		kernel_events_arrives(h->events, packet);
	}
	tcpsim_packet_free(packet);
	/* What the kernel refuses (no IP datagram, no memory) is lost at it, as on any host. */
	if (len && write(h->tun[port], buffer, len) < 0)
		g_debug("%s: %s", h->node->name, g_strerror(errno));
	if (!h->events)
		return; /* what it answers is heard like all else */
	kernel_events_taken(h->events);
	drain(h);
	kernel_events_answered(h->events);
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

static void end_offload(struct kernel_host *h)
{
	struct tcpsim_packet *packet;

	for (unsigned p = 0; h->arriving && p < h->node->n_ports; p++) {
		while ((packet = super_next(&h->arriving[p])))
			tcpsim_packet_free(packet);
	}
	drive_no_turn(h->drive, h);
	super_reader_clear(&h->reader);
	g_clear_pointer(&h->arriving, g_free);
}

/* Devices first: what sockets say as their process dies is said to nobody. */
static void end(struct kernel_host *h)
{
	end_offload(h);
	for (unsigned p = 0; p < h->node->n_ports; p++) {
		if (h->tun[p] < 0)
			continue;
		drive_unwatch(h->drive, h->tun[p]);
		close(h->tun[p]);
		h->tun[p] = -1;
	}
	g_clear_pointer(&h->events, kernel_events_free);
	native_programs_free(h->natives, h->agent);
	h->natives = NULL;
	g_hash_table_remove_all(h->started);
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

static void begin_offload(struct kernel_host *h)
{
	h->reader.pool = h->node->world->pool;
	h->arriving = g_new0(struct super, h->node->n_ports + 1);
	drive_each_turn(h->drive, on_turn, h);
}

static bool open_one(struct kernel_host *h, GError **error)
{
	if (!begin(h, error) || !take_over(h, error))
		return false;
	/* Asking the kernel costs several system calls a packet: not where nobody listens. */
	h->events = h->node->world->on_event ? kernel_events_new(h->node, h->diag) : NULL;
	h->natives = native_programs_new(h->node, h->drive);
	fcntl(h->socket, F_SETFL, O_NONBLOCK);
	drive_watch(h->drive, h->socket, EPOLLIN, on_message, h);
	if (h->node->world->offload)
		begin_offload(h);
	for (unsigned p = 0; p < h->node->n_ports; p++)
		drive_watch(h->drive, h->tun[p], EPOLLIN,
			h->arriving ? on_offload_device : on_device, h);
	return true;
}

static void free_one(struct kernel_host *h)
{
	end(h);
	h->node->outside = NULL;
	g_hash_table_destroy(h->started);
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
	h->started = g_hash_table_new_full(NULL, NULL, NULL, free_started);
	h->outside = (struct node_outside){h, receive, start, restart, connection};
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

void kernel_hosts_look(struct tcpsim_world *world)
{
	for (guint i = 0; i < world->nodes->len; i++) {
		struct kernel_host *h = kernel_host_of(world->nodes->pdata[i]);

		if (h && h->events)
			kernel_events_look(h->events);
	}
}

const struct kernel_events *kernel_host_events(const struct kernel_host *h)
{
	return h->events;
}

struct kernel_host *kernel_host_of(const struct node *node)
{
	return node->is_kernel && node->outside ? node->outside->context : NULL;
}

pid_t kernel_host_pid(const struct kernel_host *h)
{
	return h->agent;
}

pid_t kernel_host_program(const struct kernel_host *h, const struct process *process)
{
	return h->natives ? native_programs_pid(h->natives, process) : 0;
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
