/* The options that have segments signed, RFC 2385: by the profile's md5_rule a key for a peer (Linux's
 * struct tcp_md5sig), or a switch (FreeBSD); -ENOPROTOOPT where there is no MD5. */
#ifndef TCPSIM_SOCKET_OPTIONS_MD5_H
#define TCPSIM_SOCKET_OPTIONS_MD5_H

#include <sys/socket.h>

struct tcp_socket;

int option_set_md5(struct tcp_socket *so, const void *value, socklen_t len);
int option_get_md5(struct tcp_socket *so, void *value, socklen_t *len);
int option_set_md5_ext(struct tcp_socket *so, const void *value, socklen_t len);

#endif
