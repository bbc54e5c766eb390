/* The text of every rule, made from the .def files beside this one: see tcpsim/event.h. */
#include <stddef.h>
#include <string.h>
#include <tcpsim/event.h>

static const struct tcpsim_rule_text RULES[TCPSIM_NRULES] = {
	[TCPSIM_RULE_NONE] = {"none", "", "No rule."},
#define TCPSIM_RULE(id, name, clause, sentence) [TCPSIM_RULE_##id] = {name, clause, sentence},
#include <tcpsim/rules.def>
#undef TCPSIM_RULE
};

const struct tcpsim_rule_text *tcpsim_rule_text(enum tcpsim_rule rule)
{
	return &RULES[(unsigned)rule < TCPSIM_NRULES ? rule : TCPSIM_RULE_NONE];
}

enum tcpsim_rule tcpsim_rule_by_name(const char *name)
{
	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++) {
		if (strcmp(RULES[rule].name, name) == 0)
			return rule;
	}
	return TCPSIM_RULE_NONE;
}
