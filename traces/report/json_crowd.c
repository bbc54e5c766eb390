/* The `crowd` line of `tcpsim replay --json`: a flood, a scan, a service that fails. */
#include "traces/report/json_crowd.h"
#include "base/json_line.h"
#include "traces/observer/certainty.h"
#include "traces/observer/outcome.h"
#include "traces/replay/crowd.h"
#include "traces/report/json_connection.h"
#include <tcpsim/addr.h>

/* What is not everybody's is null. */
static void put_end(
	struct json_line *j, const char *name, const struct tcpsim_addr *addr, bool everybodys)
{
	char text[TCPSIM_ADDRSTRLEN];

	json_string(j, name, everybodys ? tcpsim_addr_text(addr, text) : NULL);
}

void json_put_crowd(struct json_line *j, const struct replay *r, const struct crowd *c)
{
	bool one_client = c->kind == CROWD_PORT_SCAN || c->kind == CROWD_SWEEP;

	json_begin(j, "crowd");
	json_string(j, "kind", crowd_kind_name(c->kind));
	put_end(j, "client", &c->client, one_client);
	put_end(j, "server", &c->server, c->kind != CROWD_SWEEP);
	if (c->kind != CROWD_PORT_SCAN)
		json_uint(j, "port", c->port);
	else
		json_null(j, "port");
	json_uint(j, "connections", (uint64_t)c->connections + c->let_go);
	json_uint(j, "let_go", c->let_go);
	json_uint(j, "different", c->different);
	json_uint(j, "first_connection", c->first);
	json_put_time(j, r, "from", c->from_ns);
	json_put_time(j, r, "to", c->to_ns);
	json_open(j, "outcomes", '{');
	for (unsigned i = 0; i < FLOW_N_OUTCOMES; i++)
		if (c->outcomes[i] > 0)
			json_uint(j, flow_outcome_name(i), c->outcomes[i]);
	json_close(j, '}');
	json_string(j, "certainty",
		observer_certainty_name(
			c->kind == CROWD_FAILING ? OBSERVER_SEEN : OBSERVER_SUSPECTED));
	json_end(j);
}
