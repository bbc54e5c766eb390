/*
 * What is to be reported of a part's window once all parts are as far: records in the order in
 * which they were made, each with the function that reports it. A record is bytes that are its
 * maker's; what it points to is freed as it is reported. The notes own the records.
 */
#ifndef SIM_WORLD_NOTES_H
#define SIM_WORLD_NOTES_H

#include <stddef.h>
#include <stdint.h>

struct notes;
struct tcpsim_world;

/* At the world's time of when it was made. */
typedef void (*note_fn)(struct tcpsim_world *world, void *record);

struct notes *notes_new(void);
void notes_free(struct notes *notes);
/* Room for a record, aligned for any type, where it stays until the next one is added. */
void *notes_add(struct notes *notes, note_fn replay, size_t size);
/* How many were added since they were cleared, and how many bytes they take. */
uint32_t notes_count(const struct notes *notes);
size_t notes_bytes(const struct notes *notes);
/* Tells the next ones, up to the first n. */
void notes_replay(struct notes *notes, struct tcpsim_world *world, uint32_t n);
/* All were reported. */
void notes_clear(struct notes *notes);

#endif
