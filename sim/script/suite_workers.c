/*
 * A worker takes the next script's number from memory that all share, runs it, and writes the
 * report to its pipe. When a worker dies or is silent for too long, the script it was at is
 * reported as such and a new worker takes its place.
 */
#include "script/suite_workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A script in virtual time takes milliseconds. */
#define PATIENCE_S  30
#define MAX_WORKERS 64

/* What the processes share. */
struct shared {
	atomic_uint next;
	atomic_int at[MAX_WORKERS]; /* script that each worker is at, -1: none */
};

struct worker {
	pid_t pid;
	int pipe;
	GByteArray *bytes; /* read and not yet understood */
	gint64 heard;	   /* when it last wrote */
};

struct pool {
	const struct suite_options *options;
	const GPtrArray *paths;
	struct shared *shared;
	struct worker workers[MAX_WORKERS];
	unsigned n, finished;
	struct suite_report **reports; /* by script; freed once they are handed on */
	unsigned handed_on;
	suite_report_fn each;
	void (*done)(void *context, unsigned finished, unsigned total);
	void *context;
};

/* --- a report as bytes: its length, numbers, then texts with theirs --- */

static void put_number(GByteArray *out, int64_t value)
{
	g_byte_array_append(out, (const guint8 *)&value, sizeof(value));
}

static void put_text(GByteArray *out, const char *text)
{
	put_number(out, text != NULL ? (int64_t)strlen(text) : -1);
	if (text != NULL)
		g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
}

static int64_t take_number(const uint8_t **at)
{
	int64_t value;

	memcpy(&value, *at, sizeof(value));
	*at += sizeof(value);
	return value;
}

static char *take_text(const uint8_t **at)
{
	int64_t len = take_number(at);
	char *text = len >= 0 ? g_strndup((const char *)*at, (gsize)len) : NULL;

	*at += MAX(len, 0);
	return text;
}

static int version_number(const char *ip)
{
	enum script_ip_version version = SCRIPT_IPV4;

	script_ip_version_parse(ip, &version);
	return version;
}

static GByteArray *encode(unsigned index, const struct suite_report *report)
{
	GByteArray *out = g_byte_array_new();
	const struct script_result *r = report->result;
	int64_t len;

	put_number(out, 0);
	put_number(out, index);
	put_number(out, version_number(report->ip));
	put_number(out, report->wall_ns);
	put_number(out, r->verdict);
	put_number(out, r->line);
	put_number(out, r->virtual_ns);
	put_number(out, r->packets->len);
	put_text(out, r->message);
	put_text(out, r->detail);
	put_text(out, r->output->str);
	put_number(out, r->warnings->len);
	for (guint i = 0; i < r->warnings->len; i++)
		put_text(out, g_ptr_array_index(r->warnings, i));
	len = out->len;
	memcpy(out->data, &len, sizeof(len));
	return out;
}

static struct suite_report *decode(const struct pool *pool, const uint8_t *bytes, unsigned *index)
{
	const uint8_t *at = bytes + sizeof(int64_t);
	struct suite_report *report = g_new0(struct suite_report, 1);
	struct script_result *r = script_result_new(SCRIPT_PASS, 0, NULL);
	char *text;
	int64_t n;

	*index = (unsigned)take_number(&at);
	report->path = g_ptr_array_index(pool->paths, *index);
	report->profile = pool->options->profile->name;
	report->ip = script_ip_version_name((enum script_ip_version)take_number(&at));
	report->wall_ns = take_number(&at);
	report->result = r;
	r->verdict = (enum script_verdict)take_number(&at);
	r->line = (int)take_number(&at);
	r->virtual_ns = take_number(&at);
	/* Packets themselves stay with the worker; how many there were is what reports tell. */
	for (n = take_number(&at); n > 0; n--)
		g_ptr_array_add(r->packets, g_new0(struct script_crossing, 1));
	r->message = take_text(&at);
	r->detail = take_text(&at);
	text = take_text(&at);
	g_string_append(r->output, text);
	g_free(text);
	for (n = take_number(&at); n > 0; n--)
		g_ptr_array_add(r->warnings, take_text(&at));
	return report;
}

/* --- the worker --- */

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static void work(struct pool *pool, unsigned number, int fd)
{
	for (;;) {
		unsigned index = atomic_fetch_add(&pool->shared->next, 1);
		struct suite_report *report;
		GByteArray *bytes;

		if (index >= pool->paths->len)
			break;
		atomic_store(&pool->shared->at[number], (int)index);
		report = suite_run_one(pool->options, g_ptr_array_index(pool->paths, index));
		bytes = encode(index, report);
		/* The parent must not read a report and find its script still marked as under way.
		 */
		atomic_store(&pool->shared->at[number], -1);
		if (!write_all(fd, bytes->data, bytes->len))
			break;
		g_byte_array_unref(bytes);
		suite_report_free(report);
		if (pool->options->fresh_processes)
			break;
	}
	_exit(0);
}

static void start_worker(struct pool *pool, unsigned number)
{
	struct worker *worker = &pool->workers[number];
	int ends[2];

	worker->pid = -1;
	atomic_store(&pool->shared->at[number], -1);
	if (pipe(ends) != 0)
		return;
	worker->pid = fork();
	if (worker->pid == 0) {
		close(ends[0]);
		work(pool, number, ends[1]);
	}
	close(ends[1]);
	worker->pipe = ends[0];
	worker->bytes = g_byte_array_new();
	worker->heard = g_get_monotonic_time();
}

/* --- the parent --- */

static void hand_on(struct pool *pool)
{
	while (pool->handed_on < pool->paths->len && pool->reports[pool->handed_on] != NULL) {
		struct suite_report *report = pool->reports[pool->handed_on++];

		pool->each(pool->context, report);
		suite_report_free(report);
	}
}

static void take_report(struct pool *pool, unsigned index, struct suite_report *report)
{
	pool->reports[index] = report;
	pool->finished++;
	if (pool->done != NULL)
		pool->done(pool->context, pool->finished, pool->paths->len);
	hand_on(pool);
}

static void take_reports(struct pool *pool, struct worker *worker)
{
	for (;;) {
		int64_t len;
		unsigned index;
		struct suite_report *report;

		if (worker->bytes->len < sizeof(len))
			return;
		memcpy(&len, worker->bytes->data, sizeof(len));
		if ((int64_t)worker->bytes->len < len)
			return;
		report = decode(pool, worker->bytes->data, &index);
		g_byte_array_remove_range(worker->bytes, 0, (guint)len);
		take_report(pool, index, report);
	}
}

/* The script at which a worker came to its end, if any. */
static void report_loss(struct pool *pool, unsigned number, const char *format, int value)
{
	int index = atomic_load(&pool->shared->at[number]);
	struct suite_report *report;
	char *message;

	if (index < 0)
		return;
	message = g_strdup_printf(format, value);
	report = g_new0(struct suite_report, 1);
	report->path = g_ptr_array_index(pool->paths, (guint)index);
	report->profile = pool->options->profile->name;
	report->ip = script_ip_version_name(pool->options->ip_version);
	report->result = script_result_new(SCRIPT_FAULT, 0, message);
	g_free(message);
	take_report(pool, (unsigned)index, report);
}

static unsigned patience_s(const struct pool *pool)
{
	return pool->options->patience_s > 0 ? pool->options->patience_s : PATIENCE_S;
}

static void end_worker(struct pool *pool, unsigned number, bool killed)
{
	struct worker *worker = &pool->workers[number];
	int status = 0;

	close(worker->pipe);
	g_byte_array_unref(worker->bytes);
	if (killed)
		kill(worker->pid, SIGKILL);
	waitpid(worker->pid, &status, 0);
	worker->pid = -1;
	if (killed)
		report_loss(pool, number, "the script does not end (stopped after %d s)",
			(int)patience_s(pool));
	else if (WIFSIGNALED(status))
		report_loss(pool, number,
			"the program was killed by signal %d while it ran this script",
			WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		report_loss(pool, number,
			"the program ended with status %d while it ran this script",
			WEXITSTATUS(status));
	if (atomic_load(&pool->shared->next) < pool->paths->len)
		start_worker(pool, number);
}

static void listen_to(struct pool *pool, unsigned number, bool readable)
{
	struct worker *worker = &pool->workers[number];
	uint8_t buffer[65536];
	ssize_t n;

	if (!readable) {
		if (g_get_monotonic_time() - worker->heard >
			(gint64)patience_s(pool) * G_USEC_PER_SEC)
			end_worker(pool, number, true);
		return;
	}
	n = read(worker->pipe, buffer, sizeof(buffer));
	if (n > 0) {
		worker->heard = g_get_monotonic_time();
		g_byte_array_append(worker->bytes, buffer, (guint)n);
		take_reports(pool, worker);
	} else if (n == 0 || errno != EINTR) {
		end_worker(pool, number, false);
	}
}

static bool listen_once(struct pool *pool)
{
	struct pollfd fds[MAX_WORKERS];
	unsigned numbers[MAX_WORKERS], n = 0;

	for (unsigned i = 0; i < pool->n; i++) {
		if (pool->workers[i].pid <= 0)
			continue;
		fds[n] = (struct pollfd){.fd = pool->workers[i].pipe, .events = POLLIN};
		numbers[n++] = i;
	}
	if (n == 0)
		return false;
	poll(fds, n, 1000);
	for (unsigned i = 0; i < n; i++)
		listen_to(pool, numbers[i], (fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0);
	return true;
}

void suite_run_workers(const struct suite_options *options, const GPtrArray *paths,
	suite_report_fn each, void (*done)(void *context, unsigned finished, unsigned total),
	void *context)
{
	struct pool pool = {
		.options = options, .paths = paths, .each = each, .done = done, .context = context};

	pool.n = MIN(MIN(options->jobs, MAX_WORKERS), paths->len);
	pool.reports = g_new0(struct suite_report *, paths->len + 1);
	pool.shared = mmap(NULL, sizeof(*pool.shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert(pool.shared != MAP_FAILED);
	for (unsigned i = 0; i < pool.n; i++)
		start_worker(&pool, i);
	while (listen_once(&pool))
		;
	munmap(pool.shared, sizeof(*pool.shared));
	g_free(pool.reports);
}
