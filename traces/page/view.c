/*
 * A view's tables as bytes. Each column is a run of variable-length integers (7 bits a byte, the
 * lowest first; a signed one has its sign in the lowest bit), most as differences to the row
 * before: what is alike becomes zeros, which deflate takes away. See view.h.
 */
#include "traces/page/view.h"
#include "traces/observer/certainty.h"

#include <string.h>

struct column {
	const char *name;
	size_t offset, size;
};

#define COLUMN(type, member)                                                                       \
	{                                                                                          \
#member, G_STRUCT_OFFSET(struct type, member), sizeof(((struct type *)0)->member)  \
	}

static const struct column ITEM_COLUMNS[] = {COLUMN(page_item, time), COLUMN(page_item, until),
	COLUMN(page_item, kind), COLUMN(page_item, end), COLUMN(page_item, fate),
	COLUMN(page_item, node), COLUMN(page_item, shown), COLUMN(page_item, packet),
	COLUMN(page_item, seq), COLUMN(page_item, ack), COLUMN(page_item, len),
	COLUMN(page_item, flags), COLUMN(page_item, win), COLUMN(page_item, urgent),
	COLUMN(page_item, before), COLUMN(page_item, after), COLUMN(page_item, past_tcp),
	COLUMN(page_item, text), COLUMN(page_item, cause), COLUMN(page_item, lost_from),
	COLUMN(page_item, lost_to), COLUMN(page_item, a), COLUMN(page_item, b),
	COLUMN(page_item, c)};
static const struct column NOTE_COLUMNS[] = {COLUMN(page_note, item), COLUMN(page_note, rule),
	COLUMN(page_note, end), COLUMN(page_note, before), COLUMN(page_note, after),
	COLUMN(page_note, certainty), COLUMN(page_note, evidence)};
static const struct column SAMPLE_COLUMNS[] = {COLUMN(page_sample, time), COLUMN(page_sample, end),
	COLUMN(page_sample, una), COLUMN(page_sample, nxt), COLUMN(page_sample, wnd),
	COLUMN(page_sample, rcv_nxt), COLUMN(page_sample, rcv_wnd), COLUMN(page_sample, cwnd),
	COLUMN(page_sample, ssthresh), COLUMN(page_sample, mss), COLUMN(page_sample, srtt),
	COLUMN(page_sample, rttvar), COLUMN(page_sample, rto)};

struct page_view *page_view_new(const char *source)
{
	struct page_view *v = g_new0(struct page_view, 1);
	enum tcpsim_rule none = TCPSIM_RULE_NONE;

	json_line_init(&v->head, NULL);
	json_begin(&v->head, "view");
	json_string(&v->head, "source", source);
	v->items = g_array_new(FALSE, FALSE, sizeof(struct page_item));
	v->notes = g_array_new(FALSE, FALSE, sizeof(struct page_note));
	v->samples = g_array_new(FALSE, FALSE, sizeof(struct page_sample));
	v->strings = g_ptr_array_new();
	v->string_places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	v->rules = g_array_new(FALSE, FALSE, sizeof(enum tcpsim_rule));
	g_array_append_val(v->rules, none);
	page_string(v, "");
	return v;
}

void page_view_free(struct page_view *v)
{
	if (v == NULL)
		return;
	json_line_clear(&v->head);
	g_array_free(v->items, TRUE);
	g_array_free(v->notes, TRUE);
	g_array_free(v->samples, TRUE);
	g_ptr_array_free(v->strings, TRUE);
	g_hash_table_destroy(v->string_places);
	g_array_free(v->rules, TRUE);
	g_free(v);
}

uint32_t page_string(struct page_view *v, const char *text)
{
	gpointer place;
	char *own;

	if (g_hash_table_lookup_extended(v->string_places, text, NULL, &place))
		return GPOINTER_TO_UINT(place);
	own = g_strdup(text);
	g_hash_table_insert(v->string_places, own, GUINT_TO_POINTER(v->strings->len));
	g_ptr_array_add(v->strings, own);
	return v->strings->len - 1;
}

uint32_t page_rule(struct page_view *v, uint32_t rule)
{
	if (rule != TCPSIM_RULE_NONE && v->rule_places[rule] == 0) {
		v->rule_places[rule] = v->rules->len;
		g_array_append_val(v->rules, rule);
	}
	return v->rule_places[rule];
}

struct page_item *page_item(struct page_view *v, enum page_kind kind)
{
	struct page_item item = {.kind = kind,
		.until = PAGE_NEVER,
		.node = PAGE_NONE,
		.before = PAGE_NONE,
		.after = PAGE_NONE,
		.shown = true};

	g_array_append_val(v->items, item);
	return &g_array_index(v->items, struct page_item, v->items->len - 1);
}

/* --- bytes --- */

static void put_varint(GByteArray *out, int64_t value)
{
	uint64_t rest = value < 0 ? ~((uint64_t)value << 1) : (uint64_t)value << 1;
	guint8 bytes[10];
	guint n = 0;

	do {
		bytes[n] = rest & 127;
		rest >>= 7;
		bytes[n++] |= rest ? 128 : 0;
	} while (rest);
	g_byte_array_append(out, bytes, n);
}

/* NONE is told as -1. */
static int64_t value_at(const void *row, const struct column *c)
{
	uint32_t narrow;
	int64_t wide;

	if (c->size == sizeof(wide)) {
		memcpy(&wide, (const char *)row + c->offset, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, (const char *)row + c->offset, sizeof(narrow));
	return narrow == PAGE_NONE ? -1 : (int64_t)narrow;
}

static void put_table(struct json_line *head, GByteArray *out, const char *name,
	const GArray *table, const struct column *columns, size_t n)
{
	guint size = g_array_get_element_size((GArray *)table);

	json_open(head, name, '{');
	json_uint(head, "rows", table->len);
	json_open(head, "columns", '[');
	for (size_t i = 0; i < n; i++) {
		int64_t before = 0;

		json_string(head, NULL, columns[i].name);
		for (guint row = 0; row < table->len; row++) {
			int64_t value = value_at(table->data + (size_t)row * size, &columns[i]);

			put_varint(out, value - before);
			before = value;
		}
	}
	json_close(head, ']');
	json_close(head, '}');
}

static void put_rules(const struct page_view *v, struct json_line *head)
{
	json_open(head, "rules", '[');
	for (guint i = 0; i < v->rules->len; i++) {
		const struct tcpsim_rule_text *rule =
			tcpsim_rule_text(g_array_index(v->rules, enum tcpsim_rule, i));

		json_open(head, NULL, '[');
		json_string(head, NULL, i ? rule->name : "");
		json_string(head, NULL, i ? rule->clause : "");
		json_string(head, NULL, i ? rule->sentence : "");
		json_close(head, ']');
	}
	json_close(head, ']');
}

static void put_names(const struct page_view *v, struct json_line *head)
{
	json_open(head, "states", '[');
	for (unsigned state = 0; state < TCPSIM_NSTATES; state++)
		json_string(head, NULL, tcpsim_state_name((enum tcpsim_state)state));
	json_close(head, ']');
	json_open(head, "certainties", '[');
	for (unsigned i = OBSERVER_SEEN; i <= OBSERVER_SUSPECTED; i++)
		json_string(head, NULL, observer_certainty_name((enum observer_certainty)i));
	json_string(head, NULL, "known");
	json_close(head, ']');
	json_open(head, "strings", '[');
	for (guint i = 0; i < v->strings->len; i++)
		json_string(head, NULL, v->strings->pdata[i]);
	json_close(head, ']');
}

static void put_size(GByteArray *out, size_t size)
{
	uint32_t little = GUINT32_TO_LE((uint32_t)size);

	g_byte_array_append(out, (const guint8 *)&little, sizeof(little));
}

void page_view_encode(struct page_view *v, GByteArray *out)
{
	GByteArray *columns = g_byte_array_new();

	put_rules(v, &v->head);
	put_names(v, &v->head);
	put_table(&v->head, columns, "items", v->items, ITEM_COLUMNS, G_N_ELEMENTS(ITEM_COLUMNS));
	put_table(&v->head, columns, "notes", v->notes, NOTE_COLUMNS, G_N_ELEMENTS(NOTE_COLUMNS));
	put_table(&v->head, columns, "samples", v->samples, SAMPLE_COLUMNS,
		G_N_ELEMENTS(SAMPLE_COLUMNS));
	g_string_append(v->head.text, "}");
	put_size(out, v->head.text->len);
	put_size(out, columns->len);
	g_byte_array_append(out, (const guint8 *)v->head.text->str, (guint)v->head.text->len);
	g_byte_array_append(out, columns->data, columns->len);
	g_byte_array_unref(columns);
}
