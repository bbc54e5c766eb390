#include "script/system/host.h"

#include "base/md5.h"
#include "script/language/parser.h"
#include "script/system/calls.h"
#include "script/system/events.h"
#include "script/system/info.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <tcpsim/socket.h>
#include <tcpsim/tcp_info.h>

/* The host's clock does not start at 0, as no system's does. */
#define EPOCH INT64_C(3600000000000)
/* A host that asks for the same moment again and again would hold time still. */
#define MOMENT_LIMIT 100000
/* The public suites' longest script takes 5,000 steps; its timers may run for years in vain. */
#define MOST_STEPS 1000000
/* Of packets that wait to be looked at. */
#define MOST_WAITING (16 << 20)

#define PACKET_MAX 70000

struct sent_packet {
	GBytes *bytes;
	int64_t time_ns;
};

struct sut_host {
	struct sut sut;
	struct tcpsim_pool *pool;
	struct tcpsim_host *host;
	struct shell *shell;
	struct sut_calls *calls;
	struct sut_events *events;
	struct sut_call *pending;
	bool call_done; /* the pending call is complete, and nobody was told yet */
	GQueue sent;	/* struct sent_packet */
	size_t waiting; /* bytes of these */
	unsigned steps;
	const char *trouble; /* NULL: none */
	int64_t now;	     /* of the host's clock */
	uint8_t *scratch;
};

static struct sut_host *self(struct sut *sut)
{
	return (struct sut_host *)sut;
}

enum sut_platform sut_platform_of(const struct tcpsim_profile *profile)
{
	return profile->option_order == TCPSIM_OPTIONS_BSD ? SUT_FREEBSD : SUT_LINUX;
}

static void sent_free(void *data)
{
	struct sent_packet *sent = data;

	g_bytes_unref(sent->bytes);
	g_free(sent);
}

static void host_free(struct sut *sut)
{
	struct sut_host *h = self(sut);

	shell_free(h->shell);
	sut_calls_free(h->calls);
	sut_events_free(h->events);
	g_queue_clear_full(&h->sent, sent_free);
	if (h->host != NULL)
		tcpsim_host_free(h->host);
	tcpsim_pool_free(h->pool);
	g_free(h->scratch);
	g_free(h);
}

static int64_t host_now(struct sut *sut)
{
	return self(sut)->now - EPOCH;
}

/* Everything the host wants sent goes to the queue, unless its device lets nothing out. */
static void drain(struct sut_host *h)
{
	struct tcpsim_packet *packet;

	while ((packet = tcpsim_host_transmit(h->host)) != NULL) {
		size_t len = tcpsim_packet_bytes(packet, h->scratch, PACKET_MAX);

		tcpsim_packet_free(packet);
		if (len > 0 && !h->shell->link_drops) {
			struct sent_packet *sent = g_new(struct sent_packet, 1);

			sent->bytes = g_bytes_new(h->scratch, len);
			h->waiting += len;
			sent->time_ns = h->now - EPOCH;
			g_queue_push_tail(&h->sent, sent);
		}
	}
}

static const char *host_trouble(struct sut *sut)
{
	return self(sut)->trouble;
}

static void try_pending(struct sut_host *h)
{
	if (h->pending == NULL)
		return;
	if (sut_calls_retry(h->calls, h->pending, h->now)) {
		h->pending->done_ns = h->now - EPOCH;
		h->pending = NULL;
		h->call_done = true;
	}
	drain(h);
}

static void host_call(struct sut *sut, struct sut_call *call)
{
	struct sut_host *h = self(sut);

	if ((h->pending != NULL && sut_calls_close_under(h->calls, h->pending, call)) ||
		sut_calls_start(h->calls, call, h->now)) {
		call->done_ns = h->now - EPOCH;
	} else if (h->pending == NULL) {
		h->pending = call;
	} else { /* one sleeper at a time */
		call->done = true;
		call->result = -1;
		call->error = EAGAIN;
		call->done_ns = h->now - EPOCH;
	}
	drain(h);
}

/* Has something come about that the caller waits for? */
static bool reached(struct sut_host *h, unsigned wanted, enum sut_wake *wake)
{
	if (h->call_done && (wanted & SUT_WANT_CALL)) {
		h->call_done = false;
		*wake = SUT_CALL;
		return true;
	}
	if ((wanted & SUT_WANT_PACKET) && !g_queue_is_empty(&h->sent)) {
		*wake = SUT_PACKET;
		return true;
	}
	return false;
}

static void step_to(struct sut_host *h, int64_t time)
{
	h->now = MAX(h->now, time);
	tcpsim_host_advance(h->host, h->now);
	drain(h);
	try_pending(h);
}

/* Virtual time is cheap, but not without end. */
static bool may_go_on(struct sut_host *h)
{
	if (++h->steps > MOST_STEPS)
		h->trouble = "the simulated host does a million things and does not come to rest";
	else if (h->waiting > MOST_WAITING)
		h->trouble =
			"the simulated host sends more than 16 MB that the script looks at none of";
	return h->trouble == NULL;
}

static enum sut_wake host_advance(struct sut *sut, int64_t until_ns, unsigned wanted)
{
	struct sut_host *h = self(sut);
	int64_t until = until_ns == SUT_FOREVER ? INT64_MAX : until_ns + EPOCH;
	unsigned same_moment = 0;
	enum sut_wake wake;

	try_pending(h);
	while (may_go_on(h)) {
		int64_t next = tcpsim_host_deadline(h->host),
			timeout = sut_calls_deadline(h->calls, h->pending);

		if (reached(h, wanted, &wake))
			return wake;
		next = MIN(next, timeout);
		if (next == INT64_MAX && until == INT64_MAX)
			return SUT_IDLE;
		if (next > until) {
			step_to(h, until);
			return reached(h, wanted, &wake) ? wake : SUT_TIME;
		}
		same_moment = next <= h->now ? same_moment + 1 : 0;
		if (same_moment > MOMENT_LIMIT)
			return SUT_IDLE;
		step_to(h, next);
		if (next == until && tcpsim_host_deadline(h->host) > until)
			return reached(h, wanted, &wake) ? wake : SUT_TIME;
	}
	return SUT_IDLE;
}

static void host_inject(struct sut *sut, const uint8_t *bytes, size_t len, unsigned segment_size)
{
	struct sut_host *h = self(sut);
	struct tcpsim_packet *packet = tcpsim_packet_from_bytes(h->pool, bytes, len);

	if (packet == NULL)
		return;
	packet->segment_size = (uint16_t)segment_size;
	tcpsim_host_receive(h->host, h->now, packet);
	drain(h);
	try_pending(h);
}

static GBytes *host_sent(struct sut *sut, int64_t *time_ns)
{
	struct sent_packet *sent = g_queue_pop_head(&self(sut)->sent);
	GBytes *bytes;

	if (sent == NULL)
		return NULL;
	bytes = sent->bytes;
	self(sut)->waiting -= g_bytes_get_size(bytes);
	*time_ns = sent->time_ns;
	g_free(sent);
	return bytes;
}

static int host_command(struct sut *sut, const char *text, GString *output)
{
	struct sut_host *h = self(sut);
	int status = shell_run(h->shell, text, output);

	drain(h);
	return status;
}

/* Memory of a socket, as SO_MEMINFO's names have it: the two limits. */
static void memory_info(struct tcpsim_host *host, int fd, sut_field_fn each, void *context)
{
	int receive = 0, send = 0;
	socklen_t len = sizeof(int);

	if (tcpsim_getsockopt(host, fd, SOL_SOCKET, SO_RCVBUF, &receive, &len) >= 0)
		each(context, "SK_MEMINFO_RCVBUF", receive);
	if (tcpsim_getsockopt(host, fd, SOL_SOCKET, SO_SNDBUF, &send, &len) >= 0)
		each(context, "SK_MEMINFO_SNDBUF", send);
}

static bool host_info(struct sut *sut, int fd, sut_field_fn each, void *context)
{
	struct tcpsim_tcp_info info = {0};
	socklen_t len = sizeof(info);

	if (tcpsim_getsockopt(self(sut)->host, fd, IPPROTO_TCP, 11 /* TCP_INFO */, &info, &len) < 0)
		return false;
	sut_info_each(&info, sizeof(info), each, context);
	memory_info(self(sut)->host, fd, each, context);
	return true;
}

static void host_explain(struct sut *sut, GString *output, unsigned lines)
{
	sut_events_text(self(sut)->events, EPOCH, lines, output);
}

static const struct sut_ops OPS = {.free = host_free,
	.now = host_now,
	.call = host_call,
	.advance = host_advance,
	.inject = host_inject,
	.sent = host_sent,
	.command = host_command,
	.info = host_info,
	.trouble = host_trouble,
	.explain = host_explain};

static void on_event(void *context, const struct tcpsim_event *event)
{
	sut_events_add(((struct sut_host *)context)->events, event);
}

static void on_wake(void *context, struct tcpsim_host *host, int fd)
{
	/* Every step of time tries the pending call again, so there is nothing to note. */
}

/* Scripts change it: `ip route change 192.0.2.1 ...`. */
static int add_peer_route(
	struct tcpsim_host *host, const struct script_config *config, int interface)
{
	bool v4 = tcpsim_addr_is_v4(&config->remote);
	struct tcpsim_route_metrics metrics = {.priority = v4 ? 0 : TCPSIM_ROUTE_PRIORITY_V6};

	return tcpsim_host_add_route(host, &config->remote, v4 ? 32 : 128, interface, &metrics);
}

/* One device with the script's address, a route to the peer, as packetdrill has it, and one to
 * everywhere behind it. */
static int set_up_network(struct tcpsim_host *host, const struct script_config *config)
{
	struct tcpsim_route_metrics last = {.priority = config->ip_version == SCRIPT_IPV6};
	struct tcpsim_addr anywhere =
		config->ip_version == SCRIPT_IPV6 ? (struct tcpsim_addr){0} : tcpsim_addr_v4(0);
	int interface = tcpsim_host_add_interface(host, "tun0", config->mtu), error;

	if (interface < 0)
		return interface;
	tcpsim_host_set_up(host, interface, true);
	error = tcpsim_host_add_address(host, interface, &config->local, config->prefix_len);
	if (error >= 0)
		error = tcpsim_host_add_route(host, &anywhere, 0, interface, &last);
	if (error >= 0)
		error = add_peer_route(host, config, interface);
	return error < 0 ? error : interface;
}

struct sut *sut_host_new(const struct tcpsim_profile *profile, const struct script_config *config,
	const struct script_files *files, bool allow_shell, GError **error)
{
	struct sut_host *h = g_new0(struct sut_host, 1);
	struct tcpsim_host_config settings = {.profile = profile,
		.id = 1,
		.seed = 1,
		.start_ns = EPOCH,
		.md5 = base_md5,
		.on_event = on_event,
		.on_wake = on_wake,
		.context = h};
	int interface;

	h->sut = (struct sut){.ops = &OPS, .platform = config->platform, .epoch_ns = EPOCH};
	h->now = EPOCH;
	h->scratch = g_malloc(PACKET_MAX);
	g_queue_init(&h->sent);
	h->events = sut_events_new();
	h->pool = settings.pool = tcpsim_pool_new();
	h->host = tcpsim_host_new(&settings);
	interface = h->host != NULL ? set_up_network(h->host, config) : -ENOMEM;
	if (interface < 0) {
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_SETTING,
			"the host cannot be set up: %s", g_strerror(-interface));
		host_free(&h->sut);
		return NULL;
	}
	h->shell = shell_new(h->host, interface, "tun0", files);
	h->shell->allow_programs = allow_shell;
	h->calls = sut_calls_new(h->host, h->shell);
	return &h->sut;
}
