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

struct page;

/* What a page holds at the most: rows of ladders, and connections. What does not fit is said in it,
 * with the command that shows it. */
#define PAGE_ROWS	 150000
#define PAGE_CONNECTIONS 8000

struct page *page_new(void);
void page_free(struct page *page);

/* A capture; its rows, events and limits were kept (struct replay_options). `title`: what to call
 * the view, NULL: it is the only one. */
void page_add_replay(struct page *page, const struct replay *replay, const char *title);
/* What to call a run of hosts. */
struct page_run {
	const char *name; /* the world's file, or the program */
	/* with --all it shows what a page has no room for; in a shell's words. NULL: of the world's
	 * file */
	const char *command;
	const char *heading;	/* NULL: none */
	const GPtrArray *wrong; /* where an onlooker errs (sentences); NULL: nobody looks on */
};
/* What hosts did. */
void page_add_timeline(
	struct page *page, const struct timeline *timeline, const struct page_run *run);

/* A comparison: two views that page_begin_comparison opens, and titles, with a script in the same
 * place of both. */
void page_begin_comparison(struct page *page, const char *model, const char *kernel);
void page_add_pair(struct page *page, const struct script_pair *pair);
void page_end_comparison(struct page *page);

/* What the viewer reads (docs/page.md), appended, or the file that has it and the viewer. Either once. */
void page_encode(struct page *page, GByteArray *out);
void page_write(struct page *page, FILE *out);

#endif
