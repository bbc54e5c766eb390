/*
 * What the cumulative acknowledgment takes off, with the evidence it gives: times for round
 * trips, reordering, text that was never retransmitted (F-RTO), reneging.
 */
#ifndef TCPSIM_LOSS_ACKED_H
#define TCPSIM_LOSS_ACKED_H

struct loss_ack;
struct loss_record;
struct tcp_loss;

/* Takes off what ack->una covers. */
void loss_acked(struct tcp_loss *loss, struct loss_ack *ack);
/* Remembers for the delivery rate that this record was delivered. */
void loss_rate_delivered(struct tcp_loss *loss, struct loss_ack *ack, struct loss_record *r);

#endif
