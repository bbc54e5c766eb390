/* C functions of a caller's as programs of a world: their start, and how they ended. See
 * <tcpsim/world.h>. */
#include <errno.h>
#include <string.h>

#include "process/process.h"

int tcpsim_world_spawn(struct tcpsim_world *world, const char *host, const char *program,
	int (*main)(int argc, char **argv), int argc, char **argv, int64_t start_ns)
{
	return tcpsim_world_spawn_twice(world, host, program, main, NULL, argc, argv, start_ns);
}

int tcpsim_world_spawn_twice(struct tcpsim_world *world, const char *host, const char *program,
	int (*in_world)(int argc, char **argv), int (*on_kernel)(int argc, char **argv), int argc,
	char **argv, int64_t start_ns)
{
	int (*main)(int argc, char **argv);
	struct process *p;
	struct node *node;

	if (!world || !host || !program || (!in_world && !on_kernel) || argc < 0 || (argc && !argv))
		return -EFAULT;
	node = world_node(world, host);
	if (!node || node->kind != NODE_HOST)
		return -ENOENT;
	main = node->is_kernel ? on_kernel : in_world;
	if (!main)
		return -EOPNOTSUPP; /* it is compiled for the other's calls */
	p = process_new(node, program, start_ns);
	p->main = main;
	p->argc = argc;
	p->argv = g_new0(char *, argc + 1);
	for (int i = 0; i < argc; i++)
		p->argv[i] = g_strdup(argv[i]);
	return 0;
}

unsigned tcpsim_world_running(const struct tcpsim_world *world)
{
	unsigned n = 0;

	for (guint i = 0; world && i < world->processes->len; i++)
		n += !((struct process *)world->processes->pdata[i])->ended;
	return n;
}

/* As a shell has it. */
static int status_of(const struct process *p)
{
	return p->killed ? 128 + SIGKILL : p->status & 0xff;
}

int tcpsim_world_status(const struct tcpsim_world *world, const char *host, const char *program)
{
	if (!world || !host || !program)
		return -EFAULT;
	for (guint i = world->processes->len; i-- > 0;) {
		const struct process *p = world->processes->pdata[i];

		if (strcmp(p->node->name, host) == 0 && strcmp(p->name, program) == 0)
			return p->ended ? status_of(p) : -EAGAIN;
	}
	return -ENOENT;
}
