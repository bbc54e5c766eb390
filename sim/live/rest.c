/* Whether anything is left to happen. See rest.h. */
#include "live/rest.h"

#include <string.h>

#include "live/kernel_host.h"
#include "live/kernel_tables.h"
#include "process/programs_calls.h"
#include "process/programs_check.h"

/* --- programs --- */

struct sockets {
	pid_t pid;
	bool has_listener, has_connection;
};

static bool note_socket(void *context, enum tcpsim_state state, unsigned long inode)
{
	struct sockets *s = context;

	if (state == TCPSIM_LISTEN)
		s->has_listener |= kernel_process_holds(s->pid, inode);
	else if (state != TCPSIM_CLOSED && state != TCPSIM_TIME_WAIT)
		s->has_connection = true;
	return !s->has_connection;
}

static bool is_idle_server(const struct process *p)
{
	const struct kernel_host *host = kernel_host_of(p->node);
	struct sockets s = {.pid = host ? kernel_host_program(host, p) : 0};

	if (s.pid)
		kernel_tables_each(s.pid, note_socket, &s);
	return s.has_listener && !s.has_connection;
}

/* A C function of the caller's. */
static bool main_waits(const struct process *p)
{
	if (p->node->is_kernel)
		return is_idle_server(p);
	return !p->is_ready && !clock_is_set(&p->alarm);
}

static bool only_listens(const struct process *p)
{
	const char *call = p->call.text;

	if (p->main)
		return p->started && main_waits(p);
	return !program_is_client(p->program) ||
	       (p->started && call && p->program == program_calls &&
		       (g_str_has_prefix(call, "accept(") || g_str_has_prefix(call, "read(")));
}

bool rest_runs(const struct process *p)
{
	return !p->ended && !only_listens(p);
}

/* --- connections --- */

static void add_end(struct rest *rest, enum tcpsim_state state)
{
	rest->at_rest &=
		state == TCPSIM_CLOSED || state == TCPSIM_TIME_WAIT || state == TCPSIM_LISTEN;
	rest->waits |= state == TCPSIM_SYN_SENT || state == TCPSIM_SYN_RCVD ||
		       state == TCPSIM_FIN_WAIT_1 || state == TCPSIM_CLOSING ||
		       state == TCPSIM_LAST_ACK;
}

void rest_of_timeline(struct rest *rest, const struct timeline *timeline)
{
	*rest = (struct rest){.at_rest = true};
	for (guint i = 0; i < timeline->connections->len; i++) {
		const struct timeline_connection *c = timeline->connections->pdata[i];

		rest->last_ns = MAX(rest->last_ns, c->last_ns);
		for (int e = 0; e < 2; e++)
			if (c->end[e].is_tcp)
				add_end(rest, c->end[e].state);
	}
}

static bool add_row(void *context, const struct tcpsim_socket_row *row)
{
	add_end(context, row->state);
	return true;
}

static bool add_kernel_row(void *context, enum tcpsim_state state, unsigned long inode)
{
	add_end(context, state);
	return true;
}

static uint64_t packets_of(const struct tcpsim_world *world)
{
	uint64_t packets = 0;

	for (guint i = 0; i < world->links->len; i++) {
		const struct world_link *link = world->links->pdata[i];

		for (int end = 0; end < 2; end++)
			packets += link_counters(link->way[end])->packets;
	}
	return packets;
}

void rest_of_hosts(struct rest *rest, const struct tcpsim_world *world)
{
	uint64_t packets = packets_of(world);

	rest->at_rest = true;
	rest->waits = false;
	for (guint i = 0; i < world->nodes->len; i++) {
		const struct node *node = world->nodes->pdata[i];
		const struct kernel_host *kernel = kernel_host_of(node);

		if (node->host)
			tcpsim_host_each_socket(node->host, add_row, rest);
		else if (kernel)
			kernel_tables_each(kernel_host_pid(kernel), add_kernel_row, rest);
	}
	if (packets != rest->packets)
		rest->last_ns = clock_now(world->clock);
	rest->packets = packets;
}
