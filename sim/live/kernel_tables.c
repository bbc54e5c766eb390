/* The kernel's own lists of sockets. See kernel_tables.h. */
#include "live/kernel_tables.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live/kernel_sockets.h"

/* Of one family's; false: it was stopped. */
static bool each_row(const char *path, kernel_row_fn fn, void *context)
{
	FILE *table = fopen(path, "re");
	unsigned long inode;
	char line[512];
	unsigned state;
	bool more = true;

	while (table && more && fgets(line, sizeof(line), table)) {
		/* place, both names, state, queues, timer, attempts, user, timeouts: the head has
		 * none */
		if (sscanf(line, " %*d: %*s %*s %x %*s %*s %*s %*u %*u %lu", &state, &inode) == 2)
			more = fn(context, kernel_socket_state(state), inode);
	}
	if (table)
		fclose(table);
	return more;
}

void kernel_tables_each(pid_t pid, kernel_row_fn fn, void *context)
{
	static const char *const TABLES[] = {"tcp", "tcp6"};
	bool more = true;

	for (size_t i = 0; i < G_N_ELEMENTS(TABLES) && more; i++) {
		char *path = g_strdup_printf("/proc/%d/net/%s", (int)pid, TABLES[i]);

		more = each_row(path, fn, context);
		g_free(path);
	}
}

bool kernel_process_holds(pid_t pid, unsigned long inode)
{
	char *folder = g_strdup_printf("/proc/%d/fd", (int)pid);
	char *wanted = g_strdup_printf("socket:[%lu]", inode);
	GDir *descriptors = g_dir_open(folder, 0, NULL);
	const char *name;
	bool found = false;

	while (descriptors && !found && (name = g_dir_read_name(descriptors))) {
		char *path = g_build_filename(folder, name, NULL);
		char *leads = g_file_read_link(path, NULL);

		found = leads && strcmp(leads, wanted) == 0;
		g_free(leads);
		g_free(path);
	}
	if (descriptors)
		g_dir_close(descriptors);
	g_free(wanted);
	g_free(folder);
	return found;
}
