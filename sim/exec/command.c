/* A command on a kernel host. See command.h. */
#include "exec/command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/program.h"
#include "live/kernel_tables.h"
#include "live/names.h"

static void child(const struct exec_command_config *config) G_GNUC_NORETURN;

static void child(const struct exec_command_config *config)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (!kernel_host_enter(config->host)) {
		fprintf(stderr, "tcpsim: exec: the peer's namespaces: %s\n", g_strerror(errno));
		_exit(126);
	}
	names_set(config->hosts);
	if (config->output >= 0) {
		dup2(config->output, STDOUT_FILENO);
		dup2(config->output, STDERR_FILENO);
	}
	if (getpriority(PRIO_PROCESS, 0) < 0)
		setpriority(PRIO_PROCESS, 0, 0); /* ours is not its own */
	if (config->files)
		setrlimit(RLIMIT_NOFILE, config->files);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/bin/sh", "sh", "-c", config->command, (char *)NULL);
	_exit(127);
}

bool exec_command_start(
	const struct exec_command_config *config, struct exec_command *out, GError **error)
{
	out->ended = -1;
	out->pid = fork();
	if (out->pid == 0)
		child(config);
	if (out->pid > 0)
		out->ended = live_high_fd((int)syscall(SYS_pidfd_open, out->pid, 0));
	if (out->ended >= 0)
		return true;
	g_set_error(error, EXEC_ERROR, EXEC_ERROR_SYSTEM, "no process for '%s': %s",
		config->command, g_strerror(errno));
	if (out->pid > 0) {
		kill(out->pid, SIGKILL);
		waitpid(out->pid, NULL, 0);
	}
	return false;
}

void exec_programs_end_of(const struct tcpsim_world *world)
{
	GArray *spare = g_array_new(TRUE, TRUE, sizeof(pid_t));

	for (guint i = 0; i < world->nodes->len; i++) {
		const struct kernel_host *host = kernel_host_of(world->nodes->pdata[i]);
		pid_t pid = host ? kernel_host_pid(host) : 0;

		if (pid > 0)
			g_array_append_val(spare, pid);
	}
	exec_programs_end((pid_t *)spare->data);
	g_array_free(spare, TRUE);
}

static bool is_no_listener(void *context, enum tcpsim_state state, unsigned long inode)
{
	bool *listens = context;

	*listens = state == TCPSIM_LISTEN;
	return !*listens;
}

bool exec_command_listens(const struct kernel_host *host)
{
	bool listens = false;

	kernel_tables_each(kernel_host_pid(host), is_no_listener, &listens);
	return listens;
}
