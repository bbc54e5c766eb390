/*
 * The files of the real machine that a script may read, which is all that it sees of it: regular
 * files of at most 1 MB
 *
 *  - below its root: the folder that was named and in which the script was found, or, of a script
 *    that was named itself, the folder it lies in;
 *  - and shell files (*.sh) below a folder called `common` beside the script's folder or beside one
 *    of the three above it: where suites keep what all their scripts share.
 *
 * A link counts as the path that it names. A script that is no file of a folder (a pipe, standard
 * input) sees none.
 */
#ifndef SCRIPT_SHELL_FILES_H
#define SCRIPT_SHELL_FILES_H

#include <glib.h>

struct script_files;

/* root: a folder that `script` begins with, or NULL. script NULL: no file is seen. */
struct script_files *script_files_new(const char *script, const char *root);
void script_files_free(struct script_files *files);
/* The folder that names start at; NULL if there is none. */
const char *script_files_folder(const struct script_files *files);
/* The file's text; NULL, with a line appended to `complaint`, if it may not or cannot be read. */
GString *script_files_read(const struct script_files *files, const char *path, GString *complaint);

#endif
