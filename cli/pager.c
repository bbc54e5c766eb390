/* A pager between standard output and the terminal: see pager.h. */
#include "pager.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "commands.h"

#define NOT_FOUND 127 /* a shell's word for a command that is not there */

struct pager {
	char *command;
	pid_t child;
	int terminal; /* what standard output was */
	void (*on_pipe)(int);
};

/* NULL: none is wanted, or there is none. */
static char *wanted_command(void)
{
	const char *named = g_getenv("PAGER"), *term = g_getenv("TERM");
	char *less;

	if (!isatty(STDOUT_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
		return NULL;
	if (named != NULL)
		return *named == '\0' || strcmp(named, "cat") == 0 ? NULL : g_strdup(named);
	less = g_find_program_in_path("less");
	if (less == NULL)
		return NULL;
	g_free(less);
	return g_strdup("less");
}

/* In the child. */
static void become(const struct pager *p, const int ends[2])
{
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	g_setenv("LESS", "FRX", FALSE);
	signal(SIGPIPE, SIG_DFL);
	execl("/bin/sh", "sh", "-c", p->command, (char *)NULL);
	_exit(NOT_FOUND);
}

struct pager *pager_start(bool wanted)
{
	struct pager p = {.command = wanted ? wanted_command() : NULL};
	int ends[2];

	if (p.command == NULL)
		return NULL;
	fflush(stdout);
	p.terminal = dup(STDOUT_FILENO);
	p.child = p.terminal >= 0 && pipe(ends) == 0 ? fork() : -1;
	if (p.child == 0)
		become(&p, ends);
	if (p.child < 0) {
		g_free(p.command);
		return NULL;
	}
	/* Who leaves the pager early has seen enough: no error. */
	p.on_pipe = signal(SIGPIPE, SIG_IGN);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
	return g_memdup2(&p, sizeof(p));
}

int pager_finish(struct pager *p)
{
	int status, result = STATUS_OK;

	if (p == NULL)
		return STATUS_OK;
	fflush(stdout);
	clearerr(stdout);
	dup2(p->terminal, STDOUT_FILENO);
	close(p->terminal);
	if (waitpid(p->child, &status, 0) == p->child && WIFEXITED(status) &&
		WEXITSTATUS(status) == NOT_FOUND)
		result = command_error(
			"the pager '%s' is not there: set PAGER, or use --no-pager", p->command);
	signal(SIGPIPE, p->on_pipe);
	g_free(p->command);
	g_free(p);
	return result;
}
