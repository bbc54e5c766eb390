/* A program that is a list of calls: `calls = socket; connect server:80; write 100; read; close`.
 * See programs.h. */
#define TCPSIM_POSIX_NO_MACROS
#include <string.h>
#include <tcpsim/posix.h>

#include "base/pattern.h"
#include "process/process.h"
#include "process/programs.h"
#include "process/programs_calls.h"
#include "process/programs_check.h"
#include "process/programs_socket.h"
#include "script/language/symbols.h"
#include "world/select.h"
#include "world/values.h"

#define MOST_DESCRIPTORS 32
#define BUFFER_SIZE	 65536

/* The list under way: the descriptors it has, the latest last; a call is made on that one. */
struct calls {
	const struct program_config *config;
	int fd[MOST_DESCRIPTORS];
	unsigned n;
	uint8_t *buffer;
	uint64_t sent; /* of the sequence, on the latest descriptor */
};

/* One call: its words behind its name. NULL, or what is wrong with them (to be freed). */
typedef char *(*check_fn)(const struct tcpsim_world *world, char **word);
typedef void (*run_fn)(struct calls *c, char **word);

static int latest(const struct calls *c)
{
	return c->n ? c->fd[c->n - 1] : -1;
}

static void push(struct calls *c, int fd)
{
	if (fd >= 0 && c->n < MOST_DESCRIPTORS)
		c->fd[c->n++] = fd;
}

/* --- what the words may be --- */

static char *check_none(const struct tcpsim_world *world, char **word)
{
	return word[0] ? g_strdup_printf("'%s' is one word too many", word[0]) : NULL;
}

static char *check_one_number(const struct tcpsim_world *world, char **word)
{
	gint64 n;

	if (!word[0] || word[1] || !g_ascii_string_to_signed(word[0], 10, -1, INT32_MAX, &n, NULL))
		return g_strdup_printf("'%s' is not one number", word[0] ? word[0] : "");
	return NULL;
}

/* "100", "64 kB", or nothing. */
static char *check_size(const struct tcpsim_world *world, char **word)
{
	char *text = g_strjoinv(" ", word), *why;
	uint64_t bytes;

	why = *text ? value_set(VALUE_BYTES, text, &bytes) : NULL;
	g_free(text);
	return why;
}

static char *check_address(const struct tcpsim_world *world, char **word)
{
	if (!word[0] || word[1])
		return g_strdup("it takes one address, such as server:80");
	return program_check_address(world, word[0], false);
}

static char *check_destination(const struct tcpsim_world *world, char **word)
{
	if (!word[0] || word[1])
		return g_strdup("it takes one address, such as server:80");
	return program_check_address(world, word[0], true);
}

static char *check_option(const struct tcpsim_world *world, char **word)
{
	if (!word[0] || word[1])
		return g_strdup("it takes one option, such as nodelay or rcvbuf=4096");
	return program_check_options(word[0]);
}

static char *check_socket(const struct tcpsim_world *world, char **word)
{
	int64_t value;

	for (guint i = 0; word[i]; i++) {
		if (i == 3)
			return g_strdup_printf("'%s' is one word too many", word[i]);
		if (!symbol_value(word[i], &value) &&
			!g_ascii_string_to_signed(word[i], 10, INT32_MIN, INT32_MAX, &value, NULL))
			return g_strdup_printf("'%s' is no constant of socket(): AF_INET "
					       "SOCK_STREAM IPPROTO_TCP",
				word[i]);
	}
	return NULL;
}

static const char *const HOW[] = {"rd", "wr", "rdwr", NULL};

static char *check_how(const struct tcpsim_world *world, char **word)
{
	if (word[0] && (word[1] || !g_strv_contains(HOW, word[0])))
		return g_strdup_printf("'%s' is not rd, wr or rdwr", word[0]);
	return NULL;
}

/* --- what they do --- */

static int number_of(const char *word)
{
	int64_t value;

	return symbol_value(word, &value) ? (int)value : (int)g_ascii_strtoll(word, NULL, 10);
}

static void say_socket(char **word, int error)
{
	char *all = g_strjoinv(" ", word);

	process_say("socket %s: %s", all, program_errno(error));
	g_free(all);
}

static void run_socket(struct calls *c, char **word)
{
	guint n = g_strv_length(word);
	int fd = tcpsim_posix_socket(n > 0 ? number_of(word[0]) : AF_INET,
		n > 1 ? number_of(word[1]) : SOCK_STREAM, n > 2 ? number_of(word[2]) : 0);

	if (fd < 0)
		say_socket(word, errno);
	push(c, fd);
	c->sent = 0;
}

/* The socket's family; a name's first address is written so. */
static bool address_of(const char *text, struct sockaddr_storage *addr, uint32_t *len)
{
	const char *why;

	return program_address(process_current()->node->world, text, addr, len, &why) == 0;
}

static void run_bind(struct calls *c, char **word)
{
	struct sockaddr_storage addr;
	uint32_t len;

	if (address_of(word[0], &addr, &len) &&
		tcpsim_posix_bind(latest(c), (struct sockaddr *)&addr, len) < 0)
		process_say("bind %s: %s", word[0], program_errno(errno));
}

static void run_connect(struct calls *c, char **word)
{
	struct sockaddr_storage addr;
	uint32_t len;

	if (address_of(word[0], &addr, &len) &&
		tcpsim_posix_connect(latest(c), (struct sockaddr *)&addr, len) < 0)
		process_say("connect %s: %s", word[0], program_errno(errno));
}

static void run_listen(struct calls *c, char **word)
{
	if (tcpsim_posix_listen(latest(c), number_of(word[0])) < 0)
		process_say("listen: %s", program_errno(errno));
}

static void run_accept(struct calls *c, char **word)
{
	int fd = tcpsim_posix_accept(latest(c), NULL, NULL);

	if (fd < 0)
		process_say("accept: %s", program_errno(errno));
	push(c, fd);
	c->sent = 0;
}

static uint64_t size_of(char **word, uint64_t otherwise)
{
	char *text = g_strjoinv(" ", word), *why;
	uint64_t bytes = otherwise;

	why = *text ? value_set(VALUE_BYTES, text, &bytes) : NULL;
	g_free(why);
	g_free(text);
	return bytes;
}

static void run_write(struct calls *c, char **word)
{
	uint64_t left = size_of(word, 1);

	while (left) {
		size_t part = left < BUFFER_SIZE ? (size_t)left : BUFFER_SIZE;
		ssize_t n;

		pattern_fill(PROGRAM_ASKS, c->sent, c->buffer, part); /* a sink can check it */
		n = tcpsim_posix_write(latest(c), c->buffer, part);
		if (n < 0) {
			process_say("write: %s", program_errno(errno));
			return;
		}
		left -= (uint64_t)n;
		c->sent += (uint64_t)n;
	}
}

/* A number: until so many have come; none: what is there, or the first that comes. */
static void run_read(struct calls *c, char **word)
{
	uint64_t left = size_of(word, 0);

	do {
		size_t part = left && left < BUFFER_SIZE ? (size_t)left : BUFFER_SIZE;
		ssize_t n = tcpsim_posix_read(latest(c), c->buffer, part);

		if (n < 0)
			process_say("read: %s", program_errno(errno));
		if (n <= 0)
			return;
		left = left > (uint64_t)n ? left - (uint64_t)n : 0;
	} while (left);
}

static void run_shutdown(struct calls *c, char **word)
{
	int how = SHUT_WR;

	for (int i = 0; word[0] && HOW[i]; i++)
		if (strcmp(HOW[i], word[0]) == 0)
			how = i;
	if (tcpsim_posix_shutdown(latest(c), how) < 0)
		process_say("shutdown: %s", program_errno(errno));
}

static void run_close(struct calls *c, char **word)
{
	if (tcpsim_posix_close(latest(c)) < 0)
		process_say("close: %s", program_errno(errno));
	if (c->n)
		c->n--;
}

static void run_option(struct calls *c, char **word)
{
	program_set_options(latest(c), word[0]);
}

static void run_getsockname(struct calls *c, char **word)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	if (tcpsim_posix_getsockname(latest(c), (struct sockaddr *)&addr, &len) < 0)
		process_say("getsockname: %s", program_errno(errno));
}

static void run_getpeername(struct calls *c, char **word)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	if (tcpsim_posix_getpeername(latest(c), (struct sockaddr *)&addr, &len) < 0)
		process_say("getpeername: %s", program_errno(errno));
}

static void run_other(struct calls *c, char **word)
{
	int first = c->n ? c->fd[0] : -1;

	if (c->n < 2)
		return;
	memmove(c->fd, c->fd + 1, (c->n - 1) * sizeof(c->fd[0]));
	c->fd[c->n - 1] = first;
}

static const struct call {
	const char *name;
	check_fn check;
	run_fn run;
} CALLS[] = {
	{"socket", check_socket, run_socket},
	{"bind", check_address, run_bind},
	{"listen", check_one_number, run_listen},
	{"accept", check_none, run_accept},
	{"connect", check_destination, run_connect},
	{"write", check_size, run_write},
	{"read", check_size, run_read},
	{"shutdown", check_how, run_shutdown},
	{"close", check_none, run_close},
	{"option", check_option, run_option},
	{"getsockname", check_none, run_getsockname},
	{"getpeername", check_none, run_getpeername},
	{"other", check_none, run_other},
};

static const struct call *find_call(const char *name)
{
	for (guint i = 0; name && i < G_N_ELEMENTS(CALLS); i++)
		if (strcmp(CALLS[i].name, name) == 0)
			return &CALLS[i];
	return NULL;
}

/* --- the list --- */

/* "at 5 s close", "after 200 ms close", "close": how many words say when; -1: they do not fit. */
static int take_time(char **word, bool *absolute, int64_t *ns)
{
	int words;

	*absolute = word[0] && strcmp(word[0], "at") == 0;
	*ns = 0;
	if (!*absolute && (!word[0] || strcmp(word[0], "after") != 0))
		return 0;
	words = select_take_time(word + 1, ns);
	return words < 0 ? -1 : words + 1;
}

static char *check_row(const struct tcpsim_world *world, char **word)
{
	const char *names[G_N_ELEMENTS(CALLS) + 1] = {NULL};
	const struct call *call;
	bool absolute;
	int64_t ns;
	int taken = take_time(word, &absolute, &ns);
	char *why, *whole;

	if (taken < 0)
		return g_strdup_printf(
			"'%s' is not a time: at 5 s, after 200 ms", word[1] ? word[1] : word[0]);
	word += taken;
	call = find_call(word[0]);
	for (guint i = 0; i < G_N_ELEMENTS(CALLS); i++)
		names[i] = CALLS[i].name;
	if (!call)
		return program_unknown_name("call", word[0] ? word[0] : "", names);
	why = call->check(world, word + 1);
	if (!why)
		return NULL;
	whole = g_strdup_printf("%s: %s", call->name, why);
	g_free(why);
	return whole;
}

char *program_check_calls(const struct tcpsim_world *world, const char *text)
{
	char **rows = g_strsplit(text, ";", -1), *why = NULL;
	bool any = false;

	for (guint i = 0; rows[i] && !why; i++) {
		char **word = value_words(rows[i], NULL);

		if (word[0]) {
			any = true;
			why = check_row(world, word);
		}
		g_strfreev(word);
	}
	g_strfreev(rows);
	return why || any ? why
			  : g_strdup("no call in it: socket; connect server:80; write 100; read; "
				     "close");
}

static void run_row(struct calls *c, char **word, int64_t began_ns)
{
	bool absolute;
	int64_t ns;
	int taken = take_time(word, &absolute, &ns);
	int64_t when = (absolute ? began_ns : process_now()) + ns;

	if (taken > 0 && when > process_now())
		process_sleep_until(when);
	find_call(word[taken])->run(c, word + taken + 1); /* known to be one */
}

/* The words of a row, in memory that goes with the program however it ends. */
static char **kept_words(const char *row, size_t len)
{
	char *text = g_strndup(row, len), **word, **kept, *at;
	guint n;

	word = value_words(text, &n);
	kept = process_alloc((n + 1) * sizeof(char *) + len + n + 1);
	at = (char *)(kept + n + 1);
	for (guint i = 0; i < n; i++) {
		kept[i] = at;
		at = g_stpcpy(at, word[i]) + 1;
	}
	g_strfreev(word);
	g_free(text);
	return kept;
}

int program_calls(void *config)
{
	const struct program_config *c = config;
	struct calls list = {.config = c, .buffer = process_alloc(BUFFER_SIZE)};
	int64_t began = process_now();

	for (const char *row = c->calls; row;
		row = strchr(row, ';') ? strchr(row, ';') + 1 : NULL) {
		char **word = kept_words(row, strcspn(row, ";"));

		if (word[0])
			run_row(&list, word, began);
		process_free(word);
	}
	return 0;
}
