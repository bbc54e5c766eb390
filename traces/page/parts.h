/* The viewer's text as web/bundle.py put it together, and the hashes by which the page's policy
 * knows it. Made at build time. */
#ifndef TRACES_PAGE_PARTS_H
#define TRACES_PAGE_PARTS_H

#include <stddef.h>

struct page_part {
	const unsigned char *text;
	size_t len;
	const char *hash; /* "sha256-..." */
};
extern const struct page_part PAGE_SCRIPT, PAGE_STYLE;

#endif
