/* Events as JSON. See journal.h. */
#include "world/journal.h"

#include <inttypes.h>

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

static void write_name(FILE *out, const char *name)
{
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			fputc('\\', out);
		fputc((unsigned char)*name < ' ' ? ' ' : *name, out);
	}
}

static void write_segment(FILE *out, const struct tcpsim_segment *s)
{
	char src[TCPSIM_ADDRSTRLEN], dst[TCPSIM_ADDRSTRLEN], text[512];

	tcpsim_segment_text(s, tcpsim_seq_of(0), tcpsim_seq_of(0), text, sizeof(text));
	fprintf(out, ",\"from\":\"%s:%u\",\"to\":\"%s:%u\",\"segment\":\"%s\"",
		tcpsim_addr_text(&s->src, src), s->src_port, tcpsim_addr_text(&s->dst, dst),
		s->dst_port, text);
}

static void write_details(FILE *out, const struct tcpsim_event *e)
{
	switch ((enum tcpsim_event_kind)e->kind) {
	case TCPSIM_EVENT_STATE:
		fprintf(out, ",\"before\":\"%s\",\"after\":\"%s\"",
			tcpsim_state_name((enum tcpsim_state)e->before),
			tcpsim_state_name((enum tcpsim_state)e->after));
		break;
	case TCPSIM_EVENT_QUEUE:
		fprintf(out, ",\"incomplete\":%u,\"completed\":%u,\"backlog\":%u",
			e->queue.incomplete, e->queue.completed, e->queue.backlog);
		break;
	case TCPSIM_EVENT_TIMER_SET:
		fprintf(out, ",\"timer\":\"%s\",\"deadline_ns\":%" PRId64,
			tcpsim_timer_name((enum tcpsim_timer)e->timer), e->deadline_ns);
		break;
	case TCPSIM_EVENT_TIMER_FIRED:
	case TCPSIM_EVENT_TIMER_STOPPED:
		fprintf(out, ",\"timer\":\"%s\"", tcpsim_timer_name((enum tcpsim_timer)e->timer));
		break;
	case TCPSIM_EVENT_CWND:
		fprintf(out, ",\"cwnd_bytes\":%u,\"ssthresh_bytes\":%u", e->cwnd.cwnd_bytes,
			e->cwnd.ssthresh_bytes);
		break;
	case TCPSIM_EVENT_ICMP:
		fprintf(out, ",\"icmp_type\":%u,\"icmp_code\":%u", e->icmp.type, e->icmp.code);
		break;
	default: break;
	}
}

void journal_write(FILE *out, const char *host, const struct tcpsim_event *e)
{
	const struct tcpsim_rule_text *rule = e->rule ? tcpsim_rule_text(e->rule) : NULL;

	fprintf(out, "{\"type\":\"event\",\"time_ns\":%" PRId64 ",\"host\":\"", e->time_ns);
	write_name(out, host);
	fprintf(out, "\",\"connection\":%u,\"kind\":\"%s\"", e->connection, KIND[e->kind]);
	if (rule)
		fprintf(out, ",\"rule\":\"%s\"", rule->name);
	write_details(out, e);
	if (e->error)
		fprintf(out, ",\"errno\":%d", e->error);
	if (e->segment)
		write_segment(out, e->segment);
	fputs("}\n", out);
}
