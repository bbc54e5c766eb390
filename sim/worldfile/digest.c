/* What a world's file says, and the profiles beside it, as one short word. See file.h. */
#include "worldfile/build.h"
#include "worldfile/inner.h"

#include <string.h>

#include "base/profile_file.h"
#include "worldfile/digest.h"

/* With its end, so that "a", "bc" and "ab", "c" are two. */
static void add_text(GChecksum *sum, const char *text)
{
	g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
}

static void add_profile(GChecksum *sum, const struct world_file *file, const char *name)
{
	char *path = file_profile_path(file, name), *text;
	gsize len;

	/* What cannot be read is told when the world is built. */
	if (g_file_get_contents(path, &text, &len, NULL)) {
		g_checksum_update(sum, (const guchar *)text, (gssize)len);
		g_free(text);
	}
	g_free(path);
}

static void add_part(GChecksum *sum, const struct world_file *file, const struct part *part)
{
	add_text(sum, file_section[part->section]);
	for (int i = 0; i < 2 && part->name[i]; i++)
		add_text(sum, part->name[i]);
	for (guint i = 0; i < part->entries->len; i++) {
		const struct entry *e = &g_array_index(part->entries, struct entry, i);

		add_text(sum, e->key);
		add_text(sum, e->value);
		if (part->section == HOST && strcmp(e->key, "profile") == 0 &&
			profile_is_file(e->value))
			add_profile(sum, file, e->value);
	}
}

char *world_file_digest(const struct world_file *file)
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_MD5); /* it tells apart, and keeps no secret */
	char *digest;

	for (guint i = 0; i < file->parts->len; i++)
		add_part(sum, file, file->parts->pdata[i]);
	digest = g_strdup(g_checksum_get_string(sum));
	g_checksum_free(sum);
	return digest;
}
