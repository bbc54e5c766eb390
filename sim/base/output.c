#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
	char *path;
	FILE *stream; /* NULL: closed by whoever wrote to it */
	int fd;
	int error;   /* errno of the first write that failed; 0: none */
	bool opened; /* by path: what is left of a failure is removed */
	pid_t owner; /* a forked child that ends writes nothing of what it took along */
};

static char *complaint(const char *name, int error)
{
	return g_strdup_printf("%s: cannot be written: %s", name,
		error > 0 ? g_strerror(error) : "a write failed");
}

static void lost(struct output *output, int error)
{
	if (output->error == 0)
		output->error = error;
}

/* The stream's own writes: stdio remembers that one failed, but not why. */
static ssize_t stream_write(void *cookie, const char *bytes, size_t len)
{
	struct output *output = cookie;
	size_t written = 0;

	if (output->owner != getpid())
		return (ssize_t)len;
	while (written < len) {
		ssize_t n = write(output->fd, bytes + written, len - written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			lost(output, n < 0 ? errno : ENOSPC);
			break;
		}
		written += (size_t)n;
	}
	return (ssize_t)written;
}

static int stream_close(void *cookie)
{
	struct output *output = cookie;

	output->stream = NULL;
	if (close(output->fd) != 0)
		lost(output, errno);
	return 0;
}

struct output *output_of_fd(int fd, const char *name)
{
	struct output *output = g_new0(struct output, 1);

	output->path = g_strdup(name);
	output->fd = fd;
	output->owner = getpid();
	output->stream = fopencookie(
		output, "w", (cookie_io_functions_t){.write = stream_write, .close = stream_close});
	g_assert(output->stream != NULL);
	return output;
}

struct output *output_open(const char *path, char **why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct output *output;

	if (fd < 0) {
		int error = errno;

		*why = complaint(path, error);
		errno = error;
		return NULL;
	}
	output = output_of_fd(fd, path);
	output->opened = true;
	return output;
}

FILE *output_stream(const struct output *output)
{
	return output->stream;
}

/* A device or a pipe stays; half a file does not. */
static void remove_rest(const struct output *output)
{
	struct stat status;

	if (output->opened && lstat(output->path, &status) == 0 && S_ISREG(status.st_mode))
		unlink(output->path);
}

/* Unless whoever wrote to it did. */
static void close_stream(struct output *output)
{
	FILE *stream = output->stream;

	output->stream = NULL;
	if (stream != NULL)
		fclose(stream);
}

static void output_free(struct output *output)
{
	close_stream(output);
	g_free(output->path);
	g_free(output);
}

bool output_close(struct output *output, char **why)
{
	bool good;

	close_stream(output);
	good = output->error == 0;
	if (!good) {
		*why = complaint(output->path, output->error);
		remove_rest(output);
	}
	output_free(output);
	return good;
}

void output_discard(struct output *output)
{
	if (output == NULL)
		return;
	remove_rest(output);
	output_free(output);
}

/* Standard output was opened by others: why an earlier write failed is only known if
 * this one does. */
bool output_flush(FILE *stream, const char *name, char **why)
{
	errno = 0;
	if (fflush(stream) == 0 && !ferror(stream))
		return true;
	*why = complaint(name, errno);
	return false;
}

bool output_write_fd(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}
