/*
 * The `packet` line of `tcpsim replay --json --packets`: each packet of a connection as it
 * passes.
 */
#ifndef TCPSIM_TRACES_JSON_PACKET_H
#define TCPSIM_TRACES_JSON_PACKET_H

struct flow;
struct replay_row;

/* With --packets: a line for each packet as it passes (replay_options.passed; the context is a
 * struct report_packets). */
void report_json_packet(void *context, const struct flow *f, const struct replay_row *row);

#endif
