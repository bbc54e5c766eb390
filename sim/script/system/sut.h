/*
 * A system under test: what the executor of scripts talks to. The simulated host is one; the
 * running kernel behind a TUN device can be another. Nothing here says how a system keeps time or
 * carries packets.
 *
 * Times are nanoseconds since the system was made. A call is started and completes at once or
 * later; while one is pending the executor lets time go on with advance(), injects packets, and
 * looks at what was sent. At most one call is pending at a time. Values are those of the build
 * machine's headers (AF_INET, SOL_TCP, O_NONBLOCK ...); names that only another system has are
 * numbered in script/language/symbols.h.
 */
#ifndef SCRIPT_SYSTEM_SUT_H
#define SCRIPT_SYSTEM_SUT_H

#include <glib.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum sut_platform { SUT_LINUX, SUT_FREEBSD };

enum sut_nr {
	SUT_SOCKET,   /* ints: domain, type, protocol */
	SUT_BIND,     /* addr */
	SUT_LISTEN,   /* ints: backlog */
	SUT_ACCEPT,   /* addr out; ints: flags */
	SUT_CONNECT,  /* addr */
	SUT_READ,     /* msg */
	SUT_READV,    /* msg */
	SUT_RECV,     /* msg; ints: flags */
	SUT_RECVFROM, /* msg; ints: flags */
	SUT_RECVMSG,  /* msg; ints: flags */
	SUT_WRITE,    /* msg */
	SUT_WRITEV,   /* msg */
	SUT_SEND,     /* msg; ints: flags */
	SUT_SENDTO,   /* msg with msg_name; ints: flags */
	SUT_SENDMSG,  /* msg; ints: flags */
	SUT_FCNTL,    /* ints: command, argument */
	SUT_IOCTL,    /* number: request; data: its int */
	SUT_CLOSE,
	SUT_SHUTDOWN,	/* ints: how */
	SUT_GETSOCKOPT, /* ints: level, name; data and data_len, both in and out */
	SUT_SETSOCKOPT, /* ints: level, name; data and data_len */
	SUT_POLL,	/* polls; ints: how many, timeout in ms */
	SUT_EPOLL_CREATE,
	SUT_EPOLL_CTL,	/* other_fd; epolls[0]; ints: operation */
	SUT_EPOLL_WAIT, /* epolls; ints: how many, timeout in ms */
	SUT_PIPE,	/* fds out */
	SUT_SPLICE,	/* fd in, other_fd out; number: bytes; ints: flags */
	SUT_OPEN,	/* path; ints: flags */
	SUT_SENDFILE,	/* fd out, other_fd in; offset; number: bytes */
};

struct sut_call {
	enum sut_nr nr;
	int fd, other_fd;
	int ints[3];
	int64_t number, offset;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	struct msghdr msg; /* its buffers are the executor's and live until the call is done */
	struct pollfd *polls;
	struct epoll_event *epolls;
	void *data;
	socklen_t data_len;
	const char *path;
	int fds[2];
	/* written by the system when the call is complete */
	bool done;
	int64_t result; /* what the call returned: -1 with `error` set on failure */
	int error;	/* errno */
	int64_t done_ns;
	/* splice and sendfile: the bytes, for the caller to unref; NULL: not known */
	GBytes *moved;
	/* the system's own, while the call is pending */
	struct {
		size_t moved;	 /* bytes so far */
		bool connecting; /* a send that opens its connection first */
		bool closed;	 /* its descriptor was; the call alone holds the socket */
		int named;	 /* the descriptor that was closed */
		bool waiting;	 /* it has been tried before */
		int64_t deadline_ns;
	} progress;
};

enum sut_wake {
	SUT_TIME,   /* the time asked for has come */
	SUT_PACKET, /* a packet waits to be looked at */
	SUT_CALL,   /* the pending call is complete */
	/* nothing will ever happen again by itself (only when asked for an end of time) */
	SUT_IDLE,
};

/* What else ends advance() but time. */
enum { SUT_WANT_PACKET = 1 << 0, SUT_WANT_CALL = 1 << 1 };

#define SUT_FOREVER INT64_MAX

typedef void (*sut_field_fn)(void *context, const char *name, int64_t value);

struct sut;

struct sut_ops {
	void (*free)(struct sut *sut);
	int64_t (*now)(struct sut *sut);
	/* Starts a call; call->done tells whether it is already complete. A pending one stays the
	 * caller's. */
	void (*call)(struct sut *sut, struct sut_call *call);
	/* Lets time go on until `until_ns`, or until something that `wanted` names. */
	enum sut_wake (*advance)(struct sut *sut, int64_t until_ns, unsigned wanted);
	/* A packet arrives. segment_size: payload of each real segment of a merged one (receive
	 * offload); 0: a real packet. */
	void (*inject)(struct sut *sut, const uint8_t *bytes, size_t len, unsigned segment_size);
	/* The next packet the system has sent, in order, and when; NULL if there is none. The
	 * caller unrefs it. */
	GBytes *(*sent)(struct sut *sut, int64_t *time_ns);
	/* Runs a command line; what it prints is appended to `output`, complaints too. Returns its
	 * exit status. */
	int (*command)(struct sut *sut, const char *text, GString *output);
	/* Every figure of a connection (tcpi_state, ...); false if the descriptor has none. */
	bool (*info)(struct sut *sut, int fd, sut_field_fn each, void *context);
	/* Time 0 is now: what was done before was preparation. May be NULL: it took no time. */
	void (*begin)(struct sut *sut);
	/* Why the run cannot go on (what the system does has no end), or NULL. May be NULL. */
	const char *(*trouble)(struct sut *sut);
	/* Why the last things happened, a line each, newest last. May be NULL. */
	void (*explain)(struct sut *sut, GString *output, unsigned lines);
};

struct sut {
	const struct sut_ops *ops;
	enum sut_platform platform;
	/* what the system's own clock (in the timestamps it hands out) showed at time 0 */
	int64_t epoch_ns;
};

#endif
