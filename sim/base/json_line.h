/*
 * JSON written as it comes, one object a line: all that the program writes of it (reading is
 * json-glib's, docs/decisions/0015-one-json-writer.md). A report of a million connections builds no
 * tree. Members stand in the order they are given. Strings are escaped by RFC 8259 §7; bytes that
 * are no UTF-8 (a file's name) become U+FFFD.
 *
 * A line has a stream and lives as long as its writer (json_line_init), or is one of its own
 * (json_line_new), which goes to standard output or becomes a text.
 */
#ifndef SIM_BASE_JSON_LINE_H
#define SIM_BASE_JSON_LINE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_line {
	FILE *out;
	GString *text; /* the line so far */
	bool comma;    /* the next member or value needs one in front */
};

void json_line_init(struct json_line *j, FILE *out);
void json_line_clear(struct json_line *j);

/* A line of type `type`: {"type":"..." */
void json_begin(struct json_line *j, const char *type);
/* Closes the line and writes it. */
void json_end(struct json_line *j);

/* A line of its own, begun; type NULL: an object without one, for within other text. */
struct json_line *json_line_new(const char *type);
/* Closes it, writes it to standard output and frees it. */
void json_line_print(struct json_line *j);
/* Closes it and frees it; its text without a line's end (to be freed). */
char *json_line_text(struct json_line *j);

/* Members; name NULL inside an array. */
void json_string(struct json_line *j, const char *name, const char *value); /* NULL: null */
void json_int(struct json_line *j, const char *name, int64_t value);
void json_uint(struct json_line *j, const char *name, uint64_t value);
void json_bool(struct json_line *j, const char *name, bool value);
void json_null(struct json_line *j, const char *name);
/* A NULL-terminated list of strings; NULL: an empty one. */
void json_strings(struct json_line *j, const char *name, const char *const *values);
/* What is JSON already. */
void json_raw(struct json_line *j, const char *name, const char *json);
void json_open(struct json_line *j, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json_line *j, char bracket);		     /* '}' or ']' */

#endif
