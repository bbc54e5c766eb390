/* Hash tables by chaining. See glib.h. */
#include <glib.h>

struct link {
	struct link *next;
	guint hash;
	gpointer key, value;
};

struct GHashTable {
	struct link **chains;
	guint n_chains, size; /* the first is a power of two */
	GHashFunc hash;
	GEqualFunc equal;
	GDestroyNotify free_key, free_value;
};

guint g_str_hash(gconstpointer text)
{
	guint hash = 5381;

	for (const signed char *c = text; *c; c++)
		hash = hash * 33 + (guint)*c;
	return hash;
}

gboolean g_str_equal(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b) == 0;
}

guint g_direct_hash(gconstpointer key)
{
	return GPOINTER_TO_UINT(key);
}

gboolean g_direct_equal(gconstpointer a, gconstpointer b)
{
	return a == b;
}

GHashTable *g_hash_table_new_full(
	GHashFunc hash, GEqualFunc equal, GDestroyNotify free_key, GDestroyNotify free_value)
{
	GHashTable *table = g_new0(GHashTable, 1);

	table->n_chains = 8;
	table->chains = g_new0(struct link *, table->n_chains);
	table->hash = hash ? hash : g_direct_hash;
	table->equal = equal ? equal : g_direct_equal;
	table->free_key = free_key;
	table->free_value = free_value;
	return table;
}

GHashTable *g_hash_table_new(GHashFunc hash, GEqualFunc equal)
{
	return g_hash_table_new_full(hash, equal, NULL, NULL);
}

/* Where the link to that key stands, or would stand. */
static struct link **place_of(GHashTable *table, gconstpointer key, guint hash)
{
	struct link **at = &table->chains[hash & (table->n_chains - 1)];

	while (*at && ((*at)->hash != hash || !table->equal((*at)->key, key)))
		at = &(*at)->next;
	return at;
}

static void grow(GHashTable *table)
{
	struct link **old = table->chains, *next;
	guint n = table->n_chains;

	table->n_chains = 2 * n;
	table->chains = g_new0(struct link *, table->n_chains);
	for (guint i = 0; i < n; i++) {
		for (struct link *one = old[i]; one; one = next) {
			struct link **chain = &table->chains[one->hash & (table->n_chains - 1)];

			next = one->next;
			one->next = *chain;
			*chain = one;
		}
	}
	g_free(old);
}

static void drop_key(const GHashTable *table, gpointer key)
{
	if (table->free_key)
		table->free_key(key);
}

static void drop_value(const GHashTable *table, gpointer value)
{
	if (table->free_value)
		table->free_value(value);
}

static gboolean put(GHashTable *table, gpointer key, gpointer value, gboolean new_key)
{
	guint hash = table->hash(key);
	struct link **at = place_of(table, key, hash), *one = *at;

	if (one) {
		drop_value(table, one->value);
		drop_key(table, new_key ? one->key : key);
		one->key = new_key ? key : one->key;
		one->value = value;
		return FALSE;
	}
	one = *at = g_new(struct link, 1);
	*one = (struct link){.hash = hash, .key = key, .value = value};
	if (++table->size > table->n_chains)
		grow(table);
	return TRUE;
}

gboolean g_hash_table_insert(GHashTable *table, gpointer key, gpointer value)
{
	return put(table, key, value, FALSE);
}

gboolean g_hash_table_replace(GHashTable *table, gpointer key, gpointer value)
{
	return put(table, key, value, TRUE);
}

gboolean g_hash_table_lookup_extended(
	GHashTable *table, gconstpointer key, gpointer *found_key, gpointer *value)
{
	const struct link *one = *place_of(table, key, table->hash(key));

	if (one && found_key)
		*found_key = one->key;
	if (one && value)
		*value = one->value;
	return one != NULL;
}

gpointer g_hash_table_lookup(GHashTable *table, gconstpointer key)
{
	gpointer value = NULL;

	g_hash_table_lookup_extended(table, key, NULL, &value);
	return value;
}

gboolean g_hash_table_contains(GHashTable *table, gconstpointer key)
{
	return g_hash_table_lookup_extended(table, key, NULL, NULL);
}

static void free_link(const GHashTable *table, struct link *one)
{
	drop_key(table, one->key);
	drop_value(table, one->value);
	g_free(one);
}

gboolean g_hash_table_remove(GHashTable *table, gconstpointer key)
{
	struct link **at = place_of(table, key, table->hash(key)), *one = *at;

	if (!one)
		return FALSE;
	*at = one->next;
	table->size--;
	free_link(table, one);
	return TRUE;
}

guint g_hash_table_size(GHashTable *table)
{
	return table->size;
}

void g_hash_table_destroy(GHashTable *table)
{
	struct link *next;

	for (guint i = 0; i < table->n_chains; i++) {
		for (struct link *one = table->chains[i]; one; one = next) {
			next = one->next;
			free_link(table, one);
		}
	}
	g_free(table->chains);
	g_free(table);
}

void g_hash_table_unref(GHashTable *table)
{
	g_hash_table_destroy(table);
}
