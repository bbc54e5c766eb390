/*
 * Counting: duplicate ACKs that stand for segments where there is no SACK, RFC 6675's IsLost
 * where there is, and the threshold that both use.
 */
#ifndef TCPSIM_LOSS_DUPACK_H
#define TCPSIM_LOSS_DUPACK_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/seq.h>

struct tcp_loss;
struct tcpsim_profile;

/* RFC 6675 §4 IsLost: marks what has `threshold` SACKed segments above it. */
void loss_mark_by_count(struct tcp_loss *loss, uint32_t threshold);
/* Duplicate ACKs without SACK stand for segments that left the network; returns how many are newly
 * delivered. */
uint32_t loss_dupacks_add(struct tcp_loss *loss, uint32_t n, const struct tcpsim_profile *sys);
/* Each hole, one at least, holds back one of the segments that duplicates could stand for. True:
 * there were too many of them. */
bool loss_dupacks_limit(struct tcp_loss *loss);
uint32_t loss_dupacks_remove(
	struct tcp_loss *loss, uint32_t acked, const struct tcpsim_profile *sys);
/* Late by `low`: the duplicate threshold grows (RFC 4653's idea, as Linux has it). */
void loss_learn_reordering(
	struct tcp_loss *loss, tcpsim_seq low, tcpsim_seq una, uint32_t mss, uint32_t most);

#endif
