/*
 * HyStart++ (RFC 9406): slow start turns to a quarter of its speed when the round trip grows, and
 * ends if it stays so.
 */
#ifndef TCPSIM_CC_HYSTARTPP_H
#define TCPSIM_CC_HYSTARTPP_H

#include <cc/cc.h>

struct hystartpp {
	uint32_t last_min_us,
		round_min_us; /* smallest round trips of the last and this round; 0: none */
	uint32_t baseline_us; /* when conservative slow start began */
	uint32_t round_end;
	uint32_t pending; /* acknowledged and not yet granted, in conservative slow start */
	uint8_t samples, rounds;
	bool conservative;
};

void hystartpp_sample(struct cc *cc, struct hystartpp *h, const struct cc_ack *ack);
/* What of `acked` the window may grow by. */
uint32_t hystartpp_grant(const struct cc *cc, struct hystartpp *h, uint32_t acked);

#endif
