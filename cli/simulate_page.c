/* A run as a page: what the hosts know, and what an onlooker at the tap makes of it. See simulate.h.
 */
#include "simulate_page.h"
#include "command.h"
#include "page_file.h"
#include "simulate.h"
#include "simulate_onlooker.h"
#include "traces/page/capture.h"
#include "traces/page/page.h"
#include "traces/page/world.h"
#include "traces/report/timeline_differences.h"

static void add_onlooker(const struct simulate_run *t, struct page *page, const struct replay *seen)
{
	char *title = g_strdup_printf("what an onlooker at %s sees", t->watched->name);

	page_add_replay(page, seen, title);
	g_free(title);
}

int simulate_page(const struct simulate_run *t)
{
	const struct replay *seen = t->onlooker ? onlooker_seen_for_page(t->onlooker) : NULL;
	GPtrArray *wrong;
	struct page *page;
	int status;

	wrong = seen && !t->timeline->left_out ? report_timeline_differences(t->timeline, seen)
					       : NULL;
	page = page_new();
	page_add_timeline(page, t->timeline,
		&(struct page_run){
			.name = t->options->path, .heading = t->settings.title, .wrong = wrong});
	if (seen)
		add_onlooker(t, page, seen);
	status = page_file_write(page, t->options->html_path);
	if (wrong)
		g_ptr_array_free(wrong, TRUE);
	return status;
}
