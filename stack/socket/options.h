/* The table of socket options, and what the handlers of options_tcp.c and options_ip.c
 * are made of. */
#ifndef TCPSIM_SOCKET_OPTIONS_H
#define TCPSIM_SOCKET_OPTIONS_H

#include <sys/socket.h>
#include <tcp/socket.h>

enum option_form {
	OPTION_SOCKET_FLAG, /* a bool of struct tcp_socket */
	OPTION_FLAG,	    /* a bool of struct tcp_settings */
	OPTION_U8,	    /* a number of struct tcp_settings, min to max */
	OPTION_U16,
	OPTION_U32,
	OPTION_CALL, /* get and set say; NULL: -ENOPROTOOPT */
};

/* A value of one int is handed to get and set as one; other sizes go through the buffer calls. */
/* Text that was held back for it leaves when the option is set so. */
enum option_push { PUSH_NEVER, PUSH_WHEN_ON, PUSH_WHEN_OFF };

struct option {
	int level, name;
	enum option_form form;
	uint16_t offset;
	/* what getsockopt gives for a set flag where the profile has option_bits */
	uint16_t bsd_bit;
	enum option_push push;
	int min, max;
	int (*get)(struct tcp_socket *so, int *value);
	int (*set)(struct tcp_socket *so, int value);
	int (*get_buffer)(struct tcp_socket *so, void *value, socklen_t *len);
	int (*set_buffer)(struct tcp_socket *so, const void *value, socklen_t len);
};

extern const struct option OPTIONS_SOCKET[], OPTIONS_TCP[],
	OPTIONS_IP[]; /* each ended by level -1 */

#define OPTION_END                                                                                 \
	{                                                                                          \
		.level = -1                                                                        \
	}
/* Copies to the caller as getsockopt does: cut to *len, which becomes what was copied. */
int option_copy(const void *from, size_t size, void *value, socklen_t *len);
/* A process may change it only before connect() or listen(). */
bool option_is_fresh(const struct tcp_socket *so);

#endif
