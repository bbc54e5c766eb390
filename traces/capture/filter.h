/*
 * A pcap-filter(7) expression over packets of any link type: libpcap compiles it, once for each
 * link type that comes along. A link type for which it makes no sense ("wlan type data" on
 * Ethernet) matches nothing.
 */
#ifndef TCPSIM_TRACES_CAPTURE_FILTER_H
#define TCPSIM_TRACES_CAPTURE_FILTER_H

#include "traces/capture/reader.h"

struct filter;

/* NULL and an error of CAPTURE_ERROR if the expression compiles for no common link type. */
struct filter *filter_new(const char *expression, GError **error);
bool filter_matches(struct filter *filter, const struct capture_packet *packet);
void filter_free(struct filter *filter);

/* "EN10MB", or "147" where libpcap has no name. Lives as long as the program. */
const char *capture_link_name(int link_type);

#endif
