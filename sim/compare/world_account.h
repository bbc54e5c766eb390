/*
 * What a world came to, once: on models alone in virtual time, or with kernel hosts by the real
 * clock. Both are told by the same witness, in a timeline; beside it stands each end's last
 * TCP_INFO, as it was after a segment left or was taken in; there is none in TIME_WAIT.
 */
#ifndef COMPARE_WORLD_ACCOUNT_H
#define COMPARE_WORLD_ACCOUNT_H

#include "live/drive.h"
#include "timeline/timeline.h"

struct world_file;

struct world_info {
	uint32_t connection; /* of the timeline */
	uint8_t end;
	uint32_t len;
	uint8_t bytes[512];
};

struct world_account {
	struct timeline *timeline;
	GArray *infos;	     /* struct world_info */
	GHashTable *info_of; /* twice the connection, and the end, and one: to its place, and one */
	/* programs of one thread, whose calls have an order: "host program" */
	GHashTable *single;
	bool is_real;
	struct drive_lateness lateness; /* of a real one */
	int64_t end_ns;
};

/* The file's world on models, until that time at the latest; NULL and *error. */
struct world_account *world_account_model(
	const struct world_file *file, const uint64_t *seed, int64_t until_ns, char **error);
/* The same with the kernel hosts that the file names, in real time. */
struct world_account *world_account_kernel(
	const struct world_file *file, const uint64_t *seed, char **error);
void world_account_free(struct world_account *account);

#endif
