/* Which packets of a ladder are shown. */
#ifndef TCPSIM_TRACES_LADDER_ROWS_H
#define TCPSIM_TRACES_LADDER_ROWS_H

#include <stdbool.h>
#include <tcpsim/event.h>

struct ladder;
struct replay_row;

/* Changes of state show in the columns already; these need a word. */
bool ladder_rule_is_remarkable(enum tcpsim_rule rule);
/* Whether it carries text again; what repairs no loss (needless, Fast Open's) counts `needlessly`. */
bool ladder_sends_again(const struct replay_row *row, bool needlessly);
/* The connection's rows, and which of them are shown. Freed by g_free(l->rows). */
void ladder_weigh(struct ladder *l);
void ladder_choose(struct ladder *l);

#endif
