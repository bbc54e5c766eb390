/* Ready-made clients. See programs.h. */
#define TCPSIM_POSIX_NO_MACROS
#include <math.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "base/pattern.h"
#include "process/process.h"
#include "process/programs.h"
#include "process/programs_client.h"
#include "process/programs_socket.h"

#define SMALL_BUFFER 4096 /* a request's: there are many of them at once */

static void say_local(int fd, const char *to)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char text[INET6_ADDRSTRLEN] = "?";
	unsigned port = 0;

	if (tcpsim_posix_getsockname(fd, (struct sockaddr *)&addr, &len) == 0) {
		if (addr.ss_family == AF_INET) {
			struct sockaddr_in *in = (struct sockaddr_in *)&addr;

			inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
			port = ntohs(in->sin_port);
		} else {
			struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&addr;

			inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
			port = ntohs(in6->sin6_port);
		}
	}
	process_say("connect %s: established, from %s port %u", to, text, port);
}

int program_connect(void *config)
{
	const struct program_config *c = config;

	for (uint32_t i = 0; i < c->count; i++) {
		int fd;

		if (i && c->every_ns)
			process_sleep_until(c->start_ns + i * c->every_ns);
		fd = program_open(c);
		if (fd < 0)
			continue;
		say_local(fd, c->to);
		if (c->half_close)
			tcpsim_posix_shutdown(fd, SHUT_WR);
		program_close(c, fd);
	}
	return 0;
}

/* Sends n bytes of the sequence; false: an error, said. */
static bool send_sequence(
	const struct program_config *c, int fd, uint64_t n, uint8_t *buffer, size_t at_once)
{
	for (uint64_t sent = 0; sent < n;) {
		size_t part = n - sent < at_once ? (size_t)(n - sent) : at_once;
		ssize_t done;

		done = program_send(fd, program_text(c, PROGRAM_ASKS, sent, buffer, part), part);
		if (done < 0) {
			process_say("send: %s after %llu bytes", program_errno(errno),
				(unsigned long long)sent);
			return false;
		}
		sent += (uint64_t)done;
	}
	return true;
}

/* Reads to the end or an error; counts what came and compares it with the sequence from 0. */
static bool read_all(int fd, bool verify, uint64_t *total)
{
	uint8_t *buffer = process_passing();
	ssize_t n;

	*total = 0;
	while ((n = program_receive(fd, buffer, PROCESS_PASSING)) > 0) {
		/* What an echo sends back is what was asked. */
		if (verify && !program_bytes_right(PROGRAM_ASKS, *total, buffer, (size_t)n))
			return false;
		*total += (uint64_t)n;
	}
	if (n < 0)
		process_say("recv: %s after %llu bytes", program_errno(errno),
			(unsigned long long)*total);
	return n == 0;
}

int program_source(void *config)
{
	const struct program_config *c = config;
	uint8_t *buffer = process_alloc(PROGRAM_BUFFER);
	int64_t began = process_now();
	uint64_t back = 0;
	int fd = program_open(c);
	bool good;

	if (fd < 0)
		return 1;
	good = send_sequence(c, fd, c->bytes, buffer, PROGRAM_BUFFER);
	if (good && c->half_close) {
		tcpsim_posix_shutdown(fd, SHUT_WR);
		process_say("sent %llu bytes, and said so by FIN", (unsigned long long)c->bytes);
		good = read_all(fd, c->verify, &back);
		process_say(
			"read %llu bytes to the end of the other direction, %.3f s after connect()",
			(unsigned long long)back, (double)(process_now() - began) * 1e-9);
	}
	program_close(c, fd);
	return !good;
}

static int64_t thinking_time(const struct program_config *c)
{
	double u = rng_unit(&process_current()->rng);

	return (int64_t)(-log(1 - u) * (double)c->think_ns);
}

/* One connection with one request and its answer; false: an error, said. */
static bool request_once(const struct program_config *c, uint8_t *buffer)
{
	uint8_t *answer = process_passing();
	int fd = program_open(c);
	uint64_t got = 0;
	bool good = true;
	ssize_t n = 0;

	if (fd < 0)
		return false;
	if (!send_sequence(c, fd, c->size, buffer, SMALL_BUFFER)) {
		tcpsim_posix_close(fd);
		return false;
	}
	while (good && got < c->reply && (n = program_receive(fd, answer, SMALL_BUFFER)) > 0) {
		good = !c->verify || program_bytes_right(PROGRAM_ANSWERS, got, answer, (size_t)n);
		got += (uint64_t)n;
	}
	if (good && got < c->reply)
		process_say("the answer ended after %llu of %llu bytes: %s",
			(unsigned long long)got, (unsigned long long)c->reply,
			n < 0 ? program_errno(errno) : "closed");
	program_close(c, fd);
	return good && got >= c->reply;
}

static uint32_t request_often(const struct program_config *c, uint8_t *buffer)
{
	uint32_t good = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		if (c->think_ns)
			process_sleep_until(process_now() + thinking_time(c));
		else if (i && c->every_ns)
			process_sleep_until(process_now() + c->every_ns);
		good += request_once(c, buffer);
	}
	return good;
}

int program_request(void *config)
{
	const struct program_config *c = config;
	int64_t began = process_now();
	uint32_t good = request_often(c, process_alloc(SMALL_BUFFER));

	process_say("%u of %u requests answered in %.6f s", good, c->count,
		(double)(process_now() - began) * 1e-9);
	return good != c->count;
}

/* --- a herd: one program starts the others, each a client of its own; the last one tells how it
 * went --- */

struct herd {
	const struct program_config *config;
	struct process *self;
	uint32_t left;
	uint64_t good;
	int64_t began_ns;
};

static int herd_client(void *argument)
{
	struct herd *herd = argument;
	uint8_t *buffer = process_alloc(SMALL_BUFFER);

	herd->good += request_often(herd->config, buffer);
	if (--herd->left > 0)
		return 0;
	process_say("%llu of %llu requests of %u clients answered in %.6f s",
		(unsigned long long)herd->good,
		(unsigned long long)herd->config->count * herd->config->clients,
		herd->config->clients, (double)(process_now() - herd->began_ns) * 1e-9);
	process_continue(herd->self);
	return 0;
}

int program_herd(void *config)
{
	const struct program_config *c = config;
	struct process *self = process_current();
	struct herd *herd = process_alloc(sizeof(*herd));

	*herd = (struct herd){c, self, c->clients, 0, process_now()};
	for (uint32_t i = 0; i < c->clients; i++) {
		char *name = g_strdup_printf("%s.%u", self->name, i + 1);

		process_spawn(self->node, name, herd_client, herd, NULL,
			herd->began_ns + i * c->every_ns);
		g_free(name);
	}
	/* What the clients share is this program's: it stays until they are done. */
	while (herd->left)
		process_wait(NULL, NULL, 0, INT64_MAX);
	return 0;
}
