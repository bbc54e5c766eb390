/* Starting ready-made programs, and what they share. See programs.h. */
#define TCPSIM_POSIX_NO_MACROS
#include "process/programs.h"
#include "process/programs_calls.h"
#include "process/programs_check.h"
#include "process/programs_client.h"
#include "process/programs_raw.h"
#include "process/programs_server.h"

#include <string.h>
#include <tcpsim/posix.h>

#include "base/near.h"
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
	{"run",
		"a shell's command, unmodified, by the real clock: on a model its TCP is the "
		"host's",
		"run output", program_command},
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
	g_free(c->run);
	g_free(c->output);
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

/* Roughly how many packets it costs each of the two hosts, where that can be told beforehand: what
 * the world's parts are balanced by (world/split.h). */
static void expect_work(struct tcpsim_world *world, const struct program_config *c)
{
	bool is_source = program_kind(c->does)->run == program_source;
	double bytes = (double)(is_source ? c->bytes : c->size + c->reply);
	double packets = (double)MAX(c->count, 1) * MAX(c->clients, 1) * (10 + bytes / 1448);
	uint16_t port;
	bool has_port;
	char *name = c->to ? program_split_address(c->to, &port, &has_port) : NULL;
	struct node *end[2] = {world_node(world, c->host), name ? world_node(world, name) : NULL};

	for (int i = 0; name && i < 2; i++) {
		if (end[i])
			end[i]->work += packets;
	}
	g_free(name);
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
	expect_work(world, own);
	process_spawn(world_node(world, own->host), own->name, program_kind(own->does)->run, own,
		free_config, own->start_ns);
	return NULL;
}

/* It runs outside of the world (exec/commands.h); here only if nobody is there to start it. */
int program_command(void *config)
{
	process_say("a command runs by the real clock alone");
	return 1;
}

bool program_any_command(const struct tcpsim_world *world)
{
	for (guint i = 0; i < world->processes->len; i++) {
		const struct process *p = world->processes->pdata[i];

		if (p->program == program_command)
			return true;
	}
	return false;
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

const char *program_errno(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "an unknown error";
}
