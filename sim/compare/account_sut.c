/* The system that writes down what another one does: see account.h. */
#include "compare/account_sut.h"
#include "compare/account.h"
#include "compare/call_text.h"

struct sent_packet {
	GBytes *bytes;
	int64_t time_ns;
};

struct account_sut {
	struct sut sut;
	struct sut *inner;
	struct account *account;
	const unsigned *event;
	struct sut_call *pending; /* its entry waits for the end */
	struct account_entry *pending_entry;
	GQueue sent; /* struct sent_packet: written down, and not yet asked for */
};

static struct account_sut *self(struct sut *sut)
{
	return (struct account_sut *)sut;
}

static struct account_entry *add(struct account_sut *a, enum account_kind kind, int64_t start_ns)
{
	struct account_entry *entry = account_add(a->account, kind, start_ns);

	entry->event = a->event != NULL ? *a->event : 0;
	return entry;
}

/* Packets are written down when they have left, whether or not the driver ever looks at them. */
static void take_packets(struct account_sut *a)
{
	GBytes *bytes;
	int64_t time;

	while ((bytes = a->inner->ops->sent(a->inner, &time)) != NULL) {
		struct sent_packet *sent = g_new(struct sent_packet, 1);

		*sent = (struct sent_packet){bytes, time};
		g_queue_push_tail(&a->sent, sent);
		add(a, ACCOUNT_OUT, time)->bytes = g_bytes_ref(bytes);
	}
}

static void look_at_pending(struct account_sut *a)
{
	if (a->pending == NULL || !a->pending->done)
		return;
	call_text_result(a->pending, a->pending_entry);
	a->pending = NULL;
}

static int64_t account_now(struct sut *sut)
{
	return self(sut)->inner->ops->now(self(sut)->inner);
}

static void account_call(struct sut *sut, struct sut_call *call)
{
	struct account_sut *a = self(sut);
	struct account_entry *entry = add(a, ACCOUNT_CALL, account_now(sut));

	entry->text = call_text(call);
	entry->end_ns = INT64_MAX;
	a->inner->ops->call(a->inner, call);
	if (call->done) {
		call_text_result(call, entry);
	} else {
		a->pending = call;
		a->pending_entry = entry;
	}
	take_packets(a);
}

static enum sut_wake account_advance(struct sut *sut, int64_t until_ns, unsigned wanted)
{
	struct account_sut *a = self(sut);
	enum sut_wake wake;

	if ((wanted & SUT_WANT_PACKET) && !g_queue_is_empty(&a->sent))
		return SUT_PACKET;
	wake = a->inner->ops->advance(a->inner, until_ns, wanted);
	look_at_pending(a);
	take_packets(a);
	return wake;
}

static void account_inject(struct sut *sut, const uint8_t *bytes, size_t len, unsigned segment_size)
{
	struct account_sut *a = self(sut);

	add(a, ACCOUNT_IN, account_now(sut))->bytes = g_bytes_new(bytes, len);
	a->inner->ops->inject(a->inner, bytes, len, segment_size);
	look_at_pending(a);
	take_packets(a);
}

static GBytes *account_sent(struct sut *sut, int64_t *time_ns)
{
	struct sent_packet *sent;
	GBytes *bytes;

	take_packets(self(sut));
	sent = g_queue_pop_head(&self(sut)->sent);
	if (sent == NULL)
		return NULL;
	bytes = sent->bytes;
	*time_ns = sent->time_ns;
	g_free(sent);
	return bytes;
}

static int account_command(struct sut *sut, const char *text, GString *output)
{
	struct account_sut *a = self(sut);
	int status = a->inner->ops->command(a->inner, text, output);

	take_packets(a);
	return status;
}

static bool account_info(struct sut *sut, int fd, sut_field_fn each, void *context)
{
	return self(sut)->inner->ops->info(self(sut)->inner, fd, each, context);
}

static void account_begin(struct sut *sut)
{
	struct sut *inner = self(sut)->inner;

	if (inner->ops->begin != NULL)
		inner->ops->begin(inner);
	sut->epoch_ns = inner->epoch_ns;
}

static void account_explain(struct sut *sut, GString *output, unsigned lines)
{
	struct sut *inner = self(sut)->inner;

	if (inner->ops->explain != NULL)
		inner->ops->explain(inner, output, lines);
}

static void sent_free(void *data)
{
	struct sent_packet *sent = data;

	g_bytes_unref(sent->bytes);
	g_free(sent);
}

static void account_free_sut(struct sut *sut)
{
	struct account_sut *a = self(sut);

	a->inner->ops->free(a->inner);
	g_queue_clear_full(&a->sent, sent_free);
	g_free(a);
}

static const struct sut_ops OPS = {.free = account_free_sut,
	.now = account_now,
	.call = account_call,
	.advance = account_advance,
	.inject = account_inject,
	.sent = account_sent,
	.command = account_command,
	.info = account_info,
	.begin = account_begin,
	.explain = account_explain};

struct sut *account_sut(struct sut *inner, struct account *account, const unsigned *event)
{
	struct account_sut *a = g_new0(struct account_sut, 1);

	a->sut =
		(struct sut){.ops = &OPS, .platform = inner->platform, .epoch_ns = inner->epoch_ns};
	a->inner = inner;
	a->account = account;
	a->event = event;
	g_queue_init(&a->sent);
	return &a->sut;
}
