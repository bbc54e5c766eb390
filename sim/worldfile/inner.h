/* Between the files that read a world's file: its form (file.c), its keys (worldfile/keys.c), its
 * meaning (worldfile/build.c). */
#ifndef SIM_WORLDFILE_INNER_H
#define SIM_WORLDFILE_INNER_H

#include <glib.h>

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

#endif
