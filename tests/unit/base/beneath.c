/* Files below a folder, and nothing else: in one step and component by component. */
#include "base/beneath.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char *folder;
static int root;

static void set_up(void)
{
	char *line;

	folder = g_dir_make_tmp("tcpsim-beneath-XXXXXX", NULL);
	line = g_strdup_printf(
		"cd %s && mkdir -p root/a/b && echo in >root/a/b/file && echo out >out && "
		"ln -s ../out root/link && ln -s a root/way && mkfifo root/pipe && "
		"ln -s b/file root/a/far && chmod 0 root/a/b/file && chmod 644 "
		"root/a/b/file",
		folder);
	cr_assert_eq(system(line), 0);
	g_free(line);
	line = g_strconcat(folder, "/root", NULL);
	root = open(line, O_PATH | O_DIRECTORY);
	g_free(line);
}

static void tear_down(void)
{
	char *line = g_strdup_printf("rm -rf %s", folder);

	close(root);
	cr_assert_eq(system(line), 0);
	g_free(line);
	g_free(folder);
}

TestSuite(beneath, .init = set_up, .fini = tear_down);

static void expect_both(const char *path, int error)
{
	cr_expect_eq(beneath_open(root, path), error, "%s", path);
	cr_expect_eq(beneath_open_walking(root, path), error, "%s, walking", path);
}

Test(beneath, a_regular_file_is_read)
{
	int (*const OPEN[])(int, const char *) = {beneath_open, beneath_open_walking};

	for (size_t i = 0; i < G_N_ELEMENTS(OPEN); i++) {
		int fd = OPEN[i](root, "a/b/file"), error = 0;
		GString *text;

		cr_assert_geq(fd, 0, "%d", fd);
		text = beneath_read(fd, 3, &error);
		cr_assert_not_null(text);
		cr_expect_str_eq(text->str, "in\n");
		cr_expect_lt(fcntl(fd, F_GETFD), 0, "it is closed");
		g_string_free(text, TRUE);
	}
}

Test(beneath, more_than_the_most_is_refused)
{
	int error = 0;

	cr_expect_null(beneath_read(beneath_open(root, "a/b/file"), 2, &error));
	cr_expect_eq(error, -EFBIG);
}

Test(beneath, nothing_else_is_opened)
{
	expect_both("../out", -EXDEV);
	expect_both("a/../../out", -EXDEV);
	expect_both("/etc/passwd", -EXDEV);
	expect_both("", -EXDEV);
	expect_both("a//b/file", -EXDEV);
	expect_both("./a/b/file", -EXDEV);
	expect_both("link", -ELOOP);
	expect_both("way/b/file", -ELOOP);
	expect_both("a/far", -ELOOP);
	expect_both("pipe", -EACCES);
	expect_both("a", -EACCES);
	expect_both("a/none", -ENOENT);
	expect_both("a/b/file/more", -ENOTDIR);
}

Test(beneath, a_link_is_named_with_the_way_to_it)
{
	static const struct {
		const char *path, *target;
		gsize len;
	} ROWS[] = {{"link", "../out", 4}, {"way/b/file", "a", 3}, {"a/far", "b/file", 5}};
	gsize len;

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		char *target = beneath_link(root, ROWS[i].path, &len);

		cr_expect_str_eq(target, ROWS[i].target);
		cr_expect_eq(len, ROWS[i].len);
		g_free(target);
	}
	cr_expect_null(beneath_link(root, "a/b/file", &len));
	cr_expect_null(beneath_link(root, "none/x", &len));
}
