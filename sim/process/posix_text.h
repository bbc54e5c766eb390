/*
 * Calls in words, for the world's witness: what strace would print. Nodes stand by name where the
 * name says which address is meant. Texts live until the next one of the same function, and are
 * empty where nobody watches.
 */
#ifndef SIM_PROCESS_POSIX_TEXT_H
#define SIM_PROCESS_POSIX_TEXT_H

#include <sys/socket.h>

/* "server:80", "10.0.1.1:5000", "NULL". */
const char *posix_address_text(const struct sockaddr *addr, socklen_t len);
/* "AF_INET, SOCK_STREAM, IPPROTO_TCP" */
const char *posix_socket_text(int family, int type, int protocol);
/* "SOL_SOCKET, SO_REUSEADDR"; with a value, also ", 1". */
const char *posix_option_text(int level, int name, const void *value, socklen_t len);
/* The name with that beginning, or the number; flags: of each bit. */
const char *posix_name_text(const char *prefix, int value);
const char *posix_flag_text(const char *prefix, int flags);
size_t posix_message_len(const struct msghdr *message);

#endif
