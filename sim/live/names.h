/*
 * The names of a world for a process of this machine: an /etc/hosts of its own. Nothing else
 * answers for names, so that an unknown one is an error at once and not after a resolver's
 * patience.
 */
#ifndef LIVE_NAMES_H
#define LIVE_NAMES_H

struct tcpsim_world;

/* The lines of a hosts file for every node of the world that has an address. To be freed. */
char *names_text(const struct tcpsim_world *world);
/* For a process that was just forked, in a user namespace of its own or as root: it and what it
 * starts sees these, and nobody else. NULL, or where mounts are not allowed: nothing happens. */
void names_set(const char *hosts);

#endif
