/*
 * The matrix: each state of RFC 9293 against each kind of event, one row a cell: what is sent,
 * where the connection goes, and by which rule. Every cell is tried with first numbers of 1000, of
 * 0, and such that both sides wrap.
 *
 * Events are segments in packetdrill's notation (the peer's first number is 0), `call NAME` or
 * `wait SECONDS`.
 */
#include <criterion/criterion.h>
#include <tcpsim/testkit.h>

#define SECOND INT64_C(1000000000)

struct cell {
	enum tcp_state state;
	const char *event;
	const char *sent; /* NULL: nothing */
	const char *path; /* NULL: it stays */
	const char *rule; /* of the last thing that happened; NULL: none worth one */
};

static const struct cell CELL[] = {
#include "rfc9293.def"
};
#define N_CELLS (sizeof(CELL) / sizeof(CELL[0]))

static const struct cell *running;
static uint32_t running_iss;

static void explain_failure(const char *text)
{
	cr_assert_fail("%s, %s, first number %u:\n%s", tcp_state_name(running->state),
		running->event, running_iss, text);
}

static void call(struct peer *peer, const char *name)
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

static void happen(struct peer *peer, const char *event)
{
	if (!strncmp(event, "call ", 5))
		call(peer, event + 5);
	else if (!strncmp(event, "wait ", 5))
		peer_waits(peer, (int64_t)(atof(event + 5) * SECOND));
	else
		peer_sends(peer, event);
}

static void try_cell(const struct cell *cell, uint32_t iss, uint32_t peer_iss)
{
	struct peer_options options = {.profile = &tcp_profile_rfc9293,
		.iss_is_fixed = true,
		.iss = iss,
		.peer_iss = peer_iss};
	struct peer *peer;

	running = cell;
	running_iss = iss;
	peer_on_failure(explain_failure);
	peer = peer_in_with(cell->state, &options);
	happen(peer, cell->event);
	expect_path(peer, cell->path ? cell->path : "");
	if (cell->rule)
		expect_rule(peer, cell->rule);
	if (cell->sent)
		expect_sent(peer, cell->sent);
	expect_nothing_sent(peer);
	peer_free(peer);
}

static void try_state(enum tcp_state state)
{
	int tried = 0;

	for (size_t i = 0; i < N_CELLS; i++) {
		if (CELL[i].state != state)
			continue;
		try_cell(&CELL[i], 1000, 5000);
		try_cell(&CELL[i], 0, 0);
		/* the SYN is the last number before zero; the text wraps */
		try_cell(&CELL[i], UINT32_MAX, UINT32_MAX - 50);
		tried++;
	}
	cr_assert_geq(tried, 10, "a state must be tried with every kind of event");
}

#define STATE(state)                                                                               \
	Test(matrix, state)                                                                        \
	{                                                                                          \
		try_state(TCP_##state);                                                            \
	}
STATE(CLOSED)
STATE(LISTEN)
STATE(SYN_SENT)
STATE(SYN_RECEIVED)
STATE(ESTABLISHED)
STATE(FIN_WAIT_1)
STATE(FIN_WAIT_2)
STATE(CLOSE_WAIT)
STATE(CLOSING)
STATE(LAST_ACK)
STATE(TIME_WAIT)
