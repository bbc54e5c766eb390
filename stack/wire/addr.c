#include <arpa/inet.h>
#include <tcpsim/addr.h>

/* inet_ntop writes what RFC 5952 §4 asks for: lower case, the longest run of zeros shortened, never
 * a single one. */
const char *tcpsim_addr_text(const struct tcpsim_addr *a, char *out)
{
	if (tcpsim_addr_is_v4(a))
		return inet_ntop(AF_INET, a->b + 12, out, TCPSIM_ADDRSTRLEN);
	return inet_ntop(AF_INET6, a->b, out, TCPSIM_ADDRSTRLEN);
}

bool tcpsim_addr_parse(const char *text, struct tcpsim_addr *out)
{
	struct tcpsim_addr a = tcpsim_addr_v4(0);

	if (inet_pton(AF_INET, text, a.b + 12) != 1 && inet_pton(AF_INET6, text, a.b) != 1)
		return false;
	*out = a;
	return true;
}
