/*
 * What a capture holds, in short: how many connections and what became of them, the table
 * (summary_table.c), what the whole of it shows (summary_whole.c), listeners whose queues look
 * full, and what of the capture could not be read.
 */
#ifndef TCPSIM_TRACES_SUMMARY_H
#define TCPSIM_TRACES_SUMMARY_H

struct replay;
struct report_style;

/* The table of connections (the most troubled ones unless style->all), listeners, what
 * was skipped. */
void report_summary(const struct replay *r, const struct report_style *style);

#endif
