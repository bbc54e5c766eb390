/*
 * BBR's model of the path (draft-cardwell-iccrg-bbr-congestion-control-00 §4.1): the bandwidth of
 * the bottleneck, whether a policer sets it, how much ACKs come in lumps, and whether the pipe
 * has been filled.
 */
#ifndef TCPSIM_CC_BBR_MODEL_H
#define TCPSIM_CC_BBR_MODEL_H

#include <stdbool.h>

struct bbr;
struct cc;
struct cc_ack;
struct cc_flow;

/* Takes the ACK's sample into rounds, bandwidth, aggregation and the full pipe's estimate. True:
 * the long-term bandwidth has been given up, and gains are to cycle anew. */
bool bbr_learn(struct cc *cc, const struct cc_ack *ack);
bool bbr_lt_sample(struct bbr *b, const struct cc *cc, const struct cc_flow *flow, bool lost,
	bool app_limited);
void bbr_lt_reset(struct bbr *b, const struct cc_flow *flow);
void bbr_full_pipe(struct bbr *b, const struct cc_ack *ack);

#endif
