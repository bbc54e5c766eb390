/* Socket addresses. See address.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <socket/address.h>

const struct tcpsim_addr ADDR_ANY4 = {.b = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}};
const struct tcpsim_addr ADDR_ANY6;

/* RFC 2133's struct sockaddr_in6, without a scope id: Linux still takes it. */
#define SIN6_LEN_RFC2133 24

int address_read(const struct sockaddr *in, socklen_t len, int family, struct tcpsim_addr *addr,
	uint16_t *port)
{
	struct sockaddr_in6 v6 = {0};
	struct sockaddr_in v4;

	if (!in && len)
		return -EFAULT;
	if (len < (socklen_t)sizeof(in->sa_family))
		return -EINVAL;
	if (in->sa_family != family)
		return len < (socklen_t)sizeof(v4) ? -EINVAL : -EAFNOSUPPORT;
	if (family == AF_INET) {
		if (len < (socklen_t)sizeof(v4))
			return -EINVAL;
		memcpy(&v4, in, sizeof(v4));
		*addr = tcpsim_addr_v4(ntohl(v4.sin_addr.s_addr));
		*port = ntohs(v4.sin_port);
		return 0;
	}
	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	memcpy(&v6, in, len < (socklen_t)sizeof(v6) ? len : sizeof(v6));
	memcpy(addr->b, &v6.sin6_addr, 16);
	*port = ntohs(v6.sin6_port);
	return 0;
}

int address_write(int family, const struct tcpsim_addr *addr, uint16_t port, struct sockaddr *out,
	socklen_t *len)
{
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} from;
	socklen_t whole = family == AF_INET ? sizeof(from.v4) : sizeof(from.v6);

	if (!out || !len)
		return len || out ? -EFAULT : 0;
	if (*len > INT32_MAX)
		return -EINVAL;
	memset(&from, 0, sizeof(from));
	if (family == AF_INET) {
		from.v4.sin_family = AF_INET;
		from.v4.sin_port = htons(port);
		from.v4.sin_addr.s_addr = htonl(tcpsim_addr_to_v4(addr));
	} else {
		from.v6.sin6_family = AF_INET6;
		from.v6.sin6_port = htons(port);
		memcpy(&from.v6.sin6_addr, addr->b, 16);
	}
	memcpy(out, &from, *len < whole ? *len : whole);
	*len = whole;
	return 0;
}

/* Bit 1: takes IPv4, bit 2: takes IPv6. */
static int families(const struct tcpsim_addr *a, bool v6only)
{
	if (tcpsim_addr_is_v4(a))
		return 1;
	return tcpsim_addr_is_any(a) && !v6only ? 3 : 2;
}

bool address_overlap(
	const struct tcpsim_addr *a, bool a_v6only, const struct tcpsim_addr *b, bool b_v6only)
{
	if (!(families(a, a_v6only) & families(b, b_v6only)))
		return false;
	return tcpsim_addr_is_any(a) || tcpsim_addr_is_any(b) || tcpsim_addr_eq(a, b);
}
