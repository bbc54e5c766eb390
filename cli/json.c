/* JSON lines: see json.h. */
#include "json.h"

#include <stdio.h>

JsonBuilder *json_object_begin(void)
{
	JsonBuilder *object = json_builder_new();

	json_builder_begin_object(object);
	return object;
}

JsonBuilder *json_line_begin(const char *type)
{
	JsonBuilder *line = json_object_begin();

	json_line_string(line, "type", type);
	return line;
}

void json_line_string(JsonBuilder *line, const char *name, const char *value)
{
	json_builder_set_member_name(line, name);
	if (value)
		json_builder_add_string_value(line, value);
	else
		json_builder_add_null_value(line);
}

void json_line_int(JsonBuilder *line, const char *name, gint64 value)
{
	json_builder_set_member_name(line, name);
	json_builder_add_int_value(line, value);
}

void json_line_bool(JsonBuilder *line, const char *name, gboolean value)
{
	json_builder_set_member_name(line, name);
	json_builder_add_boolean_value(line, value);
}

void json_line_strings(JsonBuilder *line, const char *name, const char *const *values)
{
	json_builder_set_member_name(line, name);
	json_builder_begin_array(line);
	for (unsigned i = 0; values && values[i]; i++)
		json_builder_add_string_value(line, values[i]);
	json_builder_end_array(line);
}

char *json_line_text(JsonBuilder *line)
{
	json_builder_end_object(line);
	JsonNode *root = json_builder_get_root(line);
	char *text = json_to_string(root, FALSE);

	json_node_unref(root);
	g_object_unref(line);
	return text;
}

void json_line_end(JsonBuilder *line)
{
	char *text = json_line_text(line);

	puts(text);
	g_free(text);
}
