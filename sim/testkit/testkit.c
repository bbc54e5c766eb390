#include <tcpsim/testkit.h>

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <script/parser.h>
#include <stdio.h>
#include <wire/options.h>
#include <wire/wire.h>

#define HOST_ADDR 0xc0a80001u /* 192.168.0.1 */
#define PEER_ADDR 0xc0000201u /* 192.0.2.1 */
#define PORT	  8080
#define PEER_PORT 49152

struct step {
	enum tcp_state before, after;
	enum tcp_rule rule;
};

/* When each is due; INT64_MAX: it does not run. */
struct timers {
	int64_t due[TCP_NTIMERS];
};

struct peer {
	struct peer_options options;
	struct tcpsim_pool *pool;
	struct tcpsim_host *host;
	int listener, fd;
	uint32_t connection; /* the newest that left CLOSED or LISTEN; before that the listener's */
	tcp_seq iss;	     /* the host's, once it is seen */
	bool iss_known;
	uint16_t host_port, peer_port;
	GArray *path; /* struct step */
	enum tcp_rule last_rule;
	GArray *timers; /* struct timers, by the number of the connection */
	GString *text;
};

static void abort_test(const char *text)
{
	fprintf(stderr, "%s\n", text);
	abort();
}

static peer_failure_fn on_failure = abort_test;

void peer_on_failure(peer_failure_fn fn)
{
	on_failure = fn ? fn : abort_test;
}

static void fail(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void fail(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	on_failure(text);
	g_free(text);
}

/* --- the event stream --- */

static struct timers *timers_of(struct peer *peer, uint32_t connection)
{
	struct timers none;

	for (int i = 0; i < TCP_NTIMERS; i++)
		none.due[i] = INT64_MAX;
	while (peer->timers->len <= connection)
		g_array_append_val(peer->timers, none);
	return &g_array_index(peer->timers, struct timers, connection);
}

static bool take_timer(struct peer *peer, const struct tcp_event *event)
{
	int64_t due;

	switch (event->kind) {
	case TCP_EVENT_TIMER_SET: due = event->deadline_ns; break;
	case TCP_EVENT_TIMER_FIRED:
	case TCP_EVENT_TIMER_STOPPED: due = INT64_MAX; break;
	default: return false;
	}
	timers_of(peer, event->connection)->due[event->timer] = due;
	return true;
}

static void take_event(void *context, const struct tcp_event *event)
{
	struct peer *peer = context;
	struct step step = {event->before, event->after, event->rule};

	if (take_timer(peer, event))
		return;
	if (event->rule != TCP_RULE_NONE)
		peer->last_rule = event->rule;
	if (event->kind != TCP_EVENT_STATE)
		return;
	if (step.before == TCP_CLOSED && step.after == TCP_LISTEN && !peer->connection)
		peer->connection = event->connection;
	if (step.before == TCP_LISTEN || (step.before == TCP_CLOSED && step.after != TCP_LISTEN))
		peer->connection = event->connection;
	g_array_append_val(peer->path, step);
}

/* --- segments as text --- */

static const struct script_packet *parse_segment(
	const char *text, bool outbound, struct script **script)
{
	char *line = g_strdup_printf("0 %c %s\n", outbound ? '>' : '<', text);
	GError *error = NULL;

	*script = script_parse("segment", line, strlen(line), NULL, &error);
	if (!*script)
		g_error("%s: %s", text, error->message); /* the test's own mistake */
	g_free(line);
	return &(*script)->events->packet;
}

static size_t option_bytes(const struct script_packet *packet, uint8_t *out)
{
	size_t len = 0;

	for (const struct script_tcp_option *o = packet->options; o; o = o->next) {
		memcpy(out + len, o->bytes, o->len);
		len += o->len;
	}
	while (len % 4)
		out[len++] = TCP_OPT_EOL;
	return len;
}

void peer_sends(struct peer *peer, const char *text)
{
	struct script *script;
	const struct script_packet *packet = parse_segment(text, false, &script);
	uint8_t options[TCP_MAX_OPTIONS_LEN + 4], bytes[TCPSIM_HEADERS_MAX + 65536] = {0};
	struct tcp_segment seg = {.src = tcpsim_addr_v4(PEER_ADDR),
		.dst = tcpsim_addr_v4(HOST_ADDR),
		.src_port = peer->peer_port,
		.dst_port = peer->host_port,
		.seq = tcp_seq_of(peer->options.peer_iss + packet->seq),
		.ack = tcp_seq_of(packet->has_ack ? peer->iss.n + packet->ack : 0),
		.flags = packet->flags,
		.window = packet->window >= 0 ? (uint16_t)packet->window : 0,
		.urgent = packet->urgent,
		.ip_version = 4,
		.tos = packet->ip.tos,
		.ttl = 64,
		.len = packet->payload_len};
	size_t headers;

	seg.options.raw = options;
	seg.options.raw_len = (uint8_t)option_bytes(packet, options);
	seg.header_len = (uint8_t)(20 + seg.options.raw_len);
	headers = wire_build_headers(&seg, 1, true, NULL, bytes);
	tcpsim_host_input(peer->host, tcpsim_host_now(peer->host), 0, bytes, headers + seg.len);
	script_free(script);
}

static void learn_iss(struct peer *peer, const struct tcp_segment *seg)
{
	if (!(seg->flags & TCP_SYN))
		return;
	peer->iss = seg->seq;
	peer->iss_known = true;
	peer->host_port = seg->src_port;
}

/* The next segment sent, parsed; false: none. `bytes` must live as long as `out`. */
static bool next_sent(struct peer *peer, uint8_t *bytes, size_t size, struct wire_packet *out)
{
	struct tcpsim_packet *packet = tcpsim_host_transmit(peer->host);
	size_t len;

	if (!packet)
		return false;
	len = tcpsim_packet_bytes(packet, bytes, size);
	tcpsim_packet_free(packet);
	wire_parse(bytes, len, WIRE_VERIFY, out);
	learn_iss(peer, &out->segment);
	return true;
}

static const char *text_of(struct peer *peer, const struct wire_packet *in, GString *out)
{
	char text[512];

	if (in->kind != WIRE_TCP) {
		g_string_append(out, "a packet that is no TCP segment");
		return out->str;
	}
	tcpsim_segment_text(
		&in->segment, peer->iss, tcp_seq_of(peer->options.peer_iss), text, sizeof(text));
	return g_string_append(out, text)->str;
}

const char *peer_sent_text(struct peer *peer)
{
	uint8_t bytes[70000];
	struct wire_packet in;

	g_string_truncate(peer->text, 0);
	while (next_sent(peer, bytes, sizeof(bytes), &in)) {
		text_of(peer, &in, peer->text);
		g_string_append_c(peer->text, '\n');
	}
	return peer->text->str;
}

static bool matches(
	const struct peer *peer, const struct script_packet *want, const struct wire_packet *got)
{
	const struct tcp_segment *seg = &got->segment;
	uint8_t options[TCP_MAX_OPTIONS_LEN + 4];
	size_t n_options;

	if (got->kind != WIRE_TCP || seg->flags != want->flags || seg->len != want->payload_len)
		return false;
	if (seg->seq.n - (want->absolute_seq ? 0 : peer->iss.n) != want->seq)
		return false;
	if (want->has_ack && seg->ack.n - peer->options.peer_iss != want->ack)
		return false;
	if (want->window >= 0 && seg->window != want->window)
		return false;
	if (!want->options || want->any_options)
		return true;
	n_options = option_bytes(want, options);
	return n_options == seg->options.raw_len && !memcmp(options, seg->options.raw, n_options);
}

void expect_sent(struct peer *peer, const char *segment)
{
	struct script *script;
	const struct script_packet *want = parse_segment(segment, true, &script);
	uint8_t bytes[70000];
	struct wire_packet got;
	GString *text = g_string_new(NULL);

	if (!next_sent(peer, bytes, sizeof(bytes), &got))
		fail("expected to be sent: %s\nbut nothing was", segment);
	else if (!matches(peer, want, &got))
		fail("expected to be sent: %s\n           was sent: %s", segment,
			text_of(peer, &got, text));
	g_string_free(text, TRUE);
	script_free(script);
}

void expect_nothing_sent(struct peer *peer)
{
	const char *text = peer_sent_text(peer);

	if (*text)
		fail("expected nothing to be sent, but was sent:\n%s", text);
}

/* --- expectations of states, rules and timers --- */

static void append_path(const struct peer *peer, GString *with_rules, GString *without)
{
	for (guint i = 0; i < peer->path->len; i++) {
		const struct step *s = &g_array_index(peer->path, struct step, i);

		if (!i) {
			g_string_append(with_rules, tcp_state_name(s->before));
			g_string_append(without, tcp_state_name(s->before));
		}
		g_string_append_printf(with_rules, " -%s-> %s", tcp_rule_text(s->rule)->name,
			tcp_state_name(s->after));
		g_string_append_printf(without, " -> %s", tcp_state_name(s->after));
	}
}

void expect_path(struct peer *peer, const char *path)
{
	GString *with_rules = g_string_new(NULL), *without = g_string_new(NULL);

	append_path(peer, with_rules, without);
	if (strcmp(path, with_rules->str) && strcmp(path, without->str))
		fail("expected the path: %s\n      it went: %s", path, with_rules->str);
	g_string_free(with_rules, TRUE);
	g_string_free(without, TRUE);
}

struct find_state {
	uint32_t connection;
	enum tcp_state state;
};

static bool note_row(void *context, const struct tcpsim_socket_row *row)
{
	struct find_state *find = context;

	if (row->connection != find->connection)
		return true;
	find->state = row->state;
	return false;
}

enum tcp_state peer_state(struct peer *peer)
{
	struct find_state find = {peer->connection, TCP_CLOSED};

	tcpsim_host_each_socket(peer->host, note_row, &find);
	return find.state;
}

void expect_state(struct peer *peer, enum tcp_state state)
{
	enum tcp_state is = peer_state(peer);

	if (is != state)
		fail("expected the state %s, it is %s", tcp_state_name(state), tcp_state_name(is));
}

void expect_rule(struct peer *peer, const char *rule)
{
	const char *last = tcp_rule_text(peer->last_rule)->name;

	if (strcmp(rule, last))
		fail("expected the rule %s, the last one was %s", rule, last);
}

void expect_timer(struct peer *peer, enum tcp_timer timer, int64_t in_ns)
{
	int64_t due = timers_of(peer, peer->connection)->due[timer];

	if (due == INT64_MAX)
		fail("expected the %s timer in %" G_GINT64_FORMAT " ns, it does not run",
			tcp_timer_name(timer), in_ns);
	else if (due - tcpsim_host_now(peer->host) != in_ns)
		fail("expected the %s timer in %" G_GINT64_FORMAT
		     " ns, it is due in %" G_GINT64_FORMAT,
			tcp_timer_name(timer), in_ns, due - tcpsim_host_now(peer->host));
}

void expect_no_timer(struct peer *peer, enum tcp_timer timer)
{
	int64_t due = timers_of(peer, peer->connection)->due[timer];

	if (due != INT64_MAX)
		fail("expected the %s timer not to run, it is due in %" G_GINT64_FORMAT " ns",
			tcp_timer_name(timer), due - tcpsim_host_now(peer->host));
}

void expect_error(struct peer *peer, int error)
{
	int is = 0;
	socklen_t len = sizeof(is);
	int result = tcpsim_getsockopt(peer->host, peer->fd, SOL_SOCKET, SO_ERROR, &is, &len);

	if (result || is != error)
		fail("expected SO_ERROR %d (%s), it is %d (%s)", error, g_strerror(error), is,
			g_strerror(is));
}

/* --- a host, and ways to each state --- */

static struct peer *peer_new(const struct peer_options *options)
{
	struct peer *peer = g_new0(struct peer, 1);
	struct tcpsim_addr host = tcpsim_addr_v4(HOST_ADDR), any = tcpsim_addr_v4(0);

	peer->options = *options;
	if (!peer->options.syn_options)
		peer->options.syn_options = "<mss 1460>";
	peer->path = g_array_new(FALSE, FALSE, sizeof(struct step));
	peer->timers = g_array_new(FALSE, FALSE, sizeof(struct timers));
	peer->text = g_string_new(NULL);
	peer->pool = tcpsim_pool_new();
	peer->listener = peer->fd = -1;
	peer->host_port = PORT;
	peer->peer_port = PEER_PORT;
	peer->host = tcpsim_host_new(&(struct tcpsim_host_config){.profile = options->profile,
		.pool = peer->pool,
		.seed = 1,
		.start_ns = INT64_C(1000000000),
		.iss_is_fixed = options->iss_is_fixed,
		.iss = options->iss,
		.on_event = take_event,
		.context = peer});
	tcpsim_host_add_interface(peer->host, "eth0", 1500);
	tcpsim_host_add_address(peer->host, 0, &host, 24);
	tcpsim_host_add_route(peer->host, &any, 0, 0, NULL);
	return peer;
}

void peer_free(struct peer *peer)
{
	peer_sent_text(peer);
	tcpsim_host_free(peer->host);
	tcpsim_pool_free(peer->pool);
	g_array_free(peer->path, TRUE);
	g_array_free(peer->timers, TRUE);
	g_string_free(peer->text, TRUE);
	g_free(peer);
}

static struct sockaddr_in address(uint32_t addr, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(addr)};
}

static void sends_format(struct peer *peer, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void sends_format(struct peer *peer, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	peer_sends(peer, text);
	g_free(text);
}

static void go_listen(struct peer *peer)
{
	struct sockaddr_in addr = address(INADDR_ANY, PORT);

	peer->listener = tcpsim_socket(peer->host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	tcpsim_bind(peer->host, peer->listener, (struct sockaddr *)&addr, sizeof(addr));
	tcpsim_listen(peer->host, peer->listener, 5);
}

static void go_syn_sent(struct peer *peer)
{
	struct sockaddr_in addr = address(PEER_ADDR, PORT);

	peer->peer_port = PORT;
	peer->fd = tcpsim_socket(peer->host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	tcpsim_connect(peer->host, peer->fd, (struct sockaddr *)&addr, sizeof(addr));
	peer_sent_text(peer); /* learns the host's first number and port */
}

static void go_syn_received(struct peer *peer)
{
	go_listen(peer);
	sends_format(peer, "S 0:0(0) win 32792 %s", peer->options.syn_options);
	peer_sent_text(peer);
}

static void go_established(struct peer *peer)
{
	go_syn_received(peer);
	peer_sends(peer, ". 1:1(0) ack 1 win 32792");
	peer->fd = tcpsim_accept4(peer->host, peer->listener, NULL, NULL, SOCK_NONBLOCK);
}

static void go_fin_wait_1(struct peer *peer)
{
	go_established(peer);
	tcpsim_shutdown(peer->host, peer->fd, SHUT_WR);
}

static void go_fin_wait_2(struct peer *peer)
{
	go_fin_wait_1(peer);
	peer_sends(peer, ". 1:1(0) ack 2 win 32792");
}

static void go_close_wait(struct peer *peer)
{
	go_established(peer);
	peer_sends(peer, "F. 1:1(0) ack 1 win 32792");
}

static void go_closing(struct peer *peer)
{
	go_fin_wait_1(peer);
	peer_sends(peer, "F. 1:1(0) ack 1 win 32792");
}

static void go_last_ack(struct peer *peer)
{
	go_close_wait(peer);
	tcpsim_shutdown(peer->host, peer->fd, SHUT_WR);
}

static void go_time_wait(struct peer *peer)
{
	go_fin_wait_2(peer);
	peer_sends(peer, "F. 1:1(0) ack 2 win 32792");
}

static void go_closed(struct peer *peer)
{
	peer->fd = tcpsim_socket(peer->host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

static void (*const GO[TCP_NSTATES])(struct peer *peer) = {
	[TCP_CLOSED] = go_closed,
	[TCP_LISTEN] = go_listen,
	[TCP_SYN_SENT] = go_syn_sent,
	[TCP_SYN_RECEIVED] = go_syn_received,
	[TCP_ESTABLISHED] = go_established,
	[TCP_FIN_WAIT_1] = go_fin_wait_1,
	[TCP_FIN_WAIT_2] = go_fin_wait_2,
	[TCP_CLOSE_WAIT] = go_close_wait,
	[TCP_CLOSING] = go_closing,
	[TCP_LAST_ACK] = go_last_ack,
	[TCP_TIME_WAIT] = go_time_wait,
};

struct peer *peer_in_with(enum tcp_state state, const struct peer_options *options)
{
	struct peer *peer = peer_new(options);

	GO[state](peer);
	peer_forget(peer);
	if (state != TCP_CLOSED)
		expect_state(peer, state);
	return peer;
}

struct peer *peer_in(enum tcp_state state, const struct tcp_profile *profile)
{
	return peer_in_with(state, &(struct peer_options){.profile = profile, .peer_iss = 1000});
}

void peer_forget(struct peer *peer)
{
	peer_sent_text(peer);
	g_array_set_size(peer->path, 0);
	peer->last_rule = TCP_RULE_NONE;
}

void peer_waits(struct peer *peer, int64_t ns)
{
	int64_t until = tcpsim_host_now(peer->host) + ns, due;

	while ((due = tcpsim_host_deadline(peer->host)) <= until)
		tcpsim_host_advance(peer->host, due);
	tcpsim_host_advance(peer->host, until);
}

struct tcpsim_host *peer_host(struct peer *peer)
{
	return peer->host;
}

int peer_fd(struct peer *peer)
{
	return peer->fd;
}

int peer_listener_fd(struct peer *peer)
{
	return peer->listener;
}
