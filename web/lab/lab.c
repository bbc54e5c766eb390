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

#include "packets.h"
#include "traces/page/page.h"
#include "traces/page/world.h"
#include "world/journal.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

/* What a page still draws without a pause; `tcpsim simulate` tells longer runs. */
#define MOST_ITEMS	 60000
#define MOST_SAMPLES	 60000
#define MOST_CONNECTIONS 4000

static struct tcpsim_world *world;
static struct world_settings settings;
static char *error, *file_name;
static struct timeline *timeline;
static struct witness *witness;
static struct packets *packets;
static GByteArray *view;
static GString *journal;
static FILE *journal_stream; /* NULL: nobody reads it */

static ssize_t journal_take(void *cookie, const char *bytes, size_t len)
{
	g_string_append_len(journal, bytes, (gssize)len);
	return (ssize_t)len;
}

static void on_event(void *context, const struct tcpsim_event *event)
{
	const struct node *node = world->nodes->pdata[event->host];

	witness_event(witness, event);
	if (journal_stream)
		journal_write(journal_stream, node->name, event);
}

static void on_say(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	witness_said(witness, host, program, text);
}

EMSCRIPTEN_KEEPALIVE void lab_close(void)
{
	g_clear_pointer(&packets, packets_free);
	g_clear_pointer(&witness, witness_free);
	g_clear_pointer(&timeline, timeline_free);
	g_clear_pointer(&world, tcpsim_world_free);
	world_settings_clear(&settings);
	settings = (struct world_settings){0};
	g_clear_pointer(&error, g_free);
	g_clear_pointer(&file_name, g_free);
	g_clear_pointer(&view, g_byte_array_unref);
	g_clear_pointer(&journal_stream, fclose);
}

/* There is no kernel in a page to be a host. */
static void refuse_kernels(void)
{
	const struct node *kernel = world_first_kernel(world);

	if (!kernel)
		return;
	error = g_strdup_printf(
		"%s: [host %s] has system = kernel, and here is none; 'tcpsim simulate' runs it",
		file_name, kernel->name);
	g_clear_pointer(&world, tcpsim_world_free);
}

static void build(const char *text)
{
	struct world_file *file = world_file_parse(file_name, text, strlen(text), &error);

	world = file ? world_file_build(file, NULL, &settings, &error) : NULL;
	world_file_free(file);
	if (world)
		refuse_kernels();
}

/* The world of that text; `name` is what complaints call it. NULL, or what is wrong. */
EMSCRIPTEN_KEEPALIVE const char *lab_open(const char *name, const char *text, int with_journal)
{
	lab_close();
	file_name = g_strdup(name);
	build(text);
	if (!world)
		return error;
	if (with_journal) {
		journal = journal ? g_string_truncate(journal, 0) : g_string_new(NULL);
		journal_stream =
			fopencookie(NULL, "w", (cookie_io_functions_t){.write = journal_take});
	}
	timeline = timeline_new(MOST_ITEMS, MOST_CONNECTIONS);
	timeline->most_samples = MOST_SAMPLES;
	witness = witness_new(world, timeline, NULL);
	packets = packets_new(world, witness);
	tcpsim_world_on_event(world, on_event, NULL);
	tcpsim_world_on_say(world, on_say, NULL);
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

/* What happens now is counted, and not kept. */
EMSCRIPTEN_KEEPALIVE int lab_is_full(void)
{
	return timeline->left_out > 0;
}

EMSCRIPTEN_KEEPALIVE double lab_now(void)
{
	return (double)tcpsim_world_now(world);
}

/* --- what happened --- */

/* A view as the page's viewer reads it (docs/page.md), of all that has happened by now. */
EMSCRIPTEN_KEEPALIVE const uint8_t *lab_view(void)
{
	struct page *page = page_new();

	witness_end(witness);
	page_add_timeline(
		page, timeline, &(struct page_run){.name = file_name, .heading = settings.title});
	g_clear_pointer(&view, g_byte_array_unref);
	view = g_byte_array_new();
	page_encode(page, view);
	page_free(page);
	return view->data;
}

EMSCRIPTEN_KEEPALIVE unsigned lab_view_len(void)
{
	return view->len;
}

/* struct packet_entry of packet 1, 2, ...: four numbers each. */
EMSCRIPTEN_KEEPALIVE const char *lab_ways(void)
{
	return packets_entries(packets)->data;
}

EMSCRIPTEN_KEEPALIVE unsigned lab_ways_n(void)
{
	return packets_entries(packets)->len;
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
