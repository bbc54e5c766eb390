/* A supervisor's life, and its turn. See supervisor.h. */
#include "exec/supervisor.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "exec/calls.h"
#include "exec/held.h"
#include "exec/inner.h"
#include "exec/stream.h"
#include "exec/table.h"
#include "world/build.h"

#define AT_ONCE 64

/* Socket calls happen at the host's time, which must be that of the world. */
static void enter(struct exec_supervisor *s)
{
	tcpsim_host_advance(exec_host(s), clock_now(s->node->world->clock));
}

static void leave(struct exec_supervisor *s)
{
	node_flush(s->node);
}

static void look_at_dirty(struct exec_supervisor *s)
{
	struct exec_socket *so;

	while ((so = TAILQ_FIRST(&s->dirty))) {
		TAILQ_REMOVE(&s->dirty, so, dirty);
		so->is_dirty = false;
		exec_stream_pump(so);
	}
	exec_table_sweep(s);
}

static void on_work(struct clock_event *event, int64_t now_ns)
{
	struct exec_supervisor *s =
		(struct exec_supervisor *)((char *)event - offsetof(struct exec_supervisor, work));

	tcpsim_host_advance(exec_host(s), now_ns);
	look_at_dirty(s);
	leave(s);
}

/* The host wakes one of its descriptors. */
static void on_wake(void *context, int fd)
{
	const struct exec_supervisor *s = context;

	if (fd >= 0 && (guint)fd < s->by_model->len && s->by_model->pdata[fd])
		exec_socket_dirty(s->by_model->pdata[fd]);
}

struct exec_supervisor *exec_supervisor_new(struct node *node)
{
	struct exec_supervisor *s = g_new0(struct exec_supervisor, 1);

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0) {
		g_free(s);
		return NULL;
	}
	s->diag = exec_held_open();
	s->node = node;
	s->by_inode = g_hash_table_new(NULL, NULL);
	s->by_model = g_ptr_array_new();
	s->by_pair = g_ptr_array_new();
	s->unheard = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	s->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	s->buffer = g_malloc(EXEC_CHUNK);
	s->most_shown = exec_stream_most_shown();
	TAILQ_INIT(&s->dirty);
	TAILQ_INIT(&s->waits);
	s->work.fire = on_work;
	node->on_wake = on_wake;
	node->wake_context = s;
	return s;
}

void exec_supervisor_free(struct exec_supervisor *s)
{
	GHashTableIter each;
	gpointer so;

	if (!s)
		return;
	s->node->on_wake = NULL;
	for (;;) {
		g_hash_table_iter_init(&each, s->by_inode);
		if (!g_hash_table_iter_next(&each, NULL, &so))
			break;
		exec_socket_free(so);
	}
	node_flush(s->node);
	clock_cancel(s->node->world->clock, &s->work);
	close(s->epoll);
	if (s->diag >= 0)
		close(s->diag);
	g_hash_table_destroy(s->by_inode);
	g_hash_table_destroy(s->unheard);
	g_hash_table_destroy(s->said);
	g_ptr_array_free(s->by_model, TRUE);
	g_ptr_array_free(s->by_pair, TRUE);
	g_free(s->buffer);
	g_free(s);
}

void exec_supervisor_on_say(struct exec_supervisor *s, exec_say_fn say, void *context)
{
	s->say = say;
	s->say_context = context;
}

void exec_say(struct exec_supervisor *s, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	if (g_hash_table_contains(s->said, text)) {
		g_free(text);
		return;
	}
	if (s->say)
		s->say(s->say_context, text);
	g_hash_table_add(s->said, text);
}

int exec_supervisor_fd(const struct exec_supervisor *s)
{
	return s->epoll;
}

/* What the pairs have to tell. */
static void hear_pairs(struct exec_supervisor *s)
{
	struct epoll_event events[AT_ONCE];
	int n;

	do {
		n = epoll_wait(s->epoll, events, AT_ONCE, 0);
		for (int i = 0; i < n; i++) {
			struct exec_socket *so = s->by_pair->pdata[events[i].data.fd];

			if (!so)
				continue; /* closed since */
			if (events[i].events & (EPOLLHUP | EPOLLERR))
				exec_socket_hung_up(so, events[i].events & EPOLLERR);
			so->has_input |= events[i].events != EPOLLOUT;
			exec_socket_dirty(so);
		}
		look_at_dirty(s);
	} while (n == AT_ONCE);
}

void exec_supervisor_run(struct exec_supervisor *s)
{
	enter(s);
	hear_pairs(s);
	leave(s);
}

/* What the program closed and wrote before the call comes before it: a port is free again. */
void exec_supervisor_call(struct exec_supervisor *s, const struct exec_call *call)
{
	enter(s);
	hear_pairs(s);
	exec_calls_take(s, call);
	look_at_dirty(s);
	leave(s);
}

void exec_supervisor_census(
	const struct exec_supervisor *s, unsigned *listeners, unsigned *connections)
{
	GHashTableIter each;
	gpointer value;

	*listeners = *connections = 0;
	g_hash_table_iter_init(&each, s->by_inode);
	while (g_hash_table_iter_next(&each, NULL, &value)) {
		const struct exec_socket *so = value;

		*listeners += so->phase == EXEC_LISTENING;
		*connections += so->phase == EXEC_STREAM || so->phase == EXEC_CONNECTING;
	}
}

const struct exec_counts *exec_supervisor_counts(const struct exec_supervisor *s)
{
	return &s->counts;
}
