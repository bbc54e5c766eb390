/* Logs of parts, and their merge. See order.h. */
#include "world/order.h"

#include <glib.h>

#include "world/notes.h"
#include "world/world.h"

#define OWN (UINT64_C(1) << 63) /* of numbers that are but the part's */

/* An event that fired. */
struct fired {
	int64_t time_ns;
	uint64_t number;
	uint32_t numbers, notes; /* how many there were after it, in this window */
};

struct order_log {
	GArray *fired;
	struct notes *notes;
	uint64_t base;	/* the first number of this window */
	GArray *number; /* uint64_t: the world's, for each number given in this window */
	/* of the merge */
	guint next;	/* that is to be merged */
	guint numbered; /* numbers so far */
};

struct order_log *order_log_new(void)
{
	struct order_log *log = g_new0(struct order_log, 1);

	log->fired = g_array_new(FALSE, FALSE, sizeof(struct fired));
	log->number = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	log->notes = notes_new();
	log->base = OWN;
	return log;
}

void order_log_free(struct order_log *log)
{
	g_array_unref(log->fired);
	g_array_unref(log->number);
	notes_free(log->notes);
	g_free(log);
}

/* --- in a part --- */

/* What waits gets the world's numbers. */
static void renumber(struct world_part *part)
{
	struct order_log *log = part->log;
	const struct clock_number *given;
	size_t n;

	given = clock_kept(part->clock, &n);
	for (size_t i = 0; i < log->numbered; i++) {
		struct clock_event *event = given[i].event;

		/* One that was scheduled again has another number by now. */
		if (event && clock_is_set(event) && event->id == log->base + i)
			clock_renumber(part->clock, event, g_array_index(log->number, uint64_t, i));
	}
	log->base += log->numbered;
	log->next = log->numbered = 0;
	g_array_set_size(log->fired, 0);
	notes_clear(log->notes);
}

void order_begin(struct world_part *part)
{
	clock_keep(part->clock);
	clock_number_from(part->clock, part->log->base);
	part->notes = part->log->notes;
}

void order_go_on(struct world_part *part)
{
	renumber(part);
	clock_keep(part->clock);
}

void order_end(struct world_part *part)
{
	renumber(part);
	clock_keep_no_more(part->clock);
	part->notes = NULL;
}

void order_at(struct world_part *part, struct clock_event *event, int64_t time_ns)
{
	bool apart = part->log && !part->notes;

	if (apart)
		clock_number_from(part->clock, part->world->next_number);
	clock_at(part->clock, event, time_ns);
	if (apart)
		part->world->next_number = clock_next_number(part->clock);
}

void order_note(struct world_part *part)
{
	struct order_log *log = part->log;
	struct fired fired = {.time_ns = clock_now(part->clock),
		.number = clock_fired(part->clock),
		.numbers = (uint32_t)(clock_next_number(part->clock) - log->base),
		.notes = notes_count(part->notes)};

	g_array_append_val(log->fired, fired);
}

/* --- all of them --- */

static const struct fired *head(const struct order_log *log)
{
	return log->next < log->fired->len ? &g_array_index(log->fired, struct fired, log->next)
					   : NULL;
}

/* Who scheduled it has been merged already, if it was in this window. */
static uint64_t number_of(const struct order_log *log, const struct fired *fired)
{
	return fired->number & OWN ? g_array_index(log->number, uint64_t, fired->number - log->base)
				   : fired->number;
}

/* Where it arrives among those that are overtaken: behind all that arrive no later. */
static guint place_of(const GArray *arrivals, int64_t arrival_ns)
{
	guint i = arrivals->len;

	while (i > 0 && g_array_index(arrivals, int64_t, i - 1) > arrival_ns)
		i--;
	return i;
}

/* Something is sent. One clock would give a number to what will arrive as the first of all. */
static bool leaves(struct link_border *border, int64_t arrival_ns)
{
	guint place;

	if (!border->overtaken)
		return border->under_way++ == 0;
	place = place_of(border->overtaken, arrival_ns);
	g_array_insert_val(border->overtaken, place, arrival_ns);
	return place == 0;
}

/* The first arrives, and what follows it is now the first. */
static bool arrives(struct link_border *border)
{
	if (!border->overtaken)
		return --border->under_way > 0;
	g_array_remove_index(border->overtaken, 0);
	return border->overtaken->len > 0;
}

static bool counts(const struct clock_number *given)
{
	if (!given->border)
		return true;
	return given->arrival_ns < 0 ? arrives(given->border)
				     : leaves(given->border, given->arrival_ns);
}

static void number(struct tcpsim_world *world, struct world_part *part, guint up_to)
{
	struct order_log *log = part->log;
	const struct clock_number *given;
	size_t n;

	given = clock_kept(part->clock, &n);
	for (; log->numbered < up_to; log->numbered++) {
		struct link_border *border = given[log->numbered].border;
		uint64_t *own = &g_array_index(log->number, uint64_t, log->numbered);

		*own = OWN;
		if (!counts(&given[log->numbered]))
			continue;
		*own = world->next_number++;
		if (border)
			border->number = *own;
	}
}

static void merge_one(
	struct tcpsim_world *world, struct world_part *part, const struct fired *fired)
{
	number(world, part, fired->numbers);
	clock_pass(world->clock, fired->time_ns);
	notes_replay(part->notes, world, fired->notes);
	part->log->next++;
}

/* The part whose event was first of all; NULL: all are merged. *until_ns: when another's is. */
static struct world_part *first_part(const struct tcpsim_world *world, int64_t *until_ns)
{
	struct world_part *first = NULL;
	const struct fired *earliest = NULL;

	*until_ns = INT64_MAX;
	for (unsigned i = 0; i < world->n_parts; i++) {
		struct world_part *part = world->parts[i];
		const struct fired *fired = head(part->log);

		if (!fired)
			continue;
		if (!first || fired->time_ns < earliest->time_ns ||
			(fired->time_ns == earliest->time_ns &&
				number_of(part->log, fired) < number_of(first->log, earliest))) {
			*until_ns = earliest ? earliest->time_ns : INT64_MAX;
			first = part;
			earliest = fired;
		} else {
			*until_ns = MIN(*until_ns, fired->time_ns);
		}
	}
	return first;
}

void order_merge(struct tcpsim_world *world)
{
	struct world_part *part;
	int64_t until_ns;

	for (unsigned i = 0; i < world->n_parts; i++) {
		size_t n;

		clock_kept(world->parts[i]->clock, &n);
		g_array_set_size(world->parts[i]->log->number, (guint)n);
	}
	while ((part = first_part(world, &until_ns))) {
		do
			merge_one(world, part, head(part->log));
		while (head(part->log) && head(part->log)->time_ns < until_ns);
	}
}
