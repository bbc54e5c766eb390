/* What programs say: told at once, noted by a part of the world, or by a process of a
 * kernel host told to the world's. See say.h. */
#define TCPSIM_POSIX_NO_MACROS
#include "process/say.h"

#include <stdarg.h>
#include <tcpsim/posix.h>

#include "process/native.h"
#include "process/process.h"
#include "world/notes.h"

struct said_note {
	const struct process *process;
	char *text;
};

static void replay_said(struct tcpsim_world *world, void *record)
{
	struct said_note *note = record;

	world->on_say(world->say_context, clock_now(world->clock), note->process->node->name,
		note->process->name, note->text);
	g_free(note->text);
}

static void say_at_home(const char *format, va_list args)
{
	char *text = g_strdup_vprintf(format, args);

	native_self()->say(text);
	g_free(text);
}

static void say(const char *format, va_list args)
{
	struct said_note note = {.process = process_current()};
	struct tcpsim_world *world = note.process ? note.process->node->world : NULL;
	struct notes *notes;

	if (!note.process && native_self()) {
		say_at_home(format, args);
		return;
	}
	if (!world || !world->on_say)
		return;
	note.text = g_strdup_vprintf(format, args);
	notes = note.process->node->part->notes;
	if (notes)
		*(struct said_note *)notes_add(notes, replay_said, sizeof(note)) = note;
	else
		replay_said(world, &note);
}

void process_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

void tcpsim_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}
