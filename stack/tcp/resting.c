/* Control blocks put away and taken out again. See resting.h. */
#include <host/demux.h>
#include <tcp/resting.h>

#include <assert.h>
#include <string.h>
#include <tcp/state.h>
#include <wire/memory.h>
#include <wire/packet.h>

#define BEGIN	      sizeof(struct conn) /* of the block: what stands before is kept as it is */
#define WORDS	      ((sizeof(struct tcp_tcb) - BEGIN) / sizeof(uint32_t))
#define MASK	      ((WORDS + 31) / 32)
#define PLACES_A_TURN 3 /* that the hand moves for each block made or woken */

_Static_assert((sizeof(struct tcp_tcb) - BEGIN) % sizeof(uint32_t) == 0, "whole words");

static uint32_t word_at(const struct tcp_tcb *tcb, size_t i)
{
	uint32_t word;

	memcpy(&word, (const char *)tcb + BEGIN + i * sizeof(word), sizeof(word));
	return word;
}

static void set_word(struct tcp_tcb *tcb, size_t i, uint32_t word)
{
	memcpy((char *)tcb + BEGIN + i * sizeof(word), &word, sizeof(word));
}

/* --- the ring --- */

void resting_awake(struct tcp_tcb *tcb)
{
	struct tcpsim_host *host = tcb->host;

	TAILQ_INSERT_TAIL(&host->awake.ring, tcb, awake_link);
	host->awake.n++;
	host->awake.due += PLACES_A_TURN;
}

void resting_gone(struct tcp_tcb *tcb)
{
	TAILQ_REMOVE(&tcb->host->awake.ring, tcb, awake_link);
	tcb->host->awake.n--;
}

/* --- putting away --- */

static bool has_timer(const struct tcp_tcb *tcb)
{
	for (int i = 0; i < TCPSIM_NTIMERS; i++)
		if (tcb->deadline[i] != TCP_NEVER)
			return true;
	return tcb->wheel.armed_ns != 0;
}

static bool may_rest(const struct tcp_tcb *tcb)
{
	return (tcb->state == TCPSIM_ESTABLISHED || tcb->state == TCPSIM_CLOSE_WAIT) &&
	       tcb->socket && !tcb->listener && tcb->in_table && !tcb->dead && !tcb->in_output &&
	       !tcb->finished && !tcb->conn.is_signed && !tcb->fin_queued && !tcb->sendq.n &&
	       !tcb->recvq.n && !tcb->recvq.disorder && !tcb->loss.packets && !tcb->fastopen &&
	       !tcb->time_wait && !has_timer(tcb);
}

/* A copy of the block without what belongs to its place in memory. */
static void portray(const struct tcp_tcb *tcb, struct tcp_tcb *portrait)
{
	*portrait = *tcb;
	portrait->socket = NULL;
	memset(&portrait->queue_link, 0, sizeof(portrait->queue_link));
	memset(&portrait->awake_link, 0, sizeof(portrait->awake_link));
	memset(&portrait->wheel.link, 0, sizeof(portrait->wheel.link));
	portrait->wheel.due_ns = 0;
	portrait->touched = false;
	/* Empty, all three: their memory is given back. */
	portrait->sendq = (struct tcp_sendq){.pool = tcb->sendq.pool, .bytes = tcb->sendq.bytes};
	portrait->recvq = (struct tcp_recvq){.pool = tcb->recvq.pool, .memory = tcb->recvq.memory};
	portrait->loss.ring = NULL;
}

/* The host's pattern, made of the first connection that rests: its others are much like it. */
static const struct tcp_tcb *pattern(struct tcpsim_host *host, const struct tcp_tcb *portrait)
{
	if (!host->awake.pattern) {
		host->awake.pattern = malloc(sizeof(*host->awake.pattern));
		if (host->awake.pattern)
			*host->awake.pattern = *portrait;
	}
	return host->awake.pattern;
}

/* What differs; `out` has room for all. Returns how many words were written. */
static size_t difference(const struct tcp_tcb *portrait, const struct tcp_tcb *from, uint32_t *out)
{
	size_t n = MASK;

	memset(out, 0, MASK * sizeof(*out));
	for (size_t i = 0; i < WORDS; i++) {
		uint32_t word = word_at(portrait, i);

		if (word == word_at(from, i))
			continue;
		out[i / 32] |= UINT32_C(1) << i % 32;
		out[n++] = word;
	}
	return n;
}

static size_t size_of(size_t n_words)
{
	return sizeof(struct tcp_resting) + n_words * sizeof(uint32_t);
}

static bool put_away(struct tcp_tcb *tcb)
{
	struct tcpsim_host *host = tcb->host;
	uint32_t words[MASK + WORDS];
	struct tcp_resting *resting;
	const struct tcp_tcb *from;
	struct tcp_tcb portrait;
	size_t n;

	portray(tcb, &portrait);
	from = pattern(host, &portrait);
	if (!from)
		return false;
	n = difference(&portrait, from, words);
	resting = pool_take(host->pool, size_of(n));
	if (!resting)
		return false;
	resting->conn = tcb->conn;
	resting->conn.kind = CONN_RESTING;
	resting->socket = tcb->socket;
	resting->state = tcb->state;
	resting->n_words = (uint16_t)n;
	memcpy(resting->words, words, n * sizeof(words[0]));
	demux_replace(host, &tcb->conn, &resting->conn);
	resting->socket->tcb = NULL;
	resting->socket->resting = resting;
	tcb->in_table = false;
	tcb->socket = NULL;
	tcb->dead = true;
	tcb_sweep(tcb);
	return true;
}

void resting_sweep(struct tcpsim_host *host)
{
	struct tcp_tcb *tcb;

	for (; host->awake.due && host->awake.n > RESTING_FROM; host->awake.due--) {
		tcb = TAILQ_FIRST(&host->awake.ring);
		if (!tcb->touched && may_rest(tcb) && put_away(tcb))
			continue;
		tcb->touched = false;
		TAILQ_REMOVE(&host->awake.ring, tcb, awake_link);
		TAILQ_INSERT_TAIL(&host->awake.ring, tcb, awake_link);
	}
	host->awake.due = 0;
}

size_t resting_sweep_all(struct tcpsim_host *host)
{
	struct tcp_tcb *tcb, *next;
	size_t n = 0;

	for (tcb = TAILQ_FIRST(&host->awake.ring); tcb; tcb = next) {
		next = TAILQ_NEXT(tcb, awake_link);
		n += may_rest(tcb) && put_away(tcb);
	}
	return n;
}

/* --- taking out --- */

struct tcp_tcb *resting_wake(struct tcpsim_host *host, struct tcp_resting *resting)
{
	struct tcp_tcb *tcb = pool_take(host->pool, sizeof(*tcb));
	const uint32_t *word = resting->words + MASK;

	if (!tcb)
		return NULL;
	*tcb = *host->awake.pattern;
	tcb->conn = resting->conn;
	tcb->conn.kind = CONN_TCB;
	for (size_t i = 0; i < WORDS; i++)
		if (resting->words[i / 32] >> i % 32 & 1)
			set_word(tcb, i, *word++);
	assert(word == resting->words + resting->n_words);
	tcb->socket = resting->socket;
	tcb->socket->tcb = tcb;
	tcb->socket->resting = NULL;
	tcb->touched = true;
	demux_replace(host, &resting->conn, &tcb->conn);
	resting_awake(tcb);
	pool_give(host->pool, resting, size_of(resting->n_words));
	return tcb;
}

void resting_free(struct tcpsim_host *host, struct tcp_resting *resting)
{
	demux_remove(host, &resting->conn);
	pool_give(host->pool, resting, size_of(resting->n_words));
}

void resting_end(struct tcpsim_host *host)
{
	free(host->awake.pattern);
	host->awake.pattern = NULL;
}
