/*
 * The packets of an account by connection, parsed, with what makes their numbers relative: inside
 * of compare/.
 */
#ifndef COMPARE_FLOWS_H
#define COMPARE_FLOWS_H

#include "compare/account.h"
#include <wire/wire.h>

struct flow {
	struct tcpsim_addr local, remote;
	uint16_t local_port, remote_port;
	bool has_iss, has_irs, has_ts;
	tcpsim_seq iss,
		irs; /* the first number of each side that was seen; of the last incarnation */
	uint32_t first_ts; /* of the system */
	GArray *out;	   /* guint: entries of packets that were sent, in order */
};

struct flows {
	GPtrArray *all; /* struct flow, in order of appearance */
	GArray *of;	/* int: by entry, the flow; -1: none */
	/* tcpsim_seq: by entry, the system's first number of the incarnation that it belongs to */
	GArray *iss;
	GArray *packets; /* struct wire_packet: by entry */
};

struct flows *flows_new(const struct account *account);
void flows_free(struct flows *flows);

static inline const struct wire_packet *flows_packet(const struct flows *flows, guint entry)
{
	return &g_array_index(flows->packets, struct wire_packet, entry);
}

/* Of the entry, which is a packet that has one. */
static inline const struct flow *flows_flow(const struct flows *flows, guint entry)
{
	int at = g_array_index(flows->of, int, entry);

	return at >= 0 ? g_ptr_array_index(flows->all, (guint)at) : NULL;
}

static inline tcpsim_seq flows_iss(const struct flows *flows, guint entry)
{
	return g_array_index(flows->iss, tcpsim_seq, entry);
}

#endif
