#include "compare/scenario.h"

#include <string.h>

struct scenario *scenario_new(uint64_t seed, enum script_ip_version ip)
{
	struct scenario *scenario = g_new0(struct scenario, 1);

	scenario->seed = seed;
	scenario->ip = ip;
	scenario->settings = g_array_new(FALSE, TRUE, sizeof(struct scenario_setting));
	scenario->events = g_array_new(FALSE, TRUE, sizeof(struct scenario_event));
	return scenario;
}

struct scenario *scenario_copy(const struct scenario *from)
{
	struct scenario *copy = scenario_new(from->seed, from->ip);

	copy->end_ns = from->end_ns;
	g_array_append_vals(copy->settings, from->settings->data, from->settings->len);
	g_array_append_vals(copy->events, from->events->data, from->events->len);
	return copy;
}

void scenario_free(struct scenario *scenario)
{
	if (scenario == NULL)
		return;
	g_array_unref(scenario->settings);
	g_array_unref(scenario->events);
	g_free(scenario);
}

void scenario_stretch(struct scenario *scenario, double factor)
{
	for (guint i = 0; i < scenario->events->len; i++) {
		struct scenario_event *event =
			&g_array_index(scenario->events, struct scenario_event, i);

		event->time_ns = (int64_t)((double)event->time_ns * factor);
	}
	scenario->end_ns = (int64_t)((double)scenario->end_ns * factor);
}

void scenario_set(struct scenario *scenario, const char *name, const char *value)
{
	struct scenario_setting setting = {0};

	g_strlcpy(setting.name, name, sizeof(setting.name));
	g_strlcpy(setting.value, value, sizeof(setting.value));
	g_array_append_val(scenario->settings, setting);
}

static void put_array(GByteArray *out, const GArray *array)
{
	guint32 n = array->len;

	g_byte_array_append(out, (const guint8 *)&n, sizeof(n));
	if (n > 0)
		g_byte_array_append(out, (const guint8 *)array->data,
			n * g_array_get_element_size((GArray *)array));
}

static bool take_array(const uint8_t **at, const uint8_t *end, GArray *array)
{
	size_t size = g_array_get_element_size(array);
	guint32 n;

	if (end - *at < (ptrdiff_t)sizeof(n))
		return false;
	memcpy(&n, *at, sizeof(n));
	*at += sizeof(n);
	if ((size_t)(end - *at) / size < n)
		return false;
	if (n > 0)
		g_array_append_vals(array, *at, n);
	*at += n * size;
	return true;
}

/* Between processes of one program: structures go as they are. */
void scenario_write(const struct scenario *scenario, GByteArray *out)
{
	g_byte_array_append(out, (const guint8 *)scenario, offsetof(struct scenario, settings));
	put_array(out, scenario->settings);
	put_array(out, scenario->events);
}

struct scenario *scenario_read(const uint8_t **at, const uint8_t *end)
{
	struct scenario *scenario = scenario_new(0, SCRIPT_IPV4);

	if (end - *at >= (ptrdiff_t)offsetof(struct scenario, settings)) {
		memcpy(scenario, *at, offsetof(struct scenario, settings));
		*at += offsetof(struct scenario, settings);
		if (take_array(at, end, scenario->settings) &&
			take_array(at, end, scenario->events))
			return scenario;
	}
	scenario_free(scenario);
	return NULL;
}

void scenario_config(const struct scenario *scenario, struct script_config *config)
{
	struct script empty = {0};

	script_config_defaults(config, SUT_LINUX, scenario->ip);
	script_config_apply(config, &empty, NULL);
}
