/* C functions as processes of a kernel host: <tcpsim/world.h>, tcpsim_world_spawn_twice. Each server
 * and client here stands twice, once with the kernel's calls and once with the world's. */
#define TCPSIM_POSIX_NO_MACROS
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <tcpsim/addr.h>
#include <tcpsim/posix.h>
#include <tcpsim/world.h>
#include <time.h>
#include <unistd.h>

#include "support/kernel.h"
#include "time_units.h"

/* --- the programs --- */

static struct sockaddr_in at_port(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
}

/* Answers one client with what it sent, and ends with what it got. */
#define SERVE(name, calls)                                                                         \
	static int name(int argc, char **argv)                                                     \
	{                                                                                          \
		struct sockaddr_in at = at_port(80);                                               \
		int listener = calls##socket(AF_INET, SOCK_STREAM, 0), fd;                         \
		char text[100];                                                                    \
		ssize_t n, all = 0;                                                                \
                                                                                                   \
		calls##bind(listener, (struct sockaddr *)&at, sizeof(at));                         \
		calls##listen(listener, 5);                                                        \
		fd = calls##accept(listener, NULL, NULL);                                          \
		for (; (n = calls##read(fd, text, sizeof(text))) > 0; all += n)                    \
			calls##write(fd, text, (size_t)n);                                         \
		calls##close(fd);                                                                  \
		calls##close(listener);                                                            \
		tcpsim_say("%s: %zd bytes came", argv[0], all);                                    \
		return (int)all;                                                                   \
	}

/* Asks "server" by its name. */
#define ASK(name, calls)                                                                           \
	static int name(int argc, char **argv)                                                     \
	{                                                                                          \
		struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *to;   \
		char text[5];                                                                      \
		int fd = calls##socket(AF_INET, SOCK_STREAM, 0);                                   \
                                                                                                   \
		if (calls##getaddrinfo("server", "80", &hints, &to) != 0)                          \
			return 1;                                                                  \
		if (calls##connect(fd, to->ai_addr, to->ai_addrlen) != 0)                          \
			return 2;                                                                  \
		calls##freeaddrinfo(to);                                                           \
		if (calls##write(fd, "hello", 5) != 5 ||                                           \
			calls##recv(fd, text, 5, MSG_WAITALL) != 5)                                \
			return 3;                                                                  \
		calls##close(fd);                                                                  \
		return memcmp(text, "hello", 5) == 0 ? 0 : 4;                                      \
	}

SERVE(serve, tcpsim_posix_)
SERVE(serve_on_kernel, )
ASK(ask, tcpsim_posix_)
ASK(ask_on_kernel, )

static int crash(int argc, char **argv)
{
	raise(SIGABRT); /* which no sanitizer takes for itself */
	return 0;
}

static int quit(int argc, char **argv)
{
	exit(0x103);
}

static int never_end(int argc, char **argv)
{
	while (pause() < 0)
		;
	return 0;
}

static int change_memory(int argc, char **argv)
{
	argv[0][0] = 'M';
	return strcmp(argv[0], "Memory");
}

static int tell_name(int argc, char **argv)
{
	char name[64];

	gethostname(name, sizeof(name));
	tcpsim_say("%s", name);
	return 0;
}

/* Longer than a message of the programs that are ready-made. */
static int say_much(int argc, char **argv)
{
	char *text = g_strnfill(20000, 'x');

	for (int i = 0; i < 200; i++)
		tcpsim_say("%s", text);
	g_free(text);
	return 0;
}

/* What it starts does not wait for its end, and is in a session of its own. */
static int leave_child(int argc, char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		never_end(0, NULL);
	}
	tcpsim_say("%d", (int)pid);
	return 0;
}

/* --- the world --- */

struct told {
	struct tcpsim_world *world;
	GString *text;
	int64_t last_ns;
};

static void on_say(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	struct told *told = context;

	g_string_append_printf(told->text, "%s, %s: %s\n", host, program, text);
	told->last_ns = time_ns;
}

/* A client and a server with 20 ms between them; which of them is the kernel is the caller's. */
static struct told new_world(bool client, bool server)
{
	struct told told = {.world = tcpsim_world_new(1), .text = g_string_new(NULL)};
	struct tcpsim_world *w = told.world;

	cr_assert_eq(client ? tcpsim_world_add_kernel_host(w, "client")
			    : tcpsim_world_add_host(w, "client", &tcpsim_profile_bsd44),
		0);
	cr_assert_eq(server ? tcpsim_world_add_kernel_host(w, "server")
			    : tcpsim_world_add_host(w, "server", &tcpsim_profile_bsd44),
		0);
	tcpsim_world_link(w, "client", "server", "delay = 10 ms", NULL);
	return told;
}

static int64_t run(struct told *told, int64_t until_ns)
{
	int64_t now_ns;

	tcpsim_world_on_say(told->world, on_say, told);
	now_ns = tcpsim_world_run(told->world, until_ns);
	cr_expect_null(tcpsim_world_error(told->world), "%s", tcpsim_world_error(told->world));
	return now_ns;
}

static void free_world(struct told *told)
{
	tcpsim_world_free(told->world);
	g_string_free(told->text, TRUE);
}

static int spawn(struct told *told, const char *name, int (*main)(int, char **))
{
	char *argv[] = {(char *)name, NULL};

	return tcpsim_world_spawn_twice(
		told->world, "server", name, NULL, main, 1, argv, 10 * NSEC_PER_MSEC);
}

static void expect_status(const struct told *told, const char *host, const char *name, int status)
{
	int is = tcpsim_world_status(told->world, host, name);

	cr_expect_eq(
		is, status, "%s ended with %d and not %d\n%s", name, is, status, told->text->str);
}

static void expect_said(const struct told *told, const char *text)
{
	cr_expect_not_null(strstr(told->text->str, text), "no '%s' in\n%s", text, told->text->str);
}

/* --- what holds --- */

static void expect_exchange(bool client, bool server)
{
	struct told told = new_world(client, server);
	char *argv[] = {"argument", NULL};
	int64_t end_ns;

	tcpsim_world_spawn_twice(told.world, "server", "serve", TCPSIM_BOTH(serve), 1, argv, 0);
	tcpsim_world_spawn_twice(
		told.world, "client", "ask", TCPSIM_BOTH(ask), 0, NULL, 50 * NSEC_PER_MSEC);
	argv[0] = "is copied";
	end_ns = run(&told, TCPSIM_FOREVER);
	expect_status(&told, "server", "serve", 5);
	expect_status(&told, "client", "ask", 0);
	expect_said(&told, "server, serve: argument: 5 bytes came\n");
	cr_expect_eq(tcpsim_world_running(told.world), 0);
	cr_expect(tcpsim_world_is_over(told.world));
	/* two round trips and a FIN, by the real clock */
	cr_expect(told.last_ns >= 100 * NSEC_PER_MSEC && told.last_ns <= end_ns,
		"said at %" PRId64 " of %" PRId64 " ns", told.last_ns, end_ns);
	free_world(&told);
}

Test(native, client_and_server_meet_whoever_the_other_is)
{
	expect_exchange(false, false);
	kernel_or_skip();
	expect_exchange(false, true);
	expect_exchange(true, false);
	expect_exchange(true, true);
}

Test(native, an_end_is_told_whatever_it_was)
{
	struct told told;
	char text[] = "memory";
	char *argv[] = {text, NULL};

	kernel_or_skip();
	told = new_world(false, true);
	spawn(&told, "crashes", crash);
	spawn(&told, "quits", quit);
	spawn(&told, "name", tell_name);
	spawn(&told, "much", say_much);
	spawn(&told, "for-ever", never_end);
	tcpsim_world_spawn_twice(told.world, "server", "memory", NULL, change_memory, 1, argv, 0);
	cr_expect_eq(run(&told, NSEC_PER_SEC), NSEC_PER_SEC);
	expect_status(&told, "server", "crashes", 128 + SIGABRT);
	expect_said(&told, "server, crashes: killed by signal 6 (");
	expect_status(&told, "server", "quits", 3);
	expect_said(&told, "server, name: server\n");
	expect_status(&told, "server", "memory", 0);
	cr_expect_str_eq(text, "memory");
	expect_status(&told, "server", "for-ever", -EAGAIN);
	cr_expect_eq(tcpsim_world_running(told.world), 1);
	cr_expect_not(tcpsim_world_is_over(told.world));
	expect_status(&told, "server", "nobody", -ENOENT);
	cr_expect_gt(told.text->len, 200 * 20000);
	free_world(&told);
}

static int spawned_later(struct told *told)
{
	return tcpsim_world_spawn_twice(told->world, "server", "later", NULL, tell_name, 0, NULL,
		tcpsim_world_now(told->world));
}

Test(native, a_world_runs_on_where_it_stopped)
{
	struct told told;

	kernel_or_skip();
	told = new_world(false, true);
	cr_expect_eq(run(&told, 100 * NSEC_PER_MSEC), 100 * NSEC_PER_MSEC);
	cr_expect_eq(spawned_later(&told), 0);
	cr_expect_eq(run(&told, 300 * NSEC_PER_MSEC), 300 * NSEC_PER_MSEC);
	expect_said(&told, "server, later: server\n");
	cr_expect_eq(tcpsim_world_sysctl(told.world, "server", "net.ipv4.tcp_sack", "0"), -EBUSY);
	free_world(&told);
}

/* Whoever adopted one that was killed may be slow to wait for it. */
static bool runs(pid_t pid)
{
	char *path = g_strdup_printf("/proc/%d/stat", (int)pid), *text = NULL, *name_end = NULL;
	bool there = g_file_get_contents(path, &text, NULL, NULL);

	if (there)
		name_end = strrchr(text, ')');
	there = name_end && name_end[2] != 'Z' && name_end[2] != 'X';
	g_free(text);
	g_free(path);
	return there;
}

Test(native, nothing_of_a_host_outlives_its_world)
{
	struct told told;
	const char *number;
	pid_t pid;

	kernel_or_skip();
	told = new_world(false, true);
	spawn(&told, "parent", leave_child);
	run(&told, 500 * NSEC_PER_MSEC);
	number = strstr(told.text->str, "parent: ");
	cr_assert_not_null(number, "%s", told.text->str);
	pid = atoi(number + strlen("parent: "));
	cr_expect(runs(pid));
	free_world(&told);
	for (int i = 0; i < 100 && runs(pid); i++)
		usleep(10000);
	cr_expect_not(runs(pid));
}

Test(native, a_function_for_the_other_host_is_refused)
{
	struct told told = new_world(false, true);

	cr_expect_eq(
		tcpsim_world_spawn(told.world, "server", "model", serve, 0, NULL, 0), -EOPNOTSUPP);
	cr_expect_eq(tcpsim_world_spawn_twice(
			     told.world, "client", "kernel", NULL, serve_on_kernel, 0, NULL, 0),
		-EOPNOTSUPP);
	cr_expect_eq(tcpsim_world_spawn_twice(told.world, "server", "none", NULL, NULL, 0, NULL, 0),
		-EFAULT);
	kernel_or_skip();
	spawn(&told, "mixed-up", serve); /* as if it were the kernel's */
	run(&told, TCPSIM_FOREVER);
	expect_status(&told, "server", "mixed-up", 126);
	expect_said(&told,
		"server, mixed-up: it makes the calls of a world, and server is a kernel "
		"host: compile its source once more with -DTCPSIM_ON_KERNEL");
	free_world(&told);
}

Test(native, what_a_kernel_does_not_have_ends_the_run_before_it_begins)
{
	struct told told;

	kernel_or_skip();
	told = new_world(false, true);
	cr_expect_eq(tcpsim_world_sysctl(told.world, "server", "net.inet.tcp.rfc1323", "0"), 0);
	spawn(&told, "name", tell_name);
	cr_expect_eq(tcpsim_world_run(told.world, TCPSIM_FOREVER), -EINVAL);
	cr_expect_not_null(strstr(tcpsim_world_error(told.world), "net.inet.tcp.rfc1323"), "%s",
		tcpsim_world_error(told.world));
	cr_expect_eq(tcpsim_world_now(told.world), 0);
	expect_status(&told, "server", "name", -EAGAIN);
	cr_expect_null(tcpsim_world_host(told.world, "server"));
	free_world(&told);
}

/* --- a file --- */

static struct tcpsim_world *load(const char *text, char **error)
{
	char *path = NULL;
	int fd = g_file_open_tmp("world-XXXXXX", &path, NULL);
	struct tcpsim_world *world;

	cr_assert(fd >= 0 && g_file_set_contents(path, text, -1, NULL));
	close(fd);
	world = tcpsim_world_load(path, error);
	unlink(path);
	g_free(path);
	return world;
}

#define HOSTS                                                                                      \
	"[host client]\nprofile = bsd44\n[host server]\nsystem = kernel\n[link client server]\n"   \
	"[program serve]\nhost = server\n"

Test(native, a_file_with_a_kernel_runs_by_the_real_clock)
{
	char *error = NULL;
	struct told told = {.text = g_string_new(NULL)};

	kernel_or_skip();
	told.world = load(HOSTS "does = sink\n[program send]\nhost = client\ndoes = source\n"
				"to = server:80\nbytes = 9 kB\nstart = 50 ms\n",
		&error);
	cr_assert_not_null(told.world, "%s", error);
	spawn(&told, "name", tell_name);
	cr_expect_lt(run(&told, TCPSIM_FOREVER), 20 * NSEC_PER_SEC);
	expect_said(&told, "server, serve: 9000 bytes in ");
	expect_said(&told, "server, name: server\n");
	free_world(&told);
}

Test(native, a_files_commands_are_for_simulate)
{
	char *error = NULL;

	cr_expect_null(load(HOSTS "run = true\n", &error));
	cr_expect(error && strstr(error, "which `tcpsim simulate FILE` runs"), "%s", error);
	g_free(error);
}
