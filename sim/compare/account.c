#include "compare/account.h"

#include <string.h>

static void entry_free(void *data)
{
	struct account_entry *entry = data;

	g_free(entry->text);
	g_free(entry->extra);
	if (entry->bytes != NULL)
		g_bytes_unref(entry->bytes);
	g_free(entry);
}

struct account *account_new(void)
{
	struct account *account = g_new0(struct account, 1);

	account->entries = g_ptr_array_new_with_free_func(entry_free);
	return account;
}

void account_free(struct account *account)
{
	if (account == NULL)
		return;
	g_ptr_array_unref(account->entries);
	g_free(account);
}

struct account_entry *account_add(struct account *account, enum account_kind kind, int64_t start_ns)
{
	struct account_entry *entry = g_new0(struct account_entry, 1);

	entry->kind = kind;
	entry->start_ns = start_ns;
	entry->end_ns = start_ns;
	g_ptr_array_add(account->entries, entry);
	return entry;
}

/* --- through a pipe: numbers as they are, texts and bytes with their length, -1 for none --- */

static void put(GByteArray *out, int64_t value)
{
	g_byte_array_append(out, (const guint8 *)&value, sizeof(value));
}

static void put_bytes(GByteArray *out, const void *bytes, gsize len)
{
	put(out, bytes != NULL ? (int64_t)len : -1);
	if (bytes != NULL)
		g_byte_array_append(out, bytes, (guint)len);
}

static void put_text(GByteArray *out, const char *text)
{
	put_bytes(out, text, text != NULL ? strlen(text) : 0);
}

void account_write(const struct account *account, GByteArray *out)
{
	put(out, account->entries->len);
	put(out, account->lateness_ns);
	for (guint i = 0; i < account->entries->len; i++) {
		const struct account_entry *e = g_ptr_array_index(account->entries, i);
		gsize len = 0;
		const void *bytes = e->bytes != NULL ? g_bytes_get_data(e->bytes, &len) : NULL;

		put(out, e->kind);
		put(out, e->event);
		put(out, e->start_ns);
		put(out, e->end_ns);
		put(out, e->result);
		put(out, e->error);
		put_text(out, e->text);
		put_text(out, e->extra);
		put_bytes(out, bytes, len);
	}
}

struct reader {
	const uint8_t *at, *end;
	bool torn;
};

static int64_t take(struct reader *r)
{
	int64_t value = 0;

	if (r->end - r->at < (ptrdiff_t)sizeof(value)) {
		r->torn = true;
		return 0;
	}
	memcpy(&value, r->at, sizeof(value));
	r->at += sizeof(value);
	return value;
}

static const uint8_t *take_bytes(struct reader *r, int64_t *len)
{
	const uint8_t *at;

	*len = take(r);
	if (*len > r->end - r->at)
		r->torn = true;
	if (*len < 0 || r->torn)
		return NULL;
	at = r->at;
	r->at += *len;
	return at;
}

static char *take_text(struct reader *r)
{
	int64_t len;
	const uint8_t *text = take_bytes(r, &len);

	return text != NULL ? g_strndup((const char *)text, (gsize)len) : NULL;
}

static void take_entry(struct reader *r, struct account *account)
{
	struct account_entry *e = account_add(account, (enum account_kind)take(r), 0);
	const uint8_t *bytes;
	int64_t len;

	e->event = (unsigned)take(r);
	e->start_ns = take(r);
	e->end_ns = take(r);
	e->result = take(r);
	e->error = (int)take(r);
	e->text = take_text(r);
	e->extra = take_text(r);
	bytes = take_bytes(r, &len);
	if (bytes != NULL)
		e->bytes = g_bytes_new(bytes, (gsize)len);
}

struct account *account_read(const uint8_t **at, const uint8_t *end)
{
	struct reader r = {.at = *at, .end = end};
	struct account *account = account_new();
	int64_t n = take(&r);

	account->lateness_ns = take(&r);
	for (int64_t i = 0; i < n && !r.torn; i++)
		take_entry(&r, account);
	*at = r.at;
	if (!r.torn)
		return account;
	account_free(account);
	return NULL;
}
