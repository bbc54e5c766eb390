/* The runs of a grid as a table: what was swept on the left, what came of it on the right. */
#ifndef CLI_SIMULATE_TABLE_H
#define CLI_SIMULATE_TABLE_H

#include <stdbool.h>

struct simulate_table;

/* `whole`: it will have all runs of the grid. */
struct simulate_table *simulate_table_new(bool whole);
void simulate_table_add(struct simulate_table *table, const char *run);
/* Prints and frees it; NULL does nothing. */
void simulate_table_print(struct simulate_table *table);

#endif
