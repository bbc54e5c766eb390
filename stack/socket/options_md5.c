/* TCP_MD5SIG and TCP_MD5SIG_EXT. See options_md5.h. */
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <socket/options.h>
#include <socket/options_md5.h>
#include <tcp/md5.h>
#include <tcp/status.h>
#include <tcpsim/options.h>

#define ANY_BITS 96 /* of an IPv4 address among those of IPv6 */

/* A socket of either family names its peers as its own addresses are. */
static int peer_of(
	const struct tcp_socket *so, const struct sockaddr_storage *addr, struct tcpsim_addr *peer)
{
	if (addr->ss_family != so->family)
		return -EINVAL;
	if (so->family == AF_INET)
		*peer = tcpsim_addr_v4(
			be32toh(((const struct sockaddr_in *)addr)->sin_addr.s_addr));
	else
		memcpy(peer->b, &((const struct sockaddr_in6 *)addr)->sin6_addr, 16);
	return 0;
}

/* Linux tcp_v4_parse_md5_keys, tcp_v6_parse_md5_keys. There is no device that is an L3 master. */
static int set_key(struct tcp_socket *so, const void *value, socklen_t len, bool extended)
{
	struct tcpsim_md5sig sig;
	struct tcpsim_addr peer;
	uint8_t bits = 128, most = 128;
	int error;

	if (len < sizeof(sig))
		return -EINVAL;
	memcpy(&sig, value, sizeof(sig));
	error = peer_of(so, &sig.addr, &peer);
	if (error)
		return error;
	if (tcpsim_addr_is_v4(&peer))
		most = 32;
	if (extended && sig.flags & TCPSIM_MD5SIG_PREFIX) {
		if (sig.prefix_len > most)
			return -EINVAL;
		bits = (uint8_t)(sig.prefix_len + (most == 32 ? ANY_BITS : 0));
	}
	if (extended && sig.ifindex && sig.flags & TCPSIM_MD5SIG_IFINDEX)
		return -EINVAL;
	return tcp_md5_set_key(so, &peer, bits, sig.key, sig.key_len);
}

int option_set_md5(struct tcp_socket *so, const void *value, socklen_t len)
{
	int on;

	if (!md5_exists(so->host))
		return -ENOPROTOOPT;
	if (so->host->sys.md5_rule == TCPSIM_MD5_SOCKETS)
		return set_key(so, value, len, false);
	if (len < sizeof(on))
		return -EINVAL;
	memcpy(&on, value, sizeof(on));
	tcp_md5_switch(so, on > 0);
	return 0;
}

int option_get_md5(struct tcp_socket *so, void *value, socklen_t *len)
{
	int on = tcp_settings_of(so)->md5;

	if (!md5_exists(so->host) || so->host->sys.md5_rule == TCPSIM_MD5_SOCKETS)
		return -ENOPROTOOPT;
	return option_copy(&on, sizeof(on), value, len);
}

int option_set_md5_ext(struct tcp_socket *so, const void *value, socklen_t len)
{
	if (!md5_exists(so->host) || so->host->sys.md5_rule != TCPSIM_MD5_SOCKETS)
		return -ENOPROTOOPT;
	return set_key(so, value, len, true);
}
