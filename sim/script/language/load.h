/* Scripts as files: read with a limit, and below the folder they were found in. */
#ifndef SCRIPT_LANGUAGE_LOAD_H
#define SCRIPT_LANGUAGE_LOAD_H

#include <glib.h>

struct script;

/*
 * load.c: the text of a script's file, at most 1 MB. `root` is the folder in which it was found,
 * out of which no link may lead; NULL: it was named itself, and may be a pipe.
 */
GString *script_text(const char *path, const char *root, GError **error);
/* Reads, then parses. */
struct script *script_load(const char *path, const char *root, GHashTable *defines, GError **error);

#endif
