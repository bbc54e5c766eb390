/* The table of rules: names are unique and well formed, every rule has its clause and sentence. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>
#include <tcpsim/event.h>

/* group/what, lower case, digits and hyphens. */
static bool is_well_formed(const char *name)
{
	const char *slash = strchr(name, '/');

	if (!slash || slash == name || !slash[1] || strchr(slash + 1, '/'))
		return false;
	for (const char *c = name; *c; c++) {
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-' &&
			*c != '/')
			return false;
	}
	return true;
}

Test(rules, names_are_unique)
{
	for (unsigned a = TCPSIM_RULE_NONE + 1; a < TCPSIM_NRULES; a++) {
		for (unsigned b = a + 1; b < TCPSIM_NRULES; b++)
			cr_expect_str_neq(tcpsim_rule_text(a)->name, tcpsim_rule_text(b)->name);
	}
}

Test(rules, names_are_group_slash_what)
{
	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++)
		cr_expect(is_well_formed(tcpsim_rule_text(rule)->name), "%s",
			tcpsim_rule_text(rule)->name);
}

Test(rules, each_has_a_clause_and_a_sentence)
{
	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++) {
		const struct tcpsim_rule_text *text = tcpsim_rule_text(rule);
		size_t length = strlen(text->sentence);

		cr_expect_gt(strlen(text->clause), 0, "%s has no clause", text->name);
		cr_expect(length > 10 && text->sentence[length - 1] == '.',
			"%s: a sentence ends with a full stop", text->name);
	}
}

Test(rules, a_name_finds_its_rule)
{
	cr_expect_eq(tcpsim_rule_by_name("rst/no-listener"), TCPSIM_RULE_RST_NO_LISTENER);
	cr_expect_eq(tcpsim_rule_by_name("rst/no-such-rule"), TCPSIM_RULE_NONE);
	cr_expect_eq(
		tcpsim_rule_by_name("none"), TCPSIM_RULE_NONE, "NONE is no rule to be asked for");
}

Test(rules, states_have_the_names_of_the_rfc)
{
	cr_expect_str_eq(tcpsim_state_name(TCPSIM_CLOSED), "CLOSED");
	cr_expect_str_eq(tcpsim_state_name(TCPSIM_SYN_RCVD), "SYN_RCVD");
	cr_expect_str_eq(tcpsim_state_name(TCPSIM_TIME_WAIT), "TIME_WAIT");
	cr_expect_str_eq(tcpsim_timer_name(TCPSIM_TIMER_2MSL), "2msl");
}
