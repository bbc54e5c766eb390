/*
 * What a world's programs call, for the running kernel. See kernel_programs.h. The names are those
 * of process/process.h and <tcpsim/posix.h>; the compiler is told others (kernel_names.h).
 */
#define TCPSIM_POSIX_NO_MACROS
#include "live/kernel_programs.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <tcpsim/posix.h>
#include <time.h>
#include <unistd.h>

#include "process/posix_text.h"
#include "process/process.h"
#include "process/programs.h"
#include "process/programs_calls.h"
#include "process/programs_client.h"
#include "process/programs_server.h"
#include "time_units.h"

#define FIRST_SPAWNED 0x40000000u /* numbers of programs that programs started */

struct thread {
	struct process process; /* what a program may look at: its node, name, generator */
	GCond continued;
	bool is_continued;
	void *passing;	  /* process_passing() */
	bool has_waited;  /* it has come to its first wait, or its end */
	int64_t start_ns; /* when it is to begin */
};

/* One agent a process: this is all its own. */
static GMutex turn;
static GCond waited;
static int messages = -1;
static int64_t world_start_ns;
static uint32_t spawned;
static _Thread_local struct thread *self;

static void take_turn(void)
{
	int error = errno;

	g_mutex_lock(&turn);
	errno = error;
}

static void give_turn(void)
{
	int error = errno;

	self->has_waited = true;
	g_cond_broadcast(&waited);
	g_mutex_unlock(&turn);
	errno = error;
}

/* --- what process/process.h has --- */

struct process *process_current(void)
{
	return &self->process;
}

int64_t process_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec - world_start_ns;
}

static void sleep_until(int64_t time_ns)
{
	struct timespec when = {0};

	if (time_ns > INT64_MAX - world_start_ns) /* for ever */
		time_ns = INT64_MAX - world_start_ns;
	when.tv_sec = (time_ns + world_start_ns) / 1000000000;
	when.tv_nsec = (time_ns + world_start_ns) % 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

void process_sleep_until(int64_t time_ns)
{
	give_turn();
	sleep_until(time_ns);
	take_turn();
}

/* Of those that belong together, one waits for the others: for no descriptor, and for ever. */
bool process_wait(struct waiter *place, const int *fds, unsigned n, int64_t deadline_ns)
{
	g_assert(n == 0 && deadline_ns == INT64_MAX);
	while (!self->is_continued)
		g_cond_wait(&self->continued, &turn);
	self->is_continued = false;
	return true;
}

void process_continue(struct process *process)
{
	struct thread *thread = (struct thread *)process; /* its first member */

	thread->is_continued = true;
	g_cond_signal(&thread->continued);
}

void *process_alloc(size_t size)
{
	void *memory = g_malloc0(size);

	g_ptr_array_add(self->process.kept, memory);
	return memory;
}

void process_free(void *memory)
{
	g_ptr_array_remove_fast(self->process.kept, memory);
}

/* Each thread its own: the kernel writes there while others run. */
void *process_passing(void)
{
	if (!self->passing)
		self->passing = process_alloc(PROCESS_PASSING);
	return self->passing;
}

static struct agent_message message_of(enum agent_kind kind)
{
	return (struct agent_message){
		.kind = kind, .process = self->process.id, .time_ns = process_now(), .fd = -1};
}

/* The name first: of a program that a program started the world knows no more. */
static void send_text(struct agent_message *message, const char *text)
{
	g_snprintf(message->text, sizeof(message->text), "%s\n%s", self->process.name, text);
	agent_send(messages, message, NULL, 0);
}

void process_say(const char *format, ...)
{
	struct agent_message message = message_of(AGENT_SAID);
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	send_text(&message, text);
	g_free(text);
}

/* --- calls, told --- */

bool process_is_watched(void)
{
	return true;
}

bool process_texts_wanted(void)
{
	return true;
}

void process_call_watched(int fd, const char *format, ...)
{
	struct process_call *call = &self->process.call;
	va_list args;

	if (call->depth++)
		return;
	va_start(args, format);
	call->text = g_strdup_vprintf(format, args);
	va_end(args);
	call->fd = fd;
}

void process_call_text(const char *format, ...)
{
	struct process_call *call = &self->process.call;
	va_list args;

	if (call->depth != 1)
		return;
	g_free(call->text);
	va_start(args, format);
	call->text = g_strdup_vprintf(format, args);
	va_end(args);
}

/* Told once its text is whole, before the kernel is asked. */
static void report_begin(const struct sockaddr *peer, socklen_t len)
{
	struct process_call *call = &self->process.call;
	struct agent_message message = message_of(AGENT_CALLS);

	message.fd = call->fd;
	if (peer && len <= sizeof(message.peer))
		memcpy(&message.peer, peer, len);
	send_text(&message, call->text);
}

static void add_names(struct agent_message *message, int fd)
{
	socklen_t len = sizeof(message->local);

	if (getsockname(fd, (struct sockaddr *)&message->local, &len) != 0)
		memset(&message->local, 0, sizeof(message->local));
	len = sizeof(message->peer);
	if (getpeername(fd, (struct sockaddr *)&message->peer, &len) != 0)
		memset(&message->peer, 0, sizeof(message->peer));
}

ssize_t process_call_end(ssize_t result)
{
	struct process_call *call = &self->process.call;
	struct agent_message message;
	int error = errno;

	if (--call->depth)
		return result;
	message = message_of(AGENT_RETURNED);
	message.fd = call->fd;
	message.result = result;
	message.error = result < 0 ? error : 0;
	if (result >= 0 && g_str_has_prefix(call->text, "accept"))
		add_names(&message, (int)result);
	else if (result >= 0 && g_str_has_prefix(call->text, "connect"))
		add_names(&message, call->fd);
	else if (result >= 0 && g_str_has_prefix(call->text, "listen"))
		add_names(&message, call->fd);
	send_text(&message, call->text);
	g_clear_pointer(&call->text, g_free);
	errno = error;
	return result;
}

/* --- what <tcpsim/posix.h> has: the call is told, and the turn is another's while it waits --- */

/* One that may wait, and one that does not. */
#define WAITING(call)                                                                              \
	__extension__({                                                                            \
		ssize_t result_;                                                                   \
                                                                                                   \
		report_begin(NULL, 0);                                                             \
		give_turn();                                                                       \
		result_ = call;                                                                    \
		take_turn();                                                                       \
		process_call_end(result_);                                                         \
	})
#define AT_ONCE(call)                                                                              \
	__extension__({                                                                            \
		report_begin(NULL, 0);                                                             \
		process_call_end(call);                                                            \
	})

int tcpsim_posix_socket(int family, int type, int protocol)
{
	process_call_begin(-1, "socket(%s)", posix_socket_text(family, type, protocol));
	return (int)AT_ONCE(socket(family, type, protocol));
}

int tcpsim_posix_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	process_call_begin(fd, "bind(%d, %s)", fd, posix_address_text(addr, len));
	return (int)AT_ONCE(bind(fd, addr, len));
}

int tcpsim_posix_listen(int fd, int backlog)
{
	process_call_begin(fd, "listen(%d, %d)", fd, backlog);
	return (int)AT_ONCE(listen(fd, backlog));
}

int tcpsim_posix_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof(peer);
	int result;

	process_call_begin(fd, "accept(%d)", fd);
	report_begin(NULL, 0);
	give_turn();
	result = accept(fd, addr, len);
	take_turn();
	if (result >= 0 && getpeername(result, (struct sockaddr *)&peer, &peer_len) == 0)
		process_call_text("accept(%d, [%s])", fd,
			posix_address_text((struct sockaddr *)&peer, peer_len));
	return (int)process_call_end(result);
}

int tcpsim_posix_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	int result;

	process_call_begin(fd, "connect(%d, %s)", fd, posix_address_text(addr, len));
	report_begin(addr, len);
	give_turn();
	result = connect(fd, addr, len);
	take_turn();
	return (int)process_call_end(result);
}

ssize_t tcpsim_posix_send(int fd, const void *buffer, size_t len, int flags)
{
	process_call_begin(fd, "send(%d, %zu, %s)", fd, len, posix_flag_text("MSG_", flags));
	return WAITING(send(fd, buffer, len, flags));
}

ssize_t tcpsim_posix_write(int fd, const void *buffer, size_t len)
{
	process_call_begin(fd, "write(%d, %zu)", fd, len);
	return WAITING(write(fd, buffer, len));
}

ssize_t tcpsim_posix_recv(int fd, void *buffer, size_t len, int flags)
{
	process_call_begin(fd, "recv(%d, %zu, %s)", fd, len, posix_flag_text("MSG_", flags));
	return WAITING(recv(fd, buffer, len, flags));
}

ssize_t tcpsim_posix_read(int fd, void *buffer, size_t len)
{
	process_call_begin(fd, "read(%d, %zu)", fd, len);
	return WAITING(read(fd, buffer, len));
}

int tcpsim_posix_close(int fd)
{
	process_call_begin(fd, "close(%d)", fd);
	return (int)WAITING(close(fd));
}

int tcpsim_posix_shutdown(int fd, int how)
{
	process_call_begin(fd, "shutdown(%d, %s)", fd, posix_name_text("SHUT_", how));
	return (int)AT_ONCE(shutdown(fd, how));
}

int tcpsim_posix_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	process_call_begin(
		fd, "setsockopt(%d, %s)", fd, posix_option_text(level, name, value, len));
	return (int)AT_ONCE(setsockopt(fd, level, name, value, len));
}

int tcpsim_posix_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	int result;

	process_call_begin(fd, "getsockname(%d)", fd);
	report_begin(NULL, 0);
	result = getsockname(fd, addr, len);
	if (result == 0)
		process_call_text("getsockname(%d, [%s])", fd, posix_address_text(addr, *len));
	return (int)process_call_end(result);
}

int tcpsim_posix_getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	int result;

	process_call_begin(fd, "getpeername(%d)", fd);
	report_begin(NULL, 0);
	result = getpeername(fd, addr, len);
	if (result == 0)
		process_call_text("getpeername(%d, [%s])", fd, posix_address_text(addr, *len));
	return (int)process_call_end(result);
}

/* --- threads --- */

static gpointer run_thread(gpointer argument)
{
	struct agent_message message;
	struct process *p;

	self = argument;
	p = &self->process;
	sleep_until(self->start_ns);
	take_turn();
	p->status = p->program(p->argument);
	message = message_of(AGENT_ENDED);
	message.result = p->status;
	send_text(&message, "");
	if (p->free_argument)
		p->free_argument(p->argument);
	g_ptr_array_free(p->kept, TRUE);
	p->kept = NULL;
	give_turn();
	return NULL;
}

static struct thread *new_thread(struct node *node, const char *name, uint32_t id)
{
	struct thread *thread = g_new0(struct thread, 1);
	char *seed_name = g_strdup_printf("program %s %s %u", node->name, name, id);

	thread->process.node = node;
	thread->process.name = g_strdup(name);
	thread->process.id = id;
	thread->process.kept = g_ptr_array_new_with_free_func(g_free);
	rng_seed(&thread->process.rng, node->world->seed, seed_name);
	g_cond_init(&thread->continued);
	g_free(seed_name);
	return thread;
}

static void start(struct thread *thread)
{
	GError *error = NULL;
	GThread *started = g_thread_try_new("program", run_thread, thread, &error);

	if (started) {
		g_thread_unref(started);
		return;
	}
	thread->has_waited = true;
	self = thread;
	process_say("no thread for it: %s", error->message);
	g_error_free(error);
}

struct process *process_spawn(struct node *node, const char *name, int (*program)(void *argument),
	void *argument, GDestroyNotify free_argument, int64_t start_ns)
{
	struct thread *thread = new_thread(node, name, FIRST_SPAWNED + ++spawned);

	thread->process.program = program;
	thread->process.argument = argument;
	thread->process.free_argument = free_argument;
	thread->start_ns = start_ns;
	start(thread);
	return &thread->process;
}

/* --- for the agent --- */

static const struct {
	const char *does;
	int (*run)(void *config);
} HERE[] = {{"connect", program_connect}, {"source", program_source}, {"request", program_request},
	{"herd", program_herd}, {"serve", program_serve}, {"sink", program_sink},
	{"echo", program_echo}, {"calls", program_calls}};

/* The kernel's twin of a program of the world, or NULL. */
static int (*twin_of(int (*run)(void *config)))(void *config)
{
	for (const struct program_kind *kind = program_kinds; kind->name; kind++)
		for (size_t i = 0; kind->run == run && i < G_N_ELEMENTS(HERE); i++)
			if (strcmp(HERE[i].does, kind->name) == 0)
				return HERE[i].run;
	return NULL;
}

bool kernel_programs_have(int (*run)(void *config))
{
	return twin_of(run);
}

void kernel_programs_start(struct node *node, int socket, uint32_t process, int64_t start_ns)
{
	const struct process *p = node->world->processes->pdata[process];
	struct thread *thread = new_thread(node, p->name, process);

	signal(SIGPIPE, SIG_IGN); /* the world's send() gives EPIPE and no signal */
	messages = socket;
	world_start_ns = start_ns;
	thread->process.program = twin_of(p->program);
	thread->process.argument = p->argument; /* the world's: this process has a copy of all */
	/* Until it waits, as in a world: the order of those that start at one time is the file's. */
	g_mutex_lock(&turn);
	start(thread);
	while (!thread->has_waited)
		g_cond_wait(&waited, &turn);
	g_mutex_unlock(&turn);
}
