/*
 * A network of one's own: a user namespace and a network namespace, so that the running kernel's
 * TCP can be had without root and without a packet that leaves the machine.
 *
 * A process enters once and never comes back: callers fork first. Settings are the namespace's own,
 * read and written below /proc/sys/net; what the kernel copies from the first namespace at birth
 * (tcp_rmem, tcp_wmem) is whatever stood there.
 */
#ifndef LIVE_NAMESPACE_H
#define LIVE_NAMESPACE_H

#include <glib.h>
#include <stdbool.h>

#define LIVE_ERROR (live_error_quark())
GQuark live_error_quark(void);

/* Why the real world cannot be had. All mean "not here": tests skip with the message. */
enum live_error {
	LIVE_ERROR_NAMESPACE, /* no namespaces for this user */
	LIVE_ERROR_TUN,	      /* no TUN device */
	LIVE_ERROR_CLOCK,     /* nothing to wait for the real clock by */
	LIVE_ERROR_NETWORK,   /* an address, a route or a setting was refused */
};

/* Puts this process, which must have one thread, into namespaces of its own. */
bool live_namespace_enter(GError **error);

/* What a namespace is born with depends on the machine: sets the buffers' sizes and the metrics as
 * Linux has them by itself, and CUBIC where the machine lets a namespace have it. */
bool live_namespace_settings(GError **error);

#define LIVE_FIRST_HIGH_FD 200
/* Moves a descriptor out of the way: the low numbers are the program's, as they would be without
 * us, and ours begin with LIVE_FIRST_HIGH_FD. -1 stays -1. */
int live_high_fd(int fd);

/* A setting by its dotted name (net.ipv4.tcp_sack). False with a reason when the kernel does not
 * have it or refuses it. */
bool live_sysctl_set(const char *name, const char *value, GError **error);
/* The caller frees it; without the line's end, blanks between numbers made single. NULL: the kernel
 * has no such setting. */
char *live_sysctl_get(const char *name);

#endif
