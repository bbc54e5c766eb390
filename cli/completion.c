/*
 * Bash completion from the table of commands: see help.h. The script asks the program for nothing
 * at run time but names that depend on the build (rules, profiles) are written into it when it is
 * made.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/event.h>
#include <tcpsim/profile.h>

#include "command.h"
#include "completion.h"
#include "traces/report/glossary.h"
#include "traces/select/key.h"

/* "ipv4|ipv6|mapped" is a choice, "FILE" is not. */
static bool is_choice(const char *value)
{
	return strchr(value, '|') && islower((unsigned char)value[0]);
}

static void print_rule_names(void)
{
	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++)
		printf("%s ", tcpsim_rule_text(rule)->name);
}

/* Those of reports that are one word for a shell, too. */
static void print_words(void)
{
	guint n;
	const struct glossary_word *words = glossary(&n);

	for (guint i = 0; i < n; i++)
		if (strpbrk(words[i].name, " ?") == NULL)
			printf("%s ", words[i].name);
}

static void print_keys(void)
{
	for (unsigned i = 0; key_at(i) != NULL; i++)
		printf("%s ", key_at(i)->name);
}

static void print_profile_names(void)
{
	for (unsigned i = 0; tcpsim_profiles[i]; i++)
		printf("%s ", tcpsim_profiles[i]->name);
}

/* What may follow `--option`: the body of a case in the script. */
static void print_values(const GOptionEntry *option)
{
	const char *value = option->arg_description;

	if (!value)
		return;
	printf("\t\t%s:--%s) ", "$command", option->long_name);
	if (is_choice(value)) {
		char **words = g_strsplit(value, "|", -1);
		char *list = g_strjoinv(" ", words);

		printf("words='%s'", list);
		g_free(list);
		g_strfreev(words);
	} else if (strstr(value, "PROFILE")) {
		printf("words='");
		print_profile_names();
		putchar('\'');
	} else if (strcmp(value, "KEY") == 0) {
		printf("words='");
		print_keys();
		putchar('\'');
	} else {
		printf("files=1");
	}
	printf(" ;;\n");
}

static void print_command(const struct command *command)
{
	printf("\t%s)\n\t\twords='--help", command->name);
	for (const GOptionEntry *o = command->options; o && o->long_name; o++) {
		if (!(o->flags & G_OPTION_FLAG_HIDDEN))
			printf(" --%s", o->long_name);
	}
	if (strstr(command->args, "RULE")) {
		putchar(' ');
		print_rule_names();
	}
	if (strstr(command->args, "WORD"))
		print_words();
	if (strstr(command->args, "PROFILE")) {
		putchar(' ');
		print_profile_names();
	}
	printf("'\n\t\tcase $command:$previous in\n");
	for (const GOptionEntry *o = command->options; o && o->long_name; o++)
		print_values(o);
	printf("\t\tesac ;;\n");
}

int help_completion(void)
{
	printf("# bash completion for tcpsim, made by 'tcpsim completion'\n"
	       "_tcpsim()\n{\n"
	       "\tlocal command=${COMP_WORDS[1]} current=${COMP_WORDS[COMP_CWORD]}\n"
	       "\tlocal previous=${COMP_WORDS[COMP_CWORD-1]} words='' files=\n"
	       "\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\tcommand=\n\t\twords='--version");
	for (unsigned i = 0; COMMANDS[i]; i++)
		printf(" %s", COMMANDS[i]->name);
	printf("'\n\tfi\n\tcase $command in\n");
	for (unsigned i = 0; COMMANDS[i]; i++)
		print_command(COMMANDS[i]);
	printf("\tesac\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
	       "\tif [ -n \"$files\" ] || [ ${#COMPREPLY[@]} = 0 ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -f -- \"$current\"))\n\tfi\n"
	       "}\ncomplete -o filenames -F _tcpsim tcpsim ./tcpsim\n");
	return STATUS_OK;
}
