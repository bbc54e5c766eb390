/*
 * What the whole of a large capture shows: crowds, each a line; how many connections are slow and
 * of which servers; what the time of all went into.
 */
#ifndef TCPSIM_TRACES_SUMMARY_WHOLE_H
#define TCPSIM_TRACES_SUMMARY_WHOLE_H

#include <stdbool.h>
#include <stdint.h>

struct flow;
struct flow_brief;
struct replay;
struct summary;

/* What silences cost, of each server: told of every connection that stands for itself. */
struct summary_servers *summary_servers_new(const struct replay *r);
void summary_servers_free(struct summary_servers *servers);
void summary_server(const struct summary *s, const struct flow *f);
/* The same of one that is plain; false: its server is not known yet, it has to be looked at. */
bool summary_server_plain(const struct summary *s, uint32_t place, const struct flow_brief *plain);

/* Floods and scans; how many are slow and at which servers; what the time of all went into. */
void summary_crowds(const struct summary *s);
void summary_slow(const struct summary *s);
void summary_shares(const struct summary *s);

#endif
