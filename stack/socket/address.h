/* Socket addresses in and out: struct sockaddr_in and sockaddr_in6 against the 16-byte form. RFC
 * 3493 §3.7. */
#ifndef TCPSIM_SOCKET_ADDRESS_H
#define TCPSIM_SOCKET_ADDRESS_H

#include <sys/socket.h>
#include <tcp/socket.h>

extern const struct tcpsim_addr ADDR_ANY4, ADDR_ANY6;

/* Reads an address for a socket of that family. 0, -EINVAL (too short), -EAFNOSUPPORT. */
int address_read(const struct sockaddr *in, socklen_t len, int family, struct tcpsim_addr *addr,
	uint16_t *port);
/* Writes as much as *len has room for; *len becomes the whole length. 0 or -EINVAL. */
int address_write(int family, const struct tcpsim_addr *addr, uint16_t port, struct sockaddr *out,
	socklen_t *len);
/* Would both take the same segment? A wildcard stands for its family, that of a dual-stack socket
 * for both. */
bool address_overlap(
	const struct tcpsim_addr *a, bool a_v6only, const struct tcpsim_addr *b, bool b_v6only);

#endif
