/* The account of a run: the tables. See timeline.h. */
#include "timeline/timeline.h"

#include <string.h>
#include <tcpsim/segment.h>

#include "script/language/icmp.h"

static void free_node(gpointer node)
{
	g_free(((struct timeline_node *)node)->name);
}

struct timeline *timeline_new(size_t most_items, size_t most_connections)
{
	struct timeline *t = g_new0(struct timeline, 1);

	t->nodes = g_array_new(FALSE, TRUE, sizeof(struct timeline_node));
	g_array_set_clear_func(t->nodes, free_node);
	t->connections = g_ptr_array_new_with_free_func(g_free);
	t->listeners = g_ptr_array_new_with_free_func(g_free);
	t->items = g_array_new(FALSE, FALSE, sizeof(struct timeline_item));
	t->segments = g_array_new(FALSE, FALSE, sizeof(struct timeline_segment));
	t->samples = g_array_new(FALSE, FALSE, sizeof(struct timeline_sample));
	t->options = g_byte_array_new();
	t->words = g_string_new(NULL);
	t->causes = g_ptr_array_new();
	t->most_items = most_items;
	t->most_connections = most_connections;
	t->watched = TIMELINE_NONE;
	return t;
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	g_array_free(t->nodes, TRUE);
	g_ptr_array_free(t->connections, TRUE);
	g_ptr_array_free(t->listeners, TRUE);
	g_array_free(t->items, TRUE);
	g_array_free(t->segments, TRUE);
	g_array_free(t->samples, TRUE);
	g_byte_array_unref(t->options);
	g_string_free(t->words, TRUE);
	g_ptr_array_free(t->causes, TRUE);
	g_free(t);
}

const char *timeline_kind_name(enum timeline_kind kind)
{
	static const char *const NAME[TIMELINE_NKINDS] = {
		[TIMELINE_SEGMENT] = "segment",
		[TIMELINE_AGAIN] = "twin",
		[TIMELINE_ICMP] = "icmp",
		[TIMELINE_STATE] = "state",
		[TIMELINE_TIMER_SET] = "timer-set",
		[TIMELINE_TIMER_FIRED] = "timer-fired",
		[TIMELINE_TIMER_STOPPED] = "timer-stopped",
		[TIMELINE_QUEUE] = "queue-change",
		[TIMELINE_CWND] = "cwnd",
		[TIMELINE_ERROR] = "error",
		[TIMELINE_CALL] = "call",
		[TIMELINE_SAID] = "said",
		[TIMELINE_REBOOT] = "reboot",
	};

	return NAME[kind];
}

uint32_t timeline_add_node(
	struct timeline *t, const char *name, enum timeline_node_kind kind, const char *system)
{
	struct timeline_node node = {.name = g_strdup(name), .kind = kind, .system = system};

	g_array_append_val(t->nodes, node);
	return t->nodes->len - 1;
}

struct timeline_connection *timeline_add_connection(struct timeline *t)
{
	struct timeline_connection *c;

	if (t->connections->len >= t->most_connections) {
		t->connections_left_out++;
		return NULL;
	}
	c = g_new0(struct timeline_connection, 1);
	for (int e = 0; e < 2; e++) {
		c->end[e].node = TIMELINE_NONE;
		c->end[e].established_ns = c->end[e].ended_ns = TIMELINE_NEVER;
	}
	g_ptr_array_add(t->connections, c);
	return c;
}

struct timeline_listener *timeline_add_listener(
	struct timeline *t, uint32_t node, uint32_t id, uint16_t port)
{
	struct timeline_listener *l = g_new0(struct timeline_listener, 1);

	l->node = node;
	l->id = id;
	l->port = port;
	l->is_open = true;
	g_ptr_array_add(t->listeners, l);
	return l;
}

uint32_t timeline_add(struct timeline *t, const struct timeline_item *item)
{
	if (timeline_is_full(t)) {
		timeline_leave_out(t, (enum timeline_kind)item->kind);
		return TIMELINE_NONE;
	}
	t->kinds[item->kind]++;
	g_array_append_vals(t->items, item, 1);
	return t->items->len - 1;
}

uint32_t timeline_add_words(struct timeline *t, const char *text)
{
	uint32_t place = (uint32_t)t->words->len;

	g_string_append_len(t->words, text, (gssize)strlen(text) + 1);
	return place;
}

uint32_t timeline_add_segment(struct timeline *t, const struct tcpsim_segment *s)
{
	struct timeline_segment kept = {.seq = s->seq,
		.ack = s->ack,
		.flags = s->flags,
		.window = s->window,
		.urgent = s->urgent,
		.ip_version = s->ip_version,
		.options_len = s->options.raw ? s->options.raw_len : 0,
		.len = s->len,
		.options = t->options->len};

	if (kept.options_len)
		g_byte_array_append(t->options, s->options.raw, kept.options_len);
	g_array_append_val(t->segments, kept);
	return t->segments->len - 1;
}

uint8_t timeline_cause(struct timeline *t, const char *cause)
{
	for (guint i = 0; i < t->causes->len; i++)
		if (strcmp(t->causes->pdata[i], cause) == 0)
			return (uint8_t)i;
	g_ptr_array_add(t->causes, (gpointer)cause);
	return (uint8_t)(t->causes->len - 1);
}

/* --- in words --- */

const char *timeline_node_name(const struct timeline *t, uint32_t node)
{
	const struct timeline_node *n = timeline_node(t, node);

	return n ? n->name : "nobody";
}

void timeline_end_text(const struct timeline_end *end, char out[64])
{
	char text[TCPSIM_ADDRSTRLEN];

	g_snprintf(out, 64, tcpsim_addr_is_v4(&end->addr) ? "%s:%u" : "[%s]:%u",
		tcpsim_addr_text(&end->addr, text), end->port);
}

/* Every segment of most connections carries timestamps and padding. */
uint8_t timeline_remarkable_options(
	const uint8_t *raw, uint8_t raw_len, uint8_t out[TCPSIM_MAX_OPTIONS_LEN])
{
	uint8_t n = 0, len;

	for (unsigned i = 0; i < raw_len; i += len) {
		len = 1;
		if (raw[i] > TCPSIM_OPT_NOP && i + 1 < raw_len)
			len = raw[i + 1];
		if (len == 0 || i + len > raw_len)
			len = (uint8_t)(raw_len - i); /* malformed: as it is */
		if (raw[i] == TCPSIM_OPT_EOL || raw[i] == TCPSIM_OPT_NOP ||
			raw[i] == TCPSIM_OPT_TIMESTAMP)
			continue;
		memcpy(out + n, raw + i, len);
		n = (uint8_t)(n + len);
	}
	return n;
}

static void icmp_words(const struct timeline_segment *s, char *out, size_t size)
{
	GString *text = g_string_new(NULL);

	icmp_text(s->icmp_type, s->icmp_code, s->ip_version == 6, text);
	if (s->icmp_mtu)
		g_string_append_printf(text, " mtu %u", s->icmp_mtu);
	g_strlcpy(out, text->str, size);
	g_string_free(text, TRUE);
}

struct tcpsim_segment timeline_segment_of(
	const struct timeline *t, const struct timeline_item *item, tcpsim_seq base[2])
{
	const struct timeline_segment *kept =
		&g_array_index(t->segments, struct timeline_segment, item->text);
	const struct timeline_connection *c =
		item->connection == TIMELINE_NONE ? NULL : t->connections->pdata[item->connection];

	base[0] = base[1] = tcpsim_seq_of(0);
	for (int e = 0; c && e < 2; e++)
		if (c->end[e].has_base)
			base[e != item->end] = c->end[e].base;
	return (struct tcpsim_segment){.seq = kept->seq,
		.ack = kept->ack,
		.flags = kept->flags,
		.window = kept->window,
		.urgent = kept->urgent,
		.ip_version = kept->ip_version,
		.len = kept->len,
		.options = {.raw = t->options->data + kept->options, .raw_len = kept->options_len}};
}

void timeline_segment_text(const struct timeline *t, const struct timeline_item *item, bool all,
	char *out, size_t size)
{
	uint8_t remarkable[TCPSIM_MAX_OPTIONS_LEN];
	tcpsim_seq base[2];
	struct tcpsim_segment s = timeline_segment_of(t, item, base);

	if (item->kind == TIMELINE_ICMP) {
		icmp_words(&g_array_index(t->segments, struct timeline_segment, item->text), out,
			size);
		return;
	}
	if (!all && !(s.flags & TCPSIM_SYN)) {
		s.options.raw_len =
			timeline_remarkable_options(s.options.raw, s.options.raw_len, remarkable);
		s.options.raw = remarkable;
	}
	tcpsim_segment_text(&s, base[0], base[1], out, size);
}

const char *timeline_timer_words(enum tcpsim_timer timer, enum tcpsim_state state)
{
	switch (timer) {
	case TCPSIM_TIMER_RETRANSMIT:
		return state == TCPSIM_SYN_SENT	  ? "SYN timer"
		       : state == TCPSIM_SYN_RCVD ? "SYN,ACK timer"
						  : "retransmission timer";
	case TCPSIM_TIMER_PERSIST: return "persist timer";
	case TCPSIM_TIMER_PROBE: return "tail loss probe timer";
	case TCPSIM_TIMER_REORDER: return "reordering timer";
	case TCPSIM_TIMER_DELACK: return "delayed ACK timer";
	case TCPSIM_TIMER_KEEPALIVE: return "keepalive timer";
	case TCPSIM_TIMER_2MSL:
		return state == TCPSIM_FIN_WAIT_2 ? "FIN_WAIT_2 timer" : "2MSL timer";
	case TCPSIM_TIMER_GIVE_UP:
		return state == TCPSIM_SYN_RCVD ? "entry's timer" : "connection timer";
	case TCPSIM_TIMER_PACE: return "pacing timer";
	case TCPSIM_NTIMERS: break;
	}
	return "timer";
}
