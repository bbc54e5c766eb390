/*
 * The bytes of a connection. A script says how many there are, hardly ever which: those that it
 * leaves open are a function of their place in the stream (base/pattern.h), one stream a direction
 * of each connection. What the system sends is held against what was written, what a read gives
 * against what came in, byte by byte.
 *
 * Outbound bytes count from the first one written; inbound ones by sequence number, so that a
 * segment's payload is known whatever became of those before it.
 */
#ifndef SCRIPT_RUN_PAYLOAD_H
#define SCRIPT_RUN_PAYLOAD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <tcpsim/segment.h>

struct payload;

/* number: the connection's own. */
struct payload *payload_new(unsigned number);
void payload_free(struct payload *payload);
/* Another connection begins on the same socket: nothing has been written or read of it. */
void payload_restart(struct payload *payload);

/* --- towards the peer --- */
/* Bytes for the next write, `before` behind those written: the script leaves them open, or says
 * them; whatever was planned from there on before is forgotten. */
void payload_plan(struct payload *payload, size_t before, void *bytes, size_t len);
void payload_say(struct payload *payload, size_t before, const void *bytes, size_t len);
/* So many were taken by the system. */
void payload_written(struct payload *payload, size_t len);
/* The system moved them from elsewhere, and they are written; NULL: which they are is not known. */
void payload_moved(struct payload *payload, const void *bytes, size_t len);
/* The peer acknowledged all bytes before this one. */
void payload_acked(struct payload *payload, uint32_t offset);
/* Are these what was written from `offset` on? If not, *wrong is the first that is not, and *byte
 * what it should be. */
bool payload_sent_right(const struct payload *payload, uint32_t offset, const uint8_t *bytes,
	size_t len, uint32_t *wrong, uint8_t *byte);

/* --- from the peer --- */
/* A segment comes in: its payload, first sequence number `seq` (behind a SYN). */
void payload_fill(const struct payload *payload, uint32_t seq, void *bytes, size_t len);
/* What it means for the stream: a SYN begins it, an urgent octet may be taken out of it. */
void payload_arrives(struct payload *payload, const struct tcpsim_segment *segment);
/* The system answers: which SYN it took is known now. */
void payload_answered(struct payload *payload, const struct tcpsim_segment *segment);
/*
 * A read gave the first `len` bytes of the vector. False if they are not the stream's next ones:
 * *offset is which byte of the stream is wrong first, counted from 0. `peeked`: they stay to be
 * read.
 */
bool payload_read(struct payload *payload, const struct iovec *vector, size_t n, size_t len,
	bool peeked, uint32_t *offset);
/* They were thrown away (MSG_TRUNC): nobody has looked at them. */
void payload_skip(struct payload *payload, size_t len);
/* Is it an urgent octet that came? */
bool payload_urgent(const struct payload *payload, uint8_t octet);

#endif
