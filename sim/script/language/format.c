#include "script/language/format.h"
#include "script/language/format_packet.h"

#include <string.h>
#include <tcpsim/segment.h>

void format_seconds(int64_t ns, GString *out)
{
	int64_t micros = ns / SCRIPT_NS_PER_US;
	char fraction[8];
	int len = 6;

	g_string_append_printf(out, "%" G_GINT64_FORMAT, micros / 1000000);
	g_snprintf(fraction, sizeof(fraction), "%06d", (int)(micros % 1000000));
	while (len > 0 && fraction[len - 1] == '0')
		len--;
	if (len > 0)
		g_string_append_printf(out, ".%.*s", len, fraction);
}

static void format_string(const char *bytes, size_t len, GString *out)
{
	g_string_append_c(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '"' || c == '\\')
			g_string_append_printf(out, "\\%c", c);
		else if (g_ascii_isprint(c))
			g_string_append_c(out, (char)c);
		else
			g_string_append_printf(out, "\\x%02x", c);
	}
	g_string_append_c(out, '"');
}

static void format_list(const struct script_expr *first, GString *out)
{
	for (const struct script_expr *expr = first; expr != NULL; expr = expr->next) {
		if (expr != first)
			g_string_append(out, ", ");
		format_expression(expr, out);
	}
}

static void format_struct(const struct script_field *first, GString *out)
{
	g_string_append_c(out, '{');
	for (const struct script_field *field = first; field != NULL; field = field->next) {
		if (field != first)
			g_string_append(out, ", ");
		if (field->name != NULL) {
			g_string_append(out, field->name);
			if (field->count != NULL) {
				g_string_append_c(out, '(');
				format_expression(field->count, out);
				g_string_append_c(out, ')');
			}
			g_string_append_c(out, '=');
		}
		format_expression(field->value, out);
	}
	g_string_append_c(out, '}');
}

static void format_pair(const struct script_expr *expr, const char *op, GString *out)
{
	format_expression(expr->pair.left, out);
	g_string_append(out, op);
	format_expression(expr->pair.right, out);
}

void format_expression(const struct script_expr *expr, GString *out)
{
	switch (expr->kind) {
	case EXPR_ELLIPSIS: g_string_append(out, "..."); break;
	case EXPR_INTEGER:
		g_string_append_printf(out,
			expr->integer.hex ? "0x%" G_GINT64_MODIFIER "x" : "%" G_GINT64_FORMAT,
			expr->integer.value);
		break;
	case EXPR_WORD: g_string_append(out, expr->word); break;
	case EXPR_STRING:
		format_string(expr->string.bytes, expr->string.len, out);
		if (expr->string.open)
			g_string_append(out, "...");
		break;
	case EXPR_OR: format_pair(expr, "|", out); break;
	case EXPR_ASSIGN: format_pair(expr, "=", out); break;
	case EXPR_LIST:
		g_string_append_c(out, '[');
		format_list(expr->list, out);
		g_string_append_c(out, ']');
		break;
	case EXPR_STRUCT: format_struct(expr->fields, out); break;
	case EXPR_CALL:
		g_string_append_printf(out, "%s(", expr->call.name);
		format_list(expr->call.args, out);
		g_string_append_c(out, ')');
		break;
	}
}

void format_call(const struct script_call *call, GString *out)
{
	g_string_append_printf(out, "%s(", call->name);
	format_list(call->args, out);
	g_string_append(out, ") = ");
	format_expression(call->result, out);
	if (call->error != NULL)
		g_string_append_printf(out, " %s", call->error);
	if (call->error_note != NULL)
		g_string_append_printf(out, " (%s)", call->error_note);
	if (call->note != NULL)
		g_string_append_printf(out, " (%s)", call->note);
}

static void format_event_time(const struct script_event *event, GString *out)
{
	bool relative = event->time == TIME_RELATIVE || event->time == TIME_RELATIVE_RANGE;

	if (event->time == TIME_ANY) {
		g_string_append(out, "* ");
		return;
	}
	if (relative)
		g_string_append_c(out, '+');
	format_seconds(event->time_ns, out);
	if (event->time == TIME_ABSOLUTE_RANGE || event->time == TIME_RELATIVE_RANGE) {
		g_string_append(out, relative ? "~+" : "~");
		format_seconds(event->time_end_ns, out);
	}
	if (event->kind == EVENT_CALL && event->call.blocking) {
		g_string_append(out, "...");
		format_seconds(event->call.end_ns, out);
	}
	g_string_append_c(out, ' ');
}

static void format_event(const struct script_event *event, GString *out)
{
	format_event_time(event, out);
	switch (event->kind) {
	case EVENT_PACKET: format_packet(&event->packet, out); break;
	case EVENT_CALL: format_call(&event->call, out); break;
	case EVENT_COMMAND: g_string_append_printf(out, "`%s`", event->text); break;
	case EVENT_CODE: g_string_append_printf(out, "%%{%s}%%", event->text); break;
	}
	g_string_append_c(out, '\n');
}

void format_script(const struct script *script, GString *out)
{
	const char *condition = NULL;

	for (const struct script_option *option = script->options; option != NULL;
		option = option->next) {
		g_string_append_printf(out, "--%s", option->name);
		if (option->value != NULL)
			g_string_append_printf(out, "=%s", option->value);
		g_string_append_c(out, '\n');
	}
	if (script->init_command != NULL)
		g_string_append_printf(out, "`%s`\n", script->init_command);
	for (const struct script_event *event = script->events; event != NULL;
		event = event->next) {
		if (event->condition != condition && condition != NULL)
			g_string_append(out, "#endif\n");
		if (event->condition != condition && event->condition != NULL)
			g_string_append_printf(out, "#ifdef %s\n", event->condition);
		condition = event->condition;
		format_event(event, out);
	}
	if (condition != NULL)
		g_string_append(out, "#endif\n");
	if (script->cleanup_command != NULL)
		g_string_append_printf(out, "`%s`\n", script->cleanup_command);
}
