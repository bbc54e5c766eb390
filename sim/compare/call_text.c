#include "compare/call_text.h"

#include "script/language/symbols.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>

struct name {
	int value;
	const char *name;
};

#define NAME(x)                                                                                    \
	{                                                                                          \
		x, #x                                                                              \
	}

static const struct name FAMILIES[] = {NAME(AF_INET), NAME(AF_INET6), {0, NULL}};
static const struct name LEVELS[] = {
	NAME(SOL_SOCKET), NAME(SOL_TCP), NAME(SOL_IP), NAME(SOL_IPV6), {0, NULL}};
static const struct name NAMES_OF_SOCKET[] = {NAME(SO_REUSEADDR), NAME(SO_REUSEPORT),
	NAME(SO_KEEPALIVE), NAME(SO_LINGER), NAME(SO_SNDBUF), NAME(SO_RCVBUF), NAME(SO_RCVLOWAT),
	NAME(SO_ERROR), NAME(SO_OOBINLINE), NAME(SO_RCVTIMEO), NAME(SO_SNDTIMEO),
	NAME(SO_ACCEPTCONN), {0, NULL}};
static const struct name NAMES_OF_TCP[] = {NAME(TCP_NODELAY), NAME(TCP_MAXSEG), NAME(TCP_CORK),
	NAME(TCP_KEEPIDLE), NAME(TCP_KEEPINTVL), NAME(TCP_KEEPCNT), NAME(TCP_SYNCNT),
	NAME(TCP_LINGER2), NAME(TCP_DEFER_ACCEPT), NAME(TCP_WINDOW_CLAMP), NAME(TCP_INFO),
	NAME(TCP_QUICKACK), NAME(TCP_CONGESTION), NAME(TCP_USER_TIMEOUT), NAME(TCP_FASTOPEN),
	NAME(TCP_NOTSENT_LOWAT), NAME(TCP_SAVE_SYN), {0, NULL}};
static const struct name NAMES_OF_IP[] = {NAME(IP_TOS), NAME(IP_TTL), NAME(IP_MTU_DISCOVER),
	NAME(IP_MTU), NAME(IP_RECVERR), {0, NULL}};
static const struct name NAMES_OF_IPV6[] = {
	NAME(IPV6_TCLASS), NAME(IPV6_UNICAST_HOPS), NAME(IPV6_V6ONLY), {0, NULL}};
static const struct name MESSAGE_FLAGS[] = {NAME(MSG_DONTWAIT), NAME(MSG_MORE), NAME(MSG_NOSIGNAL),
	NAME(MSG_PEEK), NAME(MSG_OOB), NAME(MSG_WAITALL), NAME(MSG_TRUNC), NAME(MSG_EOR),
	NAME(MSG_FASTOPEN), {0, NULL}};
static const struct name SHUTS[] = {NAME(SHUT_RD), NAME(SHUT_WR), NAME(SHUT_RDWR), {0, NULL}};
static const struct name POLLS[] = {NAME(POLLIN), NAME(POLLPRI), NAME(POLLOUT), NAME(POLLERR),
	NAME(POLLHUP), NAME(POLLNVAL), NAME(POLLRDHUP), {0, NULL}};
static const struct name IOCTLS[] = {
	NAME(SIOCINQ), NAME(SIOCOUTQ), NAME(SIOCOUTQNSD), NAME(SIOCATMARK), {0, NULL}};

static const char *find(const struct name *table, int value)
{
	for (; table->name != NULL; table++)
		if (table->value == value)
			return table->name;
	return NULL;
}

static void put_name(GString *out, const struct name *table, int value)
{
	const char *name = find(table, value);

	if (name != NULL)
		g_string_append(out, name);
	else
		g_string_append_printf(out, "%d", value);
}

static void put_flags(GString *out, const struct name *table, int value)
{
	gsize before = out->len;

	for (; table->name != NULL; table++) {
		if ((value & table->value) == 0)
			continue;
		g_string_append_printf(out, "%s%s", out->len > before ? "|" : "", table->name);
		value &= ~table->value;
	}
	if (value != 0 || out->len == before)
		g_string_append_printf(out, "%s%d", out->len > before ? "|" : "", value);
}

const char *call_text_option(int level, int name, char *number, size_t size)
{
	const struct name *table = level == SOL_SOCKET ? NAMES_OF_SOCKET
				   : level == SOL_TCP  ? NAMES_OF_TCP
				   : level == SOL_IP   ? NAMES_OF_IP
						       : NAMES_OF_IPV6;
	const char *found = find(table, name);

	if (found != NULL)
		return found;
	g_snprintf(number, size, "%d", name);
	return number;
}

static size_t message_len(const struct msghdr *msg)
{
	size_t len = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		len += msg->msg_iov[i].iov_len;
	return len;
}

/* What an option is set to: an int, or the two ints of a linger. */
static void put_value(GString *out, int level, int name, const void *data, socklen_t len)
{
	int values[2] = {0};

	memcpy(values, data, MIN(len, sizeof(values)));
	if (level == SOL_SOCKET && name == SO_LINGER)
		g_string_append_printf(out, "{onoff=%d, linger=%d}", values[0], values[1]);
	else
		g_string_append_printf(out, "[%d]", values[0]);
}

static void put_option_call(const struct sut_call *call, GString *out)
{
	char number[16];

	g_string_append(out, call->nr == SUT_SETSOCKOPT ? "setsockopt(" : "getsockopt(");
	g_string_append_printf(out, "%d, ", call->fd);
	put_name(out, LEVELS, call->ints[0]);
	g_string_append_printf(out, ", %s, ",
		call_text_option(call->ints[0], call->ints[1], number, sizeof(number)));
	if (call->nr == SUT_SETSOCKOPT) {
		put_value(out, call->ints[0], call->ints[1], call->data, call->data_len);
		g_string_append_printf(out, ", %u)", (unsigned)call->data_len);
	} else {
		g_string_append_printf(out, "..., [%u])", (unsigned)call->data_len);
	}
}

static void put_message_call(const struct sut_call *call, GString *out)
{
	static const char *const NAMES[] = {[SUT_READ] = "read",
		[SUT_READV] = "readv",
		[SUT_RECV] = "recv",
		[SUT_RECVFROM] = "recvfrom",
		[SUT_RECVMSG] = "recvmsg",
		[SUT_WRITE] = "write",
		[SUT_WRITEV] = "writev",
		[SUT_SEND] = "send",
		[SUT_SENDTO] = "sendto",
		[SUT_SENDMSG] = "sendmsg"};
	bool plain = call->nr == SUT_READ || call->nr == SUT_READV || call->nr == SUT_WRITE ||
		     call->nr == SUT_WRITEV;

	g_string_append_printf(
		out, "%s(%d, ..., %zu", NAMES[call->nr], call->fd, message_len(&call->msg));
	if (!plain) {
		g_string_append(out, ", ");
		put_flags(out, MESSAGE_FLAGS, call->ints[0]);
	}
	if (call->nr == SUT_SENDTO)
		g_string_append(out, ", ..., ...");
	g_string_append_c(out, ')');
}

static void put_poll(const struct sut_call *call, GString *out)
{
	g_string_append(out, "poll([");
	for (int i = 0; i < call->ints[0]; i++) {
		g_string_append_printf(
			out, "%s{fd=%d, events=", i > 0 ? ", " : "", call->polls[i].fd);
		put_flags(out, POLLS, call->polls[i].events);
		g_string_append(out, ", revents=...}");
	}
	g_string_append_printf(out, "], %d, %d)", call->ints[0], call->ints[1]);
}

static void put_fcntl(const struct sut_call *call, GString *out)
{
	if (call->ints[0] == F_SETFL)
		g_string_append_printf(out, "fcntl(%d, F_SETFL, O_RDWR%s)", call->fd,
			call->ints[1] & O_NONBLOCK ? "|O_NONBLOCK" : "");
	else
		g_string_append_printf(
			out, "fcntl(%d, %d, %d)", call->fd, call->ints[0], call->ints[1]);
}

static void put_socket(const struct sut_call *call, GString *out)
{
	g_string_append(out, "socket(");
	put_name(out, FAMILIES, call->ints[0]);
	g_string_append_printf(out, ", SOCK_STREAM%s, IPPROTO_TCP)",
		call->ints[1] & SOCK_NONBLOCK ? "|SOCK_NONBLOCK" : "");
}

char *call_text(const struct sut_call *call)
{
	GString *out = g_string_new(NULL);

	switch (call->nr) {
	case SUT_SOCKET: put_socket(call, out); break;
	case SUT_BIND: g_string_printf(out, "bind(%d, ..., ...)", call->fd); break;
	case SUT_CONNECT: g_string_printf(out, "connect(%d, ..., ...)", call->fd); break;
	case SUT_LISTEN: g_string_printf(out, "listen(%d, %d)", call->fd, call->ints[0]); break;
	case SUT_ACCEPT: g_string_printf(out, "accept(%d, ..., ...)", call->fd); break;
	case SUT_CLOSE: g_string_printf(out, "close(%d)", call->fd); break;
	case SUT_SHUTDOWN:
		g_string_printf(out, "shutdown(%d, ", call->fd);
		put_name(out, SHUTS, call->ints[0]);
		g_string_append_c(out, ')');
		break;
	case SUT_FCNTL: put_fcntl(call, out); break;
	case SUT_IOCTL:
		g_string_printf(out, "ioctl(%d, ", call->fd);
		put_name(out, IOCTLS, (int)call->number);
		g_string_append(out, ", ...)");
		break;
	case SUT_GETSOCKOPT:
	case SUT_SETSOCKOPT: put_option_call(call, out); break;
	case SUT_POLL: put_poll(call, out); break;
	default:
		if (call->nr >= SUT_READ && call->nr <= SUT_SENDMSG)
			put_message_call(call, out);
		else
			g_string_printf(out, "call %d(%d)", call->nr, call->fd);
	}
	return g_string_free(out, FALSE);
}

/* The bytes that a read gave: few as they are, more as a checksum. */
static char *bytes_read(const struct sut_call *call)
{
	GByteArray *all = g_byte_array_new();
	size_t rest = (size_t)MAX(call->result, 0);
	char *sum;

	for (size_t i = 0; i < call->msg.msg_iovlen && rest > 0; i++) {
		size_t part = MIN(rest, call->msg.msg_iov[i].iov_len);

		if (call->msg.msg_iov[i].iov_base != NULL)
			g_byte_array_append(all, call->msg.msg_iov[i].iov_base, (guint)part);
		rest -= part;
	}
	sum = g_compute_checksum_for_data(G_CHECKSUM_SHA1, all->data, all->len);
	g_byte_array_unref(all);
	sum[12] = '\0';
	return sum;
}

static char *what_was_filled_in(const struct sut_call *call)
{
	GString *out = g_string_new(NULL);

	switch (call->nr) {
	case SUT_READ:
	case SUT_READV:
	case SUT_RECV:
	case SUT_RECVFROM:
	case SUT_RECVMSG:
		/* an error's text is the header that was quoted, whose port and number each side
		 * chooses */
		if (call->result <= 0 || (call->nr != SUT_READ && call->nr != SUT_READV &&
						 (call->ints[0] & (MSG_TRUNC | MSG_ERRQUEUE))))
			break;
		g_string_free(out, TRUE);
		return bytes_read(call);
	case SUT_POLL:
		for (int i = 0; i < call->ints[0]; i++) {
			g_string_append(out, i > 0 ? ", " : "");
			put_flags(out, POLLS, call->polls[i].revents);
		}
		break;
	case SUT_GETSOCKOPT:
		if (call->result == 0)
			put_value(out, call->ints[0], call->ints[1], call->data, call->data_len);
		break;
	case SUT_IOCTL:
		if (call->result == 0 && call->data != NULL)
			put_value(out, 0, 0, call->data, sizeof(int));
		break;
	default: break;
	}
	return g_string_free(out, out->len == 0);
}

void call_text_result(const struct sut_call *call, struct account_entry *entry)
{
	entry->result = call->result;
	entry->error = call->error;
	entry->end_ns = call->done_ns;
	entry->extra = what_was_filled_in(call);
}

/* Puts each of the comma-separated values where the call's text has `...`, from `after` on. */
static void fill_in(GString *text, const char *after, const char *values)
{
	char **parts = g_strsplit(values, ", ", -1);
	gsize from = (gsize)(strstr(text->str, after) - text->str);

	for (char **part = parts; *part != NULL; part++) {
		const char *hole = strstr(text->str + from, "...");
		gsize at;

		if (hole == NULL)
			break;
		at = (gsize)(hole - text->str);
		g_string_erase(text, (gssize)at, 3);
		g_string_insert(text, (gssize)at, *part);
		from = at;
	}
	g_strfreev(parts);
}

void call_text_line(const struct account_entry *entry, GString *out)
{
	GString *text = g_string_new(entry->text);

	if (entry->extra != NULL && g_str_has_prefix(entry->text, "poll("))
		fill_in(text, "poll(", entry->extra);
	else if (entry->extra != NULL && (g_str_has_prefix(entry->text, "getsockopt(") ||
						 g_str_has_prefix(entry->text, "ioctl(")))
		fill_in(text, "(", entry->extra);
	g_string_append(out, text->str);
	g_string_free(text, TRUE);
	if (entry->end_ns == INT64_MAX)
		return;
	g_string_append_printf(out, " = %" G_GINT64_FORMAT, entry->result);
	if (entry->result < 0)
		g_string_append_printf(out, " %s", symbol_errno(entry->error));
}
