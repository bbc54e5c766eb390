/*
 * Files put together. One file is read straight; several are merged by the time stamp of each one's
 * next packet. A file is opened twice: shortly at the start, to see that it is a capture and when
 * it begins, and again when the merged time gets there; so a thousand files of a rotated capture
 * cost as much memory as those that overlap.
 */
#include "traces/capture/reader.h"

#include "traces/capture/filter.h"
#include "traces/capture/source.h"

#include <string.h>

struct file {
	char *path;
	char *format;
	struct source *source;	    /* open: from its first packet's turn to its end */
	struct capture_packet head; /* of an open one: the packet that comes next */
	int64_t first_ns;
	uint64_t bytes_done, bytes_total;
	bool advance; /* the head was handed out: go on before the next choice */
};

struct capture {
	struct file *files;
	uint32_t n_files;
	GPtrArray *waiting; /* struct file, the last one begins first */
	GPtrArray *open;    /* struct file, in the order of the command line */
	struct filter *filter;
	struct names *names; /* of hosts, as the files have them */
	uint64_t packets;
	GError *error;
};

G_DEFINE_QUARK(capture - error - quark, capture_error)

static void note_format(struct file *file, const struct source *s)
{
	static const char *const compression[] = {"", ", gzip", ", zstd"};

	file->format = g_strconcat(s->format->name, compression[s->in->compression], NULL);
	file->bytes_total = s->in->bytes_total;
}

/* Looks when a file begins. Standard input cannot be opened twice and stays open. */
static bool peek(struct capture *capture, struct file *file, GError **error)
{
	struct source *s = source_open(file->path, error);

	if (!s)
		return false;
	s->names = capture->names;
	note_format(file, s);
	file->source = s;
	return true;
}

/* Moves an open file to its next packet; at its end closes it and keeps the first error of all. */
static bool advance(struct capture *capture, struct file *file)
{
	struct source *s = file->source;

	file->advance = false;
	if (source_next(s, &file->head)) {
		file->head.file = (uint32_t)(file - capture->files);
		return true;
	}
	if (s->error && !capture->error)
		capture->error = g_steal_pointer(&s->error);
	file->bytes_done = s->in->bytes_read;
	source_close(s);
	file->source = NULL;
	return false;
}

static int by_time_then_place(const void *a, const void *b)
{
	const struct file *x = *(const struct file *const *)a, *y = *(const struct file *const *)b;

	if (x->first_ns != y->first_ns)
		return x->first_ns > y->first_ns ? -1 : 1; /* backwards: taken from the end */
	return x > y ? -1 : 1;
}

/* Opens every file once. Those that are to be merged are read up to their first packet and closed
 * again. */
static bool prepare(struct capture *capture, struct file *file, GError **error)
{
	if (!peek(capture, file, error))
		return false;
	if (capture->n_files == 1)
		return true;
	if (!advance(capture, file))
		return true; /* no packet in it: nothing to merge */
	file->first_ns = file->head.time_ns;
	if (strcmp(file->path, "-") == 0) {
		g_ptr_array_add(capture->open, file);
	} else {
		source_close(file->source);
		file->source = NULL;
		g_ptr_array_add(capture->waiting, file);
	}
	return true;
}

struct capture *capture_open_files(const char *const *paths, size_t n, GError **error)
{
	struct capture *capture = g_new0(struct capture, 1);

	capture->n_files = (uint32_t)n;
	capture->files = g_new0(struct file, n);
	capture->names = names_new();
	capture->waiting = g_ptr_array_new();
	capture->open = g_ptr_array_new();
	for (size_t i = 0; i < n; i++)
		capture->files[i].path = g_strdup(paths[i]);
	for (size_t i = 0; i < n; i++) {
		if (prepare(capture, &capture->files[i], error))
			continue;
		capture_close(capture);
		return NULL;
	}
	g_ptr_array_sort(capture->waiting, by_time_then_place);
	return capture;
}

struct capture *capture_open(const char *path, GError **error)
{
	return capture_open_files(&path, 1, error);
}

bool capture_set_filter(struct capture *capture, const char *expression, GError **error)
{
	struct filter *filter = filter_new(expression, error);

	if (!filter)
		return false;
	filter_free(capture->filter);
	capture->filter = filter;
	return true;
}

/* Keeps capture->open in the order of the command line, so that equal stamps are taken in that
 * order. */
static void insert_open(struct capture *capture, struct file *file)
{
	guint at = 0;

	while (at < capture->open->len && (struct file *)capture->open->pdata[at] < file)
		at++;
	g_ptr_array_insert(capture->open, (int)at, file);
}

static struct file *earliest(const struct capture *capture)
{
	struct file *best = NULL;

	for (guint i = 0; i < capture->open->len; i++) {
		struct file *file = capture->open->pdata[i];

		if (!best || file->head.time_ns < best->head.time_ns)
			best = file;
	}
	return best;
}

/* Opens the waiting file that begins first, if its turn has come: nothing open is earlier. */
static bool open_waiting(struct capture *capture)
{
	const struct file *best = earliest(capture);
	struct file *file;
	GError *error = NULL;

	if (capture->waiting->len == 0)
		return false;
	file = capture->waiting->pdata[capture->waiting->len - 1];
	if (best && best->head.time_ns < file->first_ns)
		return false;
	g_ptr_array_set_size(capture->waiting, (int)capture->waiting->len - 1);
	file->source = source_open(file->path, &error);
	if (!file->source) { /* it was there a moment ago */
		if (capture->error)
			g_clear_error(&error);
		else
			capture->error = error;
		return true;
	}
	file->source->names = capture->names;
	if (advance(capture, file))
		insert_open(capture, file);
	return true;
}

static bool next_merged(struct capture *capture, struct capture_packet *packet)
{
	struct file *file;

	for (guint i = 0; i < capture->open->len;) {
		file = capture->open->pdata[i];
		if (file->advance && !advance(capture, file))
			g_ptr_array_remove_index(capture->open, i);
		else
			i++;
	}
	while (open_waiting(capture))
		;
	file = earliest(capture);
	if (!file)
		return false;
	*packet = file->head;
	file->advance = true;
	return true;
}

static bool next_single(struct capture *capture, struct capture_packet *packet)
{
	struct source *s = capture->files[0].source;

	packet->file = 0;
	if (s && source_next(s, packet))
		return true;
	if (s && s->error && !capture->error)
		capture->error = g_error_copy(s->error);
	return false;
}

bool capture_next(struct capture *capture, struct capture_packet *packet)
{
	do {
		if (!(capture->n_files == 1 ? next_single(capture, packet)
					    : next_merged(capture, packet)))
			return false;
		packet->number = ++capture->packets;
	} while (G_UNLIKELY(capture->filter != NULL) && !filter_matches(capture->filter, packet));
	return true;
}

const GError *capture_error(const struct capture *capture)
{
	return capture->error;
}

void capture_progress(const struct capture *capture, uint64_t *done, uint64_t *total)
{
	bool known = true;

	*done = *total = 0;
	for (uint32_t i = 0; i < capture->n_files; i++) {
		const struct file *file = &capture->files[i];

		*done += file->source ? file->source->in->bytes_read : file->bytes_done;
		*total += file->bytes_total;
		known = known && file->bytes_total;
	}
	if (!known)
		*total = 0;
}

const char *capture_format(const struct capture *capture, uint32_t file)
{
	return capture->files[file].format;
}

const char *capture_path(const struct capture *capture, uint32_t file)
{
	return capture->files[file].path;
}

const char *capture_host_name(const struct capture *capture, const struct tcpsim_addr *addr)
{
	return names_of(capture->names, addr);
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	for (uint32_t i = 0; i < capture->n_files; i++) {
		source_close(capture->files[i].source);
		g_free(capture->files[i].path);
		g_free(capture->files[i].format);
	}
	g_free(capture->files);
	g_ptr_array_unref(capture->waiting);
	g_ptr_array_unref(capture->open);
	filter_free(capture->filter);
	names_free(capture->names);
	g_clear_error(&capture->error);
	g_free(capture);
}
