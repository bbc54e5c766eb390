#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A pipe without a writer must not block, a terminal must not become ours. */
#define READING	     (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define LINK_MAX_LEN 4096

static bool plain(const char *path)
{
	char **parts = g_strsplit(path, "/", -1);
	bool good = *path != '\0';

	for (char **part = parts; *part != NULL; part++)
		good = good && **part != '\0' && strcmp(*part, ".") != 0 &&
		       strcmp(*part, "..") != 0;
	g_strfreev(parts);
	return good;
}

/* What was opened is a regular file, or it is closed again. */
static int only_regular(int fd)
{
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return -EACCES;
}

/* The folder that holds the last component, which *last points to; links are not followed. */
static int walk_to_parent(int folder, const char *path, const char **last)
{
	int at = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	const char *slash;

	for (; at >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
		char *name = g_strndup(path, (gsize)(slash - path));
		int next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int error = errno;

		g_free(name);
		close(at);
		at = next;
		errno = error;
	}
	*last = path;
	return at;
}

/* O_NOFOLLOW calls a link in the middle "not a directory"; it is a link all the same. */
static int link_or(int error, int folder, const char *path)
{
	gsize len;
	char *target = error == -ENOTDIR ? beneath_link(folder, path, &len) : NULL;

	if (target != NULL)
		error = -ELOOP;
	g_free(target);
	return error;
}

int beneath_open_walking(int folder, const char *path)
{
	const char *last;
	int parent, fd;

	if (!plain(path))
		return -EXDEV;
	parent = walk_to_parent(folder, path, &last);
	if (parent < 0)
		return link_or(-errno, folder, path);
	fd = only_regular(openat(parent, last, READING | O_NOFOLLOW));
	close(parent);
	return fd;
}

int beneath_open(int folder, const char *path)
{
	struct open_how how = {.flags = READING, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	int fd;

	if (!plain(path))
		return -EXDEV;
	fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
	/* Older kernels do not have it, and some containers' filters say that it is forbidden. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return beneath_open_walking(folder, path);
	return only_regular(fd);
}

char *beneath_link(int folder, const char *path, gsize *len)
{
	char **parts = g_strsplit(path, "/", -1);
	int at = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	char target[LINK_MAX_LEN], *found = NULL;

	*len = 0;
	for (char **part = parts; *part != NULL && at >= 0 && found == NULL; part++) {
		ssize_t n = readlinkat(at, *part, target, sizeof(target) - 1);
		int next = openat(at, *part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		*len += strlen(*part) + (part > parts);
		if (n >= 0)
			found = g_strndup(target, (gsize)n);
		close(at);
		at = next;
	}
	if (at >= 0)
		close(at);
	g_strfreev(parts);
	return found;
}

GString *beneath_read(int fd, gsize most, int *error)
{
	GString *text = g_string_new(NULL);
	char buffer[16384];

	*error = 0;
	while (*error == 0) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			*error = -errno;
		else if (n > 0 && text->len + (gsize)n > most)
			*error = -EFBIG;
		else if (n > 0)
			g_string_append_len(text, buffer, n);
	}
	close(fd);
	if (*error == 0)
		return text;
	g_string_free(text, TRUE);
	return NULL;
}
