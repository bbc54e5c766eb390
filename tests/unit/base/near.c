/* Near names for what somebody mistyped. */
#include <criterion/criterion.h>

#include "base/near.h"

Test(near, distance_counts_edits)
{
	cr_expect_eq(near_distance("replay", "replay"), 0);
	cr_expect_eq(near_distance("replay", "relpay"), 1, "neighbours swapped are one edit");
	cr_expect_eq(near_distance("run", "ru"), 1);
	cr_expect_eq(near_distance("", "run"), 3);
	cr_expect_eq(near_distance("REPLAY", "replay"), 0, "case does not matter");
}

Test(near, names_come_nearest_first)
{
	const char *names[] = {"explain", "replay", "run", "exec", "rerun", NULL};
	char *text = near_names("rum", names, 3);

	cr_expect_str_eq(text, "run");
	g_free(text);
	text = near_names("exe", names, 3);
	cr_expect_str_eq(text, "exec");
	g_free(text);
}

Test(near, names_are_joined_as_a_sentence)
{
	const char *names[] = {"one", "ona", "onb", NULL};
	char *text = near_names("on", names, 3);

	cr_expect_str_eq(text, "one, ona or onb");
	g_free(text);
}

Test(near, nothing_near_is_null)
{
	const char *names[] = {"replay", "run", NULL};

	cr_expect_null(near_names("zzzzzz", names, 3));
}
