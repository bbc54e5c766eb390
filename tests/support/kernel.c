#include "kernel.h"

#include <criterion/criterion.h>

#include "compare/lab.h"

void kernel_or_skip(void)
{
	GError *error = NULL;

	if (lab_congestion_control(&error) != NULL)
		return;
	cr_log_info("skipped: %s", error->message);
	g_error_free(error);
	cr_skip_test("no kernel of one's own can be had here");
}

static struct command_result run_without_tun(const char *command)
{
	char *line = g_strdup_printf("--version >/dev/null; unshare -rm sh -c 'mount --bind "
				     "/dev/null /dev/net/tun && %s'",
		command);
	struct command_result r = command_run(line);

	g_free(line);
	return r;
}

struct command_result kernel_less_run(const char *command)
{
	struct command_result r = run_without_tun("true");
	bool can = r.status == 0;

	command_free(&r);
	if (!can)
		cr_skip_test("no namespace of mounts can be had here");
	return run_without_tun(command);
}
