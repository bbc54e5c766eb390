/* Ready-made servers. See programs.h. */
#define TCPSIM_POSIX_NO_MACROS
#include <string.h>
#include <tcpsim/posix.h>

#include "base/pattern.h"
#include "process/process.h"
#include "process/programs.h"
#include "process/programs_server.h"
#include "process/programs_socket.h"

#define REQUEST_BUFFER 4096

/* The listening socket, or -1 (said). */
static int open_listener(const struct program_config *c)
{
	struct sockaddr_storage any;
	socklen_t len = sizeof(any);
	int fd = program_socket(c);

	if (fd < 0)
		return -1;
	/* Unbound, its name is the wildcard of its family and port 0: both families have the port
	 * in the same place. */
	tcpsim_posix_getsockname(fd, (struct sockaddr *)&any, &len);
	((struct sockaddr_in *)&any)->sin_port = htons((uint16_t)c->port);
	if (!c->bind && tcpsim_posix_bind(fd, (struct sockaddr *)&any, len) < 0)
		process_say("bind port %u: %s", c->port, program_errno(errno));
	else if (tcpsim_posix_listen(fd, (int)c->backlog) < 0)
		process_say("listen: %s", program_errno(errno));
	else
		return fd;
	tcpsim_posix_close(fd);
	return -1;
}

typedef void (*serve_fn)(const struct program_config *c, int fd);

struct job {
	const struct program_config *config;
	serve_fn serve;
	int fd;
};

static int run_job(void *argument)
{
	struct job *job = argument;

	job->serve(job->config, job->fd);
	return 0;
}

static int64_t later(int64_t from_ns, int64_t by_ns)
{
	return from_ns > INT64_MAX - by_ns ? INT64_MAX : from_ns + by_ns;
}

/* accept() after accept(); what is accepted is served here, or by a program of its own. */
static void accept_loop(const struct program_config *c, int listener, serve_fn serve, bool in_turn)
{
	struct process *self = process_current();

	for (;;) {
		int fd = tcpsim_posix_accept(listener, NULL, NULL);

		if (fd < 0) {
			process_say("accept: %s", program_errno(errno));
			return;
		}
		if (in_turn) {
			serve(c, fd);
		} else {
			struct job *job = g_new(struct job, 1);

			*job = (struct job){c, serve, fd};
			process_spawn(self->node, self->name, run_job, job, g_free, process_now());
		}
		if (c->accept_every_ns)
			process_sleep_until(later(process_now(), c->accept_every_ns));
	}
}

struct worker {
	const struct program_config *config;
	int listener;
	serve_fn serve;
};

static int run_worker(void *argument)
{
	struct worker *worker = argument;

	accept_loop(worker->config, worker->listener, worker->serve, true);
	return 0;
}

static int serve_with(const struct program_config *c, serve_fn serve, bool in_turn)
{
	struct process *self = process_current();
	int listener = open_listener(c);

	if (listener < 0)
		return 1;
	if (c->accept_after_ns)
		process_sleep_until(later(process_now(), c->accept_after_ns));
	for (uint32_t i = 1; in_turn && i < c->workers; i++) {
		struct worker *worker = g_new(struct worker, 1);

		*worker = (struct worker){c, listener, serve};
		process_spawn(self->node, self->name, run_worker, worker, g_free, process_now());
	}
	accept_loop(c, listener, serve, in_turn);
	return 0;
}

/* One answer; `from`: how much was answered on the connection before. */
static bool answer(const struct program_config *c, int fd, uint64_t from, uint8_t *buffer)
{
	for (uint64_t sent = 0; sent < c->reply;) {
		uint64_t left = c->reply - sent;
		size_t part = left < PROGRAM_BUFFER ? (size_t)left : PROGRAM_BUFFER;

		if (program_send(fd, program_text(c, PROGRAM_ANSWERS, from + sent, buffer, part),
			    part) < 0)
			return false;
		sent += part;
	}
	return true;
}

/* Requests of `size` bytes, answers of `reply`, until the client closes. */
static void serve_requests(const struct program_config *c, int fd)
{
	uint8_t small[REQUEST_BUFFER], *answers = small, *asked = process_passing();
	uint64_t got = 0, total = 0, answered = 0;
	bool right = true;
	ssize_t n;

	if (c->verify && c->reply > sizeof(small)) /* written in buffers as large as may be */
		answers = process_alloc(PROGRAM_BUFFER);
	while ((n = program_receive(fd, asked, REQUEST_BUFFER)) > 0) {
		right = right &&
			(!c->verify || program_bytes_right(PROGRAM_ASKS, total, asked, (size_t)n));
		total += (uint64_t)n;
		for (got += (uint64_t)n; c->size && got >= c->size; got -= c->size) {
			if (!answer(c, fd, answered, answers))
				break;
			answered += c->reply;
		}
	}
	if (answers != small)
		process_free(answers);
	tcpsim_posix_close(fd);
}

int program_serve(void *config)
{
	return serve_with(config, serve_requests, true);
}

static void serve_sink(const struct program_config *c, int fd)
{
	uint8_t *buffer = process_passing();
	int64_t began = process_now();
	uint64_t total = 0;
	bool wrong = false;
	ssize_t n;

	while ((n = program_receive(fd, buffer, PROCESS_PASSING)) > 0) {
		wrong = wrong ||
			(c->verify && !program_bytes_right(PROGRAM_ASKS, total, buffer, (size_t)n));
		total += (uint64_t)n;
	}
	double seconds = (double)(process_now() - began) * 1e-9;

	process_say("%llu bytes in %.6f s%s%s%s", (unsigned long long)total, seconds,
		c->verify && !wrong ? ", every one right" : "", n < 0 ? ", then " : "",
		n < 0 ? program_errno(errno) : "");
	program_close(c, fd);
}

int program_sink(void *config)
{
	return serve_with(config, serve_sink, false);
}

static void serve_echo(const struct program_config *c, int fd)
{
	uint8_t *buffer = process_alloc(PROGRAM_BUFFER);
	uint64_t total = 0;
	ssize_t n;

	while ((n = program_receive(fd, buffer, PROGRAM_BUFFER)) > 0) {
		if (program_send(fd, buffer, (size_t)n) < 0)
			break;
		total += (uint64_t)n;
	}
	process_say("%llu bytes echoed%s%s", (unsigned long long)total, n < 0 ? ", then " : "",
		n < 0 ? program_errno(errno) : "");
	program_close(c, fd);
}

int program_echo(void *config)
{
	return serve_with(config, serve_echo, false);
}
