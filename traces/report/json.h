/* A replay as JSON lines: the contract of `tcpsim replay --json`, docs/replay.md, and of
 * docs/replay.schema.json, which has the keys' types. */
#ifndef TCPSIM_TRACES_JSON_H
#define TCPSIM_TRACES_JSON_H

#include "traces/flow/flow.h"

struct replay;
struct report_json;

/* JSON lines as cli.md has them: connection, then transition and mark with `events`, reset,
 * listener, capture. */
void report_json(const struct replay *r, const struct report_json *wanted);
/* The same for connections that are let go while the capture is read (replay_options.letting_go;
 * the context is a struct report_json): what happened so far, then each connection that goes and
 * what belongs to it. */
void report_json_going(void *wanted, struct replay *r, flow_ended_fn going, void *context);

#endif
