/*
 * The words that reports print and that are no rules: outcomes, what limits a sender, what a silence
 * was spent on, states, why a packet was skipped ... each with a sentence. `tcpsim explain` takes
 * them. The names are those that the reports ask for (flow_outcome_name ...): a word cannot be there
 * and be called otherwise.
 */
#ifndef TCPSIM_TRACES_GLOSSARY_H
#define TCPSIM_TRACES_GLOSSARY_H

#include <glib.h>

struct glossary_word {
	const char *kind; /* "outcome", "limit", "silence", "state" ... */
	const char *name, *sentence;
};

/* All of them, kind by kind; lives as long as the program. *n: how many. */
const struct glossary_word *glossary(guint *n);

#endif
