/*
 * Captures as runs of a campaign (`replay` with --shard or --db): each is read by itself, and what it
 * came to is one line. docs/scale.md has the keys.
 */
#ifndef CLI_REPLAY_CAPTURES_H
#define CLI_REPLAY_CAPTURES_H

#include "campaign.h"

struct replay_captures {
	struct campaign *campaign;
	const char *filter; /* or NULL */
	size_t memory;
	bool json;
};

/* An exit status: 2 if one of them could not be read to its end. */
int replay_captures(const struct replay_captures *c, char *const *paths, int n);

#endif
