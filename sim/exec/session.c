/* A program, its peers and their world by the real clock. See session.h. */
#include "exec/session.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/command.h"
#include "exec/host.h"
#include "live/names.h"
#include "live/status.h"
#include "time_units.h"
#include "world/build.h"

#define LOOK_EVERY_NS INT64_C(20000000)
#define PATIENCE_NS   INT64_C(10000000000) /* for a peer that is to listen; on a busy machine some */
#define SOON_NS	      NSEC_PER_SEC
#define SILENCE_NS    INT64_C(3000000000) /* take long to start: then it is said what is waited for */
#define CLOSING_NS    INT64_C(2000000000) /* for connections to close */
#define GRACE_NS      INT64_C(5000000000) /* between SIGTERM and SIGKILL */
#define MOST_COMMANDS 2

enum stage { AWAITING_PEER, RUNNING, ENDING, CLOSING, OVER };

struct session {
	const struct exec_session_config *config;
	struct exec_session_result *result;
	struct drive *drive;
	struct exec_host *host;
	struct kernel_host *peer;
	struct exec_running *program;
	struct exec_command command[MOST_COMMANDS]; /* before, client */
	unsigned n_commands, commands_ended;
	int command_status; /* of the one that ended last */
	bool client_started, program_ended, said_that_it_waits;
	char *hosts;
	int signals;
	enum stage stage;
	int64_t stage_since_ns;
	struct clock_event look;
	struct rlimit files; /* as it was before */
	GError *error;
};

static int64_t now_ns(const struct session *s)
{
	return clock_now(s->config->world->clock);
}

static void enter(struct session *s, enum stage stage)
{
	s->stage = stage;
	s->stage_since_ns = now_ns(s);
	if (stage == OVER)
		drive_stop(s->drive);
}

static void say(struct session *s, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void say(struct session *s, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	s->config->say(s->config->say_context, text);
	g_free(text);
}

/* --- commands of the peer --- */

static void on_command_ended(void *context, int fd, uint32_t events)
{
	struct session *s = context;

	for (unsigned i = 0; i < s->n_commands; i++) {
		struct exec_command *command = &s->command[i];
		int status = 0;

		if (command->ended != fd)
			continue;
		drive_unwatch(s->drive, fd);
		close(fd);
		command->ended = -1;
		waitpid(command->pid, &status, 0);
		command->pid = 0;
		s->commands_ended++;
		s->command_status = status;
		if (status) {
			char *text = live_status_text(status);

			say(s, "the command on %s: %s", s->config->peer->name, text);
			g_free(text);
		}
	}
}

static bool start_command(struct session *s, const char *text, GError **error)
{
	struct exec_command *command = &s->command[s->n_commands];

	struct exec_command_config config = {.host = s->peer,
		.command = text,
		.hosts = s->hosts,
		.output = -1,
		.files = &s->files};

	if (!exec_command_start(&config, command, error))
		return false;
	s->n_commands++;
	drive_watch(s->drive, command->ended, EPOLLIN, on_command_ended, s);
	return true;
}

/* Nobody is on the peer yet: its user may want to be. */
static void print_way_in(struct session *s)
{
	const struct exec_session_config *config = s->config;

	if (config->print_way_in && s->peer && !config->before && !config->client)
		say(s, "a shell on %s: nsenter %s-n -t %d", config->peer->name,
			geteuid() == 0 ? "" : "--preserve-credentials -U ",
			(int)kernel_host_pid(s->peer));
}

/* --- the program --- */

static void on_program_ended(void *context, struct exec_running *running, int status)
{
	struct session *s = context;

	s->program_ended = true;
	/* One that only listened was ended by us: what its peer says of it counts. */
	s->result->status =
		s->stage == ENDING && !s->result->interrupted ? s->command_status : status;
}

static bool start_program(struct session *s)
{
	struct exec_host_program program = {.argv = s->config->argv,
		.hosts = s->hosts,
		.output = -1,
		.files = &s->files,
		.ended = on_program_ended,
		.context = s};

	print_way_in(s);
	s->program = exec_host_run(s->host, &program, &s->error);
	enter(s, s->program ? RUNNING : OVER);
	return s->program;
}

static void signal_program(struct session *s, int number)
{
	if (s->program && !s->program_ended)
		kill(exec_running_pid(s->program), number);
}

/* --- the course of it --- */

static bool waited(const struct session *s, int64_t time_ns)
{
	return now_ns(s) - s->stage_since_ns >= time_ns;
}

static bool more_to_say(void *context, const struct tcpsim_socket_row *row)
{
	bool *open = context;

	*open |= row->state != TCPSIM_LISTEN && row->state != TCPSIM_CLOSED &&
		 row->state != TCPSIM_TIME_WAIT;
	return !*open;
}

static bool connections_open(const struct session *s)
{
	bool open = false;

	tcpsim_host_each_socket(s->config->host->host, more_to_say, &open);
	return open;
}

/* Nobody who could talk to the program is left, and it has nobody to talk to. */
static bool only_listens(const struct session *s)
{
	unsigned listeners, connections;
	bool all_ended = s->n_commands && s->commands_ended == s->n_commands &&
			 (!s->config->client || s->client_started);

	exec_supervisor_census(exec_host_supervisor(s->host), &listeners, &connections);
	return all_ended && listeners && !connections;
}

static void start_client(struct session *s)
{
	unsigned listeners, connections;

	if (!s->config->client || s->client_started)
		return;
	exec_supervisor_census(exec_host_supervisor(s->host), &listeners, &connections);
	if (!listeners)
		return;
	s->client_started = true;
	if (!start_command(s, s->config->client, &s->error))
		enter(s, OVER);
}

static void look_while_running(struct session *s)
{
	start_client(s);
	if (s->stage == OVER)
		return;
	if (s->program_ended && !exec_running_lives(s->program)) {
		enter(s, CLOSING);
	} else if (only_listens(s)) {
		signal_program(s, SIGTERM);
		enter(s, ENDING);
	}
}

static void look_while_waiting(struct session *s)
{
	if (!s->config->before || exec_command_listens(s->peer) || s->commands_ended ||
		waited(s, PATIENCE_NS)) {
		start_program(s);
	} else if (waited(s, SILENCE_NS) && !s->said_that_it_waits) {
		s->said_that_it_waits = true;
		say(s,
			"the command on %s does not listen yet: the program starts when it does, "
			"or "
			"in %d s",
			s->config->peer->name, (int)((PATIENCE_NS - SILENCE_NS) / 1000000000));
	}
}

static void take_look(struct session *s)
{
	switch (s->stage) {
	case AWAITING_PEER: look_while_waiting(s); break;
	case RUNNING: look_while_running(s); break;
	case ENDING:
		if (waited(s, GRACE_NS))
			signal_program(s, SIGKILL);
		if (s->program_ended)
			enter(s, CLOSING);
		break;
	case CLOSING:
		if (!connections_open(s) || waited(s, CLOSING_NS))
			enter(s, OVER);
		break;
	case OVER: break;
	}
}

static void on_look(struct clock_event *event, int64_t now)
{
	struct session *s = (struct session *)((char *)event - offsetof(struct session, look));

	take_look(s);
	/* Who listens is asked of the kernel's tables, which are long. */
	if (s->stage != OVER)
		clock_at(s->config->world->clock, event,
			now + (s->stage == AWAITING_PEER && waited(s, SOON_NS) ? 10 : 1) *
					LOOK_EVERY_NS);
}

/* The first time everybody is asked to end, the second time nobody is. */
static void on_signal(void *context, int fd, uint32_t events)
{
	struct session *s = context;
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (s->result->interrupted) {
		enter(s, OVER);
		return;
	}
	s->result->interrupted = true;
	if (!s->program) {
		enter(s, OVER);
		return;
	}
	signal_program(s, info.ssi_signo == SIGINT ? SIGINT : SIGTERM);
	enter(s, ENDING);
}

/* --- before and after --- */

static bool watch_signals(struct session *s, sigset_t *before)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	sigprocmask(SIG_BLOCK, &wanted, before);
	s->signals = live_high_fd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
	return s->signals >= 0 && drive_watch(s->drive, s->signals, EPOLLIN, on_signal, s);
}

static bool open_all(struct session *s, sigset_t *signals, GError **error)
{
	const struct exec_session_config *config = s->config;

	world_build(config->world);
	/* Who is told of each packet that a kernel takes in has it take in one at a time. */
	config->world->offload =
		!config->world->on_event && tcpsim_host_profile(config->host->host)->super_segments;
	s->drive = drive_new(config->world, error);
	if (!s->drive || !kernel_hosts_open(config->world, s->drive, error))
		return false;
	s->host = exec_host_open(config->host, s->drive, error);
	if (!s->host)
		return false;
	exec_supervisor_on_say(exec_host_supervisor(s->host), config->say, config->say_context);
	s->peer = config->peer ? kernel_host_of(config->peer) : NULL;
	s->hosts = names_text(config->world);
	exec_programs_adopt();
	if (!watch_signals(s, signals)) {
		g_set_error(error, EXEC_ERROR, EXEC_ERROR_SYSTEM, "signals: %s", g_strerror(errno));
		return false;
	}
	return !config->before || start_command(s, config->before, error);
}

static void close_all(struct session *s, const sigset_t *signals)
{
	for (unsigned i = 0; s->drive && i < s->n_commands; i++) {
		if (s->command[i].ended < 0)
			continue;
		drive_unwatch(s->drive, s->command[i].ended);
		close(s->command[i].ended);
	}
	clock_cancel(s->config->world->clock, &s->look);
	/* While their calls are still told: one that waits is to die in it, not to hear ENOSYS. */
	exec_programs_end_of(s->config->world);
	exec_host_close(s->host);
	kernel_hosts_close(s->config->world);
	if (s->signals >= 0) {
		drive_unwatch(s->drive, s->signals);
		close(s->signals);
	}
	sigprocmask(SIG_SETMASK, signals, NULL);
	drive_free(s->drive);
	g_free(s->hosts);
}

/* Each socket of a program costs a descriptor here; programs have their own limit. */
static void raise_limit(struct rlimit *before)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, before) != 0)
		return;
	most = *before;
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
}

bool exec_session_run(const struct exec_session_config *config, struct exec_session_result *result,
	GError **error)
{
	struct session s = {.config = config, .result = result, .signals = -1};
	sigset_t signals;
	int priority = drive_hurry();
	bool good;

	*result = (struct exec_session_result){.status = -1};
	sigprocmask(SIG_SETMASK, NULL, &signals);
	raise_limit(&s.files);
	good = open_all(&s, &signals, error);
	if (good) {
		s.look.fire = on_look;
		clock_at(config->world->clock, &s.look, 0);
		drive_run(s.drive, INT64_MAX);
		kernel_hosts_look(config->world);
		result->wall_ns = now_ns(&s);
		result->counts = *exec_supervisor_counts(exec_host_supervisor(s.host));
		result->lateness = *drive_lateness(s.drive);
	}
	close_all(&s, &signals);
	drive_relax(priority);
	setrlimit(RLIMIT_NOFILE, &s.files);
	if (s.error)
		g_propagate_error(error, s.error);
	return good && !s.error;
}
