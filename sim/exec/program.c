/* Starting a program under the filter. See program.h. */
#include "exec/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/filter.h"
#include "live/names.h"

G_DEFINE_QUARK(exec - error, exec_error)

/* What the child says of itself, before the program is there: its descriptors' numbers, or why not.
 */
struct report {
	enum { READY, FAILED } kind;
	int notices, device;
	bool is_program; /* it is the program that cannot be run */
	char text[400];
};

/* --- in the child --- */

static void report_failure(int to, bool is_program, const char *format, ...)
	G_GNUC_PRINTF(3, 4) G_GNUC_NORETURN;

static void report_failure(int to, bool is_program, const char *format, ...)
{
	struct report report = {.kind = FAILED, .is_program = is_program};
	va_list args;

	va_start(args, format);
	g_vsnprintf(report.text, sizeof(report.text), format, args);
	va_end(args);
	if (write(to, &report, sizeof(report)) < 0)
		_exit(126);
	_exit(127);
}

static void redirect(int output)
{
	if (output < 0)
		return;
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
}

static void child(const struct exec_program_config *config, int report_to, int go) G_GNUC_NORETURN;

static void child(const struct exec_program_config *config, int report_to, int go)
{
	struct report report = {.kind = READY};
	GError *error = NULL;
	sigset_t none;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0,
		0); /* without us its calls would be told to nobody */
	if (!live_namespace_enter(&error))
		report_failure(report_to, false, "%s", error->message);
	names_set(config->hosts);
	report.device = live_tun_open(&config->device, &error);
	if (report.device < 0)
		report_failure(report_to, false, "%s", error->message);
	redirect(config->output);
	if (getpriority(PRIO_PROCESS, 0) < 0)
		setpriority(PRIO_PROCESS, 0, 0); /* ours is not its own */
	if (config->files)
		setrlimit(RLIMIT_NOFILE, config->files);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		(report.notices = exec_filter_install()) < 0)
		report_failure(report_to, false,
			"this kernel does not tell of a program's calls (seccomp: %s); Linux 5.14 "
			"or later does, outside of another filter",
			g_strerror(errno));
	if (write(report_to, &report, sizeof(report)) != sizeof(report) || read(go, &byte, 1) != 1)
		_exit(126);
	close(report.notices);
	close(report.device);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(config->argv[0], config->argv);
	report_failure(
		report_to, true, "%s: cannot be run: %s", config->argv[0], g_strerror(errno));
}

/* --- here --- */

static bool system_failed(GError **error, const char *what)
{
	g_set_error(error, EXEC_ERROR, EXEC_ERROR_SYSTEM, "%s: %s", what, g_strerror(errno));
	return false;
}

bool exec_program_check(const char *name, GError **error)
{
	char *path = g_find_program_in_path(name);
	struct stat status;
	bool set_uid;

	if (!path) {
		g_set_error(error, EXEC_ERROR, EXEC_ERROR_PROGRAM,
			"there is no program '%s' (in the current folder it is ./%s)", name, name);
		return false;
	}
	set_uid = stat(path, &status) == 0 && status.st_mode & (S_ISUID | S_ISGID);
	if (set_uid)
		g_set_error(error, EXEC_ERROR, EXEC_ERROR_PROGRAM,
			"%s is set-uid, and would run without its privileges here "
			"(no_new_privs): run what it starts, or a copy without that bit",
			path);
	g_free(path);
	return !set_uid;
}

/* Copies of the descriptors that the child has, under the numbers that it told. */
static bool take_descriptors(const struct report *report, struct exec_program *out, GError **error)
{
	out->ended = (int)syscall(SYS_pidfd_open, out->pid, 0);
	if (out->ended < 0)
		return system_failed(error, "a handle of the program (pidfd_open)");
	out->notices = (int)syscall(SYS_pidfd_getfd, out->ended, report->notices, 0);
	out->device = (int)syscall(SYS_pidfd_getfd, out->ended, report->device, 0);
	if (out->notices < 0 || out->device < 0)
		return system_failed(error, "the program's descriptors (pidfd_getfd)");
	out->ended = live_high_fd(out->ended);
	out->notices = live_high_fd(out->notices);
	out->device = live_high_fd(out->device);
	return true;
}

static bool is_failure(const struct report *report, GError **error)
{
	if (report->kind != FAILED)
		return false;
	g_set_error(error, EXEC_ERROR, report->is_program ? EXEC_ERROR_PROGRAM : EXEC_ERROR_SYSTEM,
		"%s", report->text);
	return true;
}

/* The child is ready under its filter; is let go; and either is the program, or tells why not. */
static bool see_off(int reports, int go, struct exec_program *out, GError **error)
{
	struct report report;

	if (read(reports, &report, sizeof(report)) != sizeof(report))
		return system_failed(error, "the program's process ended before it began");
	if (is_failure(&report, error) || !take_descriptors(&report, out, error))
		return false;
	if (write(go, "", 1) != 1)
		return system_failed(error, "the program's process ended before it began");
	return read(reports, &report, sizeof(report)) != sizeof(report) ||
	       !is_failure(&report, error);
}

static void close_all(struct exec_program *program)
{
	int *fds[] = {&program->ended, &program->notices, &program->device};

	for (size_t i = 0; i < G_N_ELEMENTS(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

bool exec_program_start(
	const struct exec_program_config *config, struct exec_program *out, GError **error)
{
	int reports[2], go[2];
	bool good;

	*out = (struct exec_program){-1, -1, -1, -1};
	if (pipe2(reports, O_CLOEXEC) != 0)
		return system_failed(error, "a pipe");
	if (pipe2(go, O_CLOEXEC) != 0) {
		close(reports[0]);
		close(reports[1]);
		return system_failed(error, "a pipe");
	}
	out->pid = fork();
	if (out->pid == 0) {
		close(reports[0]);
		close(go[1]);
		child(config, reports[1], go[0]);
	}
	close(reports[1]);
	close(go[0]);
	good = out->pid > 0 ? see_off(reports[0], go[1], out, error)
			    : system_failed(error, "a process (fork)");
	close(reports[0]);
	close(go[1]);
	if (!good) {
		close_all(out);
		if (out->pid > 0) {
			kill(out->pid, SIGKILL);
			waitpid(out->pid, NULL, 0);
		}
	}
	return good;
}

/* --- ends --- */

void exec_programs_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static pid_t parent_of(const char *process)
{
	char *path = g_strdup_printf("/proc/%s/stat", process), *text = NULL, *after;
	int parent = 0;

	/* "PID (name, whatever it is) STATE PARENT ..." */
	if (g_file_get_contents(path, &text, NULL, NULL)) {
		after = strrchr(text, ')');
		if (!after || sscanf(after + 1, " %*c %d", &parent) != 1)
			parent = 0;
	}
	g_free(text);
	g_free(path);
	return parent;
}

static bool is_spared(const pid_t *spare, pid_t pid)
{
	for (; *spare; spare++) {
		if (*spare == pid)
			return true;
	}
	return false;
}

/* Kills the children that are ours; false: there are none. */
static bool kill_children(const pid_t *spare)
{
	GDir *folder = g_dir_open("/proc", 0, NULL);
	const char *name;
	bool some = false;

	while (folder && (name = g_dir_read_name(folder))) {
		pid_t pid = (pid_t)g_ascii_strtoll(name, NULL, 10);

		if (pid <= 0 || parent_of(name) != getpid() || is_spared(spare, pid))
			continue;
		kill(pid, SIGKILL);
		some |= waitpid(pid, NULL, 0) == pid;
	}
	if (folder)
		g_dir_close(folder);
	return some;
}

/* The children of one that is killed become ours, and are next. */
void exec_programs_end(const pid_t *spare)
{
	while (kill_children(spare))
		;
}
