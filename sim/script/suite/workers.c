/*
 * A worker takes the next script's number from memory that all share, runs it, and writes the
 * report to its pipe. When a worker dies, computes for too long or is silent for too long, the
 * script it was at is reported as such, with the line, and a new worker takes its place. A worker
 * that has no script left ends as any program does, so that leaks and coverage are counted.
 */
#include "script/suite/workers.h"
#include "script/suite/suite.h"

#include "base/output.h"
#include "script/suite/bytes.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* A script in virtual time computes for milliseconds; a sanitizer makes that ten times as much. */
#ifdef __SANITIZE_ADDRESS__
#define COMPUTING_MS 15000
#else
#define COMPUTING_MS 1500
#endif
/* What it waits for (a pipe that it was given, a program of --allow-shell) is not computing. */
#define PATIENCE_S  30
#define MAX_WORKERS 64

/* What the processes share. */
struct shared {
	atomic_uint next;
	atomic_int at[MAX_WORKERS];   /* script that each worker is at, -1: none */
	atomic_int line[MAX_WORKERS]; /* and the line of it, 0: not known */
};

struct worker {
	pid_t pid;
	int pipe;
	GByteArray *bytes; /* read and not yet understood */
	gint64 heard;	   /* when it last wrote */
};

struct pool {
	const struct suite_options *options;
	const GPtrArray *scripts;
	struct shared *shared;
	struct worker workers[MAX_WORKERS];
	unsigned n, finished;
	struct suite_report **reports; /* by script; freed once they are handed on */
	unsigned handed_on;
	suite_report_fn each;
	void (*done)(void *context, unsigned finished, unsigned total);
	void *context;
	char *wrong; /* with the processes themselves, not with a script; the first one */
};

static const struct suite_script *script_at(const struct pool *pool, unsigned index)
{
	return g_ptr_array_index(pool->scripts, index);
}

static void note_wrong(struct pool *pool, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void note_wrong(struct pool *pool, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (pool->wrong == NULL)
		pool->wrong = g_strdup_vprintf(format, args);
	va_end(args);
}

/* --- the worker --- */

/* From now on so much computing is allowed; 0: as much as it takes. The signal ends the process. */
static void allow_computing(int ms)
{
	struct itimerval limit = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};

	setitimer(ITIMER_PROF, &limit, NULL);
}

static bool run_next(struct pool *pool, unsigned number, int fd)
{
	unsigned index = atomic_fetch_add(&pool->shared->next, 1);
	struct suite_report *report;
	GByteArray *bytes;
	bool told;

	if (index >= pool->scripts->len)
		return false;
	atomic_store(&pool->shared->line[number], 0);
	atomic_store(&pool->shared->at[number], (int)index);
	allow_computing(COMPUTING_MS);
	report = suite_run_one(pool->options, script_at(pool, index), &pool->shared->line[number]);
	allow_computing(0);
	bytes = suite_report_encode(index, report);
	told = output_write_fd(fd, bytes->data, bytes->len);
	atomic_store(&pool->shared->at[number], -1);
	g_byte_array_unref(bytes);
	suite_report_free(report);
	return told;
}

static void work(struct pool *pool, unsigned number, int fd)
{
	while (run_next(pool, number, fd) && !pool->options->fresh_processes)
		;
	close(fd);
	exit(0);
}

static void start_worker(struct pool *pool, unsigned number)
{
	struct worker *worker = &pool->workers[number];
	int ends[2];

	worker->pid = -1;
	atomic_store(&pool->shared->at[number], -1);
	if (pipe(ends) != 0) {
		note_wrong(pool, "no process could be started for a script: %s", g_strerror(errno));
		return;
	}
	/* What is still to be written is the parent's; its copy would come out twice. */
	fflush(NULL);
	worker->pid = fork();
	if (worker->pid == 0) {
		close(ends[0]);
		work(pool, number, ends[1]);
	}
	if (worker->pid < 0)
		note_wrong(pool, "no process could be started for a script: %s", g_strerror(errno));
	close(ends[1]);
	if (worker->pid < 0)
		close(ends[0]);
	worker->pipe = ends[0];
	worker->bytes = worker->pid > 0 ? g_byte_array_new() : NULL;
	worker->heard = g_get_monotonic_time();
}

/* --- the parent --- */

static void hand_on(struct pool *pool)
{
	while (pool->handed_on < pool->scripts->len && pool->reports[pool->handed_on] != NULL) {
		struct suite_report *report = pool->reports[pool->handed_on++];

		pool->each(pool->context, report);
		suite_report_free(report);
	}
}

static void take_report(struct pool *pool, unsigned index, struct suite_report *report)
{
	report->path = script_at(pool, index)->path;
	report->profile = pool->options->profile->name;
	pool->reports[index] = report;
	pool->finished++;
	if (pool->done != NULL)
		pool->done(pool->context, pool->finished, pool->scripts->len);
	hand_on(pool);
}

static void take_reports(struct pool *pool, struct worker *worker)
{
	for (;;) {
		gsize len = suite_report_length(worker->bytes);
		struct suite_report *report;
		unsigned index;

		if (len == 0 || worker->bytes->len < len)
			return;
		report = suite_report_decode(worker->bytes->data, &index);
		g_byte_array_remove_range(worker->bytes, 0, (guint)len);
		take_report(pool, index, report);
	}
}

static void report_fault(struct pool *pool, unsigned index, int line, const char *message)
{
	struct suite_report *report = g_new0(struct suite_report, 1);

	report->ip = script_ip_version_name(pool->options->ip_version);
	report->result = script_result_new(SCRIPT_FAULT, line, message);
	take_report(pool, index, report);
}

static unsigned patience_s(const struct pool *pool)
{
	return pool->options->patience_s > 0 ? pool->options->patience_s : PATIENCE_S;
}

/* How a worker came to its end, if not as it should; to be freed. */
static char *end_reported(const struct pool *pool, int status, bool killed)
{
	if (killed)
		return g_strdup_printf(
			"the script does not end (stopped after %u s)", patience_s(pool));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF)
		return g_strdup_printf(
			"the script does not end (stopped after %d.%d s of computing)",
			COMPUTING_MS / 1000, COMPUTING_MS % 1000 / 100);
	if (WIFSIGNALED(status))
		return g_strdup_printf(
			"the program was killed by signal %d while it ran this script",
			WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return g_strdup_printf("the program ended with status %d while it ran this script",
			WEXITSTATUS(status));
	return NULL;
}

static void end_worker(struct pool *pool, unsigned number, bool killed)
{
	struct worker *worker = &pool->workers[number];
	int status = 0, index = atomic_load(&pool->shared->at[number]);
	char *told;

	close(worker->pipe);
	g_byte_array_unref(worker->bytes);
	if (killed)
		kill(worker->pid, SIGKILL);
	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	worker->pid = -1;
	told = end_reported(pool, status, killed);
	if (index >= 0 && pool->reports[index] == NULL && (guint)index >= pool->handed_on)
		report_fault(pool, (unsigned)index, atomic_load(&pool->shared->line[number]),
			told != NULL ? told : "the program ended while it ran this script");
	else if (told != NULL)
		note_wrong(pool,
			"a process that had run its scripts did not end well (status 0x%x)",
			(unsigned)status);
	g_free(told);
	if (atomic_load(&pool->shared->next) < pool->scripts->len)
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

/* Where no process could be had: nothing is passed over in silence. */
static void report_the_rest(struct pool *pool)
{
	for (guint i = 0; i < pool->scripts->len; i++)
		if (i >= pool->handed_on && pool->reports[i] == NULL)
			report_fault(pool, i, 0, "no process could be started to run this script");
}

char *suite_run(const struct suite_options *options, const GPtrArray *scripts, suite_report_fn each,
	void (*done)(void *context, unsigned finished, unsigned total), void *context)
{
	struct pool pool = {.options = options,
		.scripts = scripts,
		.each = each,
		.done = done,
		.context = context};

	pool.n = CLAMP(options->jobs, 1, MIN(MAX_WORKERS, MAX(scripts->len, 1)));
	pool.reports = g_new0(struct suite_report *, scripts->len + 1);
	pool.shared = mmap(NULL, sizeof(*pool.shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert(pool.shared != MAP_FAILED);
	for (unsigned i = 0; i < pool.n; i++)
		start_worker(&pool, i);
	while (listen_once(&pool))
		;
	report_the_rest(&pool);
	munmap(pool.shared, sizeof(*pool.shared));
	g_free(pool.reports);
	return pool.wrong;
}
