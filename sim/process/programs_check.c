/* What is wrong with a program, before anything runs. See programs.h. */
#include <string.h>

#include "base/near.h"
#include "process/programs.h"
#include "process/programs_calls.h"
#include "process/programs_check.h"
#include "process/programs_client.h"
#include "process/programs_raw.h"
#include "process/programs_server.h"
#include "process/programs_socket.h"
#include "world/values.h"

static char *unknown_node(const struct tcpsim_world *world, const char *name)
{
	char *near = world_near_nodes(world, name);
	char *text = g_strdup_printf("'%s' is no node and no address: %s", name, near);

	g_free(near);
	return text;
}

/* A name or an address, and a port; what may be left out is for the caller to say. */
char *program_check_address(const struct tcpsim_world *world, const char *text, bool is_destination)
{
	uint16_t port = 0;
	bool has_port = false;
	char *name = program_split_address(text, &port, &has_port), *why = NULL;
	const struct node *node = name ? world_node(world, name) : NULL;
	struct tcpsim_addr addr;

	if (!name)
		return g_strdup_printf("the port of '%s' is not a number up to 65535", text);
	if (is_destination && !port)
		why = g_strdup_printf("'%s' has no port; server:80 has", text);
	else if (!*name && is_destination)
		why = g_strdup_printf("'%s' has no host; server:80 has", text);
	else if (node && (!node->n_ports || node->kind == NODE_SWITCH))
		why = g_strdup_printf("'%s' has no address: %s", name,
			node->n_ports ? "it is a switch" : "no [link ...] leads to it");
	else if (!node && *name && !tcpsim_addr_parse(name, &addr))
		why = unknown_node(world, name);
	g_free(name);
	return why;
}

static char *check_from(const char *text)
{
	struct tcpsim_addr addr;
	int bits, len;

	return value_prefix(text, &addr, &bits, &len)
		       ? NULL
		       : g_strdup_printf("'%s' is not a prefix such as 198.51.100.0/24", text);
}

static char *check_host(const struct tcpsim_world *world, const char *name)
{
	const struct node *node = world_node(world, name);
	char *near, *text;

	if (node)
		return node->kind == NODE_HOST
			       ? NULL
			       : g_strdup_printf(
					 "'%s' is no host, and only hosts run programs", name);
	near = world_near_nodes(world, name);
	text = g_strdup_printf("there is no node '%s': %s", name, near);
	g_free(near);
	return text;
}

bool program_is_client(int (*run)(void *config))
{
	for (guint i = 0; program_kinds[i].name; i++) {
		if (program_kinds[i].run == run)
			return run != program_command && run != program_serve &&
			       run != program_sink && run != program_echo;
	}
	return false;
}

/* Does it need somebody to talk to? */
static bool has_a_server(int (*run)(void *config))
{
	return program_is_client(run) && run != program_calls;
}

/* What it needs and has not. */
static char *check_needs(const struct program_config *c, const struct program_kind *kind)
{
	if (has_a_server(kind->run) && !c->to)
		return g_strdup_printf("'%s' needs `to`, such as server:80", c->does);
	if (kind->run == program_flood && !c->from)
		return g_strdup("'flood' needs `from`, such as 198.51.100.0/24");
	if (kind->run == program_inject && !c->segments)
		return g_strdup("'inject' needs `segments`, such as 100ms S 0; 200ms R 1");
	if (kind->run == program_command && !c->run)
		return g_strdup("'run' needs `run`, a shell's command");
	if (kind->run == program_calls && !c->calls)
		return g_strdup("'calls' needs `calls`, such as socket; connect server:80; close");
	return NULL;
}

char *program_check(
	const struct tcpsim_world *world, const struct program_config *c, const char **key)
{
	const struct program_kind *kind = c->does ? program_kind(c->does) : NULL;
	char *why = NULL;

	*key = NULL;
	if (!c->host || !c->does)
		return g_strdup("a program needs `host` (where it runs) and `does` (what it does), "
				"`run` or `calls`");
	if (!kind) {
		*key = "does";
		return program_unknown_kind(c->does);
	}
	if ((why = check_needs(c, kind)))
		return why;
	if (kind->run == program_command && !world->real_time) {
		*key = "run";
		return g_strdup("a command has real time alone, and this runs in virtual time; "
				"`tcpsim simulate FILE`, without a grid, runs both");
	}
	*key = "host";
	why = check_host(world, c->host);
#define CHECK(name, member, call)                                                                  \
	if (!why && c->member) {                                                                   \
		*key = name;                                                                       \
		why = call;                                                                        \
	}
	CHECK("to", to, program_check_address(world, c->to, true))
	CHECK("bind", bind, program_check_address(world, c->bind, false))
	CHECK("sockopt", sockopt, program_check_options(c->sockopt))
	CHECK("from", from, check_from(c->from))
	CHECK("segments", segments, program_check_segments(c->segments))
	CHECK("calls", calls, program_check_calls(world, c->calls))
#undef CHECK
	if (!why && !c->size && (kind->run == program_request || kind->run == program_herd)) {
		*key = "size";
		why = g_strdup("a request has at least one byte");
	}
	return why;
}
