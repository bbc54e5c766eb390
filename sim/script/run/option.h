/*
 * Values of socket options: [number], "string", {onoff=1, linger=0},
 * {function_set_name="freebsd", pcbcnt=0}.
 */
#ifndef SCRIPT_RUN_OPTION_H
#define SCRIPT_RUN_OPTION_H

#include <stdbool.h>

struct run;
struct run_call;

/* run/option.c: socket option values */
bool option_prepare_set(struct run *run, struct run_call *call);
bool option_prepare_get(struct run *run, struct run_call *call);
bool option_check_get(struct run *run, struct run_call *call);

#endif
