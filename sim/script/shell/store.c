/* Files as the shell sees them: its own store, the host's /proc, and what script/shell/files.h lets be
 * read of the real machine's. */
#include "script/shell/store.h"
#include "base/near.h"
#include "script/shell/net.h"
#include "script/shell/shell.h"
#include <errno.h>
#include <string.h>

#define SYSCTL_VALUE_MAX 4096

static char *unknown_sysctl(struct shell *shell, const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	char *near;

	for (size_t i = 0; tcpsim_host_sysctl_name(shell->host, i) != NULL; i++)
		g_ptr_array_add(names, (gpointer)tcpsim_host_sysctl_name(shell->host, i));
	g_ptr_array_add(names, NULL);
	near = near_names(name, (const char *const *)names->pdata, 3);
	g_ptr_array_unref(names);
	return near;
}

static void complain(
	struct shell *shell, const char *name, const char *why, int error, GString *err)
{
	char *near;

	if (*why) {
		g_string_append_printf(err, "sysctl: %s: %s\n", name, why);
		return;
	}
	if (error != -ENOENT) {
		g_string_append_printf(err, "sysctl: %s: %s\n", name, g_strerror(-error));
		return;
	}
	near = unknown_sysctl(shell, name);
	g_string_append_printf(err, "sysctl: unknown setting %s%s%s\n", name,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "");
	g_free(near);
}

bool shell_sysctl_set(struct shell *shell, const char *name, const char *value, GString *err)
{
	char why[400];
	int error;

	if (shell->system != NULL)
		return shell->system->sysctl_set(name, value, err);
	error = tcpsim_host_sysctl_set_why(shell->host, name, value, why, sizeof(why));
	if (error < 0)
		complain(shell, name, why, error, err);
	return error >= 0;
}

bool shell_sysctl_get(struct shell *shell, const char *name, GString *out, GString *err)
{
	char value[SYSCTL_VALUE_MAX];
	int error;

	if (shell->system != NULL)
		return shell->system->sysctl_get(name, out, err);
	error = tcpsim_host_sysctl_get(shell->host, name, value, sizeof(value));
	if (error < 0)
		complain(shell, name, "", error, err);
	else
		g_string_append(out, value);
	return error >= 0;
}

/* /proc/sys/net/ipv4/tcp_sack -> net/ipv4/tcp_sack; /sys/module/tcp_cubic/parameters/x ->
 * module/... */
static const char *setting_of(const char *path)
{
	if (g_str_has_prefix(path, "/proc/sys/"))
		return path + strlen("/proc/sys/");
	if (g_str_has_prefix(path, "/sys/module/"))
		return path + strlen("/sys/");
	return NULL;
}

static bool is_proc_net(const char *path)
{
	return strcmp(path, "/proc/net/tcp") == 0 || strcmp(path, "/proc/net/tcp6") == 0;
}

GString *shell_read_file(struct shell *shell, const char *path, GString *err)
{
	GString *stored = g_hash_table_lookup(shell->files, path), *out;
	const char *setting = setting_of(path);

	if (stored != NULL)
		return g_string_new_len(stored->str, (gssize)stored->len);
	out = g_string_new(NULL);
	if (strcmp(path, "/dev/null") == 0)
		return out;
	if (is_proc_net(path) && shell->system != NULL) {
		char *text = NULL;

		g_file_get_contents(path, &text, NULL, NULL);
		g_string_append(out, text != NULL ? text : "");
		g_free(text);
		return out;
	}
	if (is_proc_net(path)) {
		shell_proc_net(shell, path[13] == '6', out);
		return out;
	}
	if (setting != NULL && shell_sysctl_get(shell, setting, out, err)) {
		g_string_append_c(out, '\n');
		return out;
	}
	g_string_free(out, TRUE);
	if (setting != NULL)
		return NULL;
	/* Only what lies beside the script is looked at; the rest of the machine is not part of the
	 * world. */
	if (g_path_is_absolute(path)) {
		g_string_append_printf(err, "%s: no such file on the simulated host\n", path);
		return NULL;
	}
	if (shell->real_files != NULL)
		return script_files_read(shell->real_files, path, err);
	g_string_append_printf(err, "%s: no such file beside the script\n", path);
	return NULL;
}

bool shell_write_file(
	struct shell *shell, const char *path, const char *text, bool append, GString *err)
{
	const char *setting = setting_of(path);
	GString *stored;

	if (strcmp(path, "/dev/null") == 0)
		return true;
	if (setting != NULL) {
		char *value = g_strstrip(g_strdup(text));
		bool ok = shell_sysctl_set(shell, setting, value, err);

		g_free(value);
		return ok;
	}
	stored = g_hash_table_lookup(shell->files, path);
	if (stored == NULL) {
		stored = g_string_new(NULL);
		g_hash_table_insert(shell->files, g_strdup(path), stored);
	}
	if (!append)
		g_string_truncate(stored, 0);
	g_string_append(stored, text);
	return true;
}
