/* Running the program from a test: see command.h. */
#include "command.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/wait.h>

/* The input goes through a file: a pipe would need a second thread to be filled. */
static char *input_file(const char *input)
{
	char *path = NULL;
	int fd = g_file_open_tmp("tcpsim-input-XXXXXX", &path, NULL);

	cr_assert_geq(fd, 0);
	g_close(fd, NULL);
	cr_assert(g_file_set_contents(path, input, -1, NULL));
	return path;
}

struct command_result command_run_with(const char *line, const char *input)
{
	const char *program = g_getenv("TCPSIM");
	struct command_result result = {0};
	GError *error = NULL;
	int wait_status = 0;

	cr_assert_not_null(program, "TCPSIM is not set: run through `meson test`");
	char *path = input_file(input);
	char *quoted = g_shell_quote(program);
	char *script = g_strdup_printf("%s <%s %s", quoted, path, line);
	char *argv[] = {"/bin/sh", "-c", script, NULL};

	cr_assert(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &result.out,
			  &result.err, &wait_status, &error),
		"%s", error ? error->message : "");
	result.status =
		WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
	g_unlink(path);
	g_free(path);
	g_free(quoted);
	g_free(script);
	return result;
}

struct command_result command_run(const char *line)
{
	return command_run_with(line, "");
}

void command_free(struct command_result *result)
{
	g_free(result->out);
	g_free(result->err);
}

void folder_remove(char *folder)
{
	char *argv[] = {"rm", "-rf", folder, NULL};

	cr_assert(g_spawn_sync(
		NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
	g_free(folder);
}
