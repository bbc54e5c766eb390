/* Windows, and the threads that run them. See threads.h. */
#include "world/threads.h"

#include <glib.h>

#include "world/notes.h"
#include "world/order.h"
#include "world/world.h"

/* What is noted in a window should be in the cache when it is told: longer windows than that many
 * bytes take are halved, shorter ones grow again up to the lookahead. */
#define NOTED_MOST  (1 << 20)
#define NOTED_LEAST (1 << 18)
#define SPINS	    2000 /* before a thread sleeps: some microseconds */

struct runner {
	struct tcpsim_world *world;
	int64_t end_ns, length_ns; /* of the window; its end included */
	gint turn;		   /* counts windows; the threads wait for it to change */
	gint busy;		   /* threads that have not done with it */
	gint is_over;
	GMutex lock; /* for those who sleep until either changes */
	GCond changed;
};

struct worker {
	struct runner *runner;
	struct world_part *part;
	GThread *thread;
};

/* --- a part's window, in its thread --- */

static void take_in(struct world_part *part)
{
	for (guint i = 0; i < part->arriving->len; i++)
		link_take_in(part->arriving->pdata[i]);
	g_ptr_array_set_size(part->arriving, 0);
	for (guint i = 0; i < part->spent->len; i++) {
		link_expect(part->spent, i);
		tcpsim_packet_free(part->spent->pdata[i]);
		part->spent->pdata[i] = NULL;
	}
	g_ptr_array_set_size(part->spent, 0);
}

static void run_window(struct world_part *part, int64_t end_ns)
{
	order_go_on(part);
	take_in(part);
	while (clock_step(part->clock, end_ns)) {
		if (part->ready)
			part->world->programs->run_ready(part);
		order_note(part);
	}
	if (!clock_next(part->clock, &part->next_ns))
		part->next_ns = INT64_MAX;
}

/* --- between two windows, while no thread runs --- */

/* Packets of this part that were copied in the window go back to its pool; those that were sent in
 * it are handed over. */
static void change_hands(struct world_part *part)
{
	GPtrArray *sent = part->sent;

	for (guint i = 0; i < part->handed->len; i++) {
		struct link_border *border = part->handed->pdata[i];

		for (guint k = 0; k < border->handed->len; k++) {
			g_ptr_array_add(part->spent, border->handed->pdata[k]);
			border->handed->pdata[k] = NULL;
		}
		g_ptr_array_set_size(border->handed, 0);
	}
	g_ptr_array_set_size(part->handed, 0);
	for (guint i = 0; i < sent->len; i++) {
		struct link_border *border = sent->pdata[i];
		struct world_part *to = border->receiver;
		GPtrArray *empty = border->handed;

		border->handed = border->sent;
		border->sent = empty;
		g_ptr_array_add(to->arriving, border);
		to->next_ns = MIN(to->next_ns, border->earliest_ns);
	}
	part->sent = part->handed;
	part->handed = sent;
}

static void meet(struct tcpsim_world *world)
{
	order_merge(world);
	for (unsigned i = 0; i < world->n_parts; i++)
		change_hands(world->parts[i]);
	world->windows++;
}

static void set_length(struct runner *r)
{
	size_t noted = 0;

	for (unsigned i = 0; i < r->world->n_parts; i++)
		noted += notes_bytes(r->world->parts[i]->notes);
	if (noted > NOTED_MOST && r->length_ns > 1)
		r->length_ns /= 2;
	else if (noted < NOTED_LEAST && r->length_ns < r->world->lookahead_ns)
		r->length_ns = MIN(r->length_ns, r->world->lookahead_ns / 2) * 2;
}

/* False: nothing is due by until_ns. */
static bool next_window(struct runner *r, int64_t until_ns)
{
	int64_t next_ns = INT64_MAX;

	for (unsigned i = 0; i < r->world->n_parts; i++)
		next_ns = MIN(next_ns, r->world->parts[i]->next_ns);
	if (next_ns == INT64_MAX || next_ns > until_ns)
		return false;
	r->end_ns = next_ns > until_ns - r->length_ns ? until_ns : next_ns + r->length_ns - 1;
	return true;
}

/* --- threads --- */

/* Waits until *what is no longer, or has become, that value. */
static void wait_for(struct runner *r, gint *what, gint value, bool is)
{
	for (int i = 0; i < SPINS; i++) {
		if ((g_atomic_int_get(what) == value) == is)
			return;
	}
	g_mutex_lock(&r->lock);
	while ((g_atomic_int_get(what) == value) != is)
		g_cond_wait(&r->changed, &r->lock);
	g_mutex_unlock(&r->lock);
}

static void wake_all(struct runner *r)
{
	g_mutex_lock(&r->lock);
	g_cond_broadcast(&r->changed);
	g_mutex_unlock(&r->lock);
}

static gpointer work(gpointer context)
{
	struct worker *w = context;
	struct runner *r = w->runner;

	for (gint turn = 0;; turn++) {
		wait_for(r, &r->turn, turn, false);
		if (g_atomic_int_get(&r->is_over))
			return NULL;
		run_window(w->part, r->end_ns);
		if (g_atomic_int_dec_and_test(&r->busy))
			wake_all(r);
	}
}

static void run_windows(struct runner *r, int64_t until_ns)
{
	struct tcpsim_world *world = r->world;

	while (next_window(r, until_ns)) {
		g_atomic_int_set(&r->busy, (gint)world->n_parts - 1);
		g_atomic_int_inc(&r->turn);
		wake_all(r);
		run_window(world->parts[0], r->end_ns);
		wait_for(r, &r->busy, 0, true);
		set_length(r);
		meet(world);
	}
	g_atomic_int_set(&r->is_over, 1);
	g_atomic_int_inc(&r->turn);
	wake_all(r);
}

/* Everything stands in the clocks again, with the world's numbers. */
static void settle(struct tcpsim_world *world)
{
	for (unsigned i = 0; i < world->n_parts; i++)
		order_end(world->parts[i]);
	for (unsigned i = 0; i < world->n_parts; i++)
		take_in(world->parts[i]);
	for (unsigned i = 0; i < world->n_parts; i++)
		change_hands(world->parts[i]);
	for (unsigned i = 0; i < world->n_parts; i++)
		take_in(world->parts[i]);
}

static void begin(struct tcpsim_world *world)
{
	for (unsigned i = 0; i < world->n_parts; i++) {
		struct world_part *part = world->parts[i];

		order_begin(part);
		if (!clock_next(part->clock, &part->next_ns))
			part->next_ns = INT64_MAX;
	}
}

void threads_run(struct tcpsim_world *world, int64_t until_ns)
{
	struct runner r = {.world = world, .length_ns = world->lookahead_ns};
	struct worker worker[WORLD_MOST_PARTS];

	begin(world);
	g_mutex_init(&r.lock);
	g_cond_init(&r.changed);
	for (unsigned i = 1; i < world->n_parts; i++) {
		worker[i] = (struct worker){&r, world->parts[i], NULL};
		worker[i].thread = g_thread_new("part", work, &worker[i]);
	}
	run_windows(&r, until_ns);
	for (unsigned i = 1; i < world->n_parts; i++)
		g_thread_join(worker[i].thread);
	g_cond_clear(&r.changed);
	g_mutex_clear(&r.lock);
	settle(world);
}
