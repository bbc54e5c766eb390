/*
 * The page: one file that stands alone, with the viewer (web/) and what it shows as one block of
 * deflated bytes in base64. Nothing that comes from outside stands in it in any other way, so
 * nothing of a capture can become markup; a Content-Security-Policy lets only the viewer's own
 * script and style run, and forbids the network. The same input gives the same bytes.
 *
 * A page has one view or more (view.h): a capture; a world as its hosts know it, and as an onlooker
 * sees it; two accounts of the same scripts.
 */
#ifndef TRACES_PAGE_PAGE_H
#define TRACES_PAGE_PAGE_H

#include "compare/scripts.h"
#include "timeline/timeline.h"
#include "traces/replay/replay.h"

#include <stdio.h>

struct page_view;
struct page;

/* What a page holds at the most: rows of ladders, and connections. What does not fit is said in it,
 * with the command that shows it. */
#define PAGE_ROWS	 150000
#define PAGE_CONNECTIONS 8000

struct page *page_new(void);
void page_free(struct page *page);

/* What to call a run of hosts. */
struct page_run {
	const char *name; /* the world's file, or the program */
	/* with --all it shows what a page has no room for; in a shell's words. NULL: of the world's
	 * file */
	const char *command;
	const char *heading;	/* NULL: none */
	const GPtrArray *wrong; /* where an onlooker errs (sentences); NULL: nobody looks on */
};

/* What the viewer reads (docs/page.md), appended. Once, and then not page_write(). */
void page_encode(struct page *page, GByteArray *out);

/* A view of that page, to be filled. */
struct page_view *page_add(struct page *page, const char *source);
/* The first view, whose head is not closed yet. */
struct page_view *page_first(struct page *page);

#endif
