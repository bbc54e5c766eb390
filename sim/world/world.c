/* The world: what it is made of, and how it runs. See world.h. */
#include "world/world.h"
#include "world/addresses.h"
#include "world/build.h"

#include <errno.h>
#include <string.h>

#include "base/near.h"
#include "base/profile_file.h"
#include "world/notify.h"
#include "world/split.h"
#include "world/threads.h"
#include "world/ways.h"

struct tcpsim_world *tcpsim_world_new(uint64_t seed)
{
	struct tcpsim_world *world = g_new0(struct tcpsim_world, 1);

	world->seed = seed;
	world->until_ns = TCPSIM_FOREVER;
	world->clock = clock_new(0);
	world->pool = tcpsim_pool_new();
	world->nodes = g_ptr_array_new();
	world->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	world->owners = g_hash_table_new(world_addr_hash, world_addr_equal);
	world->links = g_ptr_array_new();
	world->profiles = g_ptr_array_new();
	world->processes = g_ptr_array_new();
	world->whole = (struct world_part){.world = world,
		.clock = world->clock,
		.pool = world->pool,
		.ready_last = &world->whole.ready};
	return world;
}

void world_link_free(struct world_link *link)
{
	for (int end = 0; end < 2; end++) {
		link_way_free(link->way[end]);
		link_config_clear(&link->config[end]);
	}
	g_free(link);
}

static void free_links(struct tcpsim_world *world)
{
	for (guint i = 0; i < world->links->len; i++)
		world_link_free(world->links->pdata[i]);
	g_ptr_array_free(world->links, TRUE);
}

static void free_node(struct node *node)
{
	char *error = NULL;

	clock_cancel(node->part->clock, &node->deadline);
	clock_cancel(node->part->clock, &node->restart);
	tcpsim_host_free(node->host);
	/* Nobody is here to be told: a capture that is not whole is not there. */
	if (node->capture && !capture_writer_close(node->capture, &error))
		g_free(error);
	g_ptr_array_free(node->sysctls, TRUE);
	g_ptr_array_free(node->sysctl_places, TRUE);
	g_ptr_array_free(node->waiters, TRUE);
	g_ptr_array_free(node->processes, TRUE);
	g_free(node->router.routes);
	ways_free(node->router.ways);
	g_free(node->ports);
	g_free(node->name);
	g_free(node);
}

void tcpsim_world_free(struct tcpsim_world *world)
{
	if (!world)
		return;
	if (world->driver)
		world->driver->free(world->driver->context);
	if (world->programs)
		world->programs->free_all(world);
	g_ptr_array_free(world->processes, TRUE);
	free_links(world);
	for (guint i = 0; i < world->nodes->len; i++)
		free_node(world->nodes->pdata[i]);
	g_ptr_array_free(world->nodes, TRUE);
	g_hash_table_destroy(world->by_name);
	g_hash_table_destroy(world->owners);
	for (guint i = 0; i < world->profiles->len; i++)
		profile_file_free(world->profiles->pdata[i]);
	g_ptr_array_free(world->profiles, TRUE);
	split_free(world);
	g_free(world->whole.passing);
	tcpsim_pool_free(world->pool);
	clock_free(world->clock);
	g_free(world);
}

struct node *world_node(const struct tcpsim_world *world, const char *name)
{
	return g_hash_table_lookup(world->by_name, name);
}

char *world_near_nodes(const struct tcpsim_world *world, const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	char *near, *text;

	for (guint i = 0; i < world->nodes->len; i++)
		g_ptr_array_add(names, ((struct node *)world->nodes->pdata[i])->name);
	g_ptr_array_add(names, NULL);
	near = near_names(name, (const char *const *)names->pdata, 3);
	if (near) {
		text = g_strdup_printf("did you mean %s?", near);
	} else if (names->len == 1) {
		text = g_strdup("there is none yet: [host NAME] makes one");
	} else {
		char *all;
		bool many = names->len > 21;

		if (many)
			names->pdata[20] = NULL;
		all = g_strjoinv(", ", (char **)names->pdata);
		text = g_strdup_printf("there %s %s%s", names->len == 2 ? "is" : "are", all,
			many ? " and more" : "");
		g_free(all);
	}
	g_free(near);
	g_ptr_array_free(names, TRUE);
	return text;
}

static void on_deadline(struct clock_event *event, int64_t now_ns)
{
	struct node *node = (struct node *)((char *)event - offsetof(struct node, deadline));

	tcpsim_host_advance(node->host, now_ns);
	node_flush(node);
}

/* The machine goes down and comes up again: connections are forgotten, as nobody was told. */
static void on_restart(struct clock_event *event, int64_t now_ns)
{
	struct node *node = (struct node *)((char *)event - offsetof(struct node, restart));

	notify_restarts(node);
	if (node->world->programs)
		node->world->programs->kill_all(node);
	node->incarnation++;
	if (node->is_kernel) {
		if (node->outside)
			node->outside->restart(node->outside->context);
		return;
	}
	clock_cancel(node->part->clock, &node->deadline);
	tcpsim_host_free(node->host);
	node_make_host(node);
}

static int add_node(struct tcpsim_world *world, const char *name, enum node_kind kind,
	const struct tcpsim_profile *profile)
{
	struct node *node;

	if (!world || !name)
		return -EFAULT;
	if (!*name || world->built || (profile && tcpsim_profile_check(profile, NULL, 0) < 0))
		return -EINVAL;
	if (world_node(world, name))
		return -EEXIST;
	node = g_new0(struct node, 1);
	node->world = world;
	node->part = &world->whole;
	node->name = g_strdup(name);
	node->kind = kind;
	node->index = world->nodes->len;
	if (profile)
		node->profile = *profile;
	node->sysctls = g_ptr_array_new_with_free_func(g_free);
	node->sysctl_places = g_ptr_array_new_with_free_func(g_free);
	node->waiters = g_ptr_array_new_with_free_func(g_free);
	node->processes = g_ptr_array_new();
	TAILQ_INIT(&node->any_waiters);
	node->deadline.fire = on_deadline;
	node->restart.fire = on_restart;
	node->router.transparent = kind == NODE_SWITCH;
	g_ptr_array_add(world->nodes, node);
	g_hash_table_insert(world->by_name, node->name, node);
	return 0;
}

int tcpsim_world_add_host(
	struct tcpsim_world *world, const char *name, const struct tcpsim_profile *profile)
{
	return profile ? add_node(world, name, NODE_HOST, profile) : -EFAULT;
}

int world_add_kernel_host(struct tcpsim_world *world, const char *name)
{
	int status = add_node(world, name, NODE_HOST, &tcpsim_profile_linux);

	if (status == 0)
		world_node(world, name)->is_kernel = true;
	return status;
}

const struct node *world_first_kernel(const struct tcpsim_world *world)
{
	for (guint i = 0; i < world->nodes->len; i++) {
		const struct node *node = world->nodes->pdata[i];

		if (node->is_kernel)
			return node;
	}
	return NULL;
}

int tcpsim_world_add_router(struct tcpsim_world *world, const char *name)
{
	return add_node(world, name, NODE_ROUTER, NULL);
}

int tcpsim_world_add_switch(struct tcpsim_world *world, const char *name)
{
	return add_node(world, name, NODE_SWITCH, NULL);
}

static unsigned add_port(struct node *node, struct world_link *link)
{
	struct port *port;

	if ((node->n_ports & (node->n_ports - 1)) == 0) /* room for twice as many */
		node->ports = g_renew(struct port, node->ports, MAX(node->n_ports * 2, 1));
	port = &node->ports[node->n_ports];
	memset(port, 0, sizeof(*port));
	port->node = node;
	port->index = node->n_ports;
	port->link = link;
	g_snprintf(port->name, sizeof(port->name), "eth%u", node->n_ports);
	return node->n_ports++;
}

int world_link_new(
	struct tcpsim_world *world, const char *a, const char *b, struct world_link **made)
{
	struct node *end[2];
	struct world_link *link;

	if (!world || !a || !b)
		return -EFAULT;
	end[0] = world_node(world, a);
	end[1] = world_node(world, b);
	if (!end[0] || !end[1])
		return -ENOENT;
	if (end[0] == end[1] || world->built)
		return -EINVAL;
	link = *made = g_new0(struct world_link, 1);
	link->v4 = true;
	for (int i = 0; i < 2; i++) {
		link->end[i] = end[i];
		link->config[i].mtu = 1500;
	}
	return 0;
}

void world_link_add(struct tcpsim_world *world, struct world_link *link)
{
	for (int i = 0; i < 2; i++)
		link->port[i] = add_port(link->end[i], link);
	g_ptr_array_add(world->links, link);
}

int tcpsim_world_sysctl(
	struct tcpsim_world *world, const char *host, const char *name, const char *value)
{
	struct node *node;
	int status;

	if (!world || !host || !name || !value)
		return -EFAULT;
	node = world_node(world, host);
	if (!node || node->kind != NODE_HOST)
		return -ENOENT;
	if (node->host)
		return tcpsim_host_sysctl_set(node->host, name, value);
	if (node->outside) /* a kernel that is up: it was told when it came up */
		return -EBUSY;
	status = node->is_kernel ? 0 : node_try_sysctl(node, name, value, NULL);
	if (status == 0)
		g_ptr_array_add(node->sysctls, g_strdup_printf("%s=%s", name, value));
	return status;
}

int tcpsim_world_capture(struct tcpsim_world *world, const char *name, const char *path)
{
	struct node *node;
	struct output *output;
	char *error = NULL;

	if (!world || !name || !path)
		return -EFAULT;
	node = world_node(world, name);
	if (!node || node->capture)
		return node ? -EEXIST : -ENOENT;
	output = output_open(path, &error);
	if (!output) {
		int status = -errno;

		g_free(error);
		return status;
	}
	node->capture = capture_writer_new(output, node->name);
	for (unsigned i = 0; i < node->n_ports; i++)
		capture_add_interface(node->capture, node->ports[i].name, node_mtu(node, i));
	return 0;
}

void tcpsim_world_on_say(struct tcpsim_world *world, tcpsim_world_say_fn say, void *context)
{
	if (!world)
		return;
	world->on_say = say;
	world->say_context = context;
}

void tcpsim_world_on_event(struct tcpsim_world *world, tcpsim_event_fn event, void *context)
{
	if (!world)
		return;
	world->on_event = event;
	world->event_context = context;
}

void world_run_ready(struct tcpsim_world *world)
{
	if (world->whole.ready)
		world->programs->run_ready(&world->whole);
}

void world_begin(struct tcpsim_world *world)
{
	world_build(world);
	world_run_ready(world);
}

bool world_step(struct tcpsim_world *world, int64_t until_ns)
{
	if (!clock_step(world->clock, until_ns))
		return false;
	world_run_ready(world);
	return true;
}

size_t world_pending(const struct tcpsim_world *world)
{
	size_t n = clock_pending(world->clock);

	for (unsigned i = 0; i < world->n_parts; i++)
		n += clock_pending(world->parts[i]->clock);
	return n;
}

int64_t tcpsim_world_run(struct tcpsim_world *world, int64_t until_ns)
{
	if (!world)
		return 0;
	until_ns = MIN(until_ns, world->until_ns);
	if (world->driver)
		return world->driver->run(world->driver->context, until_ns);
	world_begin(world);
	if (world->n_parts)
		threads_run(world, until_ns);
	while (!world->n_parts && world_step(world, until_ns))
		;
	if (until_ns != TCPSIM_FOREVER && world_pending(world))
		clock_pass(world->clock, until_ns);
	return clock_now(world->clock);
}

int64_t tcpsim_world_until(const struct tcpsim_world *world)
{
	return world ? world->until_ns : 0;
}

bool tcpsim_world_is_over(const struct tcpsim_world *world)
{
	if (world && world->driver)
		return world->driver->is_over(world->driver->context);
	return !world || !world_pending(world) || clock_now(world->clock) >= world->until_ns;
}

int64_t tcpsim_world_now(const struct tcpsim_world *world)
{
	const struct node *here = world && world->programs ? world->programs->place() : NULL;

	if (here && here->world == world)
		return clock_now(here->part->clock);
	return world ? clock_now(world->clock) : 0;
}

struct tcpsim_host *tcpsim_world_host(struct tcpsim_world *world, const char *name)
{
	struct node *node = world && name ? world_node(world, name) : NULL;

	if (node)
		world_build(world);
	return node ? node->host : NULL;
}

void tcpsim_world_flush(struct tcpsim_world *world, const char *name)
{
	struct node *node = world && name ? world_node(world, name) : NULL;

	if (node && node->host)
		node_flush(node);
}

bool tcpsim_world_address(struct tcpsim_world *world, const char *name, struct tcpsim_addr *addr)
{
	struct node *node = world && name ? world_node(world, name) : NULL;

	if (!node || !addr)
		return false;
	world_build(world);
	if (!node->n_ports || !node->ports[0].n_addr)
		return false;
	*addr = node->ports[0].addr[0];
	return true;
}
