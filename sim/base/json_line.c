/* JSON, one object a line: see json_line.h. */
#include "base/json_line.h"

#include <string.h>

void json_line_init(struct json_line *j, FILE *out)
{
	j->out = out;
	j->text = g_string_sized_new(1024);
	j->comma = false;
}

void json_line_clear(struct json_line *j)
{
	g_string_free(j->text, TRUE);
	j->text = NULL;
}

static void put_escape(GString *out, unsigned char c)
{
	static const char SHORT[][3] = {['"'] = "\\\"",
		['\\'] = "\\\\",
		['\b'] = "\\b",
		['\f'] = "\\f",
		['\n'] = "\\n",
		['\r'] = "\\r",
		['\t'] = "\\t"};

	if (c < G_N_ELEMENTS(SHORT) && SHORT[c][0])
		g_string_append(out, SHORT[c]);
	else
		g_string_append_printf(out, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c != '"' && c != '\\' && c < 0x7f;
}

/* UTF-8, with what must not stand in a string escaped. */
static void put_escaped(GString *out, const char *value)
{
	for (; *value; value++) {
		if (is_plain((unsigned char)*value) || (unsigned char)*value > 0x7f)
			g_string_append_c(out, *value);
		else
			put_escape(out, (unsigned char)*value);
	}
}

/* Where the text ends, with room for n bytes more; they are counted as written. */
static char *take_room(GString *out, size_t n)
{
	gsize len = out->len;

	if (len + n < out->allocated_len)
		out->len = len + n;
	else
		g_string_set_size(out, len + n);
	out->str[len + n] = '\0';
	return out->str + len;
}

/* Nearly all that is written is plain ASCII: that goes in at once, between the two quotes. */
static void put_string(GString *out, const char *value)
{
	size_t plain = 0;
	char *at;

	while (is_plain((unsigned char)value[plain]))
		plain++;
	if (!value[plain]) {
		at = take_room(out, plain + 2);
		*at = '"';
		memcpy(at + 1, value, plain);
		at[plain + 1] = '"';
		return;
	}
	g_string_append_c(out, '"');
	if (g_utf8_validate(value, -1, NULL)) {
		put_escaped(out, value);
	} else {
		char *valid = g_utf8_make_valid(value, -1);

		put_escaped(out, valid);
		g_free(valid);
	}
	g_string_append_c(out, '"');
}

static void put_name(struct json_line *j, const char *name)
{
	if (j->comma)
		*take_room(j->text, 1) = ',';
	j->comma = true;
	if (name == NULL)
		return;
	put_string(j->text, name);
	*take_room(j->text, 1) = ':';
}

void json_begin(struct json_line *j, const char *type)
{
	g_string_assign(j->text, "{");
	j->comma = false;
	json_string(j, "type", type);
}

void json_end(struct json_line *j)
{
	g_string_append(j->text, "}\n");
	fwrite(j->text->str, 1, j->text->len, j->out);
}

struct json_line *json_line_new(const char *type)
{
	struct json_line *j = g_new(struct json_line, 1);

	json_line_init(j, NULL);
	g_string_assign(j->text, "{");
	if (type)
		json_string(j, "type", type);
	return j;
}

char *json_line_text(struct json_line *j)
{
	char *text;

	json_close(j, '}');
	text = g_string_free(j->text, FALSE);
	g_free(j);
	return text;
}

void json_line_print(struct json_line *j)
{
	char *text = json_line_text(j);

	puts(text);
	g_free(text);
}

void json_string(struct json_line *j, const char *name, const char *value)
{
	put_name(j, name);
	if (value != NULL)
		put_string(j->text, value);
	else
		g_string_append(j->text, "null");
}

static void put_digits(GString *out, uint64_t value)
{
	char digits[20];
	int at = sizeof(digits);

	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	memcpy(take_room(out, sizeof(digits) - (size_t)at), digits + at,
		sizeof(digits) - (size_t)at);
}

void json_uint(struct json_line *j, const char *name, uint64_t value)
{
	put_name(j, name);
	put_digits(j->text, value);
}

void json_int(struct json_line *j, const char *name, int64_t value)
{
	put_name(j, name);
	if (value < 0)
		g_string_append_c(j->text, '-');
	put_digits(j->text, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_bool(struct json_line *j, const char *name, bool value)
{
	put_name(j, name);
	g_string_append(j->text, value ? "true" : "false");
}

void json_null(struct json_line *j, const char *name)
{
	put_name(j, name);
	g_string_append(j->text, "null");
}

void json_open(struct json_line *j, const char *name, char bracket)
{
	put_name(j, name);
	g_string_append_c(j->text, bracket);
	j->comma = false;
}

void json_close(struct json_line *j, char bracket)
{
	g_string_append_c(j->text, bracket);
	j->comma = true;
}

void json_strings(struct json_line *j, const char *name, const char *const *values)
{
	json_open(j, name, '[');
	for (unsigned i = 0; values && values[i]; i++)
		json_string(j, NULL, values[i]);
	json_close(j, ']');
}

void json_raw(struct json_line *j, const char *name, const char *json)
{
	put_name(j, name);
	g_string_append(j->text, json);
}
