/*
 * The meaning of a program's calls (sim/exec), without a program: the caller is this process, its
 * memory ours, its descriptors ours. Two hosts of a world talk in virtual time.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <tcpsim/socket.h>
#include <unistd.h>

#include "exec/supervisor.h"

/* A caller that is here. */
struct here {
	struct exec_caller caller;
	bool answered, passed;
	bool away; /* a signal called it away before its call was looked at */
	bool deaf; /* or before it heard the answer */
	int64_t result;
	uint64_t id;
};

static bool read_here(struct exec_caller *caller, int tid, uint64_t from, void *out, size_t len)
{
	if (from < 4096) /* what a bad pointer is */
		return false;
	memcpy(out, (const void *)(uintptr_t)from, len);
	return true;
}

static bool write_here(
	struct exec_caller *caller, int tid, uint64_t to, const void *bytes, size_t len)
{
	if (to < 4096)
		return false;
	memcpy((void *)(uintptr_t)to, bytes, len);
	return true;
}

static bool write_both_here(struct exec_caller *caller, int tid, uint64_t to, const void *bytes,
	size_t len, uint64_t len_to, uint32_t whole_len)
{
	return write_here(caller, tid, to, bytes, len) &&
	       write_here(caller, tid, len_to, &whole_len, sizeof(whole_len));
}

static int take_here(struct exec_caller *caller, int tid, int fd)
{
	int copy = dup(fd);

	return copy < 0 ? -errno : copy;
}

static bool is_valid_here(struct exec_caller *caller, uint64_t id)
{
	return !((struct here *)caller)->away;
}

static bool answer_here(struct exec_caller *caller, uint64_t id, int64_t result)
{
	struct here *here = (struct here *)caller;

	if (here->away || here->deaf)
		return false;
	here->answered = true;
	here->result = result;
	return true;
}

static int give_here(struct exec_caller *caller, uint64_t id, int fd, bool close_on_exec)
{
	int number = -1;

	if (!answer_here(caller, id, 0))
		return -ENOENT;
	number = fcntl(fd, close_on_exec ? F_DUPFD_CLOEXEC : F_DUPFD, 0);
	((struct here *)caller)->result = number;
	return number;
}

static bool replace_here(struct exec_caller *caller, uint64_t id, int fd, int target)
{
	return dup2(fd, target) == target;
}

static void pass_here(struct exec_caller *caller, uint64_t id)
{
	((struct here *)caller)->passed = true;
}

static const struct exec_access ACCESS = {read_here, write_here, write_both_here, take_here,
	is_valid_here, answer_here, give_here, replace_here, pass_here};

static struct here here = {.caller = {&ACCESS}};
static struct tcpsim_world *world;
static struct exec_supervisor *client, *server;

static void set_up(void)
{
	world = tcpsim_world_new(1);
	tcpsim_world_add_host(world, "a", &tcpsim_profile_linux);
	tcpsim_world_add_host(world, "b", &tcpsim_profile_linux);
	tcpsim_world_link(world, "a", "b", "delay = 1 ms", NULL);
	tcpsim_world_run(world, 0);
	client = exec_supervisor_new(world_node(world, "a"));
	server = exec_supervisor_new(world_node(world, "b"));
}

static void tear_down(void)
{
	exec_supervisor_free(client);
	exec_supervisor_free(server);
	tcpsim_world_free(world);
}

TestSuite(exec_calls, .init = set_up, .fini = tear_down);

/* As the filter tells of it. */
static void tell(struct exec_supervisor *s, enum exec_call_kind kind, uint64_t a, uint64_t b,
	uint64_t c, uint64_t d, uint64_t e)
{
	struct exec_call call = {.caller = &here.caller,
		.id = ++here.id,
		.tid = 1,
		.kind = kind,
		.args = {a, b, c, d, e}};

	here.answered = here.passed = false;
	exec_supervisor_call(s, &call);
}

static int64_t call(struct exec_supervisor *s, enum exec_call_kind kind, uint64_t a, uint64_t b,
	uint64_t c, uint64_t d, uint64_t e)
{
	tell(s, kind, a, b, c, d, e);
	cr_assert(here.answered);
	return here.result;
}

#define AT(pointer) ((uint64_t)(uintptr_t)(pointer))

static void pass_ms(int ms)
{
	for (int i = 0; i < ms; i++) {
		tcpsim_world_run(world, tcpsim_world_now(world) + 1000000);
		exec_supervisor_run(client);
		exec_supervisor_run(server);
	}
}

static struct sockaddr_in address(uint32_t addr, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(addr)};
}

static int stream(struct exec_supervisor *s, int flags)
{
	return (int)call(s, EXEC_SOCKET, AF_INET, SOCK_STREAM | flags, 0, 0, 0);
}

static int listener(uint16_t port)
{
	struct sockaddr_in any = address(INADDR_ANY, port);
	int fd = stream(server, SOCK_NONBLOCK);

	cr_assert_eq(call(server, EXEC_BIND, fd, AT(&any), sizeof(any), 0, 0), 0);
	cr_assert_eq(call(server, EXEC_LISTEN, fd, 5, 0, 0, 0), 0);
	return fd;
}

/* The two ends of a connection. */
static void connect_pair(int end[2])
{
	struct sockaddr_in to = address(0x0a000102, 80);
	int fd = listener(80);

	end[0] = stream(client, SOCK_NONBLOCK);
	cr_assert_eq(call(client, EXEC_CONNECT, end[0], AT(&to), sizeof(to), 0, 0), -EINPROGRESS);
	pass_ms(10);
	end[1] = (int)call(server, EXEC_ACCEPT, fd, 0, 0, 0, 0);
	cr_assert_geq(end[1], 0);
	close(fd);
	pass_ms(2);
}

static short events_of(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};

	poll(&p, 1, 0);
	return p.revents;
}

Test(exec_calls, a_number_is_decoded_with_accept_as_the_accept4_that_it_is)
{
	uint64_t args[6] = {1, 2, 3, 0xdead, 5, 6};
	struct exec_call decoded;

	cr_expect(exec_call_decode(SYS_accept, args, &decoded));
	cr_expect_eq(decoded.kind, EXEC_ACCEPT);
	cr_expect_eq(decoded.args[3], 0);
	cr_expect(exec_call_decode(SYS_accept4, args, &decoded));
	cr_expect_eq(decoded.args[3], 0xdead);
	cr_expect_not(exec_call_decode(SYS_read, args, &decoded));
	cr_expect_str_eq(exec_call_name(EXEC_SENDMSG), "sendmsg");
}

Test(exec_calls, a_descriptor_that_is_none_of_ours_is_the_kernels)
{
	int fds[2], fd = stream(client, 0);

	cr_assert_eq(pipe(fds), 0);
	tell(client, EXEC_LISTEN, fds[0], 1, 0, 0, 0);
	cr_expect(here.passed && !here.answered);
	tell(client, EXEC_LISTEN, 9999, 1, 0, 0, 0);
	cr_expect(here.passed);
	/* One of another supervisor is a stranger's, too. */
	tell(server, EXEC_LISTEN, fd, 1, 0, 0, 0);
	cr_expect(here.passed);
	close(fds[0]);
	close(fds[1]);
	close(fd);
}

Test(exec_calls, a_copy_of_a_descriptor_is_the_same_socket)
{
	struct sockaddr_in any = address(INADDR_ANY, 80), name;
	int fd = stream(client, 0), copy = fcntl(fd, F_DUPFD, 500);
	socklen_t len = sizeof(name);

	cr_expect_eq(call(client, EXEC_BIND, fd, AT(&any), sizeof(any), 0, 0), 0);
	close(fd);
	pass_ms(1);
	cr_expect_eq(call(client, EXEC_GETSOCKNAME, copy, AT(&name), AT(&len), 0, 0), 0);
	cr_expect_eq(ntohs(name.sin_port), 80);
	/* The last one is closed: the port is free. */
	close(copy);
	pass_ms(1);
	fd = stream(client, 0);
	cr_expect_eq(call(client, EXEC_BIND, fd, AT(&any), sizeof(any), 0, 0), 0);
	close(fd);
}

Test(exec_calls, memory_that_is_not_there_is_EFAULT)
{
	int fd = stream(client, 0), end[2];
	socklen_t len = 4;

	cr_expect_eq(call(client, EXEC_BIND, fd, 8, 16, 0, 0), -EFAULT);
	cr_expect_eq(call(client, EXEC_BIND, fd, AT(&len), 4000, 0, 0), -EINVAL);
	cr_expect_eq(call(client, EXEC_GETSOCKNAME, fd, AT(&len), 8, 0, 0), -EFAULT);
	cr_expect_eq(call(client, EXEC_GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, 8, AT(&len)), -EFAULT);
	cr_expect_eq(call(client, EXEC_SETSOCKOPT, fd, SOL_SOCKET, SO_KEEPALIVE, 8, 4), -EFAULT);
	connect_pair(end);
	cr_expect_eq(call(client, EXEC_IOCTL, end[0], FIONREAD, 8, 0, 0), -EFAULT);
	cr_expect_eq(call(client, EXEC_SENDMSG, end[0], 8, MSG_OOB, 0, 0), -EFAULT);
	cr_expect_eq(call(client, EXEC_RECVMSG, end[0], 8, MSG_OOB, 0, 0), -EFAULT);
	close(end[0]);
	close(end[1]);
	close(fd);
}

Test(exec_calls, a_connect_under_way_is_not_writable)
{
	struct sockaddr_in to = address(0x0a000102, 80);
	int listening = listener(80), fd = stream(client, SOCK_NONBLOCK);

	cr_expect_eq(call(client, EXEC_CONNECT, fd, AT(&to), sizeof(to), 0, 0), -EINPROGRESS);
	cr_expect_eq(events_of(fd), 0);
	cr_expect_eq(send(fd, "x", 1, MSG_DONTWAIT), -1);
	cr_expect_eq(events_of(listening), 0);
	pass_ms(10);
	cr_expect_eq(events_of(fd), POLLOUT);
	cr_expect_eq(events_of(listening), POLLIN);
	close(fd);
	close(listening);
}

Test(exec_calls, bytes_arrive_once_and_in_order_and_the_end_after_them)
{
	uint8_t out[100000], in[100000];
	size_t sent = 0, got = 0;
	int end[2];
	ssize_t n;

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 + i / 251);
	connect_pair(end);
	while (got < sizeof(in)) {
		n = send(end[0], out + sent, sizeof(out) - sent, MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
		if (sent == sizeof(out) && n > 0)
			close(end[0]);
		pass_ms(3);
		n = recv(end[1], in + got, sizeof(in) - got, MSG_DONTWAIT);
		got += n > 0 ? (size_t)n : 0;
	}
	cr_expect_arr_eq(out, in, sizeof(in));
	pass_ms(5);
	cr_expect_eq(recv(end[1], in, 1, MSG_DONTWAIT), 0);
	close(end[1]);
}

Test(exec_calls, text_stays_in_the_receive_queue_until_it_is_read)
{
	int end[2], buffer = 8192, unread = 0, most = 0;
	static char text[65536];
	socklen_t len = sizeof(buffer);

	connect_pair(end);
	cr_expect_eq(
		call(server, EXEC_SETSOCKOPT, end[1], SOL_SOCKET, SO_RCVBUF, AT(&buffer), len), 0);
	for (int i = 0; i < 50; i++) {
		if (send(end[0], text, sizeof(text), MSG_DONTWAIT) < 0)
			cr_assert_eq(errno, EAGAIN);
		pass_ms(5);
		cr_expect_eq(call(server, EXEC_IOCTL, end[1], FIONREAD, AT(&unread), 0, 0), 0);
		most = MAX(most, unread);
	}
	cr_expect_gt(most, 4096);
	cr_expect_leq(most, 65536);
	/* Half of what is there, and it is counted at once, though a write of ours is not done. */
	cr_expect_eq(recv(end[1], text, 1000, 0), 1000);
	call(server, EXEC_IOCTL, end[1], FIONREAD, AT(&unread), 0, 0);
	cr_expect_eq(unread, most - 1000);
	close(end[0]);
	close(end[1]);
}

Test(exec_calls, what_was_closed_before_a_call_is_closed)
{
	close(listener(80));
	close(listener(80)); /* its bind() is right after the close() */
}

/* What it stands on: a look that leaves the queue as it is. */
Test(exec_calls, text_is_viewed_from_anywhere_and_read_nowhere)
{
	struct tcpsim_host *host = world_node(world, "b")->host;
	int end[2], model = 4; /* the listener's is 3 */
	char seen[8] = {0};

	connect_pair(end);
	shutdown(end[1], SHUT_RD); /* nothing is shown to it */
	cr_expect_eq(send(end[0], "abcdef", 6, 0), 6);
	pass_ms(5);
	cr_expect_eq(tcpsim_view(host, model, 0, seen, sizeof(seen)), 6);
	cr_expect_str_eq(seen, "abcdef");
	cr_expect_eq(tcpsim_view(host, model, 4, seen, sizeof(seen)), 2);
	cr_expect_eq(memcmp(seen, "ef", 2), 0);
	cr_expect_eq(tcpsim_view(host, model, 6, seen, sizeof(seen)), 0);
	cr_expect_eq(tcpsim_view(host, model, 0, seen, 3), 3);
	cr_expect_eq(tcpsim_view(host, 99, 0, seen, 3), 0);
	cr_expect_eq(tcpsim_view(NULL, model, 0, seen, 3), 0);
	close(end[0]);
	close(end[1]);
}

Test(exec_calls, a_close_with_unread_text_resets)
{
	char byte;
	int end[2];

	connect_pair(end);
	cr_expect_eq(send(end[0], "text", 4, 0), 4);
	pass_ms(5);
	close(end[1]);
	pass_ms(5);
	cr_expect_eq(recv(end[0], &byte, 1, MSG_DONTWAIT), -1);
	cr_expect_eq(errno, ECONNRESET);
	close(end[0]);
}

Test(exec_calls, what_was_done_and_not_heard_is_answered_again)
{
	struct sockaddr_in any = address(INADDR_ANY, 80);
	int fd = stream(client, 0);

	here.away = true; /* nothing was done */
	tell(client, EXEC_BIND, fd, AT(&any), sizeof(any), 0, 0);
	here.away = false;
	here.deaf = true; /* done */
	tell(client, EXEC_BIND, fd, AT(&any), sizeof(any), 0, 0);
	here.deaf = false;
	cr_expect_not(here.answered);
	/* It was bound, and is told so; one more bind() is an error. */
	cr_expect_eq(call(client, EXEC_BIND, fd, AT(&any), sizeof(any), 0, 0), 0);
	cr_expect_eq(call(client, EXEC_BIND, fd, AT(&any), sizeof(any), 0, 0), -EINVAL);
	close(fd);
}

Test(exec_calls, a_connection_that_accept_did_not_come_to_take_is_the_next_ones)
{
	struct sockaddr_in to = address(0x0a000102, 80);
	int listening = listener(80), fd = stream(client, SOCK_NONBLOCK), accepted;

	call(client, EXEC_CONNECT, fd, AT(&to), sizeof(to), 0, 0);
	pass_ms(10);
	fcntl(listening, F_SETFL, 0);
	here.deaf = true;
	tell(server, EXEC_ACCEPT, listening, 0, 0, 0, 0);
	here.deaf = false;
	cr_expect_eq(events_of(listening), POLLIN);
	accepted = (int)call(server, EXEC_ACCEPT, listening, 0, 0, SOCK_CLOEXEC, 0);
	cr_assert_geq(accepted, 0);
	cr_expect_eq(fcntl(accepted, F_GETFD), FD_CLOEXEC);
	cr_expect_eq(events_of(listening), 0);
	close(accepted);
	close(fd);
	close(listening);
}

Test(exec_calls, a_blocking_accept_waits_and_its_time_ends)
{
	struct timeval timeout = {.tv_usec = 20000};
	int listening = listener(80);

	fcntl(listening, F_SETFL, 0);
	tell(server, EXEC_ACCEPT, listening, 0, 0, 0, 0);
	cr_expect_not(here.answered);
	call(server, EXEC_SETSOCKOPT, listening, SOL_SOCKET, SO_RCVTIMEO, AT(&timeout),
		sizeof(timeout));
	tell(server, EXEC_ACCEPT, listening, 0, 0, 0, 0);
	pass_ms(15);
	cr_expect_not(here.answered);
	pass_ms(10);
	cr_expect(here.answered);
	cr_expect_eq(here.result, -EAGAIN);
	close(listening);
}

Test(exec_calls, nothing_is_left_of_sockets_that_are_closed)
{
	struct sockaddr_in to = address(0x0a000102, 81); /* nobody listens */
	unsigned listeners, connections;

	for (int i = 0; i < 1000; i++) {
		int fd = stream(client, SOCK_NONBLOCK);

		call(client, EXEC_CONNECT, fd, AT(&to), sizeof(to), 0, 0);
		pass_ms(4);
		close(fd);
		pass_ms(1);
	}
	exec_supervisor_census(client, &listeners, &connections);
	cr_expect_eq(listeners + connections, 0);
	cr_expect_lt(dup(0), 100, "descriptors are left behind");
	/* A refused one is known until it is seen that nobody has it: some of them are. */
	cr_expect_lt(tcpsim_socket(world_node(world, "a")->host, AF_INET, SOCK_STREAM, 0), 300,
		"the host's sockets are left behind");
}
