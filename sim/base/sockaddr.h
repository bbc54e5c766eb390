/* The stack's addresses as the system's sockaddr, of either family. Memory is the caller's. */
#ifndef SIM_BASE_SOCKADDR_H
#define SIM_BASE_SOCKADDR_H

#include <stdint.h>
#include <sys/socket.h>
#include <tcpsim/addr.h>

/* Writes a sockaddr_in or a sockaddr_in6; returns its length. */
socklen_t sockaddr_put(const struct tcpsim_addr *addr, uint16_t port, struct sockaddr_storage *out);

#endif
