/*
 * Tree -> text, in one canonical form: an event a line, times without trailing zeros, one blank
 * between words. Parsing what is printed gives the same tree (line numbers apart), and printing
 * that gives the same text. Comments are not part of the tree and do not survive.
 */
#ifndef SCRIPT_LANGUAGE_FORMAT_H
#define SCRIPT_LANGUAGE_FORMAT_H

#include "script/language/ast.h"
#include <glib.h>

/* Each appends to `out`. */
void format_script(const struct script *script, GString *out);
void format_expression(const struct script_expr *expr, GString *out);
void format_call(const struct script_call *call, GString *out);
void format_seconds(int64_t ns, GString *out);

#endif
