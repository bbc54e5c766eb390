#include "live/sleeper.h"

#include "live/kernel_calls.h"
#include "live/namespace.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IDLE, HANDED_OVER, IN_CALL, OVER, END };

struct sleeper {
	GThread *thread;
	GMutex mutex;
	GCond cond;
	struct sut_call *call;
	atomic_int stage;
	int over;	 /* eventfd */
	int status_file; /* /proc/self/task/TID/stat */
	pid_t tid;
};

/* A sleep that a signal cut short would look like a call that failed. */
static void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void *serve(void *data)
{
	struct sleeper *sleeper = data;
	uint64_t one = 1;

	block_signals();
	g_mutex_lock(&sleeper->mutex);
	sleeper->tid = (pid_t)syscall(SYS_gettid);
	g_cond_broadcast(&sleeper->cond);
	for (;;) {
		while (sleeper->stage != HANDED_OVER && sleeper->stage != END)
			g_cond_wait(&sleeper->cond, &sleeper->mutex);
		if (sleeper->stage == END)
			break;
		g_mutex_unlock(&sleeper->mutex);
		sleeper->stage = IN_CALL;
		kernel_call_make(sleeper->call);
		g_mutex_lock(&sleeper->mutex);
		sleeper->stage = OVER;
		if (write(sleeper->over, &one, sizeof(one)) < 0)
			sleeper->stage = OVER; /* the counter cannot be full: one call at a time */
	}
	g_mutex_unlock(&sleeper->mutex);
	return NULL;
}

struct sleeper *sleeper_new(void)
{
	struct sleeper *sleeper = g_new0(struct sleeper, 1);
	char path[64];

	g_mutex_init(&sleeper->mutex);
	g_cond_init(&sleeper->cond);
	sleeper->over = live_high_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	sleeper->thread = g_thread_new("call", serve, sleeper);
	g_mutex_lock(&sleeper->mutex);
	while (sleeper->tid == 0)
		g_cond_wait(&sleeper->cond, &sleeper->mutex);
	g_mutex_unlock(&sleeper->mutex);
	g_snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)sleeper->tid);
	sleeper->status_file = live_high_fd(open(path, O_RDONLY | O_CLOEXEC));
	return sleeper;
}

void sleeper_free(struct sleeper *sleeper)
{
	bool asleep;

	g_mutex_lock(&sleeper->mutex);
	asleep = sleeper->stage == IN_CALL || sleeper->stage == HANDED_OVER;
	if (!asleep)
		sleeper->stage = END;
	g_cond_broadcast(&sleeper->cond);
	g_mutex_unlock(&sleeper->mutex);
	if (asleep) {
		g_thread_unref(sleeper->thread);
		return;
	}
	g_thread_join(sleeper->thread);
	close(sleeper->over);
	close(sleeper->status_file);
	g_mutex_clear(&sleeper->mutex);
	g_cond_clear(&sleeper->cond);
	g_free(sleeper);
}

/* The letter behind the command's name, proc(5): S is an interruptible sleep. */
static bool kernel_says_asleep(const struct sleeper *sleeper)
{
	char text[512];
	ssize_t n = pread(sleeper->status_file, text, sizeof(text) - 1, 0);
	const char *bracket;

	if (n <= 0)
		return true;
	text[n] = '\0';
	bracket = strrchr(text, ')');
	return bracket != NULL && bracket[1] == ' ' && bracket[2] == 'S';
}

bool sleeper_start(struct sleeper *sleeper, struct sut_call *call)
{
	struct pollfd over = {.fd = sleeper->over, .events = POLLIN};

	g_mutex_lock(&sleeper->mutex);
	sleeper->call = call;
	sleeper->stage = HANDED_OVER;
	g_cond_broadcast(&sleeper->cond);
	g_mutex_unlock(&sleeper->mutex);
	for (;;) {
		static const struct timespec MOMENT = {.tv_nsec = 50000};

		ppoll(&over, 1, &MOMENT, NULL);
		if (sleeper_done(sleeper))
			return true;
		/* Between the two looks the call may end: then the next sleeper_done() tells it. */
		if (sleeper->stage == IN_CALL && kernel_says_asleep(sleeper))
			return sleeper_done(sleeper);
	}
}

bool sleeper_done(struct sleeper *sleeper)
{
	uint64_t count;

	if (sleeper->stage != OVER || read(sleeper->over, &count, sizeof(count)) != sizeof(count))
		return false;
	sleeper->stage = IDLE;
	sleeper->call = NULL;
	return true;
}

int sleeper_fd(const struct sleeper *sleeper)
{
	return sleeper->over;
}
