/*
 * Text -> tree. One grammar for both dialects, by recursive descent; each function reads what its
 * name says.
 *
 * Errors are sticky: the first one is kept with its place and what was expected, and from then on
 * every token is the end of the text, so that no function needs a way out of its own.
 * script_parse() hands it out as a GError whose message is `FILE:LINE:COLUMN: expected WHAT, found
 * WHAT`.
 */
#ifndef SCRIPT_LANGUAGE_PARSER_H
#define SCRIPT_LANGUAGE_PARSER_H

#include "script/language/ast.h"
#include <glib.h>

#define SCRIPT_ERROR script_error_quark()
GQuark script_error_quark(void);
enum script_error {
	SCRIPT_ERROR_READ,    /* the file could not be read */
	SCRIPT_ERROR_SYNTAX,  /* the text is not in the language */
	SCRIPT_ERROR_SETTING, /* an option has a value it cannot have */
};

/*
 * `defines` maps words to what stands for them (-D NAME=value), as text in the forms the language
 * has: "string", `command`, a number or another word. May be NULL. The script owns a copy of the
 * text.
 */
struct script *script_parse(
	const char *path, const char *text, size_t len, GHashTable *defines, GError **error);
/*
 * load.c: the text of a script's file, at most 1 MB. `root` is the folder in which it was found,
 * out of which no link may lead; NULL: it was named itself, and may be a pipe.
 */
GString *script_text(const char *path, const char *root, GError **error);
/* Reads, then parses. */
struct script *script_load(const char *path, const char *root, GHashTable *defines, GError **error);
/* One packet without its arrow, `S. 0:0(0) ack 1 win 65535`: the script has it as its only event.
 * An error's message begins with the place, `column N: `. */
struct script *script_parse_packet(const char *text, bool outbound, GError **error);
void script_free(struct script *script);

#endif
