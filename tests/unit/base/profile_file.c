/* Profiles from files, and a kernel's sysctls as one. */
#include "base/profile_file.h"

#include <criterion/criterion.h>
#include <string.h>
#include <tcpsim/host.h>
#include <tcpsim/world.h>
#include <unistd.h>

static char path[64];

static struct tcpsim_profile *load(const char *text, GError **error)
{
	g_snprintf(path, sizeof(path), "/tmp/tcpsim-profile-%d.profile", (int)getpid());
	cr_assert(g_file_set_contents(path, text, -1, NULL));
	return profile_file_load(path, error);
}

Test(profile_file, settings_and_sysctls_are_taken_in_order)
{
	GError *error = NULL;
	struct tcpsim_profile *p = load("# ours\nname = ours\n\nfrom = freebsd   # the "
					"base\ninitial_window = 4\nsack = off\n"
					"net.inet.tcp.sack.enable = 1\n",
		&error);

	cr_assert_not_null(p, "%s", error->message);
	cr_expect_str_eq(p->name, "ours");
	cr_expect_str_eq(p->based_on, "freebsd");
	cr_expect_eq(p->initial_window, 4);
	cr_expect(p->sack);
	cr_expect_eq(p->rto_min, tcpsim_profile_freebsd.rto_min);
	profile_file_free(p);
	unlink(path);
}

Test(profile_file, without_a_name_and_a_base_it_is_linux_by_the_files_name)
{
	struct tcpsim_profile *p = load("initial_window = 3\n", NULL);

	cr_assert_not_null(p);
	cr_expect_str_eq(p->based_on, "linux");
	cr_expect(g_str_has_prefix(p->name, "tcpsim-profile-"));
	cr_expect_null(strchr(p->name, '.'));
	profile_file_free(p);
	unlink(path);
}

Test(profile_file, what_is_wrong_is_told_with_its_line)
{
	static const struct {
		const char *text, *says;
	} WRONG[] = {{"from = linux\n\ninitial_windw = 4\n",
			     ":3: unknown setting 'initial_windw'; did you mean initial_window"},
		{"# from = bsd44\n\n", ":1: there is no setting in it; a line is KEY = VALUE"},
		{"from = linus\n", ":1: unknown profile 'linus'; did you mean linux"},
		{"initial_window = 0\n",
			":1: '0' is not a value of initial_window, which is from 1 to"},
		{"from = linux\nsack\n", ":2: 'sack' is no setting; a line is KEY = VALUE"},
		{"sack = on\nfrom = bsd44\n", ":2: 'from' stands twice, or behind a setting"},
		{"net.ipv4.tcp_sak = 1\n",
			":1: unknown setting 'net.ipv4.tcp_sak'; did you mean net.ipv4.tcp_sack"},
		{"net.ipv4.tcp_sack = 77\n", ":1: '77' is not a value of net.ipv4.tcp_sack"}};

	for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++) {
		GError *error = NULL;

		cr_expect_null(load(WRONG[i].text, &error));
		cr_assert_not_null(error, "%s", WRONG[i].text);
		cr_expect(g_str_has_prefix(error->message, path), "%s", error->message);
		cr_expect_not_null(strstr(error->message, WRONG[i].says), "%s", error->message);
		g_error_free(error);
	}
	unlink(path);
}

static char *sysctl_of_a_kernel(const char *name)
{
	if (strcmp(name, "net.ipv4.tcp_sack") == 0)
		return g_strdup("0\n");
	if (strcmp(name, "net.ipv4.tcp_timestamps") == 0)
		return g_strdup("1");
	if (strcmp(name, "net.ipv4.tcp_rmem") == 0)
		return g_strdup("4096\t100000\t5000000\n");
	if (strcmp(name, "net.ipv4.tcp_ecn") == 0)
		return g_strdup("4444");
	return NULL;
}

Test(profile_file, a_kernels_sysctls_are_a_file_that_can_be_read)
{
	GString *text = profile_file_of_sysctls("here", sysctl_of_a_kernel);
	GError *error = NULL;
	struct tcpsim_profile *p;

	cr_expect_not_null(strstr(text->str, "\nnet.ipv4.tcp_sack = 0\n"));
	cr_expect_null(strstr(text->str, "tcp_timestamps"), "it is what the profile has");
	cr_expect_not_null(strstr(text->str, "\n# net.ipv4.tcp_ecn = 4444: not a value"));
	p = load(text->str, &error);
	cr_assert_not_null(p, "%s", error->message);
	cr_expect_not(p->sack);
	cr_expect_str_eq(p->name, "here");
	profile_file_free(p);
	g_string_free(text, TRUE);
	unlink(path);
}

/* A world's host may have one; the file's name counts from the world's folder, and the profile goes
 * with the world. */
Test(profile_file, a_worlds_host_has_one)
{
	struct tcpsim_profile *p = load("initial_window = 3\n", NULL);
	char *file = g_strdup_printf("/tmp/tcpsim-profile-%d.world", (int)getpid()),
	     *base = g_path_get_basename(path), *why = NULL;
	char *text = g_strdup_printf(
		"[host a]\nprofile = %s\n[host b]\n[link a b]\ndelay = 1 ms\n", base);
	struct tcpsim_world *world;

	profile_file_free(p);
	cr_assert(g_file_set_contents(file, text, -1, NULL));
	world = tcpsim_world_load(file, &why);
	cr_assert_not_null(world, "%s", why);
	cr_expect_eq(tcpsim_host_profile(tcpsim_world_host(world, "a"))->initial_window, 3);
	cr_expect_eq(tcpsim_host_profile(tcpsim_world_host(world, "b"))->initial_window,
		tcpsim_profile_linux.initial_window);
	tcpsim_world_free(world);
	g_file_set_contents(path, "initial_window = x\n", -1, NULL);
	cr_expect_null(tcpsim_world_load(file, &why));
	cr_expect_not_null(strstr(why, ".world:2: "), "%s", why);
	cr_expect_not_null(strstr(why, ".profile:1: 'x' is not a value"), "%s", why);
	free(why);
	unlink(path);
	unlink(file);
	g_free(file);
	g_free(text);
	g_free(base);
}
