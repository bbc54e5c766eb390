/* Two accounts of the same script as two views: what the model did and what the kernel did. */
#ifndef TRACES_PAGE_ACCOUNT_H
#define TRACES_PAGE_ACCOUNT_H

struct page;
struct script_pair;

/* A comparison: two views that page_begin_comparison opens, and titles, with a script in the same
 * place of both. */
void page_begin_comparison(struct page *page, const char *model, const char *kernel);
void page_add_pair(struct page *page, const struct script_pair *pair);
void page_end_comparison(struct page *page);

#endif
