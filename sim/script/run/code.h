/* Code events: the figures of the connection at that moment become names, then the code runs. */
#ifndef SCRIPT_RUN_CODE_H
#define SCRIPT_RUN_CODE_H

#include <stdbool.h>

struct code_state;
struct run;
struct script_event;

bool run_code_event(struct run *run, const struct script_event *event);
bool run_code_finish(struct run *run);
void run_code_free(struct code_state *code);

#endif
