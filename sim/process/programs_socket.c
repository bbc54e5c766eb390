/* What ready-made programs do with sockets. See programs.h. */
#define TCPSIM_POSIX_NO_MACROS
#include "process/programs_socket.h"
#include "process/programs.h"

#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "base/pattern.h"
#include "cc/cc.h"
#include "process/process.h"
#include "world/build.h"

ssize_t program_send(int fd, const void *buffer, size_t len)
{
	bool lengths = process_current()->node->world->lengths;

	return tcpsim_posix_send(fd, lengths ? NULL : buffer, len, 0);
}

bool program_bytes_right(
	enum program_stream stream, uint64_t offset, const uint8_t *bytes, size_t len)
{
	size_t right = pattern_match(stream, offset, bytes, len);

	if (right < len)
		process_say("byte %" G_GUINT64_FORMAT " is wrong", offset + right);
	return right == len;
}

const uint8_t *program_text(const struct program_config *config, enum program_stream stream,
	uint64_t offset, uint8_t *buffer, size_t len)
{
	static uint8_t zeros[PROGRAM_BUFFER]; /* never written */

	if (!config->verify)
		return zeros;
	pattern_fill(stream, offset, buffer, len);
	return buffer;
}

ssize_t program_receive(int fd, void *buffer, size_t len)
{
	bool lengths = process_current()->node->world->lengths;

	return tcpsim_posix_recv(fd, buffer, len, lengths ? MSG_TRUNC : 0);
}

/* What `sockopt` may name. A value that is not written is 1. */
static const struct sockopt {
	const char *name;
	int level, option;
	bool is_text;
} SOCKOPT[] = {
	{"reuseaddr", SOL_SOCKET, SO_REUSEADDR, false},
	{"keepalive", SOL_SOCKET, SO_KEEPALIVE, false},
	{"nodelay", IPPROTO_TCP, TCP_NODELAY, false},
	{"rcvbuf", SOL_SOCKET, SO_RCVBUF, false},
	{"sndbuf", SOL_SOCKET, SO_SNDBUF, false},
	{"user-timeout", IPPROTO_TCP, TCP_USER_TIMEOUT, false},
	{"congestion", IPPROTO_TCP, TCP_CONGESTION, true},
	{"fastopen", IPPROTO_TCP, TCP_FASTOPEN, false},
	{"fastopen-connect", IPPROTO_TCP, TCP_FASTOPEN_CONNECT, false},
};

/* "NAME" or "NAME=VALUE": the option, with *value behind the '=' or NULL. */
static const struct sockopt *find_option(const char *text, const char **value)
{
	size_t len = strcspn(text, "=");

	*value = text[len] ? text + len + 1 : NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(SOCKOPT); i++) {
		if (strlen(SOCKOPT[i].name) == len && strncmp(SOCKOPT[i].name, text, len) == 0)
			return &SOCKOPT[i];
	}
	return NULL;
}

static char *check_option(const char *text)
{
	const char *value, *names[G_N_ELEMENTS(SOCKOPT) + 1] = {NULL};
	const struct sockopt *o = find_option(text, &value);
	guint64 n;

	if (!o) {
		for (size_t i = 0; i < G_N_ELEMENTS(SOCKOPT); i++)
			names[i] = SOCKOPT[i].name;
		return program_unknown_name("option", text, names);
	}
	if (o->is_text && (!value || !cc_find(value)))
		return g_strdup_printf("'%s' names no congestion control: reno, cubic ...", text);
	if (!o->is_text && value && !g_ascii_string_to_unsigned(value, 10, 0, INT32_MAX, &n, NULL))
		return g_strdup_printf("'%s' is no number, in '%s'", value, text);
	return NULL;
}

char *program_check_options(const char *text)
{
	char **each = g_strsplit_set(text, " ,", -1), *why = NULL;

	for (guint i = 0; each[i] && !why; i++)
		why = *each[i] ? check_option(each[i]) : NULL;
	g_strfreev(each);
	return why;
}

static int set_option(int fd, const struct sockopt *o, const char *value)
{
	int n = value && !o->is_text ? atoi(value) : 1;

	if (value && o->is_text)
		return tcpsim_posix_setsockopt(
			fd, o->level, o->option, value, (socklen_t)strlen(value));
	return tcpsim_posix_setsockopt(fd, o->level, o->option, &n, sizeof(n));
}

/* The options were checked when the program was made; the host may still refuse one. */
bool program_set_options(int fd, const char *text)
{
	char **each = g_strsplit_set(text, " ,", -1);
	bool good = true;

	for (guint i = 0; each[i] && good; i++) {
		const char *value;
		const struct sockopt *o = find_option(each[i], &value);

		good = !o || set_option(fd, o, value) == 0;
		if (!good)
			process_say("option %s: %s", each[i], program_errno(errno));
	}
	g_strfreev(each);
	return good;
}

static bool bind_to(int fd, const char *text)
{
	struct sockaddr_storage addr;
	uint32_t len;
	const char *why;

	if (program_address(process_current()->node->world, text, &addr, &len, &why) < 0) {
		process_say("bind %s: %s", text, why);
		return false;
	}
	if (tcpsim_posix_bind(fd, (struct sockaddr *)&addr, len) == 0)
		return true;
	process_say("bind %s: %s", text, program_errno(errno));
	return false;
}

static bool has_v6(const struct node *node)
{
	for (unsigned p = 0; p < node->n_ports; p++) {
		if (node_address(node, p, 6))
			return true;
	}
	return false;
}

/* A server that binds no address takes both families, where its host has both. */
static int family_of(const struct program_config *c)
{
	const struct node *node = process_current()->node;
	const char *why, *text = c->to ? c->to : c->bind;
	struct sockaddr_storage addr = {.ss_family = has_v6(node) ? AF_INET6 : AF_INET};
	uint32_t len;

	if (text)
		program_address(node->world, text, &addr, &len, &why);
	return addr.ss_family;
}

static int socket_of(const struct program_config *c, int family)
{
	int fd = tcpsim_posix_socket(family, SOCK_STREAM, 0), off = 0;
	struct linger linger = {1, (int)((c->linger_ns + 999999999) / 1000000000)}; /* 0 is a RST */

	if (fd < 0) {
		process_say("socket: %s", program_errno(errno));
		return -1;
	}
	if (family == AF_INET6)
		tcpsim_posix_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (c->linger_ns >= 0)
		tcpsim_posix_setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	if ((!c->sockopt || program_set_options(fd, c->sockopt)) &&
		(!c->bind || bind_to(fd, c->bind)))
		return fd;
	tcpsim_posix_close(fd);
	return -1;
}

int program_socket(const struct program_config *c)
{
	return socket_of(c, family_of(c));
}

int program_open(const struct program_config *c)
{
	struct program_target own = {.len = 0}, *to = c->target ? c->target : &own;
	const char *why;

	if (!to->len && program_address(process_current()->node->world, c->to, &to->addr, &to->len,
				&why) < 0) {
		process_say("connect %s: %s", c->to, why);
		return -1;
	}
	for (uint32_t tries = 0;; tries++) {
		int fd = socket_of(c, to->addr.ss_family), error;

		if (fd < 0)
			return -1;
		if (tcpsim_posix_connect(fd, (struct sockaddr *)&to->addr, to->len) == 0)
			return fd;
		error = errno;
		tcpsim_posix_close(fd);
		if (tries == c->retry) {
			process_say("connect %s: %s", c->to, program_errno(error));
			return -1;
		}
		if (c->every_ns)
			process_sleep_until(process_now() + c->every_ns);
	}
}

void program_close(const struct program_config *c, int fd)
{
	if (c->hold_ns)
		process_sleep_until(process_now() + c->hold_ns);
	tcpsim_posix_close(fd);
}
