/*
 * An ordinary program's calls, in a world: names and services, waiting for several descriptors in
 * each way there is, an event loop that never blocks, and an end by exit().
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/world.h>
/* Last: its names are those of the calls. */
#include <tcpsim/posix.h>

static struct tcpsim_world *two_hosts(const char *link)
{
	struct tcpsim_world *w = tcpsim_world_new(1);

	tcpsim_world_add_host(w, "client", &tcpsim_profile_linux);
	tcpsim_world_add_host(w, "server", &tcpsim_profile_freebsd);
	cr_assert_eq(tcpsim_world_link(w, "client", "server", link, NULL), 0);
	return w;
}

static void run_alone(int (*program)(int argc, char **argv), const char *link)
{
	struct tcpsim_world *w = two_hosts(link);

	tcpsim_world_spawn(w, "client", "program", program, 0, NULL, 0);
	tcpsim_world_run(w, TCPSIM_FOREVER);
	cr_expect_eq(tcpsim_world_running(w), 0);
	tcpsim_world_free(w);
}

/* --- names --- */

/* What a lookup gives, as text: "10.0.1.2 80, fd00:0:0:1::2 80", or the error. */
static const char *looked_up(const char *node, const char *service, int family, int flags)
{
	static char text[400];
	struct addrinfo hints = {
		.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *list, *at;
	char host[64], port[16];
	int error = getaddrinfo(node, service, &hints, &list);

	text[0] = '\0';
	if (error)
		return gai_strerror(error);
	for (at = list; at; at = at->ai_next) {
		cr_expect_eq(getnameinfo(at->ai_addr, at->ai_addrlen, host, sizeof(host), port,
				     sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV),
			0);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s %s",
			at == list ? "" : ", ", host, port);
	}
	freeaddrinfo(list);
	return text;
}

static int look_names_up(int argc, char **argv)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(443)};
	struct hostent *entry;
	char name[64], service[16];

	cr_expect_str_eq(
		looked_up("server", "http", AF_UNSPEC, 0), "10.0.1.2 80, fd00:0:0:1::2 80");
	cr_expect_str_eq(looked_up("server", "8080", AF_INET6, 0), "fd00:0:0:1::2 8080");
	cr_expect_str_eq(looked_up(NULL, "7", AF_INET6, AI_PASSIVE), ":: 7");
	cr_expect_str_eq(looked_up(NULL, "7", AF_UNSPEC, 0), "127.0.0.1 7, ::1 7");
	cr_expect_str_eq(looked_up("localhost", NULL, AF_INET, 0), "127.0.0.1 0");
	cr_expect_str_eq(looked_up("192.0.2.7", "1", AF_UNSPEC, AI_NUMERICHOST), "192.0.2.7 1");
	cr_expect_str_eq(
		looked_up("server", "1", AF_UNSPEC, AI_NUMERICHOST), gai_strerror(EAI_NONAME));
	cr_expect_str_eq(looked_up("nobody", "1", AF_UNSPEC, 0), gai_strerror(EAI_NONAME));
	cr_expect_str_eq(looked_up("server", "htp", AF_UNSPEC, 0), gai_strerror(EAI_SERVICE));

	inet_pton(AF_INET, "10.0.1.2", &sin.sin_addr);
	cr_expect_eq(getnameinfo((struct sockaddr *)&sin, sizeof(sin), name, sizeof(name), service,
			     sizeof(service), 0),
		0);
	cr_expect_str_eq(name, "server");
	cr_expect_str_eq(service, "https");
	entry = gethostbyname("server");
	cr_assert(entry);
	cr_expect_eq(memcmp(entry->h_addr_list[0], &sin.sin_addr, 4), 0);
	cr_expect_null(entry->h_addr_list[1]);
	cr_expect_null(gethostbyname("nobody"));
	cr_expect_eq(gethostname(name, sizeof(name)), 0);
	cr_expect_str_eq(name, "client");
	cr_expect_eq(gethostname(name, 3), -1);
	return 0;
}

Test(posix, names_are_those_of_the_world)
{
	run_alone(look_names_up, "ip = both");
}

/* --- waiting --- */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int wait_in_each_way(int argc, char **argv)
{
	struct timespec second = {1, 500000000};
	struct timeval also = {2, 250000};
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(7)};
	struct epoll_event event = {.events = EPOLLIN};
	int fd = socket(AF_INET, SOCK_STREAM, 0), ep = epoll_create1(0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	fd_set set;

	cr_expect_eq(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	cr_expect_eq(listen(fd, 1), 0);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
	cr_expect_eq(ppoll(&p, 1, &second, NULL), 0);
	cr_expect_float_eq(seconds(), 1.5, 1e-9);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	cr_expect_eq(select(fd + 1, &set, NULL, NULL, &also), 0);
	cr_expect_float_eq(seconds(), 3.75, 1e-9);
	cr_expect_not(FD_ISSET(fd, &set));
	FD_SET(fd, &set);
	cr_expect_eq(pselect(fd + 1, &set, NULL, NULL, &second, NULL), 0);
	cr_expect_float_eq(seconds(), 5.25, 1e-9);
	cr_expect_eq(epoll_pwait(ep, &event, 1, 750, NULL), 0);
	cr_expect_float_eq(seconds(), 6, 1e-9);
	close(ep);
	close(fd);
	return 0;
}

Test(posix, each_way_of_waiting_has_its_timeout_in_virtual_time)
{
	run_alone(wait_in_each_way, "");
}

/* --- an event loop --- */

#define CLIENTS 3

static unsigned echoed, exits;

static void echo_what_is_there(int fd, unsigned *closed)
{
	char buffer[100];
	int ready = -1;
	ssize_t n;

	cr_expect_eq(ioctl(fd, FIONREAD, &ready), 0);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		cr_expect_geq(ready, n);
		cr_expect_eq(write(fd, buffer, (size_t)n), n);
	}
	if (n < 0) {
		cr_expect_eq(errno, EAGAIN);
		return;
	}
	close(fd);
	++*closed;
}

static void accept_all(int listener, int ep)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	while ((event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		cr_expect_eq(epoll_ctl(ep, EPOLL_CTL_ADD, event.data.fd, &event), 0);
	cr_expect_eq(errno, EAGAIN);
}

static int event_loop(int argc, char **argv)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(7)};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), n;
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[8];
	unsigned closed = 0;

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(bind(listener, (struct sockaddr *)&any, sizeof(any)), 0);
	cr_assert_eq(listen(listener, 8), 0);
	cr_assert_eq(epoll_ctl(ep, EPOLL_CTL_ADD, listener, &event), 0);
	while (closed < CLIENTS && (n = epoll_wait(ep, events, 8, -1)) > 0) {
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(listener, ep);
			else
				echo_what_is_there(events[i].data.fd, &closed);
		}
	}
	exits++;
	exit(0);
}

static int one_client(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *to;
	char buffer[16] = "";
	int fd, error = -1;
	socklen_t len = sizeof(error);
	struct pollfd p;

	cr_assert_eq(getaddrinfo("server", "echo", &hints, &to), 0);
	fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	cr_expect_eq(connect(fd, to->ai_addr, to->ai_addrlen), -1);
	cr_expect_eq(errno, EINPROGRESS);
	freeaddrinfo(to);
	p = (struct pollfd){.fd = fd, .events = POLLOUT};
	cr_expect_eq(poll(&p, 1, 1000), 1);
	cr_expect_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
	cr_expect_eq(error, 0);
	cr_expect_eq(write(fd, "hello", 5), 5);
	p.events = POLLIN;
	cr_expect_eq(poll(&p, 1, 1000), 1);
	echoed += read(fd, buffer, sizeof(buffer)) == 5 && strcmp(buffer, "hello") == 0;
	shutdown(fd, SHUT_WR);
	close(fd);
	exit(argc);
}

Test(posix, an_event_loop_serves_clients_that_never_block_and_exit_ends_a_program)
{
	struct tcpsim_world *w = two_hosts("delay = 10 ms");

	echoed = exits = 0;
	tcpsim_world_spawn(w, "server", "loop", event_loop, 0, NULL, 0);
	for (int i = 0; i < CLIENTS; i++)
		tcpsim_world_spawn(w, "client", "client", one_client, 0, NULL, (i + 1) * 1000000);
	tcpsim_world_run(w, TCPSIM_FOREVER);
	cr_expect_eq(echoed, CLIENTS);
	cr_expect_eq(exits, 1);
	cr_expect_eq(tcpsim_world_running(w), 0);
	tcpsim_world_free(w);
}
