/* Fragments that wait: see fragment_packets.h. */
#include "traces/decapsulation/fragment_packets.h"

#include "traces/decapsulation/decapsulation.h"

#include <string.h>

#define MOST_PACKETS 1024

struct kept {
	struct decapsulation_datagram datagram;
	struct capture_packet packet; /* its bytes are in `bytes` */
	uint8_t *bytes;
};

struct fragment_packets {
	struct decapsulation *decapsulation;
	GPtrArray *waiting; /* struct kept, in order */
	bool is_whole;	    /* the last packet put a datagram together */
};

static void kept_free(gpointer pointer)
{
	struct kept *kept = pointer;

	g_free(kept->bytes);
	g_free(kept);
}

struct fragment_packets *fragment_packets_new(void)
{
	struct fragment_packets *p = g_new0(struct fragment_packets, 1);

	p->decapsulation = decapsulation_new();
	p->waiting = g_ptr_array_new_with_free_func(kept_free);
	return p;
}

void fragment_packets_free(struct fragment_packets *p)
{
	if (p == NULL)
		return;
	decapsulation_free(p->decapsulation);
	g_ptr_array_unref(p->waiting);
	g_free(p);
}

static void keep(struct fragment_packets *p, const struct capture_packet *packet)
{
	struct kept *kept = g_new0(struct kept, 1);

	if (p->waiting->len == MOST_PACKETS)
		g_ptr_array_remove_index(p->waiting, 0);
	kept->datagram = *decapsulation_datagram(p->decapsulation);
	kept->packet = *packet;
	kept->bytes = g_memdup2(packet->bytes, packet->captured);
	kept->packet.bytes = kept->bytes;
	g_ptr_array_add(p->waiting, kept);
}

void fragment_packets_look(struct fragment_packets *p, const struct capture_packet *packet)
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

void fragment_packets_take(struct fragment_packets *p,
	void (*take)(void *context, const struct capture_packet *packet), void *context)
{
	const struct decapsulation_datagram *whole = decapsulation_datagram(p->decapsulation);

	for (guint i = 0; p->is_whole && i < p->waiting->len;) {
		struct kept *kept = p->waiting->pdata[i];

		if (!same_datagram(&kept->datagram, whole)) {
			i++;
			continue;
		}
		take(context, &kept->packet);
		g_ptr_array_remove_index(p->waiting, i);
	}
}
