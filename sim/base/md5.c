#include "base/md5.h"
#include <glib.h>

static void digest_of(const struct tcpsim_piece *pieces, int n, uint8_t digest[16])
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_MD5);
	gsize len = 16;

	for (int i = 0; i < n; i++)
		g_checksum_update(sum, pieces[i].bytes, (gssize)pieces[i].len);
	g_checksum_get_digest(sum, digest, &len);
	g_checksum_free(sum);
}

const tcpsim_md5_fn base_md5 = digest_of;
