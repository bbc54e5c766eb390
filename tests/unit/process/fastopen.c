/*
 * The write that opens a connection (MSG_FASTOPEN, TCP_FASTOPEN_CONNECT), from a program: on Linux one
 * that blocks waits for the handshake as connect() does, sends what the SYN did not take, and tells why
 * there is no connection; one that does not block waits for nothing. RFC 7413.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <tcpsim/world.h>
/* Last: its names are those of the calls. */
#include <tcpsim/posix.h>

#define ONE_WAY "delay = 20 ms"
#define TEXT	3000 /* more than one SYN carries */

static struct {
	ssize_t sent;
	int error;
	double took_ms;
	size_t served;
} came;

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int serve(int argc, char **argv)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(80)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	char buffer[TEXT];
	ssize_t n;

	cr_assert_eq(bind(listener, (struct sockaddr *)&any, sizeof(any)), 0);
	cr_assert_eq(listen(listener, 8), 0);
	fd = accept(listener, NULL, NULL);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		came.served += (size_t)n;
	close(fd);
	close(listener);
	return 0;
}

static void send_and_look(int fd, const struct sockaddr_in *to, int flags)
{
	static const char text[TEXT];
	double began = now_ms();

	came.sent = sendto(
		fd, text, sizeof(text), flags, (const struct sockaddr *)to, to ? sizeof(*to) : 0);
	came.error = came.sent < 0 ? errno : 0;
	came.took_ms = now_ms() - began;
	close(fd);
}

static struct sockaddr_in server(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(80)};

	inet_pton(AF_INET, "10.0.1.2", &sin.sin_addr);
	return sin;
}

static int send_that_connects(int argc, char **argv)
{
	struct sockaddr_in to = server();

	send_and_look(socket(AF_INET, SOCK_STREAM, 0), &to, MSG_FASTOPEN);
	return 0;
}

static int send_that_does_not_wait(int argc, char **argv)
{
	struct sockaddr_in to = server();

	send_and_look(socket(AF_INET, SOCK_STREAM, 0), &to, MSG_FASTOPEN | MSG_DONTWAIT);
	return 0;
}

static int connect_that_writes(int argc, char **argv)
{
	struct sockaddr_in to = server();
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	cr_assert_eq(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)), 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	send_and_look(fd, NULL, 0);
	return 0;
}

/* tcp_fastopen: 0x1 a client, 0x4 without a cookie; 0x2 a server, 0x200 without, 0x400 each listener. */
static void run(int (*client)(int argc, char **argv), const char *client_takes, bool has_server)
{
	struct tcpsim_world *w = tcpsim_world_new(1);

	memset(&came, 0, sizeof(came));
	tcpsim_world_add_host(w, "client", &tcpsim_profile_linux);
	tcpsim_world_add_host(w, "server", &tcpsim_profile_linux);
	cr_assert_eq(tcpsim_world_link(w, "client", "server", ONE_WAY, NULL), 0);
	cr_assert_eq(tcpsim_world_sysctl(w, "client", "net.ipv4.tcp_fastopen", client_takes), 0);
	cr_assert_eq(tcpsim_world_sysctl(w, "server", "net.ipv4.tcp_fastopen", "0x602"), 0);
	if (has_server)
		tcpsim_world_spawn(w, "server", "serve", serve, 0, NULL, 0);
	tcpsim_world_spawn(w, "client", "client", client, 0, NULL, 1000000);
	tcpsim_world_run(w, TCPSIM_FOREVER);
	cr_expect_eq(tcpsim_world_running(w), 0);
	tcpsim_world_free(w);
}

static void expect_all_after_a_round_trip(void)
{
	cr_expect_eq(came.sent, TEXT, "%zd, errno %d", came.sent, came.error);
	cr_expect_eq(came.served, TEXT, "%zu", came.served);
	cr_expect_float_eq(came.took_ms, 40.0, 0.01, "%g ms", came.took_ms);
}

Test(process_fastopen, a_send_that_blocks_waits_and_sends_the_rest)
{
	run(send_that_connects, "0x5", true);
	expect_all_after_a_round_trip();
}

Test(process_fastopen, without_a_cookie_too)
{
	run(send_that_connects, "0x1", true);
	expect_all_after_a_round_trip();
}

Test(process_fastopen, a_write_after_a_connect_that_was_put_off)
{
	run(connect_that_writes, "0x5", true);
	expect_all_after_a_round_trip();
}

Test(process_fastopen, who_does_not_block_waits_for_nothing)
{
	run(send_that_does_not_wait, "0x5", true);
	cr_expect_eq(came.took_ms, 0.0, "%g ms", came.took_ms);
	cr_expect(came.sent > 1000 && came.sent < 1460, "%zd", came.sent);
	cr_expect_eq(came.served, (size_t)came.sent, "%zu", came.served);

	run(send_that_does_not_wait, "0x1", false);
	cr_expect_eq(came.error, EINPROGRESS, "errno %d", came.error);
	cr_expect_eq(came.took_ms, 0.0, "%g ms", came.took_ms);
}

Test(process_fastopen, nobody_there_is_told_though_the_syn_took_text)
{
	run(send_that_connects, "0x5", false);
	cr_expect_eq(came.sent, -1, "%zd", came.sent);
	cr_expect_eq(came.error, ECONNREFUSED, "errno %d", came.error);
	cr_expect_float_eq(came.took_ms, 40.0, 0.01, "%g ms", came.took_ms);
}
