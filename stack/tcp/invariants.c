/* What holds of every entry between inputs. Asserted by debug builds and fuzzers: our own mistakes,
 * never the peer's. */
#include <assert.h>
#include <tcp/invariants.h>
#include <tcp/state.h>
#include <tcp/window.h>

/* Who closes in SYN-RECEIVED goes on while the SYN is still out: to CLOSING, if the peer has nothing
 * to acknowledge and ends as well. Unused where assertions are left out. */
static __attribute__((unused)) tcpsim_seq text_from(const struct tcp_tcb *tcb)
{
	return tcpsim_seq_add(tcb->snd.una, tcpsim_seq_eq(tcb->snd.una, tcb->snd.iss));
}

static void check_tcb(const struct tcp_tcb *tcb)
{
	assert(!tcb->dead && tcb->in_table);
	assert(tcb->state != TCPSIM_CLOSED && tcb->state != TCPSIM_LISTEN &&
		tcb->state != TCPSIM_TIME_WAIT);
	assert(tcpsim_seq_le(tcb->snd.una, tcb->snd.nxt));
	assert(tcpsim_seq_le(tcb->snd.nxt, tcpsim_seq_add(tcb->snd.end, tcb->fin_sent)));
	assert(!tcb->fin_sent || tcb->fin_queued);
	/* the queue holds exactly what is not acknowledged, but for the octet of a SYN */
	if (tcp_state_has(tcb->state, TRAIT_SYNCHRONIZED) && tcb->state != TCPSIM_SYN_RCVD)
		assert(tcb->sendq.bytes ==
			tcb->snd.end.n - tcpsim_seq_min(text_from(tcb), tcb->snd.end).n);
	assert(tcpsim_seq_le(tcb->rcv.wup, tcb->rcv.nxt));
	for (int i = 0; i < TCPSIM_NTIMERS; i++) {
		assert(tcb->deadline[i] >= tcb->host->now || tcb->deadline[i] == TCP_NEVER);
		assert((tcb->deadline[i] != TCP_NEVER) ==
			tcp_timer_runs(tcb, (enum tcpsim_timer)i));
		assert(tcb->deadline[i] == TCP_NEVER || tcb->wheel.due_ns <= tcb->deadline[i]);
	}
	sender_check(tcb);
}

void tcp_check(struct tcpsim_host *host, const struct conn *conn)
{
	(void)host;
	if (conn->kind == CONN_TCB)
		check_tcb((const struct tcp_tcb *)conn);
}
