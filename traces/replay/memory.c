/* Letting connections go: see memory.h. */
#include "traces/replay/memory.h"

#include <string.h>

#include "traces/observer/pace_life.h"

/* Connections that came to nothing are let go when there are that many. */
#define LIGHT_MOST 131072
/* A connection of more packets than this is more than a try. */
#define LIGHT_PACKETS 8
/* Of those that could go the most recent eighth stays: an answer may still come. */
#define MOMENTS	    1024
#define GOING_OF(n) ((n) - (n) / 8)
/* Where a table is made in the end, that many of the worst ones stay. */
#define KEPT_WORST 100

typedef bool (*could_go_fn)(const struct flow *f);

struct choice {
	const struct replay *r;
	could_go_fn could_go;
	uint32_t n; /* that could go */
	int64_t first_ns, last_ns;
	uint8_t *going; /* by place */
};

static uint64_t packets_of(const struct flow *f)
{
	return (uint64_t)f->side[0].packets + f->side[1].packets;
}

/* A try that came to nothing, or a stray segment. */
static bool is_light(const struct flow *f)
{
	return !(f->marks & FLOW_ESTABLISHED) && packets_of(f) <= LIGHT_PACKETS &&
	       !(f->marks & FLOW_ICMP);
}

static bool has_ended(const struct flow *f)
{
	switch (flow_outcome(f)) {
	case FLOW_OUTCOME_CLOSED:
	case FLOW_OUTCOME_RESET:
	case FLOW_OUTCOME_REFUSED: return true;
	default: return is_light(f);
	}
}

static bool is_asked_for(const struct replay *r, const struct flow *f)
{
	return r->options.rows == REPLAY_ROWS_OF && numbers_has(r->options.rows_of, f->number);
}

static void count(struct choice *c)
{
	struct flow space;

	for (uint32_t i = 0; i < flow_places(c->r->flows); i++) {
		const struct flow *f = flow_look(c->r->flows, i, &space);

		if (f == NULL || !c->could_go(f) || is_asked_for(c->r, f))
			continue;
		c->first_ns = c->n == 0 ? f->end_ns : MIN(c->first_ns, f->end_ns);
		c->last_ns = c->n == 0 ? f->end_ns : MAX(c->last_ns, f->end_ns);
		c->n++;
	}
}

static unsigned moment_of(const struct choice *c, const struct flow *f)
{
	double span = (double)(c->last_ns - c->first_ns) + 1;

	return (unsigned)((double)(f->end_ns - c->first_ns) / span * MOMENTS);
}

/* The moment up to which about seven of eight were last heard of. */
static unsigned moment_to(const struct choice *c)
{
	uint32_t in[MOMENTS + 1] = {0}, n = 0;
	unsigned moment = 0;
	struct flow space;

	for (uint32_t i = 0; i < flow_places(c->r->flows); i++) {
		const struct flow *f = flow_look(c->r->flows, i, &space);

		if (f != NULL && c->could_go(f) && !is_asked_for(c->r, f))
			in[moment_of(c, f)]++;
	}
	while (moment < MOMENTS && (n += in[moment]) < GOING_OF(c->n))
		moment++;
	return moment;
}

static void choose(struct choice *c)
{
	unsigned to = moment_to(c);
	struct flow space;

	c->going = g_malloc0(flow_places(c->r->flows));
	for (uint32_t i = 0; i < flow_places(c->r->flows); i++) {
		const struct flow *f = flow_look(c->r->flows, i, &space);

		c->going[i] = f != NULL && c->could_go(f) && !is_asked_for(c->r, f) &&
			      moment_of(c, f) <= to;
	}
}

/* Of two the worse, as the table has it. */
static bool is_worse(const struct flow *a, const struct flow *b)
{
	return flow_compare_harm(a, b, false) < 0;
}

/* The table will show the worst: they stay. */
static void spare_worst(struct choice *c)
{
	struct flow *worst = g_new(struct flow, KEPT_WORST), space;
	unsigned n = 0;

	for (uint32_t i = 0; i < flow_places(c->r->flows); i++) {
		const struct flow *f = c->going[i] ? flow_look(c->r->flows, i, &space) : NULL;

		if (f == NULL || (n == KEPT_WORST && !is_worse(f, &worst[n - 1])))
			continue;
		unsigned at = n < KEPT_WORST ? n++ : n - 1;
		for (; at > 0 && is_worse(f, &worst[at - 1]); at--)
			worst[at] = worst[at - 1];
		worst[at] = *f;
	}
	for (unsigned i = 0; i < n; i++)
		c->going[worst[i].place] = false;
	g_free(worst);
}

static bool is_going(void *choice, const struct flow *f)
{
	const struct choice *c = choice;

	return c->going[f->place];
}

static void leave(struct replay *r, struct choice *c)
{
	struct flow f;

	for (uint32_t i = 0; i < flow_places(r->flows); i++) {
		if (!c->going[i])
			continue;
		f = *flow_look(r->flows, i, &f); /* it goes: what is told to a copy is told */
		r->let_go[flow_outcome(&f)]++;
		listeners_let_go(r->listeners, &f);
	}
	observer_forget(&r->observer, is_going, c);
	flow_release(r->flows, is_going, c);
}

static void let_go(struct replay *r, struct choice *c)
{
	choose(c);
	for (uint32_t i = 0; i < flow_places(r->flows); i++)
		if (c->going[i] && !flow_brief(r->flows, i).folded)
			pace_finish(&r->observer, flow_at(r->flows, i));
	if (r->options.letting_go != NULL)
		r->options.letting_go(r->options.letting_go_context, r, is_going, c);
	else
		spare_worst(c);
	leave(r, c);
	g_free(c->going);
}

/* ---- when ---- */

static size_t bytes_held(const struct replay *r)
{
	size_t bytes = flow_table_bytes(r->flows) + listeners_bytes(r->listeners) +
		       observer_bytes(&r->observer);

	/* Arrays grow by doubling: what they have is at most twice what they hold. */
	if (r->events != NULL)
		bytes += 2 * r->events->len * sizeof(struct replay_event);
	if (r->rows != NULL)
		bytes += 2 * r->rows->len * sizeof(struct replay_row);
	return bytes;
}

static bool is_full(const struct replay *r)
{
	return bytes_held(r) + flow_table_growth(r->flows, MEMORY_LOOK_EVERY) > r->options.memory;
}

static bool stop(struct replay *r, const char *why)
{
	r->error = g_strdup_printf("%s: packet %" G_GUINT64_FORMAT
				   ": %s, with %u connections of %u still held; the packets before "
				   "it were read: give more by --memory, or take less by --filter",
		r->paths, r->packets, why, flow_held(r->flows), flow_count(r->flows));
	return false;
}

static bool make_room(struct replay *r)
{
	struct choice c = {.r = r, .could_go = has_ended};
	char *why;

	count(&c);
	let_go(r, &c);
	if (!is_full(r))
		return true;
	why = g_strdup_printf(
		"the %.1f MB that it may use are full", (double)r->options.memory / (1 << 20));
	stop(r, why);
	g_free(why);
	return false;
}

bool memory_look(struct replay *r)
{
	struct choice light = {.r = r, .could_go = is_light};

	if (flow_held(r->flows) >= MAX(r->next_look, LIGHT_MOST)) {
		count(&light);
		if (light.n >= flow_held(r->flows) / 2)
			let_go(r, &light);
		r->next_look = 2 * flow_held(r->flows);
	}
	if (r->options.memory > 0 && is_full(r) && !make_room(r))
		return false;
	return flow_table_reserve(r->flows, MEMORY_LOOK_EVERY) ||
	       stop(r, "the machine gives no more memory");
}
