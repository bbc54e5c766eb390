#include "base/profile_file.h"

#include "base/near.h"
#include <errno.h>
#include <string.h>
#include <tcpsim/host.h>

struct reader {
	const char *path;
	unsigned line;
	char *name, *based_on;
	struct tcpsim_host *host; /* holds the settings, and knows its sysctls */
	GError **error;
};

bool profile_is_file(const char *name)
{
	return strchr(name, '/') != NULL || g_str_has_suffix(name, ".profile");
}

static bool complain(struct reader *r, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool complain(struct reader *r, const char *format, ...)
{
	va_list args;
	char *what;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(
		r->error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%u: %s", r->path, r->line, what);
	g_free(what);
	return false;
}

static struct tcpsim_host *host_of(const struct tcpsim_profile *profile)
{
	return tcpsim_host_new(
		&(struct tcpsim_host_config){.profile = profile, .id = 1, .seed = 1});
}

static bool unknown_profile(struct reader *r, const char *name)
{
	const char *names[64] = {NULL};
	char *near;

	for (unsigned i = 0; i < G_N_ELEMENTS(names) - 1 && tcpsim_profiles[i] != NULL; i++)
		names[i] = tcpsim_profiles[i]->name;
	near = near_names(name, names, 3);
	complain(r, "unknown profile '%s'%s%s", name,
		near != NULL ? "; did you mean " : "; 'tcpsim profiles' lists them",
		near != NULL ? near : "");
	g_free(near);
	return false;
}

static bool begin(struct reader *r, const char *from)
{
	const struct tcpsim_profile *profile = tcpsim_profile_find(from);

	if (r->host != NULL)
		return complain(r, "'from' stands twice, or behind a setting; it comes first");
	if (profile == NULL)
		return unknown_profile(r, from);
	r->based_on = g_strdup(from);
	r->host = host_of(profile);
	return r->host != NULL || complain(r, "no memory for a host");
}

static bool unknown_setting(struct reader *r, const char *key)
{
	GPtrArray *names = g_ptr_array_new();
	char *near;

	for (size_t i = 0; i < tcpsim_profile_schema_n; i++)
		g_ptr_array_add(names, (gpointer)tcpsim_profile_schema[i].name);
	for (size_t i = 0; tcpsim_host_sysctl_name(r->host, i) != NULL; i++)
		g_ptr_array_add(names, (gpointer)tcpsim_host_sysctl_name(r->host, i));
	g_ptr_array_add(names, (gpointer) "name");
	g_ptr_array_add(names, (gpointer) "from");
	g_ptr_array_add(names, NULL);
	near = near_names(key, (const char *const *)names->pdata, 3);
	complain(r, "unknown setting '%s'%s%s", key,
		near != NULL ? "; did you mean " : "; 'tcpsim profiles --schema' lists them",
		near != NULL ? near : "");
	g_free(near);
	g_ptr_array_unref(names);
	return false;
}

static bool set(struct reader *r, const char *key, const char *value)
{
	const struct tcpsim_profile_field *field = tcpsim_profile_field_find(key);
	char range[512];
	int error;

	if (r->host == NULL && !begin(r, "linux"))
		return false;
	if (field == NULL) {
		error = tcpsim_host_sysctl_set(r->host, key, value);
		if (error == -ENOENT)
			return unknown_setting(r, key);
		return error >= 0 || complain(r, "'%s' is not a value of %s", value, key);
	}
	error = tcpsim_host_setting_set(r->host, key, value);
	if (error >= 0)
		return true;
	tcpsim_profile_field_range_text(field, range, sizeof(range));
	return complain(r, "'%s' is not a value of %s, which is %s", value, key, range);
}

static bool read_line(struct reader *r, char *line)
{
	char *comment = strchr(line, '#'), *equals, *key, *value;

	if (comment != NULL)
		*comment = '\0';
	g_strstrip(line);
	if (*line == '\0')
		return true;
	equals = strchr(line, '=');
	if (equals == NULL)
		return complain(r, "'%s' is no setting; a line is KEY = VALUE", line);
	*equals = '\0';
	key = g_strchomp(line);
	value = g_strchug(equals + 1);
	if (strcmp(key, "name") == 0) {
		g_free(r->name);
		r->name = g_strdup(value);
		return true;
	}
	return strcmp(key, "from") == 0 ? begin(r, value) : set(r, key, value);
}

/* What the host became, with texts of its own. */
static struct tcpsim_profile *taken_from(const struct reader *r)
{
	struct tcpsim_profile *profile = g_new(struct tcpsim_profile, 1);
	char *base = g_path_get_basename(r->path);

	*profile = *tcpsim_host_profile(r->host);
	if (g_str_has_suffix(base, ".profile"))
		base[strlen(base) - strlen(".profile")] = '\0';
	profile->name = g_strdup(r->name != NULL ? r->name : base);
	profile->summary = g_strdup_printf("%s, as %s sets it", r->based_on, r->path);
	profile->based_on = g_strdup(r->based_on);
	g_free(base);
	return profile;
}

static struct tcpsim_profile *read_lines(struct reader *r, char **lines)
{
	struct tcpsim_profile *profile = NULL;
	bool good = true;

	for (r->line = 1; lines[r->line - 1] != NULL && good; r->line++)
		good = read_line(r, lines[r->line - 1]);
	if (good && r->host == NULL && r->name == NULL) {
		r->line = 1;
		good = complain(r, "there is no setting in it; a line is KEY = VALUE");
	}
	if (good && r->host == NULL)
		good = begin(r, "linux");
	if (good)
		profile = taken_from(r);
	tcpsim_host_free(r->host);
	g_free(r->name);
	g_free(r->based_on);
	return profile;
}

struct tcpsim_profile *profile_file_load(const char *path, GError **error)
{
	struct reader r = {.path = path, .error = error};
	struct tcpsim_profile *profile;
	char *text = NULL, **lines;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) ||
		!g_file_get_contents(path, &text, NULL, NULL)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
			"%s: no such profile file that can be read", path);
		return NULL;
	}
	lines = g_strsplit(text, "\n", -1);
	profile = read_lines(&r, lines);
	g_strfreev(lines);
	g_free(text);
	return profile;
}

void profile_file_free(struct tcpsim_profile *profile)
{
	if (profile == NULL)
		return;
	g_free((char *)profile->name);
	g_free((char *)profile->summary);
	g_free((char *)profile->based_on);
	g_free(profile);
}

static void one_sysctl(
	struct tcpsim_host *host, const char *name, char *value, GString *set, GString *not_taken)
{
	char ours[4096];

	g_strdelimit(g_strstrip(value), "\t", ' ');
	if (tcpsim_host_sysctl_get(host, name, ours, sizeof(ours)) < 0)
		return;
	g_strdelimit(ours, "\t", ' ');
	if (strcmp(ours, value) == 0)
		return;
	if (tcpsim_host_sysctl_set(host, name, value) >= 0)
		g_string_append_printf(set, "%s = %s\n", name, value);
	else
		g_string_append_printf(not_taken,
			"# %s = %s: not a value that the profile takes; it stays %s\n", name, value,
			ours);
}

GString *profile_file_of_sysctls(const char *name, char *(*get)(const char *name))
{
	struct tcpsim_host *host = host_of(&tcpsim_profile_linux);
	GString *out = g_string_new(NULL), *set = g_string_new(NULL),
		*not_taken = g_string_new(NULL);

	for (size_t i = 0; tcpsim_host_sysctl_name(host, i) != NULL; i++) {
		const char *sysctl = tcpsim_host_sysctl_name(host, i);
		/* What may be chosen is no choice. */
		bool told = g_str_has_prefix(sysctl, "net.") &&
			    !g_str_has_suffix(sysctl, "_congestion_control");
		bool chosen = strcmp(sysctl, "net.ipv4.tcp_congestion_control") == 0;
		char *value = told || chosen ? get(sysctl) : NULL;

		if (value != NULL)
			one_sysctl(host, sysctl, value, set, not_taken);
		g_free(value);
	}
	g_string_append_printf(out,
		"# What this machine's kernel sets differently from the profile `linux`.\nname = "
		"%s\nfrom = linux\n%s%s",
		name, set->str, not_taken->str);
	g_string_free(set, TRUE);
	g_string_free(not_taken, TRUE);
	tcpsim_host_free(host);
	return out;
}
