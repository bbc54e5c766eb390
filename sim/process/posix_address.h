/* Addresses of the stack as sockaddr and back: what the calls about names share. */
#ifndef SIM_PROCESS_POSIX_ADDRESS_H
#define SIM_PROCESS_POSIX_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <tcpsim/addr.h>

/* Writes a sockaddr_in or a sockaddr_in6; returns its length. */
socklen_t posix_put_address(
	const struct tcpsim_addr *addr, uint16_t port, struct sockaddr_storage *out);

#endif
