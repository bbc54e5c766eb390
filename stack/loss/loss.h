/*
 * Loss detection: the record of what is outstanding, and which of it must be taken for lost. Behind this interface
 * stand the profile's ways: duplicate ACKs (RFC 5681, 6582), SACK (RFC 6675), RACK-TLP (RFC 8985), F-RTO (RFC 5682).
 * It never sees the TCB nor the congestion window. Its author may add members; others ask through sender.h.
 */
#ifndef TCPSIM_LOSS_H
#define TCPSIM_LOSS_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/profile.h>
#include <tcpsim/segment.h>

enum loss_state { LOSS_OPEN, LOSS_DISORDER, LOSS_CWR, LOSS_RECOVERY, LOSS_LOSS }; /* as tcpi_ca_state */

struct loss_record;

struct tcp_loss {
	struct loss_record *records; /* ring; NULL when nothing is outstanding */
	uint8_t state;		     /* enum loss_state */
};

#endif
