/* Starting ready-made programs, and what they share. See programs.h. */
#define TCPSIM_POSIX_NO_MACROS
#include "process/programs.h"

#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "base/near.h"
#include "process/process.h"
#include "world/values.h"

const struct program_kind program_kinds[] = {
	{"connect",
		"connects to `to`, says how that went, keeps the connection for `hold`, closes it",
		program_connect},
	{"source",
		"connects and sends `bytes`, then closes; with `half-close` reads what comes back "
		"first",
		program_source},
	{"request",
		"connects `count` times: a request of `size` bytes, the answer of `reply` bytes, "
		"close",
		program_request},
	{"herd", "`clients` requesters at once, who think before each request", program_herd},
	{"serve",
		"listens; `workers` loops of accept() answer each request of `size` bytes by "
		"`reply` bytes until the client closes",
		program_serve},
	{"sink", "listens, reads to the end, checks what came, closes", program_sink},
	{"echo", "listens, sends back what comes, closes when the client has", program_echo},
	{"flood", "SYNs from spoofed sources in `from`, `count` of them, one `every`",
		program_flood},
	{"inject", "segments of one's own making, past the host's TCP: `segments`", program_inject},
	{NULL, NULL, NULL},
};

void program_config_init(struct program_config *c)
{
	*c = (struct program_config){.linger_ns = -1,
		.port = 80,
		.backlog = 5,
		.count = 1,
		.clients = 10,
		.workers = 1,
		.bytes = 100000,
		.size = 100,
		.reply = 1000,
		.verify = true};
}

void program_config_clear(struct program_config *c)
{
	g_free(c->name);
	g_free(c->host);
	g_free(c->does);
	g_free(c->to);
	g_free(c->bind);
	g_free(c->sockopt);
	g_free(c->from);
	g_free(c->segments);
	memset(c, 0, sizeof(*c));
}

static void free_config(gpointer config)
{
	program_config_clear(config);
	g_free(config);
}

static const struct program_kind *find_kind(const char *name)
{
	const struct program_kind *kind = program_kinds;

	while (kind->name && strcmp(kind->name, name) != 0)
		kind++;
	return kind->name ? kind : NULL;
}

static char *unknown_kind(const char *name)
{
	const char *names[16] = {NULL};
	char *near, *text;

	for (guint i = 0; program_kinds[i].name; i++)
		names[i] = program_kinds[i].name;
	near = near_names(name, names, 3);
	text = g_strdup_printf("does: there is no '%s'%s%s%s", name, near ? ": did you mean " : "",
		near ? near : "", near ? "?" : "");
	g_free(near);
	return text;
}

char *program_start(struct tcpsim_world *world, struct program_config *c)
{
	const struct program_kind *kind;
	struct program_config *own;
	struct node *node;

	if (!c->host || !c->does)
		return g_strdup("a program needs `host` (where it runs) and `does` (what it does)");
	kind = find_kind(c->does);
	if (!kind)
		return unknown_kind(c->does);
	node = world_node(world, c->host);
	if (!node || node->kind != NODE_HOST)
		return g_strdup_printf("host: '%s' is no host", c->host);
	bool client = kind->run != program_serve && kind->run != program_sink &&
		      kind->run != program_echo;

	if (client && !c->to)
		return g_strdup_printf("'%s' needs `to`, such as server:80", c->does);
	own = g_new(struct program_config, 1);
	*own = *c;
	memset(c, 0, sizeof(*c));
	process_spawn(node, own->name, kind->run, own, free_config, own->start_ns);
	return NULL;
}

/* --- addresses --- */

static void write_sockaddr(
	const struct tcpsim_addr *addr, uint16_t port, struct sockaddr_storage *out, uint32_t *len)
{
	memset(out, 0, sizeof(*out));
	if (tcpsim_addr_is_v4(addr)) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		in->sin_addr.s_addr = htonl(tcpsim_addr_to_v4(addr));
		*len = sizeof(*in);
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, addr->b, 16);
		*len = sizeof(*in6);
	}
}

static bool find_address(
	const struct tcpsim_world *world, const char *name, struct tcpsim_addr *out)
{
	struct node *node = world_node(world, name);

	if (!*name) {
		*out = tcpsim_addr_v4(0);
		return true;
	}
	if (!node)
		return tcpsim_addr_parse(name, out);
	if (!node->n_ports || !node->ports[0].n_addr)
		return false;
	*out = node->ports[0].addr[0];
	return true;
}

int program_address(const struct tcpsim_world *world, const char *text,
	struct sockaddr_storage *out, uint32_t *len, const char **why)
{
	const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
	const char *colon = bracket ? (bracket[1] == ':' ? bracket + 1 : NULL) : strrchr(text, ':');
	char *name = bracket ? g_strndup(text + 1, (gsize)(bracket - text - 1))
		     : colon ? g_strndup(text, (gsize)(colon - text))
			     : g_strdup(text);
	guint64 port = 0;
	struct tcpsim_addr addr;
	bool good = find_address(world, name, &addr);

	g_free(name);
	if (!good) {
		*why = "no node and no address";
		return -1;
	}
	if (colon && !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL)) {
		*why = "its port is not a number up to 65535";
		return -1;
	}
	write_sockaddr(&addr, (uint16_t)port, out, len);
	return 0;
}

const char *program_errno(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "an unknown error";
}

/* --- sockets --- */

static int set_int(int fd, int level, int option, int value)
{
	return tcpsim_posix_setsockopt(fd, level, option, &value, sizeof(value));
}

static int set_option(int fd, const char *name, const char *value)
{
	int n = value ? atoi(value) : 1;

	if (strcmp(name, "reuseaddr") == 0)
		return set_int(fd, SOL_SOCKET, SO_REUSEADDR, n);
	if (strcmp(name, "keepalive") == 0)
		return set_int(fd, SOL_SOCKET, SO_KEEPALIVE, n);
	if (strcmp(name, "nodelay") == 0)
		return set_int(fd, IPPROTO_TCP, TCP_NODELAY, n);
	if (strcmp(name, "rcvbuf") == 0)
		return set_int(fd, SOL_SOCKET, SO_RCVBUF, n);
	if (strcmp(name, "sndbuf") == 0)
		return set_int(fd, SOL_SOCKET, SO_SNDBUF, n);
	if (strcmp(name, "user-timeout") == 0)
		return set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, n);
	if (strcmp(name, "congestion") == 0 && value)
		return tcpsim_posix_setsockopt(
			fd, IPPROTO_TCP, TCP_CONGESTION, value, (socklen_t)strlen(value));
	errno = EINVAL;
	return -1;
}

static bool set_options(int fd, const char *text)
{
	char **each = g_strsplit_set(text ? text : "", " ,", -1);
	bool good = true;

	for (guint i = 0; each[i] && good; i++) {
		char *value = strchr(each[i], '=');

		if (!*each[i])
			continue;
		if (value)
			*value++ = '\0';
		good = set_option(fd, each[i], value) == 0;
		if (!good)
			process_say("option %s: %s", each[i], program_errno(errno));
	}
	g_strfreev(each);
	return good;
}

static bool bind_as_told(int fd, const char *text)
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

static int family_of(const struct program_config *c)
{
	struct sockaddr_storage addr = {.ss_family = AF_INET};
	uint32_t len;
	const char *why;
	const char *text = c->to ? c->to : c->bind;

	if (text)
		program_address(process_current()->node->world, text, &addr, &len, &why);
	return addr.ss_family;
}

int program_socket(const struct program_config *c)
{
	int fd = tcpsim_posix_socket(family_of(c), SOCK_STREAM, 0);
	struct linger linger = {1, (int)(c->linger_ns / 1000000000)};

	if (fd < 0) {
		process_say("socket: %s", program_errno(errno));
		return -1;
	}
	if (c->linger_ns >= 0)
		tcpsim_posix_setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	if (set_options(fd, c->sockopt) && (!c->bind || bind_as_told(fd, c->bind)))
		return fd;
	tcpsim_posix_close(fd);
	return -1;
}

int program_open(const struct program_config *c)
{
	struct sockaddr_storage addr;
	uint32_t len;
	const char *why;

	if (program_address(process_current()->node->world, c->to, &addr, &len, &why) < 0) {
		process_say("connect %s: %s", c->to, why);
		return -1;
	}
	for (uint32_t tries = 0;; tries++) {
		int fd = program_socket(c), error;

		if (fd < 0)
			return -1;
		if (tcpsim_posix_connect(fd, (struct sockaddr *)&addr, len) == 0)
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
