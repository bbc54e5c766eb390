/* What arrives in a row, put together. */
#ifndef LIVE_SUPER_JOIN_H
#define LIVE_SUPER_JOIN_H

#include <stdbool.h>

struct super;
struct tcpsim_packet;

/* Takes the packet, if there is none yet or it goes on; false: it is to be handed over first. */
bool super_add(struct super *super, struct tcpsim_packet *packet);
/* Hands all of it to a device, and is empty. False and errno: the device did not take it. */
bool super_write(struct super *super, int fd);
/* All of it as one packet, if its text is contiguous, and is empty. NULL: it does not; the
 * packets are taken one after another by super_next(). */
struct tcpsim_packet *super_join(struct super *super);
/* The first packet of it, taken out; NULL: it is empty. */
struct tcpsim_packet *super_next(struct super *super);

#endif
