/*
 * Memory fails under the hosts of the documentation's worlds while they run: programs are told,
 * packets are lost, every invariant holds after each step, and the world goes without leaving a
 * packet behind. (That no byte is wrong is failing_memory.c's.)
 */
#include <criterion/criterion.h>
#include <glib.h>

#include "process/process.h"
#include "support/allocations.h"
#include "world/build.h"
#include "world/world.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

#define WORLDS "docs/worlds"

/* What programs say then is their own affair. */
static void quiet(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
}

/* A host that is made anew while memory fails ends the program by its nature. */
static bool makes_hosts(const char *path)
{
	char *text = NULL;
	bool found;

	cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
	found = strstr(text, "restart");
	g_free(text);
	return found;
}

/* False: fewer allocations than `nth`, so that none failed. */
static bool try_world(const char *path, uint64_t nth, bool every)
{
	struct world_settings settings;
	char *error = NULL;
	struct world_file *file = world_file_read(path, &error);
	struct tcpsim_world *world = file ? world_file_build(file, NULL, &settings, &error) : NULL;
	bool happened;

	cr_assert_not_null(world, "%s", error);
	world->check = true;
	tcpsim_world_on_say(world, quiet, NULL);
	world_build(world);
	allocations_fail(nth, every);
	tcpsim_world_run(world, settings.until_ns);
	happened = allocations_failed();
	allocations_fail(0, false);
	tcpsim_world_free(world);
	world_settings_clear(&settings);
	world_file_free(file);
	return happened;
}

static void try_file(const char *path)
{
	/* Each of the first, then ever fewer: what comes later is much like what came before. */
	for (uint64_t n = 1; try_world(path, n, false); n += 1 + n / 8)
		;
	for (uint64_t n = 2; n < 40; n += 1 + n / 3)
		try_world(path, n, true);
}

Test(failing_memory, worlds_go_on)
{
	const char *source = g_getenv("TCPSIM_SOURCE");
	char *folder = g_build_filename(source ? source : ".", WORLDS, NULL);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;
	int n = 0;

	cr_assert_not_null(dir, "%s", folder);
	while ((name = g_dir_read_name(dir))) {
		char *path = g_build_filename(folder, name, NULL);

		if (g_str_has_suffix(name, ".world") && !makes_hosts(path)) {
			try_file(path);
			n++;
		}
		g_free(path);
	}
	cr_assert_geq(n, 10);
	g_dir_close(dir);
	g_free(folder);
}
