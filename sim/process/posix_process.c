/* What a program knows of itself: its number, its end, signals that never come, children it does
 * not have, randomness. See <tcpsim/posix.h>. */
#define TCPSIM_POSIX_NO_MACROS
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "process/wait.h"

#define FIRST_PID 2 /* 1 is whoever started it */

pid_t tcpsim_posix_getpid(void)
{
	const struct process *p = process_current();

	return p ? (pid_t)(FIRST_PID - 1 + p->id) : getpid();
}

pid_t tcpsim_posix_getppid(void)
{
	return process_current() ? FIRST_PID - 1 : getppid();
}

int tcpsim_posix_sched_yield(void)
{
	if (!posix_host())
		return -1;
	process_sleep_until(process_now());
	return 0;
}

/* --- children: there are none --- */

pid_t tcpsim_posix_waitpid(pid_t pid, int *status, int options)
{
	return posix_host() ? (pid_t)posix_result(-ECHILD) : -1;
}

pid_t tcpsim_posix_wait(int *status)
{
	return tcpsim_posix_waitpid(-1, status, 0);
}

pid_t tcpsim_posix_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	return tcpsim_posix_waitpid(pid, status, options);
}

pid_t tcpsim_posix_wait3(int *status, int options, struct rusage *usage)
{
	return tcpsim_posix_waitpid(-1, status, options);
}

int tcpsim_posix_waitid(int type, id_t id, siginfo_t *info, int options)
{
	return tcpsim_posix_waitpid(-1, NULL, options);
}

/* --- signals: what was asked for is kept, and none is ever sent --- */

static struct process_signals *signals(void)
{
	struct process *p = process_current();

	if (!p->signals)
		p->signals = process_alloc(sizeof(*p->signals));
	return p->signals;
}

int tcpsim_posix_sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	struct process_signals *all;

	if (!posix_host())
		return -1;
	if (number < 1 || number >= PROCESS_SIGNALS ||
		(action && (number == SIGKILL || number == SIGSTOP)))
		return (int)posix_result(-EINVAL);
	all = signals();
	if (old)
		*old = all->action[number];
	if (action)
		all->action[number] = *action;
	return 0;
}

tcpsim_signal_handler *tcpsim_posix_signal(int number, tcpsim_signal_handler *handler)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;

	return tcpsim_posix_sigaction(number, &action, &old) ? SIG_ERR : old.sa_handler;
}

int tcpsim_posix_siginterrupt(int number, int interrupts)
{
	struct sigaction action;

	if (tcpsim_posix_sigaction(number, NULL, &action))
		return -1;
	if (interrupts)
		action.sa_flags &= ~SA_RESTART;
	else
		action.sa_flags |= SA_RESTART;
	return tcpsim_posix_sigaction(number, &action, NULL);
}

/* The error's number, as pthread_sigmask gives it. */
static int change_mask(int how, const sigset_t *set, sigset_t *old)
{
	struct process_signals *all = signals();

	if (set && how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK)
		return EINVAL;
	if (old)
		*old = all->mask;
	if (set && how == SIG_SETMASK)
		all->mask = *set;
	for (int i = 1; set && how != SIG_SETMASK && i < PROCESS_SIGNALS; i++) {
		if (sigismember(set, i) != 1)
			continue;
		if (how == SIG_BLOCK)
			sigaddset(&all->mask, i);
		else
			sigdelset(&all->mask, i);
	}
	return 0;
}

int tcpsim_posix_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return posix_host() ? (int)posix_result(-change_mask(how, set, old)) : -1;
}

int tcpsim_posix_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	return posix_host() ? change_mask(how, set, old) : ENOSYS;
}

int tcpsim_posix_sigpending(sigset_t *set)
{
	if (!posix_host())
		return -1;
	return set ? sigemptyset(set) : (int)posix_result(-EFAULT);
}

/* --- randomness: the program's own, which the world's seed decides --- */

static void fill_at_random(void *out, size_t len)
{
	struct rng *rng = &process_current()->rng;

	for (uint8_t *byte = out; len; byte++, len--)
		*byte = (uint8_t)(rng_next(rng) >> 56);
}

ssize_t tcpsim_posix_getrandom(void *out, size_t len, unsigned flags)
{
	if (!posix_host())
		return -1;
	if (!out && len)
		return posix_result(-EFAULT);
	fill_at_random(out, len);
	return (ssize_t)len;
}

int tcpsim_posix_getentropy(void *out, size_t len)
{
	if (len > 256)
		return (int)posix_result(-EIO);
	return tcpsim_posix_getrandom(out, len, 0) < 0 ? -1 : 0;
}

void tcpsim_posix_arc4random_buf(void *out, size_t len)
{
	if (tcpsim_posix_getrandom(out, len, 0) < 0)
		memset(out, 0, len);
}

uint32_t tcpsim_posix_arc4random(void)
{
	uint32_t value;

	tcpsim_posix_arc4random_buf(&value, sizeof(value));
	return value;
}

uint32_t tcpsim_posix_arc4random_uniform(uint32_t bound)
{
	struct process *p = process_current();

	return p && bound ? (uint32_t)rng_below(&p->rng, bound) : 0;
}

/* --- complaints that end a program: <err.h>, <error.h> --- */

static void complain(const int *number, const char *format, va_list args)
{
	const struct process *p = process_current();

	fflush(stdout);
	fprintf(stderr, "%s: ", p ? p->name : "tcpsim");
	if (format)
		vfprintf(stderr, format, args);
	if (number)
		fprintf(stderr, "%s%s", format ? ": " : "", strerror(*number));
	fputc('\n', stderr);
}

void tcpsim_posix_verr(int status, const char *format, va_list args)
{
	int number = errno;

	complain(&number, format, args);
	tcpsim_posix_exit(status);
}

void tcpsim_posix_verrx(int status, const char *format, va_list args)
{
	complain(NULL, format, args);
	tcpsim_posix_exit(status);
}

void tcpsim_posix_err(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tcpsim_posix_verr(status, format, args);
}

void tcpsim_posix_errx(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tcpsim_posix_verrx(status, format, args);
}

void tcpsim_posix_error(int status, int number, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(number ? &number : NULL, format, args);
	va_end(args);
	if (status)
		tcpsim_posix_exit(status);
}
