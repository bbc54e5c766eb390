/* Descriptors and connections: which number of the script is which of the system. */
#include "script/run/socket.h"
#include "script/run/state.h"

struct run_socket *run_socket_new(struct run *run)
{
	struct run_socket *socket = g_new0(struct run_socket, 1);

	socket->ts_map = g_hash_table_new(g_direct_hash, g_direct_equal);
	socket->live_fd = -1;
	socket->payload = payload_new(run->sockets->len);
	g_ptr_array_add(run->sockets, socket);
	return socket;
}

struct run_fd *run_fd_find(struct run *run, int script_fd)
{
	/* accept() may give a number again that an earlier one still has: the newest is meant. */
	for (guint i = run->fds->len; i-- > 0;) {
		struct run_fd *fd = &g_array_index(run->fds, struct run_fd, i);

		if (fd->script_fd == script_fd)
			return fd;
	}
	return NULL;
}

struct run_fd *run_fd_live(struct run *run, int live_fd)
{
	for (guint i = run->fds->len; i-- > 0;) {
		struct run_fd *fd = &g_array_index(run->fds, struct run_fd, i);

		if (fd->live_fd == live_fd)
			return fd;
	}
	return NULL;
}

void run_fd_add(struct run *run, int script_fd, int live_fd, struct run_socket *socket)
{
	struct run_fd fd = {.script_fd = script_fd, .live_fd = live_fd, .socket = socket};

	g_array_append_val(run->fds, fd);
	if (socket != NULL)
		socket->live_fd = live_fd;
}

void run_fd_remove(struct run *run, int script_fd)
{
	for (guint i = run->fds->len; i-- > 0;) {
		if (g_array_index(run->fds, struct run_fd, i).script_fd == script_fd) {
			g_array_remove_index(run->fds, i);
			return;
		}
	}
}

struct run_socket *run_socket_child(struct run *run, uint32_t script_seq)
{
	struct run_socket *socket = run_socket_new(run);

	socket->phase = SOCKET_PACKET_RECEIVED;
	socket->script_remote_isn = socket->live_remote_isn = script_seq;
	socket->remote = run->config->remote;
	socket->local = run->config->local;
	socket->remote_port = run->next_port++;
	socket->local_port = run->config->bind_port;
	socket->has_tuple = true;
	run->under_test = socket;
	return socket;
}

/* A SYN's number is the script's own; those behind it count from there. */
uint32_t run_remote_offset(const struct run_socket *socket, bool syn)
{
	return syn ? 0 : socket->live_remote_isn;
}

uint32_t run_local_offset(const struct run_socket *socket, bool syn)
{
	return syn ? socket->live_local_isn - socket->script_local_isn : socket->live_local_isn;
}
