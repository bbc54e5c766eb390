/* Between the files that read a world's file: its form (file.c), its keys (worldfile/keys.c), its
 * meaning (worldfile/build.c). */
#ifndef SIM_WORLDFILE_INNER_H
#define SIM_WORLDFILE_INNER_H

#include "worldfile/file.h"

enum section { WORLD, HOST, ROUTER, SWITCH, LINK, PROGRAM, N_SECTIONS };
extern const char *const file_section[]; /* their names, NULL-terminated */

struct entry {
	guint line;
	char *key, *value;
};

struct part {
	enum section section;
	guint line;
	char *name[2];
	GArray *entries;  /* struct entry */
	GHashTable *keys; /* of the entries: key to line */
};

struct world_file {
	char *path;
	GPtrArray *parts; /* struct part */
};

/* Makes "FILE:LINE: ..." of it, if there is no error yet; without the place if path is NULL. */
void file_complain(char **error, const char *path, guint line, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
/* "did you mean ...?", or where to look; *made is to be freed. */
const char *file_near(const char *typed, const char *const *names, char **made);

/* The file of a profile that is named by its file: counted from the world's folder. To be freed. */
char *file_profile_path(const struct world_file *file, const char *name);

/* Sets one key; NULL, or what is wrong (to be freed). */
char *file_set_key(enum section section, void *target, const char *name, const char *value);
char *file_set_link_key(struct world_link *link, const char *name, const char *value);
void file_init_link(struct world_link *link);
/* A setting of the node's profile, a sysctl of its system; NULL, or what is wrong (to be freed). */
char *file_set_setting(struct node *node, const char *name, const char *value);
char *file_set_sysctl(struct node *node, const char *name, const char *value);
/* "sysctl.NAME" and the like: a key with a name of one's own choice behind it. */
bool file_is_pattern(const char *key);
/* Keys near that one, of any section; NULL: none (to be freed). */
char *file_near_key(const char *name);
bool file_may_have(const struct part *part, const char *key);
/* Has a program that does this that key? NULL, or what is wrong (to be freed). */
char *file_check_program_key(const char *does, const char *key);

#endif
