/* A page is its views. See page.h. */
#include "traces/page/page.h"

#include "traces/page/inner.h"

struct page *page_new(void)
{
	struct page *page = g_new0(struct page, 1);

	page->views = g_ptr_array_new_with_free_func((GDestroyNotify)page_view_free);
	return page;
}

void page_free(struct page *page)
{
	if (page == NULL)
		return;
	g_ptr_array_free(page->views, TRUE);
	g_free(page);
}

struct page_view *page_add(struct page *page, const char *source)
{
	struct page_view *view = page_view_new(source);

	g_ptr_array_add(page->views, view);
	return view;
}

struct page_view *page_first(struct page *page)
{
	return page->views->pdata[0];
}

void page_encode(struct page *page, GByteArray *out)
{
	for (guint i = 0; i < page->views->len; i++)
		page_view_encode(page->views->pdata[i], out);
}
