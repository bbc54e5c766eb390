/*
 * Many scripts: found in files and folders, run by several processes, reported in the order they
 * were found.
 *
 * Each worker is a process of its own, so that a script that crashes or never ends is one failed
 * script and not the end of the run, and so that one script alone is no worse off. Results do not
 * depend on how many there are.
 */
#ifndef SCRIPT_SUITE_SUITE_H
#define SCRIPT_SUITE_SUITE_H

#include "script/run/run.h"
#include "script/shell/files.h"
#include <stdatomic.h>
#include <tcpsim/profile.h>

/* Makes the system that a script runs on; `files` are those that its commands may read, and outlive
 * it. */
typedef struct sut *(*suite_make_fn)(const struct script_config *config,
	const struct script_files *files, void *context, GError **error);

struct suite_options {
	const struct tcpsim_profile *profile;
	suite_make_fn make; /* NULL: the simulated host of that profile */
	void *make_context;
	bool fresh_processes; /* a process a script: what is made changes its process for good */
	unsigned patience_s;  /* a script that is silent for longer is ended; 0: 30 */
	enum script_ip_version ip_version;
	GHashTable *defines; /* -D, or NULL */
	const char *python;  /* or NULL */
	bool allow_shell;
	bool keep_packets;
	unsigned explain_lines;
	unsigned jobs; /* how many processes, from 1 on */
};

struct suite_script {
	char *path; /* as reached from the argument */
	char *root; /* the folder that was named; NULL: the script itself was */
};

struct suite_report {
	const char *path; /* as reached from the argument */
	const char *ip;	  /* "ipv4", "ipv6" or "mapped" */
	const char *profile;
	struct script_result *result;
	int64_t wall_ns;
};

/* The scripts (struct suite_script) that `paths` name: files as they are, folders searched for
 * *.pkt, sorted. NULL and *error if one cannot be read. */
GPtrArray *suite_find(char **paths, int n, GError **error);

/* Reads and runs one script, in this process. *line is the one it is at, meanwhile. Never NULL;
 * suite_report_free gives it back. */
struct suite_report *suite_run_one(
	const struct suite_options *options, const struct suite_script *script, atomic_int *line);
void suite_report_free(struct suite_report *report);

/* In the order of `scripts`; the report is the callee's to keep no longer than the call. */
typedef void (*suite_report_fn)(void *context, const struct suite_report *report);

#endif
