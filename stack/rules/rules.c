/* The text of every rule, made from the .def files beside this one: see tcpsim/event.h. */
#include <stddef.h>
#include <string.h>
#include <tcpsim/event.h>

static const struct tcp_rule_text RULES[TCP_NRULES] = {
	[TCP_RULE_NONE] = {"none", "", "No rule."},
#define RULE(id, name, clause, sentence) [TCP_RULE_##id] = {name, clause, sentence},
#include <tcpsim/rules.def>
#undef RULE
};

const struct tcp_rule_text *tcp_rule_text(enum tcp_rule rule)
{
	return &RULES[(unsigned)rule < TCP_NRULES ? rule : TCP_RULE_NONE];
}

enum tcp_rule tcp_rule_by_name(const char *name)
{
	for (unsigned rule = TCP_RULE_NONE + 1; rule < TCP_NRULES; rule++) {
		if (strcmp(RULES[rule].name, name) == 0)
			return rule;
	}
	return TCP_RULE_NONE;
}
