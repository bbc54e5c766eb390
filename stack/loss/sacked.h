/*
 * SACK blocks (RFC 2018) and D-SACK (RFC 2883): which are believed, and what they change in the
 * records.
 */
#ifndef TCPSIM_LOSS_SACKED_H
#define TCPSIM_LOSS_SACKED_H

#include <tcpsim/seq.h>

struct loss_ack;
struct tcp_loss;
struct tcpsim_sack_block;

/* Takes in SACK blocks, D-SACK first. */
void loss_sacked(struct tcp_loss *loss, struct loss_ack *ack,
	const struct tcpsim_sack_block *blocks, unsigned n, tcpsim_seq seg_ack);

#endif
