/*
 * Links as they are written: the keys of a [link] section, and links that a program makes with
 * them.
 */
#ifndef SIM_WORLDFILE_LINK_H
#define SIM_WORLDFILE_LINK_H

struct world_link;

/* What a link is like whose section sets nothing. */
void file_init_link(struct world_link *link);

#endif
