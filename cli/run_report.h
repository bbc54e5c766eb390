/* Reports of `tcpsim run`: text, failed lines, JSON lines, TAP; JUnit and a capture beside them. */
#ifndef CLI_RUN_REPORT_H
#define CLI_RUN_REPORT_H

#include "base/json_line.h"
#include "script/suite/suite.h"

enum run_style { RUN_TEXT, RUN_FAILED, RUN_JSON, RUN_TAP };

struct run_report;

/* show_passed: a line for those, too. ladder: every packet of every script. */
struct run_report *run_report_new(
	enum run_style style, unsigned scripts, bool show_passed, bool ladder);
/* Opens a file to be written beside; false, and *why (to be freed), if it cannot be. */
bool run_report_junit(struct run_report *report, const char *path, char **why);
bool run_report_pcap(struct run_report *report, const char *path, char **why);

/* Nothing was run: what has been opened is removed, the report freed. */
void run_report_abandon(struct run_report *report);

/* For suite_run; the context is the report. */
void run_report_script(void *report, const struct suite_report *script);
void run_report_progress(void *report, unsigned finished, unsigned total);

/* The line of --json, begun: whoever asked may add to it, and ends it. */
struct json_line *run_report_json(const struct suite_report *script);

/* The summary; frees the report. Returns the exit status; a file that could not be written is told,
 * and counts more than what the scripts did. */
int run_report_end(struct run_report *report);

#endif
