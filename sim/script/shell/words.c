#include "script/shell/words.h"
#include "script/shell/shell.h"

#include "script/python/eval.h"
#include <string.h>

#define MOST_WORD 65536

/* Longest first. */
static const char *const OPERATORS[] = {"2>&1", "1>&2", "2>>", "&>>", "&&", "||", ";;", ">>", "2>",
	"1>", "&>", ">&", "|", ";", "&", ">", "<", "(", ")", NULL};

void shell_lexer_init(struct shell_lexer *lexer, struct shell *shell, const char *text)
{
	*lexer = (struct shell_lexer){.shell = shell, .at = text};
	shell_lexer_next(lexer);
}

void shell_lexer_clear(struct shell_lexer *lexer)
{
	g_free(lexer->word);
	g_free(lexer->error);
	lexer->word = NULL;
	lexer->error = NULL;
}

static void fail(struct shell_lexer *lexer, const char *what)
{
	if (lexer->error == NULL)
		lexer->error = g_strdup(what);
	lexer->at += strlen(lexer->at);
}

void shell_lexer_end(struct shell_lexer *lexer)
{
	g_clear_pointer(&lexer->word, g_free);
	lexer->at += strlen(lexer->at);
	lexer->kind = SHELL_END;
}

/* $((15*1024*1024)): the evaluator's expressions; names are variables. */
static void arithmetic(struct shell_lexer *lexer, GString *out)
{
	const char *end = strstr(lexer->at, "))");
	struct eval_scope *scope = eval_scope_new();
	GHashTableIter iter;
	gpointer name, value;
	GString *printed = g_string_new(NULL);
	char *text, *code, *message = NULL;
	int line;

	if (end == NULL) {
		fail(lexer, "$(( has no ))");
		eval_scope_free(scope);
		g_string_free(printed, TRUE);
		return;
	}
	text = g_strndup(lexer->at, (gsize)(end - lexer->at));
	g_strdelimit(text, "$", ' ');
	code = g_strdup_printf("print((%s))", text);
	g_hash_table_iter_init(&iter, lexer->shell->variables);
	while (g_hash_table_iter_next(&iter, &name, &value))
		eval_set_integer(scope, name, g_ascii_strtoll(value, NULL, 0));
	if (eval_run(scope, code, printed, &message, &line) != EVAL_OK)
		fail(lexer, "an expression in $(( )) that is no number");
	g_string_append(out, g_strchomp(printed->str));
	lexer->at = lexer->error == NULL ? end + 2 : lexer->at;
	g_free(message);
	g_free(code);
	g_free(text);
	g_string_free(printed, TRUE);
	eval_scope_free(scope);
}

/* $(command): its output without the last line ends. */
static void substitution(struct shell_lexer *lexer, GString *out)
{
	const char *end = lexer->at;
	GString *printed;
	char *text;
	int open = 1;

	while (*end != '\0' && open > 0) {
		open += (*end == '(') - (*end == ')');
		end++;
	}
	if (open > 0) {
		fail(lexer, "$( has no )");
		return;
	}
	text = g_strndup(lexer->at, (gsize)(end - lexer->at - 1));
	printed = g_string_new(NULL);
	lexer->at = end;
	if (shell_enter(lexer->shell))
		shell_run_inner(lexer->shell, text, printed, lexer->shell->errors);
	lexer->shell->nesting--;
	g_string_append(out, g_strchomp(printed->str));
	g_string_free(printed, TRUE);
	g_free(text);
}

/* $NAME, ${NAME}, $((...)), $(...); the dollar has been read. */
static void expand(struct shell_lexer *lexer, GString *out)
{
	const char *start = lexer->at, *value;
	bool braces = *start == '{';
	size_t len;
	char *name;

	if (strncmp(lexer->at, "((", 2) == 0) {
		lexer->at += 2;
		arithmetic(lexer, out);
		return;
	}
	if (*lexer->at == '(') {
		lexer->at++;
		substitution(lexer, out);
		return;
	}
	start += braces;
	len = strspn(start, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	if (len == 0 && (*start == '?' || *start == '$'))
		len = 1;
	if (len == 0) {
		g_string_append_c(out, '$');
		return;
	}
	name = g_strndup(start, len);
	value = g_hash_table_lookup(lexer->shell->variables, name);
	g_string_append(out, value != NULL ? value : "");
	g_free(name);
	lexer->at = start + len;
	if (braces && *lexer->at == '}')
		lexer->at++;
	else if (braces)
		fail(lexer, "${NAME} alone is known, not its longer forms");
}

static void double_quoted(struct shell_lexer *lexer, GString *out)
{
	while (*lexer->at != '\0' && *lexer->at != '"') {
		if (*lexer->at == '\\' && strchr("\"\\$`\n", lexer->at[1]) != NULL &&
			lexer->at[1] != '\0') {
			if (lexer->at[1] != '\n')
				g_string_append_c(out, lexer->at[1]);
			lexer->at += 2;
		} else if (*lexer->at == '$') {
			lexer->at++;
			expand(lexer, out);
		} else {
			g_string_append_c(out, *lexer->at++);
		}
	}
	if (*lexer->at == '"')
		lexer->at++;
	else
		fail(lexer, "a double quote is not closed");
}

static void single_quoted(struct shell_lexer *lexer, GString *out)
{
	const char *end = strchr(lexer->at, '\'');

	if (end == NULL) {
		fail(lexer, "a quote is not closed");
		return;
	}
	g_string_append_len(out, lexer->at, end - lexer->at);
	lexer->at = end + 1;
}

static bool ends_word(char c)
{
	return c == '\0' || strchr(" \t\n;|&<>()", c) != NULL;
}

/* X=$X$X doubles with each command. */
static void check_word(struct shell_lexer *lexer, const GString *out)
{
	if (out->len > MOST_WORD)
		fail(lexer, "a word of more than 64 kB");
	else
		shell_spend(lexer->shell, out->len);
}

static void word(struct shell_lexer *lexer)
{
	GString *out = g_string_new(NULL);

	lexer->kind = SHELL_WORD;
	lexer->quoted = false;
	while (!ends_word(*lexer->at)) {
		char c = *lexer->at++;

		if (c == '"' || c == '\'')
			lexer->quoted = true;
		if (c == '"')
			double_quoted(lexer, out);
		else if (c == '\'')
			single_quoted(lexer, out);
		else if (c == '$')
			expand(lexer, out);
		else if (c == '\\' && *lexer->at == '\n')
			lexer->at++;
		else if (c == '\\' && *lexer->at != '\0')
			g_string_append_c(out, *lexer->at++);
		else
			g_string_append_c(out, c);
		if (out->len > MOST_WORD)
			break;
	}
	check_word(lexer, out);
	lexer->word = g_string_free(out, FALSE);
}

static bool operator_here(struct shell_lexer *lexer)
{
	for (int i = 0; OPERATORS[i] != NULL; i++) {
		if (!g_str_has_prefix(lexer->at, OPERATORS[i]))
			continue;
		lexer->kind = SHELL_OPERATOR;
		lexer->op = OPERATORS[i];
		lexer->at += strlen(OPERATORS[i]);
		return true;
	}
	return false;
}

void shell_lexer_next(struct shell_lexer *lexer)
{
	g_clear_pointer(&lexer->word, g_free);
	for (;;) {
		if (*lexer->at == ' ' || *lexer->at == '\t' || *lexer->at == '\r')
			lexer->at++;
		else if (lexer->at[0] == '\\' && lexer->at[1] == '\n')
			lexer->at += 2;
		else if (*lexer->at == '#')
			lexer->at += strcspn(lexer->at, "\n");
		else
			break;
	}
	if (*lexer->at == '\0') {
		lexer->kind = SHELL_END;
	} else if (*lexer->at == '\n') {
		lexer->at++;
		lexer->kind = SHELL_NEWLINE;
	} else if (!operator_here(lexer)) {
		word(lexer);
	}
}
