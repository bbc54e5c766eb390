/* Reported now, or noted. See notify.h. */
#include "world/notify.h"

#include <string.h>

#include "world/notes.h"
#include "world/world.h"

static int calling_now(const struct tcpsim_world *world)
{
	return world->programs ? world->programs->calling() : -1;
}

int notify_calling(const struct tcpsim_world *world)
{
	return world->noted_calling ? *world->noted_calling : calling_now(world);
}

/* --- events --- */

struct event_note {
	struct tcpsim_event event;
	int calling;
	struct tcpsim_segment segment;
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN]; /* as many as there are */
};

static void replay_event(struct tcpsim_world *world, void *record)
{
	struct event_note *note = record;

	world->noted_calling = &note->calling;
	if (note->event.segment) {
		note->event.segment = &note->segment;
		note->segment.options.raw = note->options;
	}
	world->on_event(world->event_context, &note->event);
	world->noted_calling = NULL;
}

/* Options whose bytes are elsewhere are in the raw ones too. */
static void keep_segment(struct event_note *note, const struct tcpsim_segment *segment)
{
	note->segment = *segment;
	note->segment.payload = NULL;
	note->segment.options.cookie = note->segment.options.md5 = NULL;
	if (segment->options.raw_len) /* else there may be no bytes to point at */
		memcpy(note->options, segment->options.raw, segment->options.raw_len);
}

static bool is_unwanted_ack(const struct tcpsim_world *world, const struct tcpsim_event *event)
{
	return world->acks_in_unwanted && event->kind == TCPSIM_EVENT_SEGMENT_IN &&
	       !(event->segment->flags & TCPSIM_SYN);
}

void notify_event(const struct node *node, const struct tcpsim_event *event)
{
	struct tcpsim_world *world = node->world;
	const struct tcpsim_segment *segment = event->segment;
	struct event_note *note;
	size_t size = offsetof(struct event_note, segment);

	if (world->events_unwanted & 1u << event->kind || is_unwanted_ack(world, event))
		return;
	if (!node->part->notes) {
		world->on_event(world->event_context, event);
		return;
	}
	if (segment)
		size = offsetof(struct event_note, options) +
		       (segment->options.raw ? segment->options.raw_len : 0);
	note = notes_add(node->part->notes, replay_event, size);
	note->event = *event;
	note->calling = calling_now(world);
	if (segment)
		keep_segment(note, segment);
}

/* --- packets --- */

struct packet_note {
	const struct node *at;
	const struct world_link *link; /* NULL: it ends at a router */
	const char *why;
	int from, drop;
	bool arrived, captured;
	struct tcpsim_packet packet; /* without its text, but where that is all of it */
	uint8_t whole[];
};

static void replay_packet(struct tcpsim_world *world, void *record)
{
	struct packet_note *note = record;
	const struct world_witness *witness = world->witness;

	if (note->packet.payload)
		note->packet.payload = note->whole;
	if (note->link)
		witness->packet(witness->context, note->link, note->from, &note->packet,
			note->arrived, note->drop, note->captured && node_is_watched(note->at));
	else
		witness->ended(witness->context, note->at, &note->packet, note->why);
}

static struct packet_note *note_packet(const struct node *at, const struct tcpsim_packet *packet)
{
	size_t whole = packet->headers_len || !packet->payload ? 0 : packet->payload_len;
	struct packet_note *note =
		notes_add(at->part->notes, replay_packet, sizeof(struct packet_note) + whole);

	memset(note, 0, offsetof(struct packet_note, packet));
	note->at = at;
	memcpy(&note->packet, packet,
		offsetof(struct tcpsim_packet, headers) + packet->headers_len);
	if (whole)
		memcpy(note->whole, packet->payload, whole);
	else
		note->packet.payload = NULL;
	return note;
}

void notify_packet(const struct node *at, const struct world_link *link, int from,
	const struct tcpsim_packet *packet, bool arrived, int drop, bool captured)
{
	const struct world_witness *witness = at->world->witness;
	struct packet_note *note;

	if (!witness || !witness->packet || (witness->losses_only && drop < 0))
		return;
	if (!at->part->notes) {
		witness->packet(witness->context, link, from, packet, arrived, drop, captured);
		return;
	}
	note = note_packet(at, packet);
	note->link = link;
	note->from = from;
	note->drop = drop;
	note->arrived = arrived;
	note->captured = captured;
}

void notify_ended(const struct node *router, const struct tcpsim_packet *packet, const char *why)
{
	const struct world_witness *witness = router->world->witness;

	if (!witness || !witness->ended)
		return;
	if (router->part->notes)
		note_packet(router, packet)->why = why;
	else
		witness->ended(witness->context, router, packet, why);
}

/* --- hosts --- */

static void replay_taken(struct tcpsim_world *world, void *record)
{
	world->witness->taken(world->witness->context, *(const struct node *const *)record);
}

static void replay_restart(struct tcpsim_world *world, void *record)
{
	world->witness->restarts(world->witness->context, *(const struct node *const *)record);
}

static void note_host(const struct node *host, note_fn replay)
{
	*(const struct node **)notes_add(host->part->notes, replay, sizeof(host)) = host;
}

void notify_taken(const struct node *host)
{
	const struct world_witness *witness = host->world->witness;

	if (!witness || !witness->taken)
		return;
	if (host->part->notes)
		note_host(host, replay_taken);
	else
		witness->taken(witness->context, host);
}

void notify_restarts(const struct node *host)
{
	const struct world_witness *witness = host->world->witness;

	if (!witness || !witness->restarts)
		return;
	if (host->part->notes)
		note_host(host, replay_restart);
	else
		witness->restarts(witness->context, host);
}
