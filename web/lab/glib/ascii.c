/* Characters and numbers of ASCII, and comparing. See glib.h. */
#include <errno.h>
#include <glib.h>

gboolean g_ascii_isspace(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

gboolean g_ascii_isdigit(char c)
{
	return c >= '0' && c <= '9';
}

char g_ascii_tolower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

gboolean g_ascii_isalnum(char c)
{
	char low = g_ascii_tolower(c);

	return g_ascii_isdigit(c) || (low >= 'a' && low <= 'z');
}

int g_ascii_strncasecmp(const char *a, const char *b, gsize n)
{
	for (; n; n--, a++, b++) {
		int x = (unsigned char)g_ascii_tolower(*a), y = (unsigned char)g_ascii_tolower(*b);

		if (x != y || !x)
			return x - y;
	}
	return 0;
}

int g_ascii_strcasecmp(const char *a, const char *b)
{
	return g_ascii_strncasecmp(a, b, SIZE_MAX);
}

int g_strcmp0(const char *a, const char *b)
{
	return !a || !b ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

gboolean g_str_has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

gboolean g_str_has_suffix(const char *text, const char *suffix)
{
	gsize len = strlen(text), tail = strlen(suffix);

	return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

/* --- numbers --- */

static guint digit(char c)
{
	char low = g_ascii_tolower(c);

	if (g_ascii_isdigit(c))
		return (guint)(c - '0');
	return low >= 'a' && low <= 'z' ? (guint)(low - 'a') + 10 : G_MAXUINT;
}

static const char *prefix_of_base(const char *text, guint *base)
{
	gboolean hex = text[0] == '0' && g_ascii_tolower(text[1]) == 'x' && digit(text[2]) < 16;

	if (hex && (*base == 0 || *base == 16)) {
		*base = 16;
		return text + 2;
	}
	if (*base == 0)
		*base = text[0] == '0' ? 8 : 10;
	return text;
}

/* The size of it, which stops at `most`, and then errno tells; *end: behind it, or `text`. */
static guint64 magnitude(
	const char *text, char **end, guint base, gboolean *negative, guint64 most_below_zero)
{
	const char *at = text;
	guint64 value = 0, most = G_MAXUINT64;
	gboolean any = FALSE, over = FALSE;

	while (g_ascii_isspace(*at))
		at++;
	*negative = *at == '-';
	at += *at == '-' || *at == '+';
	if (most_below_zero)
		most = *negative ? most_below_zero : most_below_zero - 1;
	for (at = prefix_of_base(at, &base); digit(*at) < base; at++, any = TRUE) {
		over = over || value > (most - digit(*at)) / base;
		value = over ? most : value * base + digit(*at);
	}
	errno = over ? ERANGE : errno;
	if (end)
		*end = (char *)(any ? at : text);
	return any ? value : 0;
}

guint64 g_ascii_strtoull(const char *text, char **end, guint base)
{
	gboolean negative;
	guint64 value = magnitude(text, end, base, &negative, 0);

	return negative ? -value : value;
}

gint64 g_ascii_strtoll(const char *text, char **end, guint base)
{
	gboolean negative;
	guint64 value = magnitude(text, end, base, &negative, (guint64)1 << 63);

	return (gint64)(negative ? -value : value);
}

/* The C library has no other locale here. */
double g_ascii_strtod(const char *text, char **end)
{
	return strtod(text, end);
}

/* All of the text is one number, without blanks. */
static gboolean is_number(const char *text, guint base, gboolean may_be_signed)
{
	const char *at = text;

	if (may_be_signed && (*at == '-' || *at == '+'))
		at++;
	if (!*at)
		return FALSE;
	for (; *at; at++)
		if (digit(*at) >= base)
			return FALSE;
	return TRUE;
}

static gboolean not_a_number(const char *text, GError **error)
{
	g_set_error(error, G_NUMBER_PARSER_ERROR, 0, "\"%s\" is no number that it may be", text);
	return FALSE;
}

gboolean g_ascii_string_to_unsigned(
	const char *text, guint base, guint64 least, guint64 most, guint64 *out, GError **error)
{
	guint64 value;

	errno = 0;
	value = g_ascii_strtoull(text, NULL, base);
	if (!is_number(text, base, FALSE) || errno || value < least || value > most)
		return not_a_number(text, error);
	if (out)
		*out = value;
	return TRUE;
}

gboolean g_ascii_string_to_signed(
	const char *text, guint base, gint64 least, gint64 most, gint64 *out, GError **error)
{
	gint64 value;

	errno = 0;
	value = g_ascii_strtoll(text, NULL, base);
	if (!is_number(text, base, TRUE) || errno || value < least || value > most)
		return not_a_number(text, error);
	if (out)
		*out = value;
	return TRUE;
}

/* --- UTF-8 (RFC 3629 section 4) --- */

/* How many bytes the character has, by its first one; 0: no character begins so. */
static gsize character_len(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* What the second byte may be: no surrogates, nothing that has a shorter form, nothing beyond U+10FFFF. */
static gboolean may_follow(unsigned char first, unsigned char second)
{
	return second >= (first == 0xe0		 ? 0xa0
				 : first == 0xf0 ? 0x90
						 : 0x80) &&
	       second <= (first == 0xed		 ? 0x9f
				 : first == 0xf4 ? 0x8f
						 : 0xbf);
}

gboolean g_utf8_validate(const char *text, gssize length, const char **end)
{
	const unsigned char *at = (const unsigned char *)text;
	gsize left = length < 0 ? strlen(text) : (gsize)length, n = 0;
	gboolean good = TRUE;

	for (; good && left && *at; at += good ? n : 0, left -= good ? n : 0) {
		n = character_len(*at);
		good = n > 0 && n <= left && (n < 2 || may_follow(at[0], at[1]));
		for (gsize i = 2; good && i < n; i++)
			good = (at[i] & 0xc0) == 0x80;
	}
	if (end)
		*end = (const char *)at;
	return good && (length < 0 || !left);
}

/* Every byte but those that go on with a character. */
long g_utf8_strlen(const char *text, gssize length)
{
	gsize len = length < 0 ? strlen(text) : strnlen(text, (gsize)length);
	long n = 0;

	for (gsize i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* What is no character becomes U+FFFD, a byte at a time. */
char *g_utf8_make_valid(const char *text, gssize length)
{
	GString *valid = g_string_new(NULL);
	const char *last = text + (length < 0 ? strlen(text) : (gsize)length), *end;

	while (!g_utf8_validate(text, last - text, &end)) {
		g_string_append_len(valid, text, end - text);
		g_string_append(valid, "\xef\xbf\xbd");
		text = end + 1;
	}
	g_string_append_len(valid, text, last - text);
	return g_string_free(valid, FALSE);
}
