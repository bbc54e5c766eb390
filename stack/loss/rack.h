/*
 * RACK (RFC 8985 §6): a segment is lost when one that left later was delivered, and the time that
 * reordering may take has passed.
 */
#ifndef TCPSIM_LOSS_RACK_H
#define TCPSIM_LOSS_RACK_H

#include <stdint.h>
#include <tcpsim/seq.h>

struct loss_ack;
struct loss_record;
struct tcp_loss;
struct tcpsim_profile;

/* RFC 8985 §6.2 step 2: a record that left at `sent_ns` was delivered. */
void loss_rack_advance(struct tcp_loss *loss, struct loss_ack *ack, unsigned flags, tcpsim_seq end,
	int64_t sent_ns);
/* Step 4: widens or narrows the reordering window by D-SACKs. */
void loss_rack_adapt(
	struct tcp_loss *loss, const struct loss_ack *ack, const struct tcpsim_profile *sys);
/* Step 5: marks what is late. Returns how long the rest may still take, microseconds; 0: nothing
 * waits. */
uint32_t loss_rack_detect(struct tcp_loss *loss, int64_t now, uint32_t reorder_window_us);
/* RACK.reo_wnd now. */
uint32_t loss_reorder_window_us(const struct tcp_loss *loss, const struct tcpsim_profile *sys,
	uint32_t min_rtt_us, uint32_t srtt_us);
/* How much longer, microseconds, the record may take before it is late; <= 0: it is. */
int64_t loss_rack_remaining_us(const struct tcp_loss *loss, const struct loss_record *r,
	int64_t now, uint32_t reorder_window_us);

#endif
