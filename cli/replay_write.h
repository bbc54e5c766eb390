/* `replay --annotate FILE` and `--write FILE`: the packets of a capture as another capture. */
#ifndef CLI_REPLAY_WRITE_H
#define CLI_REPLAY_WRITE_H

#include "traces/replay/replay.h"
#include "traces/select/selection.h"

struct replay_write {
	const char *annotate, *write; /* the file's name, of one of them; "-": standard output */
	const char *const *paths;
	size_t n_paths;
	struct selection selection;
};

/* Whether it can be done, asked before a capture is read; false after a complaint. */
bool replay_write_fits(const struct replay_write *w);
/* After a replay that kept no rows, `found`. An exit status. */
int replay_write(const struct replay_write *w, const struct replay *found);

#endif
