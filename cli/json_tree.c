/* Trees of json-glib's, as lines. See json_tree.h. */
#include "json_tree.h"

#include <math.h>
#include <string.h>

void json_double(struct json_line *line, const char *name, double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE + sizeof(".0")];

	if (isnan(value)) {
		json_null(line, name);
		return;
	}
	g_ascii_dtostr(text, sizeof(text), value);
	if (!strpbrk(text, ".e")) /* so that it is read as what it is */
		strcat(text, ".0");
	json_raw(line, name, text);
}

void json_tree_members(struct json_line *line, JsonObject *object)
{
	JsonObjectIter i;
	const char *name;
	JsonNode *member;

	json_object_iter_init_ordered(&i, object);
	while (json_object_iter_next_ordered(&i, &name, &member))
		json_tree(line, name, member);
}

static void put_array(struct json_line *line, const char *name, JsonArray *array)
{
	json_open(line, name, '[');
	for (guint i = 0; i < json_array_get_length(array); i++)
		json_tree(line, NULL, json_array_get_element(array, i));
	json_close(line, ']');
}

static void put_value(struct json_line *line, const char *name, JsonNode *node)
{
	GType type = json_node_get_value_type(node);

	if (type == G_TYPE_STRING)
		json_string(line, name, json_node_get_string(node));
	else if (type == G_TYPE_BOOLEAN)
		json_bool(line, name, json_node_get_boolean(node));
	else if (type == G_TYPE_DOUBLE)
		json_double(line, name, json_node_get_double(node));
	else
		json_int(line, name, json_node_get_int(node));
}

void json_tree(struct json_line *line, const char *name, JsonNode *node)
{
	switch (json_node_get_node_type(node)) {
	case JSON_NODE_OBJECT:
		json_open(line, name, '{');
		json_tree_members(line, json_node_get_object(node));
		json_close(line, '}');
		break;
	case JSON_NODE_ARRAY: put_array(line, name, json_node_get_array(node)); break;
	case JSON_NODE_VALUE: put_value(line, name, node); break;
	case JSON_NODE_NULL: json_null(line, name); break;
	}
}
