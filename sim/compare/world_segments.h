/* The segments of one connection on both sides. */
#ifndef COMPARE_WORLD_SEGMENTS_H
#define COMPARE_WORLD_SEGMENTS_H

struct world_pair;
struct world_sides;

/* Adds the first segment in which they part, with what it is called in `name`. */
void world_compare_segments(
	const struct world_sides *sides, const struct world_pair *pair, const char *name);

#endif
