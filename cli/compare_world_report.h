/* What is told of a world that was compared: both accounts side by side and what differs, for a
 * person or as JSON lines. See compare_world.h. */
#ifndef CLI_COMPARE_WORLD_REPORT_H
#define CLI_COMPARE_WORLD_REPORT_H

#include "compare/world_account.h"

struct compared_world {
	const char *path;
	char *const *hosts; /* that were kernels */
	const struct world_account *model, *kernel;
	const GPtrArray *differences; /* struct world_difference */
	int64_t farthest_ns;	      /* apart: times that count as the same */
	unsigned runs;		      /* of the kernel */
	bool agrees;		      /* no difference that was there each time */
};

/* show_all: both accounts, even if nothing differs. */
void compare_world_report(const struct compared_world *compared, bool json, bool show_all);

#endif
