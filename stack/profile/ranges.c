/*
 * What a profile may be: each field's range as text, and whether a whole profile makes sense. The
 * ranges themselves stand in profile_fields.def, one in each row.
 */
#include <errno.h>
#include <profile/schema.h>
#include <stdio.h>
#include <string.h>

/* Of two fields the first may not be above the second. */
#define NOT_ABOVE(low, high)                                                                       \
	{                                                                                          \
#low, #high, offsetof(struct tcpsim_profile, low),                                 \
			offsetof(struct tcpsim_profile, high)                                      \
	}
static const struct {
	const char *low, *high;
	size_t low_at, high_at;
} ORDER[] = {
	NOT_ABOVE(rto_min, rto_max),
	NOT_ABOVE(delack_min, delack_max),
	NOT_ABOVE(persist_min, persist_max),
	NOT_ABOVE(port_first, port_last),
};
#define N_ORDER (sizeof(ORDER) / sizeof(ORDER[0]))

static int words_text(const char *const *words, char *out, size_t size)
{
	char text[256] = "";
	size_t used = 0;

	for (int i = 0; words[i] && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s'%s'",
			i == 0	       ? ""
			: words[i + 1] ? ", "
				       : " or ",
			words[i]);
	return snprintf(out, size, "%s", text);
}

/* "'off', 'client' (1), 'server' (2) ..., with commas between, or their sum". */
static int bits_range_text(const struct tcpsim_profile_field *field, char *out, size_t size)
{
	char text[320] = "'off'";
	size_t used = strlen(text);

	for (int i = 0; field->words[i] && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, ", '%s' (%lld)",
			field->words[i], (long long)field->bits[i]);
	return snprintf(out, size, "%s: with commas between, or their sum", text);
}

int tcpsim_profile_field_range_text(
	const struct tcpsim_profile_field *field, char *out, size_t size)
{
	char least[32], most[32];

	switch (field->type) {
	case TCPSIM_FIELD_BOOL: return snprintf(out, size, "yes or no");
	case TCPSIM_FIELD_ENUM:
	case TCPSIM_FIELD_CHOICE: return words_text(field->words, out, size);
	case TCPSIM_FIELD_BITS: return bits_range_text(field, out, size);
	case TCPSIM_FIELD_TIME:
		profile_time_text(field->least, least, sizeof(least));
		profile_time_text(field->most, most, sizeof(most));
		return snprintf(out, size, "from %s to %s", least, most);
	case TCPSIM_FIELD_INT:
	case TCPSIM_FIELD_LIST: break;
	}
	return snprintf(out, size, "%sfrom %lld to %lld",
		field->type == TCPSIM_FIELD_LIST ? "each " : "", (long long)field->least,
		(long long)field->most);
}

static bool list_within(
	const struct tcpsim_int_list *list, const struct tcpsim_profile_field *field)
{
	if (list->n < 0 || list->n > TCPSIM_PROFILE_LIST_MAX)
		return false;
	for (int32_t i = 0; i < list->n; i++) {
		if (list->at[i] < field->least || list->at[i] > field->most)
			return false;
	}
	return true;
}

static bool within(const struct tcpsim_profile *profile, const struct tcpsim_profile_field *field)
{
	const void *at = (const char *)profile + field->offset;
	int64_t value;

	switch (field->type) {
	case TCPSIM_FIELD_BOOL: return true;
	case TCPSIM_FIELD_LIST: return list_within(at, field);
	case TCPSIM_FIELD_ENUM: value = *(const unsigned *)at; break;
	default: value = *(const int64_t *)at;
	}
	return value >= field->least && value <= field->most;
}

static int out_of_range(const struct tcpsim_profile *profile,
	const struct tcpsim_profile_field *field, char *why, size_t size)
{
	char is[128], range[512];

	tcpsim_profile_field_text(profile, field, is, sizeof(is));
	tcpsim_profile_field_range_text(field, range, sizeof(range));
	if (why)
		snprintf(why, size, "%s: '%s' is not %s", field->name, is, range);
	return -EINVAL;
}

static int check_order(const struct tcpsim_profile *profile, size_t i, char *why, size_t size)
{
	const struct tcpsim_profile_field *low, *high;
	char lower[64], higher[64];

	if (*(const int64_t *)((const char *)profile + ORDER[i].low_at) <=
		*(const int64_t *)((const char *)profile + ORDER[i].high_at))
		return 0;
	low = tcpsim_profile_field_find(ORDER[i].low);
	high = tcpsim_profile_field_find(ORDER[i].high);
	tcpsim_profile_field_text(profile, low, lower, sizeof(lower));
	tcpsim_profile_field_text(profile, high, higher, sizeof(higher));
	if (why)
		snprintf(why, size, "%s (%s) is above %s (%s)", low->name, lower, high->name,
			higher);
	return -EINVAL;
}

int tcpsim_profile_check(const struct tcpsim_profile *profile, char *why, size_t size)
{
	int status = 0;

	for (size_t i = 0; i < tcpsim_profile_schema_n && status == 0; i++) {
		if (!within(profile, &tcpsim_profile_schema[i]))
			status = out_of_range(profile, &tcpsim_profile_schema[i], why, size);
	}
	for (size_t i = 0; i < N_ORDER && status == 0; i++)
		status = check_order(profile, i, why, size);
	return status;
}
