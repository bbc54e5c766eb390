/*
 * The table of connections: those with the most harm first where there are many, what went wrong
 * with each in a line below it.
 */
#ifndef TCPSIM_TRACES_SUMMARY_TABLE_H
#define TCPSIM_TRACES_SUMMARY_TABLE_H

#include <stdbool.h>

struct flow;
struct flow_brief;
struct summary;

/* Of the connections that may stand in it the first few, and how many there are. */
struct summary_rows *summary_rows_new(void);
void summary_rows_free(struct summary_rows *rows);
/* This is one of them. */
void summary_row(const struct summary *s, const struct flow *f);
/* Of one that is plain: whether it stands behind the first few, whatever else it is; and that it is
 * one of them. */
bool summary_row_behind(const struct summary *s, const struct flow_brief *plain);
void summary_row_plain(const struct summary *s);
/* The table of connections, and what is not in it. */
void summary_table(const struct summary *s);

#endif
