/* The sockets of a supervisor, by the inode of the program's end. See inner.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec/calls.h"
#include "exec/held.h"
#include "exec/inner.h"
#include "exec/supervisor.h"
#include "exec/table.h"

#define SWEEP_AT_LEAST 64

/* The identity of what a descriptor of ours stands for; false: it is no socket. */
static bool inode_of(int fd, ino_t *inode)
{
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode))
		return false;
	*inode = status.st_ino;
	return true;
}

static void put_at(GPtrArray *array, int index, struct exec_socket *so)
{
	if ((guint)index >= array->len)
		g_ptr_array_set_size(array, index + 16);
	array->pdata[index] = so;
}

/* The two ends: so->pair here and so->spare for the program. */
static bool make_pair(struct exec_socket *so, bool nonblocking)
{
	struct exec_supervisor *s = so->supervisor;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
	int end[2];

	/* Our end is only ever used with MSG_DONTWAIT. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0,
		    end) != 0)
		return false;
	event.data.fd = end[0];
	if (!inode_of(end[1], &so->inode) ||
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, end[0], &event) != 0) {
		close(end[0]);
		close(end[1]);
		return false;
	}
	so->pair = end[0];
	so->spare = end[1];
	so->has_input = so->has_room = false;
	put_at(s->by_pair, so->pair, so);
	return true;
}

struct exec_socket *exec_socket_new(
	struct exec_supervisor *s, int model, enum exec_phase phase, bool nonblocking)
{
	struct exec_socket *so = g_new0(struct exec_socket, 1);

	so->supervisor = s;
	so->phase = phase;
	so->model = model;
	so->pair = so->spare = so->fd = -1;
	TAILQ_INIT(&so->accepted);
	if (!make_pair(so, nonblocking)) {
		int error = errno;

		tcpsim_close(exec_host(s), model);
		g_free(so);
		errno = error;
		return NULL;
	}
	put_at(s->by_model, model, so);
	/* One that is OVER may have had the same inode: its file is gone, then. */
	exec_socket_free(g_hash_table_lookup(s->by_inode, GSIZE_TO_POINTER(so->inode)));
	g_hash_table_insert(s->by_inode, GSIZE_TO_POINTER(so->inode), so);
	s->counts.sockets++;
	return so;
}

static void close_pair(struct exec_socket *so)
{
	if (so->pair < 0)
		return;
	so->supervisor->by_pair->pdata[so->pair] = NULL;
	close(so->pair); /* epoll forgets it with its last copy */
	so->pair = -1;
}

void exec_socket_free(struct exec_socket *so)
{
	struct exec_supervisor *s = so ? so->supervisor : NULL;
	struct exec_socket *accepted;

	if (!so)
		return;
	while ((accepted = TAILQ_FIRST(&so->accepted))) {
		TAILQ_REMOVE(&so->accepted, accepted, acceptable);
		exec_socket_free(accepted);
	}
	exec_waits_drop(s, so, 0);
	if (so->is_dirty)
		TAILQ_REMOVE(&s->dirty, so, dirty);
	if (so->phase == EXEC_OVER)
		s->over--;
	close_pair(so);
	if (so->spare >= 0)
		close(so->spare);
	s->by_model->pdata[so->model] = NULL;
	tcpsim_close(exec_host(s), so->model);
	g_hash_table_remove(s->by_inode, GSIZE_TO_POINTER(so->inode));
	g_free(so->unsent);
	g_free(so);
}

bool exec_socket_renew(struct exec_socket *so, bool nonblocking)
{
	struct exec_supervisor *s = so->supervisor;
	ino_t before = so->inode;

	if (!make_pair(so, nonblocking))
		return false;
	g_hash_table_steal(s->by_inode, GSIZE_TO_POINTER(before));
	exec_socket_free(g_hash_table_lookup(s->by_inode, GSIZE_TO_POINTER(so->inode)));
	g_hash_table_insert(s->by_inode, GSIZE_TO_POINTER(so->inode), so);
	s->over--;
	so->phase = EXEC_FRESH;
	so->junk = so->shown_n = so->shown_bytes = so->shown_memory = 0;
	so->unsent_len = 0;
	so->end_shown = so->write_shut = so->stale = so->fin_wanted = false;
	return true;
}

int exec_socket_take(struct exec_socket *so)
{
	ino_t inode;
	int copy;

	if (so->spare >= 0)
		return fcntl(so->spare, F_DUPFD_CLOEXEC, 0);
	copy = so->fd >= 0 ? so->caller->access->take(so->caller, so->tid, so->fd) : -1;
	if (copy < 0)
		return -1;
	if (inode_of(copy, &inode) && inode == so->inode)
		return copy;
	close(copy);
	return -1;
}

/* A reset, or an error: the program's next read or write is to fail. The kernel does so to an end
 * whose other one was closed with bytes unread in it (af_unix.c, unix_release_sock). */
static void leave_unread(struct exec_socket *so)
{
	int there = 0, copy;

	if (ioctl(so->pair, FIONREAD, &there) == 0 && there > 0)
		return;
	copy = exec_socket_take(so);
	if (copy < 0)
		return;
	if (send(copy, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1)
		exec_say(so->supervisor, "a reset is shown as the end of the stream");
	close(copy);
}

void exec_socket_end(struct exec_socket *so)
{
	if (so->phase == EXEC_OVER)
		return;
	leave_unread(so);
	close_pair(so);
	so->phase = EXEC_OVER;
	so->supervisor->over++;
}

void exec_socket_hung_up(struct exec_socket *so, bool failed)
{
	/* Both directions may have been shut, by a FIN each: that is a hang-up, too. */
	bool shut_in = so->write_shut, shut_out = so->end_shown || so->read_shut;

	so->left_unread |= failed;
	so->gone |=
		failed || !(shut_in && shut_out) || !exec_is_held(so->supervisor->diag, so->inode);
}

struct exec_socket *exec_socket_of(
	struct exec_supervisor *s, const struct exec_call *call, int *copy)
{
	struct exec_socket *so;
	ino_t inode;

	*copy = call->caller->access->take(call->caller, call->tid, (int)call->args[0]);
	if (*copy < 0 || !inode_of(*copy, &inode))
		return NULL;
	so = g_hash_table_lookup(s->by_inode, GSIZE_TO_POINTER(inode));
	if (so)
		exec_socket_seen(so, call, (int)call->args[0]);
	return so;
}

void exec_socket_dirty(struct exec_socket *so)
{
	struct exec_supervisor *s = so->supervisor;

	if (so->is_dirty)
		return;
	so->is_dirty = true;
	TAILQ_INSERT_TAIL(&s->dirty, so, dirty);
	if (!clock_is_set(&s->work))
		clock_at(s->node->world->clock, &s->work, 0);
}

/* --- what nobody holds any more --- */

/* Of a pair whose other end is closed here the kernel tells nothing more. So when there are twice
 * as many as the last time left, it is asked of each. */
void exec_table_sweep(struct exec_supervisor *s)
{
	GPtrArray *gone;
	GHashTableIter each;
	gpointer value;

	if (s->over < MAX(SWEEP_AT_LEAST, 2 * s->over_swept))
		return;
	gone = g_ptr_array_new();
	g_hash_table_iter_init(&each, s->by_inode);
	while (g_hash_table_iter_next(&each, NULL, &value)) {
		const struct exec_socket *so = value;

		if (so->phase == EXEC_OVER && so->spare < 0 && !exec_is_held(s->diag, so->inode))
			g_ptr_array_add(gone, value);
	}
	for (guint i = 0; i < gone->len; i++)
		exec_socket_free(gone->pdata[i]);
	g_ptr_array_free(gone, TRUE);
	s->over_swept = s->over;
}
