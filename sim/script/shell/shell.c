/*
 * Lists, pipes, redirections: read and run in one pass. A part that must not run (behind a false
 * &&, in the branch not taken) is read with `skip` set.
 */
#include "script/shell/shell.h"
#include "script/shell/store.h"

#include "base/near.h"
#include "script/shell/words.h"
#include <string.h>

#define MAX_DEPTH   8
#define MAX_NESTING 16
#define MOST_SPENT  (32 << 20)

static void string_free(void *data)
{
	g_string_free(data, TRUE);
}

struct shell *shell_new(struct tcpsim_host *host, int interface, const char *device,
	const struct script_files *real_files)
{
	struct shell *shell = g_new0(struct shell, 1);

	shell->host = host;
	shell->interface = interface;
	shell->device = device;
	shell->real_files = real_files;
	shell->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, string_free);
	shell->variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	shell->counted = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	shell->exit_status = -1;
	shell->errors = g_string_new(NULL);
	/* One name for each run: nothing of the real process shows. */
	g_hash_table_insert(shell->variables, g_strdup("PPID"), g_strdup("1"));
	g_hash_table_insert(shell->variables, g_strdup("PACKETDRILL_PID"), g_strdup("1"));
	return shell;
}

void shell_free(struct shell *shell)
{
	if (shell == NULL)
		return;
	g_hash_table_unref(shell->files);
	g_hash_table_unref(shell->variables);
	g_hash_table_unref(shell->counted);
	g_string_free(shell->errors, TRUE);
	g_free(shell->fault);
	g_free(shell);
}

void shell_fault(struct shell *shell, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (shell->fault == NULL)
		shell->fault = g_strdup_vprintf(format, args);
	va_end(args);
}

bool shell_spend(struct shell *shell, size_t bytes)
{
	shell->spent += MIN(bytes, (size_t)MOST_SPENT + 1);
	if (shell->spent <= MOST_SPENT)
		return true;
	shell_fault(shell, "the script's commands read, print and expand more than %d MB in all",
		MOST_SPENT >> 20);
	return false;
}

/* exit, or a fault: what stands behind is read and not run. */
static bool is_over(const struct shell *shell)
{
	return shell->exit_status >= 0 || shell->fault != NULL;
}

int shell_complain(struct shell_io *io, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_append_vprintf(io->err, format, args);
	va_end(args);
	g_string_append_c(io->err, '\n');
	return 1;
}

/* Where a command's two streams go. NULL: where they went before. */
struct redirection {
	char *out_path, *err_path, *in_path;
	bool out_append, err_append;
	bool err_to_out, out_to_err;
};

static void redirection_clear(struct redirection *r)
{
	g_free(r->out_path);
	g_free(r->err_path);
	g_free(r->in_path);
}

bool shell_enter(struct shell *shell)
{
	if (++shell->nesting <= MAX_NESTING)
		return true;
	shell_fault(shell, "commands are nested more than %d deep", MAX_NESTING);
	return false;
}

static const struct shell_command *find_in(const struct shell_command *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

static const struct shell_command *find_command(const char *name)
{
	const struct shell_command *command = find_in(SHELL_TEXT_COMMANDS, name);

	if (command == NULL)
		command = find_in(SHELL_SYSTEM_COMMANDS, name);
	return command != NULL ? command : find_in(SHELL_NET_COMMANDS, name);
}

static int unknown_command(const char *name, struct shell_io *io)
{
	const struct shell_command *tables[] = {
		SHELL_TEXT_COMMANDS, SHELL_SYSTEM_COMMANDS, SHELL_NET_COMMANDS};
	GPtrArray *names = g_ptr_array_new();
	char *near;

	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		for (const struct shell_command *command = tables[i]; command->name != NULL;
			command++)
			g_ptr_array_add(names, (gpointer)command->name);
	g_ptr_array_add(names, NULL);
	near = near_names(name, (const char *const *)names->pdata, 3);
	shell_complain(io,
		"%s is not a command of the simulated host%s%s (--allow-shell runs real programs)",
		name, near != NULL ? "; did you mean " : "", near != NULL ? near : "");
	g_free(near);
	g_ptr_array_unref(names);
	return 127;
}

/* A real program, only with --allow-shell. */
static int real_program(struct shell *shell, char **argv, struct shell_io *io)
{
	char *out = NULL, *err = NULL;
	GError *error = NULL;
	int status = 0;

	const char *folder =
		shell->real_files != NULL ? script_files_folder(shell->real_files) : NULL;

	if (!g_spawn_sync(folder, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status,
		    &error)) {
		shell_complain(io, "%s: %s", argv[0], error->message);
		g_error_free(error);
		return 127;
	}
	g_string_append(io->out, out);
	g_string_append(io->err, err);
	g_free(out);
	g_free(err);
	return status == 0 ? 0 : 1;
}

/* The text of a file that is named as a command. */
static int script_file(struct shell *shell, const char *path, struct shell_io *io)
{
	GString *text = shell_read_file(shell, path, io->err);
	int status;

	if (text == NULL)
		return 127;
	if (shell->depth >= MAX_DEPTH) {
		g_string_free(text, TRUE);
		return shell_complain(
			io, "%s: files call each other more than %d deep", path, MAX_DEPTH);
	}
	shell->depth++;
	status = shell_run_inner(shell, text->str, io->out, io->err);
	shell->depth--;
	g_string_free(text, TRUE);
	return status;
}

static int run_words(struct shell *shell, GPtrArray *words, struct shell_io *io)
{
	char **argv = (char **)words->pdata;
	const char *slash = strrchr(argv[0], '/'), *base = slash != NULL ? slash + 1 : argv[0];
	const struct shell_command *command = find_command(base);

	if (shell->system != NULL) {
		int status = shell->system->program(shell, (int)words->len - 1, argv, io);

		if (status >= 0)
			return status;
	}
	/* /bin/rm is rm; ./set_sysctls.py is built in under that name. */
	if (command != NULL)
		return command->run(shell, (int)words->len - 1, argv, io);
	if (slash != NULL &&
		(g_str_has_suffix(base, ".sh") || g_hash_table_contains(shell->files, argv[0])))
		return script_file(shell, argv[0], io);
	if (shell->allow_programs)
		return real_program(shell, argv, io);
	return unknown_command(argv[0], io);
}

static bool is_assignment(const char *word)
{
	size_t len =
		strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

	return len > 0 && word[len] == '=' && !g_ascii_isdigit(word[0]);
}

static void assign(struct shell *shell, const char *word)
{
	const char *equals = strchr(word, '=');

	g_hash_table_insert(
		shell->variables, g_strndup(word, (gsize)(equals - word)), g_strdup(equals + 1));
}

static char *take_path(struct shell_lexer *lexer)
{
	char *path;

	shell_lexer_next(lexer);
	if (lexer->kind != SHELL_WORD) {
		if (lexer->error == NULL)
			lexer->error = g_strdup("a redirection without a file name");
		return g_strdup("/dev/null");
	}
	path = g_strdup(lexer->word);
	shell_lexer_next(lexer);
	return path;
}

static bool take_redirection(struct shell_lexer *lexer, struct redirection *r)
{
	const char *op = lexer->op;

	if (lexer->kind != SHELL_OPERATOR)
		return false;
	if (strcmp(op, "2>&1") == 0 || strcmp(op, "1>&2") == 0) {
		*(op[0] == '2' ? &r->err_to_out : &r->out_to_err) = true;
		shell_lexer_next(lexer);
	} else if (strcmp(op, "<") == 0) {
		g_free(r->in_path);
		r->in_path = take_path(lexer);
	} else if (g_str_has_prefix(op, "2>")) {
		g_free(r->err_path);
		r->err_append = op[2] == '>';
		r->err_path = take_path(lexer);
	} else if (g_str_has_prefix(op, "&>") || strcmp(op, ">&") == 0) {
		g_free(r->out_path);
		r->out_append = g_str_has_suffix(op, ">>");
		r->out_path = take_path(lexer);
		r->err_to_out = true;
	} else if (strcmp(op, ">") == 0 || strcmp(op, ">>") == 0 || strcmp(op, "1>") == 0) {
		g_free(r->out_path);
		r->out_append = op[1] == '>' && op[0] == '>';
		r->out_path = take_path(lexer);
	} else {
		return false;
	}
	return true;
}

/* Sends what a command wrote to where its redirections say. */
static int deliver(
	struct shell *shell, const struct redirection *r, struct shell_io *own, struct shell_io *io)
{
	GString *out = r->out_to_err ? io->err : io->out, *err = r->err_to_out ? io->out : io->err;
	int status = 0;

	if (!shell_spend(shell, own->out->len + own->err->len))
		return 1;
	if (r->out_path != NULL) {
		if (!shell_write_file(shell, r->out_path, own->out->str, r->out_append, io->err))
			status = 1;
	} else {
		g_string_append_len(out, own->out->str, (gssize)own->out->len);
	}
	if (r->err_path != NULL) {
		if (!shell_write_file(shell, r->err_path, own->err->str, r->err_append, io->err))
			status = 1;
	} else if (!r->err_to_out || r->out_path == NULL) {
		g_string_append_len(err, own->err->str, (gssize)own->err->len);
	}
	return status;
}

static int execute(
	struct shell *shell, GPtrArray *words, const struct redirection *r, struct shell_io *io)
{
	struct shell_io own = {.in = io->in, .out = g_string_new(NULL), .err = g_string_new(NULL)};
	GString *input = NULL;
	int status = 0, delivered;

	if (r->in_path != NULL) {
		input = shell_read_file(shell, r->in_path, io->err);
		own.in = input;
	}
	if (r->in_path != NULL && input == NULL)
		status = 1;
	else if (words->len > 1)
		status = run_words(shell, words, &own);
	delivered = deliver(shell, r, &own, io);
	g_string_free(own.out, TRUE);
	g_string_free(own.err, TRUE);
	if (input != NULL)
		g_string_free(input, TRUE);
	return status != 0 ? status : delivered;
}

static int run_list(struct shell *shell, struct shell_lexer *lexer, struct shell_io *io, bool skip,
	const char *const *until);

static bool at_word(const struct shell_lexer *lexer, const char *word)
{
	return lexer->kind == SHELL_WORD && !lexer->quoted && strcmp(lexer->word, word) == 0;
}

static bool at_operator(const struct shell_lexer *lexer, const char *op)
{
	return lexer->kind == SHELL_OPERATOR && strcmp(lexer->op, op) == 0;
}

static void expect_word(struct shell_lexer *lexer, const char *word)
{
	if (at_word(lexer, word))
		shell_lexer_next(lexer);
	else if (lexer->error == NULL)
		lexer->error = g_strdup_printf("'%s' is missing", word);
}

/* if LIST; then LIST; [elif LIST; then LIST;] [else LIST;] fi; the `if` has been read. */
static int run_if(struct shell *shell, struct shell_lexer *lexer, struct shell_io *io, bool skip)
{
	static const char *const THEN[] = {"then", NULL},
				 *const BRANCH_END[] = {"elif", "else", "fi", NULL},
				 *const FI[] = {"fi", NULL};
	bool taken = false;
	int status = 0;

	do {
		int condition = run_list(shell, lexer, io, skip || taken, THEN);
		bool this_one = !skip && !taken && condition == 0;
		int result;

		expect_word(lexer, "then");
		result = run_list(shell, lexer, io, !this_one, BRANCH_END);
		status = this_one ? result : status;
		taken = taken || this_one;
	} while (lexer->error == NULL && at_word(lexer, "elif") && (shell_lexer_next(lexer), true));
	if (at_word(lexer, "else")) {
		int result;

		shell_lexer_next(lexer);
		result = run_list(shell, lexer, io, skip || taken, FI);
		status = !skip && !taken ? result : status;
	}
	expect_word(lexer, "fi");
	return status;
}

static int run_group(struct shell *shell, struct shell_lexer *lexer, struct shell_io *io, bool skip)
{
	int status = run_list(shell, lexer, io, skip, NULL);

	if (at_operator(lexer, ")"))
		shell_lexer_next(lexer);
	else if (lexer->error == NULL)
		lexer->error = g_strdup("a ')' is missing");
	return status;
}

static int run_simple(
	struct shell *shell, struct shell_lexer *lexer, struct shell_io *io, bool skip)
{
	struct redirection r = {0};
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	bool empty = true;
	int status = 0;

	for (;; empty = false) {
		if (lexer->kind == SHELL_WORD) {
			if (words->len == 0 && !lexer->quoted && is_assignment(lexer->word) &&
				!skip)
				assign(shell, lexer->word);
			else if (words->len == 0 && is_assignment(lexer->word) && !skip)
				assign(shell, lexer->word);
			else
				g_ptr_array_add(words, g_strdup(lexer->word));
			shell_lexer_next(lexer);
		} else if (!take_redirection(lexer, &r)) {
			break;
		}
	}
	if (empty && lexer->error == NULL)
		lexer->error = g_strdup("a command is missing");
	g_ptr_array_add(words, NULL);
	if (!skip && lexer->error == NULL && shell->fault == NULL &&
		(words->len > 1 || r.out_path != NULL))
		status = execute(shell, words, &r, io);
	redirection_clear(&r);
	g_ptr_array_unref(words);
	return status;
}

static int run_nested(
	struct shell *shell, struct shell_lexer *lexer, struct shell_io *io, bool skip)
{
	bool group = at_operator(lexer, "(");

	shell_lexer_next(lexer);
	return group ? run_group(shell, lexer, io, skip) : run_if(shell, lexer, io, skip);
}

static int run_command(
	struct shell *shell, struct shell_lexer *lexer, struct shell_io *io, bool skip)
{
	int status = 1;

	if (!at_word(lexer, "if") && !at_operator(lexer, "("))
		return run_simple(shell, lexer, io, skip);
	if (shell_enter(shell))
		status = run_nested(shell, lexer, io, skip);
	else
		shell_lexer_end(lexer);
	shell->nesting--;
	return status;
}

static int run_pipeline(
	struct shell *shell, struct shell_lexer *lexer, struct shell_io *io, bool skip)
{
	bool negate = at_word(lexer, "!");
	GString *in = g_string_new(io->in != NULL ? io->in->str : "");
	GString *out = g_string_new(NULL);
	int status;

	if (negate)
		shell_lexer_next(lexer);
	for (;;) {
		struct shell_io stage = {.in = in, .out = out, .err = io->err};

		status = run_command(shell, lexer, &stage, skip);
		if (!at_operator(lexer, "|") || lexer->error != NULL)
			break;
		shell_lexer_next(lexer);
		while (lexer->kind == SHELL_NEWLINE)
			shell_lexer_next(lexer);
		g_string_assign(in, out->str);
		g_string_truncate(out, 0);
	}
	g_string_append_len(io->out, out->str, (gssize)out->len);
	g_string_free(in, TRUE);
	g_string_free(out, TRUE);
	if (!skip) {
		status = negate ? status == 0 : status;
		g_hash_table_insert(shell->variables, g_strdup("?"), g_strdup_printf("%d", status));
	}
	return status;
}

static int run_and_or(
	struct shell *shell, struct shell_lexer *lexer, struct shell_io *io, bool skip)
{
	int status = run_pipeline(shell, lexer, io, skip);

	while (lexer->error == NULL && (at_operator(lexer, "&&") || at_operator(lexer, "||"))) {
		bool wanted = (lexer->op[0] == '&') == (status == 0);
		int next;

		shell_lexer_next(lexer);
		while (lexer->kind == SHELL_NEWLINE)
			shell_lexer_next(lexer);
		next = run_pipeline(shell, lexer, io, skip || !wanted || is_over(shell));
		if (wanted)
			status = next;
	}
	return status;
}

static bool stops_at(const struct shell_lexer *lexer, const char *const *until)
{
	for (; until != NULL && *until != NULL; until++)
		if (at_word(lexer, *until))
			return true;
	return lexer->kind == SHELL_END || at_operator(lexer, ")") || lexer->error != NULL;
}

static int run_list(struct shell *shell, struct shell_lexer *lexer, struct shell_io *io, bool skip,
	const char *const *until)
{
	int status = 0;

	for (;;) {
		while (lexer->kind == SHELL_NEWLINE || at_operator(lexer, ";") ||
			at_operator(lexer, "&"))
			shell_lexer_next(lexer);
		if (stops_at(lexer, until))
			return status;
		status = run_and_or(shell, lexer, io, skip || is_over(shell));
		if (lexer->error == NULL && lexer->kind == SHELL_OPERATOR &&
			!at_operator(lexer, ";") && !at_operator(lexer, "&") &&
			!at_operator(lexer, ")"))
			lexer->error =
				g_strdup_printf("'%s' stands where no command ends", lexer->op);
	}
}

int shell_run_inner(struct shell *shell, const char *text, GString *out, GString *err)
{
	struct shell_lexer lexer;
	struct shell_io io = {.out = out, .err = err};
	int status;

	shell_lexer_init(&lexer, shell, text);
	status = run_list(shell, &lexer, &io, false, NULL);
	if (lexer.error == NULL && at_operator(&lexer, ")"))
		lexer.error = g_strdup("a ')' without its '('");
	if (lexer.error != NULL)
		shell_fault(shell, "the command cannot be read: %s", lexer.error);
	shell_lexer_clear(&lexer);
	if (shell->exit_status >= 0) {
		status = shell->exit_status;
		shell->exit_status = -1;
	}
	return shell->fault != NULL ? 2 : status;
}

int shell_run(struct shell *shell, const char *text, GString *output)
{
	struct shell_io io = {.out = output, .err = output};
	int status = shell_run_inner(shell, text, output, shell->errors);

	g_string_append_len(output, shell->errors->str, (gssize)shell->errors->len);
	g_string_truncate(shell->errors, 0);
	if (shell->fault != NULL)
		shell_complain(&io, "%s", shell->fault);
	g_clear_pointer(&shell->fault, g_free);
	return status;
}
