/* What the files share that write JSON lines; nobody else includes it. docs/replay.md documents
 * each key, docs/replay.schema.json their types. */
#ifndef TCPSIM_TRACES_JSON_PARTS_H
#define TCPSIM_TRACES_JSON_PARTS_H

#include "traces/replay/crowd.h"
#include "traces/report/json_line.h"
#include "traces/report/report.h"

/* "client" or "server". */
const char *json_role(const struct flow *f, unsigned side);
/* A time, and the same since the capture's first packet: "time_ns" and "time_rel_ns". */
void json_put_time(struct json_line *j, const struct replay *r, const char *name, int64_t time_ns);
void json_put_gaps(struct json_line *j, const char *name, const struct flow_side *s);
/* A `connection` line; `icmps` are its errors, struct observed_icmp *, or NULL. */
void json_put_connection(
	struct json_line *j, const struct replay *r, const struct flow *f, const GArray *icmps);
/* A `crowd` line. */
void json_put_crowd(struct json_line *j, const struct replay *r, const struct crowd *c);

#endif
