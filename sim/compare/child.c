#include "compare/child.h"

#include "base/output.h"
#include "live/namespace.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct running {
	struct child *child;
	pid_t pid;
	int pipe;
	gint64 started;
};

struct children {
	unsigned jobs;
	gint64 patience_us;
	GPtrArray *running;
};

struct children *children_new(unsigned jobs, unsigned patience_s)
{
	struct children *children = g_new0(struct children, 1);

	children->jobs = MAX(jobs, 1);
	children->patience_us = (gint64)patience_s * G_USEC_PER_SEC;
	children->running = g_ptr_array_new();
	return children;
}

void child_free(struct child *child)
{
	g_byte_array_unref(child->bytes);
	g_free(child->why);
	g_free(child);
}

void children_free(struct children *children)
{
	for (guint i = 0; i < children->running->len; i++) {
		struct running *r = g_ptr_array_index(children->running, i);

		kill(r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
		close(r->pipe);
		child_free(r->child);
		g_free(r);
	}
	g_ptr_array_unref(children->running);
	g_free(children);
}

bool children_have_room(const struct children *children)
{
	return children->running->len < children->jobs;
}

static void be_child(child_fn work, void *context, int pipe)
{
	GByteArray *answer = g_byte_array_new();

	close_range(3, (unsigned)pipe - 1, 0);
	work(context, answer);
	_exit(output_write_fd(pipe, answer->data, answer->len) ? 0 : 1);
}

void children_start(struct children *children, child_fn work, void *context)
{
	struct running *r = g_new0(struct running, 1);
	int ends[2];

	r->child = g_new0(struct child, 1);
	r->child->context = context;
	r->child->bytes = g_byte_array_new();
	r->started = g_get_monotonic_time();
	r->pipe = -1;
	if (pipe(ends) == 0) {
		r->pipe = ends[0];
		r->pid = fork();
		if (r->pid == 0)
			be_child(work, context, live_high_fd(ends[1]));
		close(ends[1]);
	}
	if (r->pipe < 0 || r->pid < 0)
		r->child->why = g_strdup_printf("no process for it: %s", g_strerror(errno));
	g_ptr_array_add(children->running, r);
}

/* True: it is over. */
static bool listen_to(struct running *r)
{
	guint8 buffer[65536];
	ssize_t n = read(r->pipe, buffer, sizeof(buffer));
	int status = 0;

	if (n > 0) {
		g_byte_array_append(r->child->bytes, buffer, (guint)n);
		return false;
	}
	if (n < 0 && errno == EINTR)
		return false;
	waitpid(r->pid, &status, 0);
	if (r->child->why == NULL && WIFSIGNALED(status))
		r->child->why = g_strdup_printf("the run was ended by signal %d", WTERMSIG(status));
	else if (r->child->why == NULL && WEXITSTATUS(status) != 0)
		r->child->why =
			g_strdup_printf("the run ended with status %d", WEXITSTATUS(status));
	return true;
}

static struct child *take(struct children *children, guint at)
{
	struct running *r = g_ptr_array_index(children->running, at);
	struct child *child = r->child;

	g_ptr_array_remove_index(children->running, at);
	if (r->pipe >= 0)
		close(r->pipe);
	g_free(r);
	return child;
}

static void lose_patience(const struct children *children, struct running *r)
{
	if (g_get_monotonic_time() - r->started <= children->patience_us || r->child->why != NULL)
		return;
	r->child->why = g_strdup("the run does not end");
	kill(r->pid, SIGKILL);
}

/* The first that is over after waiting for a while, or G_MAXUINT. */
static guint wait_for_one(struct children *children)
{
	guint n = children->running->len, over = G_MAXUINT;
	struct pollfd *fds = g_new(struct pollfd, n);

	for (guint i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = ((struct running *)g_ptr_array_index(children->running, i))->pipe,
			.events = POLLIN};
	poll(fds, n, 1000);
	for (guint i = 0; i < n && over == G_MAXUINT; i++) {
		struct running *r = g_ptr_array_index(children->running, i);

		if (r->pipe < 0 || (fds[i].revents != 0 && listen_to(r)))
			over = i;
		else
			lose_patience(children, r);
	}
	g_free(fds);
	return over;
}

struct child *children_next(struct children *children)
{
	while (children->running->len > 0) {
		guint over = wait_for_one(children);

		if (over != G_MAXUINT)
			return take(children, over);
	}
	return NULL;
}
