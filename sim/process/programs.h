/*
 * Ready-made programs: clients and servers that a world's file starts by name. Each is written to
 * the POSIX calls as any program is; what they do is told by process_say.
 */
#ifndef SIM_PROCESS_PROGRAMS_H
#define SIM_PROCESS_PROGRAMS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "world/world.h"

/* Where `to` is, once that was found out. */
struct program_target {
	struct sockaddr_storage addr;
	uint32_t len; /* 0: not yet */
};

struct program_config {
	char *name; /* as its section is called */
	char *run, *output;
	char *host, *does, *to, *bind, *sockopt, *from, *segments, *calls;
	int64_t start_ns, every_ns, think_ns, hold_ns, accept_after_ns, accept_every_ns;
	int64_t linger_ns; /* -1: not set */
	uint32_t port, backlog, count, clients, workers, retry;
	uint64_t bytes, size, reply;
	bool half_close, verify;
	struct program_target *target; /* kept from one connection to the next; may be NULL */
};

void program_config_init(struct program_config *config);
void program_config_clear(struct program_config *config);
/* Starts it, if program_check finds nothing; the config's contents become the program's. */
char *program_start(struct tcpsim_world *world, struct program_config *config);
/* The names `does` may have, and what each does; NULL-terminated. */
struct program_kind {
	const char *name, *help;
	const char *keys; /* that it has beside host, does and start, blanks between */
	int (*run)(void *config);
};
extern const struct program_kind program_kinds[];
/* The keys that it has in a world's file; free with g_strfreev. */
char **program_keys(const struct program_kind *kind);
/* Does any program of the world run a command of the machine? */
bool program_any_command(const struct tcpsim_world *world);

/* --- between the programs' files --- */
const struct program_kind *program_kind(const char *name); /* NULL: none of that name */
/* What to say then; to be freed. */
char *program_unknown_kind(const char *name);
/* "there is no KIND 'NAME': did you mean ...?" (to be freed). */
char *program_unknown_name(const char *what, const char *name, const char *const *names);
/* The name or address of "name:port"; NULL: its port is none. To be freed. */
char *program_split_address(const char *text, uint16_t *port, bool *has_port);
/* Runs a command of the machine as a program of the world (exec/commands.h). */
int program_command(void *config);

/* "name:port", "address:port", "[v6]:port" in the world; -1 with *why set (static). */
int program_address(const struct tcpsim_world *world, const char *text,
	struct sockaddr_storage *out, uint32_t *len, const char **why);
/* What a client's bytes are, from its connection's first on, and what a server answers with
 * (base/pattern.h): checked at every read where `verify` says so. */
enum program_stream { PROGRAM_ASKS, PROGRAM_ANSWERS };
/* An errno's name. */
const char *program_errno(int error);

#endif
