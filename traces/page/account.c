/*
 * Two accounts of the same script as two views: what the model did and what the kernel did. A
 * script is a connection of the page, in the same place of both. See page.h.
 */
#include "traces/page/account.h"
#include "compare/call_text.h"
#include "traces/page/inner.h"
#include "traces/page/page.h"
#include "wire/ip.h"
#include "wire/options.h"
#include "wire/wire.h"

#include <string.h>

/* What makes the numbers of one connection of an account relative: end 0 is the system. */
struct flow_numbers {
	uint16_t port[2];
	bool has_base[2], offers_scale[2];
	tcpsim_seq base[2];
	uint8_t shift[2];
};

struct accounts {
	struct page_view *v;
	const struct account *account; /* NULL: it could not be run there */
	GArray *flows;		       /* struct flow_numbers */
	uint64_t packets[2], bytes[2];
};

static struct flow_numbers *numbers_of(
	struct accounts *t, const struct tcpsim_segment *s, uint32_t end)
{
	uint16_t port[2] = {end ? s->dst_port : s->src_port, end ? s->src_port : s->dst_port};
	struct flow_numbers fresh = {.port = {port[0], port[1]}};

	for (guint i = 0; i < t->flows->len; i++) {
		struct flow_numbers *each = &g_array_index(t->flows, struct flow_numbers, i);

		if (memcmp(each->port, port, sizeof(port)) == 0)
			return each;
	}
	g_array_append_val(t->flows, fresh);
	return &g_array_index(t->flows, struct flow_numbers, t->flows->len - 1);
}

static void learn(struct flow_numbers *f, const struct tcpsim_segment *s, uint32_t end)
{
	struct tcpsim_options options;

	if (s->flags & TCPSIM_SYN) {
		tcp_options_parse(s->options.raw, s->options.raw_len, &options);
		f->offers_scale[end] = options.present & TCPSIM_HAS_WSCALE;
		f->shift[end] = MIN(options.wscale, 14);
	}
	if (!f->has_base[end] || s->flags & TCPSIM_SYN)
		f->base[end] = s->flags & TCPSIM_SYN ? s->seq : tcpsim_seq_sub(s->seq, 1);
	f->has_base[end] = true;
	if (!f->has_base[!end] && s->flags & TCPSIM_ACK) {
		f->has_base[!end] = true;
		f->base[!end] = tcpsim_seq_sub(s->ack, 1);
	}
}

static void fill_segment(
	struct accounts *t, struct page_item *item, const struct tcpsim_segment *s, uint32_t end)
{
	struct flow_numbers *f = numbers_of(t, s, end);
	bool scaled = f->offers_scale[0] && f->offers_scale[1] && !(s->flags & TCPSIM_SYN);
	char text[1024];
	const char *options;

	learn(f, s, end);
	tcpsim_segment_text(s, f->base[end], f->base[!end], text, sizeof(text));
	options = s->options.raw_len ? strstr(text, " <") : NULL;
	item->text = options ? page_string(t->v, options + 1) : 0;
	item->seq = tcpsim_seq_sub(s->seq, f->base[end].n).n;
	item->ack = s->flags & TCPSIM_ACK ? tcpsim_seq_sub(s->ack, f->base[!end].n).n : 0;
	item->len = s->len;
	item->flags = s->flags;
	item->win = s->window;
	item->urgent = s->urgent;
	item->c = (uint32_t)s->window << (scaled ? f->shift[end] : 0);
	t->packets[end]++;
	t->bytes[end] += s->len;
}

static void add_packet(struct accounts *t, guint at)
{
	const struct account_entry *e = g_ptr_array_index(t->account->entries, at);
	uint32_t end = e->kind == ACCOUNT_IN;
	gsize len;
	const uint8_t *bytes = g_bytes_get_data(e->bytes, &len);
	struct page_item *item;
	struct wire_packet in;
	char *text;

	wire_parse(bytes, len, 0, &in);
	item = page_item(t->v, in.kind == WIRE_TCP ? PAGE_SEGMENT : PAGE_ICMP);
	item->time = e->start_ns;
	item->fate = PAGE_SEEN;
	item->end = end;
	item->packet = at + 1;
	if (in.kind == WIRE_TCP) {
		fill_segment(t, item, &in.segment, end);
		return;
	}
	text = account_packet_text(t->account, at);
	item->text = page_string(t->v, text);
	g_free(text);
}

static void add_call(struct accounts *t, guint at)
{
	const struct account_entry *e = g_ptr_array_index(t->account->entries, at);
	struct page_item *item = page_item(t->v, PAGE_CALL);
	GString *text = g_string_new(NULL);

	call_text_line(e, text);
	item->time = e->start_ns;
	item->until = e->end_ns == INT64_MAX ? PAGE_NEVER : e->end_ns;
	item->packet = at + 1;
	item->text = page_string(t->v, text->str);
	g_string_free(text, TRUE);
}

/* Returns the item of entry `differs_at`, or NONE. */
static uint32_t add_account(struct accounts *t, guint differs_at)
{
	uint32_t differs = PAGE_NONE;

	for (guint i = 0; t->account != NULL && i < t->account->entries->len; i++) {
		const struct account_entry *e = g_ptr_array_index(t->account->entries, i);

		if (i == differs_at)
			differs = t->v->items->len;
		if (e->kind == ACCOUNT_CALL)
			add_call(t, i);
		else if (e->kind != ACCOUNT_STATE)
			add_packet(t, i);
	}
	return differs < t->v->items->len ? differs : PAGE_NONE;
}

static void put_end(struct json_line *j, const struct accounts *t, uint32_t end, const char *name)
{
	const struct flow_numbers *f =
		t->flows->len ? &g_array_index(t->flows, struct flow_numbers, 0) : NULL;

	json_open(j, NULL, '{');
	json_string(j, "name", name);
	json_string(j, "role", name);
	json_uint(j, "isn", f ? f->base[end].n : 0);
	json_uint(j, "shift", 0);
	json_int(j, "state", -1);
	json_uint(j, "packets", t->packets[end]);
	json_uint(j, "bytes", t->bytes[end]);
	json_close(j, '}');
}

static char *verdict_of(const struct script_pair *pair)
{
	const struct difference *d = &pair->difference;

	if (pair->kernel.account == NULL || pair->model.account == NULL)
		return g_strdup_printf("it could not be run: %s",
			pair->kernel.message ? pair->kernel.message : pair->model.message);
	if (d->kind == DIFFERENCE_NONE)
		return g_strdup("no difference");
	return g_strdup_printf("the first difference, at %.6f s: %s, %s: model %s, kernel %s",
		(double)d->time_ns / 1e9, difference_kind_name(d->kind), d->field,
		d->model ? d->model : "nothing", d->kernel ? d->kernel : "nothing");
}

static void add_side(struct page *page, unsigned side, const struct script_pair *pair,
	const struct account *account, guint differs_at)
{
	static const char *const NAME[] = {"model", "kernel"};
	struct page_view *v = page->views->pdata[side];
	struct accounts t = {.v = v,
		.account = account,
		.flows = g_array_new(FALSE, FALSE, sizeof(struct flow_numbers))};
	struct json_line *j = &v->head;
	guint first = v->items->len;
	uint32_t differs = add_account(&t, differs_at);
	const struct account_entry *last =
		account && account->entries->len
			? g_ptr_array_index(account->entries, account->entries->len - 1)
			: NULL;
	bool same = pair->difference.kind == DIFFERENCE_NONE;
	char *verdict = verdict_of(pair);

	json_open(j, NULL, '{');
	json_uint(j, "number", page->pairs);
	json_string(j, "name", pair->path);
	json_int(j, "start", 0);
	json_int(j, "end", last ? last->start_ns : 0);
	json_string(j, "outcome", !pair->kernel.account ? "not run" : same ? "same" : "differs");
	json_string(j, "verdict", verdict);
	json_uint(j, "trouble", !same);
	json_uint(j, "first", first);
	json_uint(j, "items", v->items->len - first);
	json_int(j, "differs", differs == PAGE_NONE ? -1 : (int64_t)differs);
	json_open(j, "ends", '[');
	put_end(j, &t, 0, NAME[side]);
	put_end(j, &t, 1, "script");
	json_close(j, ']');
	json_close(j, '}');
	g_array_free(t.flows, TRUE);
	g_free(verdict);
}

static void begin_view(struct page *page, const char *title)
{
	struct json_line *j = &page_add(page, "account")->head;

	json_string(j, "name", "model and kernel");
	json_string(j, "title", title);
	json_string(j, "command", "tcpsim compare");
	json_string(j, "start", "0");
	json_open(j, "listeners", '[');
	json_close(j, ']');
	json_open(j, "queues", '[');
	json_close(j, ']');
	json_open(j, "connections", '[');
}

void page_begin_comparison(struct page *page, const char *model, const char *kernel)
{
	begin_view(page, model);
	begin_view(page, kernel);
}

void page_add_pair(struct page *page, const struct script_pair *pair)
{
	if (page->pairs < PAGE_CONNECTIONS) {
		add_side(page, 0, pair, pair->model.account, pair->difference.model_at);
		add_side(page, 1, pair, pair->kernel.account, pair->difference.kernel_at);
	}
	page->pairs++;
}

void page_end_comparison(struct page *page)
{
	for (unsigned i = 0; i < 2; i++) {
		struct page_view *v = page->views->pdata[i];
		struct json_line *j = &v->head;

		json_close(j, ']');
		json_uint(j, "all_connections", page->pairs);
		json_uint(j, "connections_left_out",
			page->pairs - MIN(page->pairs, PAGE_CONNECTIONS));
	}
}
