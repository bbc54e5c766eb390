/* What is wrong with a program, before anything runs. */
#ifndef SIM_PROCESS_PROGRAMS_CHECK_H
#define SIM_PROCESS_PROGRAMS_CHECK_H

#include <stdbool.h>

struct program_config;
struct tcpsim_world;

/*
 * What is wrong with it (to be freed), with *key the key at fault or NULL if one is missing; NULL
 * if nothing is. All names it may speak of must be there, but addresses need not be given yet.
 */
char *program_check(
	const struct tcpsim_world *world, const struct program_config *config, const char **key);
/* Is it a ready-made one that ends by itself? */
bool program_is_client(int (*run)(void *config));
/* What is wrong in that key, or NULL; to be freed. */
char *program_check_address(
	const struct tcpsim_world *world, const char *text, bool is_destination);

#endif
