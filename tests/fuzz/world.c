/*
 * Text that claims to be a world's file: reading it ends, whatever it is; what is wrong is told in
 * one line with the file's name before it; and a world that it does describe runs, for so many
 * events and so long in virtual time, and goes without leaving anything behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process/process.h"
#include "process/programs.h"
#include "world/build.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

#define LONGEST_NS  INT64_C(300000000000)
#define MOST_EVENTS 5000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* A world that asks for a thousand million of something is no mistake, but takes its time. */
static bool is_modest(const struct tcpsim_world *world)
{
	if (world->nodes->len > 100 || world->links->len > 100 || world->processes->len > 100)
		return false;
	for (guint i = 0; i < world->processes->len; i++) {
		const struct process *p = world->processes->pdata[i];
		const struct program_config *c = p->argument;

		if (c->count > 200 || c->clients > 50 || c->workers > 50 || c->bytes > 1000000 ||
			c->size > 100000 || c->reply > 1000000)
			return false;
	}
	return true;
}

static void run_it(struct tcpsim_world *world)
{
	world->check = true;
	world_build(world);
	world_run_ready(world);
	for (unsigned n = 0; n < MOST_EVENTS && clock_step(world->clock, LONGEST_NS); n++)
		world_run_ready(world);
}

static void check_error(const char *error, const char *path)
{
	must(error && g_str_has_prefix(error, path) && !strchr(error, '\n'));
}

static void build_it(const struct world_file *file, const char *path)
{
	struct world_settings settings;
	char *error = NULL;
	struct tcpsim_world *world = world_file_build(file, NULL, &settings, &error);

	if (!world) {
		check_error(error, path);
		g_free(error);
		return;
	}
	if (is_modest(world))
		run_it(world);
	tcpsim_world_free(world);
	world_settings_clear(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[40], *error = NULL;

	must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct world_file *file = world_file_read(path, &error);

	if (file) {
		world_file_seed(file);
		build_it(file, path);
	} else {
		check_error(error, path);
		g_free(error);
	}
	world_file_free(file);
	close(fd);
	return 0;
}
