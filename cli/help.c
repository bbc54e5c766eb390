/* Help as text and as a man page: see help.h. */
#include "help.h"

#include <stdio.h>
#include <string.h>

#define SUMMARY                                                                                    \
	"a TCP you can hold still: captures, scripts and programs, each answer with its rule"
#define WIDTH 80

char *help_option_text(const GOptionEntry *option)
{
	GString *text = g_string_new(NULL);

	if (option->short_name)
		g_string_append_printf(text, "-%c, ", option->short_name);
	g_string_append_printf(text, "--%s", option->long_name);
	if (option->arg_description)
		g_string_append_printf(text, " %s", option->arg_description);
	return g_string_free(text, FALSE);
}

int help_overview(void)
{
	printf("tcpsim: " SUMMARY "\n\nUsage: tcpsim COMMAND [options] ...\n\nCommands:\n");
	for (unsigned i = 0; COMMANDS[i]; i++)
		printf("  %-12s%s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
	printf("\n'tcpsim help COMMAND' tells more of one, 'tcpsim --version' the version.\n");
	return STATUS_OK;
}

/* Writes `text` wrapped; lines that start with a space are kept as they are (examples). */
static void print_wrapped(const char *text, unsigned indent)
{
	char **lines = g_strsplit(text, "\n", -1);

	for (unsigned i = 0; lines[i]; i++) {
		unsigned column = 0;
		char **words = g_strsplit(lines[i], " ", -1);

		if (lines[i][0] == ' ') {
			printf("%*s%s", indent, "", lines[i]);
		} else {
			for (unsigned w = 0; words[w]; w++) {
				unsigned length = g_utf8_strlen(words[w], -1);
				bool breaks = column && column + 1 + length > WIDTH - indent;

				if (breaks || (!column && indent))
					printf("%s%*s", breaks ? "\n" : "", indent, "");
				else if (column)
					putchar(' ');
				column = column && !breaks ? column + 1 + length : length;
				fputs(words[w], stdout);
			}
		}
		putchar('\n');
		g_strfreev(words);
	}
	g_strfreev(lines);
}

static void print_option(const GOptionEntry *option)
{
	char *text = help_option_text(option);

	printf("  %s\n", text);
	print_wrapped(option->description, 8);
	g_free(text);
}

static bool is_shown(const GOptionEntry *option)
{
	return !(option->flags & G_OPTION_FLAG_HIDDEN);
}

int help_command(const struct command *command)
{
	bool has_options = command->options && command->options->long_name;

	printf("Usage: tcpsim %s%s%s%s\n\n", command->name, has_options ? " [options]" : "",
		command->args[0] ? " " : "", command->args);
	print_wrapped(command->description, 0);
	if (has_options)
		printf("\nOptions:\n");
	for (const GOptionEntry *o = command->options; o && o->long_name; o++) {
		if (is_shown(o))
			print_option(o);
	}
	return STATUS_OK;
}

/* Text for roff: a backslash, a hyphen and a leading dot or quote mean something there. */
static void print_roff(const char *text)
{
	bool line_start = true, paragraph = false;

	for (const char *c = text; *c; c++) {
		if (*c == '\n') {
			paragraph = c[1] == '\n';
			fputs(paragraph ? "\n.PP\n" : "\n", stdout);
			c += paragraph;
			line_start = true;
			continue;
		}
		if (line_start && (*c == '.' || *c == '\''))
			fputs("\\&", stdout);
		if (line_start && *c == ' ')
			fputs(".br\n", stdout);
		if (*c == '\\' || *c == '-')
			putchar('\\');
		putchar(*c == '\\' ? 'e' : *c);
		line_start = false;
	}
	putchar('\n');
}

static void man_command(const struct command *command)
{
	printf(".SS \"");
	printf("tcpsim %s%s%s%s\"\n", command->name,
		command->options && command->options->long_name ? " [options]" : "",
		command->args[0] ? " " : "", command->args);
	print_roff(command->description);
	for (const GOptionEntry *o = command->options; o && o->long_name; o++) {
		char *text = help_option_text(o);

		if (is_shown(o)) {
			printf(".TP\n.B ");
			print_roff(text);
			print_roff(o->description);
		}
		g_free(text);
	}
}

int help_man(void)
{
	printf(".\\\" Made by 'tcpsim help --man' from the table of commands.\n"
	       ".TH TCPSIM 1 \"\" \"tcpsim " TCPSIM_VERSION "\" \"User Commands\"\n"
	       ".SH NAME\ntcpsim \\- ");
	print_roff(SUMMARY);
	printf(".SH SYNOPSIS\n.B tcpsim\n.I COMMAND\n[options] ...\n.SH COMMANDS\n");
	for (unsigned i = 0; COMMANDS[i]; i++)
		man_command(COMMANDS[i]);
	printf(".SH EXIT STATUS\n"
	       ".TP\n.B 0\nAs asked.\n"
	       ".TP\n.B 1\nThe answer is no: a script failed, two sides differ.\n"
	       ".TP\n.B 2\nUsed wrongly, or input that cannot be read; one line on standard error "
	       "says what and what to do.\n"
	       ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nSet to anything: no colour, even on a "
	       "terminal.\n");
	return STATUS_OK;
}
