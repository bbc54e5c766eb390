/*
 * Conditions on connections, as `--where` takes them: "outcome=reset and rtt>100ms".
 *
 *   condition := all { "or" all }        all := one { "and" one }        one := "not" one | "(" condition ")" | test
 *   test := KEY [ ("=" | "!=" | "<" | "<=" | ">" | ">=") VALUE ]
 *
 * KEY is one of key.h. A number has a unit: ns us ms s min h; B k M G (bytes; 1 k = 1000); bit/s
 * kbit/s Mbit/s Gbit/s; %. KEY alone holds if the number is not 0, or there is such a word. What is
 * unknown fulfils no test, "!=" included. "&&", "||" and "!" are taken, too.
 */
#ifndef TCPSIM_TRACES_WHERE_H
#define TCPSIM_TRACES_WHERE_H

#include "traces/select/key.h"

struct where;

/* NULL, and *why (freed by g_free), which tells the column that is wrong and what would do. */
struct where *where_parse(const char *text, char **why);
bool where_holds(const struct where *w, const struct asked *a, const struct flow *f);
void where_free(struct where *w);

#endif
