/* A caller's functions as processes. See native.h. */
#include "live/native.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "live/names.h"
#include "live/namespace.h"
#include "live/status.h"
#include "process/native.h"
#include "time_units.h"

#define MOST_TEXT      65535 /* of what is said at once; the rest is cut off */
#define KILL_ROUNDS    100   /* of a millisecond */
#define STATUS_REFUSED 126   /* as a shell has it: found, and not to be run */

struct said {
	int64_t time_ns; /* the world's */
	char text[MOST_TEXT + 1];
};

struct native {
	struct native_programs *all;
	struct process *process;
	pid_t pid;  /* 0: it is over */
	int ended;  /* a pidfd; -1: nothing to be heard of it */
	int socket; /* on which it says something; -1: closed */
};

struct native_programs {
	struct node *node;
	struct drive *drive;
	GPtrArray *started; /* struct native */
	char *names;	    /* names.h */
};

/* --- inside of the process --- */

/* All that a process knows of where it came from. */
static struct {
	int socket;
	int64_t start_ns; /* CLOCK_MONOTONIC at the world's time 0 */
	const char *host;
} here;

static void say_home(const char *text)
{
	struct timespec now;
	int64_t time_ns;
	struct iovec parts[] = {
		{&time_ns, sizeof(time_ns)}, {(char *)text, strnlen(text, MOST_TEXT)}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	clock_gettime(CLOCK_MONOTONIC, &now);
	time_ns = now.tv_sec * NSEC_PER_SEC + now.tv_nsec - here.start_ns;
	while (sendmsg(here.socket, &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static _Noreturn void refuse(const char *format, ...) G_GNUC_PRINTF(1, 2);

static _Noreturn void refuse(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	say_home(text);
	fflush(NULL);
	_exit(STATUS_REFUSED);
}

static _Noreturn void refuse_build(void)
{
	refuse("it makes the calls of a world, and %s is a kernel host: compile its source once "
	       "more with -DTCPSIM_ON_KERNEL, and give that function to "
	       "tcpsim_world_spawn_twice",
		here.host);
}

static const struct native_self SELF = {.say = say_home, .call = refuse_build};

/* The lower descriptors are the caller's, and inherited as by any fork(). */
static void close_ours(int spare)
{
	close_range(LIVE_FIRST_HIGH_FD, (unsigned)spare - 1, 0);
	close_range((unsigned)spare + 1, UINT_MAX, 0);
}

static void enter(const struct native_programs *all, const struct kernel_host *host)
{
	if (!kernel_host_enter(host))
		refuse("it cannot enter the namespaces of %s: %s", here.host, g_strerror(errno));
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* entering forgets what was asked before */
	if (unshare(CLONE_NEWUTS) == 0 && sethostname(here.host, strlen(here.host)) != 0)
		g_debug("%s: %s", here.host, g_strerror(errno));
	names_set(all->names);
}

static _Noreturn void be_program(
	const struct native *native, int socket, const struct kernel_host *host)
{
	const struct process *p = native->process;
	int status;

	here.socket = socket;
	here.start_ns = drive_start_ns(native->all->drive);
	here.host = p->node->name;
	enter(native->all, host);
	close_ours(socket);
	if (getpriority(PRIO_PROCESS, 0) < 0)
		setpriority(PRIO_PROCESS, 0, 0); /* the drive's is not its own */
	signal(SIGPIPE, SIG_IGN);		 /* in a world there is EPIPE and no signal */
	setvbuf(stdout, NULL, _IOLBF, 0);	 /* nothing is lost if it is killed */
	native_become(&SELF);
	status = p->main(p->argc, p->argv);
	fflush(NULL);
	_exit(status);
}

/* --- what is heard of it --- */

/* What the world says of a program of its own accord goes nowhere unheard. */
static void complain(const struct native *native, const char *text)
{
	const struct node *node = native->all->node;
	const struct tcpsim_world *world = node->world;
	const char *name = native->process->name;

	if (world->on_say)
		world->on_say(world->say_context, clock_now(world->clock), node->name, name, text);
	else
		fprintf(stderr, "tcpsim: %s, %s: %s\n", node->name, name, text);
}

static void close_watched(struct drive *drive, int *fd)
{
	if (*fd < 0)
		return;
	drive_unwatch(drive, *fd);
	close(*fd);
	*fd = -1;
}

static void on_said(void *context, int fd, uint32_t events)
{
	static _Thread_local struct said said;
	struct native *native = context;
	const struct tcpsim_world *world = native->all->node->world;
	ssize_t n;

	while ((n = recv(fd, &said, sizeof(said) - 1, MSG_DONTWAIT)) >=
		(ssize_t)offsetof(struct said, text)) {
		((char *)&said)[n] = '\0';
		if (world->on_say)
			world->on_say(world->say_context, said.time_ns, native->all->node->name,
				native->process->name, said.text);
	}
	if (n == 0) /* nobody is left to say anything */
		close_watched(native->all->drive, &native->socket);
}

static void told_over(struct native *native, int status)
{
	native->pid = 0;
	if (!native->process->ended) /* its host may have gone down */
		process_ended(native->process, status);
}

static void on_ended(void *context, int fd, uint32_t events)
{
	struct native *native = context;
	int status = 0;
	char *text;

	if (native->socket >= 0) /* its last words come first */
		on_said(native, native->socket, EPOLLIN);
	close_watched(native->all->drive, &native->ended);
	if (waitpid(native->pid, &status, 0) < 0)
		complain(native, "how it ended is not known: somebody else has waited for it");
	if (WIFSIGNALED(status)) {
		text = live_status_text(status);
		complain(native, text);
		g_free(text);
	}
	told_over(native, live_status_code(status));
}

/* --- its start --- */

static bool watch(struct native *native)
{
	struct drive *drive = native->all->drive;

	native->ended = live_high_fd((int)syscall(SYS_pidfd_open, native->pid, 0));
	return native->ended >= 0 && drive_watch(drive, native->socket, EPOLLIN, on_said, native) &&
	       drive_watch(drive, native->ended, EPOLLIN, on_ended, native);
}

static bool start(struct native *native, const struct kernel_host *host)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	native->socket = live_high_fd(ends[0]);
	ends[1] = live_high_fd(ends[1]);
	fflush(NULL); /* or it would be written twice */
	native->pid = fork();
	if (native->pid == 0)
		be_program(native, ends[1], host);
	close(ends[1]);
	if (native->pid > 0)
		return watch(native);
	native->pid = 0;
	return false;
}

static void end(struct native *native)
{
	if (native->pid) {
		kill(native->pid, SIGKILL);
		waitpid(native->pid, NULL, 0);
		told_over(native, 128 + SIGKILL);
	}
	close_watched(native->all->drive, &native->ended);
	close_watched(native->all->drive, &native->socket);
}

void native_programs_start(
	struct native_programs *all, struct process *process, const struct kernel_host *host)
{
	struct native *native = g_new0(struct native, 1);
	char *text;

	*native = (struct native){.all = all, .process = process, .ended = -1, .socket = -1};
	g_ptr_array_add(all->started, native);
	if (!all->names)
		all->names = names_text(all->node->world);
	if (start(native, host))
		return;
	text = g_strdup_printf("no process for it: %s", g_strerror(errno));
	complain(native, text);
	g_free(text);
	end(native);
	if (!process->ended)
		process_ended(process, STATUS_REFUSED);
}

/* --- all of a host --- */

struct native_programs *native_programs_new(struct node *node, struct drive *drive)
{
	struct native_programs *all = g_new0(struct native_programs, 1);

	all->node = node;
	all->drive = drive;
	all->started = g_ptr_array_new_with_free_func(g_free);
	return all;
}

static char *network_of(const char *pid)
{
	char *path = g_strdup_printf("/proc/%s/ns/net", pid), *network;

	network = g_file_read_link(path, NULL);
	g_free(path);
	return network;
}

/* True: there was one, which may have started another before it died. */
static bool kill_in(const char *network, const char *spare)
{
	GDir *folder = g_dir_open("/proc", 0, NULL);
	const char *name;
	bool some = false;

	while (folder && (name = g_dir_read_name(folder))) {
		char *its = g_ascii_isdigit(*name) ? network_of(name) : NULL;

		if (its && strcmp(its, network) == 0 && strcmp(name, spare) != 0)
			some |= kill((pid_t)g_ascii_strtoll(name, NULL, 10), SIGKILL) == 0;
		g_free(its);
	}
	if (folder)
		g_dir_close(folder);
	return some;
}

/* What its programs started is known by the network that it is in, which is nobody else's. */
static void end_descendants(pid_t agent)
{
	char *spare = g_strdup_printf("%d", (int)agent);
	char *network = network_of(spare), *ours = network_of("self");

	if (network && ours && strcmp(network, ours) != 0)
		for (int i = 0; i < KILL_ROUNDS && kill_in(network, spare); i++)
			g_usleep(1000);
	g_free(ours);
	g_free(network);
	g_free(spare);
}

void native_programs_free(struct native_programs *all, pid_t agent)
{
	if (!all)
		return;
	for (guint i = 0; i < all->started->len; i++)
		end(all->started->pdata[i]);
	if (all->started->len && agent > 0)
		end_descendants(agent);
	g_ptr_array_free(all->started, TRUE);
	g_free(all->names);
	g_free(all);
}

pid_t native_programs_pid(const struct native_programs *all, const struct process *process)
{
	for (guint i = 0; i < all->started->len; i++) {
		const struct native *native = all->started->pdata[i];

		if (native->process == process)
			return native->pid;
	}
	return 0;
}
