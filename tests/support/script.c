#include "script.h"

#include "script/language/parser.h"
#include "script/system/host.h"
#include <criterion/criterion.h>
#include <string.h>

struct script_result *script_run_text(const struct tcpsim_profile *profile, const char *text)
{
	struct script_run_options options = {.keep_packets = true, .explain_lines = 8};
	struct script_config config;
	struct script_result *result;
	GError *error = NULL;
	struct script *script = script_parse("t.pkt", text, strlen(text), NULL, &error);
	struct sut *sut = NULL;

	script_config_defaults(&config, sut_platform_of(profile), SCRIPT_IPV4);
	if (script != NULL && script_config_apply(&config, script, &error))
		sut = sut_host_new(profile, &config, NULL, false, &error);
	if (sut != NULL) {
		result = script_run(script, &config, sut, &options);
		sut->ops->free(sut);
	} else {
		result = script_result_new(SCRIPT_FAULT, 0, error->message);
		g_error_free(error);
	}
	script_free(script);
	script_config_clear(&config);
	return result;
}

void script_expect_told(const struct tcpsim_profile *profile, const char *text,
	enum script_verdict verdict, int line, const char *told)
{
	struct script_result *result = script_run_text(profile, text);

	cr_expect_eq(result->verdict, verdict, "%.400s: %s (%s)", text,
		script_verdict_name(result->verdict), result->message);
	cr_expect_eq(
		result->line, line, "%.400s: line %d (%s)", text, result->line, result->message);
	cr_expect(result->message != NULL && strstr(result->message, told) != NULL,
		"%.400s: %s instead of %s", text, result->message, told);
	script_result_free(result);
}

void script_expect_pass(const struct tcpsim_profile *profile, const char *text)
{
	struct script_result *result = script_run_text(profile, text);

	cr_expect_eq(result->verdict, SCRIPT_PASS, "%.400s: line %d: %s\n%s", text, result->line,
		result->message, result->detail);
	script_result_free(result);
}
