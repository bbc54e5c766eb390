/*
 * Which system wrote a SYN. Systems differ in the order and the padding of their options (RFC
 * 9293 §3.1 leaves both open), and boxes on the way seldom change either. So what the SYN offers
 * is written again as each system would, and the one that writes the same bytes is told.
 */
#ifndef TCPSIM_TRACES_OBSERVER_SYSTEM_H
#define TCPSIM_TRACES_OBSERVER_SYSTEM_H

struct flow_side;
struct passing;
struct tcpsim_profile;

/* The system that wrote the SYN, by its options; what is known of it, or NULL. */
void observer_learn_system(struct passing *p);
const struct tcpsim_profile *observer_system(const struct flow_side *s);

#endif
