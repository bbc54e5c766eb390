/*
 * The table of connections: those with the most harm first where there are many, what went wrong
 * with each in a line below it.
 */
#ifndef TCPSIM_TRACES_SUMMARY_TABLE_H
#define TCPSIM_TRACES_SUMMARY_TABLE_H

struct summary;

/* summary_table.c: the table of connections, and what is not in it. */
void summary_table(const struct summary *s);

#endif
