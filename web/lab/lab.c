/*
 * What the lab's page asks of the stack: build a world from a text, run it by pieces, tell what
 * happened. One world at a time; what these functions give lives until the next lab_open.
 *
 * A call that runs programs comes back to JavaScript before its own return (context_fiber.c), so
 * such a one returns nothing: what came of it is asked for by another call.
 */
#include <emscripten.h>
#include <glib.h>
#include <stdio.h>

#include "world/file.h"
#include "world/journal.h"
#include "world/world.h"

static struct tcpsim_world *world;
static struct world_settings settings;
static char *error;
static GString *journal;
static FILE *journal_stream; /* NULL: nobody reads it */

static ssize_t journal_take(void *cookie, const char *bytes, size_t len)
{
	g_string_append_len(journal, bytes, (gssize)len);
	return (ssize_t)len;
}

static void on_event(void *context, const struct tcp_event *event)
{
	const struct node *node = world->nodes->pdata[event->host];

	if (journal_stream)
		journal_write(journal_stream, node->name, event);
}

EMSCRIPTEN_KEEPALIVE void lab_close(void)
{
	tcpsim_world_free(world);
	world_settings_clear(&settings);
	g_clear_pointer(&error, g_free);
	g_clear_pointer(&journal_stream, fclose);
	world = NULL;
}

/* There is no kernel in a page to be a host. */
static void refuse_kernels(const char *name)
{
	const struct node *kernel = world_first_kernel(world);

	if (!kernel)
		return;
	error = g_strdup_printf(
		"%s: [host %s] has system = kernel, and here is none; 'tcpsim simulate' runs it",
		name, kernel->name);
	tcpsim_world_free(world);
	world = NULL;
}

/* The world of that text; `name` is what complaints call it. NULL, or what is wrong. */
EMSCRIPTEN_KEEPALIVE const char *lab_open(const char *name, const char *text, int with_journal)
{
	struct world_file *file;

	lab_close();
	file = world_file_parse(name, text, strlen(text), &error);
	world = file ? world_file_build(file, NULL, &settings, &error) : NULL;
	world_file_free(file);
	if (world)
		refuse_kernels(name);
	if (!world)
		return error;
	if (with_journal) {
		journal = journal ? g_string_truncate(journal, 0) : g_string_new(NULL);
		journal_stream =
			fopencookie(NULL, "w", (cookie_io_functions_t){.write = journal_take});
	}
	tcpsim_world_on_event(world, on_event, NULL);
	return NULL;
}

EMSCRIPTEN_KEEPALIVE void lab_begin(void)
{
	world_begin(world);
}

/* Up to that many events more. */
EMSCRIPTEN_KEEPALIVE void lab_go(unsigned events)
{
	while (events-- && world_step(world, settings.until_ns))
		;
}

EMSCRIPTEN_KEEPALIVE int lab_is_over(void)
{
	int64_t next_ns;

	return !clock_next(world->clock, &next_ns) || next_ns > settings.until_ns;
}

/* The event log since the last call, as `tcpsim simulate --events` writes it. */
EMSCRIPTEN_KEEPALIVE const char *lab_journal(void)
{
	static char *taken;

	fflush(journal_stream);
	g_free(taken);
	taken = g_string_free(journal, FALSE);
	journal = g_string_new(NULL);
	return taken;
}
