/*
 * The one order of a world whose parts run at the same time: what one clock for all would have made
 * of it, number for number, so that a run tells the same whatever it was split into.
 *
 * Events fire by (time, number), and a number is how manieth the scheduling was in the whole world
 * (world/clock.h). While a window runs a part cannot know how many the others schedule. It does
 * know that whatever it schedules itself comes after all that was scheduled before the window, and
 * in which order; so it gives numbers of its own, above all others, and keeps what fired and what
 * each of these scheduled. Between two windows these logs are merged: by (time, number), where the
 * number of what was scheduled in this window is known by then, because who scheduled it has fired
 * before. The merge counts on, and what is still to fire gets the number that one clock would have
 * given.
 *
 * A packet that crosses a border takes a number where one clock would: as it is sent if none is
 * under way there, else as the one before it arrives.
 */
#ifndef SIM_WORLD_ORDER_H
#define SIM_WORLD_ORDER_H

#include <stdint.h>

struct clock_event;
struct order_log;
struct tcpsim_world;
struct world_part;

struct order_log *order_log_new(void);
void order_log_free(struct order_log *log);
/* Windows are to come: from now on what happens is noted and numbers are the part's. */
void order_begin(struct world_part *part);
/* In the part's thread: a further window begins; the numbers of what waits are the world's. */
void order_go_on(struct world_part *part);
/* There are no more windows. */
void order_end(struct world_part *part);
/* As clock_at(), in a window or without, in a world that is split or not. */
void order_at(struct world_part *part, struct clock_event *event, int64_t time_ns);
/* One of its events has fired, and the programs that it made ready had their turn. */
void order_note(struct world_part *part);
/* All parts are through with the window: their numbers become the world's, and what they noted is
 * told. */
void order_merge(struct tcpsim_world *world);

#endif
