/* Arrays that grow: of elements, of pointers, of bytes. See glib.h. */
#include <glib.h>

struct array {
	GArray shown; /* first: it is what the caller has */
	guint size, room;
	gboolean terminated, cleared;
	GDestroyNotify clear;
};

static struct array *inside(GArray *array)
{
	return (struct array *)(void *)array;
}

static char *element(struct array *a, guint i)
{
	return a->shown.data + (gsize)i * a->size;
}

static void make_room(struct array *a, guint n)
{
	guint wanted = n + (a->terminated ? 1 : 0);

	if (wanted <= a->room)
		return;
	a->room = MAX(wanted, a->room * 2);
	a->shown.data = g_realloc(a->shown.data, (gsize)a->room * a->size);
}

static void terminate(struct array *a)
{
	if (a->terminated)
		memset(element(a, a->shown.len), 0, a->size);
}

GArray *g_array_new(gboolean zero_terminated, gboolean clear, guint element_size)
{
	struct array *a = g_new0(struct array, 1);

	a->size = element_size;
	a->terminated = zero_terminated;
	a->cleared = clear;
	make_room(a, zero_terminated ? 0 : 1);
	terminate(a);
	return &a->shown;
}

void g_array_set_clear_func(GArray *array, GDestroyNotify clear)
{
	inside(array)->clear = clear;
}

GArray *g_array_append_vals(GArray *array, gconstpointer data, guint n)
{
	struct array *a = inside(array);

	make_room(a, array->len + n);
	memcpy(element(a, array->len), data, (gsize)n * a->size);
	array->len += n;
	terminate(a);
	return array;
}

GArray *g_array_insert_vals(GArray *array, guint at, gconstpointer data, guint n)
{
	struct array *a = inside(array);

	make_room(a, array->len + n);
	memmove(element(a, at + n), element(a, at), (gsize)(array->len - at) * a->size);
	memcpy(element(a, at), data, (gsize)n * a->size);
	array->len += n;
	terminate(a);
	return array;
}

GArray *g_array_remove_range(GArray *array, guint from, guint n)
{
	struct array *a = inside(array);

	for (guint i = from; a->clear && i < from + n; i++)
		a->clear(element(a, i));
	memmove(element(a, from), element(a, from + n), (gsize)(array->len - from - n) * a->size);
	array->len -= n;
	terminate(a);
	return array;
}

GArray *g_array_remove_index(GArray *array, guint i)
{
	return g_array_remove_range(array, i, 1);
}

GArray *g_array_set_size(GArray *array, guint n)
{
	struct array *a = inside(array);

	if (n < array->len)
		return g_array_remove_range(array, n, array->len - n);
	make_room(a, n);
	if (a->cleared)
		memset(element(a, array->len), 0, (gsize)(n - array->len) * a->size);
	array->len = n;
	terminate(a);
	return array;
}

void g_array_sort(GArray *array, GCompareFunc compare)
{
	qsort(array->data, array->len, inside(array)->size, compare);
}

guint g_array_get_element_size(GArray *array)
{
	return inside(array)->size;
}

char *g_array_free(GArray *array, gboolean and_data)
{
	char *data = array->data;

	if (and_data) {
		g_array_set_size(array, 0);
		g_clear_pointer(&data, g_free);
	}
	g_free(array);
	return data;
}

void g_array_unref(GArray *array)
{
	g_array_free(array, TRUE);
}

/* --- pointers --- */

struct pointers {
	GPtrArray shown;
	guint room;
	GDestroyNotify free_element;
};

static struct pointers *pointers_of(GPtrArray *array)
{
	return (struct pointers *)(void *)array;
}

GPtrArray *g_ptr_array_new_with_free_func(GDestroyNotify free_element)
{
	struct pointers *a = g_new0(struct pointers, 1);

	a->free_element = free_element;
	return &a->shown;
}

GPtrArray *g_ptr_array_new(void)
{
	return g_ptr_array_new_with_free_func(NULL);
}

static void release(GPtrArray *array, gpointer one)
{
	if (pointers_of(array)->free_element && one)
		pointers_of(array)->free_element(one);
}

void g_ptr_array_set_size(GPtrArray *array, int size)
{
	struct pointers *a = pointers_of(array);
	guint n = (guint)size;

	if (n > a->room) {
		a->room = MAX(n, a->room * 2);
		array->pdata = g_renew(gpointer, array->pdata, a->room);
	}
	for (; array->len < n; array->len++)
		array->pdata[array->len] = NULL;
	while (array->len > n) {
		gpointer last = array->pdata[--array->len];

		release(array, last);
	}
}

void g_ptr_array_add(GPtrArray *array, gpointer one)
{
	g_ptr_array_set_size(array, (int)array->len + 1);
	array->pdata[array->len - 1] = one;
}

gpointer g_ptr_array_remove_index(GPtrArray *array, guint i)
{
	gpointer one = array->pdata[i];

	memmove(array->pdata + i, array->pdata + i + 1, sizeof(gpointer) * (array->len - i - 1));
	array->len--;
	release(array, one);
	return one;
}

gpointer g_ptr_array_steal_index_fast(GPtrArray *array, guint i)
{
	gpointer one = array->pdata[i];

	array->pdata[i] = array->pdata[--array->len];
	return one;
}

gboolean g_ptr_array_remove_fast(GPtrArray *array, gpointer one)
{
	for (guint i = 0; i < array->len; i++) {
		if (array->pdata[i] != one)
			continue;
		release(array, g_ptr_array_steal_index_fast(array, i));
		return TRUE;
	}
	return FALSE;
}

gboolean g_ptr_array_find_with_equal_func(
	GPtrArray *array, gconstpointer wanted, GEqualFunc equal, guint *i)
{
	for (guint at = 0; at < array->len; at++) {
		if (!equal(array->pdata[at], wanted))
			continue;
		if (i)
			*i = at;
		return TRUE;
	}
	return FALSE;
}

void g_ptr_array_sort(GPtrArray *array, GCompareFunc compare)
{
	if (array->len)
		qsort(array->pdata, array->len, sizeof(gpointer), compare);
}

gpointer *g_ptr_array_free(GPtrArray *array, gboolean and_data)
{
	gpointer *data = array->pdata;

	if (and_data) {
		for (guint i = 0; i < array->len; i++)
			release(array, data[i]);
		g_clear_pointer(&data, g_free);
	}
	g_free(array);
	return data;
}

void g_ptr_array_unref(GPtrArray *array)
{
	g_ptr_array_free(array, TRUE);
}

/* --- bytes: an array of elements of one byte --- */

static GArray *elements_of(GByteArray *array)
{
	return (GArray *)(void *)array;
}

GByteArray *g_byte_array_new(void)
{
	return (GByteArray *)(void *)g_array_new(FALSE, FALSE, 1);
}

GByteArray *g_byte_array_sized_new(guint reserved)
{
	GByteArray *array = g_byte_array_new();

	make_room(inside(elements_of(array)), reserved);
	return array;
}

GByteArray *g_byte_array_append(GByteArray *array, const guint8 *data, guint n)
{
	g_array_append_vals(elements_of(array), data, n);
	return array;
}

GByteArray *g_byte_array_set_size(GByteArray *array, guint n)
{
	g_array_set_size(elements_of(array), n);
	return array;
}

guint8 *g_byte_array_free(GByteArray *array, gboolean and_data)
{
	return (guint8 *)g_array_free(elements_of(array), and_data);
}

void g_byte_array_unref(GByteArray *array)
{
	g_array_free(elements_of(array), TRUE);
}
