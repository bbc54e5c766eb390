/*
 * What tells one script from another: its text, and that of the files it may read and names
 * (`../common/defaults.sh`), and that those name. A name is a word with a dot in it; one that is no
 * file, or none that a script may see (script/shell/files.h), counts for nothing.
 */
#ifndef SCRIPT_SUITE_DIGEST_H
#define SCRIPT_SUITE_DIGEST_H

#include "script/suite/suite.h"

/* To be freed; NULL if it cannot be read. Of a script that names no file it is the MD5 of its
 * text. */
char *suite_digest(const struct suite_script *script);

#endif
