/* Places in the stream. See marks.h. */
#include <errno.h>
#include <socket/errors.h>
#include <socket/marks.h>
#include <tcp/status.h>
#include <wire/linux_abi.h>

struct mark {
	STAILQ_ENTRY(mark) link;
	uint64_t end;	 /* one past its last byte, counted as `total` is */
	uint32_t key;	 /* of the last byte, as SOF_TIMESTAMPING_OPT_ID numbers it */
	uint32_t stamps; /* SOF_TIMESTAMPING_TX_* still owed */
	bool zerocopy;
	uint32_t zerocopy_id;
};

struct socket_marks {
	STAILQ_HEAD(, mark) list; /* in the order of the stream */
	uint64_t total;		  /* bytes written since the first mark, and those queued then */
	uint64_t key_base;
	uint32_t next_zerocopy;
};

#define LEAVING (SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE)

static bool make_marks(struct tcp_socket *so, uint64_t total)
{
	if (so->marks)
		return true;
	so->marks = calloc(1, sizeof(*so->marks));
	if (!so->marks)
		return false;
	STAILQ_INIT(&so->marks->list);
	so->marks->total = total;
	return true;
}

void marks_free(struct tcp_socket *so)
{
	struct mark *mark;

	while (so->marks && (mark = STAILQ_FIRST(&so->marks->list))) {
		STAILQ_REMOVE_HEAD(&so->marks->list, link);
		free(mark);
	}
	free(so->marks);
	so->marks = NULL;
}

void marks_start_count(struct tcp_socket *so)
{
	uint32_t queued = so->tcb ? tcp_unacked(so->tcb) : 0;

	if (tcp_settings_of(so)->timestamping & SOF_TIMESTAMPING_OPT_ID && make_marks(so, queued))
		so->marks->key_base = so->marks->total - queued;
}

/* The kernel gives SND after SCHED, each with the time it happened. */
static void stamp(struct tcp_socket *so, struct mark *mark, uint32_t which, uint32_t info)
{
	struct sock_extended_err error = {.ee_errno = ENOMSG,
		.ee_origin = SO_EE_ORIGIN_TIMESTAMPING,
		.ee_info = info,
		.ee_data = mark->key};

	if (mark->stamps & which)
		errors_add_time(so, &error, so->host->now);
	mark->stamps &= ~which;
}

static uint64_t less(uint64_t total, uint64_t part)
{
	return total > part ? total - part : 0;
}

void marks_progress(struct tcp_socket *so)
{
	struct socket_marks *marks = so->marks;
	uint64_t acked, sent;
	struct mark *mark, *next;

	if (!so->tcb)
		return;
	/* Within a write the machine already counts bytes that `total` does not: marks_write asks
	 * again. */
	acked = less(marks->total, tcp_unacked(so->tcb));
	sent = less(marks->total, tcp_unsent(so->tcb));
	for (mark = STAILQ_FIRST(&marks->list); mark && mark->end <= sent; mark = next) {
		next = STAILQ_NEXT(mark, link);
		stamp(so, mark, SOF_TIMESTAMPING_TX_SCHED, SCM_TSTAMP_SCHED);
		stamp(so, mark, SOF_TIMESTAMPING_TX_SOFTWARE, SCM_TSTAMP_SND);
		if (mark->end > acked)
			continue;
		stamp(so, mark, SOF_TIMESTAMPING_TX_ACK, SCM_TSTAMP_ACK);
		if (mark->zerocopy)
			errors_add_zerocopy(so, mark->zerocopy_id);
		STAILQ_REMOVE_HEAD(
			&marks->list, link); /* all before it were acknowledged earlier */
		free(mark);
	}
}

void marks_write(struct tcp_socket *so, size_t bytes, int flags)
{
	const struct tcp_settings *settings = tcp_settings_of(so);
	bool zerocopy = flags & MSG_ZEROCOPY && settings->zerocopy;
	uint32_t stamps = 0;
	struct mark *mark;

	if (settings->timestamping & SOF_TIMESTAMPING_SOFTWARE)
		stamps = settings->timestamping & (LEAVING | SOF_TIMESTAMPING_TX_ACK);
	if (so->marks)
		so->marks->total += bytes;
	if ((!zerocopy && !stamps) || !make_marks(so, tcp_unacked(so->tcb)))
		return;
	mark = calloc(1, sizeof(*mark));
	if (!mark)
		return;
	mark->end = so->marks->total;
	mark->key = (uint32_t)(mark->end - 1 - so->marks->key_base);
	mark->stamps = stamps;
	mark->zerocopy = zerocopy;
	if (zerocopy)
		mark->zerocopy_id = so->marks->next_zerocopy++;
	STAILQ_INSERT_TAIL(&so->marks->list, mark, link);
	marks_progress(so);
}
