/* Starting ready-made programs, and what they share. See programs.h. */
#define TCPSIM_POSIX_NO_MACROS
#include "process/programs.h"

#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "base/near.h"
#include "base/pattern.h"
#include "cc/cc.h"
#include "process/process.h"
#include "world/values.h"

#define CLIENT_KEYS   "to bind sockopt linger retry every hold"
#define REQUEST_KEYS  CLIENT_KEYS " count think size reply verify"
#define LISTENER_KEYS "port bind backlog sockopt linger accept-after accept-every"

const struct program_kind program_kinds[] = {
	{"connect",
		"connects to `to`, says how that went, keeps the connection for `hold`, closes it",
		CLIENT_KEYS " count half-close", program_connect},
	{"source",
		"connects and sends `bytes`, then closes; with `half-close` reads what comes back "
		"first",
		CLIENT_KEYS " bytes half-close verify", program_source},
	{"request",
		"connects `count` times: a request of `size` bytes, the answer of `reply` bytes, "
		"close",
		REQUEST_KEYS, program_request},
	{"herd", "`clients` requesters at once, who think before each request",
		REQUEST_KEYS " clients", program_herd},
	{"serve",
		"listens; `workers` loops of accept() answer each request of `size` bytes by "
		"`reply` bytes until the client closes",
		LISTENER_KEYS " workers size reply", program_serve},
	{"sink", "listens, reads to the end, checks what came, closes",
		LISTENER_KEYS " hold verify", program_sink},
	{"echo", "listens, sends back what comes, closes when the client has",
		LISTENER_KEYS " hold", program_echo},
	{"flood", "SYNs from spoofed sources in `from`, `count` of them, one `every`",
		"to bind from count every", program_flood},
	{"inject", "segments of one's own making, past the host's TCP: `segments`",
		"to bind segments", program_inject},
	{"calls", "makes the calls that `calls` lists, one after another", "calls", program_calls},
	{NULL, NULL, NULL, NULL},
};

char **program_keys(const struct program_kind *kind)
{
	char *all = g_strconcat("host does start ", kind->keys, NULL);
	char **each = g_strsplit(all, " ", -1);

	g_free(all);
	return each;
}

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
	g_free(c->calls);
	g_free(c->target);
	memset(c, 0, sizeof(*c));
}

const struct program_kind *program_kind(const char *name)
{
	const struct program_kind *kind = program_kinds;

	while (kind->name && strcmp(kind->name, name) != 0)
		kind++;
	return kind->name ? kind : NULL;
}

/* "there is no KIND 'NAME': did you mean ...?", or all the names. */
char *program_unknown_name(const char *what, const char *name, const char *const *names)
{
	char *near = near_names(name, names, 3), *all = g_strjoinv(", ", (char **)names);
	char *text =
		near ? g_strdup_printf("there is no %s '%s': did you mean %s?", what, name, near)
		     : g_strdup_printf("there is no %s '%s', only %s", what, name, all);

	g_free(near);
	g_free(all);
	return text;
}

char *program_unknown_kind(const char *name)
{
	const char *names[16] = {NULL};

	for (guint i = 0; program_kinds[i].name; i++)
		names[i] = program_kinds[i].name;
	return program_unknown_name("program", name, names);
}

static void free_config(gpointer config)
{
	program_config_clear(config);
	g_free(config);
}

char *program_start(struct tcpsim_world *world, struct program_config *c)
{
	const char *key;
	char *why = program_check(world, c, &key);
	struct program_config *own;

	if (why)
		return why;
	own = g_new(struct program_config, 1);
	*own = *c;
	memset(c, 0, sizeof(*c));
	own->target = g_new0(struct program_target, 1);
	if (world->lengths)
		own->verify = false; /* there is nothing to be seen */
	process_spawn(world_node(world, own->host), own->name, program_kind(own->does)->run, own,
		free_config, own->start_ns);
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

char *program_split_address(const char *text, uint16_t *port, bool *has_port)
{
	const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
	const char *colon = bracket ? (bracket[1] == ':' ? bracket + 1 : NULL) : strrchr(text, ':');
	guint64 n = 0;

	if (colon && !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &n, NULL))
		return NULL;
	*port = (uint16_t)n;
	*has_port = colon;
	return bracket ? g_strndup(text + 1, (gsize)(bracket - text - 1))
	       : colon ? g_strndup(text, (gsize)(colon - text))
		       : g_strdup(text);
}

int program_address(const struct tcpsim_world *world, const char *text,
	struct sockaddr_storage *out, uint32_t *len, const char **why)
{
	uint16_t port;
	bool has_port;
	char *name = program_split_address(text, &port, &has_port);
	struct tcpsim_addr addr;
	bool good = name && find_address(world, name, &addr);

	*why = name ? "no node and no address" : "its port is not a number up to 65535";
	g_free(name);
	if (good)
		write_sockaddr(&addr, port, out, len);
	return good ? 0 : -1;
}

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

ssize_t program_receive(int fd, void *buffer, size_t len)
{
	bool lengths = process_current()->node->world->lengths;

	return tcpsim_posix_recv(fd, buffer, len, lengths ? MSG_TRUNC : 0);
}

const char *program_errno(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "an unknown error";
}

/* --- sockets --- */

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
		(!c->bind || bind_as_told(fd, c->bind)))
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
