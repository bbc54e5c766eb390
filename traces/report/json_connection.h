/* The `connection` line of `tcpsim replay --json`. */
#ifndef TCPSIM_TRACES_JSON_CONNECTION_H
#define TCPSIM_TRACES_JSON_CONNECTION_H

#include <glib.h>
#include <stdint.h>

struct flow;
struct flow_side;
struct json_line;
struct replay;

/* "client" or "server". */
const char *json_role(const struct flow *f, unsigned side);
/* A time, and the same since the capture's first packet: "time_ns" and "time_rel_ns". */
void json_put_time(struct json_line *j, const struct replay *r, const char *name, int64_t time_ns);
void json_put_gaps(struct json_line *j, const char *name, const struct flow_side *s);
/* A `connection` line; `icmps` are its errors, struct observed_icmp *, or NULL. */
void json_put_connection(
	struct json_line *j, const struct replay *r, const struct flow *f, const GArray *icmps);

#endif
