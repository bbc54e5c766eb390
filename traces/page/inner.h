/* Between the file and those who fill its views. */
#ifndef TRACES_PAGE_INNER_H
#define TRACES_PAGE_INNER_H

#include "traces/page/page.h"
#include "traces/page/view.h"

struct page {
	GPtrArray *views; /* struct page_view */
	unsigned pairs;	  /* of a comparison, so far */
};

/* A view of that page, to be filled. */
struct page_view *page_add(struct page *page, const char *source);
/* The first view, whose head is not closed yet. */
struct page_view *page_first(struct page *page);

#endif
