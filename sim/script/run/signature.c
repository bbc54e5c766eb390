#include "script/run/signature.h"
#include "script/language/digest.h"
#include "script/run/run.h"

bool signature_can_be_made(struct run *run, const struct script_packet *packet)
{
	if (run->config->md5_secret != NULL || !digest_is_written(packet))
		return true;
	return run_fault(run, run->event->line,
		"`md5 valid` is made with a secret; give it with --tcp_md5_secret=...");
}

bool signature_is_right(const struct script_config *config, const struct tcpsim_segment *live)
{
	return config->md5_secret == NULL || digest_is_right(config->md5_secret, live);
}
