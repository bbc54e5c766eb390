#include "live/sut_kernel.h"

#include "live/kernel_calls.h"
#include "live/kernel_shell.h"
#include "live/sleeper.h"
#include "live/tun.h"
#include "live/watch.h"
#include "script/shell/store.h"
#include "script/system/info.h"
#include "time_units.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define DEVICE	   "tun0"
#define PACKET_MAX 70000
/* The kernel cannot say that nothing will ever happen again; nothing that a script waits for takes
 * longer than this. */
#define PATIENCE INT64_C(200000000000)

struct sent_packet {
	GBytes *bytes;
	int64_t time_ns;
};

struct sut_kernel {
	struct sut sut;
	int tun, watch;
	bool owns_tun;
	bool joined;   /* the script says what size the joined segments have: `--mss` */
	int64_t start; /* CLOCK_MONOTONIC at time 0 */
	/* the other clock, by which the kernel stamps packets, at the same moment */
	int64_t start_realtime;
	struct sleeper *sleeper;
	struct sut_call *pending;
	bool call_done; /* the pending call is over, and nobody was told yet */
	GQueue sent;	/* struct sent_packet */
	struct shell *shell;
	GPtrArray *pinned; /* octets that the kernel was given to send from where they are */
	uint8_t buffer[PACKET_MAX];
};

static struct sut_kernel *self(struct sut *sut)
{
	return (struct sut_kernel *)sut;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static int64_t monotonic(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static int64_t kernel_now(struct sut *sut)
{
	return monotonic() - self(sut)->start;
}

/* Multicast listener reports and the like are the interface's, not the connection's: only TCP and
 * ICMP errors are told. */
static bool concerns_tcp(const uint8_t *bytes, size_t len)
{
	if (len >= 20 && bytes[0] >> 4 == 4)
		return bytes[9] != IPPROTO_IGMP;
	if (len >= 48 && bytes[0] >> 4 == 6) {
		if (bytes[6] == IPPROTO_HOPOPTS)
			return false;
		return bytes[6] != IPPROTO_ICMPV6 || bytes[40] < 128;
	}
	return true;
}

static void take_packets(struct sut_kernel *k)
{
	int64_t time;
	size_t n;

	/* The device's own queue is emptied so that it never fills; what was in it is told by the
	 * watch. */
	while (read(k->tun, k->buffer, sizeof(k->buffer)) > 0)
		;
	while ((n = live_watch_next(k->watch, k->buffer, sizeof(k->buffer), &time)) > 0) {
		struct sent_packet *sent;

		if (!concerns_tcp(k->buffer, n))
			continue;
		sent = g_new(struct sent_packet, 1);
		sent->bytes = g_bytes_new(k->buffer, n);
		sent->time_ns = MAX(time - k->start_realtime, 0);
		g_queue_push_tail(&k->sent, sent);
	}
}

static void complete(struct sut_kernel *k, struct sut_call *call)
{
	call->done = true;
	call->done_ns -= k->start; /* kernel_call_make() noted the clock */
}

static void look_at_pending(struct sut_kernel *k)
{
	if (k->pending == NULL || !sleeper_done(k->sleeper))
		return;
	complete(k, k->pending);
	k->pending = NULL;
	k->call_done = true;
}

/* A file of the script's folder, read by the shell's rule and handed over as the kernel's own. */
static void open_file(struct sut_kernel *k, struct sut_call *call)
{
	GString *complaint = g_string_new(NULL),
		*bytes = shell_read_file(k->shell, call->path, complaint);

	call->result = bytes != NULL ? memfd_create("script", 0) : -1;
	call->error = bytes == NULL ? ENOENT : errno;
	if (bytes != NULL && call->result >= 0 &&
		write((int)call->result, bytes->str, bytes->len) != (ssize_t)bytes->len)
		call->error = EIO;
	call->done_ns = monotonic();
	if (bytes != NULL)
		g_string_free(bytes, TRUE);
	g_string_free(complaint, TRUE);
}

/* With MSG_ZEROCOPY the kernel reads what is written when it leaves, also when it leaves again. */
static void pin(struct sut_kernel *k, struct sut_call *call)
{
	if (call->nr < SUT_SEND || call->nr > SUT_SENDMSG || !(call->ints[0] & MSG_ZEROCOPY))
		return;
	for (size_t i = 0; i < call->msg.msg_iovlen; i++) {
		struct iovec *part = &call->msg.msg_iov[i];

		if (part->iov_base == NULL || part->iov_len == 0)
			continue;
		part->iov_base = g_memdup2(part->iov_base, part->iov_len);
		g_ptr_array_add(k->pinned, part->iov_base);
	}
}

static void kernel_call(struct sut *sut, struct sut_call *call)
{
	struct sut_kernel *k = self(sut);

	pin(k, call);
	if (call->nr == SUT_OPEN) {
		open_file(k, call);
		complete(k, call);
	} else if (k->pending == NULL && kernel_call_may_sleep(call)) {
		if (sleeper_start(k->sleeper, call))
			complete(k, call);
		else
			k->pending = call;
	} else if (kernel_call_may_sleep(call)) { /* one sleeper at a time, as for every system */
		call->result = -1;
		call->error = EAGAIN;
		call->done_ns = monotonic();
		complete(k, call);
	} else {
		kernel_call_make(call);
		complete(k, call);
	}
	take_packets(k);
}

/* Has something come about that the caller waits for? */
static bool reached(struct sut_kernel *k, unsigned wanted, enum sut_wake *wake)
{
	if (k->call_done && (wanted & SUT_WANT_CALL)) {
		k->call_done = false;
		*wake = SUT_CALL;
		return true;
	}
	if ((wanted & SUT_WANT_PACKET) && !g_queue_is_empty(&k->sent)) {
		*wake = SUT_PACKET;
		return true;
	}
	return false;
}

static void sleep_until(struct sut_kernel *k, int64_t until)
{
	struct pollfd fds[] = {{.fd = k->watch, .events = POLLIN},
		{.fd = sleeper_fd(k->sleeper), .events = POLLIN}};
	int64_t ahead = until - (monotonic() - k->start), rest = MAX(ahead, 0);
	struct timespec span = {.tv_sec = rest / 1000000000, .tv_nsec = rest % 1000000000};

	ppoll(fds, G_N_ELEMENTS(fds), &span, NULL);
}

static enum sut_wake kernel_advance(struct sut *sut, int64_t until_ns, unsigned wanted)
{
	struct sut_kernel *k = self(sut);
	int64_t give_up = monotonic() - k->start + PATIENCE;
	enum sut_wake wake;

	for (;;) {
		int64_t now;

		take_packets(k);
		look_at_pending(k);
		now = monotonic() - k->start;
		if (reached(k, wanted, &wake))
			return wake;
		if (now >= until_ns)
			return SUT_TIME;
		if (now >= give_up)
			return SUT_IDLE;
		sleep_until(k, MIN(until_ns, give_up));
	}
}

static void kernel_inject(struct sut *sut, const uint8_t *bytes, size_t len, unsigned segment_size)
{
	struct sut_kernel *k = self(sut);

	/* What the kernel will not have at its door is lost, as on a wire. */
	if (k->joined)
		live_tun_write_joined(k->tun, bytes, len, segment_size);
	else if (write(k->tun, bytes, len) < 0)
		take_packets(k);
	take_packets(k);
	look_at_pending(k);
}

static GBytes *kernel_sent(struct sut *sut, int64_t *time_ns)
{
	struct sent_packet *sent = g_queue_pop_head(&self(sut)->sent);
	GBytes *bytes;

	if (sent == NULL)
		return NULL;
	bytes = sent->bytes;
	*time_ns = sent->time_ns;
	g_free(sent);
	return bytes;
}

static int kernel_command(struct sut *sut, const char *text, GString *output)
{
	return shell_run(self(sut)->shell, text, output);
}

static void kernel_begin(struct sut *sut)
{
	struct sut_kernel *k = self(sut);

	k->start = monotonic();
	k->start_realtime = clock_ns(CLOCK_REALTIME);
	sut->epoch_ns = k->start_realtime;
}

static bool kernel_info(struct sut *sut, int fd, sut_field_fn each, void *context)
{
	uint8_t info[512] = {0};
	socklen_t len = sizeof(info);
	int receive = 0, send = 0;

	if (getsockopt(fd, IPPROTO_TCP, 11 /* TCP_INFO */, info, &len) != 0)
		return false;
	sut_info_each(info, len, each, context);
	len = sizeof(int);
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, &len) == 0)
		each(context, "SK_MEMINFO_RCVBUF", receive);
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send, &len) == 0)
		each(context, "SK_MEMINFO_SNDBUF", send);
	return true;
}

static void sent_free(void *data)
{
	struct sent_packet *sent = data;

	g_bytes_unref(sent->bytes);
	g_free(sent);
}

static void kernel_free(struct sut *sut)
{
	struct sut_kernel *k = self(sut);

	sleeper_free(k->sleeper);
	g_queue_clear_full(&k->sent, sent_free);
	shell_free(k->shell);
	g_ptr_array_unref(k->pinned);
	close(k->watch);
	if (k->owns_tun)
		close(k->tun);
	g_free(k);
}

static const struct sut_ops OPS = {.free = kernel_free,
	.now = kernel_now,
	.call = kernel_call,
	.advance = kernel_advance,
	.inject = kernel_inject,
	.sent = kernel_sent,
	.command = kernel_command,
	.info = kernel_info,
	.begin = kernel_begin};

/* Other work of the machine must not come between an event and its time, where that may be asked
 * for. */
static void ask_for_the_processor(void)
{
	struct sched_param first = {.sched_priority = 1};

	if (sched_setscheduler(0, SCHED_FIFO, &first) != 0)
		setpriority(PRIO_PROCESS, 0, -20);
}

struct sut *sut_kernel_on(int tun, const struct script_files *files, GError **error)
{
	struct sut_kernel *k;
	int watch = live_watch_open(DEVICE, error);

	if (watch < 0)
		return NULL;
	ask_for_the_processor();
	k = g_new0(struct sut_kernel, 1);
	k->watch = watch;
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); /* a sleep is to end when it was to */
	k->sut = (struct sut){.ops = &OPS, .platform = SUT_LINUX};
	k->tun = tun;
	k->sleeper = sleeper_new();
	k->shell = kernel_shell_new(files, DEVICE);
	g_queue_init(&k->sent);
	k->pinned = g_ptr_array_new_with_free_func(g_free);
	kernel_begin(&k->sut);
	return &k->sut;
}

struct sut *sut_kernel_new(
	const struct script_config *config, const struct script_files *files, GError **error)
{
	struct live_tun_address address = {config->local, config->prefix_len};
	struct live_tun_config device = {.name = DEVICE,
		.mtu = (int)config->mtu,
		.addresses = &address,
		.n_addresses = 1,
		.joined = config->mss > 0};
	struct sut *sut;
	int tun;

	if (!live_namespace_enter(error))
		return NULL;
	tun = live_tun_open(&device, error);
	if (tun < 0)
		return NULL;
	/* As packetdrill has it: scripts change this route. Who needs it and lacks it
	 * will say so. */
	live_tun_route(DEVICE, &config->remote, &config->gateway);
	sut = sut_kernel_on(tun, files, error);
	if (sut == NULL) {
		close(tun);
		return NULL;
	}
	self(sut)->owns_tun = true;
	self(sut)->joined = config->mss > 0;
	return sut;
}
