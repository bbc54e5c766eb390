/* Keys and what is done with them. See md5.h. */
#include <host/demux.h>
#include <tcp/md5.h>

#include <errno.h>
#include <host/entry.h>
#include <host/upcalls.h>
#include <stdlib.h>
#include <string.h>
#include <tcp/listen.h>
#include <tcp/socket.h>
#include <tcp/status.h>
#include <wire/options.h>

#define HEADS 64 /* of the table of connections' keys */

/* A socket's: `peer` and how much of it counts. A connection's: `connection`. The host's: `from`, and
 * `peer` is where it goes to. */
struct md5_key {
	struct md5_key *next;
	struct tcpsim_addr from, peer;
	uint32_t connection;
	uint8_t prefix_len; /* of 128 bits */
	uint8_t len;
	uint8_t bytes[MD5_KEY_MOST];
};

/* What a host has, once there was a key. */
struct md5_keys {
	struct md5_key *associations;
	struct md5_key *connections[HEADS];
};

const uint8_t *md5_room(const struct conn *conn)
{
	static const uint8_t room[WIRE_MD5_LEN];

	return conn->is_signed ? room : NULL;
}

bool md5_exists(const struct tcpsim_host *host)
{
	return host->config.md5 && host->sys.md5_rule != TCPSIM_MD5_NONE;
}

/* --- lists of keys --- */

static struct md5_key *add(struct md5_key **list)
{
	struct md5_key *key = calloc(1, sizeof(*key));

	if (!key)
		return NULL;
	key->next = *list;
	*list = key;
	return key;
}

static void set_bytes(struct md5_key *key, const uint8_t *bytes, size_t len)
{
	memcpy(key->bytes, bytes, len);
	key->len = (uint8_t)len;
}

/* The key that *place points to. */
static void take_out(struct md5_key **place)
{
	struct md5_key *key = *place;

	*place = key->next;
	free(key);
}

static void free_list(struct md5_key **list)
{
	while (*list)
		take_out(list);
}

/* Of one family: a prefix of IPv6 is none of IPv4's addresses, which begin all alike. */
static bool begins_alike(const struct tcpsim_addr *a, const struct tcpsim_addr *b, uint8_t bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return tcpsim_addr_is_v4(a) == tcpsim_addr_is_v4(b) && memcmp(a->b, b->b, whole) == 0 &&
	       (!rest || (a->b[whole] ^ b->b[whole]) >> (8 - rest) == 0);
}

/* Linux __tcp_md5_do_lookup: the longest prefix; of equal ones the latest. */
static const struct md5_key *best(const struct md5_key *list, const struct tcpsim_addr *peer)
{
	const struct md5_key *found = NULL;

	for (const struct md5_key *key = list; key; key = key->next)
		if (begins_alike(&key->peer, peer, key->prefix_len) &&
			(!found || found->prefix_len < key->prefix_len))
			found = key;
	return found;
}

static struct md5_key **exactly(
	struct md5_key **list, const struct tcpsim_addr *peer, uint8_t prefix_len)
{
	for (; *list; list = &(*list)->next)
		if ((*list)->prefix_len == prefix_len && tcpsim_addr_eq(&(*list)->peer, peer))
			return list;
	return NULL;
}

static const struct md5_key *key_for_listener(
	const struct tcp_listener *listener, const struct tcpsim_addr *peer)
{
	return listener && listener->socket ? best(listener->socket->md5, peer) : NULL;
}

/* --- the host's --- */

static struct md5_keys *keys_of(struct tcpsim_host *host)
{
	if (!host->md5)
		host->md5 = calloc(1, sizeof(*host->md5));
	return host->md5;
}

static struct md5_key **place_of_association(
	struct tcpsim_host *host, const struct tcpsim_addr *from, const struct tcpsim_addr *to)
{
	struct md5_key **place = host->md5 ? &host->md5->associations : NULL;

	for (; place && *place; place = &(*place)->next)
		if (tcpsim_addr_eq(&(*place)->from, from) && tcpsim_addr_eq(&(*place)->peer, to))
			return place;
	return NULL;
}

static const struct md5_key *association(
	struct tcpsim_host *host, const struct tcpsim_addr *from, const struct tcpsim_addr *to)
{
	struct md5_key **place = place_of_association(host, from, to);

	return place ? *place : NULL;
}

int tcpsim_host_md5_add(struct tcpsim_host *host, const struct tcpsim_addr *from,
	const struct tcpsim_addr *to, const void *key, size_t len)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct md5_key *made;

	if (!from || !to || !key)
		return -EFAULT;
	if (!md5_exists(host) || host->sys.md5_rule != TCPSIM_MD5_ADDRESSES)
		return -EOPNOTSUPP;
	if (!len || len > MD5_KEY_MOST)
		return -EINVAL;
	if (association(host, from, to))
		return -EEXIST;
	made = keys_of(host) ? add(&host->md5->associations) : NULL;
	if (!made)
		return -ENOMEM;
	made->from = *from;
	made->peer = *to;
	set_bytes(made, key, len);
	return 0;
}

int tcpsim_host_md5_remove(
	struct tcpsim_host *host, const struct tcpsim_addr *from, const struct tcpsim_addr *to)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct md5_key **place = from && to ? place_of_association(host, from, to) : NULL;

	if (!from || !to)
		return -EFAULT;
	if (!place)
		return -ENOENT;
	take_out(place);
	return 0;
}

void tcpsim_host_md5_flush(struct tcpsim_host *host)
{
	HOST_ENTRY(host);
	if (!refused && host->md5)
		free_list(&host->md5->associations);
}

void md5_free(struct tcpsim_host *host)
{
	if (!host->md5)
		return;
	free_list(&host->md5->associations);
	for (int i = 0; i < HEADS; i++)
		free_list(&host->md5->connections[i]);
	free(host->md5);
	host->md5 = NULL;
}

/* --- a connection's --- */

static struct md5_key **place_of_connection(struct tcpsim_host *host, uint32_t connection)
{
	struct md5_key **place = host->md5 ? &host->md5->connections[connection % HEADS] : NULL;

	for (; place && *place; place = &(*place)->next)
		if ((*place)->connection == connection)
			return place;
	return NULL;
}

void md5_end(struct tcpsim_host *host, const struct conn *conn)
{
	struct md5_key **place = place_of_connection(host, conn->id);

	if (place)
		take_out(place);
}

/* Without memory for it the connection is signed and has no key: nothing of it leaves, as good as lost
 * on the wire. */
static void keep(struct tcp_tcb *tcb, const struct md5_key *key)
{
	struct tcpsim_host *host = tcb->host;
	struct md5_key *made;

	md5_end(host, &tcb->conn);
	tcb->conn.is_signed = key != NULL;
	if (!key || !keys_of(host))
		return;
	made = add(&host->md5->connections[tcb->conn.id % HEADS]);
	if (!made)
		return;
	made->connection = tcb->conn.id;
	set_bytes(made, key->bytes, key->len);
}

void md5_begin(struct tcp_tcb *tcb, const struct tcp_request *from)
{
	const struct tcpsim_addr *peer = &tcb->conn.remote;

	if (!md5_exists(tcb->host))
		return;
	if (tcb_sys(tcb)->md5_rule == TCPSIM_MD5_SOCKETS)
		keep(tcb, from ? key_for_listener(from->listener, peer)
			       : best(tcb->socket->md5, peer));
	else if (from) /* FreeBSD syncache_socket: as its SYN came */
		tcb->settings.md5 = from->conn.is_signed;
	else
		tcb->conn.is_signed = tcb->settings.md5;
}

/* Linux tcp_v4_syn_recv_sock: with the whole address, whatever the listener's key was for. */
void md5_accepted(struct tcp_tcb *tcb)
{
	struct md5_key **place = place_of_connection(tcb->host, tcb->conn.id);

	if (place)
		tcp_md5_set_key(
			tcb->socket, &tcb->conn.remote, 128, (*place)->bytes, (*place)->len);
}

/* --- a socket's --- */

static void changed(struct tcp_socket *so)
{
	struct tcp_tcb *tcb = so->tcb;

	if (!tcb || tcb->finished || tcb->state == TCPSIM_CLOSED)
		return;
	if (so->host->sys.md5_rule == TCPSIM_MD5_SOCKETS)
		keep(tcb, best(so->md5, &tcb->conn.remote));
	else
		tcb->conn.is_signed = tcb->settings.md5;
	tcb_update_mss(tcb, false); /* the option takes its part of each segment */
}

int tcp_md5_set_key(struct tcp_socket *so, const struct tcpsim_addr *peer, uint8_t prefix_len,
	const uint8_t *bytes, size_t len)
{
	struct md5_key **place = exactly(&so->md5, peer, prefix_len), *key;

	if (len > MD5_KEY_MOST)
		return -EINVAL;
	if (!len && !place)
		return -ENOENT;
	if (!len) {
		take_out(place);
	} else {
		key = place ? *place : add(&so->md5);
		if (!key)
			return -ENOMEM;
		key->peer = *peer;
		key->prefix_len = prefix_len;
		set_bytes(key, bytes, len);
	}
	changed(so);
	return 0;
}

void tcp_md5_switch(struct tcp_socket *so, bool on)
{
	tcp_settings_of(so)->md5 = on;
	changed(so);
}

void tcp_md5_forget(struct tcp_socket *so)
{
	free_list(&so->md5);
}

/* --- whose key it is --- */

/* For what goes from one address to the other, one of them the connection's own. */
static const struct md5_key *key_of(struct tcpsim_host *host, const struct conn *conn,
	const struct tcpsim_addr *from, const struct tcpsim_addr *to)
{
	struct md5_key **place;

	if (host->sys.md5_rule == TCPSIM_MD5_ADDRESSES)
		return association(host, from, to);
	if (conn->kind == CONN_REQUEST)
		return key_for_listener(
			((const struct tcp_request *)conn)->listener, &conn->remote);
	place = place_of_connection(host, conn->id);
	return place ? *place : NULL;
}

/* --- signing --- */

static void put_digest(struct tcpsim_host *host, const struct md5_key *key,
	struct tcpsim_segment *out, uint8_t digest[WIRE_MD5_LEN])
{
	out->header_len = (uint8_t)(20 + out->options.raw_len);
	wire_md5(host->config.md5, out, key->bytes, key->len, digest);
}

bool md5_sign(struct tcpsim_host *host, const struct conn *conn, struct tcpsim_segment *out,
	uint8_t *options)
{
	struct tcpsim_options written;
	const struct md5_key *key;

	if (!conn->is_signed)
		return true;
	tcp_options_parse(options, out->options.raw_len, &written);
	if (!(written.present & TCPSIM_HAS_MD5)) /* TCP_NOOPT (FreeBSD): there is none to fill */
		return true;
	key = key_of(host, conn, &out->src, &out->dst);
	if (!key) /* FreeBSD tcp_output: nothing unsigned in its place */
		return false;
	put_digest(host, key, out, options + (written.md5 - options));
	return true;
}

static enum tcpsim_rule judge_by(
	struct tcpsim_host *host, const struct md5_key *key, const struct tcpsim_segment *seg)
{
	uint8_t digest[WIRE_MD5_LEN];

	if (!(seg->options.present & TCPSIM_HAS_MD5)) {
		if (!key)
			return TCPSIM_RULE_NONE;
		host_count(host, COUNTER_MD5_NOT_FOUND);
		return TCPSIM_RULE_ARRIVE_MD5_MISSING;
	}
	if (!key) {
		host_count(host, COUNTER_MD5_UNEXPECTED);
		return TCPSIM_RULE_ARRIVE_MD5_UNEXPECTED;
	}
	wire_md5(host->config.md5, seg, key->bytes, key->len, digest);
	if (memcmp(digest, seg->options.md5, sizeof(digest)) == 0)
		return TCPSIM_RULE_NONE;
	host_count(host, COUNTER_MD5_FAILURE);
	return TCPSIM_RULE_ARRIVE_MD5_WRONG;
}

/* FreeBSD tcp_respond: for whoever stands there, be it that nobody listens. */
static bool speaker_signs(struct tcpsim_host *host, const struct tcpsim_segment *in)
{
	const struct conn *conn = demux_find(host, &in->dst, in->dst_port, &in->src, in->src_port);
	const struct tcp_listener *listener;
	const struct tcp_settings *bound;

	if (conn)
		return conn->is_signed;
	listener = demux_listener(host, &in->dst, in->dst_port, &in->src, in->src_port);
	if (listener)
		return listener->settings.md5;
	bound = host->up->bound_settings(host, &in->dst, in->dst_port);
	return bound && bound->md5;
}

/* Linux tcp_v4_send_reset: of a connection that is lost, or in TIME-WAIT, who listens at the other
 * end's port may have the key that `in` is signed with, as of two routers that both use BGP's. False:
 * nobody has, and no answer leaves. */
static bool key_of_lost(
	struct tcpsim_host *host, const struct tcpsim_segment *in, const struct md5_key **key)
{
	if (!(in->options.present & TCPSIM_HAS_MD5))
		return true;
	*key = key_for_listener(
		demux_listener(host, &in->dst, in->src_port, &in->src, in->src_port), &in->src);
	return *key && judge_by(host, *key, in) == TCPSIM_RULE_NONE;
}

static bool key_of_refusal(
	struct tcpsim_host *host, const struct tcpsim_segment *in, const struct md5_key **key)
{
	const struct conn *conn = demux_find(host, &in->dst, in->dst_port, &in->src, in->src_port);
	const struct tcp_listener *listener;

	if (host->sys.md5_rule == TCPSIM_MD5_ADDRESSES) {
		if (!speaker_signs(host, in))
			return true;
		*key = association(host, &in->dst, &in->src);
		return *key;
	}
	if (conn && conn->kind != CONN_TIME_WAIT) {
		*key = key_of(host, conn, &in->dst, &in->src);
		return true;
	}
	listener =
		conn ? NULL : demux_listener(host, &in->dst, in->dst_port, &in->src, in->src_port);
	if (!listener)
		return key_of_lost(host, in, key);
	*key = key_for_listener(listener, &in->src);
	return true;
}

bool md5_sign_refusal(struct tcpsim_host *host, const struct tcpsim_segment *in,
	struct tcpsim_segment *out, uint8_t options[WIRE_MD5_OPTION_LEN])
{
	const struct md5_key *key = NULL;
	uint8_t digest[WIRE_MD5_LEN];

	if (!md5_exists(host))
		return true;
	if (!key_of_refusal(host, in, &key))
		return false;
	if (!key)
		return true;
	out->options.raw = options;
	out->options.raw_len = WIRE_MD5_OPTION_LEN;
	put_digest(host, key, out, digest);
	opt_put_md5(opt_put_nop(opt_put_nop(options)), digest);
	return true;
}

/* --- judging --- */

static bool is_bare_syn(const struct tcpsim_segment *seg)
{
	return (seg->flags & (TCPSIM_SYN | TCPSIM_ACK | TCPSIM_RST)) == TCPSIM_SYN;
}

enum tcpsim_rule md5_judge_for_listener(
	const struct tcp_listener *listener, const struct tcpsim_segment *seg)
{
	struct tcpsim_host *host = listener->host;
	const struct md5_key *key = NULL;

	if (!md5_exists(host))
		return TCPSIM_RULE_NONE;
	if (host->sys.md5_rule == TCPSIM_MD5_SOCKETS)
		return judge_by(host, key_for_listener(listener, &seg->src), seg);
	if (!is_bare_syn(seg)) /* FreeBSD syncache_add() asks; what is no cookie's is refused */
		return TCPSIM_RULE_NONE;
	if (listener->settings.md5)
		key = association(host, &seg->src, &seg->dst);
	return judge_by(host, key, seg);
}

enum tcpsim_rule md5_judge_cookie(struct tcpsim_host *host, const struct tcpsim_segment *seg)
{
	if (!md5_exists(host) || host->sys.md5_rule == TCPSIM_MD5_SOCKETS ||
		!(seg->options.present & TCPSIM_HAS_MD5))
		return TCPSIM_RULE_NONE;
	return judge_by(host, association(host, &seg->src, &seg->dst), seg);
}

enum tcpsim_rule md5_judge(
	struct tcpsim_host *host, const struct conn *conn, const struct tcpsim_segment *seg)
{
	const struct md5_key *key;

	/* TIME-WAIT is not asked: Linux tcp_v4_rcv, FreeBSD tcp_input come to it before. */
	if (!md5_exists(host) || conn->kind == CONN_TIME_WAIT)
		return TCPSIM_RULE_NONE;
	if (host->sys.md5_rule == TCPSIM_MD5_SOCKETS)
		return judge_by(host, key_of(host, conn, &seg->src, &seg->dst), seg);
	if (conn->kind == CONN_REQUEST && is_bare_syn(seg))
		return md5_judge_for_listener(((const struct tcp_request *)conn)->listener, seg);
	if (!conn->is_signed) /* FreeBSD tcp_input does not look at the option then */
		return TCPSIM_RULE_NONE;
	key = association(host, &seg->src, &seg->dst);
	if (key || seg->options.present & TCPSIM_HAS_MD5)
		return judge_by(host, key, seg);
	host_count(host, COUNTER_MD5_NOT_FOUND);
	return TCPSIM_RULE_ARRIVE_MD5_MISSING;
}
