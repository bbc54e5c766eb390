/*
 * What the whole of a large capture shows: crowds, each a line; how many connections are slow and
 * of which servers; what the time of all went into.
 */
#ifndef TCPSIM_TRACES_SUMMARY_WHOLE_H
#define TCPSIM_TRACES_SUMMARY_WHOLE_H

struct summary;

/* summary_whole.c: floods and scans; how many are slow and at which servers; what the time of all
 * went into. */
void summary_crowds(const struct summary *s);
void summary_slow(const struct summary *s);
void summary_shares(const struct summary *s);

#endif
