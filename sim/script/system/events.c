#include "script/system/events.h"

#include "script/language/symbols.h"
#include <string.h>

#define KEPT 64

struct kept_event {
	struct tcpsim_event event;
	struct tcpsim_segment segment;
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	tcpsim_seq local_isn, remote_isn; /* as known then */
};

struct sut_events {
	struct kept_event ring[KEPT];
	unsigned n;
	tcpsim_seq local_isn, remote_isn;
};

struct sut_events *sut_events_new(void)
{
	return g_new0(struct sut_events, 1);
}

void sut_events_free(struct sut_events *events)
{
	g_free(events);
}

/* The segment's own bytes do not outlive the call: what the text needs is copied. */
static void keep_segment(
	struct sut_events *events, struct kept_event *kept, const struct tcpsim_segment *segment)
{
	kept->segment = *segment;
	kept->segment.payload = NULL;
	if (segment->options.raw_len > 0 && segment->options.raw != NULL)
		memcpy(kept->options, segment->options.raw, segment->options.raw_len);
	kept->segment.options.raw = kept->options;
	kept->segment.options.cookie = NULL;
	kept->segment.options.cookie_len = 0;
	kept->segment.options.md5 = NULL;
	kept->event.segment = &kept->segment;
	/* A SYN in the middle of a connection does not change what its numbers count from. */
	if ((segment->flags & TCPSIM_SYN) && kept->event.before <= TCPSIM_SYN_RCVD)
		*(kept->event.kind == TCPSIM_EVENT_SEGMENT_OUT ? &events->local_isn
							       : &events->remote_isn) =
			segment->seq;
}

void sut_events_add(struct sut_events *events, const struct tcpsim_event *event)
{
	struct kept_event *kept = &events->ring[events->n++ % KEPT];

	kept->event = *event;
	if (event->segment != NULL)
		keep_segment(events, kept, event->segment);
	kept->local_isn = events->local_isn;
	kept->remote_isn = events->remote_isn;
}

static void segment_text(const struct kept_event *kept, bool outbound, GString *out)
{
	char text[512];

	tcpsim_segment_text(kept->event.segment, outbound ? kept->local_isn : kept->remote_isn,
		outbound ? kept->remote_isn : kept->local_isn, text, sizeof(text));
	g_string_append_printf(out, "%s %s", outbound ? ">" : "<", text);
}

static void append_what(const struct kept_event *kept, GString *out)
{
	const struct tcpsim_event *event = &kept->event;

	switch (event->kind) {
	case TCPSIM_EVENT_SEGMENT_IN:
	case TCPSIM_EVENT_SEGMENT_OUT:
		segment_text(kept, event->kind == TCPSIM_EVENT_SEGMENT_OUT, out);
		break;
	case TCPSIM_EVENT_STATE:
		g_string_append_printf(out, "%s -> %s", tcpsim_state_name(event->before),
			tcpsim_state_name(event->after));
		break;
	case TCPSIM_EVENT_QUEUE:
		g_string_append_printf(out, "queues: %u incomplete, %u completed, backlog %u",
			event->queue.incomplete, event->queue.completed, event->queue.backlog);
		break;
	case TCPSIM_EVENT_TIMER_SET:
	case TCPSIM_EVENT_TIMER_FIRED:
	case TCPSIM_EVENT_TIMER_STOPPED:
		g_string_append_printf(out, "%s timer %s", tcpsim_timer_name(event->timer),
			event->kind == TCPSIM_EVENT_TIMER_SET	  ? "set"
			: event->kind == TCPSIM_EVENT_TIMER_FIRED ? "fired"
								  : "stopped");
		break;
	case TCPSIM_EVENT_DROP:
		g_string_append(out, "dropped");
		if (event->segment != NULL) {
			g_string_append_c(out, ' ');
			segment_text(kept, false, out);
		}
		break;
	case TCPSIM_EVENT_CWND:
		g_string_append_printf(out, "cwnd %u, ssthresh %u bytes", event->cwnd.cwnd_bytes,
			event->cwnd.ssthresh_bytes);
		break;
	case TCPSIM_EVENT_ERROR: g_string_append(out, symbol_errno(event->error)); break;
	case TCPSIM_EVENT_ICMP:
		g_string_append_printf(
			out, "ICMP type %u code %u", event->icmp.type, event->icmp.code);
		break;
	case TCPSIM_EVENT_LIMIT: g_string_append(out, "may send no more"); break;
	default: g_string_append(out, "call"); break;
	}
}

static void append_event(const struct kept_event *kept, int64_t epoch_ns, GString *out)
{
	int64_t time = kept->event.time_ns - epoch_ns;
	const struct tcpsim_rule_text *rule =
		kept->event.rule != TCPSIM_RULE_NONE ? tcpsim_rule_text(kept->event.rule) : NULL;

	g_string_append_printf(out, "  %4" G_GINT64_FORMAT ".%06d  ", time / 1000000000,
		(int)(time % 1000000000 / 1000));
	append_what(kept, out);
	if (rule != NULL)
		g_string_append_printf(out, "  [%s]", rule->name);
	g_string_append_c(out, '\n');
}

void sut_events_text(
	const struct sut_events *events, int64_t epoch_ns, unsigned lines, GString *out)
{
	unsigned held = MIN(events->n, KEPT), shown = MIN(held, lines);

	for (unsigned i = events->n - shown; i < events->n; i++)
		append_event(&events->ring[i % KEPT], epoch_ns, out);
}
