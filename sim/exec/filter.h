/*
 * Which system calls of a program are told to the supervisor: those that make, name or set sockets,
 * and of those that send and receive only the ones whose flags a stream of bytes between two
 * processes does not have. A seccomp filter (seccomp(2), seccomp_unotify(2)); it needs no root and
 * cannot be left, by static programs neither, and every child has it.
 *
 * What is decided by the filter alone: io_uring is not there (ENOSYS: programs fall back to calls
 * that can be told), nor are the calls of another architecture, which have other numbers.
 */
#ifndef SIM_EXEC_FILTER_H
#define SIM_EXEC_FILTER_H

#include <stdbool.h>
#include <stdint.h>

enum exec_call_kind {
	EXEC_SOCKET,
	EXEC_BIND,
	EXEC_CONNECT,
	EXEC_LISTEN,
	EXEC_ACCEPT,
	EXEC_GETSOCKNAME,
	EXEC_GETPEERNAME,
	EXEC_SETSOCKOPT,
	EXEC_GETSOCKOPT,
	EXEC_SHUTDOWN,
	EXEC_SEND, /* sendto */
	EXEC_SENDMSG,
	EXEC_SENDMMSG,
	EXEC_RECV, /* recvfrom */
	EXEC_RECVMSG,
	EXEC_IOCTL,
	EXEC_NCALLS
};

struct exec_caller;

/* One that was told, with its arguments as the program gave them. */
struct exec_call {
	struct exec_caller *caller; /* who can answer it: access.h */
	uint64_t id;		    /* of the notification */
	int tid;
	enum exec_call_kind kind;
	uint64_t args[6];
};

/* "connect"; for what is said of a call. */
const char *exec_call_name(enum exec_call_kind kind);
/* From a system call's number and arguments, with accept() as the accept4() that it is. False: the
 * filter tells of no such call. */
bool exec_call_decode(int number, const uint64_t args[6], struct exec_call *out);

/* Puts this process, which has no_new_privs, under the filter. The descriptor on which its calls
 * are told, or -1 and errno. */
int exec_filter_install(void);

#endif
