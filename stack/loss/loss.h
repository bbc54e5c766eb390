/*
 * Loss detection: the record of what is outstanding, and which of it must be taken for lost. Behind
 * this interface stand the systems' ways: duplicate ACKs (RFC 5681, 6582), SACK (RFC 2018, 2883,
 * 6675) and RACK (RFC 8985), with the evidence that undoes a wrong guess (RFC 2883, 3522, 5682).
 *
 * One record a segment, in a ring in sequence order, found by binary search; those that may still
 * be lost also stand in a list by the time they last left, so RACK looks at no more than it marks.
 * The cost of an ACK does not depend on the window. The ring is allocated with the first segment,
 * grows by doubling and goes when it is empty and large. Nothing here sees the TCB or the
 * congestion window; the sender (stack/tcp/sender*.c) coordinates.
 */
#ifndef TCPSIM_LOSS_H
#define TCPSIM_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpsim/profile.h>
#include <tcpsim/segment.h>

enum loss_state {
	LOSS_OPEN,
	LOSS_DISORDER,
	LOSS_CWR,
	LOSS_RECOVERY,
	LOSS_LOSS
}; /* as tcpi_ca_state */

enum {
	RECORD_SACKED = 1,
	RECORD_LOST = 2,
	RECORD_RETRANS = 4, /* a retransmission of it is in flight */
	RECORD_EVER = 8,    /* it was retransmitted at least once */
	RECORD_FIN = 16,
	RECORD_SYN = 32,
	RECORD_APP_LIMITED = 64, /* left while the application was the bottleneck */
	RECORD_LISTED = 128,	 /* stands in the list by time */
	RECORD_JOINED = 256,	 /* left in one super-segment with the record before it */
};

struct loss_record {
	tcpsim_seq seq;
	uint32_t len;	 /* of sequence space, SYN and FIN counted */
	int64_t sent_ns; /* when it last left */
	/*
	 * Listed: the neighbours by time, as indices; an end of the list points to itself. SACKed:
	 * `next` is where the run of SACKed records that it stands in goes on or ends. It lies
	 * behind the record itself, never behind the last record by more than one, and all between
	 * are SACKed, so that a walk along it ends. A record is one or the other, or neither:
	 * RECORD_LISTED and RECORD_SACKED never stand together.
	 */
	uint32_t next, prev;
	/* For the delivery rate, as of when it last left. delivered_us 0: already counted. */
	uint32_t delivered, delivered_us, first_sent_us;
	uint16_t flags;
};

struct loss_ring {
	uint32_t mask;
	struct loss_record at[];
};

struct tcp_loss {
	struct tcpsim_pool *pool; /* whose memory the ring is */
	struct loss_ring *ring;	  /* NULL when nothing was outstanding for long */
	/* index of the oldest record; indices count on and never wrap into the ring */
	uint32_t first;
	uint32_t packets;		/* records */
	uint32_t sacked, lost, retrans; /* records; without SACK `sacked` counts duplicate ACKs */
	uint32_t sacked_bytes, lost_bytes, retrans_bytes;
	uint32_t time_head, time_tail, listed;
	uint32_t hint;	 /* no lost record that waits for retransmission stands before this index */
	uint32_t judged; /* loss_mark_by_count looked at all records before this index */
	/* one past the highest SACKed byte, while sacked > 0 and SACK is in use */
	tcpsim_seq sacked_end;
	tcpsim_seq high_seq;	 /* SND.NXT when the present state began: the recovery point */
	tcpsim_seq undo_marker;	 /* SND.UNA when the reduction that may be undone began */
	tcpsim_seq tlp_high_seq; /* SND.NXT when the tail loss probe left */
	/* retransmissions that no D-SACK has called needless; -1: none was made yet */
	int32_t undo_retrans;
	uint32_t reordering; /* duplicate threshold as learned, segments */
	uint32_t reord_seen; /* times the network was seen to reorder */
	uint32_t dsack_dups; /* segments the peer said came twice */
	uint32_t delivered;  /* segments, all time */
	uint32_t lost_total; /* marks, all time */
	/* RACK, RFC 8985 §5.2 */
	int64_t rack_sent_ns; /* RACK.xmit_ts of the segment delivered that left last; 0: none */
	tcpsim_seq rack_end;  /* RACK.end_seq */
	uint32_t rack_rtt_us;
	uint32_t rack_delivered; /* when reo_wnd was last widened, in `delivered` */
	uint8_t reo_wnd_mult, reo_wnd_persist;
	uint8_t state; /* enum loss_state */
	bool undo : 1; /* undo_marker holds */
	bool tlp : 1,
		tlp_retrans : 1; /* a probe is out (tlp_high_seq holds); it was a retransmission */
	bool rack_advanced : 1, dsack_seen : 1; /* input to the reordering window */
	bool dsack_ever : 1, reneged : 1;
	/* delivery rate, draft-cheng-iccrg-delivery-rate-estimation */
	uint32_t first_sent_us, delivered_us;
	uint32_t rate_delivered, rate_interval_us;
	uint32_t app_limited; /* `delivered` at which the bubble ends; 0: not limited */
	bool rate_app_limited;
};

/* What an ACK brought (struct loss_ack.flags). */
enum {
	ACK_DATA = 1,	       /* the segment carried text */
	ACK_WINDOW = 2,	       /* it updated the window */
	ACK_DATA_ACKED = 4,    /* it acknowledged text for the first time */
	ACK_RETRANS_ACKED = 8, /* some of which had been retransmitted */
	ACK_SYN_ACKED = 16,
	ACK_DATA_SACKED = 32,
	ACK_ECE = 64,
	ACK_LOST_RETRANS = 128, /* a retransmission was found lost */
	ACK_ORIG_SACKED =
		256, /* text that was never retransmitted, from before the recovery point */
	ACK_UNA_ADVANCED = 512,
	ACK_DSACK = 1024,
	ACK_RENEGED = 2048,
	ACK_SET_TIMER = 4096,	   /* RTO or probe timer is to be set anew */
	ACK_DSACK_TLP = 8192,	   /* the D-SACK was for a tail loss probe */
	ACK_MAYBE_DELAYED = 16384, /* one segment: the peer may have delayed it */
	ACK_FIN_ACKED = 32768,
};
#define ACK_ACKED    (ACK_DATA_ACKED | ACK_SYN_ACKED)
#define ACK_NOT_DUP  (ACK_DATA | ACK_WINDOW | ACK_ACKED)
#define ACK_ALERT    (ACK_DATA_SACKED | ACK_ECE | ACK_DSACK)
#define ACK_PROGRESS (ACK_ACKED | ACK_DATA_SACKED)

/* One ACK as the detector takes it in. */
struct loss_ack {
	/* told by the caller */
	int64_t now;
	tcpsim_seq una_before, una, nxt;
	uint32_t mss, max_wnd, min_rtt_us;
	uint32_t total_retrans;
	bool sack; /* negotiated */
	bool rack; /* the time list and RACK are in use */
	/* found out */
	unsigned flags;
	tcpsim_seq reorder; /* lowest sequence number that came late; `nxt`: none */
	int64_t first_acked_ns, last_acked_ns, first_sacked_ns, last_sacked_ns; /* -1: none */
	uint32_t packets_acked, sack_delivered;
	uint32_t sacked_before; /* tcp_loss.sacked when the ACK came */
	bool fully_acked;	/* the last record touched was acknowledged whole */
	/* the segment that gives the rate sample */
	bool sampled, sample_app_limited, sample_retrans;
	tcpsim_seq sample_end;
	uint32_t prior_delivered, prior_delivered_us, send_interval_us;
};

/* --- what is lost (rack.c, dupack.c) --- */

static inline struct loss_record *loss_at(const struct tcp_loss *loss, uint32_t index)
{
	return &loss->ring->at[index & loss->ring->mask];
}

static inline uint32_t loss_end(const struct tcp_loss *loss)
{
	return loss->first + loss->packets;
}

static inline bool loss_is_record(const struct tcp_loss *loss, uint32_t index)
{
	return index - loss->first < loss->packets;
}

static inline tcpsim_seq record_end(const struct loss_record *r)
{
	return tcpsim_seq_add(r->seq, r->len);
}

/* Segments in the network: RFC 6675's pipe. */
static inline uint32_t loss_in_flight(const struct tcp_loss *loss)
{
	return loss->packets - loss->sacked - loss->lost + loss->retrans;
}

/* Where SACK's knowledge ends: SND.UNA when nothing is SACKed. */
static inline tcpsim_seq loss_highest_sacked(const struct tcp_loss *loss, tcpsim_seq una)
{
	return loss->sacked ? loss->sacked_end : una;
}

static inline uint32_t loss_us(int64_t ns)
{
	uint32_t us = (uint32_t)(ns / 1000);

	return us ? us : 1; /* 0 means none */
}

#endif
