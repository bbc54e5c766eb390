/*
 * Link layers, by their LINKTYPE_ number (https://www.tcpdump.org/linktypes.html), and what they
 * carry.
 */
#ifndef TCPSIM_TRACES_DECAPSULATION_LINK_H
#define TCPSIM_TRACES_DECAPSULATION_LINK_H

#include "traces/decapsulation/layers.h"

/* What c->ethertype stands for. */
enum layer layer_ethertype(struct cursor *c);
/* Link layers, decapsulation/link.c. */
enum layer layer_link(struct cursor *c);
enum layer layer_ethernet(struct cursor *c);
enum layer layer_llc(struct cursor *c);
enum layer layer_ppp(struct cursor *c);
enum layer layer_wifi(struct cursor *c);

#endif
