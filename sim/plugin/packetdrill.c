/*
 * libtcpsim-packetdrill.so: google's packetdrill, unmodified, drives the simulated host.
 *
 *     packetdrill --so_filename=.../libtcpsim-packetdrill.so --so_flags=profile=linux SCRIPT
 *
 * Time is ours and virtual: packetdrill's usleep() and its waiting for packets let it go on, and
 * since it also spins on the clock, each look at it costs a microsecond. packetdrill makes blocking
 * calls on a second thread; the first one, which moves time, waits until that thread has seen when
 * its call ended, so that the end is told exactly.
 *
 * The descriptors it sees are real ones that lead nowhere, because at the end it closes them
 * without asking us.
 *
 * Flags, separated by commas: profile=NAME, ip=ipv4|ipv6|mapped, mtu=N, local=ADDRESS,
 * remote=ADDRESS, and settings of the host as NAME=VALUE (net.ipv4.tcp_sack=0). Commands of scripts
 * reach the host through $TCPSIM_PACKETDRILL: see commands.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/commands.h"
#include "plugin/packetdrill_abi.h"
#include "script/system/host.h"
#include "time_units.h"

/* How long the thread that moves time waits for the other one to see its result. */
#define HAND_OVER_MS 200
/* packetdrill closes what is left with the real close(): each descriptor handed out is a real one,
 * of /dev/null. */
#define FDS 1024

struct plugin {
	struct sut *sut;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct sut_call *pending; /* of the other thread */
	pthread_t sleeper;
	bool handing_over; /* it is complete, but its thread has not looked at the clock yet */
	struct plugin_commands *commands;
	int host_fd[FDS]; /* of each descriptor handed out, -1: none */
};

static void fatal(const char *what, const char *which)
{
	fprintf(stderr, "tcpsim: --so_flags: %s%s\n", what, which);
	exit(1);
}

/* --- time --- */

/* The other thread's call is complete: wake it, and wait until it has read the clock. */
static void hand_over(struct plugin *p)
{
	struct timespec until;

	p->pending = NULL;
	p->handing_over = true;
	pthread_cond_broadcast(&p->changed);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += HAND_OVER_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (p->handing_over && pthread_cond_timedwait(&p->changed, &p->mutex, &until) == 0)
		;
	p->handing_over = false;
}

static enum sut_wake advance(struct plugin *p, int64_t until, unsigned wanted)
{
	for (;;) {
		enum sut_wake wake = p->sut->ops->advance(
			p->sut, until, wanted | (p->pending != NULL ? SUT_WANT_CALL : 0));

		if (p->pending != NULL && p->pending->done)
			hand_over(p);
		else if (wake != SUT_CALL)
			return wake;
	}
}

static int plugin_usleep(void *userdata, useconds_t us)
{
	struct plugin *p = userdata;

	pthread_mutex_lock(&p->mutex);
	advance(p, p->sut->ops->now(p->sut) + us * NSEC_PER_USEC, 0);
	pthread_mutex_unlock(&p->mutex);
	return 0;
}

static int plugin_gettimeofday(void *userdata, struct timeval *time, struct timezone *zone)
{
	struct plugin *p = userdata;
	int64_t now;

	pthread_mutex_lock(&p->mutex);
	now = p->sut->ops->now(p->sut);
	if (p->handing_over && pthread_equal(p->sleeper, pthread_self())) {
		p->handing_over = false;
		pthread_cond_broadcast(&p->changed);
	} else {
		advance(p, now + NSEC_PER_USEC, 0);
	}
	pthread_mutex_unlock(&p->mutex);
	now += p->sut->epoch_ns;
	time->tv_sec = now / 1000000000;
	time->tv_usec = now % 1000000000 / NSEC_PER_USEC;
	return 0;
}

/* --- packets --- */

static int plugin_netdev_send(void *userdata, const void *bytes, size_t size)
{
	struct plugin *p = userdata;

	pthread_mutex_lock(&p->mutex);
	p->sut->ops->inject(p->sut, bytes, size, 0);
	advance(p, p->sut->ops->now(p->sut), 0);
	pthread_mutex_unlock(&p->mutex);
	return 0;
}

/* A host that will never send again gives a packet of no bytes, which packetdrill reports. */
static int plugin_netdev_receive(void *userdata, void *bytes, size_t *size, long long *time_us)
{
	struct plugin *p = userdata;
	int64_t time_ns = 0;
	GBytes *sent = NULL;
	gsize len = 0;

	pthread_mutex_lock(&p->mutex);
	while ((sent = p->sut->ops->sent(p->sut, &time_ns)) == NULL)
		if (advance(p, SUT_FOREVER, SUT_WANT_PACKET) == SUT_IDLE)
			break;
	pthread_mutex_unlock(&p->mutex);
	if (sent != NULL) {
		const void *data = g_bytes_get_data(sent, &len);

		memcpy(bytes, data, MIN(len, *size));
		g_bytes_unref(sent);
	}
	*size = MIN(len, *size);
	*time_us = (time_ns + p->sut->epoch_ns) / NSEC_PER_USEC;
	return 0;
}

/* --- calls --- */

/* Ours for one of packetdrill's; a number that is none of them stays, and is a bad one. */
static int host_fd(const struct plugin *p, int fd)
{
	return fd >= 0 && fd < FDS && p->host_fd[fd] >= 0 ? p->host_fd[fd] : -1;
}

/* A real descriptor that stands for the host's. */
static int hand_out(struct plugin *p, int fd)
{
	int real;

	if (fd < 0)
		return fd;
	real = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (real < 0 || real >= FDS) {
		if (real >= 0)
			close(real);
		errno = EMFILE;
		return -1;
	}
	p->host_fd[real] = fd;
	return real;
}

/* Makes the call; one that blocks sleeps here until the thread that moves time completes it. */
static int64_t make(struct plugin *p, struct sut_call *call)
{
	call->fd = host_fd(p, call->fd);
	pthread_mutex_lock(&p->mutex);
	p->sut->ops->call(p->sut, call);
	if (!call->done) {
		p->pending = call;
		p->sleeper = pthread_self();
		while (!call->done || p->pending == call)
			pthread_cond_wait(&p->changed, &p->mutex);
	}
	pthread_mutex_unlock(&p->mutex);
	errno = call->error;
	return call->result;
}

static void set_addr(struct sut_call *call, const struct sockaddr *addr, socklen_t len)
{
	call->addr_len = MIN(len, sizeof(call->addr));
	if (addr != NULL)
		memcpy(&call->addr, addr, call->addr_len);
}

static int plugin_socket(void *userdata, int domain, int type, int protocol)
{
	struct sut_call call = {.nr = SUT_SOCKET, .ints = {domain, type, protocol}};

	return hand_out(userdata, (int)make(userdata, &call));
}

static int plugin_bind(void *userdata, int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sut_call call = {.nr = SUT_BIND, .fd = fd};

	set_addr(&call, addr, len);
	return (int)make(userdata, &call);
}

static int plugin_listen(void *userdata, int fd, int backlog)
{
	struct sut_call call = {.nr = SUT_LISTEN, .fd = fd, .ints = {backlog}};

	return (int)make(userdata, &call);
}

static int plugin_accept(void *userdata, int fd, struct sockaddr *addr, socklen_t *len)
{
	struct sut_call call = {.nr = SUT_ACCEPT, .fd = fd, .addr_len = sizeof(call.addr)};
	int accepted = (int)make(userdata, &call);

	if (accepted >= 0 && addr != NULL) {
		memcpy(addr, &call.addr, MIN(*len, call.addr_len));
		*len = call.addr_len;
	}
	return hand_out(userdata, accepted);
}

static int plugin_connect(void *userdata, int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sut_call call = {.nr = SUT_CONNECT, .fd = fd};

	set_addr(&call, addr, len);
	return (int)make(userdata, &call);
}

static ssize_t transfer(void *userdata, enum sut_nr nr, int fd, const void *bytes, size_t size,
	int flags, struct sockaddr *addr, socklen_t len)
{
	struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
	struct sut_call call = {.nr = nr,
		.fd = fd,
		.ints = {flags},
		.msg = {.msg_iov = &part, .msg_iovlen = 1, .msg_name = addr, .msg_namelen = len}};

	return make(userdata, &call);
}

static ssize_t transfer_parts(
	void *userdata, enum sut_nr nr, int fd, const struct iovec *parts, int n)
{
	struct sut_call call = {.nr = nr,
		.fd = fd,
		.msg = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)n}};

	return make(userdata, &call);
}

static ssize_t plugin_read(void *userdata, int fd, void *bytes, size_t size)
{
	return transfer(userdata, SUT_READ, fd, bytes, size, 0, NULL, 0);
}

static ssize_t plugin_readv(void *userdata, int fd, const struct iovec *parts, int n)
{
	return transfer_parts(userdata, SUT_READV, fd, parts, n);
}

static ssize_t plugin_recv(void *userdata, int fd, void *bytes, size_t size, int flags)
{
	return transfer(userdata, SUT_RECV, fd, bytes, size, flags, NULL, 0);
}

static ssize_t plugin_recvfrom(void *userdata, int fd, void *bytes, size_t size, int flags,
	struct sockaddr *addr, socklen_t *len)
{
	return transfer(
		userdata, SUT_RECVFROM, fd, bytes, size, flags, addr, len != NULL ? *len : 0);
}

static ssize_t plugin_recvmsg(void *userdata, int fd, struct msghdr *msg, int flags)
{
	struct sut_call call = {.nr = SUT_RECVMSG, .fd = fd, .ints = {flags}, .msg = *msg};
	ssize_t got = make(userdata, &call);

	*msg = call.msg;
	return got;
}

static ssize_t plugin_write(void *userdata, int fd, const void *bytes, size_t size)
{
	return transfer(userdata, SUT_WRITE, fd, bytes, size, 0, NULL, 0);
}

static ssize_t plugin_writev(void *userdata, int fd, const struct iovec *parts, int n)
{
	return transfer_parts(userdata, SUT_WRITEV, fd, parts, n);
}

static ssize_t plugin_send(void *userdata, int fd, const void *bytes, size_t size, int flags)
{
	return transfer(userdata, SUT_SEND, fd, bytes, size, flags, NULL, 0);
}

static ssize_t plugin_sendto(void *userdata, int fd, const void *bytes, size_t size, int flags,
	const struct sockaddr *addr, socklen_t len)
{
	return transfer(userdata, SUT_SENDTO, fd, bytes, size, flags, (struct sockaddr *)addr, len);
}

static ssize_t plugin_sendmsg(void *userdata, int fd, const struct msghdr *msg, int flags)
{
	struct sut_call call = {.nr = SUT_SENDMSG, .fd = fd, .ints = {flags}, .msg = *msg};

	return make(userdata, &call);
}

static int plugin_fcntl(void *userdata, int fd, int command, ...)
{
	struct sut_call call = {.nr = SUT_FCNTL, .fd = fd, .ints = {command}};
	va_list args;

	va_start(args, command);
	call.ints[1] = va_arg(args, int);
	va_end(args);
	return (int)make(userdata, &call);
}

static int plugin_ioctl(void *userdata, int fd, unsigned long request, ...)
{
	struct sut_call call = {
		.nr = SUT_IOCTL, .fd = fd, .number = (int64_t)request, .data_len = sizeof(int)};
	va_list args;

	va_start(args, request);
	call.data = va_arg(args, void *);
	va_end(args);
	return (int)make(userdata, &call);
}

static int plugin_close(void *userdata, int fd)
{
	struct plugin *p = userdata;
	struct sut_call call = {.nr = SUT_CLOSE, .fd = fd};
	int closed = (int)make(p, &call);

	if (closed == 0) {
		p->host_fd[fd] = -1;
		close(fd);
	}
	return closed;
}

static int plugin_shutdown(void *userdata, int fd, int how)
{
	struct sut_call call = {.nr = SUT_SHUTDOWN, .fd = fd, .ints = {how}};

	return (int)make(userdata, &call);
}

static int plugin_getsockopt(
	void *userdata, int fd, int level, int name, void *value, socklen_t *len)
{
	struct sut_call call = {.nr = SUT_GETSOCKOPT,
		.fd = fd,
		.ints = {level, name},
		.data = value,
		.data_len = *len};
	int got = (int)make(userdata, &call);

	*len = call.data_len;
	return got;
}

static int plugin_setsockopt(
	void *userdata, int fd, int level, int name, const void *value, socklen_t len)
{
	struct sut_call call = {.nr = SUT_SETSOCKOPT,
		.fd = fd,
		.ints = {level, name},
		.data = (void *)value,
		.data_len = len};

	return (int)make(userdata, &call);
}

static int plugin_poll(void *userdata, struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct pollfd *own = g_new0(struct pollfd, n + 1);
	struct sut_call call = {.nr = SUT_POLL, .polls = own, .ints = {(int)n, timeout_ms}};
	int ready;

	for (nfds_t i = 0; i < n; i++)
		own[i] = (struct pollfd){
			.fd = host_fd(userdata, fds[i].fd), .events = fds[i].events};
	ready = (int)make(userdata, &call);
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = own[i].revents;
	g_free(own);
	return ready;
}

static int plugin_epoll_create(void *userdata, int size)
{
	struct sut_call call = {.nr = SUT_EPOLL_CREATE, .ints = {size}};

	return hand_out(userdata, (int)make(userdata, &call));
}

static int plugin_epoll_ctl(void *userdata, int epfd, int op, int fd, struct epoll_event *event)
{
	struct sut_call call = {.nr = SUT_EPOLL_CTL,
		.fd = epfd,
		.other_fd = host_fd(userdata, fd),
		.ints = {op},
		.epolls = event};

	return (int)make(userdata, &call);
}

static int plugin_epoll_wait(
	void *userdata, int epfd, struct epoll_event *events, int max, int timeout_ms)
{
	struct sut_call call = {
		.nr = SUT_EPOLL_WAIT, .fd = epfd, .ints = {max, timeout_ms}, .epolls = events};

	return (int)make(userdata, &call);
}

static int plugin_pipe(void *userdata, int fds[2])
{
	struct sut_call call = {.nr = SUT_PIPE};
	int made = (int)make(userdata, &call);

	for (int i = 0; i < 2 && made == 0; i++)
		fds[i] = hand_out(userdata, call.fds[i]);
	return made;
}

static int plugin_splice(void *userdata, int in, loff_t *in_offset, int out, loff_t *out_offset,
	size_t size, unsigned flags)
{
	struct sut_call call = {.nr = SUT_SPLICE,
		.fd = in,
		.other_fd = host_fd(userdata, out),
		.number = (int64_t)size,
		.ints = {(int)flags}};

	return (int)make(userdata, &call);
}

static void plugin_free(void *userdata)
{
	struct plugin *p = userdata;

	plugin_commands_stop(p->commands);
	p->sut->ops->free(p->sut);
	pthread_mutex_destroy(&p->mutex);
	pthread_cond_destroy(&p->changed);
	g_free(p);
}

/* A command of the script, from the helper's process. */
static int on_command(void *context, const char *text, GString *output)
{
	struct plugin *p = context;
	int status;

	pthread_mutex_lock(&p->mutex);
	status = p->sut->ops->command(p->sut, text, output);
	pthread_mutex_unlock(&p->mutex);
	return status;
}

/* --- flags --- */

static void set_flag(
	struct script_config *config, const char *name, const char *value, GString *settings)
{
	if (strcmp(name, "mtu") == 0)
		config->mtu = (uint32_t)atoi(value);
	else if (strcmp(name, "local") == 0 && !tcpsim_addr_parse(value, &config->local))
		fatal("no address: ", value);
	else if (strcmp(name, "remote") == 0 && !tcpsim_addr_parse(value, &config->remote))
		fatal("no address: ", value);
	else if (strchr(name, '.') != NULL)
		g_string_append_printf(settings, "sysctl -q %s='%s' || exit 1\n", name, value);
	else if (strcmp(name, "local") != 0 && strcmp(name, "remote") != 0 &&
		 strcmp(name, "profile") != 0 && strcmp(name, "ip") != 0)
		fatal("unknown flag; there are profile, ip, mtu, local, remote and settings, not ",
			name);
}

static struct sut *host_of(char **flags)
{
	const struct tcpsim_profile *profile = &tcpsim_profile_linux;
	enum script_ip_version version = SCRIPT_IPV4;
	struct script_config config;
	GString *settings = g_string_new(NULL), *output = g_string_new(NULL);
	GError *error = NULL;
	struct sut *sut;

	for (char **flag = flags; *flag != NULL; flag++) {
		if (g_str_has_prefix(*flag, "profile=") &&
			(profile = tcpsim_profile_find(*flag + 8)) == NULL)
			fatal("no profile ", *flag + 8);
		if (g_str_has_prefix(*flag, "ip=") && !script_ip_version_parse(*flag + 3, &version))
			fatal("no IP version ", *flag + 3);
	}
	script_config_defaults(&config, sut_platform_of(profile), version);
	for (char **flag = flags; *flag != NULL; flag++) {
		char **pair = g_strsplit(*flag, "=", 2);

		if (pair[0] != NULL && *pair[0] != '\0')
			set_flag(&config, pair[0], pair[1] != NULL ? pair[1] : "", settings);
		g_strfreev(pair);
	}
	sut = sut_host_new(profile, &config, NULL, false, &error);
	if (sut == NULL)
		fatal(error->message, "");
	if (sut->ops->command(sut, settings->str, output) != 0)
		fatal(output->str, "");
	script_config_clear(&config);
	g_string_free(settings, TRUE);
	g_string_free(output, TRUE);
	return sut;
}

__attribute__((visibility("default"))) void packetdrill_interface_init(
	const char *flags, struct packetdrill_interface *table)
{
	struct plugin *p = g_new0(struct plugin, 1);
	char **words = g_strsplit(flags != NULL ? flags : "", ",", -1);

	memset(p->host_fd, -1, sizeof(p->host_fd));
	p->sut = host_of(words);
	g_strfreev(words);
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->commands = plugin_commands_start(on_command, p);
	*table = (struct packetdrill_interface){.userdata = p,
		.free = plugin_free,
		.socket = plugin_socket,
		.bind = plugin_bind,
		.listen = plugin_listen,
		.accept = plugin_accept,
		.connect = plugin_connect,
		.read = plugin_read,
		.readv = plugin_readv,
		.recv = plugin_recv,
		.recvfrom = plugin_recvfrom,
		.recvmsg = plugin_recvmsg,
		.write = plugin_write,
		.writev = plugin_writev,
		.send = plugin_send,
		.sendto = plugin_sendto,
		.sendmsg = plugin_sendmsg,
		.fcntl = plugin_fcntl,
		.ioctl = plugin_ioctl,
		.close = plugin_close,
		.shutdown = plugin_shutdown,
		.getsockopt = plugin_getsockopt,
		.setsockopt = plugin_setsockopt,
		.poll = plugin_poll,
		.netdev_send = plugin_netdev_send,
		.netdev_receive = plugin_netdev_receive,
		.usleep = plugin_usleep,
		.gettimeofday = plugin_gettimeofday,
		.epoll_create = plugin_epoll_create,
		.epoll_ctl = plugin_epoll_ctl,
		.epoll_wait = plugin_epoll_wait,
		.pipe = plugin_pipe,
		.splice = plugin_splice};
}
