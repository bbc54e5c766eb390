/*
 * One run of a world for the sake of a program: the program on a model's host, commands of its
 * peers on kernel hosts, until it is over. What is told afterwards is the caller's.
 *
 * Over is it when the program, and what it started, has ended; or when every command of the peers
 * has ended and the program only listens; or when it is interrupted. Connections then have a moment
 * to close; what still runs is ended.
 */
#ifndef SIM_EXEC_SESSION_H
#define SIM_EXEC_SESSION_H

#include <glib.h>
#include <stdint.h>

#include "exec/supervisor.h"
#include "live/drive.h"
#include "world/world.h"

struct exec_session_config {
	struct tcpsim_world *world; /* built by the session */
	struct node *host;	    /* a model's, where the program runs */
	char *const *argv;	    /* the program */
	struct node *peer;	    /* a kernel host, where the commands run; NULL: none */
	const char *before; /* a command that is to listen before the program starts; NULL: none */
	const char *client; /* one that starts once the program listens; NULL: none */
	bool print_way_in;  /* say how a shell gets onto the peer, where no command runs there */
	exec_say_fn say;    /* what a user should know, one line */
	void *say_context;
};

struct exec_session_result {
	int status; /* of the program, as wait() has it; if it only listened, of its peer's command */
	bool interrupted;
	int64_t wall_ns;
	struct exec_counts counts;
	struct drive_lateness lateness;
};

/* False and *error: it could not be begun. */
bool exec_session_run(const struct exec_session_config *config, struct exec_session_result *result,
	GError **error);

#endif
