/* Reading and setting sysctls: one function a form, and the names with dots or slashes. See
 * sysctl.h. */
#include <cc/cc.h>
#include <ctype.h>
#include <errno.h>
#include <host/entry.h>
#include <host/host.h>
#include <host/ports.h>
#include <profile/sysctl.h>
#include <profile/sysctl_range.h>
#include <stdio.h>
#include <string.h>

static int64_t *int_field(struct tcpsim_host *host, const struct tcpsim_sysctl *s, int i)
{
	return (int64_t *)((char *)&host->sys + s->field[i]);
}

static bool *bool_field(struct tcpsim_host *host, const struct tcpsim_sysctl *s)
{
	return (bool *)((char *)&host->sys + s->field[0]);
}

static unsigned *enum_field(struct tcpsim_host *host, const struct tcpsim_sysctl *s)
{
	return (unsigned *)((char *)&host->sys + s->field[0]);
}

/* n whole numbers with blanks between and nothing else. */
static bool read_numbers(const char *text, int64_t *values, int n)
{
	char *end;

	for (int i = 0; i < n; i++) {
		errno = 0;
		values[i] = strtoll(text, &end, 0);
		if (end == text || errno)
			return false;
		text = end;
	}
	while (isspace((unsigned char)*text))
		text++;
	return *text == '\0';
}

/* --- Fast Open keys: a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4[,...], or 32 digits without hyphens
 * (FreeBSD) --- */

static bool read_key(const char **text, uint8_t key[16])
{
	for (int word = 0; word < 4; word++) {
		unsigned value;
		int used;

		if (word > 0 && **text == '-')
			(*text)++;
		if (sscanf(*text, "%8x%n", &value, &used) != 1 || used != 8)
			return false;
		for (int i = 0; i < 4; i++) /* Linux keeps each word in little-endian order */
			key[word * 4 + i] = (uint8_t)(value >> 8 * i);
		*text += used;
	}
	return true;
}

static int set_keys(struct tcpsim_host *host, const char *text)
{
	uint8_t keys[2][16];
	int n = 0;

	do {
		if (n == 2 || !read_key(&text, keys[n++]))
			return -EINVAL;
	} while (*text == ',' && text++);
	if (*text != '\0' && *text != '\n')
		return -EINVAL;
	memcpy(host->fastopen.key, keys, sizeof(keys[0]) * (size_t)n);
	host->fastopen.n_keys = n;
	return 0;
}

static uint32_t key_word(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static int keys_text(const struct tcpsim_host *host, char *out, size_t size)
{
	char text[80] = "00000000-00000000-00000000-00000000";
	size_t used = 0;

	for (int i = 0; i < host->fastopen.n_keys; i++) {
		const uint8_t *key = host->fastopen.key[i];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%08x-%08x-%08x-%08x",
			i ? "," : "", key_word(key), key_word(key + 4), key_word(key + 8),
			key_word(key + 12));
	}
	return snprintf(out, size, "%s", text);
}

static int cc_names(char *out, size_t size)
{
	size_t used = 0;

	if (size)
		out[0] = '\0';
	for (int i = 0; cc_all[i] && used < size; i++)
		used += (size_t)snprintf(
			out + used, size - used, i ? " %s" : "%s", cc_all[i]->name);
	return (int)used;
}

static int rfc1323_value(const struct tcpsim_profile *sys)
{
	if (sys->timestamps)
		return sys->window_scaling ? 1 : 3;
	return sys->window_scaling ? 2 : 0;
}

/* The value of a form that is one number. */
static int64_t number_of(struct tcpsim_host *host, const struct tcpsim_sysctl *s)
{
	switch (s->form) {
	case SYSCTL_BOOL: return *bool_field(host, s);
	case SYSCTL_NOT: return !*bool_field(host, s);
	case SYSCTL_TIME: return *int_field(host, s, 0) / s->unit;
	case SYSCTL_EITHER: return *int_field(host, s, 0) == s->max;
	case SYSCTL_CHOICE: return *enum_field(host, s) == s->max;
	case SYSCTL_BIT: return (*int_field(host, s, 0) & s->unit) != 0;
	case SYSCTL_STAMPS: return host->sys.timestamps ? 2 - host->sys.ts_offset : 0;
	case SYSCTL_RFC1323: return rfc1323_value(&host->sys);
	case SYSCTL_COOKIES: return host->sys.syncookies != 0;
	case SYSCTL_ONLY: return host->sys.syncookies == 2;
	case SYSCTL_UNTIL:
	case SYSCTL_INT: return *int_field(host, s, 0);
	default: return 0;
	}
}

int sysctl_get(struct tcpsim_host *host, const struct tcpsim_sysctl *s, char *out, size_t size)
{
	int len;

	switch (s->form) {
	case SYSCTL_INTS:
		len = snprintf(out, size, "%lld\t%lld\t%lld", (long long)*int_field(host, s, 0),
			(long long)*int_field(host, s, 1), (long long)*int_field(host, s, 2));
		break;
	case SYSCTL_PORTS:
		len = snprintf(out, size, "%lld\t%lld", (long long)*int_field(host, s, 0),
			(long long)*int_field(host, s, 1));
		break;
	case SYSCTL_CC: len = snprintf(out, size, "%s", host->sys.congestion_control); break;
	case SYSCTL_CCS: len = cc_names(out, size); break;
	case SYSCTL_QDISC:
		len = snprintf(out, size, "%s", host->sys.paced_device ? "fq" : "pfifo_fast");
		break;
	case SYSCTL_KEYS: len = keys_text(host, out, size); break;
	case SYSCTL_FIXED: len = snprintf(out, size, "%s", s->text); break;
	default: len = snprintf(out, size, "%lld", (long long)number_of(host, s));
	}
	return (size_t)len < size ? 0 : -ENOSPC;
}

static int set_qdisc(struct tcpsim_host *host, const char *name)
{
	static const char *const QUEUES[] = {"fq", "pfifo", "pfifo_fast", "fq_codel", "noqueue"};

	for (size_t i = 0; i < sizeof(QUEUES) / sizeof(QUEUES[0]); i++) {
		if (strcmp(name, QUEUES[i]) == 0) {
			host->sys.paced_device = i == 0;
			return 0;
		}
	}
	return -EINVAL;
}

static int set_cc(struct tcpsim_host *host, const char *name)
{
	const struct cc_ops *ops = cc_find(name);

	if (!ops)
		return -ENOENT;
	host->sys.congestion_control = ops->name;
	return 0;
}

static int set_ints(
	struct tcpsim_host *host, const struct tcpsim_sysctl *s, const char *text, int n)
{
	int64_t values[3];

	if (!read_numbers(text, values, n))
		return -EINVAL;
	for (int i = 0; i < n; i++) {
		struct sysctl_limits limits = sysctl_limits(&host->sys, s, i);

		if (values[i] < limits.least || values[i] > limits.most)
			return -EINVAL;
	}
	for (int i = 0; i < n; i++)
		*int_field(host, s, i) = values[i];
	return 0;
}

static int set_fixed(const struct tcpsim_sysctl *s, const char *text)
{
	int64_t have, want;

	if (read_numbers(s->text, &have, 1) && read_numbers(text, &want, 1))
		return have == want ? 0 : -EINVAL;
	return strcmp(s->text, text) == 0 ? 0 : -EINVAL;
}

static void set_rfc1323(struct tcpsim_profile *sys, int64_t value)
{
	sys->window_scaling = value == 1 || value == 2;
	sys->timestamps = value == 1 || value == 3;
}

static void set_cookies(struct tcpsim_profile *sys, enum sysctl_form form, bool value)
{
	if (form == SYSCTL_COOKIES)
		sys->syncookies = value ? (sys->syncookies ? sys->syncookies : 1) : 0;
	else
		sys->syncookies = value ? 2 : (sys->syncookies ? 1 : 0);
}

/* An int, or a time, in every field the sysctl names. */
static int set_fields(
	struct tcpsim_host *host, const struct tcpsim_sysctl *s, int64_t value, int64_t unit)
{
	if (__builtin_mul_overflow(value, unit, &value))
		return -EINVAL;
	for (int i = 0; i < 3 && s->field[i]; i++)
		*int_field(host, s, i) = value;
	return 0;
}

/* The forms that are one number. */
static int set_number(struct tcpsim_host *host, const struct tcpsim_sysctl *s, const char *text)
{
	struct sysctl_limits limits = sysctl_limits(&host->sys, s, 0);
	int64_t value;

	if (!read_numbers(text, &value, 1) || value < limits.least || value > limits.most)
		return -EINVAL;
	switch (s->form) {
	case SYSCTL_BOOL: *bool_field(host, s) = value; break;
	case SYSCTL_NOT: *bool_field(host, s) = !value; break;
	case SYSCTL_TIME: return set_fields(host, s, value, s->unit);
	case SYSCTL_EITHER: *int_field(host, s, 0) = value ? s->max : s->min; break;
	case SYSCTL_CHOICE: *enum_field(host, s) = (unsigned)(value ? s->max : s->min); break;
	case SYSCTL_BIT:
		*int_field(host, s, 0) =
			(*int_field(host, s, 0) & ~s->unit) | (value ? s->unit : 0);
		/* FreeBSD: turning the client off is how its cache of cookies is emptied */
		if (!(host->sys.fastopen & TCPSIM_FASTOPEN_CLIENT) &&
			host->sys.fastopen_disables_path)
			tcpsim_host_forget_paths(host);
		break;
	case SYSCTL_STAMPS:
		host->sys.timestamps = value != 0;
		host->sys.ts_offset = value == 1;
		break;
	case SYSCTL_RFC1323: set_rfc1323(&host->sys, value); break;
	case SYSCTL_FORGET:
		if (value)
			tcpsim_host_forget_paths(host);
		break;
	case SYSCTL_COOKIES:
	case SYSCTL_ONLY: set_cookies(&host->sys, s->form, value); break;
	case SYSCTL_UNTIL: *int_field(host, s, 0) = value; break;
	case SYSCTL_INT: return set_fields(host, s, value, 1);
	default: break;
	}
	return 0;
}

static int set_form(struct tcpsim_host *host, const struct tcpsim_sysctl *s, const char *value)
{
	switch (s->form) {
	case SYSCTL_INTS: return set_ints(host, s, value, 3);
	case SYSCTL_PORTS: return set_ints(host, s, value, 2);
	case SYSCTL_CC: return set_cc(host, value);
	case SYSCTL_CCS: return -EINVAL;
	case SYSCTL_QDISC: return set_qdisc(host, value);
	case SYSCTL_KEYS: return set_keys(host, value);
	case SYSCTL_FIXED: return set_fixed(s, value);
	default: return set_number(host, s, value);
	}
}

/* Whatever the way in, no profile comes out that its rows do not allow. */
static int unless_wrong(struct tcpsim_host *host, int status, const struct tcpsim_profile *before,
	char *why, size_t size)
{
	if (status == 0)
		status = tcpsim_profile_check(&host->sys, why, size);
	if (status < 0)
		host->sys = *before;
	else
		port_forget_answers(host);
	return status;
}

int sysctl_set(struct tcpsim_host *host, const struct tcpsim_sysctl *s, const char *value,
	char *why, size_t size)
{
	struct tcpsim_profile before = host->sys;
	int status = set_form(host, s, value);
	char range[400];

	if (status < 0 && why) {
		sysctl_range_text(&host->sys, s, range, sizeof(range));
		snprintf(why, size, "'%s' is not %s", value, range);
	}
	return unless_wrong(host, status, &before, why, size);
}

/* Dots and slashes are the same, as sysctl(8) has it. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		if (*a != *b && !(*a == '.' && *b == '/') && !(*a == '/' && *b == '.'))
			return false;
	}
	return *a == *b;
}

static const struct tcpsim_sysctl *sysctl_find(const struct tcpsim_host *host, const char *name)
{
	static const char PROC[] = "/proc/sys/";

	if (!name)
		return NULL;
	if (strncmp(name, PROC, sizeof(PROC) - 1) == 0)
		name += sizeof(PROC) - 1;
	for (const struct tcpsim_sysctl *s = host->sys.sysctls; s->name; s++) {
		if (same_name(s->name, name))
			return s;
	}
	return NULL;
}

int tcpsim_host_sysctl_get(struct tcpsim_host *host, const char *name, char *out, size_t size)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	const struct tcpsim_sysctl *s = sysctl_find(host, name);

	if (!name || !out)
		return -EFAULT;
	return s ? sysctl_get(host, s, out, size) : -ENOENT;
}

int tcpsim_host_sysctl_set_why(
	struct tcpsim_host *host, const char *name, const char *value, char *why, size_t size)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	const struct tcpsim_sysctl *s = sysctl_find(host, name);

	if (why && size)
		why[0] = '\0';
	if (!name || !value)
		return -EFAULT;
	return s ? sysctl_set(host, s, value, why, size) : -ENOENT;
}

int tcpsim_host_sysctl_set(struct tcpsim_host *host, const char *name, const char *value)
{
	return tcpsim_host_sysctl_set_why(host, name, value, NULL, 0);
}

const char *tcpsim_host_sysctl_name(const struct tcpsim_host *host, size_t i)
{
	const struct tcpsim_sysctl *s = host ? host->sys.sysctls : NULL;

	if (!s)
		return NULL;
	while (i > 0 && s->name) {
		s++;
		i--;
	}
	return s->name;
}

int tcpsim_host_setting_set(struct tcpsim_host *host, const char *field, const char *value)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	const struct tcpsim_profile_field *found = field ? tcpsim_profile_field_find(field) : NULL;
	struct tcpsim_profile before = host->sys;

	if (!field || !value)
		return -EFAULT;
	if (!found)
		return -ENOENT;
	return unless_wrong(
		host, tcpsim_profile_field_set(&host->sys, found, value), &before, NULL, 0);
}
