/*
 * Text that claims to be a script: reading it ends, whatever it is; what was read prints as text
 * that reads as the same tree; and running it on the simulated host neither crashes nor hangs.
 */
#include <stdlib.h>
#include <string.h>

#include "script/language/format.h"
#include "script/language/parser.h"
#include "script/run/run.h"
#include "script/system/host.h"

/* Virtual time is cheap, but a thousand million seconds of keep-alives are not. */
#define LONGEST_NS INT64_C(100000000000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void check_format(const struct script *script)
{
	GString *once = g_string_new(NULL), *twice = g_string_new(NULL);
	struct script *again;

	format_script(script, once);
	again = script_parse("fuzz", once->str, once->len, NULL, NULL);
	must(again != NULL);
	format_script(again, twice);
	must(strcmp(once->str, twice->str) == 0);
	script_free(again);
	g_string_free(once, TRUE);
	g_string_free(twice, TRUE);
}

static bool is_short(const struct script *script)
{
	unsigned n = 0;

	for (const struct script_event *event = script->events; event != NULL;
		event = event->next, n++) {
		if (event->time_ns > LONGEST_NS || event->time == TIME_ANY || n > 200)
			return false;
		if (event->kind == EVENT_CALL && event->call.blocking &&
			event->call.end_ns > LONGEST_NS)
			return false;
	}
	return true;
}

static void run_it(const struct script *script, const struct tcpsim_profile *profile)
{
	struct script_run_options options = {.keep_packets = true, .explain_lines = 20};
	struct script_config config;
	struct sut *sut;

	script_config_defaults(&config, sut_platform_of(profile), SCRIPT_IPV4);
	if (script_config_apply(&config, script, NULL) &&
		(sut = sut_host_new(profile, &config, NULL, false, NULL)) != NULL) {
		script_result_free(script_run(script, &config, sut, &options));
		sut->ops->free(sut);
	}
	script_config_clear(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	GError *error = NULL;
	struct script *script = script_parse("fuzz", (const char *)bytes, size, NULL, &error);

	if (script == NULL) {
		must(error != NULL && g_str_has_prefix(error->message, "fuzz:"));
		g_error_free(error);
		return 0;
	}
	check_format(script);
	if (is_short(script))
		run_it(script, (size & 1) ? &tcpsim_profile_linux : &tcpsim_profile_freebsd);
	script_free(script);
	return 0;
}
