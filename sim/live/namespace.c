#include "live/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

G_DEFINE_QUARK(live - error, live_error)

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = (ssize_t)strlen(text);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, (size_t)len) == len;
	if (close(fd) != 0)
		ok = false;
	return ok;
}

/* Inside, this user is root; outside it stays who it was. */
static bool map_user(uid_t uid, gid_t gid)
{
	char map[64];

	g_snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);
	if (!write_file("/proc/self/uid_map", map))
		return false;
	write_file("/proc/self/setgroups", "deny"); /* an ordinary user's gid_map needs it */
	g_snprintf(map, sizeof(map), "0 %u 1", (unsigned)gid);
	return write_file("/proc/self/gid_map", map);
}

/* Where nobody may make one it is the kernel's setting, where no more may be made it is a count. */
static void refused_namespace(int code, GError **error)
{
	g_set_error(error, LIVE_ERROR, LIVE_ERROR_NAMESPACE,
		"no network namespace of one's own can be had (%s); %s", g_strerror(code),
		code == ENOSPC ? "raise sysctl user.max_net_namespaces and user.max_user_namespaces"
			       : "run as root, or allow user namespaces (sysctl "
				 "kernel.unprivileged_userns_clone, user.max_user_namespaces)");
}

bool live_namespace_enter(GError **error)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	/* Root needs no other user: in the first user namespace it may do a little more (flush the
	 * TCP metrics). */
	if (uid == 0 && unshare(CLONE_NEWNET) == 0)
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
		refused_namespace(errno, error);
		return false;
	}
	if (map_user(uid, gid))
		return true;
	g_set_error(error, LIVE_ERROR, LIVE_ERROR_NAMESPACE,
		"the user namespace cannot be set up (%s); run as root, or where user namespaces "
		"are allowed",
		g_strerror(errno));
	return false;
}

int live_high_fd(int fd)
{
	int high = fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, LIVE_FIRST_HIGH_FD);

	if (high < 0)
		return fd;
	close(fd);
	return high;
}

/* net.ipv4.tcp_sack -> /proc/sys/net/ipv4/tcp_sack; names that would lead elsewhere give NULL. */
static char *sysctl_path(const char *name)
{
	char *path;

	if (!g_str_has_prefix(name, "net.") || strstr(name, "..") != NULL ||
		strchr(name, '/') != NULL)
		return NULL;
	path = g_strconcat("/proc/sys/", name, NULL);
	g_strdelimit(path + strlen("/proc/sys/"), ".", '/');
	return path;
}

bool live_sysctl_set(const char *name, const char *value, GError **error)
{
	char *path = sysctl_path(name);
	bool ok;

	errno = path == NULL ? ENOENT : 0;
	ok = path != NULL && write_file(path, value);
	if (!ok)
		g_set_error(error, LIVE_ERROR, LIVE_ERROR_NETWORK, "%s = %s: %s", name, value,
			errno == ENOENT
				? "this kernel has no such setting in a namespace of one's own"
				: g_strerror(errno));
	g_free(path);
	return ok;
}

char *live_sysctl_get(const char *name)
{
	char *path = sysctl_path(name), *text = NULL;

	if (path != NULL && g_file_get_contents(path, &text, NULL, NULL)) {
		g_strdelimit(g_strchomp(text), "\t", ' ');
	} else {
		text = NULL;
	}
	g_free(path);
	return text;
}

bool live_namespace_settings(GError **error)
{
	static const struct {
		const char *name, *value;
	} BORN[] = {{"net.ipv4.tcp_rmem", "4096 131072 33554432"},
		{"net.ipv4.tcp_wmem", "4096 16384 4194304"}, {"net.ipv4.tcp_no_metrics_save", "1"}};

	for (size_t i = 0; i < G_N_ELEMENTS(BORN); i++)
		if (!live_sysctl_set(BORN[i].name, BORN[i].value, error))
			return false;
	live_sysctl_set("net.ipv4.tcp_congestion_control", "cubic", NULL);
	return true;
}
