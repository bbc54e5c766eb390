#include "script/suite/bytes.h"

#include <string.h>

static void put_number(GByteArray *out, int64_t value)
{
	g_byte_array_append(out, (const guint8 *)&value, sizeof(value));
}

/* NULL has the length -1. */
static void put_bytes(GByteArray *out, const void *bytes, gsize len)
{
	put_number(out, bytes != NULL ? (int64_t)len : -1);
	if (bytes != NULL)
		g_byte_array_append(out, bytes, (guint)len);
}

static void put_text(GByteArray *out, const char *text)
{
	put_bytes(out, text, text != NULL ? strlen(text) : 0);
}

static int64_t take_number(const uint8_t **at)
{
	int64_t value;

	memcpy(&value, *at, sizeof(value));
	*at += sizeof(value);
	return value;
}

static char *take_text(const uint8_t **at)
{
	int64_t len = take_number(at);
	char *text = len >= 0 ? g_strndup((const char *)*at, (gsize)len) : NULL;

	*at += MAX(len, 0);
	return text;
}

static void put_crossing(GByteArray *out, const struct script_crossing *crossing)
{
	gsize len = 0;
	const void *bytes =
		crossing->bytes != NULL ? g_bytes_get_data(crossing->bytes, &len) : NULL;

	put_number(out, crossing->time_ns);
	put_number(out, crossing->outbound);
	put_number(out, crossing->line);
	put_text(out, crossing->text);
	put_bytes(out, bytes, len);
}

static struct script_crossing *take_crossing(const uint8_t **at)
{
	struct script_crossing *crossing = g_new0(struct script_crossing, 1);
	int64_t len;

	crossing->time_ns = take_number(at);
	crossing->outbound = take_number(at) != 0;
	crossing->line = (int)take_number(at);
	crossing->text = take_text(at);
	len = take_number(at);
	if (len >= 0)
		crossing->bytes = g_bytes_new(*at, (gsize)len);
	*at += MAX(len, 0);
	return crossing;
}

static int version_number(const char *ip)
{
	enum script_ip_version version = SCRIPT_IPV4;

	script_ip_version_parse(ip, &version);
	return version;
}

GByteArray *suite_report_encode(unsigned index, const struct suite_report *report)
{
	GByteArray *out = g_byte_array_new();
	const struct script_result *r = report->result;
	int64_t len;

	put_number(out, 0);
	put_number(out, index);
	put_number(out, version_number(report->ip));
	put_number(out, report->wall_ns);
	put_number(out, r->verdict);
	put_number(out, r->line);
	put_number(out, r->virtual_ns);
	put_text(out, r->message);
	put_text(out, r->detail);
	put_text(out, r->output->str);
	put_number(out, r->packets->len);
	for (guint i = 0; i < r->packets->len; i++)
		put_crossing(out, g_ptr_array_index(r->packets, i));
	put_number(out, r->warnings->len);
	for (guint i = 0; i < r->warnings->len; i++)
		put_text(out, g_ptr_array_index(r->warnings, i));
	len = out->len;
	memcpy(out->data, &len, sizeof(len));
	return out;
}

gsize suite_report_length(const GByteArray *bytes)
{
	int64_t len = 0;

	if (bytes->len >= sizeof(len))
		memcpy(&len, bytes->data, sizeof(len));
	return (gsize)len;
}

struct suite_report *suite_report_decode(const uint8_t *bytes, unsigned *index)
{
	const uint8_t *at = bytes + sizeof(int64_t);
	struct suite_report *report = g_new0(struct suite_report, 1);
	struct script_result *r = script_result_new(SCRIPT_PASS, 0, NULL);
	char *text;
	int64_t n;

	*index = (unsigned)take_number(&at);
	report->ip = script_ip_version_name((enum script_ip_version)take_number(&at));
	report->wall_ns = take_number(&at);
	report->result = r;
	r->verdict = (enum script_verdict)take_number(&at);
	r->line = (int)take_number(&at);
	r->virtual_ns = take_number(&at);
	r->message = take_text(&at);
	r->detail = take_text(&at);
	text = take_text(&at);
	g_string_append(r->output, text);
	g_free(text);
	for (n = take_number(&at); n > 0; n--)
		g_ptr_array_add(r->packets, take_crossing(&at));
	for (n = take_number(&at); n > 0; n--)
		g_ptr_array_add(r->warnings, take_text(&at));
	return report;
}
