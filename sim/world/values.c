/* Reading values. See values.h. */
#include "world/values.h"

#include <math.h>
#include <string.h>

#include "world/select.h"

static const char *const FORM[] = {
	[VALUE_TEXT] = "text",
	[VALUE_BOOL] = "yes or no",
	[VALUE_COUNT] = "a whole number",
	[VALUE_COUNT1] = "a whole number from 1 on",
	[VALUE_PORT] = "a port: 1 to 65535",
	[VALUE_COUNT64] = "a whole number",
	[VALUE_NUMBER] = "a number",
	[VALUE_TIME] = "a time: 10 ms, 1.5 s",
	[VALUE_RATE] = "a rate: 10 Mbit/s, 56 kbit/s",
	[VALUE_BYTES] = "a size: 1500, 64 kB, 1 MB",
	[VALUE_BYTES32] = "a size: 1500, 64 kB, up to 65535",
	[VALUE_MTU] = "a size from 68 to 65535: 1500, 9 kB",
	[VALUE_CHANCE] = "a chance: 1 %, 0.01",
	[VALUE_SELECTION] = "a selection: 2nd syn; every 10th data",
	[VALUE_SPECIAL] = "as its help says",
};

const char *value_form(enum value_type type)
{
	return FORM[type];
}

static const struct value_unit RATES[] = {
	{"bit/s", 1}, {"kbit/s", 1e3}, {"Mbit/s", 1e6}, {"Gbit/s", 1e9}, {NULL, 0}};
const struct value_unit value_sizes[] = {{"", 1}, {"B", 1}, {"bytes", 1}, {"kB", 1e3}, {"MB", 1e6},
	{"GB", 1e9}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {NULL, 0}};
const struct value_unit value_chances[] = {{"%", 0.01}, {"", 1}, {NULL, 0}};
const struct value_unit value_plain[] = {{"", 1}, {NULL, 0}};

bool value_number(const char *text, const struct value_unit *units, double most, double *out)
{
	char *end;
	double value = g_ascii_strtod(text, &end);

	if (end == text || !(value >= 0))
		return false;
	while (g_ascii_isspace(*end))
		end++;
	for (; units->name; units++) {
		if (strcmp(units->name, end) == 0) {
			*out = value * units->factor;
			return *out <= most;
		}
	}
	return false;
}

static bool read_bool(const char *text, bool *out)
{
	*out = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
	return *out || strcmp(text, "no") == 0 || strcmp(text, "false") == 0;
}

bool value_whole(const char *text, const struct value_unit *units, double least, double most,
	uint32_t *member)
{
	double n;

	if (!value_number(text, units, most, &n) || n < least || n != floor(n))
		return false;
	*member = (uint32_t)n;
	return true;
}

static bool set_number(enum value_type type, const char *text, void *member)
{
	double n;

	switch (type) {
	case VALUE_NUMBER: return value_number(text, value_plain, 1e18, member);
	case VALUE_CHANCE: return value_number(text, value_chances, 1, member);
	case VALUE_COUNT: return value_whole(text, value_plain, 0, UINT32_MAX, member);
	case VALUE_COUNT1: return value_whole(text, value_plain, 1, UINT32_MAX, member);
	case VALUE_PORT: return value_whole(text, value_plain, 1, UINT16_MAX, member);
	case VALUE_MTU: return value_whole(text, value_sizes, 68, UINT16_MAX, member);
	case VALUE_COUNT64:
		return g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, member, NULL);
	case VALUE_RATE: {
		if (!value_number(text, RATES, 1e15, &n) || n < 1)
			return false;
		*(int64_t *)member = (int64_t)n;
		return true;
	}
	case VALUE_BYTES: {
		if (!value_number(text, value_sizes, 1e15, &n) || n != floor(n))
			return false;
		*(uint64_t *)member = (uint64_t)n;
		return true;
	}
	default: return value_whole(text, value_sizes, 1, UINT16_MAX, member);
	}
}

char *value_set(enum value_type type, const char *text, void *member)
{
	char *why = NULL;
	bool good;

	switch (type) {
	case VALUE_TEXT:
		g_free(*(char **)member);
		*(char **)member = g_strdup(text);
		return NULL;
	case VALUE_SELECTION:
		select_free(*(struct selector **)member);
		*(struct selector **)member = select_parse(text, &why);
		return why;
	case VALUE_BOOL: good = read_bool(text, member); break;
	case VALUE_TIME:
		good = select_parse_time(text, member);
		if (!good && *(int64_t *)member == INT64_MAX)
			return g_strdup_printf("'%s' is longer than 30 years", text);
		break;
	default: good = set_number(type, text, member);
	}
	if (good)
		return NULL;
	if (*text && text[strspn(text, "0123456789.")] == '\0' && type == VALUE_TIME)
		return g_strdup_printf("'%s' has no unit: write %s ms, or %s s", text, text, text);
	if (*text && text[strspn(text, "0123456789.")] == '\0' && type == VALUE_RATE)
		return g_strdup_printf(
			"'%s' has no unit: write %s Mbit/s, or %s kbit/s", text, text, text);
	return g_strdup_printf("'%s' is not %s", text, FORM[type]);
}

bool value_prefix(const char *text, struct tcpsim_addr *addr, int *bits, int *prefix_len)
{
	const char *slash = strchr(text, '/');
	char *alone = slash ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
	bool good = tcpsim_addr_parse(g_strstrip(alone), addr);
	guint64 n;

	g_free(alone);
	if (!good)
		return false;
	int most = tcpsim_addr_is_v4(addr) ? 32 : 128;

	n = (guint64)most;
	if (slash && !g_ascii_string_to_unsigned(slash + 1, 10, 0, (guint64)most, &n, NULL))
		return false;
	*prefix_len = (int)n;
	*bits = most == 32 ? 96 + (int)n : (int)n;
	return true;
}

bool value_unicast(const struct tcpsim_addr *addr)
{
	uint32_t v4 = tcpsim_addr_to_v4(addr);

	if (!tcpsim_addr_is_v4(addr))
		return !tcpsim_addr_is_any(addr) && addr->b[0] != 0xff;
	return v4 && v4 < 0xe0000000; /* classes D and E, and the broadcast */
}

char **value_words(const char *text, guint *n)
{
	char **raw = g_strsplit_set(text, " \t,", -1);
	guint kept = 0;

	for (guint i = 0; raw[i]; i++) {
		if (*raw[i])
			raw[kept++] = raw[i];
		else
			g_free(raw[i]);
	}
	raw[kept] = NULL;
	if (n)
		*n = kept;
	return raw;
}
