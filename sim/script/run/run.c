/*
 * The loop over a script's events, and time.
 *
 * When an event is due follows packetdrill: an absolute time counts from the start; a relative one
 * from now, except that an inbound packet right after another counts from when that one was due. An
 * outbound packet is not waited for: the system may send it earlier or later than it should, and
 * that is what the time check finds.
 */
#include "script/run/run.h"

#include "script/run/call.h"
#include "script/run/code.h"
#include "script/run/inbound.h"
#include "script/run/outbound.h"
#include "script/run/state.h"
#include "time_units.h"
#include <string.h>

/* Of a message, of a script's line that is shown, of a command in a message. */
#define MOST_TEXT    1000
#define MOST_COMMAND 300
#define MOST_MOVED   (48 << 20)
/* Thirty years: what is added to a time never leaves 64 bits. */
#define LATEST (NSEC_PER_SEC * NSEC_PER_SEC)

const char *script_verdict_name(enum script_verdict verdict)
{
	static const char *const NAMES[] = {"pass", "fail", "error", "skip"};

	return NAMES[verdict];
}

static void crossing_free(void *data)
{
	struct script_crossing *crossing = data;

	g_free(crossing->text);
	if (crossing->bytes != NULL)
		g_bytes_unref(crossing->bytes);
	g_free(crossing);
}

/* Text of a script in a message: reports are UTF-8, and a terminal is not to be steered by it. */
static char *readable(char *text)
{
	char *valid;

	if (text == NULL)
		return NULL;
	valid = g_utf8_make_valid(text, -1);
	g_free(text);
	for (char *at = valid; *at != '\0'; at++)
		if (g_ascii_iscntrl(*at) && *at != '\n' && *at != '\t')
			*at = '?';
	return valid;
}

/* A message is read by people: a script's text of a megabyte in it is not. */
static char *shortened(char *text)
{
	if (text != NULL && strlen(text) > MOST_TEXT)
		memcpy(text + MOST_TEXT - 3, "...", sizeof("..."));
	return readable(text);
}

struct script_result *script_result_new(enum script_verdict verdict, int line, const char *message)
{
	struct script_result *result = g_new0(struct script_result, 1);

	result->verdict = verdict;
	result->line = line;
	result->message = shortened(g_strdup(message));
	result->warnings = g_ptr_array_new_with_free_func(g_free);
	result->packets = g_ptr_array_new_with_free_func(crossing_free);
	result->output = g_string_new(NULL);
	return result;
}

void script_result_free(struct script_result *result)
{
	if (result == NULL)
		return;
	g_free(result->message);
	g_free(result->detail);
	g_ptr_array_unref(result->warnings);
	g_ptr_array_unref(result->packets);
	g_string_free(result->output, TRUE);
	g_free(result);
}

static void stop(
	struct run *run, enum script_verdict verdict, int line, const char *format, va_list args)
{
	if (run->stopped)
		return;
	run->stopped = true;
	run->result->verdict = verdict;
	run->result->line = line;
	g_free(run->result->message);
	run->result->message = shortened(g_strdup_vprintf(format, args));
}

bool run_fail(struct run *run, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	stop(run, SCRIPT_FAIL, line, format, args);
	va_end(args);
	return false;
}

bool run_fault(struct run *run, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	stop(run, SCRIPT_FAULT, line, format, args);
	va_end(args);
	return false;
}

int64_t run_now(struct run *run)
{
	return run->sut->ops->now(run->sut);
}

int64_t run_tolerance(const struct run *run, int64_t span_ns)
{
	int64_t share = (int64_t)(run->config->tolerance_percent / 100 * (double)span_ns);

	return MAX(run->config->tolerance_ns, share);
}

static void append_time(GString *out, int64_t ns)
{
	g_string_append_printf(out, "%" G_GINT64_FORMAT ".%06d", ns / NSEC_PER_SEC,
		(int)(ns % NSEC_PER_SEC / NSEC_PER_USEC));
}

bool run_check_time(struct run *run, const struct script_event *event, int64_t due_ns,
	int64_t due_end_ns, int64_t actual_ns, int64_t since_ns, const char *what)
{
	bool range = event->time == TIME_ABSOLUTE_RANGE || event->time == TIME_RELATIVE_RANGE;
	int64_t tolerance = run_tolerance(run, since_ns >= 0 ? due_ns - since_ns : 0);
	int64_t end_ns = range ? due_end_ns : due_ns;
	GString *text;

	if (event->time == TIME_ANY ||
		(actual_ns >= due_ns - tolerance && actual_ns <= end_ns + tolerance))
		return true;
	text = g_string_new(NULL);
	append_time(text, due_ns);
	if (range) {
		g_string_append_c(text, '~');
		append_time(text, due_end_ns);
	}
	g_string_append(text, " s, but at ");
	append_time(text, actual_ns);
	g_string_append(text, " s (tolerance ");
	append_time(text, tolerance);
	run_fail(run, event->line, "%s expected at %s s)", what, text->str);
	g_string_free(text, TRUE);
	return false;
}

/* The system has given up: so does the script. */
static void check_trouble(struct run *run)
{
	const char *trouble =
		run->sut->ops->trouble != NULL ? run->sut->ops->trouble(run->sut) : NULL;

	if (trouble != NULL)
		run_fault(run, run->event != NULL ? run->event->line : run->last_event->line, "%s",
			trouble);
}

enum sut_wake run_advance(struct run *run, int64_t until_ns, unsigned wanted)
{
	for (;;) {
		unsigned mask = wanted | (run->pending != NULL ? SUT_WANT_CALL : 0);
		enum sut_wake wake = run->sut->ops->advance(run->sut, until_ns, mask);

		check_trouble(run);
		if (wake != SUT_CALL)
			return wake;
		if (!run_call_complete(run) || (wanted & SUT_WANT_CALL) != 0)
			return SUT_CALL;
	}
}

static const char *event_name(const struct script_event *event)
{
	switch (event->kind) {
	case EVENT_PACKET: return event->packet.outbound ? "outbound packet" : "inbound packet";
	case EVENT_CALL: return "system call";
	case EVENT_COMMAND: return "command";
	default: return "code";
	}
}

/* What it moves is held twice, by us and by the system. */
bool run_moves(struct run *run, size_t bytes)
{
	run->moved += bytes;
	return run->moved <= MOST_MOVED ||
	       run_fault(run, run->event->line, "the script moves more than %d MB in all",
		       MOST_MOVED >> 20);
}

bool run_wait_for_event(struct run *run)
{
	if (run_now(run) < run->at_ns)
		run_advance(run, run->at_ns, 0);
	if (run->stopped)
		return false;
	if (run->events_done == 0)
		return true;
	return run_check_time(run, run->event, run->at_ns, run->at_end_ns, run_now(run),
		run->last_event != NULL ? run->last_at_ns : -1, event_name(run->event));
}

static bool anchored(const struct script_event *event)
{
	return event->kind == EVENT_PACKET && !event->packet.outbound;
}

static bool relative(const struct script_event *event)
{
	return event->time == TIME_RELATIVE || event->time == TIME_RELATIVE_RANGE ||
	       event->time == TIME_ANY;
}

static bool set_due_time(struct run *run, const struct script_event *event)
{
	run->offset_ns = 0;
	if (relative(event)) {
		if (run->last_event != NULL && anchored(run->last_event) && anchored(event))
			run->offset_ns = run->last_at_ns;
		else
			run->offset_ns = run_now(run);
	}
	run->at_ns = event->time_ns + run->offset_ns;
	run->at_end_ns = event->time_end_ns + run->offset_ns;
	return (run->at_ns <= LATEST && run->at_end_ns <= LATEST) ||
	       run_fault(run, event->line, "the script goes on for more than thirty years");
}

static bool check_order(struct run *run, const struct script_event *event)
{
	if (run->last_event == NULL &&
		(event->time != TIME_ABSOLUTE && event->time != TIME_RELATIVE))
		return run_fault(run, event->line, "the first event must be at time 0");
	if (run->last_event == NULL && event->time_ns != 0)
		return run_fault(run, event->line, "the first event must be at time 0");
	if (run->last_event != NULL && !relative(run->last_event) && !relative(event) &&
		event->time_ns < run->last_at_ns)
		return run_fault(run, event->line,
			"time goes backwards; give events in the order they happen");
	return true;
}

static void print_line(const struct run *run, int line)
{
	if (run->options->line != NULL)
		atomic_store(run->options->line, line);
}

/* A command that exits non-zero fails the script. */
static bool run_command(struct run *run, const char *text, int line)
{
	GString *output = g_string_new(NULL);
	int status;

	print_line(run, line);
	status = run->sut->ops->command(run->sut, text, output);

	g_strchomp(output->str);
	if (status != 0) {
		run_fail(run, line, "the command `%.*s` exited with status %d%s%s",
			(int)MIN(strlen(text), MOST_COMMAND), text, status,
			*output->str != '\0' ? ": " : "", output->str);
		g_strdelimit(run->result->message, "\n", ' ');
	}
	g_string_free(output, TRUE);
	return status == 0;
}

static bool run_event(struct run *run, const struct script_event *event)
{
	switch (event->kind) {
	case EVENT_PACKET:
		return event->packet.outbound ? run_outbound(run, &event->packet)
					      : run_inbound(run, &event->packet);
	case EVENT_CALL: return run_call_event(run, event);
	case EVENT_COMMAND:
		return run_wait_for_event(run) && run_command(run, event->text, event->line);
	case EVENT_CODE: return run_wait_for_event(run) && run_code_event(run, event);
	}
	return false;
}

/* #ifdef NAME: nplab defines the name of the system it runs on. */
static bool condition_holds(const struct run *run, const char *name)
{
	return name == NULL ||
	       strcmp(name, run->config->platform == SUT_FREEBSD ? "FreeBSD" : "Linux") == 0;
}

static void run_events(struct run *run)
{
	for (run->event = run->script->events; run->event != NULL; run->event = run->event->next) {
		if (!condition_holds(run, run->event->condition))
			continue;
		print_line(run, run->event->line);
		if (!check_order(run, run->event))
			return;
		if (!set_due_time(run, run->event) || !run_event(run, run->event) || run->stopped)
			return;
		run->events_done++;
		run->last_event = run->event;
		run->last_at_ns = run->at_ns;
	}
}

static bool run_init_files(struct run *run)
{
	char **files;
	bool ok = true;

	if (run->config->init_scripts == NULL)
		return true;
	files = g_strsplit(run->config->init_scripts, ",", -1);
	for (char **file = files; *file != NULL && ok; file++)
		ok = run_command(run, *file, 1);
	g_strfreev(files);
	return ok;
}

/* All that comes before the first event; the script's time is counted from its end. */
static bool prepare(struct run *run)
{
	const struct script *script = run->script;

	if (!run_init_files(run) ||
		(script->init_command != NULL &&
			!run_command(run, script->init_command, script->init_line)))
		return false;
	if (run->sut->ops->begin != NULL)
		run->sut->ops->begin(run->sut);
	return true;
}

/* The line as it stands in the file. */
static char *source_line(const struct script *script, int line)
{
	const char *at = script->source, *end = script->source + script->source_len, *stop_at;

	for (int i = 1; i < line && at < end; i++) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		at = next != NULL ? next + 1 : end;
	}
	stop_at = memchr(at, '\n', (size_t)(end - at));
	return shortened(
		g_strchomp(g_strndup(at, (gsize)((stop_at != NULL ? stop_at : end) - at))));
}

/* The script's line in front of what the part that failed has told, the last events behind it. */
static void complete_detail(struct run *run)
{
	struct script_result *result = run->result;
	GString *detail;
	char *line;

	if (result->verdict == SCRIPT_PASS)
		return;
	detail = g_string_new(NULL);
	line = source_line(run->script, result->line);
	if (result->line > 0)
		g_string_append_printf(detail, "  %4d | %s\n", result->line, line);
	g_free(line);
	if (result->detail != NULL)
		g_string_append(detail, result->detail);
	if (run->sut->ops->explain != NULL && run->options->explain_lines > 0) {
		g_string_append(detail, "  before that:\n");
		run->sut->ops->explain(run->sut, detail, run->options->explain_lines);
	}
	g_free(result->detail);
	result->detail = readable(g_string_free(detail, FALSE));
}

static void socket_free(void *data)
{
	struct run_socket *socket = data;

	g_hash_table_unref(socket->ts_map);
	payload_free(socket->payload);
	g_free(socket);
}

struct script_result *script_run(const struct script *script, const struct script_config *config,
	struct sut *sut, const struct script_run_options *options)
{
	struct run run = {.script = script,
		.config = config,
		.options = options,
		.sut = sut,
		.next_port = 40001};

	run.result = script_result_new(SCRIPT_PASS, 0, NULL);
	run.sockets = g_ptr_array_new_with_free_func(socket_free);
	run.fds = g_array_new(FALSE, TRUE, sizeof(struct run_fd));
	if (prepare(&run)) {
		run_events(&run);
		if (!run.stopped && run.pending != NULL && !run_await_last_call(&run) &&
			!run.stopped)
			run_fail(&run, run.last_event->line,
				"the script ends while a call still blocks");
		if (!run.stopped)
			run_code_finish(&run);
		if (!run.stopped && script->cleanup_command != NULL)
			run_command(&run, script->cleanup_command, script->cleanup_line);
	}
	run.result->virtual_ns = run_now(&run);
	complete_detail(&run);
	run_call_abandon(&run);
	run_code_free(run.code);
	g_ptr_array_unref(run.sockets);
	g_array_unref(run.fds);
	return run.result;
}
