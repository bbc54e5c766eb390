/*
 * A program that is a list of calls: `calls = socket; connect server:80; write 100; read; close`.
 */
#ifndef SIM_PROCESS_PROGRAMS_CALLS_H
#define SIM_PROCESS_PROGRAMS_CALLS_H

struct tcpsim_world;

/* What is wrong in that key, or NULL; to be freed. */
char *program_check_calls(const struct tcpsim_world *world, const char *text);
/* A program_kind's `run`, each: `config` is a struct program_config. */
int program_calls(void *config);

#endif
