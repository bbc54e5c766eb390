/* Between the file and those who fill its views. */
#ifndef TRACES_PAGE_INNER_H
#define TRACES_PAGE_INNER_H

#include "traces/page/view.h"

struct page {
	GPtrArray *views; /* struct page_view */
	unsigned pairs;	  /* of a comparison, so far */
};

#endif
