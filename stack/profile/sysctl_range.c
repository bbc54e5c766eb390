/* What a sysctl may be, as numbers and as text: its system's own limits within those of its field's
 * row. See sysctl.h. */
#include <cc/cc.h>
#include <profile/sysctl.h>
#include <profile/sysctl_range.h>
#include <stdio.h>
#include <string.h>

static const struct tcpsim_profile_field *row_of(const struct tcpsim_sysctl *s, int i)
{
	for (size_t k = 0; k < tcpsim_profile_schema_n; k++) {
		if (tcpsim_profile_schema[k].offset == s->field[i])
			return &tcpsim_profile_schema[k];
	}
	return NULL;
}

/* `count` units fill the field's least, and not more than its most. */
static void narrow_to_row(
	const struct tcpsim_sysctl *s, int i, int64_t unit, struct sysctl_limits *limits)
{
	const struct tcpsim_profile_field *row = row_of(s, i);
	int64_t least, most;

	if (!row)
		return;
	least = row->least / unit + (row->least % unit != 0);
	most = row->most / unit;
	if (limits->least < least)
		limits->least = least;
	if (limits->most > most)
		limits->most = most;
}

struct sysctl_limits sysctl_limits(
	const struct tcpsim_profile *sys, const struct tcpsim_sysctl *s, int i)
{
	struct sysctl_limits limits = {s->min, s->max};

	switch (s->form) {
	case SYSCTL_INT:
		for (int k = 0; k < 3 && s->field[k]; k++) /* they are set alike */
			narrow_to_row(s, k, 1, &limits);
		return limits;
	case SYSCTL_UNTIL:
		narrow_to_row(s, 0, 1, &limits);
		if (!*(const bool *)((const char *)sys + s->field[1]))
			limits.most = s->unit;
		return limits;
	case SYSCTL_TIME:
		for (int k = 0; k < 3 && s->field[k]; k++)
			narrow_to_row(s, k, s->unit, &limits);
		return limits;
	case SYSCTL_INTS:
	case SYSCTL_PORTS: narrow_to_row(s, i, 1, &limits); return limits;
	case SYSCTL_STAMPS: return (struct sysctl_limits){0, 2};
	case SYSCTL_RFC1323: return (struct sysctl_limits){0, 3};
	case SYSCTL_LEGACY: return limits;
	case SYSCTL_FORGET: return (struct sysctl_limits){0, INT32_MAX};
	default: return (struct sysctl_limits){0, 1};
	}
}

static const char *unit_of(const struct tcpsim_sysctl *s)
{
	if (s->form != SYSCTL_TIME)
		return "";
	return s->unit == 1 ? " ns" : s->unit == 1000 ? " us" : s->unit == 1000000 ? " ms" : " s";
}

/* " (0 'off', 1 'on')", of what the row has words for. */
static void add_words(const struct tcpsim_sysctl *s, int64_t most, char *out, size_t size)
{
	const struct tcpsim_profile_field *row =
		s->form == SYSCTL_INT || s->form == SYSCTL_UNTIL ? row_of(s, 0) : NULL;
	size_t used = strlen(out);

	if (!row || !row->words)
		return;
	for (int i = 0; row->words[i] && used < size && (row->bits || i <= most); i++)
		used += (size_t)snprintf(out + used, size - used, "%s%lld '%s'", i ? ", " : " (",
			row->bits ? (long long)row->bits[i] : i, row->words[i]);
	if (used < size)
		snprintf(out + used, size - used, "%s", row->bits ? ", or their sum)" : ")");
}

static int number_text(
	const struct tcpsim_profile *sys, const struct tcpsim_sysctl *s, char *out, size_t size)
{
	struct sysctl_limits limits = sysctl_limits(sys, s, 0);
	char text[320];

	if (limits.least == 0 && limits.most == 1)
		return snprintf(out, size, "0 or 1");
	snprintf(text, sizeof(text), "from %lld to %lld%s", (long long)limits.least,
		(long long)limits.most, unit_of(s));
	add_words(s, limits.most, text, sizeof(text));
	return snprintf(out, size, "%s", text);
}

static int several_text(const struct tcpsim_profile *sys, const struct tcpsim_sysctl *s, int n,
	char *out, size_t size)
{
	char text[192] = "";
	size_t used = 0;

	for (int i = 0; i < n; i++) {
		struct sysctl_limits limits = sysctl_limits(sys, s, i);

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%sfrom %lld to %lld",
			i ? ", " : "", (long long)limits.least, (long long)limits.most);
	}
	return snprintf(out, size, "%d numbers: %s", n, text);
}

static int cc_text(char *out, size_t size)
{
	char text[160] = "";
	size_t used = 0;

	for (int i = 0; cc_all[i] && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
			i ? ", " : "one of ", cc_all[i]->name);
	return snprintf(out, size, "%s", text);
}

int sysctl_range_text(
	const struct tcpsim_profile *sys, const struct tcpsim_sysctl *s, char *out, size_t size)
{
	switch (s->form) {
	case SYSCTL_INTS: return several_text(sys, s, 3, out, size);
	case SYSCTL_PORTS: return several_text(sys, s, 2, out, size);
	case SYSCTL_CC: return cc_text(out, size);
	case SYSCTL_CCS: return snprintf(out, size, "to be set: it can only be read");
	case SYSCTL_QDISC:
		return snprintf(out, size, "one of fq, pfifo, pfifo_fast, fq_codel, noqueue");
	case SYSCTL_KEYS:
		return snprintf(out, size,
			"one or two keys of 32 hexadecimal digits "
			"(xxxxxxxx-xxxxxxxx-xxxxxxxx-xxxxxxxx) "
			"with a comma between");
	case SYSCTL_FIXED:
		return snprintf(out, size, "'%s', and this program has no other", s->text);
	default: return number_text(sys, s, out, size);
	}
}
