#include "script/language/parser.h"

#include "script/language/parse_expression.h"
#include "script/language/parse_packet.h"
#include "script/language/parser_state.h"
#include <string.h>

/* Of the whole tree; a script of 40 kB, the largest of the public suites', takes half of one MB. */
#define MOST_BYTES (32 << 20)

/* A packet alone is read with an arrow and a blank before it, which its columns do not count. */
#define ARROW 2

GQuark script_error_quark(void)
{
	return g_quark_from_static_string("script-error");
}

static const char *token_shown(const struct token *token, char *buffer, size_t size)
{
	switch (token->kind) {
	case TOKEN_END: return "the end of the script";
	case TOKEN_STRING:
		g_snprintf(
			buffer, size, "a string \"%.*s\"", (int)MIN(token->len, 30), token->start);
		return buffer;
	case TOKEN_COMMAND:
		g_snprintf(
			buffer, size, "a command `%.*s`", (int)MIN(token->len, 30), token->start);
		return buffer;
	case TOKEN_CODE: return "code %{ }%";
	case TOKEN_OPTION:
		g_snprintf(
			buffer, size, "the option --%.*s", (int)MIN(token->len, 40), token->start);
		return buffer;
	default:
		g_snprintf(buffer, size, "'%.*s'", (int)MIN(token->len, 40), token->start);
		return buffer;
	}
}

bool parser_fail_message(struct parser *p, const struct token *where, const char *format, ...)
{
	va_list args;
	char *message;

	if (p->error == NULL) {
		va_start(args, format);
		message = g_strdup_vprintf(format, args);
		va_end(args);
		if (p->path != NULL)
			g_set_error(&p->error, SCRIPT_ERROR, SCRIPT_ERROR_SYNTAX, "%s:%d:%d: %s",
				p->path, where->line, where->column, message);
		else
			g_set_error(&p->error, SCRIPT_ERROR, SCRIPT_ERROR_SYNTAX, "column %d: %s",
				MAX(where->column - ARROW, 1), message);
		g_free(message);
	}
	p->token.kind = TOKEN_END;
	p->lexer.at = p->lexer.end;
	return false;
}

bool parser_fail(struct parser *p, const struct token *where, const char *expected)
{
	char shown[80];
	struct token copy = *where;

	if (copy.kind == TOKEN_BAD)
		return parser_fail_message(p, &copy, "expected %s, found none", copy.error);
	return parser_fail_message(p, &copy, "expected %s, found %s", expected,
		copy.kind == TOKEN_END && p->path == NULL
			? "the end of the packet"
			: token_shown(&copy, shown, sizeof(shown)));
}

/* -D NAME=value: the word stands for a string, a command, a number or another word. */
static void substitute(struct parser *p)
{
	const char *value;
	struct lexer inner;
	struct token found;
	char *word;

	if (p->defines == NULL || p->token.kind != TOKEN_WORD)
		return;
	word = g_strndup(p->token.start, p->token.len);
	value = g_hash_table_lookup(p->defines, word);
	g_free(word);
	if (value == NULL || *value == '\0')
		return;
	value = arena_text(p->arena, value, strlen(value));
	lexer_init(&inner, value, strlen(value));
	lexer_next(&inner, &found);
	found.line = p->token.line;
	found.column = p->token.column;
	found.origin = p->token.origin;
	p->token = found;
}

void parser_advance(struct parser *p)
{
	if (p->error == NULL && arena_used(p->arena) > MOST_BYTES)
		parser_fail_message(p, &p->token,
			"the script takes more than %d MB to read; split it", MOST_BYTES >> 20);
	if (p->error != NULL) {
		p->token.kind = TOKEN_END;
		return;
	}
	lexer_next(&p->lexer, &p->token);
	if (p->token.kind == TOKEN_BAD)
		parser_fail(p, &p->token, "");
	substitute(p);
}

bool parser_is_char(const struct parser *p, char c)
{
	return p->token.kind == TOKEN_CHAR && p->token.start[0] == c;
}

bool parser_is_word(const struct parser *p, const char *word)
{
	return p->token.kind == TOKEN_WORD && strlen(word) == p->token.len &&
	       memcmp(p->token.start, word, p->token.len) == 0;
}

bool parser_accept_char(struct parser *p, char c)
{
	if (!parser_is_char(p, c))
		return false;
	parser_advance(p);
	return true;
}

bool parser_accept_word(struct parser *p, const char *word)
{
	if (!parser_is_word(p, word))
		return false;
	parser_advance(p);
	return true;
}

bool parser_accept(struct parser *p, enum token_kind kind)
{
	if (p->token.kind != kind)
		return false;
	parser_advance(p);
	return true;
}

bool parser_expect_char(struct parser *p, char c)
{
	char what[4] = {'\'', c, '\'', '\0'};

	return parser_accept_char(p, c) || parser_fail(p, &p->token, what);
}

bool parser_expect_word(struct parser *p, const char *word)
{
	return parser_accept_word(p, word) || parser_fail(p, &p->token, word);
}

const char *parser_token_text(struct parser *p)
{
	return arena_text(p->arena, p->token.start, p->token.len);
}

const char *parser_expect_text(struct parser *p, enum token_kind kind, const char *what)
{
	const char *text;

	if (p->token.kind != kind) {
		parser_fail(p, &p->token, what);
		return "";
	}
	text = parser_token_text(p);
	parser_advance(p);
	return text;
}

int64_t parser_expect_number(struct parser *p, const char *what, int64_t low, int64_t high)
{
	struct token token = p->token;

	if (token.kind != TOKEN_INTEGER && token.kind != TOKEN_HEX) {
		parser_fail(p, &token, what);
		return low;
	}
	if (token.integer < low || token.integer > high) {
		parser_fail_message(p, &token,
			"%s must lie between %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT
			", found %.*s",
			what, low, high, (int)token.len, token.start);
		return low;
	}
	parser_advance(p);
	return token.integer;
}

/* Seconds with a fraction -> nanoseconds, to the microsecond as the language has it. */
static int64_t parse_time(struct parser *p)
{
	struct token token = p->token;
	int64_t seconds = 0, micros = 0, unit = 100000;
	size_t i = 0;

	if (token.kind != TOKEN_FLOAT && token.kind != TOKEN_INTEGER) {
		parser_fail(p, &token, "a time in seconds");
		return 0;
	}
	if (token.start[0] == '-') {
		parser_fail(p, &token, "a time that is not negative");
		return 0;
	}
	for (; i < token.len && token.start[i] != '.' && seconds < 1000000000; i++)
		seconds = seconds * 10 + (token.start[i] - '0');
	if (seconds >= 1000000000) {
		parser_fail(p, &token, "a time under a thousand million seconds");
		return 0;
	}
	for (i++; i < token.len; i++, unit /= 10)
		micros += (token.start[i] - '0') * unit;
	parser_advance(p);
	return (seconds * 1000000 + micros) * SCRIPT_NS_PER_US;
}

static void parse_event_time(struct parser *p, struct script_event *event)
{
	bool relative;

	if (parser_accept_char(p, '*')) {
		event->time = TIME_ANY;
		return;
	}
	relative = parser_accept_char(p, '+');
	event->time = relative ? TIME_RELATIVE : TIME_ABSOLUTE;
	event->time_ns = parse_time(p);
	if (!parser_accept_char(p, '~'))
		return;
	if (relative)
		parser_expect_char(p, '+');
	event->time = relative ? TIME_RELATIVE_RANGE : TIME_ABSOLUTE_RANGE;
	event->time_end_ns = parse_time(p);
}

/* A text in parentheses: (Operation now in progress), (flags O_RDWR). */
static const char *parse_note(struct parser *p)
{
	struct token token;
	const char *text;

	if (!parser_is_char(p, '('))
		return NULL;
	lexer_until(&p->lexer, ')', &token);
	if (token.kind == TOKEN_BAD) {
		parser_fail(p, &p->token, "a text in parentheses");
		return NULL;
	}
	text = g_strstrip(arena_text(p->arena, token.start, token.len));
	parser_advance(p);
	parser_expect_char(p, ')');
	return text;
}

static void parse_call(struct parser *p, struct script_call *call)
{
	if (parser_accept(p, TOKEN_ELLIPSIS)) {
		call->blocking = true;
		call->end_ns = parse_time(p);
	}
	call->name =
		parser_expect_text(p, TOKEN_WORD, "a packet, a system call, a command or code");
	parser_expect_char(p, '(');
	call->args = parse_arguments(p, ')');
	parser_expect_char(p, '=');
	call->result = parse_expression(p);
	if (p->token.kind == TOKEN_WORD) {
		call->error = parser_token_text(p);
		parser_advance(p);
		call->error_note = parse_note(p);
	}
	call->note = parse_note(p);
}

static bool outbound_packet(const struct script_event *event)
{
	return event->kind == EVENT_PACKET && event->packet.outbound;
}

static void check_event_time(
	struct parser *p, const struct token *at, const struct script_event *event)
{
	bool range = event->time == TIME_ABSOLUTE_RANGE || event->time == TIME_RELATIVE_RANGE;

	if (parser_failed(p))
		return;
	if (range && event->time_end_ns < event->time_ns)
		parser_fail_message(
			p, at, "the range of times runs backwards; give the earlier one first");
	if (event->time == TIME_ANY && !outbound_packet(event))
		parser_fail_message(p, at, "the time * is only for outbound packets; give a time");
	if (range && !outbound_packet(event))
		parser_fail_message(
			p, at, "a range of times is only for outbound packets; give one time");
}

static struct script_event *parse_event(struct parser *p, const char *condition)
{
	struct script_event *event = arena_take(p->arena, sizeof(*event));
	struct token at = p->token;

	event->line = at.line;
	event->condition = condition;
	parse_event_time(p, event);
	if (parser_is_char(p, '<') || parser_is_char(p, '>')) {
		event->kind = EVENT_PACKET;
		parse_packet(p, &event->packet);
	} else if (p->token.kind == TOKEN_COMMAND || p->token.kind == TOKEN_CODE) {
		event->kind = p->token.kind == TOKEN_CODE ? EVENT_CODE : EVENT_COMMAND;
		event->text = parser_token_text(p);
		parser_advance(p);
	} else {
		event->kind = EVENT_CALL;
		parse_call(p, &event->call);
	}
	check_event_time(p, &at, event);
	return event;
}

static void parse_option(struct parser *p, struct script_option ***tail)
{
	struct script_option *option = arena_take(p->arena, sizeof(*option));
	struct token value;

	option->line = p->token.line;
	option->name = parser_token_text(p);
	parser_advance(p);
	if (parser_is_char(p, '=')) {
		lexer_value(&p->lexer, &value);
		option->value = arena_text(p->arena, value.start, value.len);
		if (value.len == 0)
			parser_fail(p, &value, "a value");
		parser_advance(p);
	}
	**tail = option;
	*tail = &option->next;
}

/* --define=NAME=value works from the next word on. */
static void apply_defines(struct parser *p, const struct script *script)
{
	const struct script_option *option;

	for (option = script->options; option != NULL; option = option->next) {
		const char *equals = option->value != NULL ? strchr(option->value, '=') : NULL;

		if (strcmp(option->name, "define") != 0 || equals == NULL || p->defines == NULL)
			continue;
		g_hash_table_insert(p->defines,
			g_strndup(option->value, (gsize)(equals - option->value)),
			g_strdup(equals + 1));
	}
	if (p->token.kind == TOKEN_WORD)
		substitute(p);
}

static const char *parse_condition(struct parser *p, const char *current)
{
	if (current != NULL) {
		parser_fail_message(
			p, &p->token, "an #ifdef within another; end the first with #endif");
		return current;
	}
	parser_advance(p);
	return parser_expect_text(p, TOKEN_WORD, "the name that #ifdef asks for");
}

static void parse_events(struct parser *p, struct script *script)
{
	struct script_event **tail = &script->events;
	const char *condition = NULL;

	while (p->token.kind != TOKEN_END) {
		if (p->token.kind == TOKEN_IFDEF) {
			condition = parse_condition(p, condition);
		} else if (p->token.kind == TOKEN_ENDIF) {
			if (condition == NULL)
				parser_fail_message(
					p, &p->token, "an #endif without its #ifdef; remove it");
			condition = NULL;
			parser_advance(p);
		} else if (p->token.kind == TOKEN_COMMAND && script->events != NULL) {
			break;
		} else {
			*tail = parse_event(p, condition);
			tail = &(*tail)->next;
		}
	}
	if (condition != NULL)
		parser_fail(p, &p->token, "the #endif of the last #ifdef");
}

static void parse_script(struct parser *p, struct script *script)
{
	struct script_option **options = &script->options;

	parser_advance(p);
	while (p->token.kind == TOKEN_OPTION)
		parse_option(p, &options);
	apply_defines(p, script);
	if (p->token.kind == TOKEN_COMMAND) {
		script->init_line = p->token.line;
		script->init_command = parser_token_text(p);
		parser_advance(p);
	}
	if (p->token.kind == TOKEN_END)
		parser_fail(p, &p->token, "an event (a time, and what happens then)");
	parse_events(p, script);
	if (p->token.kind == TOKEN_COMMAND) {
		script->cleanup_line = p->token.line;
		script->cleanup_command = parser_token_text(p);
		parser_advance(p);
	}
	if (p->token.kind != TOKEN_END)
		parser_fail(p, &p->token, "the end of the script after the command that cleans up");
}

/* Texts of the tree are C strings. */
static bool refuse_nul(struct parser *p, const char *text, size_t len)
{
	const char *nul = memchr(text, '\0', len);
	struct token at = {.line = 1, .column = 1};

	if (nul == NULL)
		return true;
	for (; text < nul; text++) {
		at.line += *text == '\n';
		at.column = *text == '\n' ? 1 : at.column + 1;
	}
	return parser_fail_message(
		p, &at, "a NUL byte; a script is text (write \\x00 in a string)");
}

struct script *script_parse(
	const char *path, const char *text, size_t len, GHashTable *defines, GError **error)
{
	struct arena *arena = arena_new();
	struct script *script = arena_take(arena, sizeof(*script));
	struct parser p = {.arena = arena, .defines = defines};

	script->arena = arena;
	script->path = arena_text(arena, path, strlen(path));
	script->source = arena_text(arena, text, len);
	script->source_len = len;
	p.path = script->path;
	lexer_init(&p.lexer, script->source, len);
	if (refuse_nul(&p, text, len))
		parse_script(&p, script);
	if (p.error == NULL)
		return script;
	g_propagate_error(error, p.error);
	arena_free(arena);
	return NULL;
}

struct script *script_parse_packet(const char *text, bool outbound, GError **error)
{
	struct arena *arena = arena_new();
	struct script *script = arena_take(arena, sizeof(*script));
	char *line = g_strconcat(outbound ? "> " : "< ", text, NULL);
	struct parser p = {.arena = arena};

	script->arena = arena;
	script->source_len = strlen(line);
	script->source = arena_text(arena, line, script->source_len);
	g_free(line);
	script->events = arena_take(arena, sizeof(*script->events));
	script->events->kind = EVENT_PACKET;
	lexer_init(&p.lexer, script->source, script->source_len);
	parser_advance(&p);
	parse_packet(&p, &script->events->packet);
	if (p.token.kind != TOKEN_END)
		parser_fail(&p, &p.token, "the end of the packet");
	if (p.error == NULL)
		return script;
	g_propagate_error(error, p.error);
	arena_free(arena);
	return NULL;
}

void script_free(struct script *script)
{
	if (script != NULL)
		arena_free(script->arena);
}
