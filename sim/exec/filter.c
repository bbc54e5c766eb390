/* The seccomp filter. See filter.h. */
#include "exec/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH    AUDIT_ARCH_X86_64
#define FOREIGN_BIT 0x40000000 /* x32: other numbers under the same architecture */
#elif defined(__aarch64__)
#define OUR_ARCH    AUDIT_ARCH_AARCH64
#define FOREIGN_BIT 0x80000000
#else
#error "which calls make sockets is known for x86-64 and arm64"
#endif

/* MSG_ZEROCOPY is not among them: without SO_ZEROCOPY, which is refused, it means nothing. */
#define SEND_FLAGS    (MSG_OOB | MSG_FASTOPEN)
#define RECEIVE_FLAGS (MSG_OOB | MSG_ERRQUEUE)

/* When the supervisor is notified of a call. */
enum notify {
	NOTIFY_ALWAYS,
	NOTIFY_STREAM, /* of the second argument's type, in an internet family */
	NOTIFY_TO, /* with one of SEND_FLAGS in the fourth argument, or an address in the fifth */
	NOTIFY_FLAGS_3, /* with one of SEND_FLAGS in the third */
	NOTIFY_FLAGS_4,
	NOTIFY_ASKED_3, /* with one of RECEIVE_FLAGS */
	NOTIFY_ASKED_4,
	NOTIFY_COUNTS, /* an ioctl about a socket's bytes */
};

static const struct {
	int number;
	enum exec_call_kind kind;
	enum notify notify;
	const char *name;
} CALLS[] = {
	{SYS_socket, EXEC_SOCKET, NOTIFY_STREAM, "socket"},
	{SYS_bind, EXEC_BIND, NOTIFY_ALWAYS, "bind"},
	{SYS_connect, EXEC_CONNECT, NOTIFY_ALWAYS, "connect"},
	{SYS_listen, EXEC_LISTEN, NOTIFY_ALWAYS, "listen"},
	{SYS_accept4, EXEC_ACCEPT, NOTIFY_ALWAYS, "accept4"},
	{SYS_accept, EXEC_ACCEPT, NOTIFY_ALWAYS, "accept"},
	{SYS_getsockname, EXEC_GETSOCKNAME, NOTIFY_ALWAYS, "getsockname"},
	{SYS_getpeername, EXEC_GETPEERNAME, NOTIFY_ALWAYS, "getpeername"},
	{SYS_setsockopt, EXEC_SETSOCKOPT, NOTIFY_ALWAYS, "setsockopt"},
	{SYS_getsockopt, EXEC_GETSOCKOPT, NOTIFY_ALWAYS, "getsockopt"},
	{SYS_shutdown, EXEC_SHUTDOWN, NOTIFY_ALWAYS, "shutdown"},
	{SYS_sendto, EXEC_SEND, NOTIFY_TO, "sendto"},
	{SYS_sendmsg, EXEC_SENDMSG, NOTIFY_FLAGS_3, "sendmsg"},
	{SYS_sendmmsg, EXEC_SENDMMSG, NOTIFY_FLAGS_4, "sendmmsg"},
	{SYS_recvfrom, EXEC_RECV, NOTIFY_ASKED_4, "recvfrom"},
	{SYS_recvmsg, EXEC_RECVMSG, NOTIFY_ASKED_3, "recvmsg"},
	{SYS_ioctl, EXEC_IOCTL, NOTIFY_COUNTS, "ioctl"},
};
#define N_CALLS (sizeof(CALLS) / sizeof(CALLS[0]))

const char *exec_call_name(enum exec_call_kind kind)
{
	for (size_t i = 0; i < N_CALLS; i++) {
		if (CALLS[i].kind == kind)
			return CALLS[i].name;
	}
	return "?";
}

bool exec_call_decode(int number, const uint64_t args[6], struct exec_call *out)
{
	for (size_t i = 0; i < N_CALLS; i++) {
		if (CALLS[i].number != number)
			continue;
		out->kind = CALLS[i].kind;
		for (int a = 0; a < 6; a++)
			out->args[a] = args[a];
		if (number == SYS_accept)
			out->args[3] = 0;
		return true;
	}
	return false;
}

/* --- the program of the filter --- */

#define MOST_STEPS 160

struct assembly {
	struct sock_filter step[MOST_STEPS];
	unsigned short n;
};

#define NOTIFY BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)
#define ALLOW  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define NO_SYS BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)

static void add(struct assembly *a, struct sock_filter step)
{
	if (a->n < MOST_STEPS)
		a->step[a->n] = step;
	a->n++;
}

static void load(struct assembly *a, size_t offset)
{
	add(a, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* The half of an argument that an int has; numbers are little-endian on both architectures. */
static void load_argument(struct assembly *a, unsigned i)
{
	load(a, offsetof(struct seccomp_data, args) + i * sizeof(uint64_t));
}

/* If the value loaded is k, the next step; else over it. */
static void only_if(struct assembly *a, uint32_t k)
{
	add(a, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1));
}

static void notify_if_flags(struct assembly *a, unsigned argument, uint32_t flags)
{
	load_argument(a, argument);
	add(a, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flags, 0, 1));
	add(a, (struct sock_filter)NOTIFY);
}

static void notify_if_stream(struct assembly *a)
{
	load_argument(a, 1);
	add(a, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf)); /* SOCK_TYPE_MASK */
	add(a, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 1, 0));
	add(a, (struct sock_filter)ALLOW);
	load_argument(a, 0);
	only_if(a, AF_INET);
	add(a, (struct sock_filter)NOTIFY);
	only_if(a, AF_INET6);
	add(a, (struct sock_filter)NOTIFY);
}

static void notify_if_address(struct assembly *a)
{
	size_t at = offsetof(struct seccomp_data, args) + 4 * sizeof(uint64_t);

	for (unsigned half = 0; half < 2; half++) {
		load(a, at + half * sizeof(uint32_t));
		add(a, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
		add(a, (struct sock_filter)NOTIFY);
	}
}

static void notify_if_counts(struct assembly *a)
{
	static const uint32_t REQUESTS[] = {FIONREAD, TIOCOUTQ, SIOCOUTQNSD, SIOCATMARK};

	load_argument(a, 1);
	for (size_t i = 0; i < sizeof(REQUESTS) / sizeof(REQUESTS[0]); i++) {
		only_if(a, REQUESTS[i]);
		add(a, (struct sock_filter)NOTIFY);
	}
}

static void add_condition(struct assembly *a, enum notify notify)
{
	switch (notify) {
	case NOTIFY_ALWAYS: add(a, (struct sock_filter)NOTIFY); return;
	case NOTIFY_STREAM: notify_if_stream(a); break;
	case NOTIFY_TO:
		notify_if_flags(a, 3, SEND_FLAGS);
		notify_if_address(a);
		break;
	case NOTIFY_FLAGS_3: notify_if_flags(a, 2, SEND_FLAGS); break;
	case NOTIFY_FLAGS_4: notify_if_flags(a, 3, SEND_FLAGS); break;
	case NOTIFY_ASKED_3: notify_if_flags(a, 2, RECEIVE_FLAGS); break;
	case NOTIFY_ASKED_4: notify_if_flags(a, 3, RECEIVE_FLAGS); break;
	case NOTIFY_COUNTS: notify_if_counts(a); break;
	}
	add(a, (struct sock_filter)ALLOW);
}

/* The number is loaded: if it is this call's, its condition decides; else over all of it. */
static void add_call(struct assembly *a, int number, enum notify notify)
{
	unsigned short jump = a->n;

	add(a, (struct sock_filter){0});
	add_condition(a, notify);
	if (a->n <= MOST_STEPS)
		a->step[jump] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, a->n - jump - 1);
}

static void assemble(struct assembly *a)
{
	static const int ABSENT[] = {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register};

	a->n = 0;
	load(a, offsetof(struct seccomp_data, arch));
	add(a, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0));
	add(a, (struct sock_filter)NO_SYS);
	load(a, offsetof(struct seccomp_data, nr));
	add(a, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FOREIGN_BIT, 0, 1));
	add(a, (struct sock_filter)NO_SYS);
	for (size_t i = 0; i < sizeof(ABSENT) / sizeof(ABSENT[0]); i++) {
		only_if(a, (uint32_t)ABSENT[i]);
		add(a, (struct sock_filter)NO_SYS);
	}
	for (size_t i = 0; i < N_CALLS; i++)
		add_call(a, CALLS[i].number, CALLS[i].notify);
	add(a, (struct sock_filter)ALLOW);
}

int exec_filter_install(void)
{
	struct assembly a;
	struct sock_fprog program;

	assemble(&a);
	if (a.n > MOST_STEPS) {
		errno = E2BIG;
		return -1;
	}
	program = (struct sock_fprog){.len = a.n, .filter = a.step};
	return (int)syscall(
		SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}
