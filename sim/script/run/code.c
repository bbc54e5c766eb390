/*
 * Code events: the figures of the connection at that moment become names, then the code runs.
 *
 * With --python the text is collected and handed to the interpreter when the script has ended, as
 * packetdrill does; the built-in evaluator runs it at once. Names live on from one block to the
 * next in both.
 */
#include "script/run/code.h"
#include "script/language/symbols.h"
#include "script/python/eval.h"
#include "script/run/run.h"
#include "script/run/state.h"
#include <glib/gstdio.h>
#include <string.h>

struct code_state {
	struct eval_scope *scope;
	GString *python; /* NULL: the built-in evaluator */
};

static void set_in_scope(void *context, const char *name, int64_t value)
{
	eval_set_integer(context, name, value);
}

static void set_in_python(void *context, const char *name, int64_t value)
{
	g_string_append_printf(context, "%s = %" G_GINT64_FORMAT "\n", name, value);
}

static struct code_state *code_state(struct run *run)
{
	struct code_state *code = run->code;

	if (code != NULL)
		return code;
	code = run->code = g_new0(struct code_state, 1);
	code->scope = eval_scope_new();
	if (run->options->python != NULL) {
		code->python = g_string_new(NULL);
		symbol_each_code(set_in_python, code->python);
	}
	symbol_each_code(set_in_scope, code->scope);
	return code;
}

void run_code_free(struct code_state *code)
{
	if (code == NULL)
		return;
	eval_scope_free(code->scope);
	if (code->python != NULL)
		g_string_free(code->python, TRUE);
	g_free(code);
}

static bool take_figures(struct run *run, struct code_state *code)
{
	int fd = run->under_test != NULL ? run->under_test->live_fd : -1;
	bool python = code->python != NULL;

	if (fd < 0)
		return run_fail(run, run->event->line,
			"no open connection whose figures the code could use");
	if (run->sut->ops->info(run->sut, fd, python ? set_in_python : set_in_scope,
		    python ? (void *)code->python : (void *)code->scope))
		return true;
	return run_fail(
		run, run->event->line, "the socket gives no figures (it is closed or listens)");
}

/* A position within the code, as a quoted string of Python has it. */
static void append_python(
	struct run *run, struct code_state *code, const struct script_event *event)
{
	char *path = g_strescape(run->script->path, NULL);
	char *text = g_strdup(event->text);

	g_strstrip(text);
	g_string_append_printf(
		code->python, "_file = '%s'\n_line = %d\n%s\n\n", path, event->line, text);
	g_free(path);
	g_free(text);
}

bool run_code_event(struct run *run, const struct script_event *event)
{
	struct code_state *code = code_state(run);
	enum eval_outcome outcome;
	char *message;
	int line;

	if (!take_figures(run, code))
		return false;
	if (code->python != NULL) {
		append_python(run, code, event);
		return true;
	}
	outcome = eval_run(code->scope, event->text, run->result->output, &message, &line);
	if (outcome == EVAL_FALSE)
		run_fail(run, event->line + line, "%s", message);
	else if (outcome == EVAL_WRONG)
		run_fault(run, event->line + line, "%s", message);
	g_free(message);
	return outcome == EVAL_OK;
}

/* An exception names the script's line, not the collected file's. */
static const char PREAMBLE[] = "import sys\n"
			       "def _told(kind, value, trace):\n"
			       "    sys.stderr.write('%d:%s %s' % (_line, kind.__name__, value))\n"
			       "sys.excepthook = _told\n";

static bool run_python(struct run *run, const char *path)
{
	const char *argv[] = {run->options->python, path, NULL};
	char *output = NULL, *complaint = NULL;
	GError *error = NULL;
	int status = 0, line = 0;
	bool ok;

	if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
		    &complaint, &status, &error)) {
		run_fault(run, 0, "%s does not start: %s", run->options->python, error->message);
		g_error_free(error);
		return false;
	}
	g_string_append(run->result->output, output);
	ok = status == 0;
	if (!ok) {
		char *rest = complaint;

		line = (int)g_ascii_strtoll(complaint, &rest, 10);
		run_fail(run, line, "%s", g_strstrip(*rest == ':' ? rest + 1 : rest));
	}
	g_free(output);
	g_free(complaint);
	return ok;
}

bool run_code_finish(struct run *run)
{
	struct code_state *code = run->code;
	GError *error = NULL;
	char *path;
	int file;
	bool ok;

	if (code == NULL || code->python == NULL)
		return true;
	g_string_prepend(code->python, PREAMBLE);
	file = g_file_open_tmp("tcpsim-XXXXXX.py", &path, &error);
	if (file < 0) {
		run_fault(run, 0, "no file for the code: %s", error->message);
		g_error_free(error);
		return false;
	}
	g_close(file, NULL);
	ok = g_file_set_contents(path, code->python->str, (gssize)code->python->len, NULL) &&
	     run_python(run, path);
	g_unlink(path);
	g_free(path);
	return ok;
}
