/* Memory, or the end. See glib.h. */
#include <glib.h>

static gpointer held(gpointer memory, gsize size)
{
	if (!memory && size)
		abort();
	return memory;
}

gpointer g_malloc(gsize size)
{
	return size ? held(malloc(size), size) : NULL;
}

gpointer g_malloc0(gsize size)
{
	return size ? held(calloc(1, size), size) : NULL;
}

gpointer g_realloc(gpointer memory, gsize size)
{
	if (size)
		return held(realloc(memory, size), size);
	free(memory);
	return NULL;
}

gpointer g_memdup2(gconstpointer memory, gsize size)
{
	gpointer copy = memory ? g_malloc(size) : NULL;

	return copy ? memcpy(copy, memory, size) : NULL;
}

void g_free(gpointer memory)
{
	free(memory);
}

gpointer g_aligned_alloc0(gsize n, gsize size, gsize alignment)
{
	gsize whole = (n * size + alignment - 1) / alignment * alignment; /* C11 §7.22.3.1 */
	gpointer memory = whole ? held(aligned_alloc(alignment, whole), whole) : NULL;

	return memory ? memset(memory, 0, whole) : NULL;
}

void g_aligned_free(gpointer memory)
{
	free(memory);
}
