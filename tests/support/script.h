/* A script's text, run on the simulated host in this process: for what a script must be told. */
#ifndef TESTS_SUPPORT_SCRIPT_H
#define TESTS_SUPPORT_SCRIPT_H

#include "script/run/run.h"
#include <tcpsim/profile.h>

/* The result is the caller's (script_result_free). A text that cannot be read is a fault with the
 * reader's message, FILE ("t.pkt") and all. */
struct script_result *script_run_text(const struct tcpsim_profile *profile, const char *text);
/* The text does not pass: verdict, line and, somewhere in the message, `told`. */
void script_expect_told(const struct tcpsim_profile *profile, const char *text,
	enum script_verdict verdict, int line, const char *told);
/* It passes. */
void script_expect_pass(const struct tcpsim_profile *profile, const char *text);

#endif
