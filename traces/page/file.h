/* The file around the views. See page.h. */
#ifndef TRACES_PAGE_FILE_H
#define TRACES_PAGE_FILE_H

#include <stdio.h>

struct page;

/* The file that has what the viewer reads, and the viewer. Once, and then not page_encode(). */
void page_write(struct page *page, FILE *out);

#endif
