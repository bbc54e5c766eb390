/* Files whose every write is checked. */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/output.h"

static char *folder;

static void set_up(void)
{
	folder = g_dir_make_tmp("tcpsim-output-XXXXXX", NULL);
}

static void tear_down(void)
{
	g_rmdir(folder);
	g_free(folder);
}

TestSuite(output, .init = set_up, .fini = tear_down);

Test(output, what_is_written_is_there)
{
	char *path = g_build_filename(folder, "report", NULL), *why = NULL, *text;
	struct output *output = output_open(path, &why);

	cr_assert_not_null(output);
	fputs("all of it\n", output_stream(output));
	cr_expect(output_close(output, &why));
	cr_assert(g_file_get_contents(path, &text, NULL, NULL));
	cr_expect_str_eq(text, "all of it\n");
	g_unlink(path);
	g_free(text);
	g_free(path);
}

/* However little was written, and however early: it is seen at the end. */
Test(output, a_full_device_is_told_with_its_name)
{
	static const size_t SIZES[] = {1, 100, 1 << 20};

	for (size_t i = 0; i < G_N_ELEMENTS(SIZES); i++) {
		char *why = NULL;
		struct output *output = output_open("/dev/full", &why);

		cr_assert_not_null(output);
		for (size_t n = 0; n < SIZES[i]; n++)
			putc('x', output_stream(output));
		cr_assert_not(output_close(output, &why), "%zu bytes", SIZES[i]);
		cr_expect_str_eq(why, "/dev/full: cannot be written: No space left on device");
		g_free(why);
	}
}

/* The write that failed lies far back, those behind it would do, and another has closed the stream:
 * it counts all the same. */
Test(output, one_lost_write_is_enough)
{
	char *path = g_build_filename(folder, "report", NULL), *why = NULL;
	struct output *output = output_open(path, &why);
	struct rlimit before, small;

	cr_assert_not_null(output);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 10;
	setrlimit(RLIMIT_FSIZE, &small);
	fputs("more than ten bytes\n", output_stream(output));
	fflush(output_stream(output));
	setrlimit(RLIMIT_FSIZE, &before);
	fputs("more\n", output_stream(output));
	fclose(output_stream(output));
	cr_assert_not(output_close(output, &why));
	cr_expect(g_str_has_suffix(why, "/report: cannot be written: File too large"), "%s", why);
	cr_expect_not(g_file_test(path, G_FILE_TEST_EXISTS), "half a file is removed");
	g_free(why);
	g_free(path);
}

Test(output, a_file_that_cannot_be_opened_is_told)
{
	char *why = NULL;

	cr_assert_null(output_open("/proc/nonexistent/report", &why));
	cr_expect_str_eq(
		why, "/proc/nonexistent/report: cannot be written: No such file or directory");
	g_free(why);
}

Test(output, a_stream_that_stays_open_is_checked)
{
	char *why = NULL;
	FILE *full = fopen("/dev/full", "w"), *null = fopen("/dev/null", "w");

	fputs("x", full);
	cr_expect_not(output_flush(full, "standard output", &why));
	cr_expect_str_eq(why, "standard output: cannot be written: No space left on device");
	g_free(why);
	fputs("x", null);
	cr_expect(output_flush(null, "standard output", &why));
	fclose(full);
	fclose(null);
}
