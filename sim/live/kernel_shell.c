#include "live/kernel_shell.h"

#include "live/namespace.h"
#include "live/status.h"
#include <string.h>

/* What scripts may run: programs that see and change nothing but this namespace's network. */
static const char *const ALLOWED[] = {"ip", "ss", "nstat", "tc", "ethtool", NULL};
/* What only the simulated host has, because its system has it. */
static const char *const ELSEWHERE[] = {
	"tcpdrop", "sockstat", "netstat", "kldload", "kldunload", "kldstat", "setkey", NULL};

static bool set(const char *name, const char *value, GString *err)
{
	char *dotted = g_strdelimit(g_strdup(name), "/", '.');
	GError *error = NULL;
	bool ok = live_sysctl_set(dotted, value, &error);

	if (!ok) {
		g_string_append_printf(err, "sysctl: %s\n", error->message);
		g_error_free(error);
	}
	g_free(dotted);
	return ok;
}

static bool get(const char *name, GString *out, GString *err)
{
	char *dotted = g_strdelimit(g_strdup(name), "/", '.');
	char *value = live_sysctl_get(dotted);

	if (value != NULL)
		g_string_append(out, value);
	else
		g_string_append_printf(err, "sysctl: this kernel has no setting %s\n", dotted);
	g_free(dotted);
	g_free(value);
	return value != NULL;
}

static int run_program(char **argv, struct shell_io *io)
{
	char *out = NULL, *err = NULL, *found = g_find_program_in_path(argv[0]);
	GError *error = NULL;
	int status = 0;

	if (found == NULL)
		return shell_complain(
			io, "%s is not installed (Debian has it in iproute2 or ethtool)", argv[0]);
	g_free(argv[0]);
	argv[0] = found;
	if (!g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, &out, &err, &status, &error)) {
		shell_complain(io, "%s: %s", argv[0], error->message);
		g_error_free(error);
		return 127;
	}
	g_string_append(io->out, out);
	g_string_append(io->err, err);
	g_free(out);
	g_free(err);
	return live_status_code(status);
}

static int program(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash != NULL ? slash + 1 : argv[0];
	char **own;
	int status;

	if (g_strv_contains(ELSEWHERE, name)) {
		shell_complain(io, "%s is no command of the running kernel's system", name);
		return 127;
	}
	if (!g_strv_contains(ALLOWED, name))
		return -1;
	own = g_new0(char *, (gsize)argc + 1);
	own[0] = g_strdup(name);
	for (int i = 1; i < argc; i++)
		own[i] = g_strdup(argv[i]);
	status = run_program(own, io);
	g_strfreev(own);
	return status;
}

static const struct shell_system KERNEL = {
	.sysctl_set = set, .sysctl_get = get, .program = program};

struct shell *kernel_shell_new(const struct script_files *files, const char *device)
{
	struct shell *shell = shell_new(NULL, 0, device, files);

	shell->system = &KERNEL;
	return shell;
}
