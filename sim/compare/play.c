#include "compare/play.h"

#include "base/pattern.h"
#include "compare/account_sut.h"
#include "script/system/host.h"
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <tcpsim/options.h>
#include <wire/build.h>
#include <wire/ip.h>
#include <wire/wire.h>

#define BUFFER_MAX 70000
#define WAITER_NS                                                                                  \
	INT64_C(300000) /* in which a thread runs, and no timer is due (a jiffy is 4 ms) */
/* Streams of pattern_byte(): the peer's of a connection, and the program's of a descriptor. */
#define PEER_STREAM(n)	  (1000u + (n))
#define PROGRAM_STREAM(n) (2000u + (unsigned)(n))

static const uint32_t PEER_ISS[SCENARIO_CONNECTIONS] = {1000000, 4294900000u, 77000000};

uint32_t player_peer_iss(unsigned connection)
{
	return PEER_ISS[connection];
}

void player_begin(struct player *player, const struct scenario *scenario, struct sut *sut)
{
	*player = (struct player){.account = account_new()};
	player->sut = account_sut(sut, player->account, &player->event);
	player->buffers = g_ptr_array_new_with_free_func(g_free);
	scenario_config(scenario, &player->config);
	for (guint i = 0; i < scenario->settings->len; i++) {
		const struct scenario_setting *s =
			&g_array_index(scenario->settings, struct scenario_setting, i);
		char *command = g_strdup_printf("sysctl -q -w %s=\"%s\"", s->name, s->value);
		GString *output = g_string_new(NULL);

		if (sut->ops->command(sut, command, output) != 0)
			account_add(player->account, ACCOUNT_STATE, 0)->text =
				g_strdup(output->str);
		g_string_free(output, TRUE);
		g_free(command);
	}
}

static void learn(struct player *player, const struct tcpsim_segment *s)
{
	struct played_connection *c;
	int n = s->dst_port - SCENARIO_PEER_PORT(0);

	if (n < 0 || n >= SCENARIO_CONNECTIONS)
		return;
	c = &player->connections[n];
	if (s->flags & TCPSIM_SYN) { /* the newest incarnation's */
		c->has_iss = true;
		c->iss = s->seq.n;
	}
	if (c->local_port == 0)
		c->local_port = s->src_port;
	if (s->options.present & TCPSIM_HAS_TIMESTAMP)
		c->last_ts = s->options.ts_val;
	if (player->saw != NULL)
		player->saw(player->context, (unsigned)n, s);
}

static void look(struct player *player)
{
	GBytes *bytes;
	int64_t time;

	while ((bytes = player->sut->ops->sent(player->sut, &time)) != NULL) {
		struct wire_packet p;
		gsize len;
		const uint8_t *data = g_bytes_get_data(bytes, &len);

		wire_parse(data, len, WIRE_SUMS, &p);
		if (p.kind == WIRE_TCP)
			learn(player, &p.segment);
		g_bytes_unref(bytes);
	}
	if (player->pending != NULL && player->pending->done)
		player->pending = NULL;
}

void player_wait(struct player *player, int64_t until_ns, bool packet)
{
	enum sut_wake wake;

	do {
		wake = player->sut->ops->advance(player->sut, until_ns,
			SUT_WANT_PACKET | (player->pending != NULL ? SUT_WANT_CALL : 0));
		look(player);
	} while (!packet && wake != SUT_TIME && wake != SUT_IDLE);
}

/* --- segments --- */

static uint8_t *put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	return put16(put16(at, (uint16_t)(value >> 16)), (uint16_t)value);
}

static uint8_t *put_timestamp(
	uint8_t *at, const struct played_connection *c, const struct scenario_segment *s)
{
	*at++ = TCPSIM_OPT_TIMESTAMP;
	*at++ = 10;
	at = put32(at, s->ts_val);
	return put32(at, s->ecr_is_absolute ? s->ts_ecr : c->last_ts + s->ts_ecr);
}

/* The order in which Linux itself writes them, NOPs where they align. */
static size_t put_options(
	uint8_t *out, const struct played_connection *c, const struct scenario_segment *s)
{
	uint8_t *at = out;

	if (s->has & TCPSIM_HAS_MSS) {
		*at++ = TCPSIM_OPT_MSS;
		*at++ = 4;
		at = put16(at, s->mss);
	}
	if (s->has & TCPSIM_HAS_SACK_PERMITTED) {
		if (!(s->has & TCPSIM_HAS_TIMESTAMP))
			*at++ = TCPSIM_OPT_NOP, *at++ = TCPSIM_OPT_NOP;
		*at++ = TCPSIM_OPT_SACK_PERMITTED;
		*at++ = 2;
	}
	if (s->has & TCPSIM_HAS_TIMESTAMP) {
		if (!(s->has & TCPSIM_HAS_SACK_PERMITTED))
			*at++ = TCPSIM_OPT_NOP, *at++ = TCPSIM_OPT_NOP;
		at = put_timestamp(at, c, s);
	}
	if (s->has & TCPSIM_HAS_WSCALE) {
		*at++ = TCPSIM_OPT_NOP;
		*at++ = TCPSIM_OPT_WSCALE;
		*at++ = 3;
		*at++ = s->wscale;
	}
	if (s->n_sack > 0) {
		*at++ = TCPSIM_OPT_NOP, *at++ = TCPSIM_OPT_NOP;
		*at++ = TCPSIM_OPT_SACK;
		*at++ = (uint8_t)(2 + 8 * s->n_sack);
		for (unsigned i = 0; i < s->n_sack; i++)
			at = put32(put32(at, c->iss + s->sack[i].start), c->iss + s->sack[i].end);
	}
	return (size_t)(at - out);
}

static bool send_segment(struct player *player, const struct scenario_segment *s)
{
	static uint8_t bytes[BUFFER_MAX];
	const struct played_connection *c = &player->connections[s->connection];
	uint16_t local = c->local_port != 0 ? c->local_port : SCENARIO_LISTEN_PORT;
	uint8_t options[64], *payload;
	struct tcpsim_segment segment = {.src = player->config.remote,
		.dst = player->config.local,
		.ip_version = player->config.ip_version == SCRIPT_IPV6 ? 6 : 4,
		.src_port = SCENARIO_PEER_PORT(s->connection),
		.dst_port = local,
		.seq = {PEER_ISS[s->connection] + s->seq},
		.ack = {s->flags & TCPSIM_ACK ? c->iss + s->ack : 0},
		.flags = s->flags,
		.window = s->window,
		.urgent = s->urgent,
		.tos = s->tos,
		.ttl = s->ttl,
		.len = s->len};
	size_t n = put_options(options, c, s), headers;

	segment.options.raw = options;
	segment.options.raw_len = (uint8_t)n;
	segment.header_len = (uint8_t)(20 + n);
	payload = g_malloc(MAX(s->len, 1));
	pattern_fill(PEER_STREAM(s->connection), s->seq - 1u, payload, s->len);
	headers = wire_build_headers(&segment, 0, true, payload, bytes);
	memcpy(bytes + headers, payload, s->len);
	g_free(payload);
	player->sut->ops->inject(player->sut, bytes, headers + s->len, 0);
	return true;
}

static bool send_icmp(struct player *player, const struct scenario_icmp *icmp)
{
	const struct played_connection *c = &player->connections[icmp->connection];
	struct tcpsim_segment quoted = {.src = player->config.local,
		.dst = player->config.remote,
		.ip_version = player->config.ip_version == SCRIPT_IPV6 ? 6 : 4,
		.src_port = c->local_port != 0 ? c->local_port : SCENARIO_LISTEN_PORT,
		.dst_port = SCENARIO_PEER_PORT(icmp->connection),
		.seq = {c->iss + icmp->seq},
		.flags = TCPSIM_ACK,
		.ttl = 64,
		.header_len = 20};
	uint8_t headers[128], bytes[1500];
	size_t n = wire_build_headers(&quoted, 0, true, NULL, headers);

	n = wire_build_icmp_error(&player->config.gateway, &player->config.local, icmp->type,
		icmp->code, icmp->mtu, headers, n, bytes, sizeof(bytes));
	player->sut->ops->inject(player->sut, bytes, n, 0);
	return true;
}

/* --- calls --- */

static void *buffer(struct player *player, size_t size)
{
	void *bytes = g_malloc0(MAX(size, 1));

	g_ptr_array_add(player->buffers, bytes);
	return bytes;
}

static void put_address(const struct player *player, struct sut_call *call,
	const struct tcpsim_addr *addr, uint16_t port)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};

	if (player->config.ip_version == SCRIPT_IPV6) {
		memcpy(&v6.sin6_addr, addr->b, 16);
		memcpy(&call->addr, &v6, sizeof(v6));
		call->addr_len = sizeof(v6);
	} else {
		memcpy(&v4.sin_addr, addr->b + 12, 4);
		memcpy(&call->addr, &v4, sizeof(v4));
		call->addr_len = sizeof(v4);
	}
}

static bool writes(enum sut_nr nr)
{
	return nr == SUT_WRITE || nr == SUT_SEND || nr == SUT_SENDMSG || nr == SUT_WRITEV;
}

static void put_message(struct player *player, struct sut_call *call, const struct scenario_call *c)
{
	struct iovec *iov = buffer(player, sizeof(*iov));

	iov->iov_len = c->len;
	iov->iov_base = buffer(player, c->len);
	if (writes(c->nr) && c->fd >= 0 && c->fd < (int)G_N_ELEMENTS(player->written))
		pattern_fill(PROGRAM_STREAM(c->fd), player->written[c->fd], iov->iov_base, c->len);
	call->msg.msg_iov = iov;
	call->msg.msg_iovlen = 1;
}

static void put_arguments(
	struct player *player, struct sut_call *call, const struct scenario_call *c)
{
	switch (c->nr) {
	case SUT_BIND:
		put_address(player, call, &player->config.local, (uint16_t)c->ints[0]);
		break;
	case SUT_CONNECT:
		put_address(
			player, call, &player->config.remote, SCENARIO_PEER_PORT(c->connection));
		break;
	case SUT_SETSOCKOPT:
	case SUT_GETSOCKOPT:
		call->data = buffer(player, 64);
		call->data_len = c->len;
		memcpy(call->data, c->value, sizeof(c->value));
		break;
	case SUT_IOCTL:
		call->number = c->value[0];
		call->data = buffer(player, sizeof(int));
		break;
	case SUT_POLL:
		call->polls = buffer(player, sizeof(*call->polls));
		*call->polls = (struct pollfd){.fd = c->fd, .events = (short)c->value[0]};
		break;
	default:
		if (c->nr >= SUT_READ && c->nr <= SUT_SENDMSG)
			put_message(player, call, c);
	}
}

static bool make_call(struct player *player, const struct scenario_call *c)
{
	struct sut_call *call;

	if (player->pending != NULL && c->may_block)
		return false;
	call = buffer(player, sizeof(*call));
	call->nr = c->nr;
	call->fd = c->fd;
	memcpy(call->ints, c->ints, sizeof(call->ints));
	put_arguments(player, call, c);
	player->sut->ops->call(player->sut, call);
	if (!call->done)
		player->pending = call;
	else if (writes(c->nr) && call->result > 0 && c->fd < (int)G_N_ELEMENTS(player->written))
		player->written[c->fd] += (uint64_t)call->result;
	return true;
}

/* --- what is asked for after each event --- */

struct figures {
	GString *states, *info;
	int64_t state;
};

/* Figures that say what TCP decided, and not when a program asked for them. */
static bool compared(const char *name)
{
	static const char *const NAMES[] = {"tcpi_ca_state", "tcpi_retransmits", "tcpi_probes",
		"tcpi_backoff", "tcpi_options", "tcpi_snd_wscale", "tcpi_rcv_wscale",
		"tcpi_snd_mss", "tcpi_rcv_mss", "tcpi_unacked", "tcpi_sacked", "tcpi_lost",
		"tcpi_retrans", "tcpi_pmtu", "tcpi_rcv_ssthresh", "tcpi_snd_ssthresh",
		"tcpi_snd_cwnd", "tcpi_advmss", "tcpi_reordering", "tcpi_rcv_space",
		"tcpi_total_retrans", "tcpi_bytes_acked", "tcpi_bytes_received", "tcpi_segs_out",
		"tcpi_segs_in", "tcpi_notsent_bytes", "tcpi_data_segs_in", "tcpi_data_segs_out",
		"tcpi_delivered", "tcpi_bytes_sent", "tcpi_bytes_retrans", "tcpi_dsack_dups",
		"tcpi_reord_seen", "tcpi_rcv_ooopack", "tcpi_snd_wnd", NULL};

	return g_strv_contains(NAMES, name);
}

static void take_figure(void *context, const char *name, int64_t value)
{
	struct figures *f = context;

	if (strcmp(name, "tcpi_state") == 0)
		f->state = value;
	else if (compared(name))
		g_string_append_printf(
			f->info, " %s=%" G_GINT64_FORMAT, name + strlen("tcpi_"), value);
}

static void ask_for_states(struct player *player)
{
	struct figures f = {.states = g_string_new(NULL), .info = g_string_new(NULL)};
	struct account_entry *entry;

	for (int fd = 3; fd < 12; fd++) {
		f.state = -1;
		g_string_append_printf(f.info, "%s%d:", fd > 3 ? " " : "", fd);
		if (player->sut->ops->info(player->sut, fd, take_figure, &f))
			g_string_append_printf(f.states, "%s%d:%" G_GINT64_FORMAT,
				f.states->len > 0 ? " " : "", fd, f.state);
	}
	entry = account_add(player->account, ACCOUNT_STATE, player->sut->ops->now(player->sut));
	entry->event = player->event;
	entry->text = g_string_free(f.states, FALSE);
	entry->extra = g_string_free(f.info, FALSE);
}

/* A call that waits may be over by the event: whoever waited has his turn before the states are asked
 * for, as what he does then shows in them. */
static void let_waiter_run(struct player *player)
{
	int64_t now = player->sut->ops->now(player->sut);

	if (player->pending != NULL)
		player_wait(player, now + WAITER_NS, false);
}

bool player_do(struct player *player, const struct scenario_event *event)
{
	bool done = false;

	switch (event->kind) {
	case SCENARIO_SEGMENT: done = send_segment(player, &event->segment); break;
	case SCENARIO_ICMP: done = send_icmp(player, &event->icmp); break;
	case SCENARIO_CALL: done = make_call(player, &event->call); break;
	}
	look(player);
	let_waiter_run(player);
	ask_for_states(player);
	player->event++;
	return done;
}

struct account *player_end(struct player *player)
{
	player->sut->ops->free(player->sut);
	script_config_clear(&player->config);
	g_ptr_array_unref(player->buffers);
	return player->account;
}

struct account *scenario_play(const struct scenario *scenario, struct sut *sut)
{
	struct player player;

	player_begin(&player, scenario, sut);
	for (guint i = 0; i < scenario->events->len; i++) {
		const struct scenario_event *event =
			&g_array_index(scenario->events, struct scenario_event, i);

		player_wait(&player, event->time_ns, false);
		player_do(&player, event);
	}
	player_wait(&player, scenario->end_ns, false);
	ask_for_states(&player);
	return player_end(&player);
}

struct sut *scenario_model(const struct scenario *scenario, const struct tcpsim_profile *profile,
	const struct script_files *files, GError **error)
{
	struct script_config config;
	struct sut *sut;

	scenario_config(scenario, &config);
	sut = sut_host_new(profile, &config, files, false, error);
	script_config_clear(&config);
	return sut;
}

struct account *scenario_play_model(
	const struct scenario *scenario, const struct tcpsim_profile *profile, GError **error)
{
	struct script_files *files = script_files_new(NULL, NULL);
	struct sut *sut = scenario_model(scenario, profile, files, error);
	struct account *account = sut != NULL ? scenario_play(scenario, sut) : NULL;

	script_files_free(files);
	return account;
}
