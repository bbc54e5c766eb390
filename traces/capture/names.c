/* Names of hosts: see names.h. */
#include "traces/capture/names.h"

#include <glib.h>
#include <string.h>

/* More are not kept, nor longer ones (RFC 1035 §2.3.4). */
#define MOST_NAMES   65536
#define LONGEST_NAME 255

struct names {
	GHashTable *by_addr; /* struct tcpsim_addr to text */
};

static guint addr_hash(gconstpointer key)
{
	const struct tcpsim_addr *a = key;

	return (guint)((a->d[0] ^ a->d[1]) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static gboolean addr_equal(gconstpointer a, gconstpointer b)
{
	return tcpsim_addr_eq(a, b);
}

struct names *names_new(void)
{
	struct names *n = g_new(struct names, 1);

	n->by_addr = g_hash_table_new_full(addr_hash, addr_equal, g_free, g_free);
	return n;
}

void names_free(struct names *n)
{
	if (n == NULL)
		return;
	g_hash_table_destroy(n->by_addr);
	g_free(n);
}

void names_add(struct names *n, const struct tcpsim_addr *addr, const uint8_t *text, size_t len)
{
	const uint8_t *end = memchr(text, '\0', len);
	size_t used = MIN(end != NULL ? (size_t)(end - text) : len, LONGEST_NAME);
	char *name;

	if (used == 0 || g_hash_table_size(n->by_addr) >= MOST_NAMES ||
		g_hash_table_contains(n->by_addr, addr))
		return;
	name = g_strndup((const char *)text, used);
	for (size_t i = 0; i < used; i++)
		if (!g_ascii_isprint(name[i]))
			name[i] = '?';
	g_hash_table_insert(n->by_addr, g_memdup2(addr, sizeof(*addr)), name);
}

const char *names_of(const struct names *n, const struct tcpsim_addr *addr)
{
	return g_hash_table_lookup(n->by_addr, addr);
}
