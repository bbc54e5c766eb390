/*
 * A packetdrill script on both, model and kernel: each side's verdict, and where their accounts
 * part.
 *
 * A script stops where its system does other than it says, so the account of that side ends there.
 */
#ifndef COMPARE_SCRIPTS_H
#define COMPARE_SCRIPTS_H

#include "compare/difference.h"
#include "script/suite/suite.h"

struct script_side {
	enum script_verdict verdict;
	int line;
	char *message;		 /* NULL when it passed */
	struct account *account; /* NULL: it could not be run there */
};

struct script_pair {
	const struct suite_script *script;
	const char *path; /* its */
	const char *ip;
	struct script_side model, kernel;
	struct difference difference;
	unsigned tries; /* runs on the kernel */
};

/* `jobs` at once on the kernel; each pair is handed over in the order of the scripts, and freed
 * afterwards. A script that differs is run again alone, up to twice: a loaded machine is late. */
void scripts_compare(const struct suite_options *options, const GPtrArray *scripts, unsigned jobs,
	void (*each)(void *context, const struct script_pair *pair), void *context);

#endif
