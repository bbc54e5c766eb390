/* What the program of a made-up scenario does. */
#include "compare/improvise_program.h"
#include "compare/improvise.h"
#include "compare/improvise_inner.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <tcpsim/options.h>

static const struct account_entry *last_call(const struct improviser *im)
{
	const GPtrArray *entries = im->player.account->entries;

	for (guint i = entries->len; i > 0; i--) {
		const struct account_entry *e = g_ptr_array_index(entries, i - 1);

		if (e->kind == ACCOUNT_CALL)
			return e;
	}
	return NULL;
}

/* Makes the call; what it returned, or -1 while it is under way. */
static int64_t call(struct improviser *im, struct scenario_call c)
{
	struct scenario_event event = {.kind = SCENARIO_CALL, .call = c};
	const struct account_entry *e;

	if (!improvise_do(im, event))
		return -1;
	e = last_call(im);
	return e != NULL && e->end_ns != INT64_MAX ? e->result : -1;
}

static int any_fd(struct improviser *im, enum fd_kind kind)
{
	int found[16], n = 0;

	for (int fd = 3; fd < 16; fd++)
		if (im->fds[fd].kind == kind)
			found[n++] = fd;
	return n > 0 ? found[below(im, (unsigned)n)] : -1;
}

static const struct {
	int level, name, values[3];
} OPTIONS[] = {
	{IPPROTO_TCP, TCP_NODELAY, {1, 1, 0}},
	{IPPROTO_TCP, TCP_CORK, {1, 0, 0}},
	{IPPROTO_TCP, TCP_QUICKACK, {0, 1, 0}},
	{IPPROTO_TCP, TCP_MAXSEG, {500, 1000, 1400}},
	{IPPROTO_TCP, TCP_NOTSENT_LOWAT, {1000, 10000, 1}},
	{IPPROTO_TCP, TCP_USER_TIMEOUT, {1000, 3000, 0}},
	{IPPROTO_TCP, TCP_LINGER2, {-1, 1, 5}},
	{IPPROTO_TCP, TCP_WINDOW_CLAMP, {5000, 20000, 1000}},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, {1, 2, 0}},
	{SOL_SOCKET, SO_RCVBUF, {4096, 20000, 100000}},
	{SOL_SOCKET, SO_SNDBUF, {4096, 20000, 100000}},
	{SOL_SOCKET, SO_KEEPALIVE, {1, 0, 1}},
	{IPPROTO_TCP, TCP_KEEPIDLE, {1, 2, 60}},
	{IPPROTO_TCP, TCP_KEEPINTVL, {1, 2, 60}},
	{IPPROTO_TCP, TCP_KEEPCNT, {1, 2, 9}},
	{IPPROTO_TCP, TCP_SYNCNT, {1, 2, 6}},
	{IPPROTO_IP, IP_MTU_DISCOVER, {IP_PMTUDISC_DONT, IP_PMTUDISC_DO, IP_PMTUDISC_PROBE}},
	{SOL_SOCKET, SO_OOBINLINE, {1, 0, 1}},
	{SOL_SOCKET, SO_REUSEADDR, {1, 0, 1}},
	{SOL_SOCKET, SO_RCVLOWAT, {1, 500, 3000}},
	{IPPROTO_IP, IP_TOS, {0x10, 0xb8, 0}},
	{IPPROTO_IP, IP_TTL, {1, 10, 200}},
};

static bool set_option_of(struct improviser *im, int fd)
{
	unsigned at = below(im, G_N_ELEMENTS(OPTIONS));

	if (OPTIONS[at].level == IPPROTO_IP && im->scenario->ip == SCRIPT_IPV6)
		return false;
	call(im, (struct scenario_call){.nr = SUT_SETSOCKOPT,
			 .fd = fd,
			 .ints = {OPTIONS[at].level, OPTIONS[at].name},
			 .value = {OPTIONS[at].values[below(im, 3)]},
			 .len = sizeof(int)});
	return true;
}

static int family(const struct improviser *im)
{
	return im->scenario->ip == SCRIPT_IPV6 ? AF_INET6 : AF_INET;
}

static void listener(struct improviser *im)
{
	int fd = (int)call(im, (struct scenario_call){.nr = SUT_SOCKET,
				       .ints = {family(im), SOCK_STREAM, IPPROTO_TCP}});

	if (fd < 0)
		return;
	if (chance(im, 30))
		set_option_of(im, fd);
	call(im, (struct scenario_call){.nr = SUT_BIND, .fd = fd, .ints = {SCENARIO_LISTEN_PORT}});
	call(im, (struct scenario_call){
			 .nr = SUT_FCNTL, .fd = fd, .ints = {F_SETFL, O_RDWR | O_NONBLOCK}});
	if (call(im,
		    (struct scenario_call){
			    .nr = SUT_LISTEN, .fd = fd, .ints = {(int)below(im, 4)}}) == 0 &&
		fd < 16)
		im->fds[fd].kind = FD_LISTENER;
}

static bool client_of(struct improviser *im, unsigned n)
{
	int fd = (int)call(im, (struct scenario_call){.nr = SUT_SOCKET,
				       .ints = {family(im), SOCK_STREAM, IPPROTO_TCP}});
	bool blocks = chance(im, 25);

	if (fd < 0 || fd >= 16)
		return false;
	if (chance(im, 30))
		set_option_of(im, fd);
	if (!blocks)
		call(im,
			(struct scenario_call){
				.nr = SUT_FCNTL, .fd = fd, .ints = {F_SETFL, O_RDWR | O_NONBLOCK}});
	im->peers[n].used = im->peers[n].active = true;
	im->fds[fd].kind = FD_CONNECTION;
	im->fds[fd].connection = (int)n;
	call(im, (struct scenario_call){.nr = SUT_CONNECT,
			 .fd = fd,
			 .connection = (uint8_t)n,
			 .may_block = blocks});
	return true;
}

static bool connect_another(struct improviser *im)
{
	if (im->player.pending != NULL)
		return false;
	for (unsigned n = 0; n < SCENARIO_CONNECTIONS; n++)
		if (!im->peers[n].used)
			return client_of(im, n);
	return false;
}

/* Who connects again is told how far the first attempt is. */
static bool connect_again(struct improviser *im)
{
	int fd = any_fd(im, FD_CONNECTION);

	if (fd < 0)
		return false;
	call(im, (struct scenario_call){.nr = SUT_CONNECT,
			 .fd = fd,
			 .connection = (uint8_t)im->fds[fd].connection,
			 .may_block = true});
	return true;
}

void improvise_begin(struct improviser *im)
{
	if (chance(im, 70))
		listener(im);
	else
		client_of(im, 0);
}

static bool accept_one(struct improviser *im)
{
	int fd = any_fd(im, FD_LISTENER), got;

	if (fd < 0)
		return false;
	got = (int)call(im, (struct scenario_call){.nr = SUT_ACCEPT,
				    .fd = fd,
				    .may_block = true,
				    .ints = {chance(im, 80) ? SOCK_NONBLOCK : 0}});
	if (got >= 0 && got < 16) {
		im->fds[got].kind = FD_CONNECTION;
		im->fds[got].connection = im->accepted++;
	}
	return true;
}

static int some_flags(struct improviser *im, bool out)
{
	static const int OUT[] = {0, 0, 0, 0, MSG_MORE, MSG_OOB, MSG_EOR};
	static const int IN[] = {0, 0, 0, 0, MSG_PEEK, MSG_WAITALL, MSG_TRUNC, MSG_OOB};

	return MSG_DONTWAIT |
	       (out ? OUT[below(im, G_N_ELEMENTS(OUT))] : IN[below(im, G_N_ELEMENTS(IN))]);
}

static bool write_some(struct improviser *im)
{
	static const uint32_t LENGTHS[] = {
		1, 10, 100, 100, 500, 1000, 1000, 1460, 3000, 5000, 20000};
	int fd = any_fd(im, FD_CONNECTION);

	if (fd < 0)
		return false;
	call(im, (struct scenario_call){.nr = SUT_SEND,
			 .fd = fd,
			 .ints = {some_flags(im, true)},
			 .len = LENGTHS[below(im, G_N_ELEMENTS(LENGTHS))],
			 .may_block = true});
	return true;
}

static bool read_some(struct improviser *im)
{
	static const uint32_t LENGTHS[] = {1, 100, 500, 1000, 2000, 10000, 60000};
	int fd = any_fd(im, FD_CONNECTION);

	if (fd < 0)
		return false;
	call(im, (struct scenario_call){.nr = SUT_RECV,
			 .fd = fd,
			 .ints = {some_flags(im, false)},
			 .len = LENGTHS[below(im, G_N_ELEMENTS(LENGTHS))],
			 .may_block = true});
	return true;
}

static bool set_option(struct improviser *im)
{
	int fd = any_fd(im, chance(im, 85) ? FD_CONNECTION : FD_LISTENER);

	return fd >= 0 && set_option_of(im, fd);
}

static bool get_option(struct improviser *im)
{
	static const struct {
		int level, name;
	} ASKED[] = {{SOL_SOCKET, SO_ERROR}, {SOL_SOCKET, SO_SNDBUF}, {SOL_SOCKET, SO_RCVBUF},
		{IPPROTO_TCP, TCP_MAXSEG}, {IPPROTO_TCP, TCP_NODELAY},
		{IPPROTO_TCP, TCP_WINDOW_CLAMP}, {IPPROTO_TCP, TCP_DEFER_ACCEPT},
		{IPPROTO_TCP, TCP_QUICKACK}, {IPPROTO_TCP, TCP_CORK}, {IPPROTO_TCP, TCP_LINGER2},
		{IPPROTO_TCP, TCP_KEEPIDLE}, {IPPROTO_TCP, TCP_SYNCNT},
		{IPPROTO_TCP, TCP_USER_TIMEOUT}, {SOL_SOCKET, SO_ACCEPTCONN},
		{SOL_SOCKET, SO_RCVLOWAT}, {SOL_SOCKET, SO_KEEPALIVE}};
	int fd = any_fd(im, chance(im, 85) ? FD_CONNECTION : FD_LISTENER);
	unsigned at = below(im, G_N_ELEMENTS(ASKED));

	if (fd < 0)
		return false;
	call(im, (struct scenario_call){.nr = SUT_GETSOCKOPT,
			 .fd = fd,
			 .ints = {ASKED[at].level, ASKED[at].name},
			 .len = sizeof(int)});
	return true;
}

static bool poll_it(struct improviser *im)
{
	int fd = any_fd(im, chance(im, 80) ? FD_CONNECTION : FD_LISTENER);

	if (fd < 0)
		return false;
	call(im, (struct scenario_call){.nr = SUT_POLL,
			 .fd = fd,
			 .ints = {1, 0},
			 .value = {POLLIN | POLLOUT | POLLPRI | POLLRDHUP}});
	return true;
}

static bool ask_queue(struct improviser *im)
{
	static const int ASKED[] = {SIOCINQ, SIOCOUTQ, SIOCOUTQNSD};
	int fd = any_fd(im, FD_CONNECTION);

	if (fd < 0)
		return false;
	call(im, (struct scenario_call){.nr = SUT_IOCTL, .fd = fd, .value = {ASKED[below(im, 3)]}});
	return true;
}

static bool shut(struct improviser *im)
{
	int fd = any_fd(im, FD_CONNECTION);

	if (fd < 0)
		return false;
	call(im, (struct scenario_call){.nr = SUT_SHUTDOWN,
			 .fd = fd,
			 .ints = {(int[]){SHUT_WR, SHUT_WR, SHUT_RD, SHUT_RDWR}[below(im, 4)]}});
	return true;
}

static bool close_it(struct improviser *im)
{
	int fd = any_fd(im, chance(im, 90) ? FD_CONNECTION : FD_LISTENER);

	if (fd < 0)
		return false;
	if (chance(im, 10))
		call(im, (struct scenario_call){.nr = SUT_SETSOCKOPT,
				 .fd = fd,
				 .ints = {SOL_SOCKET, SO_LINGER},
				 .value = {1, 0},
				 .len = 2 * sizeof(int)});
	if (call(im, (struct scenario_call){.nr = SUT_CLOSE, .fd = fd}) == 0)
		im->fds[fd].kind = FD_NONE;
	return true;
}

const struct improvise_act IMPROVISE_PROGRAM_ACTS[] = {
	{accept_one, 20, 20},
	{write_some, 35, 25},
	{read_some, 30, 25},
	{set_option, 5, 8},
	{get_option, 3, 5},
	{poll_it, 6, 8},
	{ask_queue, 4, 6},
	{shut, 4, 6},
	{close_it, 4, 8},
	{connect_another, 2, 3},
	{connect_again, 1, 2},
	{NULL, 0, 0},
};
