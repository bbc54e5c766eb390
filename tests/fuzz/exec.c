/*
 * A hostile program under the supervisor: any call with any arguments, memory that is not there,
 * calls that a signal calls away at any moment, descriptors copied, closed and written to beside
 * the calls. Nothing may crash, and with the last descriptor of the program all that stood for it is
 * gone.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exec/supervisor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_FDS 24
#define MEMORY	 4096
#define BASE	 UINT64_C(0x10000) /* of the program's memory */

struct program {
	struct exec_caller caller;
	const uint8_t *data;
	size_t len;
	int fds[MOST_FDS];
	uint8_t memory[MEMORY];
	uint64_t id;
	bool away;
};

static uint8_t next(struct program *p)
{
	if (!p->len)
		return 0;
	p->len--;
	return *p->data++;
}

static uint32_t word(struct program *p)
{
	uint32_t low = next(p);

	return low | (uint32_t)next(p) << 8;
}

/* --- what the supervisor may do to it --- */

static bool read_memory(struct exec_caller *caller, int tid, uint64_t from, void *out, size_t len)
{
	const struct program *p = (const struct program *)caller;

	if (from < BASE || len > MEMORY || from - BASE > MEMORY - len)
		return false;
	memcpy(out, p->memory + (from - BASE), len);
	return true;
}

static bool write_memory(
	struct exec_caller *caller, int tid, uint64_t to, const void *bytes, size_t len)
{
	struct program *p = (struct program *)caller;

	if (to < BASE || len > MEMORY || to - BASE > MEMORY - len)
		return false;
	memcpy(p->memory + (to - BASE), bytes, len);
	return true;
}

static bool write_both(struct exec_caller *caller, int tid, uint64_t to, const void *bytes,
	size_t len, uint64_t len_to, uint32_t whole_len)
{
	return write_memory(caller, tid, to, bytes, len) &&
	       write_memory(caller, tid, len_to, &whole_len, sizeof(whole_len));
}

static int take(struct exec_caller *caller, int tid, int fd)
{
	const struct program *p = (const struct program *)caller;
	int copy;

	if (fd < 0 || fd >= MOST_FDS || p->fds[fd] < 0)
		return -EBADF;
	copy = dup(p->fds[fd]);
	return copy < 0 ? -errno : copy;
}

static bool is_valid(struct exec_caller *caller, uint64_t id)
{
	return !((struct program *)caller)->away;
}

static bool answer(struct exec_caller *caller, uint64_t id, int64_t result)
{
	return !((struct program *)caller)->away;
}

static int give(struct exec_caller *caller, uint64_t id, int fd, bool close_on_exec)
{
	struct program *p = (struct program *)caller;

	if (p->away)
		return -ENOENT;
	for (int i = 0; i < MOST_FDS; i++) {
		if (p->fds[i] < 0) {
			p->fds[i] = dup(fd);
			return i;
		}
	}
	return -EMFILE;
}

static bool replace(struct exec_caller *caller, uint64_t id, int fd, int target)
{
	struct program *p = (struct program *)caller;

	if (p->away || target < 0 || target >= MOST_FDS)
		return false;
	if (p->fds[target] >= 0)
		close(p->fds[target]);
	p->fds[target] = dup(fd);
	return true;
}

static void pass(struct exec_caller *caller, uint64_t id)
{
}

static const struct exec_access ACCESS = {
	read_memory, write_memory, write_both, take, is_valid, answer, give, replace, pass};

/* --- what it does --- */

/* An argument: a number, a place in its memory, or anything. */
static uint64_t argument(struct program *p)
{
	uint32_t number = word(p);

	switch (number >> 14) {
	case 0: return number & 0xff;
	case 1: return BASE + (number & (MEMORY - 1));
	case 2: return (uint64_t)(int64_t)(int8_t)number;
	default: return (uint64_t)number << 50 | number;
	}
}

/* An address where somebody listens, or not. */
static void write_address(struct program *p, size_t at)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(80 + next(p) % 4)),
		.sin_addr.s_addr = htonl(next(p) & 1 ? 0x0a000101 : 0x7f000001)};

	memcpy(p->memory + at, &in, sizeof(in));
}

static void make_call(struct program *p, struct exec_supervisor *s)
{
	struct exec_call call = {.caller = &p->caller, .id = ++p->id, .tid = 1 + next(p) % 3};
	bool away = p->away;

	call.kind = next(p) % EXEC_NCALLS;
	for (int i = 0; i < 6; i++)
		call.args[i] = argument(p);
	if (call.kind == EXEC_SOCKET) /* the filter tells of no other */
		call.args[0] = call.args[0] & 1 ? AF_INET : AF_INET6;
	p->away = next(p) % 16 == 0;
	exec_supervisor_call(s, &call);
	p->away = away;
}

static void use_descriptor(struct program *p)
{
	int *fd = &p->fds[next(p) % MOST_FDS], *other = &p->fds[next(p) % MOST_FDS];
	uint8_t bytes[512] = {0};

	if (*fd < 0)
		return;
	switch (next(p) % 6) {
	case 0:
		close(*fd);
		*fd = -1;
		break;
	case 1:
		if (*other < 0)
			*other = dup(*fd);
		break;
	case 2: send(*fd, bytes, 1 + next(p), MSG_DONTWAIT | MSG_NOSIGNAL); break;
	case 3: recv(*fd, bytes, sizeof(bytes), MSG_DONTWAIT); break;
	case 4: shutdown(*fd, next(p) % 3); break;
	case 5: fcntl(*fd, F_SETFL, next(p) & 1 ? O_NONBLOCK : 0); break;
	}
}

static void act(struct program *p, struct tcpsim_world *world, struct exec_supervisor *s)
{
	switch (next(p) % 8) {
	case 0: write_address(p, next(p) * 8); break;
	case 1: p->memory[word(p) % MEMORY] = next(p); break;
	case 2: use_descriptor(p); break;
	case 3:
		tcpsim_world_run(world, tcpsim_world_now(world) + INT64_C(1000000) * next(p));
		exec_supervisor_run(s);
		break;
	default: make_call(p, s); break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct program p;
	struct tcpsim_world *world = tcpsim_world_new(1);
	struct exec_supervisor *s;
	unsigned listeners, connections;

	p = (struct program){.caller = {&ACCESS}, .data = data, .len = size};
	for (int i = 0; i < MOST_FDS; i++)
		p.fds[i] = -1;
	tcpsim_world_add_host(world, "a", &tcpsim_profile_linux);
	tcpsim_world_add_host(world, "b", &tcpsim_profile_bsd44);
	tcpsim_world_link(world, "a", "b", NULL, NULL);
	world->check = true;
	tcpsim_world_run(world, 0);
	s = exec_supervisor_new(world_node(world, "a"));
	assert(s);
	while (p.len)
		act(&p, world, s);
	for (int i = 0; i < MOST_FDS; i++) {
		if (p.fds[i] >= 0)
			close(p.fds[i]);
	}
	/* What was called and not over: nobody waits for it. */
	p.away = true;
	for (int i = 0; i < 40; i++) {
		tcpsim_world_run(world, tcpsim_world_now(world) + INT64_C(30000000000));
		exec_supervisor_run(s);
	}
	exec_supervisor_census(s, &listeners, &connections);
	assert(listeners == 0 && connections == 0);
	exec_supervisor_free(s);
	tcpsim_world_free(world);
	return 0;
}
