/*
 * A timeline as a view: what the hosts of a world did, with departures and arrivals, and the
 * variables of both ends as they stood after each.
 */
#ifndef TRACES_PAGE_WORLD_H
#define TRACES_PAGE_WORLD_H

struct page;
struct page_run;
struct timeline;

/* What hosts did. */
void page_add_timeline(
	struct page *page, const struct timeline *timeline, const struct page_run *run);

#endif
