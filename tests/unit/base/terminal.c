/* Colour and width: what a pipe gets must not depend on who looks. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/terminal.h"

Test(terminal, a_file_gets_no_colour)
{
	FILE *file = tmpfile();

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	cr_expect_not(terminal_wants_colour(file));
	fclose(file);
}

Test(terminal, colour_not_wanted_is_no_bytes)
{
	cr_expect_str_eq(terminal_colour(FALSE, TERMINAL_RED), "");
	cr_expect_str_eq(terminal_colour(TRUE, TERMINAL_RED), "\033[31m");
	cr_expect_str_eq(terminal_colour(TRUE, TERMINAL_PLAIN), "\033[0m");
}

Test(terminal, columns_decides_the_width)
{
	FILE *file = tmpfile();

	setenv("COLUMNS", "132", 1);
	cr_expect_eq(terminal_width(file, 100), 132);
	setenv("COLUMNS", "nonsense", 1);
	cr_expect_eq(terminal_width(file, 100), 100);
	unsetenv("COLUMNS");
	cr_expect_eq(terminal_width(file, 100), 100);
	fclose(file);
}
