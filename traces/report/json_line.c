/* JSON, one object a line: see json_line.h. */
#include "traces/report/json_line.h"

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

static void put_escaped(GString *out, const char *value)
{
	for (const char *p = value; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"' || c == '\\') {
			g_string_append_c(out, '\\');
			g_string_append_c(out, *p);
		} else if (c == '\n') {
			g_string_append(out, "\\n");
		} else if (c == '\t') {
			g_string_append(out, "\\t");
		} else if (c < 0x20) {
			g_string_append_printf(out, "\\u%04x", c);
		} else {
			g_string_append_c(out, *p);
		}
	}
}

static void put_string(GString *out, const char *value)
{
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
		g_string_append_c(j->text, ',');
	j->comma = true;
	if (name == NULL)
		return;
	g_string_append_c(j->text, '"');
	g_string_append(j->text, name);
	g_string_append(j->text, "\":");
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
	g_string_append_len(out, digits + at, (gssize)sizeof(digits) - at);
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
