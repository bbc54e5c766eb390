/*
 * The matrix: each state of RFC 9293 against each kind of event, one row a cell: what is sent,
 * where the connection goes, and by which rule. Every cell is tried with first numbers of 1000, of
 * 0, and such that both sides wrap, and on four systems.
 *
 * rfc9293.def has all cells, each from that text. SYSTEM.def has those in which the system differs,
 * each with the function of its source that makes it so; in all others the system must do as the
 * text says.
 *
 * Events are segments in packetdrill's notation (the peer's first number is 0), `call NAME` or
 * `wait SECONDS`.
 */
#include "time_units.h"
#include <criterion/criterion.h>
#include <glib.h>
#include <tcpsim/testkit.h>

/* Linux acknowledges the peer's FIN with the next jiffy. */
#define SETTLED (NSEC_PER_SEC / 50)

struct cell {
	enum tcpsim_state state;
	const char *event;
	const char *sent; /* segments, parted by "; "; NULL: nothing */
	const char *path; /* NULL: it stays */
	const char *rule; /* of the last thing that happened; NULL: none worth one */
};

struct difference {
	struct cell cell;
	const char *why;
};

static const struct cell CELL[] = {
#include "rfc9293.def"
};
#define N_CELLS (sizeof(CELL) / sizeof(CELL[0]))

static const struct difference BSD44[] = {
#include "bsd44.def"
};
static const struct difference LINUX[] = {
#include "linux.def"
};
static const struct difference FREEBSD[] = {
#include "freebsd.def"
};

struct system {
	const struct tcpsim_profile *profile;
	const struct difference *differs;
	size_t n_differs;
};
static const struct system RFC_9293 = {&tcpsim_profile_rfc9293, NULL, 0};
static const struct system SYSTEM[] = {
	{&tcpsim_profile_bsd44, BSD44, G_N_ELEMENTS(BSD44)},
	{&tcpsim_profile_linux, LINUX, G_N_ELEMENTS(LINUX)},
	{&tcpsim_profile_freebsd, FREEBSD, G_N_ELEMENTS(FREEBSD)},
};

static const struct system *running_on;
static const struct cell *running;
static const char *running_why;
static uint32_t running_iss;

static void explain_failure(const char *text)
{
	cr_assert_fail("%s, %s, %s, first number %u (%s):\n%s", running_on->profile->name,
		tcpsim_state_name(running->state), running->event, running_iss, running_why, text);
}

static bool is_same_cell(const struct cell *a, const struct cell *b)
{
	return a->state == b->state && !strcmp(a->event, b->event);
}

static void call(struct tcpsim_peer *peer, const char *name)
{
	struct tcpsim_host *host = peer_host(peer);
	int fd = peer_fd(peer) >= 0 ? peer_fd(peer) : peer_listener_fd(peer);

	if (!strcmp(name, "close"))
		tcpsim_close(host, fd);
	else if (!strcmp(name, "abort"))
		tcpsim_abort(host, fd);
	else if (!strcmp(name, "shutdown"))
		tcpsim_shutdown(host, fd, SHUT_WR);
	else if (!strcmp(name, "send"))
		tcpsim_sendmsg(host, fd,
			&(struct msghdr){.msg_iov = &(struct iovec){"hello", 5}, .msg_iovlen = 1},
			MSG_NOSIGNAL);
	else
		cr_assert_fail("no call is named %s", name);
}

static void happen(struct tcpsim_peer *peer, const char *event)
{
	if (!strncmp(event, "call ", 5))
		call(peer, event + 5);
	else if (!strncmp(event, "wait ", 5))
		peer_waits(peer, (int64_t)(atof(event + 5) * NSEC_PER_SEC));
	else
		peer_sends(peer, event);
}

static void expect_all_sent(struct tcpsim_peer *peer, const char *segments)
{
	char **each = g_strsplit(segments, "; ", -1);

	for (int i = 0; each[i]; i++)
		expect_sent(peer, each[i]);
	g_strfreev(each);
}

static void try_cell(const struct cell *cell, uint32_t iss, uint32_t peer_iss)
{
	struct tcpsim_peer_options options = {.profile = running_on->profile,
		.iss_is_fixed = true,
		.iss = iss,
		.peer_iss = peer_iss};
	struct tcpsim_peer *peer;

	running = cell;
	running_iss = iss;
	peer_on_failure(explain_failure);
	peer = peer_in_with(cell->state, &options);
	peer_waits(peer, SETTLED);
	peer_forget(peer);
	happen(peer, cell->event);
	expect_path(peer, cell->path ? cell->path : "");
	if (cell->rule)
		expect_rule(peer, cell->rule);
	if (cell->sent)
		expect_all_sent(peer, cell->sent);
	expect_nothing_sent(peer);
	peer_free(peer);
}

/* What the system does where the text has `cell`. */
static const struct cell *of_system(const struct system *system, const struct cell *cell)
{
	running_why = "as RFC 9293";
	for (size_t i = 0; i < system->n_differs; i++) {
		if (is_same_cell(&system->differs[i].cell, cell)) {
			running_why = system->differs[i].why;
			return &system->differs[i].cell;
		}
	}
	return cell;
}

static void try_state(const struct system *system, enum tcpsim_state state)
{
	int tried = 0;

	running_on = system;
	for (size_t i = 0; i < N_CELLS; i++) {
		const struct cell *cell = of_system(system, &CELL[i]);

		if (cell->state != state)
			continue;
		try_cell(cell, 1000, 5000);
		try_cell(cell, 0, 0);
		/* the SYN is the last number before zero; the text wraps */
		try_cell(cell, UINT32_MAX, UINT32_MAX - 50);
		tried++;
	}
	cr_assert_geq(tried, 10, "a state must be tried with every kind of event");
}

#define STATE(state)                                                                               \
	Test(matrix, state)                                                                        \
	{                                                                                          \
		try_state(&RFC_9293, TCPSIM_##state);                                              \
	}                                                                                          \
	Test(matrix_bsd44, state)                                                                  \
	{                                                                                          \
		try_state(&SYSTEM[0], TCPSIM_##state);                                             \
	}                                                                                          \
	Test(matrix_linux, state)                                                                  \
	{                                                                                          \
		try_state(&SYSTEM[1], TCPSIM_##state);                                             \
	}                                                                                          \
	Test(matrix_freebsd, state)                                                                \
	{                                                                                          \
		try_state(&SYSTEM[2], TCPSIM_##state);                                             \
	}
STATE(CLOSED)
STATE(LISTEN)
STATE(SYN_SENT)
STATE(SYN_RCVD)
STATE(ESTABLISHED)
STATE(FIN_WAIT_1)
STATE(FIN_WAIT_2)
STATE(CLOSE_WAIT)
STATE(CLOSING)
STATE(LAST_ACK)
STATE(TIME_WAIT)

static const struct cell *cell_of_rfc(const struct cell *cell)
{
	for (size_t i = 0; i < N_CELLS; i++)
		if (is_same_cell(&CELL[i], cell))
			return &CELL[i];
	return NULL;
}

static void check_difference(const struct system *system, const struct difference *d)
{
	const char *where = tcpsim_state_name(d->cell.state);
	const struct cell *text = cell_of_rfc(&d->cell);

	cr_assert(text, "%s, %s, %s: no such cell in rfc9293.def", system->profile->name, where,
		d->cell.event);
	cr_assert(g_strcmp0(text->sent, d->cell.sent) || g_strcmp0(text->path, d->cell.path) ||
			  g_strcmp0(text->rule, d->cell.rule),
		"%s, %s, %s: that is what rfc9293.def has", system->profile->name, where,
		d->cell.event);
	cr_assert_neq(*d->why, '\0');
	for (const struct difference *other = system->differs; other < d; other++)
		cr_assert(!is_same_cell(&other->cell, &d->cell), "%s, %s, %s: there twice",
			system->profile->name, where, d->cell.event);
}

Test(matrix, each_difference_differs_from_the_text)
{
	for (size_t i = 0; i < G_N_ELEMENTS(SYSTEM); i++)
		for (size_t j = 0; j < SYSTEM[i].n_differs; j++)
			check_difference(&SYSTEM[i], &SYSTEM[i].differs[j]);
}
