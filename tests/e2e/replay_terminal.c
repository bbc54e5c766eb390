/* What `tcpsim replay` does on a terminal only: a pager, fewer rows; and names of hosts. */
#include <criterion/criterion.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/bytes.h"
#include "support/command.h"

#define expect_contains(text, part)                                                                \
	cr_expect_not_null(strstr(text, part), "%s\nlacks: %s", text, part)
#define expect_lacks(text, part) cr_expect_null(strstr(text, part), "%s\nhas: %s", text, part)
#define LOSS			 "$TCPSIM_SOURCE/traces/samples/linux-loss.pcap"

struct seen {
	char *text;
	int status;
};

static void become(const char *pager, const char *arguments)
{
	char *line = g_strdup_printf("\"$TCPSIM\" replay %s", arguments);

	g_setenv("TERM", "xterm", TRUE);
	g_setenv("PAGER", pager, TRUE);
	g_setenv("NO_COLOR", "1", TRUE);
	g_unsetenv("COLUMNS");
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	_exit(126);
}

/* What a terminal of 100 columns shows. */
static struct seen on_terminal(const char *pager, const char *arguments)
{
	const struct winsize size = {.ws_row = 40, .ws_col = 100};
	GString *text = g_string_new(NULL);
	char bytes[4096];
	ssize_t n;
	int terminal, status;
	pid_t child = forkpty(&terminal, NULL, NULL, &size);

	cr_assert(child >= 0);
	if (child == 0)
		become(pager, arguments);
	while ((n = read(terminal, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR))
		g_string_append_len(text, bytes, MAX(n, 0));
	waitpid(child, &status, 0);
	close(terminal);
	return (struct seen){bytes_keep_text(g_string_free(text, FALSE)), WEXITSTATUS(status)};
}

Test(replay_terminal, long_answers_go_through_the_pager)
{
	struct seen s = on_terminal("sed 's/^/paged: /'", LOSS);

	cr_expect_eq(s.status, 0);
	expect_contains(s.text, "paged: connection 0: client");
	expect_contains(
		s.text, "of 129 packets have no row; all of them: tcpsim replay --all -c 0");
	s = on_terminal("sed 's/^/paged: /'", "--no-pager " LOSS);
	expect_lacks(s.text, "paged: ");
	expect_contains(s.text, "connection 0: client");
	s = on_terminal("sed 's/^/paged: /'", "--json " LOSS);
	expect_lacks(s.text, "paged: ");
}

Test(replay_terminal, a_pager_that_is_left_early_is_no_error)
{
	/* More than a pipe holds, so that the program finds it gone. */
	struct seen s = on_terminal("head -n 1",
		"--all " LOSS " " LOSS " " LOSS " " LOSS " " LOSS " " LOSS " " LOSS " " LOSS);

	cr_expect_eq(s.status, 0, "%s", s.text);
	expect_lacks(s.text, "tcpsim: ");
}

Test(replay_terminal, a_pager_that_is_not_there_is_said_so)
{
	struct seen s = on_terminal("no-such-pager", LOSS);

	cr_expect_eq(s.status, 2);
	expect_contains(s.text, "tcpsim: the pager 'no-such-pager' is not there: set PAGER, or use "
				"--no-pager");
}

Test(replay_terminal, a_pipe_has_no_pager_and_more_rows)
{
	struct command_result r = command_run("replay " LOSS);
	struct seen s = on_terminal("cat", LOSS);

	cr_expect_gt(strlen(r.out), 0);
	cr_expect_lt(strlen(s.text), strlen(r.out) + 400);
	command_free(&r);
	r = command_run("replay --all " LOSS);
	s = on_terminal("", "--all " LOSS);
	expect_lacks(r.out, "have no row");
	expect_lacks(s.text, "have no row");
	command_free(&r);
}

/* ---- names ---- */

/* A segment from 192.0.2.1 to 198.51.100.2, whose name stands behind it. */
static char *capture_with_a_name(void)
{
	GByteArray *f = bytes_of(""), *packet = bytes_ipv4(6, bytes_tcp(4, 2, 0)),
		   *body = bytes_of("00000000 00000000 00000000");

	bytes_add_le(body, packet->len, 4);
	bytes_add_le(body, packet->len, 4);
	bytes_add_array(body, packet);
	bytes_add_block(f, 0x0a0d0d0a, bytes_of("4d3c2b1a 0100 0000 ffffffffffffffff"));
	bytes_add_block(f, 1, bytes_of("6500 0000 00000000"));
	bytes_add_block(f, 6, body);
	bytes_add_block(f, 4, bytes_of("0100 0900 c6336402 7777772e6f00 0000 0000 0000"));
	return bytes_to_file(f);
}

Test(replay_terminal, names_stand_beside_addresses)
{
	char *path = capture_with_a_name();
	char *line = g_strdup_printf("replay -c 0 %s", path),
	     *numeric = g_strdup_printf("replay -n %s", path),
	     *table = g_strdup_printf("replay --summary %s", path);
	struct command_result r = command_run(line);

	expect_contains(r.out, "server 198.51.100.2:80 (www.o)");
	command_free(&r);
	r = command_run(table);
	expect_contains(r.out, "198.51.100.2:80");
	expect_contains(r.out, "server: www.o\n");
	command_free(&r);
	r = command_run(numeric);
	expect_contains(r.out, "server 198.51.100.2:80;");
	expect_lacks(r.out, "www.o");
	command_free(&r);
	g_unlink(path);
	g_free(path);
	g_free(line);
	g_free(numeric);
	g_free(table);
}
