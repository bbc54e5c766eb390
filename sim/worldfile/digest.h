/* What a world's file says, and the profiles beside it, as one short word. */
#ifndef SIM_WORLDFILE_DIGEST_H
#define SIM_WORLDFILE_DIGEST_H

struct world_file;

/* A word that is the same for files that say the same, comments apart, and another one for all others;
 * the profiles that it takes from files count with what they say. To be freed. */
char *world_file_digest(const struct world_file *file);

#endif
