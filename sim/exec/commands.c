/* The commands of a world's file. See commands.h. */
#include "exec/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/command.h"
#include "exec/host.h"
#include "live/names.h"
#include "live/status.h"
#include "process/process.h"
#include "process/programs.h"

#define MOST_LINE 4096

struct commands {
	struct tcpsim_world *world;
	struct drive *drive;
	struct world_starter starter;
	GHashTable *hosts;  /* struct node to struct exec_host: models that commands run on */
	GPtrArray *started; /* struct started */
	char *names;
};

/* One command, from its start on. */
struct started {
	struct commands *commands;
	struct process *process;
	struct exec_command kernel; /* on a kernel host; else pid 0 */
	struct exec_running *running;
	int output; /* what it prints comes out of it; -1: nothing more will */
	GString *line;
};

/* --- what it prints --- */

static void say(const struct started *started, const char *text)
{
	struct tcpsim_world *world = started->commands->world;

	if (world->on_say)
		world->on_say(world->say_context, clock_now(world->clock),
			started->process->node->name, started->process->name, text);
}

static void say_line(struct started *started)
{
	char *text = g_utf8_make_valid(started->line->str, (gssize)started->line->len);

	if (started->line->len)
		say(started, text);
	g_free(text);
	g_string_truncate(started->line, 0);
}

static void take_output(struct started *started, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n' || started->line->len >= MOST_LINE)
			say_line(started);
		if (bytes[i] != '\n' && bytes[i] != '\r')
			g_string_append_c(started->line, bytes[i]);
	}
}

static void close_output(struct started *started)
{
	if (started->output < 0)
		return;
	drive_unwatch(started->commands->drive, started->output);
	close(started->output);
	started->output = -1;
	say_line(started);
}

static void on_output(void *context, int fd, uint32_t events)
{
	struct started *started = context;
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n > 0)
		take_output(started, bytes, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		close_output(started);
}

/* Where it prints to; -1: told why not. */
static int open_output(struct started *started, const struct program_config *config)
{
	int ends[2], file;

	if (config->output) {
		file = open(config->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (file < 0)
			say(started, "its `output` cannot be written");
		return file;
	}
	if (pipe2(ends, O_CLOEXEC) != 0) {
		say(started, "there is no pipe for what it prints");
		return -1;
	}
	started->output = live_high_fd(ends[0]);
	fcntl(started->output, F_SETFL, O_NONBLOCK);
	drive_watch(started->commands->drive, started->output, EPOLLIN, on_output, started);
	return ends[1];
}

/* --- start and end --- */

static void ended(struct started *started, int status)
{
	char *text = live_status_text(status);

	/* What it printed last comes before how it ended; what its children print comes later. */
	if (started->output >= 0)
		on_output(started, started->output, EPOLLIN);
	if (status)
		say(started, text);
	g_free(text);
	process_ended(started->process, live_status_code(status));
}

static void on_program_ended(void *context, struct exec_running *running, int status)
{
	ended(context, status);
}

static void on_kernel_command_ended(void *context, int fd, uint32_t events)
{
	struct started *started = context;
	int status = 0;

	drive_unwatch(started->commands->drive, fd);
	close(fd);
	started->kernel.ended = -1;
	waitpid(started->kernel.pid, &status, 0);
	ended(started, status);
}

static struct exec_host *host_of(struct commands *c, struct node *node, GError **error)
{
	struct exec_host *host = g_hash_table_lookup(c->hosts, node);

	if (!host && (host = exec_host_open(node, c->drive, error)))
		g_hash_table_insert(c->hosts, node, host);
	return host;
}

static bool start_on_kernel(
	struct started *started, const struct program_config *config, int output, GError **error)
{
	struct exec_command_config command = {.host = kernel_host_of(started->process->node),
		.command = config->run,
		.hosts = started->commands->names,
		.output = output};

	return exec_command_start(&command, &started->kernel, error) &&
	       drive_watch(started->commands->drive, started->kernel.ended, EPOLLIN,
		       on_kernel_command_ended, started);
}

static bool start_on_model(
	struct started *started, const struct program_config *config, int output, GError **error)
{
	struct exec_host *host = host_of(started->commands, started->process->node, error);
	char *argv[] = {"sh", "-c", config->run, NULL};
	struct exec_host_program program = {.argv = argv,
		.hosts = started->commands->names,
		.output = output,
		.ended = on_program_ended,
		.context = started};

	started->running = host ? exec_host_run(host, &program, error) : NULL;
	return started->running;
}

/* The world's: its time has come. */
static bool start(void *context, struct process *process)
{
	struct commands *c = context;
	const struct program_config *config = process->argument;
	struct started *started;
	GError *error = NULL;
	int output;
	bool good;

	if (process->program != program_command)
		return false;
	started = g_new0(struct started, 1);
	started->commands = c;
	started->process = process;
	started->output = started->kernel.ended = -1;
	started->line = g_string_new(NULL);
	g_ptr_array_add(c->started, started);
	output = open_output(started, config);
	good = output >= 0 &&
	       (process->node->is_kernel ? start_on_kernel(started, config, output, &error)
					 : start_on_model(started, config, output, &error));
	if (output >= 0)
		close(output);
	if (!good) {
		say(started, error ? error->message : "it was not started");
		g_clear_error(&error);
		process_ended(process, 1);
	}
	return true;
}

/* --- for the run --- */

static void free_started(gpointer pointer)
{
	struct started *started = pointer;

	close_output(started);
	if (started->kernel.ended >= 0) {
		drive_unwatch(started->commands->drive, started->kernel.ended);
		close(started->kernel.ended);
	}
	g_string_free(started->line, TRUE);
	g_free(started);
}

static void *commands_open(struct tcpsim_world *world, struct drive *drive)
{
	struct commands *c = g_new0(struct commands, 1);

	c->world = world;
	c->drive = drive;
	c->hosts = g_hash_table_new(NULL, NULL);
	c->started = g_ptr_array_new_with_free_func(free_started);
	c->names = names_text(world);
	c->starter = (struct world_starter){c, start};
	world->starter = &c->starter;
	exec_programs_adopt();
	return c;
}

/* It waits to be asked: nobody waits for its end. */
static bool is_server(const struct commands *c, const struct started *started)
{
	struct node *node = started->process->node;
	unsigned listeners, connections;

	if (node->is_kernel)
		return exec_command_listens(kernel_host_of(node));
	exec_supervisor_census(exec_host_supervisor(g_hash_table_lookup(c->hosts, node)),
		&listeners, &connections);
	return listeners && !connections;
}

static bool commands_run(void *context)
{
	const struct commands *c = context;
	const GPtrArray *all = c->world->processes;

	for (guint i = 0; i < all->len; i++) {
		const struct process *p = all->pdata[i];

		if (p->program == program_command && !p->started)
			return true;
	}
	for (guint i = 0; i < c->started->len; i++) {
		const struct started *started = c->started->pdata[i];

		if (!started->process->ended && !is_server(c, started))
			return true;
	}
	return false;
}

static void report_cut_off(const struct commands *c)
{
	for (guint i = 0; i < c->started->len; i++) {
		const struct started *started = c->started->pdata[i];

		if (!started->process->ended && !is_server(c, started))
			say(started, "still running, and ended here");
	}
}

static void commands_close(void *context)
{
	struct commands *c = context;
	GHashTableIter each;
	gpointer host;

	report_cut_off(c);
	exec_programs_end_of(c->world); /* while their calls are still told: session.c */
	g_hash_table_iter_init(&each, c->hosts);
	while (g_hash_table_iter_next(&each, NULL, &host))
		exec_host_close(host);
	g_ptr_array_free(c->started, TRUE);
	g_hash_table_destroy(c->hosts);
	g_free(c->names);
	c->world->starter = NULL;
	g_free(c);
}

const struct real_guests exec_commands = {commands_open, commands_run, commands_close};
