/* What programs said and called, on both sides. */
#ifndef COMPARE_WORLD_CALLS_H
#define COMPARE_WORLD_CALLS_H

struct world_sides;

/* Adds where the programs of a host part. */
void world_compare_programs(const struct world_sides *sides);

#endif
