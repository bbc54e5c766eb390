/* The one writer of JSON, held against json-glib: as text where both write, and as what it reads. */
#include "base/json_line.h"

#include <criterion/criterion.h>
#include <json-glib/json-glib.h>

/* The same two members by json-glib; to be freed. */
static char *by_json_glib(const char *name, const char *value)
{
	JsonBuilder *builder = json_builder_new();
	JsonNode *root;
	char *text;

	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, name);
	json_builder_add_string_value(builder, value);
	json_builder_end_object(builder);
	root = json_builder_get_root(builder);
	text = json_to_string(root, FALSE);
	json_node_unref(root);
	g_object_unref(builder);
	return text;
}

static void writes_as_json_glib(const char *name, const char *value)
{
	struct json_line *line = json_line_new(NULL);
	char *expected = by_json_glib(name, value), *text;

	json_string(line, name, value);
	text = json_line_text(line);
	cr_expect_str_eq(text, expected);
	g_free(text);
	g_free(expected);
}

/* All but 0x1f, which json-glib 1.6 leaves as it is, against RFC 8259 §7. */
Test(json_line, every_ascii_character_is_escaped_as_json_glib_does)
{
	struct json_line *line = json_line_new(NULL);
	char *text;

	for (int c = 1; c <= 0x7f; c++) {
		const char value[] = {'a', (char)c, 'b', '\0'};

		if (c != 0x1f)
			writes_as_json_glib("name", value);
	}
	json_string(line, "name", "\x1f");
	text = json_line_text(line);
	cr_expect_str_eq(text, "{\"name\":\"\\u001f\"}");
	g_free(text);
}

/* json-glib's builder writes a name as it is. */
Test(json_line, a_name_is_read_as_it_was_given)
{
	static const char *const NAMES[] = {"link \"a\":loss", "back\\slash", "line\nend", "größe"};

	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		struct json_line *line = json_line_new(NULL);
		JsonNode *node;
		char *text;

		json_int(line, NAMES[i], 7);
		text = json_line_text(line);
		node = json_from_string(text, NULL);
		cr_assert_not_null(node, "%s", text);
		cr_expect_eq(json_object_get_int_member(json_node_get_object(node), NAMES[i]), 7);
		json_node_unref(node);
		g_free(text);
	}
}

Test(json_line, utf8_stays_as_it_is)
{
	writes_as_json_glib("größe", "日本 \"é\"\n");
	writes_as_json_glib("", "");
}

Test(json_line, bytes_that_are_no_utf8_become_the_replacement_character)
{
	struct json_line *line = json_line_new(NULL);
	char *text;

	json_string(line, "file", "a\xff\"b");
	text = json_line_text(line);
	cr_expect_str_eq(text, "{\"file\":\"a\xef\xbf\xbd\\\"b\"}");
	g_free(text);
}

Test(json_line, members_and_values_stand_in_order_with_commas_between)
{
	static const char *const WORDS[] = {"a", "b", NULL};
	struct json_line *line = json_line_new("kind");
	char *text;

	json_int(line, "least", INT64_MIN);
	json_uint(line, "most", UINT64_MAX);
	json_bool(line, "yes", true);
	json_null(line, "none");
	json_string(line, "no_text", NULL);
	json_open(line, "inside", '{');
	json_strings(line, "words", WORDS);
	json_strings(line, "no_words", NULL);
	json_close(line, '}');
	json_open(line, "list", '[');
	json_int(line, NULL, 0);
	json_raw(line, NULL, "{\"x\":1.5}");
	json_close(line, ']');
	text = json_line_text(line);
	cr_expect_str_eq(text, "{\"type\":\"kind\",\"least\":-9223372036854775808,"
			       "\"most\":18446744073709551615,\"yes\":true,\"none\":null,"
			       "\"no_text\":null,\"inside\":{\"words\":[\"a\",\"b\"],"
			       "\"no_words\":[]},\"list\":[0,{\"x\":1.5}]}");
	g_free(text);
}

Test(json_line, a_line_grows_and_is_written_whole_each_time)
{
	char *bytes = NULL, *value = g_strnfill(5000, 'x');
	size_t len = 0;
	FILE *out = open_memstream(&bytes, &len);
	struct json_line line;

	json_line_init(&line, out);
	for (int i = 0; i < 2; i++) {
		json_begin(&line, "long");
		json_string(&line, "value", value);
		json_end(&line);
	}
	json_line_clear(&line);
	fclose(out);
	cr_expect_eq(len, 2 * (sizeof("{\"type\":\"long\",\"value\":\"\"}\n") - 1 + 5000));
	cr_expect_eq(memcmp(bytes, bytes + len / 2, len / 2), 0);
	g_free(value);
	free(bytes);
}
