/*
 * The executor: runs a script against a system under test and says how it went.
 *
 * It knows packetdrill's rules (when an event happens, which packet is expected, what may differ)
 * and nothing of the system but script/system/sut.h. One script, one system, one result; nothing is kept
 * between runs.
 */
#ifndef SCRIPT_RUN_RUN_H
#define SCRIPT_RUN_RUN_H

#include "script/system/config.h"
#include "script/system/sut.h"
#include <stdatomic.h>

struct run;

enum script_verdict {
	SCRIPT_PASS,
	SCRIPT_FAIL,  /* the system did something else than the script says */
	SCRIPT_FAULT, /* the script could not be read or run: "error" in reports */
	SCRIPT_SKIP,
};

/* A packet that crossed the wire, as it was. */
struct script_crossing {
	int64_t time_ns;
	bool outbound;
	int line;   /* of the event that injected or expected it; 0: nobody looked at it */
	char *text; /* in the notation, with the script's numbers where the socket is known */
	GBytes *bytes;
};

struct script_result {
	enum script_verdict verdict;
	int line;      /* where it went wrong; 0: nowhere */
	char *message; /* one line; NULL when it passed */
	/* what was expected and what came, field by field, and what led to it; NULL or lines */
	char *detail;
	GPtrArray *warnings; /* of --non_fatal: lines */
	GPtrArray *packets;  /* struct script_crossing, in order */
	GString *output;     /* what print() wrote */
	int64_t virtual_ns;
};

struct script_run_options {
	const char *python; /* the interpreter that runs %{ }% ; NULL: the built-in evaluator */
	bool keep_packets;  /* bytes and texts of every packet (for captures and ladders) */
	unsigned explain_lines;
	atomic_int *line; /* tells whoever watches which line is run; may be NULL */
};

struct script_result *script_run(const struct script *script, const struct script_config *config,
	struct sut *sut, const struct script_run_options *options);
void script_result_free(struct script_result *result);
/* "pass", "fail", "error" or "skip". */
const char *script_verdict_name(enum script_verdict verdict);
/* A result for a script that was never run. */
struct script_result *script_result_new(enum script_verdict verdict, int line, const char *message);

/* The script fails here, once; always false. */
bool run_fail(struct run *run, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The same for what is wrong with the script itself. */
bool run_fault(struct run *run, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Is `actual` when `what` was due? Fails if not. since_ns: the last event's time, for the
 * percentage; -1: none. */
bool run_check_time(struct run *run, const struct script_event *event, int64_t due_ns,
	int64_t due_end_ns, int64_t actual_ns, int64_t since_ns, const char *what);
/* Lets time go on to the event's; false if it failed. */
bool run_wait_for_event(struct run *run);
int64_t run_now(struct run *run);
/* Advances; what completes a pending call is taken care of. */
enum sut_wake run_advance(struct run *run, int64_t until_ns, unsigned wanted);
/* Counts what the script makes the system hold; false, the script failed, if that is too much. */
bool run_moves(struct run *run, size_t bytes);
int64_t run_tolerance(const struct run *run, int64_t span_ns);

#endif
