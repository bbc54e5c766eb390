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

#endif
