/* What has ended waits for nothing: no timer of its own is left, whatever is still asked of its
 * socket. */
#include <criterion/criterion.h>
#include <string.h>
#include <tcpsim/testkit.h>

static void read_all(struct tcpsim_peer *peer, size_t each)
{
	char bytes[2000];
	struct iovec vector = {bytes, each};
	struct msghdr msg = {.msg_iov = &vector, .msg_iovlen = 1};
	int calls = 0;

	while (calls++ < 3000 &&
		tcpsim_recvmsg(peer_host(peer), peer_fd(peer), &msg, MSG_DONTWAIT) > 0)
		;
}

/* Text and a FIN have come, then the connection ends, and the program reads only now. */
static void expect_rest(
	const struct tcpsim_profile *profile, const char *ends, bool shut, size_t each)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, profile);

	peer_sends(peer, "P. 1:1461(1460) ack 1 win 8760");
	peer_sends(peer, "F. 1461:1461(0) ack 1 win 8760");
	if (shut)
		tcpsim_shutdown(peer_host(peer), peer_fd(peer), SHUT_RDWR);
	peer_sends(peer, ends);
	expect_state(peer, TCPSIM_CLOSED);
	read_all(peer, each);
	for (int step = 0; step < 50 && tcpsim_host_deadline(peer_host(peer)) != INT64_MAX; step++)
		tcpsim_host_advance(peer_host(peer), tcpsim_host_deadline(peer_host(peer)));
	cr_expect_eq(tcpsim_host_deadline(peer_host(peer)), INT64_MAX,
		"%s is never at rest after reads of %zu", profile->name, each);
	peer_free(peer);
}

Test(timers, closed_read_starts_none, .timeout = 60)
{
	for (size_t i = 0; tcpsim_profiles[i] != NULL; i++)
		for (size_t each = 1; each <= 2000; each = each * 4 + 1) {
			expect_rest(
				tcpsim_profiles[i], ". 1462:1462(0) ack 2 win 8760", true, each);
			expect_rest(tcpsim_profiles[i], "R. 1462:1462(0) ack 1 win 0", false, each);
		}
}
