/* Programs that put segments on the wire past their host's TCP. */
#ifndef SIM_PROCESS_PROGRAMS_RAW_H
#define SIM_PROCESS_PROGRAMS_RAW_H

/* What is wrong in that key, or NULL; to be freed. */
char *program_check_segments(const char *text);
/* A program_kind's `run`, each: `config` is a struct program_config. */
int program_flood(void *config);
int program_inject(void *config);

#endif
