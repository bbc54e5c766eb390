/* A run as a page: what the hosts know, and what an onlooker at the tap makes of it. */
#ifndef CLI_SIMULATE_PAGE_H
#define CLI_SIMULATE_PAGE_H

struct simulate_run;

/* simulate_page.c: the run as a page; an exit status. */
int simulate_page(const struct simulate_run *run);

#endif
