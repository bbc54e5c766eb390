/*
 * A capture as a view: each packet of a connection is an item with both ends' states after it and
 * the marks on it, each silence an item in front of the packet that ended it.
 */
#ifndef TRACES_PAGE_CAPTURE_H
#define TRACES_PAGE_CAPTURE_H

struct page;
struct replay;

/* A capture; its rows, events and limits were kept (struct replay_options). `title`: what to call
 * the view, NULL: it is the only one. */
void page_add_replay(struct page *page, const struct replay *replay, const char *title);

#endif
