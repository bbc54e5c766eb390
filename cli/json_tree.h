/* What json-glib read or counts in floating point, written as base/json_line.h writes. */
#ifndef CLI_JSON_TREE_H
#define CLI_JSON_TREE_H

#include <json-glib/json-glib.h>

#include "base/json_line.h"

/* A value and all that is in it; name NULL inside an array. */
void json_tree(struct json_line *line, const char *name, JsonNode *node);
/* The object's members, into an object that is begun. */
void json_tree_members(struct json_line *line, JsonObject *object);
/* NaN: null. */
void json_double(struct json_line *line, const char *name, double value);

#endif
