/* From a world's file to a world. */
#ifndef SIM_WORLDFILE_BUILD_H
#define SIM_WORLDFILE_BUILD_H

#include <stdint.h>

struct tcpsim_world;
struct world_file;
struct world_settings;

/* The seed that the file names, or 1. */
uint64_t world_file_seed(const struct world_file *file);
/* NULL and an error. `seed` NULL: the file's. settings, if not NULL, is to be cleared by the
 * caller. */
struct tcpsim_world *world_file_build(const struct world_file *file, const uint64_t *seed,
	struct world_settings *settings, char **error);
/* The same for one who can drive it by the real clock: hosts may be the kernel's, and with one of
 * those in it (world_first_kernel) it must be. */
struct tcpsim_world *world_file_build_real(const struct world_file *file, const uint64_t *seed,
	struct world_settings *settings, char **error);
/* The file of a profile that is named by its file: counted from the world's folder. To be freed. */
char *file_profile_path(const struct world_file *file, const char *name);

#endif
