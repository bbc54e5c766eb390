/* A kernel's doings as events. See kernel_events.h. */
#include "live/kernel_events.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "wire/ip.h"
#include "wire/wire.h"
#include "world/addresses.h"

#define LOOK_EVERY_NS INT64_C(100000000)
#define PACKET_MOST   65536

struct connection {
	struct kernel_names names;
	uint32_t id;
	enum tcpsim_state state;
	uint32_t info_len;
	uint8_t info[sizeof(((struct kernel_socket *)NULL)->info)];
};

struct listener {
	uint32_t id, backlog, completed, incomplete, most_incomplete;
	uint16_t port;
	struct tcpsim_addr local;
	int fd;
	bool is_open, is_any; /* `local` is then one of its host's */
};

struct kernel_events {
	struct node *node;
	int diag;
	uint32_t last_id;
	GPtrArray *connections, *listeners;
	GHashTable *by_names; /* struct kernel_names to the latest connection of them */
	GHashTable *by_fd;    /* descriptor to number */
	GArray *connecting;   /* struct agent_message: connect() calls whose SYN has not left */
	struct clock_event look;
	/* the packet that is being taken in */
	uint8_t bytes[PACKET_MOST];
	struct wire_packet in;
	struct kernel_names in_names;
	enum tcpsim_state in_state; /* that it met */
	bool was_answered;
};

/* --- numbers and names --- */

static guint names_hash(gconstpointer key)
{
	const struct kernel_names *n = key;

	return (world_addr_hash(&n->local) ^ n->local_port) * 31 +
	       (world_addr_hash(&n->remote) ^ n->remote_port);
}

static gboolean names_equal(gconstpointer a, gconstpointer b)
{
	const struct kernel_names *x = a, *y = b;

	return x->local_port == y->local_port && x->remote_port == y->remote_port &&
	       tcpsim_addr_eq(&x->local, &y->local) && tcpsim_addr_eq(&x->remote, &y->remote);
}

static struct tcpsim_addr address_in(const struct sockaddr_storage *sa, uint16_t *port)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	struct tcpsim_addr addr;

	if (sa->ss_family == AF_INET) {
		*port = ntohs(in->sin_port);
		return tcpsim_addr_v4(ntohl(in->sin_addr.s_addr));
	}
	*port = ntohs(in6->sin6_port);
	memcpy(addr.b, &in6->sin6_addr, sizeof(addr.b));
	return addr;
}

static bool names_of(const struct agent_message *m, struct kernel_names *out)
{
	memset(out, 0, sizeof(*out));
	if (m->local.ss_family)
		out->local = address_in(&m->local, &out->local_port);
	if (m->peer.ss_family)
		out->remote = address_in(&m->peer, &out->remote_port);
	return m->peer.ss_family;
}

static struct connection *find(const struct kernel_events *k, const struct kernel_names *names)
{
	return g_hash_table_lookup(k->by_names, names);
}

static struct connection *add(struct kernel_events *k, const struct kernel_names *names)
{
	struct connection *c = g_new0(struct connection, 1);

	c->names = *names;
	c->id = ++k->last_id;
	g_ptr_array_add(k->connections, c);
	g_hash_table_replace(k->by_names, &c->names, c);
	return c;
}

static struct listener *listener_at(
	const struct kernel_events *k, const struct tcpsim_addr *local, uint16_t port)
{
	for (guint i = k->listeners->len; i-- > 0;) {
		struct listener *l = k->listeners->pdata[i];

		if (l->is_open && l->port == port &&
			(l->is_any || tcpsim_addr_eq(&l->local, local)))
			return l;
	}
	return NULL;
}

/* --- telling --- */

static void tell(const struct kernel_events *k, struct tcpsim_event event)
{
	const struct tcpsim_world *world = k->node->world;

	event.time_ns = clock_now(world->clock);
	event.host = k->node->index;
	if (world->on_event)
		world->on_event(world->event_context, &event);
}

/* Why it is CLOSED now, as far as what came right before leaves no other reason. */
static enum tcpsim_rule why_closed(const struct kernel_events *k, const struct connection *c)
{
	bool rst = k->in.kind == WIRE_TCP && k->in.segment.flags & TCPSIM_RST;
	bool icmp = k->in.kind == WIRE_ICMP_ERROR;

	if (c->state == TCPSIM_SYN_SENT)
		return rst    ? TCPSIM_RULE_CONNECT_REFUSED
		       : icmp ? TCPSIM_RULE_CONNECT_ICMP_HARD
			      : TCPSIM_RULE_CONNECT_GIVE_UP;
	if (c->state == TCPSIM_SYN_RCVD)
		return rst ? TCPSIM_RULE_LISTEN_ENTRY_RESET : TCPSIM_RULE_LISTEN_ENTRY_EXPIRED;
	return rst ? TCPSIM_RULE_RST_ARRIVED : TCPSIM_RULE_NONE;
}

/* Between two looks it went through ESTABLISHED: RFC 9293 Figure 5 has no other way there. */
static bool was_established(enum tcpsim_state before, enum tcpsim_state after)
{
	return (before == TCPSIM_SYN_SENT || before == TCPSIM_SYN_RCVD) &&
	       after > TCPSIM_ESTABLISHED;
}

static void set_state(struct kernel_events *k, struct connection *c, enum tcpsim_state state,
	enum tcpsim_rule rule)
{
	bool arriving = k->in.kind == WIRE_TCP && names_equal(&k->in_names, &c->names);

	if (state == c->state)
		return;
	if (was_established(c->state, state))
		set_state(k, c, TCPSIM_ESTABLISHED, TCPSIM_RULE_NONE);
	tell(k, (struct tcpsim_event){.kind = TCPSIM_EVENT_STATE,
			.connection = c->id,
			.before = c->state,
			.after = state,
			.rule = rule,
			.segment = arriving ? &k->in.segment : NULL});
	c->state = state;
}

static void look_at(struct kernel_events *k, struct connection *c, enum tcpsim_rule closed)
{
	struct kernel_socket now;
	enum tcpsim_state state = TCPSIM_CLOSED;

	if (kernel_sockets_ask(k->diag, &c->names, &now) && now.state != TCPSIM_LISTEN) {
		state = now.state;
		if (now.info_len) {
			c->info_len = now.info_len;
			memcpy(c->info, now.info, now.info_len);
		}
	}
	set_state(k, c, state, state == TCPSIM_CLOSED ? closed : TCPSIM_RULE_NONE);
}

static bool is_entry_of(const struct connection *c, const struct listener *l)
{
	return c->state == TCPSIM_SYN_RCVD && c->names.local_port == l->port;
}

static uint32_t count_entries(const struct kernel_events *k, const struct listener *l)
{
	uint32_t n = 0;

	for (guint i = 0; i < k->connections->len; i++)
		n += is_entry_of(k->connections->pdata[i], l);
	return n;
}

/* Entries that expired since they were last looked at are among those that are counted: before there
 * is one more than ever, all are asked after. */
static uint32_t entries_of(struct kernel_events *k, struct listener *l)
{
	uint32_t n = count_entries(k, l);

	if (n <= l->most_incomplete)
		return n;
	for (guint i = 0; i < k->connections->len; i++)
		if (is_entry_of(k->connections->pdata[i], l))
			look_at(k, k->connections->pdata[i], TCPSIM_RULE_LISTEN_ENTRY_EXPIRED);
	n = count_entries(k, l);
	l->most_incomplete = MAX(l->most_incomplete, n);
	return n;
}

static void look_at_queues(struct kernel_events *k, struct listener *l, enum tcpsim_rule rule)
{
	struct kernel_names names = {.local = l->local, .local_port = l->port};
	struct kernel_socket now;
	uint32_t incomplete;

	if (!kernel_sockets_ask(k->diag, &names, &now) || now.state != TCPSIM_LISTEN)
		return;
	incomplete = entries_of(k, l);
	if (rule == TCPSIM_RULE_NONE && l->backlog == now.send_queue &&
		l->completed == now.receive_queue && l->incomplete == incomplete)
		return;
	l->backlog = now.send_queue;
	l->completed = now.receive_queue;
	l->incomplete = incomplete;
	tell(k, (struct tcpsim_event){.kind = TCPSIM_EVENT_QUEUE,
			.connection = l->id,
			.before = TCPSIM_LISTEN,
			.after = TCPSIM_LISTEN,
			.rule = rule,
			.queue = {incomplete, l->completed, l->backlog, l->port}});
}

/* --- segments that leave --- */

/* The descriptor of the connect() whose SYN this is: the first of those that wait for one. */
static void claim(struct kernel_events *k, const struct connection *c)
{
	for (guint i = 0; i < k->connecting->len; i++) {
		struct kernel_names n;
		const struct agent_message *m =
			&g_array_index(k->connecting, struct agent_message, i);

		if (!names_of(m, &n) || n.remote_port != c->names.remote_port ||
			!tcpsim_addr_eq(&n.remote, &c->names.remote))
			continue;
		g_hash_table_insert(k->by_fd, GINT_TO_POINTER(m->fd), GUINT_TO_POINTER(c->id));
		g_array_remove_index(k->connecting, i);
		return;
	}
}

static struct kernel_names sender_of(const struct tcpsim_segment *s)
{
	return (struct kernel_names){s->src, s->dst, s->src_port, s->dst_port};
}

static bool is_syn(const struct tcpsim_segment *s)
{
	return (s->flags & (TCPSIM_SYN | TCPSIM_ACK)) == TCPSIM_SYN;
}

static void sends(struct kernel_events *k, const struct tcpsim_segment *s, uint32_t packet)
{
	struct kernel_names names = sender_of(s);
	struct connection *c = find(k, &names);
	bool rst = s->flags & TCPSIM_RST,
	     syn_ack = (s->flags & TCPSIM_SYN) && (s->flags & TCPSIM_ACK);
	enum tcpsim_rule rule = rst ? TCPSIM_RULE_RST_KERNEL : TCPSIM_RULE_SEND_KERNEL;
	bool is_new =
		is_syn(s) && (!c || c->state == TCPSIM_CLOSED || c->state == TCPSIM_TIME_WAIT);

	if (is_new) {
		c = add(k, &names);
		claim(k, c);
	}
	if (c)
		look_at(k, c, rst ? TCPSIM_RULE_RST_KERNEL : why_closed(k, c));
	/* An answer to a SYN without an entry. */
	if (syn_ack && (!c || c->state == TCPSIM_CLOSED) && listener_at(k, &s->src, s->src_port))
		rule = TCPSIM_RULE_LISTEN_COOKIE_SENT;
	tell(k, (struct tcpsim_event){.kind = TCPSIM_EVENT_SEGMENT_OUT,
			.connection = c && rule != TCPSIM_RULE_LISTEN_COOKIE_SENT ? c->id : 0,
			.before = c ? c->state : TCPSIM_CLOSED,
			.after = c ? c->state : TCPSIM_CLOSED,
			.rule = rule,
			.segment = s,
			.packet = packet});
	if (rule == TCPSIM_RULE_LISTEN_COOKIE_SENT)
		look_at_queues(k, listener_at(k, &s->src, s->src_port), rule);
	k->was_answered = true;
}

void kernel_events_sends(struct kernel_events *k, const struct tcpsim_packet *packet)
{
	struct wire_packet out;

	wire_parse_packet(packet, 0, &out);
	if (out.kind == WIRE_TCP)
		sends(k, &out.segment, packet->number);
}

/* --- segments that come --- */

static struct kernel_names receiver_of(const struct wire_packet *in)
{
	if (in->kind == WIRE_ICMP_ERROR) /* it quotes what we sent */
		return (struct kernel_names){in->icmp.quote.src, in->icmp.quote.dst,
			in->icmp.quote.src_port, in->icmp.quote.dst_port};
	return (struct kernel_names){
		in->segment.dst, in->segment.src, in->segment.dst_port, in->segment.src_port};
}

void kernel_events_arrives(struct kernel_events *k, const struct tcpsim_packet *packet)
{
	size_t len = tcpsim_packet_bytes(packet, k->bytes, sizeof(k->bytes));
	const struct connection *c;
	const struct listener *l;

	k->was_answered = false;
	wire_parse(k->bytes, len, 0, &k->in);
	if (k->in.kind != WIRE_TCP && k->in.kind != WIRE_ICMP_ERROR)
		return;
	k->in_names = receiver_of(&k->in);
	c = find(k, &k->in_names);
	l = listener_at(k, &k->in_names.local, k->in_names.local_port);
	k->in_state = c && c->state != TCPSIM_CLOSED ? c->state : l ? TCPSIM_LISTEN : TCPSIM_CLOSED;
	if (k->in.kind == WIRE_TCP)
		tell(k, (struct tcpsim_event){.kind = TCPSIM_EVENT_SEGMENT_IN,
				.connection = k->in_state == TCPSIM_LISTEN ? l->id
					      : c			   ? c->id
									   : 0,
				.before = k->in_state,
				.after = k->in_state,
				.segment = &k->in.segment});
}

/* A SYN, or the ACK of a cookie, has made a connection of what a listener hears; of listeners of
 * commands, whose calls nobody tells, the SYN alone shows that there is one. */
static void look_for_new(struct kernel_events *k)
{
	struct kernel_socket now;
	struct connection *c;

	if (k->in_state != TCPSIM_LISTEN && !is_syn(&k->in.segment))
		return;
	if (!kernel_sockets_ask(k->diag, &k->in_names, &now) || now.state == TCPSIM_LISTEN)
		return;
	c = add(k, &k->in_names);
	c->state = TCPSIM_LISTEN;
	set_state(k, c, TCPSIM_SYN_RCVD, TCPSIM_RULE_LISTEN_SYN);
	look_at(k, c, TCPSIM_RULE_NONE);
}

void kernel_events_taken(struct kernel_events *k)
{
	const struct world_witness *witness = k->node->world->witness;
	struct connection *c;

	struct listener *l = listener_at(k, &k->in_names.local, k->in_names.local_port);

	if (k->in.kind == WIRE_TCP || k->in.kind == WIRE_ICMP_ERROR) {
		c = find(k, &k->in_names);
		if (c && c->state != TCPSIM_CLOSED)
			look_at(k, c, why_closed(k, c));
		else if (k->in.kind == WIRE_TCP)
			look_for_new(k);
		if (l)
			look_at_queues(k, l, TCPSIM_RULE_NONE);
	}
	if (witness && witness->taken)
		witness->taken(witness->context, k->node);
}

/* A SYN that is answered by nothing and leaves no entry was dropped; the queues say which one was
 * full (tcp_conn_request). */
void kernel_events_answered(struct kernel_events *k)
{
	const struct listener *l = listener_at(k, &k->in_names.local, k->in_names.local_port);
	const struct connection *c = find(k, &k->in_names);

	if (k->in.kind == WIRE_TCP && is_syn(&k->in.segment) && l && !k->was_answered &&
		k->in_state == TCPSIM_LISTEN && (!c || c->state == TCPSIM_CLOSED))
		tell(k, (struct tcpsim_event){.kind = TCPSIM_EVENT_DROP,
				.connection = l->id,
				.before = TCPSIM_LISTEN,
				.after = TCPSIM_LISTEN,
				.rule = l->completed > l->backlog
						? TCPSIM_RULE_LISTEN_ACCEPT_QUEUE_FULL
						: TCPSIM_RULE_LISTEN_SYN_DROPPED,
				.segment = &k->in.segment});
	k->in.kind = WIRE_BAD; /* what happens next is not its doing */
}

/* --- calls --- */

static void listens(struct kernel_events *k, const struct agent_message *m)
{
	struct listener *l = g_new0(struct listener, 1);
	struct kernel_names names;

	names_of(m, &names);
	l->id = ++k->last_id;
	l->local = names.local;
	l->port = names.local_port;
	l->fd = m->fd;
	l->is_open = true;
	l->is_any = tcpsim_addr_is_any(&l->local);
	if (l->is_any && k->node->n_ports && k->node->ports[0].n_addr)
		l->local = k->node->ports[0].addr[0]; /* any of them finds it */
	g_ptr_array_add(k->listeners, l);
	g_hash_table_insert(k->by_fd, GINT_TO_POINTER(m->fd), GUINT_TO_POINTER(l->id));
	tell(k, (struct tcpsim_event){.kind = TCPSIM_EVENT_STATE,
			.connection = l->id,
			.before = TCPSIM_CLOSED,
			.after = TCPSIM_LISTEN,
			.rule = TCPSIM_RULE_LISTEN_CALL});
	look_at_queues(k, l, TCPSIM_RULE_LISTEN_BACKLOG);
}

static struct listener *listener_of(const struct kernel_events *k, int fd)
{
	for (guint i = k->listeners->len; i-- > 0;) {
		struct listener *l = k->listeners->pdata[i];

		if (l->is_open && l->fd == fd)
			return l;
	}
	return NULL;
}

static void closes(struct kernel_events *k, int fd)
{
	struct listener *l = listener_of(k, fd);

	g_hash_table_remove(k->by_fd, GINT_TO_POINTER(fd));
	if (!l)
		return;
	l->is_open = false;
	tell(k, (struct tcpsim_event){.kind = TCPSIM_EVENT_STATE,
			.connection = l->id,
			.before = TCPSIM_LISTEN,
			.after = TCPSIM_CLOSED,
			.rule = TCPSIM_RULE_LISTEN_CLOSED});
}

/* The connection that the call is about is that of these names. */
static void has_names(struct kernel_events *k, int fd, const struct agent_message *m)
{
	struct kernel_names names;
	const struct connection *c = names_of(m, &names) ? find(k, &names) : NULL;

	if (c)
		g_hash_table_insert(k->by_fd, GINT_TO_POINTER(fd), GUINT_TO_POINTER(c->id));
}

static struct connection *connection_of(const struct kernel_events *k, int fd)
{
	uint32_t id = kernel_events_connection(k, fd);

	for (guint i = 0; id && i < k->connections->len; i++)
		if (((struct connection *)k->connections->pdata[i])->id == id)
			return k->connections->pdata[i];
	return NULL;
}

static void fails(struct kernel_events *k, const struct agent_message *m)
{
	struct connection *c = connection_of(k, m->fd);

	if (!c)
		return;
	look_at(k, c, why_closed(k, c));
	tell(k, (struct tcpsim_event){.kind = TCPSIM_EVENT_ERROR,
			.connection = c->id,
			.before = c->state,
			.after = c->state,
			.error = m->error});
}

void kernel_events_call(struct kernel_events *k, const struct agent_message *m)
{
	const char *newline = strchr(m->text, '\n'), *call = newline ? newline + 1 : m->text;
	bool is_connect = g_str_has_prefix(call, "connect(");

	if (m->kind == AGENT_CALLS) {
		if (is_connect)
			g_array_append_val(k->connecting, *m);
		return;
	}
	for (guint i = 0; is_connect && i < k->connecting->len; i++)
		if (g_array_index(k->connecting, struct agent_message, i).process == m->process)
			g_array_remove_index(k->connecting, i--);
	if (g_str_has_prefix(call, "listen(") && m->result == 0)
		listens(k, m);
	else if (g_str_has_prefix(call, "close("))
		closes(k, m->fd);
	else if (is_connect && m->result == 0)
		has_names(k, m->fd, m);
	else if (g_str_has_prefix(call, "accept(") && m->result >= 0)
		has_names(k, (int)m->result, m);
	else if (m->result < 0)
		fails(k, m);
	if (g_str_has_prefix(call, "accept(") && m->result >= 0 && listener_of(k, m->fd))
		look_at_queues(k, listener_of(k, m->fd), TCPSIM_RULE_LISTEN_ACCEPT);
}

uint32_t kernel_events_connection(const struct kernel_events *k, int fd)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(k->by_fd, GINT_TO_POINTER(fd)));
}

/* --- now and then --- */

void kernel_events_look(struct kernel_events *k)
{
	for (guint i = 0; i < k->connections->len; i++) {
		struct connection *c = k->connections->pdata[i];

		if (c->state != TCPSIM_CLOSED)
			look_at(k, c, why_closed(k, c));
	}
	for (guint i = 0; i < k->listeners->len; i++) {
		struct listener *l = k->listeners->pdata[i];

		if (l->is_open)
			look_at_queues(k, l, TCPSIM_RULE_NONE);
	}
}

static void on_look(struct clock_event *event, int64_t now_ns)
{
	struct kernel_events *k =
		(struct kernel_events *)((char *)event - offsetof(struct kernel_events, look));

	kernel_events_look(k);
	clock_at(k->node->world->clock, &k->look, now_ns + LOOK_EVERY_NS);
}

struct kernel_events *kernel_events_new(struct node *node, int diag)
{
	struct kernel_events *k = g_new0(struct kernel_events, 1);

	k->node = node;
	k->diag = diag;
	k->in.kind = WIRE_BAD;
	k->connections = g_ptr_array_new_with_free_func(g_free);
	k->listeners = g_ptr_array_new_with_free_func(g_free);
	k->by_names = g_hash_table_new(names_hash, names_equal);
	k->by_fd = g_hash_table_new(NULL, NULL);
	k->connecting = g_array_new(FALSE, FALSE, sizeof(struct agent_message));
	k->look.fire = on_look;
	clock_at(node->world->clock, &k->look, clock_now(node->world->clock) + LOOK_EVERY_NS);
	return k;
}

void kernel_events_free(struct kernel_events *k)
{
	if (!k)
		return;
	clock_cancel(k->node->world->clock, &k->look);
	g_hash_table_destroy(k->by_names);
	g_hash_table_destroy(k->by_fd);
	g_ptr_array_free(k->connections, TRUE);
	g_ptr_array_free(k->listeners, TRUE);
	g_array_free(k->connecting, TRUE);
	g_free(k);
}

void kernel_events_each_info(const struct kernel_events *k, kernel_info_fn each, void *context)
{
	for (guint i = 0; i < k->connections->len; i++) {
		const struct connection *c = k->connections->pdata[i];

		if (c->info_len)
			each(context, &c->names, c->state, c->info, c->info_len);
	}
}
