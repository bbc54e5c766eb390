/*
 * Signed segments: whose key signs them, signing, and judging those that come. RFC 2385.
 *
 * Keys are a socket's, each for its peers (Linux), or the host's, each for what goes from one address
 * to another (FreeBSD): the profile's md5_rule. Of a connection the first kind is kept by the host
 * under the connection's number, as it outlives its socket and its control block; entries of a SYN
 * queue ask the listener's socket. conn.is_signed says that a connection's segments are signed: where
 * it is not set nothing here is asked, but of segments that come signed and of those that no
 * connection takes.
 */
#ifndef TCPSIM_TCP_MD5_H
#define TCPSIM_TCP_MD5_H

#include <host/host.h>
#include <tcpsim/segment.h>
#include <wire/md5.h>

struct tcp_listener;
struct tcp_request;
struct tcp_tcb;

#define MD5_KEY_MOST 80 /* bytes, of both systems */

/* What stands in the option until the segment is signed: where the connection is signed, else NULL. */
const uint8_t *md5_room(const struct conn *conn);

/* --- keys --- */
/* TCP_MD5SIG is there: the system has it, and whoever made the host brought MD5. */
bool md5_exists(const struct tcpsim_host *host);
/* The socket's key for all peers that begin with so many bits of that address; without bytes it is
 * forgotten. 0, -EINVAL, -ENOENT, -ENOMEM. */
int tcp_md5_set_key(struct tcp_socket *so, const struct tcpsim_addr *peer, uint8_t prefix_len,
	const uint8_t *key, size_t len);
/* The socket's segments are signed with the host's keys, or not any more. */
void tcp_md5_switch(struct tcp_socket *so, bool on);
/* The socket goes. */
void tcp_md5_forget(struct tcp_socket *so);
/* The connection begins, its peer known; `from` stood in the SYN queue for it, or is NULL. */
void md5_begin(struct tcp_tcb *tcb, const struct tcp_request *from);
/* A process has it from now on: its key is the socket's. */
void md5_accepted(struct tcp_tcb *tcb);
/* Nothing of the connection will be signed any more. */
void md5_end(struct tcpsim_host *host, const struct conn *conn);
/* The host ends. */
void md5_free(struct tcpsim_host *host);

/* --- segments --- */
/* The segment is as it will leave but for its digest, which is put into `options`, its own. False: no
 * key is there, and it may not leave. */
bool md5_sign(struct tcpsim_host *host, const struct conn *conn, struct tcpsim_segment *out,
	uint8_t *options);
/* The same of a RST that answers `in` where no connection speaks; it gets its option here. */
bool md5_sign_refusal(struct tcpsim_host *host, const struct tcpsim_segment *in,
	struct tcpsim_segment *out, uint8_t options[WIRE_MD5_OPTION_LEN]);
/* The rule by which a segment for it is dropped, or NONE. */
enum tcpsim_rule md5_judge(
	struct tcpsim_host *host, const struct conn *conn, const struct tcpsim_segment *seg);
enum tcpsim_rule md5_judge_for_listener(
	const struct tcp_listener *listener, const struct tcpsim_segment *seg);
/* An ACK that brings a good cookie; FreeBSD syncache_expand() asks then, whatever its listener does. */
enum tcpsim_rule md5_judge_cookie(struct tcpsim_host *host, const struct tcpsim_segment *seg);

/* May there be anything to judge? A listener may have got its key after the entry's SYN came. */
static inline bool md5_concerns(const struct conn *conn, const struct tcpsim_segment *seg)
{
	return conn->is_signed || seg->options.present & TCPSIM_HAS_MD5 ||
	       conn->kind == CONN_REQUEST;
}

#endif
