/*
 * Text that outlives the packet it came in. It is named by the chunk it lies in and a place there,
 * never by an address: what queues it can hold only bytes that a chunk owns, and keeps them by a
 * reference. owned_text is the one way from a segment's borrowed payload to such a name; text that
 * lies in the packet's own bytes, as that of a small datagram may, is given a chunk there.
 */
#ifndef TCPSIM_WIRE_OWNED_H
#define TCPSIM_WIRE_OWNED_H

#include <stdbool.h>
#include <tcpsim/packet.h>

struct owned_text {
	struct tcpsim_chunk
		*chunk; /* the packet's, to be referred to by who keeps it; NULL: a fill */
	uint32_t at;	/* of its data */
};

/* NULL: a fill. */
static inline const uint8_t *owned_text_bytes(const struct owned_text *text)
{
	return text->chunk ? text->chunk->data + text->at : NULL;
}

/* What follows its first n bytes. */
static inline struct owned_text owned_text_from(const struct owned_text *text, uint32_t n)
{
	return (struct owned_text){text->chunk, text->at + n};
}

/* The same text, kept: with a reference of its own. */
static inline struct owned_text owned_text_keep(const struct owned_text *text)
{
	if (text->chunk)
		tcpsim_chunk_ref(text->chunk);
	return *text;
}

static inline void owned_text_release(const struct owned_text *text)
{
	if (text->chunk)
		tcpsim_chunk_unref(text->chunk);
}

#endif
