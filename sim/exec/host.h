/*
 * Unmodified programs on a model's host of a world that runs by the real clock: their TCP is the
 * host's (supervisor.h), whatever else they send goes by a device of their namespace onto the
 * host's links, and what comes for them goes in by it.
 *
 * The world is built by then. The drive, the world and its nodes outlive it; exec_host_close()
 * kills what still runs.
 */
#ifndef SIM_EXEC_HOST_H
#define SIM_EXEC_HOST_H

#include <glib.h>
#include <sys/types.h>

#include "exec/program.h"
#include "exec/supervisor.h"
#include "live/drive.h"

struct exec_host;
struct exec_running;

/* The program itself has ended (what it started may still run), with that wait() status. */
typedef void (*exec_ended_fn)(void *context, struct exec_running *running, int status);

/* NULL and *error. */
struct exec_host *exec_host_open(struct node *node, struct drive *drive, GError **error);
void exec_host_close(struct exec_host *host);
struct exec_supervisor *exec_host_supervisor(const struct exec_host *host);

/*
 * Starts the program: argv, hosts, output and files as struct exec_program_config has them. NULL and
 * *error. What it gives lives until exec_host_close().
 */
struct exec_host_program {
	char *const *argv;
	const char *hosts;
	int output;
	const struct rlimit *files;
	exec_ended_fn ended;
	void *context;
};
struct exec_running *exec_host_run(
	struct exec_host *host, const struct exec_host_program *program, GError **error);
pid_t exec_running_pid(const struct exec_running *running);
/* Does any process still run that came from it? */
bool exec_running_lives(const struct exec_running *running);

#endif
