/* A hosts file of one's own. See names.h. */
#include "live/names.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world/world.h"

/* The file stands where another one stood, for this process and its children alone. */
static bool mount_text(const char *text, const char *over)
{
	char path[] = "/tmp/tcpsim-names-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	ssize_t len = (ssize_t)strlen(text);
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, text, (size_t)len) == len && fchmod(fd, 0644) == 0 &&
	       mount(path, over, NULL, MS_BIND, NULL) == 0;
	unlink(path);
	close(fd);
	return good;
}

void names_set(const char *hosts)
{
	if (!hosts || unshare(CLONE_NEWNS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return; /* names are a convenience: addresses do without */
	mount_text(hosts, "/etc/hosts");
	mount_text("# no server answers for names: /etc/hosts has those of the world\n",
		"/etc/resolv.conf");
}

char *names_text(const struct tcpsim_world *world)
{
	GString *text = g_string_new("127.0.0.1 localhost\n::1 localhost\n");
	char address[TCPSIM_ADDRSTRLEN];

	for (guint i = 0; i < world->nodes->len; i++) {
		const struct node *node = world->nodes->pdata[i];

		for (unsigned p = 0; p < node->n_ports; p++) {
			for (unsigned a = 0; a < node->ports[p].n_addr; a++)
				g_string_append_printf(text, "%s %s\n",
					tcpsim_addr_text(&node->ports[p].addr[a], address),
					node->name);
		}
	}
	return g_string_free(text, FALSE);
}
