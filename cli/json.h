/*
 * One JSON object a line, as every --json writes it: begin, members in the order given, end. The
 * builder is json-glib's; this only keeps the two conventions (a `type` first, one line) in one
 * place.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <json-glib/json-glib.h>

/* A builder that stands inside an object whose "type" is `type`. */
JsonBuilder *json_line_begin(const char *type);
/* The same without a type: an object within other text. */
JsonBuilder *json_object_begin(void);
void json_line_string(JsonBuilder *line, const char *name, const char *value); /* NULL: null */
void json_line_int(JsonBuilder *line, const char *name, gint64 value);
void json_line_bool(JsonBuilder *line, const char *name, gboolean value);
/* A NULL-terminated list of strings. */
void json_line_strings(JsonBuilder *line, const char *name, const char *const *values);
/* Ends the object and frees the builder; its text, without a line end (to be freed). */
char *json_line_text(JsonBuilder *line);
/* Ends the object, writes it and a line end to standard output, frees the builder. */
void json_line_end(JsonBuilder *line);

#endif
