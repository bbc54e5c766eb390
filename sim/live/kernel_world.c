/* Kernel hosts in worlds that are run by calls, which then go by the real clock. See <tcpsim/world.h>,
 * kernel_world.h. */
#include "live/kernel_world.h"

#include <errno.h>

#include "live/namespace.h"
#include "live/real_world.h"
#include "world/world.h"
#include "worldfile/file.h"

struct kernel_world {
	struct world_driver driver; /* the world's */
	struct tcpsim_world *world;
	struct real_run *run; /* from its first run on */
	GError *error;
	bool is_over;
};

static int errno_of(const GError *error)
{
	switch ((enum live_error)error->code) {
	case LIVE_ERROR_NAMESPACE: return -EPERM;
	case LIVE_ERROR_TUN: return -ENODEV;
	case LIVE_ERROR_CLOCK: return -EMFILE;
	case LIVE_ERROR_NETWORK:
	default: return -EINVAL;
	}
}

static int64_t run(void *context, int64_t until_ns)
{
	struct kernel_world *k = context;
	struct tcpsim_world *world = k->world;

	g_clear_error(&k->error);
	if (!k->run)
		k->run = real_run_open(world, NULL, &k->error);
	if (!k->run)
		return errno_of(k->error);
	/* nobody waits for ever, or for the week that a file has which gives no time */
	k->is_over = real_run_go(k->run, until_ns >= WORLD_UNTIL_NS ? REAL_UNTIL_NS : until_ns);
	return clock_now(world->clock);
}

static bool is_over(const void *context)
{
	const struct kernel_world *k = context;

	return k->is_over || clock_now(k->world->clock) >= k->world->until_ns;
}

static void free_it(void *context)
{
	struct kernel_world *k = context;

	if (k->run)
		real_run_close(k->run);
	g_clear_error(&k->error);
	g_free(k);
}

static const struct kernel_world *kernel_world_of(const struct tcpsim_world *world)
{
	return world && world->driver ? world->driver->context : NULL;
}

void kernel_world_drive(struct tcpsim_world *world)
{
	struct kernel_world *k = g_new0(struct kernel_world, 1);

	k->world = world;
	k->driver = (struct world_driver){k, run, is_over, free_it};
	world->driver = &k->driver;
}

int tcpsim_world_add_kernel_host(struct tcpsim_world *world, const char *name)
{
	int status = world_add_kernel_host(world, name);

	if (status == 0 && !world->driver)
		kernel_world_drive(world);
	return status;
}

const char *tcpsim_world_error(const struct tcpsim_world *world)
{
	const struct kernel_world *k = kernel_world_of(world);

	return k && k->error ? k->error->message : NULL;
}

int64_t tcpsim_world_lateness(const struct tcpsim_world *world)
{
	const struct kernel_world *k = kernel_world_of(world);

	return k && k->run ? real_run_lateness(k->run)->worst_ns : 0;
}
