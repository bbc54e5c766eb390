/*
 * The lesser calls of <tcpsim/posix.h>, each as POSIX or Linux's manual has it: services and
 * interfaces, the calendar, what a socket is not, messages by the handful, signals that never come,
 * a program's number and its randomness.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/addr.h>
#include <tcpsim/world.h>
/* Last: its names are those of the calls. */
#include <tcpsim/posix.h>

static uint64_t seed = 1;

static struct tcpsim_world *world_of(int (*program)(int argc, char **argv), int copies)
{
	struct tcpsim_world *w = tcpsim_world_new(seed);

	tcpsim_world_add_host(w, "client", &tcpsim_profile_linux);
	tcpsim_world_add_host(w, "server", &tcpsim_profile_freebsd);
	cr_assert_eq(tcpsim_world_link(w, "client", "server", "ip = both", NULL), 0);
	for (int i = 0; i < copies; i++)
		tcpsim_world_spawn(w, "client", "program", program, 0, NULL, 0);
	return w;
}

static void run(int (*program)(int argc, char **argv), int copies)
{
	struct tcpsim_world *w = world_of(program, copies);

	tcpsim_world_run(w, TCPSIM_FOREVER);
	cr_expect_eq(tcpsim_world_running(w), 0);
	tcpsim_world_free(w);
}

#define EXPECT_ERROR(call, error)                                                                  \
	do {                                                                                       \
		errno = 0;                                                                         \
		cr_expect_eq(call, -1);                                                            \
		cr_expect_eq(errno, error, "%s", strerror(errno));                                 \
	} while (0)

/* --- services, protocols, nodes --- */

static int look_services_up(int argc, char **argv)
{
	struct servent *service = getservbyname("http", "tcp");
	struct protoent *protocol = getprotobyname("tcp");
	struct in6_addr six;
	struct hostent *node;

	cr_assert(service);
	cr_expect_eq(ntohs((uint16_t)service->s_port), 80);
	cr_expect_str_eq(service->s_proto, "tcp");
	cr_expect(getservbyname("daytime", NULL));
	cr_expect_null(getservbyname("http", "udp"));
	cr_expect_null(getservbyname("no-such", "tcp"));
	cr_expect_null(getservbyname(NULL, "tcp"));
	service = getservbyport(htons(25), "tcp");
	cr_assert(service);
	cr_expect_str_eq(service->s_name, "smtp");
	cr_expect_null(getservbyport(htons(4711), "tcp"));
	cr_assert(protocol);
	cr_expect_eq(protocol->p_proto, IPPROTO_TCP);
	cr_expect_str_eq(getprotobynumber(IPPROTO_TCP)->p_name, "tcp");
	cr_expect_null(getprotobyname("udp"));
	cr_expect_null(getprotobyname(NULL));
	cr_expect_null(getprotobynumber(17));
	node = gethostbyname2("server", AF_INET6);
	cr_assert(node);
	cr_expect_eq(node->h_length, 16);
	memcpy(&six, node->h_addr_list[0], sizeof(six));
	node = gethostbyaddr(&six, sizeof(six), AF_INET6);
	cr_assert(node);
	cr_expect_str_eq(node->h_name, "server");
	cr_expect_null(gethostbyaddr("\1\2\3\4", 4, AF_INET));
	cr_expect_eq(h_errno, HOST_NOT_FOUND);
	cr_expect_null(gethostbyname(NULL));
	return 0;
}

Test(posix_calls, services_protocols_and_nodes)
{
	run(look_services_up, 1);
}

static int list_interfaces(int argc, char **argv)
{
	struct ifaddrs *list;
	char text[400] = "", addr[INET6_ADDRSTRLEN], mask[INET6_ADDRSTRLEN], name[IF_NAMESIZE];

	cr_assert_eq(getifaddrs(&list), 0);
	for (struct ifaddrs *at = list; at; at = at->ifa_next) {
		size_t len = strlen(text);

		getnameinfo(at->ifa_addr, sizeof(struct sockaddr_in6), addr, sizeof(addr), NULL, 0,
			NI_NUMERICHOST);
		getnameinfo(at->ifa_netmask, sizeof(struct sockaddr_in6), mask, sizeof(mask), NULL,
			0, NI_NUMERICHOST);
		cr_expect_eq(at->ifa_netmask->sa_family, at->ifa_addr->sa_family);
		cr_expect(at->ifa_flags & IFF_UP);
		snprintf(text + len, sizeof(text) - len, "%s %s %s%s\n", at->ifa_name, addr, mask,
			at->ifa_flags & IFF_LOOPBACK ? " loopback" : "");
	}
	freeifaddrs(list);
	cr_expect_str_eq(text, "lo 127.0.0.1 255.0.0.0 loopback\n"
			       "lo ::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff loopback\n"
			       "eth0 10.0.1.1 255.255.255.0\n"
			       "eth0 fd00:0:0:1::1 ffff:ffff:ffff:ffff::\n");
	cr_expect_eq(if_nametoindex("lo"), 1);
	cr_expect_eq(if_nametoindex("eth0"), 2);
	cr_expect_eq(if_nametoindex("eth1"), 0);
	cr_expect_eq(errno, ENODEV);
	cr_expect_str_eq(if_indextoname(2, name), "eth0");
	cr_expect_null(if_indextoname(3, name));
	cr_expect_eq(errno, ENXIO);
	EXPECT_ERROR(getifaddrs(NULL), EFAULT);
	return 0;
}

Test(posix_calls, interfaces_are_the_nodes)
{
	run(list_interfaces, 1);
}

/* --- time --- */

static int keep_time(int argc, char **argv)
{
	struct timespec t = {946684801, 500000000}, now;
	time_t day = 946684800 + 86400;
	char text[26];
	struct tm tm;

	cr_expect_eq(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL), 0);
	cr_expect_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	cr_expect_eq(now.tv_sec, 1);
	cr_expect_eq(now.tv_nsec, 500000000);
	cr_expect_eq(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL), 0); /* is past */
	cr_expect_eq(
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, 250000000}, NULL), 0);
	cr_expect_eq(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, -1}, NULL), EINVAL);
	cr_expect_eq(clock_nanosleep(77, 0, &t, NULL), EINVAL);
	cr_expect_eq(clock(), CLOCKS_PER_SEC * 7 / 4);
	cr_expect_eq(thrd_sleep(&(struct timespec){0, 250000000}, NULL), 0);
	cr_expect_eq(timespec_get(&now, TIME_UTC), TIME_UTC);
	cr_expect_eq(now.tv_sec, 946684802);
	cr_expect_eq(clock_getres(CLOCK_REALTIME, &now), 0);
	cr_expect_eq(now.tv_nsec, 1);
	EXPECT_ERROR(clock_gettime(77, &now), EINVAL);
	EXPECT_ERROR(nanosleep(NULL, NULL), EFAULT);
	cr_expect_str_eq(ctime(&day), "Sun Jan  2 00:00:00 2000\n");
	cr_expect_str_eq(ctime_r(&day, text), "Sun Jan  2 00:00:00 2000\n");
	tm = *localtime(&day);
	cr_expect_eq(tm.tm_hour, 0);
	cr_expect_eq(mktime(&tm), day);
	cr_expect_eq(localtime_r(&day, &tm), &tm);
	cr_expect_eq(tm.tm_mday, 2);
	return 0;
}

Test(posix_calls, time_is_the_worlds_and_its_zone_utc)
{
	setenv("TZ", "America/New_York", 1);
	run(keep_time, 1);
}

/* --- what a socket is not --- */

static int ask_descriptors(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	FILE *file = tmpfile();
	void *memory;

	EXPECT_ERROR(lseek(fd, 0, SEEK_SET), ESPIPE);
	EXPECT_ERROR(lseek(99, 0, SEEK_SET), EBADF);
	errno = 0;
	cr_expect_eq(isatty(fd), 0);
	cr_expect_eq(errno, ENOTTY);
	cr_expect_eq(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0), MAP_FAILED);
	cr_expect_eq(errno, ENODEV);
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_expect_neq(memory, MAP_FAILED);
	munmap(memory, 4096);
	cr_expect_eq(fileno(stdin), 0);
	cr_expect_eq(fileno(stderr), 2);
	EXPECT_ERROR(fileno(file), EBADF);
	fclose(file);
	EXPECT_ERROR(poll(NULL, 1, 0), EFAULT);
	EXPECT_ERROR(gethostname(NULL, 5), EFAULT);
	EXPECT_ERROR(sendmsg(fd, NULL, 0), EFAULT);
	EXPECT_ERROR(recvmsg(fd, NULL, 0), EFAULT);
	EXPECT_ERROR(readv(fd, NULL, 2), EFAULT);
	EXPECT_ERROR(writev(fd, (struct iovec[17]){{0}}, 17), EMSGSIZE);
	EXPECT_ERROR(writev(fd, &(struct iovec){"a", 1}, -1), EMSGSIZE);
	return 0;
}

Test(posix_calls, a_socket_is_no_file)
{
	run(ask_descriptors, 1);
}

static int wait_for_stdin(int argc, char **argv)
{
	struct pollfd p[2] = {{0, POLLIN, 0}, {1, POLLIN | POLLOUT, 0}};
	fd_set set;

	cr_expect_eq(poll(p, 2, 1000), 2);
	cr_expect_eq(p[0].revents, POLLIN);
	cr_expect_eq(p[1].revents, POLLIN | POLLOUT);
	p[0].events = p[1].events = POLLPRI;
	cr_expect_eq(poll(p, 2, 0), 0);
	FD_ZERO(&set);
	FD_SET(0, &set);
	cr_expect_eq(select(1, &set, NULL, NULL, NULL), 1);
	return 0;
}

Test(posix_calls, standard_streams_are_ready_as_files_are)
{
	run(wait_for_stdin, 1);
}

/* --- several messages --- */

static int talk_in_messages(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(7)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), out = socket(AF_INET, SOCK_STREAM, 0), in;
	char text[3][8] = {"one", "two", "three"}, back[3][4];
	struct iovec part[3];
	struct mmsghdr messages[3] = {0};

	bind(listener, (struct sockaddr *)&addr, sizeof(addr));
	listen(listener, 1);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(connect(out, (struct sockaddr *)&addr, sizeof(addr)), 0);
	in = accept(listener, NULL, NULL);
	for (int i = 0; i < 3; i++) {
		part[i] = (struct iovec){text[i], strlen(text[i])};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &part[i], .msg_iovlen = 1};
	}
	cr_expect_eq(sendmmsg(out, messages, 3, 0), 3);
	cr_expect_eq(messages[2].msg_len, 5);
	sleep(1);
	for (int i = 0; i < 3; i++)
		part[i] = (struct iovec){back[i], 4};
	/* onetwothree: four, four, three bytes */
	cr_expect_eq(recvmmsg(in, messages, 3, 0, NULL), 3);
	cr_expect_eq(messages[2].msg_len, 3);
	cr_expect_eq(memcmp(back[0], "onet", 4), 0);
	cr_expect_eq(memcmp(back[1], "woth", 4), 0);
	cr_expect_eq(memcmp(back[2], "ree", 3), 0);
	send(out, "x", 1, 0);
	cr_expect_eq(recvmmsg(in, messages, 3, MSG_WAITFORONE, NULL), 1);
	send(out, "!", 1, MSG_OOB);
	sleep(1);
	cr_expect_eq(sockatmark(in), 1);
	cr_expect_eq(sockatmark(out), 0);
	EXPECT_ERROR(recvmmsg(listener, messages, 3, 0, NULL), ENOTCONN);
	return 0;
}

Test(posix_calls, several_messages_in_one_call)
{
	run(talk_in_messages, 1);
}

/* --- signals, children, numbers, randomness --- */

static void handler(int number)
{
}

static int ask_for_signals(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = handler}, old;
	sigset_t set, before;

	cr_expect_eq(signal(SIGPIPE, SIG_IGN), SIG_DFL);
	cr_expect_eq(signal(SIGPIPE, SIG_DFL), SIG_IGN);
	cr_expect_eq(sigaction(SIGCHLD, &action, NULL), 0);
	cr_expect_eq(sigaction(SIGCHLD, NULL, &old), 0);
	cr_expect_eq(old.sa_handler, handler);
	EXPECT_ERROR(sigaction(SIGKILL, &action, NULL), EINVAL);
	EXPECT_ERROR(sigaction(0, NULL, &old), EINVAL);
	EXPECT_ERROR(sigaction(65, NULL, &old), EINVAL);
	cr_expect_eq(siginterrupt(SIGCHLD, 0), 0);
	sigaction(SIGCHLD, NULL, &old);
	cr_expect(old.sa_flags & SA_RESTART);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	cr_expect_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	cr_expect_eq(sigprocmask(SIG_UNBLOCK, &set, &before), 0);
	cr_expect_eq(sigismember(&before, SIGINT), 1);
	cr_expect_eq(pthread_sigmask(SIG_SETMASK, &set, &before), 0);
	cr_expect_eq(sigismember(&before, SIGINT), 0);
	EXPECT_ERROR(sigprocmask(99, &set, NULL), EINVAL);
	cr_expect_eq(sigpending(&set), 0);
	cr_expect_eq(sigismember(&set, SIGINT), 0);
	EXPECT_ERROR(wait(NULL), ECHILD);
	EXPECT_ERROR(waitpid(-1, NULL, WNOHANG), ECHILD);
	return 0;
}

/* The machine's disposition is as before: nothing of it was asked. */
Test(posix_calls, signals_are_kept_and_never_sent)
{
	run(ask_for_signals, 1);
	cr_expect_eq(signal(SIGPIPE, SIG_IGN), SIG_ERR); /* outside of a program */
	cr_expect_eq(errno, ENOSYS);
}

static pid_t numbers[3];
static uint64_t drawn[3];
static int nth;

static int be_somebody(int argc, char **argv)
{
	uint64_t entropy;

	numbers[nth] = getpid();
	cr_expect_eq(getppid(), 1);
	cr_expect_eq(getrandom(&drawn[nth], sizeof(drawn[nth]), 0), 8);
	cr_expect_eq(getentropy(&entropy, sizeof(entropy)), 0);
	cr_expect_neq(entropy, drawn[nth]);
	EXPECT_ERROR(getentropy(&entropy, 257), EIO);
	cr_expect_lt(arc4random_uniform(10), 10);
	nth++;
	sched_yield();
	cr_expect_eq(nth, 3); /* the others had their turn */
	return 0;
}

Test(posix_calls, each_program_has_its_number_and_its_randomness)
{
	uint64_t first[3];

	run(be_somebody, 3);
	for (int i = 0; i < 3; i++) {
		cr_expect_eq(numbers[i], 2 + i);
		first[i] = drawn[i];
	}
	cr_expect_neq(first[0], first[1]);
	nth = 0;
	run(be_somebody, 3); /* the same seed */
	cr_expect_eq(drawn[2], first[2]);
	nth = 0;
	seed = 2;
	run(be_somebody, 3);
	cr_expect_neq(drawn[2], first[2]);
}

/* --- NULL, and calls from outside --- */

Test(posix_calls, null_is_told)
{
	struct tcpsim_world *w = tcpsim_world_new(1);
	struct tcpsim_addr addr;
	char *error = NULL;

	cr_expect_eq(tcpsim_world_add_host(NULL, "a", &tcpsim_profile_linux), -EFAULT);
	cr_expect_eq(tcpsim_world_add_host(w, NULL, &tcpsim_profile_linux), -EFAULT);
	cr_expect_eq(tcpsim_world_add_host(w, "a", NULL), -EFAULT);
	cr_expect_eq(tcpsim_world_add_host(w, "a", &tcpsim_profile_linux), 0);
	cr_expect_eq(tcpsim_world_add_router(w, NULL), -EFAULT);
	cr_expect_eq(tcpsim_world_add_switch(NULL, "s"), -EFAULT);
	cr_expect_eq(tcpsim_world_link(w, "a", NULL, NULL, NULL), -EFAULT);
	cr_expect_eq(tcpsim_world_link(NULL, "a", "b", NULL, NULL), -EFAULT);
	cr_expect_eq(tcpsim_world_sysctl(w, "a", NULL, "1"), -EFAULT);
	cr_expect_eq(tcpsim_world_capture(w, "a", NULL), -EFAULT);
	cr_expect_eq(tcpsim_world_spawn(w, "a", "p", NULL, 0, NULL, 0), -EFAULT);
	cr_expect_eq(tcpsim_world_spawn(w, "a", "p", be_somebody, 1, NULL, 0), -EFAULT);
	cr_expect_eq(tcpsim_world_spawn(w, NULL, "p", be_somebody, 0, NULL, 0), -EFAULT);
	cr_expect_null(tcpsim_world_host(w, NULL));
	cr_expect_null(tcpsim_world_host(NULL, "a"));
	cr_expect_not(tcpsim_world_address(w, "a", NULL));
	cr_expect_not(tcpsim_world_address(NULL, "a", &addr));
	cr_expect_eq(tcpsim_world_run(NULL, 0), 0);
	cr_expect_eq(tcpsim_world_now(NULL), 0);
	cr_expect_eq(tcpsim_world_running(NULL), 0);
	tcpsim_world_flush(w, NULL);
	tcpsim_world_on_say(NULL, NULL, NULL);
	tcpsim_world_on_event(NULL, NULL, NULL);
	cr_expect_null(tcpsim_world_load(NULL, &error));
	cr_expect(strstr(error, "no path"));
	free(error);
	tcpsim_world_free(w);
	tcpsim_world_free(NULL);
}

Test(posix_calls, outside_of_a_program_there_is_no_host)
{
	struct ifaddrs *list;

	EXPECT_ERROR(socket(AF_INET, SOCK_STREAM, 0), ENOSYS);
	EXPECT_ERROR(poll(NULL, 0, 0), ENOSYS);
	EXPECT_ERROR(getifaddrs(&list), ENOSYS);
	EXPECT_ERROR(wait(NULL), ENOSYS);
	EXPECT_ERROR(sched_yield(), ENOSYS);
	cr_expect_eq(clock(), (clock_t)-1);
	cr_expect_null(getservbyname("http", "tcp"));
	tcpsim_say("nobody hears %s", "this");
}
