/* Commands over text: echo, cat, grep, wc, head, tail, test, rm, dd and the like, with the options
 * scripts use. */
#include "script/shell/shell.h"
#include "script/shell/store.h"
#include <string.h>

static int run_true(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	return 0;
}

static int run_false(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	return 1;
}

static int run_exit(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	shell->exit_status = argc > 1 ? (int)(g_ascii_strtoll(argv[1], NULL, 10) & 255) : 0;
	return shell->exit_status;
}

static int run_echo(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	bool newline = true;
	int first = 1;

	if (argc > 1 && strcmp(argv[1], "-n") == 0) {
		newline = false;
		first = 2;
	}
	for (int i = first; i < argc; i++)
		g_string_append_printf(io->out, "%s%s", i > first ? " " : "", argv[i]);
	if (newline)
		g_string_append_c(io->out, '\n');
	return 0;
}

/* Every file named, or the input if none is. */
static bool gather(
	struct shell *shell, int argc, char **argv, int first, struct shell_io *io, GString *out)
{
	bool ok = true;

	if (first >= argc && io->in != NULL)
		g_string_append_len(out, io->in->str, (gssize)io->in->len);
	for (int i = first; i < argc; i++) {
		GString *text = shell_read_file(shell, argv[i], io->err);

		ok = ok && text != NULL && shell_spend(shell, text->len);
		if (ok)
			g_string_append_len(out, text->str, (gssize)text->len);
		if (text != NULL)
			g_string_free(text, TRUE);
	}
	return ok;
}

static int run_cat(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	return gather(shell, argc, argv, 1, io, io->out) ? 0 : 1;
}

/* What grep was asked for. */
struct grep {
	bool count, quiet, invert, only, names;
	GRegexCompileFlags flags;
	bool fixed, words, extended;
	const char *pattern;
};

/* A basic regular expression as GRegex has it: there \( \| \) \+ \? \{ are the special ones. */
static char *basic_pattern(const char *pattern)
{
	GString *out = g_string_new(NULL);

	for (const char *at = pattern; *at != '\0'; at++) {
		/* A star with nothing before it stands for itself. */
		bool alone =
			*at == '*' && (at == pattern || (at == pattern + 1 && *pattern == '^'));
		bool special = alone || strchr("(){}|+?", *at) != NULL;

		if (at[0] == '\\' && at[1] != '\0' && strchr("(){}|+?", at[1]) != NULL)
			g_string_append_c(out, *++at);
		else if (special)
			g_string_append_printf(out, "\\%c", *at);
		else
			g_string_append_c(out, *at);
	}
	return g_string_free(out, FALSE);
}

static GRegex *compile(const struct grep *grep, struct shell_io *io)
{
	char *text = grep->fixed      ? g_regex_escape_string(grep->pattern, -1)
		     : grep->extended ? g_strdup(grep->pattern)
				      : basic_pattern(grep->pattern);
	char *whole = grep->words ? g_strdup_printf("\\b(?:%s)\\b", text) : g_strdup(text);
	GError *error = NULL;
	GRegex *regex = g_regex_new(whole, grep->flags, 0, &error);

	if (regex == NULL) {
		shell_complain(io, "grep: '%s' is no pattern: %s", grep->pattern, error->message);
		g_error_free(error);
	}
	g_free(text);
	g_free(whole);
	return regex;
}

static bool grep_option(struct grep *grep, char letter)
{
	switch (letter) {
	case 'c': grep->count = true; return true;
	case 'q':
	case 's': grep->quiet = grep->quiet || letter == 'q'; return true;
	case 'v': grep->invert = true; return true;
	case 'i': grep->flags |= G_REGEX_CASELESS; return true;
	case 'o': grep->only = true; return true;
	case 'E': grep->extended = true; return true;
	case 'F': grep->fixed = true; return true;
	case 'w': grep->words = true; return true;
	case 'h': return true;
	default: return false;
	}
}

static int grep_arguments(struct grep *grep, int argc, char **argv, struct shell_io *io)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
		if (strcmp(argv[i], "-e") == 0 && i + 1 < argc) {
			grep->pattern = argv[++i];
			continue;
		}
		for (const char *letter = argv[i] + 1; *letter != '\0'; letter++)
			if (!grep_option(grep, *letter)) {
				shell_complain(
					io, "grep: the option -%c is not known here", *letter);
				return -1;
			}
	}
	if (grep->pattern == NULL && i < argc)
		grep->pattern = argv[i++];
	if (grep->pattern == NULL) {
		shell_complain(io, "grep: a pattern is needed");
		return -1;
	}
	return i;
}

static unsigned grep_line(
	const struct grep *grep, GRegex *regex, const char *line, const char *name, GString *out)
{
	GMatchInfo *info = NULL;
	bool found = g_regex_match(regex, line, 0, &info);

	if (found != grep->invert && !grep->count && !grep->quiet) {
		if (grep->only && found) {
			char *text = g_match_info_fetch(info, 0);

			g_string_append_printf(out, "%s\n", text);
			g_free(text);
		} else {
			g_string_append_printf(
				out, "%s%s%s\n", name, *name != '\0' ? ":" : "", line);
		}
	}
	g_match_info_free(info);
	return found != grep->invert;
}

static unsigned grep_text(
	const struct grep *grep, GRegex *regex, const GString *text, const char *name, GString *out)
{
	char **lines = g_strsplit(text->str, "\n", -1);
	unsigned found = 0;

	for (char **line = lines; *line != NULL; line++)
		if (line[1] != NULL || **line != '\0')
			found += grep_line(grep, regex, *line, name, out);
	g_strfreev(lines);
	if (grep->count && !grep->quiet)
		g_string_append_printf(out, "%s%s%u\n", name, *name != '\0' ? ":" : "", found);
	return found;
}

static int run_grep(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	struct grep grep = {0};
	int first = grep_arguments(&grep, argc, argv, io);
	unsigned found = 0;
	GRegex *regex;

	if (first < 0 || (regex = compile(&grep, io)) == NULL)
		return 2;
	if (first >= argc && io->in != NULL)
		found = grep_text(&grep, regex, io->in, "", io->out);
	for (int i = first; i < argc; i++) {
		GString *text = shell_read_file(shell, argv[i], io->err);

		if (text == NULL)
			continue;
		found += grep_text(&grep, regex, text, argc - first > 1 ? argv[i] : "", io->out);
		g_string_free(text, TRUE);
	}
	g_regex_unref(regex);
	return found > 0 ? 0 : 1;
}

static int run_wc(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	bool lines_only = argc > 1 && strcmp(argv[1], "-l") == 0;
	GString *text = g_string_new(NULL);
	unsigned lines = 0, words = 0;
	bool in_word = false;

	if (!gather(shell, argc, argv, argc > 1 && argv[1][0] == '-' ? 2 : 1, io, text)) {
		g_string_free(text, TRUE);
		return 1;
	}
	for (gsize i = 0; i < text->len; i++) {
		bool blank = g_ascii_isspace(text->str[i]);

		lines += text->str[i] == '\n';
		words += !blank && !in_word;
		in_word = !blank;
	}
	if (lines_only)
		g_string_append_printf(io->out, "%u\n", lines);
	else
		g_string_append_printf(
			io->out, "%u %u %" G_GSIZE_FORMAT "\n", lines, words, text->len);
	g_string_free(text, TRUE);
	return 0;
}

/* head and tail: -n N or -N, else 10. */
static int run_part(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	bool tail = strcmp(argv[0], "tail") == 0;
	int first = 1;
	long wanted = 10, count = 0;
	GString *text = g_string_new(NULL);
	char **lines;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		wanted = strtol(argv[2], NULL, 10);
		first = 3;
	} else if (argc > 1 && argv[1][0] == '-') {
		wanted = strtol(argv[1] + 1, NULL, 10);
		first = 2;
	}
	wanted = CLAMP(wanted, 0, 1 << 20);
	gather(shell, argc, argv, first, io, text);
	if (text->len > 0 && text->str[text->len - 1] == '\n')
		g_string_truncate(text, text->len - 1);
	lines = g_strsplit(text->str, "\n", -1);
	count = (long)g_strv_length(lines);
	for (long i = 0; i < count; i++)
		if (tail ? i >= count - wanted : i < wanted)
			g_string_append_printf(io->out, "%s\n", lines[i]);
	g_strfreev(lines);
	g_string_free(text, TRUE);
	return 0;
}

static bool compare_numbers(const char *op, gint64 a, gint64 b, bool *known)
{
	*known = true;
	if (strcmp(op, "-eq") == 0)
		return a == b;
	if (strcmp(op, "-ne") == 0)
		return a != b;
	if (strcmp(op, "-lt") == 0)
		return a < b;
	if (strcmp(op, "-le") == 0)
		return a <= b;
	if (strcmp(op, "-gt") == 0)
		return a > b;
	if (strcmp(op, "-ge") == 0)
		return a >= b;
	*known = false;
	return false;
}

/* What could be read is there. */
static bool file_there(struct shell *shell, const char *path, bool with_text)
{
	GString *nobody = g_string_new(NULL);
	GString *text = shell_read_file(shell, path, nobody);
	bool there = text != NULL && (!with_text || text->len > 0);

	if (text != NULL)
		g_string_free(text, TRUE);
	g_string_free(nobody, TRUE);
	return there;
}

/* test A -eq B, test A = B, test -n A, test -z A, test -f FILE; [ ... ] */
static int run_test(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	bool known, holds;

	if (strcmp(argv[0], "[") == 0) {
		if (strcmp(argv[argc - 1], "]") != 0)
			return 1 + shell_complain(io, "[: the ']' is missing");
		argc--;
	}
	if (argc > 1 && strcmp(argv[1], "!") == 0)
		return !run_test(shell, argc - 1, argv + 1, io);
	if (argc == 2)
		return argv[1][0] == '\0';
	if (argc == 3 && (strcmp(argv[1], "-n") == 0 || strcmp(argv[1], "-z") == 0))
		return (argv[2][0] == '\0') != (argv[1][1] == 'z');
	if (argc == 3 && strlen(argv[1]) == 2 && strchr("efrs", argv[1][1]) != NULL)
		return file_there(shell, argv[2], argv[1][1] == 's') ? 0 : 1;
	if (argc == 3 && argv[1][0] == '-')
		return 1 + shell_complain(io, "test: the condition %s is not known here", argv[1]);
	if (argc != 4)
		return 1 + shell_complain(io, "test: two values and an operator are needed");
	if (strcmp(argv[2], "=") == 0 || strcmp(argv[2], "==") == 0 || strcmp(argv[2], "!=") == 0)
		return (strcmp(argv[1], argv[3]) == 0) == (argv[2][0] == '!');
	holds = compare_numbers(argv[2], g_ascii_strtoll(argv[1], NULL, 10),
		g_ascii_strtoll(argv[3], NULL, 10), &known);
	if (!known)
		return 1 + shell_complain(io, "test: the operator %s is not known here", argv[2]);
	return !holds;
}

static int run_rm(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	int status = 0;
	bool force = false;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			force = force || strchr(argv[i], 'f') != NULL;
		else if (!g_hash_table_remove(shell->files, argv[i]) && !force)
			status = shell_complain(
				io, "rm: %s: no such file on the simulated host", argv[i]);
	}
	return status;
}

#define MOST_ZEROS (16 << 20)

/* More than can be wanted is told by the caller, as one more. */
static gint64 size_of(const char *text)
{
	char *end;
	gint64 value = CLAMP(g_ascii_strtoll(text, &end, 10), -1, MOST_ZEROS + 1);

	return *end == 'k' || *end == 'K' ? value * 1024
	       : *end == 'M'		  ? value * 1024 * 1024
					  : value;
}

/* dd if=/dev/zero of=FILE bs=N count=N: zeros, in the shell's own store. */
static int run_dd(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	gint64 block = 512, count = 0;
	const char *from = NULL, *to = NULL;
	GString *zeros;

	for (int i = 1; i < argc; i++) {
		if (g_str_has_prefix(argv[i], "bs="))
			block = size_of(argv[i] + 3);
		else if (g_str_has_prefix(argv[i], "count="))
			count = size_of(argv[i] + 6);
		else if (g_str_has_prefix(argv[i], "if="))
			from = argv[i] + 3;
		else if (g_str_has_prefix(argv[i], "of="))
			to = argv[i] + 3;
	}
	if (from == NULL || to == NULL || strcmp(from, "/dev/zero") != 0)
		return shell_complain(io, "dd: only if=/dev/zero of=FILE is known here");
	if (block <= 0 || count < 0 || block > MOST_ZEROS || count > MOST_ZEROS / block)
		return shell_complain(io, "dd: bs and count must give at most 16 MiB");
	if (!shell_spend(shell, (size_t)(block * count)))
		return 1;
	zeros = g_string_sized_new((gsize)(block * count));
	g_string_set_size(zeros, (gsize)(block * count));
	memset(zeros->str, 0, zeros->len);
	g_hash_table_insert(shell->files, g_strdup(to), zeros);
	return 0;
}

const struct shell_command SHELL_TEXT_COMMANDS[] = {
	{":", run_true},
	{"[", run_test},
	{"cat", run_cat},
	{"chmod", run_true},
	{"dd", run_dd},
	{"echo", run_echo},
	{"egrep", run_grep},
	{"exit", run_exit},
	{"false", run_false},
	{"grep", run_grep},
	{"head", run_part},
	{"rm", run_rm},
	{"sync", run_true},
	{"tail", run_part},
	{"test", run_test},
	{"true", run_true},
	{"wc", run_wc},
	{NULL, NULL},
};
