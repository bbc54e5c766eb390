#include "script/run/signature.h"
#include "base/md5.h"
#include "script/run/run.h"
#include "wire/md5.h"
#include <string.h>

bool signature_is_written(const struct script_packet *packet)
{
	for (const struct script_tcp_option *o = packet->options; o != NULL; o = o->next)
		if (o->valid_md5)
			return true;
	return false;
}

bool signature_can_be_made(struct run *run, const struct script_packet *packet)
{
	if (run->config->md5_secret != NULL || !signature_is_written(packet))
		return true;
	return run_fault(run, run->event->line,
		"`md5 valid` is made with a secret; give it with --tcp_md5_secret=...");
}

static void digest_of(const struct script_config *config, const struct tcpsim_segment *segment,
	uint8_t digest[WIRE_MD5_LEN])
{
	wire_md5(base_md5, segment, (const uint8_t *)config->md5_secret, strlen(config->md5_secret),
		digest);
}

void signature_put(const struct script_config *config, const struct script_packet *packet,
	const struct tcpsim_segment *segment, uint8_t *options)
{
	size_t at = 0;

	for (const struct script_tcp_option *o = packet->options; o != NULL; o = o->next) {
		if (o->valid_md5)
			digest_of(config, segment, options + at + 2);
		at += o->len;
	}
}

bool signature_is_right(const struct script_config *config, const struct tcpsim_segment *live)
{
	uint8_t digest[WIRE_MD5_LEN];

	if (config->md5_secret == NULL || !(live->options.present & TCPSIM_HAS_MD5))
		return true;
	digest_of(config, live, digest);
	return memcmp(digest, live->options.md5, sizeof(digest)) == 0;
}
