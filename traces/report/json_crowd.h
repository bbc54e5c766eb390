/* The `crowd` line of `tcpsim replay --json`: a flood, a scan, a service that fails. */
#ifndef TCPSIM_TRACES_JSON_CROWD_H
#define TCPSIM_TRACES_JSON_CROWD_H

struct crowd;
struct json_line;
struct replay;

/* A `crowd` line. */
void json_put_crowd(struct json_line *j, const struct replay *r, const struct crowd *c);

#endif
