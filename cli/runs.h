/*
 * A file of runs: SQLite, one row a run with what it was asked, its seed, the program's version and
 * what came of it. A run that is there need not be made again, so a campaign that was interrupted
 * goes on where it was; files of several shards are merged.
 *
 * A run is known by its command, its input's name and what that held, its parameters, its seed and
 * the version. Rows are kept back for at most a second and then written in one transaction: what a
 * kill loses is run again. Several processes may write one file of a local disk at once. For one
 * thread at a time.
 *
 * Errors are texts, "FILE: what, and what to do", to be freed by the caller.
 */
#ifndef CLI_RUNS_H
#define CLI_RUNS_H

#include <glib.h>
#include <stdbool.h>

struct runs;

/* What a run is known by, beside the version. Strings are the caller's. */
struct run_key {
	const char *command;	/* "simulate", "run", "replay", "compare" */
	const char *input;	/* as it was named; "" where nothing is read */
	const char *digest;	/* of what the input held: runs_digest() */
	const char *parameters; /* a JSON object */
	gint64 seed;
};

struct run_row {
	struct run_key key;
	const char *version;
	bool failed;
	const char *result; /* a JSON object */
};

/* Opens the file, or makes it. NULL and *why. */
struct runs *runs_open(const char *path, char **why);
/* The same of one that must be there, to be read only. */
struct runs *runs_open_to_read(const char *path, char **why);
/* The result of that run, by this version of the program; NULL: it is not there. *failed may be
 * NULL. To be freed. */
char *runs_find(struct runs *runs, const struct run_key *key, bool *failed);
/* Nothing happens to a run that is there. */
void runs_add(struct runs *runs, const struct run_key *key, bool failed, const char *result);
/* Something could not be written; runs_close() will tell. */
bool runs_broken(const struct runs *runs);
/* Each row, in the order of the keys. */
bool runs_each(struct runs *runs, void (*each)(void *context, const struct run_row *row),
	void *context, char **why);
/* What runs_merge() took. */
struct runs_merged {
	guint64 rows, new_rows;
	guint64 differ; /* runs that `into` has with another result, which stays */
	char *example;	/* of one of those, or NULL; to be freed */
};
bool runs_merge(struct runs *into, const char *from_path, struct runs_merged *merged, char **why);
/* Writes what was kept back and closes; false and *why (`why` NULL: nobody wants it) if anything was
 * not written. NULL: nothing to close. */
bool runs_close(struct runs *runs, char **why);

/* What tells one input from another; NULL and *why if the file cannot be read. To be freed. */
char *runs_digest(const char *path, char **why);

#endif
