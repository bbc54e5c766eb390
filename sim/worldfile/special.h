/*
 * The keys of a world's file that are more than one value: `queue = red 64 kB ecn`. Each function
 * sets what its target has of it, and returns NULL, or what is wrong in words that end a sentence
 * "KEY: ..." (to be freed).
 */
#ifndef SIM_WORLDFILE_SPECIAL_H
#define SIM_WORLDFILE_SPECIAL_H

/* target: struct world_link or struct router_settings; `ends`: bit 0 from the first end, bit 1 from
 * the second. */
char *set_unreachable(void *target, unsigned ends, const char *text);
char *set_black_hole(void *target, unsigned ends, const char *text);
char *set_queue(void *target, unsigned ends, const char *text);
char *set_addresses(void *target, unsigned ends, const char *text);
char *set_payload(void *target, unsigned ends, const char *text);
char *set_system(void *target, unsigned ends, const char *text);
char *set_families(void *target, unsigned ends, const char *text);
char *set_bursts(void *target, unsigned ends, const char *text);
char *set_down(void *target, unsigned ends, const char *text);
char *set_strip(void *target, unsigned ends, const char *text);

#endif
