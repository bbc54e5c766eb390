/* Programs on a model's host. See host.h. */
#include "exec/host.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/super.h"
#include "live/super_join.h"
#include "world/build.h"

#define MOST_PACKET 65536
#define AT_ONCE	    16 /* calls or packets, before the clock is looked at again */

struct exec_running {
	struct exec_host *host;
	struct exec_program program;
	struct exec_notices notices;
	exec_ended_fn ended;
	void *context;
};

struct exec_host {
	struct node *node;
	struct drive *drive;
	struct exec_supervisor *supervisor;
	GPtrArray *running;
	struct super arriving; /* where the world has offload */
};

/* --- what is not TCP --- */

static unsigned protocol_of(const uint8_t *bytes, size_t len)
{
	if (len >= 20 && bytes[0] >> 4 == 4)
		return bytes[9];
	return len >= 40 && bytes[0] >> 4 == 6 ? bytes[6] : 0;
}

static const struct tcpsim_addr *own_address(const struct node *node, unsigned port)
{
	return port < node->n_ports && node->ports[port].n_addr ? &node->ports[port].addr[0] : NULL;
}

/* What the namespace's kernel sends: UDP goes on over the first link. Nothing else of it is to be
 * heard: TCP is the model's, and what a system says by itself (neighbours, groups) is nobody's. */
static void on_device(void *context, int fd, uint32_t events)
{
	struct exec_running *running = context;
	struct node *node = running->host->node;
	uint8_t buffer[MOST_PACKET];

	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = read(fd, buffer, sizeof(buffer));
		struct tcpsim_packet *packet;

		if (n <= 0)
			return;
		if (protocol_of(buffer, (size_t)n) != IPPROTO_UDP || !own_address(node, 0))
			continue;
		packet = tcpsim_packet_from_bytes(node->world->pool, buffer, (size_t)n);
		if (packet)
			node_send(node, 0, packet);
	}
}

static void give_to_namespaces(const struct exec_host *host, const struct tcpsim_packet *packet)
{
	uint8_t buffer[TCPSIM_HEADERS_MAX + MOST_PACKET];
	size_t len = tcpsim_packet_bytes(packet, buffer, sizeof(buffer));

	for (guint i = 0; i < host->running->len; i++) {
		const struct exec_running *running = host->running->pdata[i];

		if (running->program.device >= 0 && write(running->program.device, buffer, len) < 0)
			continue; /* lost at it, as at any device */
	}
}

/* --- what arrives in a row --- */

/* As one packet, if it is one piece of a kernel's; the host then answers it as one. */
static void hand_over(struct exec_host *host)
{
	struct super *super = &host->arriving;
	struct tcpsim_packet *packet;
	int64_t now_ns = clock_now(host->node->world->clock);

	if (!super->n)
		return;
	packet = super_join(super);
	if (packet)
		tcpsim_host_receive(host->node->host, now_ns, packet);
	while ((packet = super_next(super)))
		tcpsim_host_receive(host->node->host, now_ns, packet);
	node_flush(host->node);
}

static void on_turn(void *context)
{
	hand_over(context);
}

/* UDP that comes for the host is for the programs' namespaces. */
static bool divert(void *context, struct tcpsim_packet *packet)
{
	struct exec_host *host = context;
	bool apart = !packet->headers_len;

	if (protocol_of(apart ? packet->payload : packet->headers,
		    apart ? packet->payload_len : packet->headers_len) == IPPROTO_UDP) {
		give_to_namespaces(host, packet);
		tcpsim_packet_free(packet);
		return true;
	}
	if (!host->node->world->offload)
		return false;
	while (!super_add(&host->arriving, packet))
		hand_over(host);
	return true;
}

/* --- events --- */

static void on_pairs(void *context, int fd, uint32_t events)
{
	struct exec_host *host = context;

	exec_supervisor_run(host->supervisor);
}

static void close_notices(struct exec_running *running)
{
	if (running->program.notices < 0)
		return;
	drive_unwatch(running->host->drive, running->program.notices);
	close(running->program.notices);
	running->program.notices = -1;
	exec_notices_close(&running->notices);
}

static void on_notices(void *context, int fd, uint32_t events)
{
	struct exec_running *running = context;
	struct exec_call call;

	/* One at a time: the kernel blocks where none waits. */
	if (events & EPOLLIN && exec_notices_next(&running->notices, &call))
		exec_supervisor_call(running->host->supervisor, &call);
	if (events & (EPOLLHUP | EPOLLERR))
		close_notices(running); /* nobody is left who could call */
}

static void on_ended(void *context, int fd, uint32_t events)
{
	struct exec_running *running = context;
	int status = 0;

	drive_unwatch(running->host->drive, fd);
	close(running->program.ended);
	running->program.ended = -1;
	waitpid(running->program.pid, &status, 0);
	if (running->ended)
		running->ended(running->context, running, status);
}

/* --- life --- */

struct exec_host *exec_host_open(struct node *node, struct drive *drive, GError **error)
{
	struct exec_host *host = g_new0(struct exec_host, 1);

	host->node = node;
	host->drive = drive;
	host->running = g_ptr_array_new_with_free_func(g_free);
	host->supervisor = exec_supervisor_new(node);
	if (!host->supervisor || !drive_watch(drive, exec_supervisor_fd(host->supervisor), EPOLLIN,
					 on_pairs, host)) {
		g_set_error(error, EXEC_ERROR, EXEC_ERROR_SYSTEM,
			"no descriptor for programs on %s: %s", node->name, g_strerror(errno));
		exec_host_close(host);
		return NULL;
	}
	node->divert = divert;
	node->divert_context = host;
	if (node->world->offload)
		drive_each_turn(drive, on_turn, host);
	return host;
}

static void end_running(struct exec_running *running)
{
	struct drive *drive = running->host->drive;

	close_notices(running);
	if (running->program.device >= 0) {
		drive_unwatch(drive, running->program.device);
		close(running->program.device);
	}
	if (running->program.ended >= 0) {
		drive_unwatch(drive, running->program.ended);
		/* By its handle: it may have been waited for, and its number be another's. */
		syscall(SYS_pidfd_send_signal, running->program.ended, SIGKILL, NULL, 0);
		waitpid(running->program.pid, NULL, 0);
		close(running->program.ended);
	}
}

void exec_host_close(struct exec_host *host)
{
	if (!host)
		return;
	hand_over(host);
	drive_no_turn(host->drive, host);
	host->node->divert = NULL;
	for (guint i = 0; i < host->running->len; i++)
		end_running(host->running->pdata[i]);
	if (host->supervisor) {
		drive_unwatch(host->drive, exec_supervisor_fd(host->supervisor));
		exec_supervisor_free(host->supervisor);
	}
	g_ptr_array_free(host->running, TRUE);
	g_free(host);
}

struct exec_supervisor *exec_host_supervisor(const struct exec_host *host)
{
	return host->supervisor;
}

static GArray *addresses_of(const struct node *node)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct live_tun_address));

	for (unsigned p = 0; p < node->n_ports; p++) {
		for (unsigned a = 0; a < node->ports[p].n_addr; a++) {
			struct live_tun_address one = {
				node->ports[p].addr[a], node->ports[p].prefix_len[a]};

			g_array_append_val(all, one);
		}
	}
	return all;
}

static bool watch(struct exec_running *running)
{
	struct drive *drive = running->host->drive;
	const struct exec_program *program = &running->program;

	return drive_watch(drive, program->notices, EPOLLIN, on_notices, running) &&
	       drive_watch(drive, program->ended, EPOLLIN, on_ended, running) &&
	       drive_watch(drive, program->device, EPOLLIN, on_device, running);
}

struct exec_running *exec_host_run(
	struct exec_host *host, const struct exec_host_program *program, GError **error)
{
	GArray *addresses = addresses_of(host->node);
	struct exec_program_config config = {.argv = program->argv,
		.hosts = program->hosts,
		.device = {.name = "eth0",
			.mtu = host->node->n_ports ? (int)node_mtu(host->node, 0) : 1500,
			.addresses = (struct live_tun_address *)addresses->data,
			.n_addresses = addresses->len},
		.output = program->output,
		.files = program->files};
	struct exec_running *running = g_new0(struct exec_running, 1);
	bool good;

	running->host = host;
	running->ended = program->ended;
	running->context = program->context;
	good = exec_program_check(program->argv[0], error) &&
	       exec_program_start(&config, &running->program, error);
	g_array_free(addresses, TRUE);
	if (!good) {
		g_free(running);
		return NULL;
	}
	exec_notices_open(&running->notices, running->program.notices);
	g_ptr_array_add(host->running, running);
	if (watch(running))
		return running;
	g_set_error(error, EXEC_ERROR, EXEC_ERROR_SYSTEM, "no descriptors for %s: %s",
		program->argv[0], g_strerror(errno));
	end_running(running);
	g_ptr_array_remove(host->running, running);
	return NULL;
}

pid_t exec_running_pid(const struct exec_running *running)
{
	return running->program.pid;
}

bool exec_running_lives(const struct exec_running *running)
{
	return running->program.notices >= 0;
}
