/* --html: a page into the file that was named, or one line of complaint. */
#ifndef CLI_PAGE_FILE_H
#define CLI_PAGE_FILE_H

struct page;

/* Writes and frees the page; an exit status. */
int page_file_write(struct page *page, const char *path);

#endif
