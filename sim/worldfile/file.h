/*
 * A world's file: sections of keys, as GLib's key files have them.
 *
 *	[world]           title = ...
 *	[host client]     profile = bsd44
 *	[router r]
 *	[link client r]   delay = 10 ms
 *	[link r server]   rate = 10 Mbit/s
 *	[program ask]     host = client  does = connect  to = server:80
 *
 * In a link, "there.KEY" and "back.KEY" set one direction only: from the first node named, and
 * towards it. Lines that start with # are comments. Errors name file, line and what would be right.
 */
#ifndef SIM_WORLDFILE_FILE_H
#define SIM_WORLDFILE_FILE_H

#include "time_units.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Two hosts may probe a window that stays shut, or keep a connection alive, for ever: unless its
 * file says otherwise a world ends then. */
#define WORLD_UNTIL_NS (INT64_C(7) * 24 * 3600 * NSEC_PER_SEC)

struct world_settings {
	char *title, *watch, *queues;
	uint64_t seed;
	int64_t until_ns;
	bool lengths; /* payload = lengths */
};

struct host_settings {
	char *profile, *unused;
	int64_t restart_ns;
	bool is_kernel; /* system = kernel */
};

struct router_settings {
	bool icmp;
	double icmp_rate;
	GArray *routes; /* struct router_route */
};

/* A file that was read: worlds are built from it, as many as wanted. */
struct world_file;

/* NULL and an error for what has no form; meanings are looked at by world_file_build. */
struct world_file *world_file_read(const char *path, char **error);
/* The same of a text that is at hand; `path` is what complaints call it. */
struct world_file *world_file_parse(const char *path, const char *text, size_t len, char **error);
void world_file_free(struct world_file *file);
/*
 * For a sweep: `key` is KEY (in every section that may have it) or SECTION:KEY ("link a b:loss").
 * False and an error if no section has room for it.
 */
bool world_file_override(struct world_file *file, const char *key, const char *value, char **error);
/* From now on that host is a kernel's, and the name of its profile is forgotten; false: the file has
 * no such host. */
bool world_file_make_kernel(struct world_file *file, const char *host);
/* Frees what they hold. */
void world_settings_clear(struct world_settings *settings);

/* Makes "FILE:LINE: ..." of it, if there is no error yet; without the place if path is NULL. */
void file_complain(char **error, const char *path, guint line, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
/* "did you mean ...?", or where to look; *made is to be freed. */
const char *file_near(const char *typed, const char *const *names, char **made);

#endif
