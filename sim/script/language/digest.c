/* The digest of a signed segment. See digest.h. */
#include "script/language/digest.h"

#include "base/md5.h"
#include "wire/md5.h"
#include <string.h>
#include <tcpsim/segment.h>

bool digest_is_written(const struct script_packet *packet)
{
	for (const struct script_tcp_option *o = packet->options; o != NULL; o = o->next)
		if (o->valid_md5)
			return true;
	return false;
}

static void digest_of(
	const char *key, const struct tcpsim_segment *segment, uint8_t digest[WIRE_MD5_LEN])
{
	wire_md5(base_md5, segment, (const uint8_t *)key, strlen(key), digest);
}

void digest_put(const char *key, const struct script_packet *packet,
	const struct tcpsim_segment *segment, uint8_t *options)
{
	size_t at = 0;

	for (const struct script_tcp_option *o = packet->options; o != NULL; o = o->next) {
		if (o->valid_md5)
			digest_of(key, segment, options + at + 2);
		at += o->len;
	}
}

bool digest_is_right(const char *key, const struct tcpsim_segment *live)
{
	uint8_t digest[WIRE_MD5_LEN];

	if (!(live->options.present & TCPSIM_HAS_MD5))
		return true;
	digest_of(key, live, digest);
	return memcmp(digest, live->options.md5, sizeof(digest)) == 0;
}
