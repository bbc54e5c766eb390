/* Events as JSON. See journal.h. */
#include "world/journal.h"

#include "base/json_line.h"

static const char *const KIND[] = {
	[TCPSIM_EVENT_SEGMENT_IN] = "segment-in",
	[TCPSIM_EVENT_SEGMENT_OUT] = "segment-out",
	[TCPSIM_EVENT_STATE] = "state",
	[TCPSIM_EVENT_QUEUE] = "queue",
	[TCPSIM_EVENT_TIMER_SET] = "timer-set",
	[TCPSIM_EVENT_TIMER_FIRED] = "timer-fired",
	[TCPSIM_EVENT_TIMER_STOPPED] = "timer-stopped",
	[TCPSIM_EVENT_DROP] = "drop",
	[TCPSIM_EVENT_CWND] = "cwnd",
	[TCPSIM_EVENT_ERROR] = "error",
	[TCPSIM_EVENT_ICMP] = "icmp",
	[TCPSIM_EVENT_CALL] = "call",
	[TCPSIM_EVENT_LIMIT] = "limit",
};

static void put_place(
	struct json_line *j, const char *name, const struct tcpsim_addr *addr, uint16_t port)
{
	char text[TCPSIM_ADDRSTRLEN], place[TCPSIM_ADDRSTRLEN + sizeof(":65535")];

	snprintf(place, sizeof(place), "%s:%u", tcpsim_addr_text(addr, text), port);
	json_string(j, name, place);
}

static void put_segment(struct json_line *j, const struct tcpsim_segment *s)
{
	char text[512];

	tcpsim_segment_text(s, tcpsim_seq_of(0), tcpsim_seq_of(0), text, sizeof(text));
	put_place(j, "from", &s->src, s->src_port);
	put_place(j, "to", &s->dst, s->dst_port);
	json_string(j, "segment", text);
}

static void put_details(struct json_line *j, const struct tcpsim_event *e)
{
	switch ((enum tcpsim_event_kind)e->kind) {
	case TCPSIM_EVENT_STATE:
		json_string(j, "before", tcpsim_state_name((enum tcpsim_state)e->before));
		json_string(j, "after", tcpsim_state_name((enum tcpsim_state)e->after));
		break;
	case TCPSIM_EVENT_QUEUE:
		json_uint(j, "incomplete", e->queue.incomplete);
		json_uint(j, "completed", e->queue.completed);
		json_uint(j, "backlog", e->queue.backlog);
		break;
	case TCPSIM_EVENT_TIMER_SET:
		json_string(j, "timer", tcpsim_timer_name((enum tcpsim_timer)e->timer));
		json_int(j, "deadline_ns", e->deadline_ns);
		break;
	case TCPSIM_EVENT_TIMER_FIRED:
	case TCPSIM_EVENT_TIMER_STOPPED:
		json_string(j, "timer", tcpsim_timer_name((enum tcpsim_timer)e->timer));
		break;
	case TCPSIM_EVENT_CWND:
		json_uint(j, "cwnd_bytes", e->cwnd.cwnd_bytes);
		json_uint(j, "ssthresh_bytes", e->cwnd.ssthresh_bytes);
		break;
	case TCPSIM_EVENT_ICMP:
		json_uint(j, "icmp_type", e->icmp.type);
		json_uint(j, "icmp_code", e->icmp.code);
		break;
	default: break;
	}
}

void journal_write(FILE *out, const char *host, const struct tcpsim_event *e)
{
	const struct tcpsim_rule_text *rule = e->rule ? tcpsim_rule_text(e->rule) : NULL;
	struct json_line j;

	json_line_init(&j, out);
	json_begin(&j, "event");
	json_int(&j, "time_ns", e->time_ns);
	json_string(&j, "host", host);
	json_uint(&j, "connection", e->connection);
	json_string(&j, "kind", KIND[e->kind]);
	if (rule)
		json_string(&j, "rule", rule->name);
	put_details(&j, e);
	if (e->error)
		json_int(&j, "errno", e->error);
	if (e->segment)
		put_segment(&j, e->segment);
	json_end(&j);
	json_line_clear(&j);
}
