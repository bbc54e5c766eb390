/* Scripts as files: read with a limit, and below the folder they were found in. */
#include "script/language/load.h"
#include "base/beneath.h"
#include "script/language/parser.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The largest of the public suites' has 40 kB. */
#define MOST_BYTES (1 << 20)

static void cannot_be_read(GError **error, const char *path, const char *why)
{
	g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_READ,
		"%s:0: cannot be read (%s); name a file or a folder", path, why);
}

/* Does the path end outside the folder once its links are followed? */
static bool leads_out(const char *path, const char *root)
{
	char *real = realpath(path, NULL), *real_root = realpath(root, NULL);
	size_t len = real_root != NULL ? strlen(real_root) : 0;
	bool inside = real != NULL && real_root != NULL && strncmp(real, real_root, len) == 0 &&
		      (real[len] == '/' || (len > 0 && real[len - 1] == '/'));

	free(real);
	free(real_root);
	return !inside;
}

/* Whoever names a pipe or a device means it; one that merely lies in a folder is not waited for. */
static int open_script(const char *path, const char *root, GError **error)
{
	int flags = O_RDONLY | O_NOCTTY | O_CLOEXEC, fd;
	struct stat status;

	if (root != NULL && leads_out(path, root) && access(path, F_OK) == 0) {
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_READ,
			"%s:0: a link that leads out of %s; name the script itself if it is meant",
			path, root);
		return -1;
	}
	fd = open(path, root != NULL ? flags | O_NONBLOCK : flags);
	if (fd < 0) {
		cannot_be_read(error, path, g_strerror(errno));
		return -1;
	}
	if (fstat(fd, &status) == 0 && (root == NULL || S_ISREG(status.st_mode)))
		return fd;
	close(fd);
	cannot_be_read(error, path, "no regular file");
	return -1;
}

GString *script_text(const char *path, const char *root, GError **error)
{
	int fd = open_script(path, root, error), why;
	GString *text;

	if (fd < 0)
		return NULL;
	text = beneath_read(fd, MOST_BYTES, &why);
	if (text == NULL && why == -EFBIG)
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_READ,
			"%s:0: larger than the 1 MB that a script may have; split it", path);
	else if (text == NULL)
		cannot_be_read(error, path, g_strerror(-why));
	return text;
}

struct script *script_load(const char *path, const char *root, GHashTable *defines, GError **error)
{
	GString *text = script_text(path, root, error);
	struct script *script = NULL;

	if (text != NULL) {
		script = script_parse(path, text->str, text->len, defines, error);
		g_string_free(text, TRUE);
	}
	return script;
}
