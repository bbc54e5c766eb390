/* The system calls of the language, one row each: arguments in, and what the script learns from the
 * result. */
#include "script/run/calls.h"
#include "base/near.h"
#include "script/run/call.h"
#include "script/run/message.h"
#include "script/run/option.h"
#include "script/run/poll.h"
#include "script/run/run.h"
#include "script/run/socket.h"
#include <netinet/in.h>
#include <string.h>

/* An address of the settings as a socket of this script's family has it. */
static void set_address(
	const struct run *run, struct run_call *call, const struct tcpsim_addr *addr, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&call->sut.addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&call->sut.addr;

	if (run->config->ip_version == SCRIPT_IPV4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		v4->sin_addr.s_addr = htonl(tcpsim_addr_to_v4(addr));
		call->sut.addr_len = sizeof(*v4);
	} else {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		memcpy(&v6->sin6_addr, addr->b, 16);
		call->sut.addr_len = sizeof(*v6);
	}
}

/* {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")} */
static bool literal_address(struct run *run, struct run_call *call, const struct script_expr *expr)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&call->sut.addr;
	int64_t family, port, addr;

	if (!arg_field_number(run, expr, "sa_family", &family) ||
		!arg_field_number(run, expr, "sin_port", &port) ||
		!arg_field_number(run, expr, "sin_addr", &addr))
		return false;
	if (family != AF_INET)
		return arg_wrong(run, expr, "an address of AF_INET");
	v4->sin_family = AF_INET;
	v4->sin_port = (uint16_t)port;
	v4->sin_addr.s_addr = (uint32_t)addr;
	call->sut.addr_len = sizeof(*v4);
	return true;
}

static bool prepare_socket(struct run *run, struct run_call *call)
{
	if (call->args[0]->kind == EXPR_ELLIPSIS)
		call->sut.ints[0] = run->config->ip_version == SCRIPT_IPV4 ? AF_INET : AF_INET6;
	else if (!arg_int(run, call->args[0], &call->sut.ints[0]))
		return false;
	return arg_int(run, call->args[1], &call->sut.ints[1]) &&
	       arg_int(run, call->args[2], &call->sut.ints[2]);
}

/* The script's number for a new descriptor; false if it is taken. */
static bool new_fd(struct run *run, struct run_call *call, int *script_fd)
{
	if (call->call->result->kind == EXPR_ELLIPSIS) {
		*script_fd = (int)call->sut.result;
		return true;
	}
	if (!arg_int(run, call->call->result, script_fd))
		return false;
	if (run_fd_find(run, *script_fd) != NULL)
		return run_fault(run, call->event->line,
			"descriptor %d is already open in the script", *script_fd);
	return true;
}

static bool finish_socket(struct run *run, struct run_call *call)
{
	struct run_socket *socket;
	int script_fd;

	if (call->sut.result < 0)
		return true;
	if (!new_fd(run, call, &script_fd))
		return false;
	socket = run_socket_new(run);
	run_fd_add(run, script_fd, (int)call->sut.result, socket);
	run->under_test = socket;
	return true;
}

static bool prepare_bind(struct run *run, struct run_call *call)
{
	if (call->args[1]->kind == EXPR_STRUCT)
		return literal_address(run, call, call->args[1]);
	if (!arg_ellipsis(run, call->args[1]) || !arg_ellipsis(run, call->args[2]))
		return false;
	set_address(run, call, &run->config->local, run->config->bind_port);
	return true;
}

static bool prepare_listen(struct run *run, struct run_call *call)
{
	return arg_int(run, call->args[1], &call->sut.ints[0]);
}

static bool finish_listen(struct run *run, struct run_call *call)
{
	struct run_fd *fd = run_fd_find(run, call->script_fd);

	if (fd != NULL && fd->socket != NULL && call->sut.result == 0)
		fd->socket->phase = SOCKET_LISTENING;
	return true;
}

static bool prepare_accept(struct run *run, struct run_call *call)
{
	call->sut.addr_len = sizeof(call->sut.addr);
	if (!arg_ellipsis(run, call->args[1]) || !arg_ellipsis(run, call->args[2]))
		return false;
	return call->args[3] == NULL || arg_int(run, call->args[3], &call->sut.ints[0]);
}

static uint16_t port_of(const struct sockaddr_storage *addr)
{
	return ntohs(addr->ss_family == AF_INET ? ((const struct sockaddr_in *)addr)->sin_port
						: ((const struct sockaddr_in6 *)addr)->sin6_port);
}

/* The child whose first packet came from that port and that no descriptor holds yet. */
static struct run_socket *accepted_child(struct run *run, uint16_t port)
{
	for (guint i = run->sockets->len; i-- > 0;) {
		struct run_socket *socket = g_ptr_array_index(run->sockets, i);
		bool child = socket->phase == SOCKET_PACKET_RECEIVED ||
			     socket->phase == SOCKET_SYNACK_SENT ||
			     socket->phase == SOCKET_SYNACK_ACKED;

		if (child && socket->live_fd < 0 && socket->remote_port == port)
			return socket;
	}
	return NULL;
}

static bool finish_accept(struct run *run, struct run_call *call)
{
	int script_fd;

	if (call->sut.result < 0)
		return true;
	/* accept() may give a number again that an earlier one still has, as in packetdrill. */
	if (call->call->result->kind == EXPR_ELLIPSIS)
		script_fd = (int)call->sut.result;
	else if (!arg_int(run, call->call->result, &script_fd))
		return false;
	run_fd_add(run, script_fd, (int)call->sut.result,
		accepted_child(run, port_of(&call->sut.addr)));
	return true;
}

/* A connection attempt: the SYN it sends is matched by where it goes. */
static void begin_connect(struct run *run, struct run_call *call)
{
	struct run_socket *socket = call->fd->socket;
	const struct run_socket *under_test = run->under_test;

	set_address(run, call, &run->config->remote, run->config->connect_port);
	/* nplab: to the peer whose packet has just come in, so that both open at once. */
	if (run->config->dialect == DIALECT_NPLAB && under_test != NULL &&
		under_test->phase == SOCKET_PACKET_RECEIVED)
		set_address(run, call, &under_test->remote, under_test->remote_port);
	if (socket == NULL || socket->phase != SOCKET_NEW)
		return;
	socket->has_tuple = false;
	socket->phase = SOCKET_CONNECTING;
	payload_restart(socket->payload);
}

/* A family in place of an address: to connect(), AF_UNSPEC dissolves the connection. */
static bool unspecified(struct run *run, struct run_call *call, const struct script_expr *expr)
{
	int family;

	if (!arg_int(run, expr, &family))
		return false;
	memset(&call->sut.addr, 0, sizeof(call->sut.addr));
	call->sut.addr.ss_family = (sa_family_t)family;
	call->sut.addr_len = sizeof(struct sockaddr_in6);
	return true;
}

static bool dissolve(struct run *run, struct run_call *call)
{
	struct run_socket *socket = call->fd->socket;

	if (!unspecified(run, call, call->args[1]))
		return false;
	if (call->sut.addr.ss_family == AF_UNSPEC && socket != NULL) {
		socket->phase = SOCKET_NEW; /* its RST still has the old addresses */
		payload_restart(socket->payload);
	}
	return true;
}

static bool prepare_connect(struct run *run, struct run_call *call)
{
	if (!arg_ellipsis(run, call->args[2]))
		return false;
	if (call->args[1]->kind == EXPR_STRUCT)
		return literal_address(run, call, call->args[1]);
	if (call->args[1]->kind != EXPR_ELLIPSIS)
		return dissolve(run, call);
	begin_connect(run, call);
	return true;
}

static bool prepare_read(struct run *run, struct run_call *call)
{
	return message_prepare_buffer(run, call, call->args[1], call->args[2]);
}

static bool prepare_vector(struct run *run, struct run_call *call)
{
	return message_prepare_vector(run, call, call->args[1], call->args[2]);
}

static bool prepare_recv(struct run *run, struct run_call *call)
{
	return message_prepare_buffer(run, call, call->args[1], call->args[2]) &&
	       arg_int(run, call->args[3], &call->sut.ints[0]);
}

static bool prepare_recvfrom(struct run *run, struct run_call *call)
{
	if (!prepare_recv(run, call) || !arg_ellipsis(run, call->args[4]) ||
		!arg_ellipsis(run, call->args[5]))
		return false;
	call->sut.msg.msg_name = call_buffer(call, sizeof(struct sockaddr_storage));
	call->sut.msg.msg_namelen = sizeof(struct sockaddr_storage);
	return true;
}

static bool prepare_recvmsg(struct run *run, struct run_call *call)
{
	return message_prepare_header(run, call, call->args[1], true) &&
	       arg_int(run, call->args[2], &call->sut.ints[0]);
}

/* A buffer that the script gives as a string is sent as it is. */
static bool prepare_sendto(struct run *run, struct run_call *call)
{
	const struct script_expr *to = call->args[4];

	if (!prepare_recv(run, call) ||
		(call->args[5]->kind != EXPR_ELLIPSIS && call->args[5]->kind != EXPR_INTEGER))
		return run->stopped ? false : arg_wrong(run, call->args[5], "...");
	if (to->kind == EXPR_ELLIPSIS)
		begin_connect(run, call);
	else if (to->kind == EXPR_STRUCT ? !literal_address(run, call, to)
					 : !unspecified(run, call, to))
		return false;
	call->sut.msg.msg_name = &call->sut.addr;
	call->sut.msg.msg_namelen = call->sut.addr_len;
	return true;
}

static bool prepare_sendmsg(struct run *run, struct run_call *call)
{
	const struct script_expr *header = call->args[1];
	int flags = 0;

	if (!arg_int(run, call->args[2], &flags) ||
		!message_prepare_header(run, call, header, false))
		return false;
	call->sut.ints[0] = flags;
	if ((flags & MSG_FASTOPEN) != 0 && arg_field(header, "msg_name") != NULL) {
		begin_connect(run, call);
		call->sut.msg.msg_name = &call->sut.addr;
		call->sut.msg.msg_namelen = call->sut.addr_len;
	}
	return true;
}

static bool prepare_fcntl(struct run *run, struct run_call *call)
{
	return arg_int(run, call->args[1], &call->sut.ints[0]) &&
	       (call->args[2] == NULL || arg_int(run, call->args[2], &call->sut.ints[1]));
}

static bool prepare_ioctl(struct run *run, struct run_call *call)
{
	call->sut.data = call_buffer(call, sizeof(int));
	call->sut.data_len = sizeof(int);
	return arg_number(run, call->args[1], &call->sut.number);
}

static bool finish_ioctl(struct run *run, struct run_call *call)
{
	const struct script_expr *element;
	int expected, got = *(const int *)call->sut.data;

	if (call->args[2] == NULL || call->sut.result < 0)
		return true;
	if (!arg_bracketed(run, call->args[2], &element) || !arg_int(run, element, &expected))
		return false;
	return expected == got ||
	       run_fail(run, call->event->line, "ioctl() gave %d instead of %d", got, expected);
}

static bool finish_close(struct run *run, struct run_call *call)
{
	if (call->sut.result == 0)
		run_fd_remove(run, call->script_fd);
	return true;
}

static bool prepare_shutdown(struct run *run, struct run_call *call)
{
	return arg_int(run, call->args[1], &call->sut.ints[0]);
}

static bool prepare_epoll_create(struct run *run, struct run_call *call)
{
	return arg_int(run, call->args[0], &call->sut.ints[0]);
}

static bool finish_new_fd(struct run *run, struct run_call *call)
{
	int script_fd;

	if (call->sut.result < 0)
		return true;
	if (!new_fd(run, call, &script_fd))
		return false;
	run_fd_add(run, script_fd, (int)call->sut.result, NULL);
	return true;
}

static bool finish_pipe(struct run *run, struct run_call *call)
{
	const struct script_expr *list =
		call->args[0]->kind == EXPR_LIST ? call->args[0]->list : NULL;

	if (call->sut.result < 0)
		return true;
	if (arg_count(list) != 2)
		return arg_wrong(run, call->args[0], "two descriptors in brackets");
	for (int i = 0; list != NULL; list = list->next) {
		int script_fd;

		if (!arg_int(run, list, &script_fd))
			return false;
		run_fd_add(run, script_fd, call->sut.fds[i++], NULL);
	}
	return true;
}

static bool prepare_splice(struct run *run, struct run_call *call)
{
	return arg_fd(run, call->args[2], &call->sut.other_fd) &&
	       arg_number(run, call->args[4], &call->sut.number) &&
	       arg_int(run, call->args[5], &call->sut.ints[0]);
}

static bool prepare_open(struct run *run, struct run_call *call)
{
	if (call->args[0]->kind != EXPR_STRING)
		return arg_wrong(run, call->args[0], "a file name in quotes");
	call->sut.path = call->args[0]->string.bytes;
	return arg_int(run, call->args[1], &call->sut.ints[0]);
}

static bool prepare_sendfile(struct run *run, struct run_call *call)
{
	const struct script_expr *offset;

	return arg_fd(run, call->args[1], &call->sut.other_fd) &&
	       arg_bracketed(run, call->args[2], &offset) &&
	       arg_number(run, offset, &call->sut.offset) &&
	       arg_number(run, call->args[3], &call->sut.number);
}

static const struct call_type TYPES[] = {
	{"accept", SUT_ACCEPT, 3, 3, true, true, prepare_accept, finish_accept},
	{"accept4", SUT_ACCEPT, 4, 4, true, true, prepare_accept, finish_accept},
	{"bind", SUT_BIND, 3, 3, true, false, prepare_bind, NULL},
	{"close", SUT_CLOSE, 1, 1, true, false, NULL, finish_close},
	{"connect", SUT_CONNECT, 3, 3, true, false, prepare_connect, NULL},
	{"epoll_create", SUT_EPOLL_CREATE, 1, 1, false, true, prepare_epoll_create, finish_new_fd},
	{"epoll_ctl", SUT_EPOLL_CTL, 4, 4, true, false, epoll_prepare_ctl, NULL},
	{"epoll_wait", SUT_EPOLL_WAIT, 4, 4, true, false, epoll_prepare_wait, epoll_check_wait},
	{"fcntl", SUT_FCNTL, 2, 3, true, false, prepare_fcntl, NULL},
	{"getsockopt", SUT_GETSOCKOPT, 5, 5, true, false, option_prepare_get, option_check_get},
	{"ioctl", SUT_IOCTL, 2, 3, true, false, prepare_ioctl, finish_ioctl},
	{"listen", SUT_LISTEN, 2, 2, true, false, prepare_listen, finish_listen},
	{"open", SUT_OPEN, 2, 2, false, true, prepare_open, finish_new_fd},
	{"pipe", SUT_PIPE, 1, 1, false, false, NULL, finish_pipe},
	{"poll", SUT_POLL, 3, 3, false, false, poll_prepare, poll_check},
	{"read", SUT_READ, 3, 3, true, false, prepare_read, NULL},
	{"readv", SUT_READV, 3, 3, true, false, prepare_vector, NULL},
	{"recv", SUT_RECV, 4, 4, true, false, prepare_recv, NULL},
	{"recvfrom", SUT_RECVFROM, 6, 6, true, false, prepare_recvfrom, NULL},
	{"recvmsg", SUT_RECVMSG, 3, 3, true, false, prepare_recvmsg, message_check},
	{"send", SUT_SEND, 4, 4, true, false, prepare_recv, NULL},
	{"sendfile", SUT_SENDFILE, 4, 4, true, false, prepare_sendfile, NULL},
	{"sendmsg", SUT_SENDMSG, 3, 3, true, false, prepare_sendmsg, NULL},
	{"sendto", SUT_SENDTO, 6, 6, true, false, prepare_sendto, NULL},
	{"setsockopt", SUT_SETSOCKOPT, 5, 5, true, false, option_prepare_set, NULL},
	{"shutdown", SUT_SHUTDOWN, 2, 2, true, false, prepare_shutdown, NULL},
	{"socket", SUT_SOCKET, 3, 3, false, true, prepare_socket, finish_socket},
	{"splice", SUT_SPLICE, 6, 6, true, false, prepare_splice, NULL},
	{"write", SUT_WRITE, 3, 3, true, false, prepare_read, NULL},
	{"writev", SUT_WRITEV, 3, 3, true, false, prepare_vector, NULL},
};

const struct call_type *call_type_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(TYPES); i++)
		if (strcmp(TYPES[i].name, name) == 0)
			return &TYPES[i];
	return NULL;
}

const char *call_type_refusal(const char *name)
{
	if (g_str_has_prefix(name, "sctp_"))
		return "it is SCTP's, and tcpsim is a TCP";
	if (g_str_has_prefix(name, "psp_"))
		return "it is PSP's, and tcpsim has no keys of a device";
	if (strcmp(name, "cap_set") == 0)
		return "the simulated host has no capabilities";
	return NULL;
}

char *call_type_near(const char *name)
{
	const char *names[G_N_ELEMENTS(TYPES) + 1] = {NULL};

	for (size_t i = 0; i < G_N_ELEMENTS(TYPES); i++)
		names[i] = TYPES[i].name;
	return near_names(name, names, 3);
}
