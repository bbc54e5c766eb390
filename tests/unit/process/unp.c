/*
 * Programs as Unix Network Programming teaches to write them, in a world, as a newcomer would bring
 * them: only the concurrent server's fork() became a program of its own.
 */
#include <criterion/criterion.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/world.h>
#include <unistd.h>

#define LINES	   40
#define MAX_LINE   100
#define ECHO_PORT  7777
#define FD_CLIENTS 8

/* What str_cli is to read from standard input, and what it got back. */
static FILE *got;
static char got_text[LINES * MAX_LINE];

/* Before <tcpsim/posix.h>: these are the machine's files. */
static void lines_on_stdin(void)
{
	FILE *file = tmpfile();

	cr_assert(file);
	for (int i = 0; i < LINES; i++)
		fprintf(file, "line %d of %d\n", i, LINES);
	rewind(file);
	cr_assert_eq(dup2(fileno(file), 0), 0);
	got = fmemopen(got_text, sizeof(got_text), "w");
}

static void expect_lines_back(void)
{
	char line[MAX_LINE];
	const char *at = got_text;

	fclose(got);
	for (int i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "line %d of %d\n", i, LINES);
		cr_assert_eq(strncmp(at, line, strlen(line)), 0, "line %d: %.20s", i, at);
		at += strlen(line);
	}
	cr_expect_str_eq(at, "");
}

#include <tcpsim/posix.h>

static struct tcpsim_world *world;

/* --- what all of them use --- */

static int listening(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	struct sockaddr_in addr;

	memset(&addr, 0, sizeof(addr));
	addr.sin_family = AF_INET;
	addr.sin_addr.s_addr = htonl(INADDR_ANY);
	addr.sin_port = htons((uint16_t)port);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		err(1, "setsockopt");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		err(1, "bind");
	if (listen(fd, 5) < 0)
		err(1, "listen");
	return fd;
}

static int connected(const char *host, int port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct hostent *entry = gethostbyname(host);
	struct sockaddr_in addr;

	if (!entry)
		errx(1, "no host %s", host);
	memset(&addr, 0, sizeof(addr));
	addr.sin_family = AF_INET;
	addr.sin_port = htons((uint16_t)port);
	memcpy(&addr.sin_addr, entry->h_addr_list[0], (size_t)entry->h_length);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		err(1, "connect");
	return fd;
}

static void writen(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;
	ssize_t wrote;

	for (; n; n -= (size_t)wrote, at += wrote) {
		if ((wrote = write(fd, at, n)) <= 0)
			err(1, "write");
	}
}

static void str_echo(int fd)
{
	char buffer[MAX_LINE];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		writen(fd, buffer, (size_t)n);
	if (n < 0)
		err(1, "str_echo");
}

static size_t readline(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read(fd, line + n, 1) == 1) {
		if (line[n++] == '\n')
			break;
	}
	line[n] = '\0';
	return n;
}

/* Stop and wait: a line out, a line in. */
static void str_cli(FILE *in, int fd)
{
	char line[MAX_LINE], back[MAX_LINE];

	while (fgets(line, sizeof(line), in)) {
		writen(fd, line, strlen(line));
		if (readline(fd, back, sizeof(back)) == 0)
			errx(1, "server terminated prematurely");
		fputs(back, got);
	}
}

/* Both directions at once, a half-close at the end of the file. */
static void str_cli_select(FILE *in, int fd)
{
	bool at_end = false;
	char buffer[MAX_LINE];
	fd_set set;
	ssize_t n;

	for (;;) {
		FD_ZERO(&set);
		if (!at_end)
			FD_SET(fileno(in), &set);
		FD_SET(fd, &set);
		if (select((fileno(in) > fd ? fileno(in) : fd) + 1, &set, NULL, NULL, NULL) < 0)
			err(1, "select");
		if (FD_ISSET(fd, &set)) {
			if ((n = read(fd, buffer, sizeof(buffer))) == 0) {
				if (at_end)
					return;
				errx(1, "server terminated prematurely");
			}
			fwrite(buffer, 1, (size_t)n, got);
		}
		if (!FD_ISSET(fileno(in), &set))
			continue;
		if ((n = read(fileno(in), buffer, sizeof(buffer))) == 0) {
			at_end = true;
			shutdown(fd, SHUT_WR);
		} else {
			writen(fd, buffer, (size_t)n);
		}
	}
}

static int clients_done;

static int echo_client(int argc, char **argv)
{
	int fd = connected("server", ECHO_PORT);

	if (argc > 1 && strcmp(argv[1], "select") == 0)
		str_cli_select(stdin, fd);
	else
		str_cli(stdin, fd);
	close(fd);
	clients_done++;
	return 0;
}

static void run(int (*server)(int argc, char **argv), int (*client)(int argc, char **argv),
	const char *how, int clients)
{
	char *argv[] = {(char *)"client", (char *)(uintptr_t)how, NULL};

	world = tcpsim_world_new(1);
	tcpsim_world_add_host(world, "client", &tcpsim_profile_linux);
	tcpsim_world_add_host(world, "server", &tcpsim_profile_bsd44);
	cr_assert_eq(tcpsim_world_link(world, "client", "server", "delay = 10 ms", NULL), 0);
	tcpsim_world_spawn(world, "server", "server", server, 0, NULL, 0);
	for (int i = 0; i < clients; i++)
		tcpsim_world_spawn(world, "client", "client", client, 2, argv, 1000000 + i);
	tcpsim_world_run(world, 600 * INT64_C(1000000000));
	cr_expect_eq(clients_done, clients);
	tcpsim_world_free(world);
}

/* --- daytime --- */

static int daytime_server(int argc, char **argv)
{
	int listenfd = listening(ntohs((uint16_t)getservbyname("daytime", "tcp")->s_port));
	char buffer[MAX_LINE], peer[INET_ADDRSTRLEN];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	int fd;

	while ((fd = accept(listenfd, (struct sockaddr *)&from, &len)) >= 0) {
		time_t ticks = time(NULL);

		cr_expect_str_eq(
			inet_ntop(AF_INET, &from.sin_addr, peer, sizeof(peer)), "10.0.1.1");
		snprintf(buffer, sizeof(buffer), "%.24s\r\n", ctime(&ticks));
		writen(fd, buffer, strlen(buffer));
		close(fd);
	}
	return 1;
}

static int daytime_client(int argc, char **argv)
{
	int fd = connected("server", 13);
	char line[MAX_LINE];
	size_t n = 0;
	ssize_t got_now;

	sleep(1);
	while ((got_now = read(fd, line + n, sizeof(line) - 1 - n)) > 0)
		n += (size_t)got_now;
	line[n] = '\0';
	cr_expect_str_eq(line, "Sat Jan  1 00:00:00 2000\r\n");
	clients_done++;
	return 0;
}

Test(unp, daytime_is_the_worlds)
{
	run(daytime_server, daytime_client, "", 2);
}

/* --- echo, one client after the other; and str_cli in both ways --- */

static int echo_server(int argc, char **argv)
{
	int listenfd = listening(ECHO_PORT), fd;

	while ((fd = accept(listenfd, NULL, NULL)) >= 0) {
		str_echo(fd);
		close(fd);
	}
	return 1;
}

Test(unp, str_cli_line_by_line)
{
	lines_on_stdin();
	run(echo_server, echo_client, "lines", 1);
	expect_lines_back();
}

Test(unp, str_cli_with_select_and_shutdown)
{
	lines_on_stdin();
	run(echo_server, echo_client, "select", 1);
	expect_lines_back();
}

/* --- concurrent: a program for each client --- */

static int children;

static void on_child(int number)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int child(int argc, char **argv)
{
	int fd = atoi(argv[1]);

	children++;
	str_echo(fd);
	close(fd);
	exit(0);
}

static int concurrent_server(int argc, char **argv)
{
	int listenfd = listening(ECHO_PORT), fd;

	signal(SIGCHLD, on_child);
	while ((fd = accept(listenfd, NULL, NULL)) >= 0 || errno == EINTR) {
		char number[12];
		char *arguments[] = {(char *)"child", number, NULL};

		snprintf(number, sizeof(number), "%d", fd);
		cr_expect_eq(tcpsim_world_spawn(world, "server", "child", child, 2, arguments,
				     tcpsim_world_now(world)),
			0);
	}
	return 1;
}

/* Holds its connection for a second: the others are served meanwhile. */
static int slow_client(int argc, char **argv)
{
	int fd = connected("server", ECHO_PORT);
	char line[MAX_LINE];

	sleep(1);
	writen(fd, "hello\n", 6);
	cr_expect_eq(readline(fd, line, sizeof(line)), 6);
	cr_expect_str_eq(line, "hello\n");
	cr_expect_lt(tcpsim_world_now(world), 2 * INT64_C(1000000000));
	close(fd);
	clients_done++;
	return 0;
}

Test(unp, a_child_is_a_program)
{
	run(concurrent_server, slow_client, "", 3);
	cr_expect_eq(children, 3);
}

/* --- one server for all: select, poll, epoll --- */

static int select_server(int argc, char **argv)
{
	int listenfd = listening(ECHO_PORT), most = listenfd;
	char buffer[MAX_LINE];
	fd_set all, ready;

	FD_ZERO(&all);
	FD_SET(listenfd, &all);
	for (;;) {
		ready = all;
		if (select(most + 1, &ready, NULL, NULL, NULL) < 0)
			err(1, "select");
		for (int fd = 0; fd <= most; fd++) {
			ssize_t n;

			if (!FD_ISSET(fd, &ready))
				continue;
			if (fd == listenfd) {
				int new = accept(listenfd, NULL, NULL);

				FD_SET(new, &all);
				most = new > most ? new : most;
			} else if ((n = read(fd, buffer, sizeof(buffer))) > 0) {
				writen(fd, buffer, (size_t)n);
			} else {
				close(fd);
				FD_CLR(fd, &all);
			}
		}
	}
}

static int poll_server(int argc, char **argv)
{
	struct pollfd fds[FD_CLIENTS + 1] = {{listening(ECHO_PORT), POLLRDNORM, 0}};
	char buffer[MAX_LINE];

	for (int i = 1; i <= FD_CLIENTS; i++)
		fds[i].fd = -1;
	for (;;) {
		if (poll(fds, FD_CLIENTS + 1, -1) < 0)
			err(1, "poll");
		for (int i = 1; i <= FD_CLIENTS; i++) {
			ssize_t n;

			if (fds[i].fd < 0 || !(fds[i].revents & (POLLRDNORM | POLLERR)))
				continue;
			if ((n = read(fds[i].fd, buffer, sizeof(buffer))) > 0) {
				writen(fds[i].fd, buffer, (size_t)n);
			} else {
				close(fds[i].fd);
				fds[i].fd = -1;
			}
		}
		for (int i = 1; (fds[0].revents & POLLRDNORM) && i <= FD_CLIENTS; i++) {
			if (fds[i].fd >= 0)
				continue;
			fds[i] = (struct pollfd){accept(fds[0].fd, NULL, NULL), POLLRDNORM, 0};
			break;
		}
	}
}

static int epoll_server(int argc, char **argv)
{
	int listenfd = listening(ECHO_PORT), ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listenfd}, events[4];
	char buffer[MAX_LINE];

	if (epoll_ctl(ep, EPOLL_CTL_ADD, listenfd, &event) < 0)
		err(1, "epoll_ctl");
	cr_expect_eq(epoll_ctl(ep, EPOLL_CTL_ADD, fileno(stdin), &event), -1);
	cr_expect_eq(errno, EPERM);
	for (;;) {
		int n = epoll_wait(ep, events, 4, -1);

		for (int i = 0; i < n; i++) {
			ssize_t len;

			if (events[i].data.fd == listenfd) {
				event.data.fd = accept(listenfd, NULL, NULL);
				epoll_ctl(ep, EPOLL_CTL_ADD, event.data.fd, &event);
			} else if ((len = read(events[i].data.fd, buffer, sizeof(buffer))) > 0) {
				writen(events[i].data.fd, buffer, (size_t)len);
			} else {
				close(events[i].data.fd);
			}
		}
	}
}

Test(unp, one_server_with_select)
{
	run(select_server, slow_client, "", 4);
}

Test(unp, one_server_with_poll)
{
	run(poll_server, slow_client, "", 4);
}

Test(unp, one_server_with_epoll)
{
	run(epoll_server, slow_client, "", 4);
}

/* --- connect that does not wait --- */

static int nonblocking_client(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(ECHO_PORT)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), error = -1, flags = fcntl(fd, F_GETFL, 0);
	socklen_t len = sizeof(error);
	struct timeval limit = {5, 0};
	char line[MAX_LINE];
	fd_set r, w;

	inet_pton(AF_INET, "10.0.1.2", &addr.sin_addr);
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	cr_expect_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), -1);
	cr_expect_eq(errno, EINPROGRESS);
	FD_ZERO(&r);
	FD_SET(fd, &r);
	w = r;
	cr_expect_eq(select(fd + 1, &r, &w, NULL, &limit), 1);
	cr_expect_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
	cr_expect_eq(error, 0);
	fcntl(fd, F_SETFL, flags);
	cr_expect_eq(dprintf(fd, "%s %d\n", "number", 42), 10);
	cr_expect_eq(readline(fd, line, sizeof(line)), 10);
	cr_expect_str_eq(line, "number 42\n");
	close(fd);
	clients_done++;
	return 0;
}

Test(unp, connect_in_the_background)
{
	run(echo_server, nonblocking_client, "", 1);
}

/* --- the end of a program is not that of the world --- */

static int refused_client(int argc, char **argv)
{
	clients_done++;
	connected("server", ECHO_PORT + 1); /* err() from within */
	clients_done++;
	return 0;
}

Test(unp, err_ends_the_program_alone)
{
	run(echo_server, refused_client, "", 2);
}
