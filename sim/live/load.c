/* A world's file, for who runs it by calls. See <tcpsim/world.h>. */
#include "live/kernel_world.h"
#include "process/programs.h"
#include "world/world.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

/* Commands would be children of the caller's process, among its own. */
static void refuse_commands(struct tcpsim_world **world, const char *path, char **why)
{
	if (!*world || !program_any_command(*world))
		return;
	*why = g_strdup_printf("%s: `run = COMMAND` is a command of this machine, which `tcpsim "
			       "simulate FILE` runs and a program's own world does not",
		path);
	tcpsim_world_free(*world);
	*world = NULL;
}

static struct tcpsim_world *build(const char *path, char **why)
{
	struct world_file *file = world_file_read(path, why);
	struct world_settings settings = {0};
	struct tcpsim_world *world =
		file ? world_file_build_real(file, NULL, &settings, why) : NULL;

	if (world) {
		world->until_ns = settings.until_ns;
		world_settings_clear(&settings);
	}
	world_file_free(file);
	refuse_commands(&world, path, why);
	if (world && world_first_kernel(world))
		kernel_world_drive(world);
	return world;
}

struct tcpsim_world *tcpsim_world_load(const char *path, char **error)
{
	char *why = NULL;
	struct tcpsim_world *world = path ? build(path, &why) : NULL;

	if (!path)
		why = g_strdup("there is no path (NULL) of a world's file; give one");
	if (error)
		*error = why;
	else
		g_free(why);
	return world;
}
