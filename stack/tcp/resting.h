/*
 * Connections at rest. One that is established, with nothing outstanding, nothing queued and no
 * timer running, is waiting for its process or its peer and may do so for hours; of its control
 * block only what differs from another one's is worth memory. So a host that has many puts those
 * that nobody touched lately away as struct tcp_resting: the 4-tuple, and the words in which the
 * block differs from the host's pattern. A segment, an ICMP error or a call on its socket wakes it,
 * word for word what it was: nothing of this can be seen from outside but the memory it saves.
 *
 * Which ones: those awake stand in a ring, and a hand goes round it (the clock algorithm of page
 * replacement). Who was touched since the hand's last visit is passed over once. The hand moves a
 * few places for each block that is made or woken, so its cost is bounded by theirs.
 */
#ifndef TCPSIM_TCP_RESTING_H
#define TCPSIM_TCP_RESTING_H

#include <host/host.h>

/* A host with no more control blocks than this puts none away. */
#define RESTING_FROM 16384

struct tcp_tcb;

/* An entry of the demultiplexing table, CONN_RESTING. */
struct tcp_resting {
	struct conn conn;
	struct tcp_socket *socket; /* the process' hold on it: socket->resting points back */
	uint8_t state;		   /* enum tcpsim_state */
	uint16_t n_words;
	/* First a bit a word of the block: does it differ from the pattern? Then those that do. */
	uint32_t words[];
};

/* A control block was made, woken, or goes: keeps the ring. */
void resting_awake(struct tcp_tcb *tcb);
void resting_gone(struct tcp_tcb *tcb);
/* Between two inputs: moves the hand, if anything is due. */
void resting_sweep(struct tcpsim_host *host);
/* The same for every connection that may rest, whatever their number. Returns how many. */
size_t resting_sweep_all(struct tcpsim_host *host);
/* The connection as it was, in the table and at its socket; NULL without memory, and
 * it rests on. */
struct tcp_tcb *resting_wake(struct tcpsim_host *host, struct tcp_resting *resting);
/* Frees an entry of a host that goes away. */
void resting_free(struct tcpsim_host *host, struct tcp_resting *resting);
/* Frees what the host keeps for it. */
void resting_end(struct tcpsim_host *host);

#endif
