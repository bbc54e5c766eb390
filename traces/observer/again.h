/*
 * Why a segment was sent again. Each kind has one function that says whether what the sender
 * could know at that moment leaves it as the cause: duplicate ACKs and SACK blocks that had just
 * come (RFC 5681, 6675), an ICMP error (RFC 1191), the time since it last sent or heard (RFC
 * 6298), which of the outstanding segments it chose (RFC 8985 §7), its own stamps. Where two are
 * left the kind is not told: observe/retransmission.
 */
#ifndef TCPSIM_TRACES_OBSERVER_AGAIN_H
#define TCPSIM_TRACES_OBSERVER_AGAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/event.h>

struct flow_side;
struct passing;

/* The segment is one that its receiver must answer with an ACK; whether the peer's last one can
 * have drawn this segment. */
void observer_note_asking(struct passing *p);
bool observer_was_asked(const struct passing *p);
/* Why it goes again, text from `start` on: the rule of its kind. */
enum tcpsim_rule observer_why_again(struct passing *p, tcpsim_seq start);
/* So long has its sender sent nothing that its retransmission timer can have run. */
bool observer_timer_can_have_run(const struct passing *p);
/* It left before something that was seen already: overtaken on the way. */
bool observer_is_overtaken(const struct passing *p);
/* The whole round trip, as far as it is known: both ways from where the capture was taken. */
int64_t observer_rtt_ns(const struct passing *p);
/* How soon that end is answered: the least that was seen, or a bound; 0: not known. */
int64_t observer_answer_ns(const struct flow_side *s);
/* What passed at `event_ns` reached the sender, and this segment is how it answered. */
bool observer_answers(const struct passing *p, int64_t event_ns);

#endif
