/* A world with kernel hosts that is run by calls: tcpsim_world_run() goes by the real clock then. */
#ifndef LIVE_KERNEL_WORLD_H
#define LIVE_KERNEL_WORLD_H

struct tcpsim_world;

/* From now on, and until it is freed. */
void kernel_world_drive(struct tcpsim_world *world);

#endif
