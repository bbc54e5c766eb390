/* Ready-made clients. See programs.h. */
#ifndef SIM_PROCESS_PROGRAMS_CLIENT_H
#define SIM_PROCESS_PROGRAMS_CLIENT_H

/* A program_kind's `run`, each: `config` is a struct program_config. */
int program_connect(void *config);
int program_source(void *config);
int program_request(void *config);
int program_herd(void *config);

#endif
