/* Ready-made servers. See programs.h. */
#ifndef SIM_PROCESS_PROGRAMS_SERVER_H
#define SIM_PROCESS_PROGRAMS_SERVER_H

/* A program_kind's `run`, each: `config` is a struct program_config. */
int program_serve(void *config);
int program_sink(void *config);
int program_echo(void *config);

#endif
