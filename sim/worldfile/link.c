/* Links as they are written: the keys of a [link] section, and links that a program makes with
 * them. */
#include <errno.h>
#include <string.h>

#include "tcpsim/world.h"
#include "world/world.h"
#include "worldfile/keys.h"
#include "worldfile/link.h"

void file_init_link(struct world_link *link)
{
	link->v4 = true;
	for (int e = 0; e < 2; e++) {
		link->config[e].mtu = 1500;
		link->config[e].reorder_delay_ns = 5000000;
		link->config[e].hold_ns = 100000000;
	}
}

/* The keys of a [link] section, joined by ';'. */
static bool set_link(struct world_link *link, const char *settings, char **error)
{
	char **each = g_strsplit(settings, ";", -1), *why = NULL;

	file_init_link(link);
	for (guint i = 0; each[i] && !why; i++) {
		char *equals = strchr(each[i], '=');

		if (equals) {
			*equals = '\0';
			why = file_set_link_key(link, g_strstrip(each[i]), g_strstrip(equals + 1));
		} else if (*g_strstrip(each[i])) {
			why = g_strdup_printf("'%s' is not KEY = VALUE", each[i]);
		}
	}
	g_strfreev(each);
	*error = why;
	return !why;
}

int tcpsim_world_link(struct tcpsim_world *world, const char *a, const char *b,
	const char *settings, char **error)
{
	struct world_link *link;
	char *why = NULL;
	int status = world_link_new(world, a, b, &link);

	if (status < 0)
		return status;
	if (settings && !set_link(link, settings, &why)) {
		if (error)
			*error = why;
		else
			g_free(why);
		world_link_free(link);
		return -EINVAL;
	}
	world_link_add(world, link);
	return 0;
}
