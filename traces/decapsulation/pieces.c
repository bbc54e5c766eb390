/* Fragments that wait: see pieces.h. */
#include "traces/decapsulation/pieces.h"

#include "traces/decapsulation/decapsulation.h"

#include <string.h>

#define MOST_PIECES 1024

struct piece {
	struct decapsulation_datagram datagram;
	struct capture_packet packet; /* its bytes are in `bytes` */
	uint8_t *bytes;
};

struct pieces {
	struct decapsulation *decapsulation;
	GPtrArray *waiting; /* struct piece, in order */
	bool is_whole;	    /* the last packet put a datagram together */
};

static void piece_free(gpointer pointer)
{
	struct piece *piece = pointer;

	g_free(piece->bytes);
	g_free(piece);
}

struct pieces *pieces_new(void)
{
	struct pieces *p = g_new0(struct pieces, 1);

	p->decapsulation = decapsulation_new();
	p->waiting = g_ptr_array_new_with_free_func(piece_free);
	return p;
}

void pieces_free(struct pieces *p)
{
	if (p == NULL)
		return;
	decapsulation_free(p->decapsulation);
	g_ptr_array_unref(p->waiting);
	g_free(p);
}

static void keep(struct pieces *p, const struct capture_packet *packet)
{
	struct piece *piece = g_new0(struct piece, 1);

	if (p->waiting->len == MOST_PIECES)
		g_ptr_array_remove_index(p->waiting, 0);
	piece->datagram = *decapsulation_datagram(p->decapsulation);
	piece->packet = *packet;
	piece->bytes = g_memdup2(packet->bytes, packet->captured);
	piece->packet.bytes = piece->bytes;
	g_ptr_array_add(p->waiting, piece);
}

void pieces_look(struct pieces *p, const struct capture_packet *packet)
{
	struct wire_packet wire;
	enum decapsulation_result result = decapsulate(p->decapsulation, packet, &wire);

	p->is_whole = result != DECAPSULATION_SKIPPED &&
		      decapsulation_layers(p->decapsulation) & DECAPSULATION_FRAGMENTS;
	if (result == DECAPSULATION_SKIPPED &&
		strcmp(decapsulation_reason(p->decapsulation), "ip-fragment") == 0)
		keep(p, packet);
}

static bool same_datagram(
	const struct decapsulation_datagram *a, const struct decapsulation_datagram *b)
{
	return a->id == b->id && tcpsim_addr_eq(&a->src, &b->src) &&
	       tcpsim_addr_eq(&a->dst, &b->dst);
}

void pieces_take(struct pieces *p, void (*take)(void *context, const struct capture_packet *piece),
	void *context)
{
	const struct decapsulation_datagram *whole = decapsulation_datagram(p->decapsulation);

	for (guint i = 0; p->is_whole && i < p->waiting->len;) {
		struct piece *piece = p->waiting->pdata[i];

		if (!same_datagram(&piece->datagram, whole)) {
			i++;
			continue;
		}
		take(context, &piece->packet);
		g_ptr_array_remove_index(p->waiting, i);
	}
}
