#include "script/shell/files.h"

#include "base/beneath.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES (1 << 20)
#define MOST_LINKS 8
/* How far up a folder `common` is looked for. */
#define MOST_UP 4
#define COMMON	"common/"

struct script_files {
	char *folder; /* where the script lies; NULL: nowhere */
	char *root;
	char *inner;	/* the way from root to folder, "a/b"; "" where they are the same */
	unsigned depth; /* how many components that has */
};

/* A path as the rule sees it: so many steps up from the script's folder, then down. */
struct place {
	unsigned up;
	char *down; /* owned: "a/b", without "." and ".." */
};

static bool is_regular(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static unsigned count_components(const char *path)
{
	unsigned n = *path != '\0';

	for (; *path != '\0'; path++)
		n += *path == '/';
	return n;
}

struct script_files *script_files_new(const char *script, const char *root)
{
	struct script_files *files = g_new0(struct script_files, 1);
	size_t root_len;

	if (script == NULL || !is_regular(script))
		return files;
	files->folder = g_path_get_dirname(script);
	files->root = g_strdup(root != NULL ? root : files->folder);
	root_len = strlen(files->root);
	/* "/" is a folder whose name already ends with the slash. */
	files->inner = g_strdup(files->folder + MIN(strlen(files->folder), root_len));
	memmove(files->inner, files->inner + strspn(files->inner, "/"),
		strlen(files->inner) - strspn(files->inner, "/") + 1);
	files->depth = count_components(files->inner);
	return files;
}

void script_files_free(struct script_files *files)
{
	g_free(files->folder);
	g_free(files->root);
	g_free(files->inner);
	g_free(files);
}

const char *script_files_folder(const struct script_files *files)
{
	return files->folder;
}

/* By text alone: nothing of the machine is looked at before the rule has allowed it. */
static struct place place_of(const char *path)
{
	struct place place = {0};
	GPtrArray *down = g_ptr_array_new();
	char **parts = g_strsplit(path, "/", -1);

	for (char **part = parts; *part != NULL; part++) {
		if (**part == '\0' || strcmp(*part, ".") == 0)
			continue;
		if (strcmp(*part, "..") != 0)
			g_ptr_array_add(down, *part);
		else if (down->len > 0)
			g_ptr_array_set_size(down, (gint)down->len - 1);
		else
			place.up++;
	}
	g_ptr_array_add(down, NULL);
	place.down = g_strjoinv("/", (char **)down->pdata);
	g_ptr_array_unref(down);
	g_strfreev(parts);
	return place;
}

static char *steps_up(unsigned n)
{
	GString *out = g_string_new(NULL);

	while (n-- > 0)
		g_string_append(out, "../");
	return g_string_free(out, FALSE);
}

/* A folder the rule allows, and the way down from it. */
struct allowed {
	char *folder; /* of the machine */
	char *down;
	char *before; /* what leads from the script's folder to `folder`, "../../" */
};

static void allowed_clear(struct allowed *allowed)
{
	g_free(allowed->folder);
	g_free(allowed->down);
	g_free(allowed->before);
}

/* The first `n` components of a path, with a slash behind them. */
static char *leading(const char *path, unsigned n)
{
	const char *at = path;

	for (; n > 0; n--)
		at += strcspn(at, "/") + (at[strcspn(at, "/")] != '\0');
	return at > path && at[-1] != '/' ? g_strdup_printf("%.*s/", (int)(at - path), path)
					  : g_strndup(path, (gsize)(at - path));
}

static bool allow(const struct script_files *files, const struct place *place, struct allowed *out)
{
	if (files->folder == NULL || *place->down == '\0')
		return false;
	if (place->up <= files->depth) {
		char *inner = leading(files->inner, files->depth - place->up);

		out->folder = g_strdup(files->root);
		out->down = g_strconcat(inner, place->down, NULL);
		out->before = steps_up(files->depth);
		g_free(inner);
		return true;
	}
	if (place->up <= MOST_UP && g_str_has_prefix(place->down, COMMON) &&
		g_str_has_suffix(place->down, ".sh")) {
		char *up = steps_up(place->up);

		out->before = g_strconcat(up, COMMON, NULL);
		out->folder = g_strconcat(files->folder, "/", out->before, NULL);
		out->down = g_strdup(place->down + strlen(COMMON));
		g_free(up);
		return true;
	}
	return false;
}

/* Where the first link on the way leads, as a path from the script's folder; NULL if it names an
 * absolute one. */
static char *follow(int folder, const struct allowed *allowed)
{
	gsize len;
	char *target = beneath_link(folder, allowed->down, &len), *link, *parent, *path = NULL;

	if (target == NULL)
		return NULL;
	link = g_strndup(allowed->down, len);
	parent = g_path_get_dirname(link);
	if (!g_path_is_absolute(target))
		path = g_strconcat(allowed->before, parent, "/", target, allowed->down + len, NULL);
	g_free(target);
	g_free(link);
	g_free(parent);
	return path;
}

/* One step: the file's descriptor, or -errno; -ELOOP with *next where a link says to look. */
static int open_step(const struct script_files *files, const char *path, char **next)
{
	struct place place = place_of(path);
	struct allowed allowed = {0};
	int folder, fd = -EXDEV;

	*next = NULL;
	if (allow(files, &place, &allowed)) {
		folder = open(allowed.folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = folder >= 0 ? beneath_open(folder, allowed.down) : -errno;
		if (fd == -ELOOP)
			*next = follow(folder, &allowed);
		if (folder >= 0)
			close(folder);
	}
	allowed_clear(&allowed);
	g_free(place.down);
	return fd;
}

static void complain(const char *path, int error, GString *complaint)
{
	if (error == -EXDEV || error == -ELOOP)
		g_string_append_printf(complaint,
			"%s: leads out of what a script may read; docs/run.md tells what that is\n",
			path);
	else if (error == -EACCES)
		g_string_append_printf(complaint, "%s: no regular file that can be read\n", path);
	else if (error == -EFBIG)
		g_string_append_printf(
			complaint, "%s: larger than the 1 MB that a script may read\n", path);
	else if (error == -ENOENT || error == -ENOTDIR)
		g_string_append_printf(complaint, "%s: no such file beside the script\n", path);
	else
		g_string_append_printf(complaint, "%s: %s\n", path, g_strerror(-error));
}

GString *script_files_read(const struct script_files *files, const char *path, GString *complaint)
{
	char *at = g_strdup(path);
	GString *text = NULL;
	int fd = -EXDEV;

	/* An absolute name belongs to the simulated host, which has no such file. */
	for (int i = 0; i <= MOST_LINKS && !g_path_is_absolute(at); i++) {
		char *next;

		fd = open_step(files, at, &next);
		if (next == NULL)
			break;
		g_free(at);
		at = next;
	}
	if (fd >= 0)
		text = beneath_read(fd, MOST_BYTES, &fd);
	if (text == NULL)
		complain(path, fd, complaint);
	g_free(at);
	return text;
}
