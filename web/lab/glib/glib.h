/*
 * What sim/ and traces/ use of GLib, for the lab: there is no GLib for WebAssembly in Debian. Names,
 * arguments and results are GLib's, so the sources compile as they are; what they do not use is not
 * here, and then they do not link (docs/decisions/0013-the-lab.md).
 *
 * Memory that runs out ends the program, as GLib's does. Only the C library is beneath it.
 */
#ifndef LAB_GLIB_H
#define LAB_GLIB_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int gboolean, gint;
typedef char gchar;
typedef unsigned guint;
typedef uint8_t guint8;
typedef uint32_t guint32;
typedef int64_t gint64;
typedef uint64_t guint64;
typedef size_t gsize;
typedef ptrdiff_t gssize;
typedef void *gpointer;
typedef const void *gconstpointer;
typedef void (*GDestroyNotify)(gpointer data);
typedef int (*GCompareFunc)(gconstpointer a, gconstpointer b);
typedef guint (*GHashFunc)(gconstpointer key);
typedef gboolean (*GEqualFunc)(gconstpointer a, gconstpointer b);

#define FALSE 0
#define TRUE  1
#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
#define CLAMP(x, low, high)	      ((x) > (high) ? (high) : (x) < (low) ? (low) : (x))
#define ABS(a)			      ((a) < 0 ? -(a) : (a))
#define G_STRUCT_OFFSET(type, member) offsetof(type, member)
#define G_N_ELEMENTS(a)		      (sizeof(a) / sizeof((a)[0]))
#define G_UNLIKELY(x)		      __builtin_expect(!!(x), 0)
#define G_LIKELY(x)		      __builtin_expect(!!(x), 1)
#define G_GNUC_PRINTF(f, a)	      __attribute__((format(printf, f, a)))
#define G_GINT64_FORMAT		      "lld"
#define G_GUINT64_FORMAT	      "llu"
#define G_MAXUINT		      UINT32_MAX
#define G_MAXINT		      INT32_MAX
#define G_MAXINT64		      INT64_MAX
#define G_MAXUINT64		      UINT64_MAX
#define G_MAXUINT16		      UINT16_MAX
#define G_USEC_PER_SEC		      1000000
/* WebAssembly is little endian. */
#define GUINT32_TO_LE(n)       ((guint32)(n))
#define GPOINTER_TO_UINT(p)    ((guint)(uintptr_t)(p))
#define GUINT_TO_POINTER(n)    ((gpointer)(uintptr_t)(n))
#define GPOINTER_TO_INT(p)     ((gint)(intptr_t)(p))
#define GINT_TO_POINTER(n)     ((gpointer)(intptr_t)(n))
#define g_assert(x)	       ((x) ? (void)0 : abort())
#define g_assert_not_reached() abort()
/* Says it and ends the program. */
#define g_error(...) (fprintf(stderr, __VA_ARGS__), abort())

/* --- memory --- */

gpointer g_malloc(gsize size);
gpointer g_malloc0(gsize size);
gpointer g_realloc(gpointer memory, gsize size);
gpointer g_memdup2(gconstpointer memory, gsize size);
void g_free(gpointer memory);
/* Filled with zeros, and given back by g_aligned_free() alone. */
gpointer g_aligned_alloc0(gsize n, gsize size, gsize alignment);
void g_aligned_free(gpointer memory);

#define g_new(type, n)	      ((type *)g_malloc(sizeof(type) * (gsize)(n)))
#define g_new0(type, n)	      ((type *)g_malloc0(sizeof(type) * (gsize)(n)))
#define g_renew(type, old, n) ((type *)g_realloc((old), sizeof(type) * (gsize)(n)))
#define g_clear_pointer(p, free_it)                                                                \
	do {                                                                                       \
		__typeof__(*(p)) lab_old = *(p);                                                   \
		*(p) = NULL;                                                                       \
		if (lab_old)                                                                       \
			(free_it)(lab_old);                                                        \
	} while (0)
#define g_steal_pointer(p)                                                                         \
	({                                                                                         \
		__typeof__(*(p)) lab_old = *(p);                                                   \
		*(p) = NULL;                                                                       \
		lab_old;                                                                           \
	})

/* --- arrays --- */

typedef struct GArray {
	char *data;
	guint len;
} GArray;
GArray *g_array_new(gboolean zero_terminated, gboolean clear, guint element_size);
void g_array_set_clear_func(GArray *array, GDestroyNotify clear);
GArray *g_array_append_vals(GArray *array, gconstpointer data, guint n);
GArray *g_array_insert_vals(GArray *array, guint at, gconstpointer data, guint n);
GArray *g_array_set_size(GArray *array, guint n);
GArray *g_array_remove_index(GArray *array, guint i);
GArray *g_array_remove_range(GArray *array, guint from, guint n);
void g_array_sort(GArray *array, GCompareFunc compare);
guint g_array_get_element_size(GArray *array);
char *g_array_free(GArray *array, gboolean and_data);
void g_array_unref(GArray *array);
#define g_array_append_val(array, value)     g_array_append_vals((array), &(value), 1)
#define g_array_insert_val(array, at, value) g_array_insert_vals((array), (at), &(value), 1)
#define g_array_index(array, type, i)	     (((type *)(void *)(array)->data)[i])

typedef struct GPtrArray {
	gpointer *pdata;
	guint len;
} GPtrArray;
GPtrArray *g_ptr_array_new(void);
GPtrArray *g_ptr_array_new_with_free_func(GDestroyNotify free_element);
void g_ptr_array_add(GPtrArray *array, gpointer element);
void g_ptr_array_set_size(GPtrArray *array, int n);
gboolean g_ptr_array_remove_fast(GPtrArray *array, gpointer element);
gpointer g_ptr_array_remove_index(GPtrArray *array, guint i);
gpointer g_ptr_array_steal_index_fast(GPtrArray *array, guint i);
gboolean g_ptr_array_find_with_equal_func(
	GPtrArray *array, gconstpointer wanted, GEqualFunc equal, guint *i);
void g_ptr_array_sort(GPtrArray *array, GCompareFunc compare);
gpointer *g_ptr_array_free(GPtrArray *array, gboolean and_data);
void g_ptr_array_unref(GPtrArray *array);
#define g_ptr_array_index(array, i) ((array)->pdata[i])

typedef struct GByteArray {
	guint8 *data;
	guint len;
} GByteArray;
GByteArray *g_byte_array_new(void);
GByteArray *g_byte_array_sized_new(guint reserved);
GByteArray *g_byte_array_append(GByteArray *array, const guint8 *data, guint n);
GByteArray *g_byte_array_set_size(GByteArray *array, guint n);
guint8 *g_byte_array_free(GByteArray *array, gboolean and_data);
void g_byte_array_unref(GByteArray *array);

/* Only its name is needed. */
typedef struct GBytes GBytes;

/* --- tables; nobody walks through them --- */

typedef struct GHashTable GHashTable;
GHashTable *g_hash_table_new(GHashFunc hash, GEqualFunc equal);
GHashTable *g_hash_table_new_full(
	GHashFunc hash, GEqualFunc equal, GDestroyNotify free_key, GDestroyNotify free_value);
gboolean g_hash_table_insert(GHashTable *table, gpointer key, gpointer value);
gboolean g_hash_table_replace(GHashTable *table, gpointer key, gpointer value);
gpointer g_hash_table_lookup(GHashTable *table, gconstpointer key);
gboolean g_hash_table_lookup_extended(
	GHashTable *table, gconstpointer key, gpointer *found_key, gpointer *value);
gboolean g_hash_table_contains(GHashTable *table, gconstpointer key);
gboolean g_hash_table_remove(GHashTable *table, gconstpointer key);
guint g_hash_table_size(GHashTable *table);
void g_hash_table_destroy(GHashTable *table);
void g_hash_table_unref(GHashTable *table);
guint g_str_hash(gconstpointer text);
gboolean g_str_equal(gconstpointer a, gconstpointer b);
guint g_direct_hash(gconstpointer key);
gboolean g_direct_equal(gconstpointer a, gconstpointer b);

/* --- text --- */

typedef struct GString {
	char *str;
	gsize len, allocated_len;
} GString;
GString *g_string_new(const char *text);
GString *g_string_sized_new(gsize reserved);
GString *g_string_assign(GString *string, const char *text);
GString *g_string_append(GString *string, const char *text);
GString *g_string_append_len(GString *string, const char *text, gssize len);
GString *g_string_append_c(GString *string, char c);
GString *g_string_set_size(GString *string, gsize len);
GString *g_string_truncate(GString *string, gsize len);
GString *g_string_prepend(GString *string, const char *text);
GString *g_string_erase(GString *string, gssize from, gssize len);
void g_string_append_printf(GString *string, const char *format, ...) G_GNUC_PRINTF(2, 3);
void g_string_printf(GString *string, const char *format, ...) G_GNUC_PRINTF(2, 3);
void g_string_append_vprintf(GString *string, const char *format, va_list args);
char *g_string_free(GString *string, gboolean and_text);

char *g_strdup(const char *text);
char *g_strndup(const char *text, gsize len);
char *g_strdup_printf(const char *format, ...) G_GNUC_PRINTF(1, 2);
char *g_strdup_vprintf(const char *format, va_list args);
char *g_strconcat(const char *first, ...) __attribute__((sentinel));
char *g_strjoin(const char *between, ...) __attribute__((sentinel));
char *g_strjoinv(const char *between, char **parts);
char **g_strsplit(const char *text, const char *between, gint most);
char **g_strsplit_set(const char *text, const char *any_of, gint most);
void g_strfreev(char **parts);
guint g_strv_length(char **parts);
gboolean g_strv_contains(const char *const *parts, const char *text);
char *g_strchug(char *text);
char *g_strchomp(char *text);
char *g_strdelimit(char *text, const char *any_of, char by);
char *g_stpcpy(char *to, const char *from);
gsize g_strlcpy(char *to, const char *from, gsize size);
gboolean g_str_has_prefix(const char *text, const char *prefix);
gboolean g_str_has_suffix(const char *text, const char *suffix);
int g_strcmp0(const char *a, const char *b);
int g_snprintf(char *to, unsigned long size, const char *format, ...) G_GNUC_PRINTF(3, 4);
long g_utf8_strlen(const char *text, gssize len);
char *g_utf8_make_valid(const char *text, gssize len);
gboolean g_utf8_validate(const char *text, gssize len, const char **end);
#define g_strstrip(text) g_strchomp(g_strchug(text))

int g_ascii_strcasecmp(const char *a, const char *b);
int g_ascii_strncasecmp(const char *a, const char *b, gsize n);
char g_ascii_tolower(char c);
gboolean g_ascii_isspace(char c);
gboolean g_ascii_isdigit(char c);
gboolean g_ascii_isalnum(char c);
gint64 g_ascii_strtoll(const char *text, char **end, guint base);
guint64 g_ascii_strtoull(const char *text, char **end, guint base);
double g_ascii_strtod(const char *text, char **end);

/* --- errors, files --- */

typedef guint32 GQuark;
typedef struct GError {
	GQuark domain;
	gint code;
	gchar *message;
} GError;
void g_set_error(GError **error, GQuark domain, gint code, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
void g_error_free(GError *error);
void g_clear_error(GError **error);
const char *g_strerror(gint error);
gboolean g_ascii_string_to_unsigned(
	const char *text, guint base, guint64 least, guint64 most, guint64 *out, GError **error);
gboolean g_ascii_string_to_signed(
	const char *text, guint base, gint64 least, gint64 most, gint64 *out, GError **error);

enum { G_FILE_ERROR = 1, G_NUMBER_PARSER_ERROR };
enum { G_FILE_ERROR_NOENT, G_FILE_ERROR_INVAL };
typedef enum { G_FILE_TEST_IS_REGULAR = 1 } GFileTest;
gboolean g_file_test(const char *path, GFileTest test);
gboolean g_file_get_contents(const char *path, char **text, gsize *len, GError **error);
gboolean g_path_is_absolute(const char *path);
char *g_path_get_dirname(const char *path);
char *g_path_get_basename(const char *path);
char *g_shell_quote(const char *text);
char *g_build_filename(const char *first, ...) __attribute__((sentinel));

#endif
