/* setsockopt and getsockopt: the host's socket has them all; a few concern the pair as well. See
 * inner.h. */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "exec/calls.h"
#include "exec/inner.h"
#include "exec/options.h"
#include "exec/supervisor.h"
#include "exec/table.h"

#define MOST_VALUE 4096

/* What the host could do and the calls that carry bytes, which are the kernel's, could not show:
 * control messages, the error queue, completions. A program is told so and does without. */
static const struct {
	int level, name;
	const char *text;
} UNSHOWN[] = {
	{SOL_SOCKET, SO_ZEROCOPY, "SO_ZEROCOPY"},
	{SOL_SOCKET, SO_TIMESTAMP, "SO_TIMESTAMP"},
	{SOL_SOCKET, SO_TIMESTAMPNS, "SO_TIMESTAMPNS"},
	{SOL_SOCKET, SO_TIMESTAMPING, "SO_TIMESTAMPING"},
	{IPPROTO_TCP, TCP_INQ, "TCP_INQ"},
	{IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, "TCP_ZEROCOPY_RECEIVE"},
	{IPPROTO_IP, IP_RECVERR, "IP_RECVERR"},
	{IPPROTO_IPV6, IPV6_RECVERR, "IPV6_RECVERR"},
};

static bool is_unshown(struct exec_supervisor *s, int level, int name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(UNSHOWN); i++) {
		if (UNSHOWN[i].level != level || UNSHOWN[i].name != name)
			continue;
		exec_say(s,
			"%s is refused (ENOPROTOOPT): a program under exec would not hear of it",
			UNSHOWN[i].text);
		return true;
	}
	return false;
}

/* Times and marks of reading and writing are the pair's to keep. */
static bool is_of_pair(int level, int name)
{
	return level == SOL_SOCKET &&
	       (name == SO_RCVTIMEO || name == SO_SNDTIMEO || name == SO_RCVLOWAT);
}

bool exec_call_setsockopt(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	int level = (int)call->args[1], name = (int)call->args[2], len = (int)call->args[4];
	uint8_t value[MOST_VALUE];
	int result;

	if (is_unshown(s, level, name)) {
		exec_answer(s, call, -ENOPROTOOPT);
		return true;
	}
	if (len < 0 || len > MOST_VALUE)
		result = -EINVAL;
	else if (len && !call->caller->access->read(
				call->caller, call->tid, call->args[3], value, (size_t)len))
		result = -EFAULT;
	else
		result = tcpsim_setsockopt(
			exec_host(s), so->model, level, name, value, (socklen_t)len);
	if (result == 0 && is_of_pair(level, name))
		setsockopt(copy, level, name, value, (socklen_t)len);
	exec_answer(s, call, result);
	exec_socket_dirty(so);
	return true;
}

bool exec_call_getsockopt(struct exec_supervisor *s, const struct exec_call *call,
	struct exec_socket *so, int copy, struct exec_wait *wait)
{
	int level = (int)call->args[1], name = (int)call->args[2], result, pair_error;
	int room = exec_read_room(s, call, call->args[4]);
	uint8_t value[MOST_VALUE] = {0};
	socklen_t len = (socklen_t)MIN(room, MOST_VALUE), error_len = sizeof(pair_error);

	if (room < 0) {
		exec_answer(s, call, room);
		return true;
	}
	result = tcpsim_getsockopt(exec_host(s), so->model, level, name, value, &len);
	if (result == 0)
		result = exec_write_value(s, call, call->args[3], call->args[4], value,
			MIN(len, MOST_VALUE), (uint32_t)room);
	/* An error that was told is over: the kernel's own word for it goes as well. */
	if (result == 0 && level == SOL_SOCKET && name == SO_ERROR)
		getsockopt(copy, SOL_SOCKET, SO_ERROR, &pair_error, &error_len);
	exec_answer(s, call, result);
	return true;
}
