/* The ring of records and the list by time through it. */
#ifndef TCPSIM_LOSS_RECORD_H
#define TCPSIM_LOSS_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/seq.h>

struct tcp_loss;
struct tcpsim_pool;
struct tcpsim_profile;

/* --- records (record.c) --- */
void loss_init(struct tcp_loss *loss, const struct tcpsim_profile *sys, struct tcpsim_pool *pool);
void loss_free(struct tcp_loss *loss);
/* Room for n more records, before what they record leaves: what is out without one would
 * never be repaired. False: no memory. Indices stay what they are: only where they stand in
 * memory changes. */
bool loss_reserve(struct tcp_loss *loss, uint32_t n);
/* Appends what just left at seq, which follows the last record, in room that was reserved. */
void loss_append(struct tcp_loss *loss, tcpsim_seq seq, uint32_t len, unsigned flags, int64_t now);
/* A retransmission of record `index` left; `counted`: not a probe. */
void loss_resent(struct tcp_loss *loss, uint32_t index, int64_t now, bool counted);
/* Index of the record that covers seq (first + packets: none does). */
uint32_t loss_find(const struct tcp_loss *loss, tcpsim_seq seq);
/* Cuts record `index` after `len` bytes; false: no memory, or nothing to cut. */
bool loss_split(struct tcp_loss *loss, uint32_t index, uint32_t len);
/* Joins record `index` with the one that follows it. */
void loss_join(struct tcp_loss *loss, uint32_t index);
/* Moves what of the next record's text fits `room` to record `index`, if both have met the same. True:
 * it was all of it, and more may follow. */
bool loss_fill(struct tcp_loss *loss, uint32_t index, uint32_t room);
void loss_mark_lost(struct tcp_loss *loss, uint32_t index);
/* All goes again from the first on, what was SACKed too: the receiver may have dropped that since
 * (RFC 2018 §8). */
void loss_begin_anew(struct tcp_loss *loss);
/* Takes the loss mark off every record. */
void loss_unmark_all(struct tcp_loss *loss);
void loss_unlist(struct tcp_loss *loss, uint32_t index);
/* Frees the ring if nothing is outstanding and it grew large. */
void loss_shrink(struct tcp_loss *loss);
void loss_check(const struct tcp_loss *loss, tcpsim_seq una, tcpsim_seq nxt, bool sack);

#endif
