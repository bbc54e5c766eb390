/*
 * A capture file, as hostile as it comes, all the way: reader, decapsulation, observer, and each
 * report of it. The first byte chooses what is kept and how wide the terminal is; the rest is the
 * file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "traces/page/capture.h"
#include "traces/page/file.h"
#include "traces/page/page.h"
#include "traces/report/json.h"
#include "traces/report/ladder.h"
#include "traces/report/report.h"
#include "traces/report/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static ssize_t swallow(void *cookie, const char *bytes, size_t len)
{
	return (ssize_t)len;
}

static void print_page(const struct replay *r, FILE *out)
{
	struct page *page = page_new();

	page_add_replay(page, r, NULL);
	page_write(page, out);
	page_free(page);
}

static void tell(const struct replay *r, uint8_t choice)
{
	struct report_style style = {
		.out = fopencookie(NULL, "w", (cookie_io_functions_t){.write = swallow}),
		.colour = choice & 1,
		.width = choice & 2 ? 40 : 120,
		.all = choice & 4,
		.wall = choice & 2,
		.rows = choice & 8 ? 3 : 0};

	report_json(r, &(struct report_json){.out = style.out, .events = true});
	report_summary(r, &style);
	print_page(r, style.out);
	for (uint32_t i = 0; i < flow_count(r->flows); i++)
		report_ladder(r, i, &style);
	fclose(style.out);
}

static void replay_file(const char *path, uint8_t choice)
{
	char *why;
	struct numbers *first = numbers_parse("0", &why);
	struct replay_options options = {.keep_events = true,
		.keep_resets = true,
		.keep_queues = choice & 8 ? 2 : 100000,
		.rows = choice & 128  ? REPLAY_ROWS_FIRST
			: choice & 16 ? REPLAY_ROWS_OF
				      : REPLAY_ROWS_FEW,
		.rows_of = first,
		.at_hand = choice & 2 ? 1 : 0,
		.few_flows = choice & 32 ? 1 : 1000,
		.few_rows = choice & 64 ? 5 : 100000};
	struct replay *r = replay_open(&path, 1, &options, NULL);

	if (r != NULL) {
		replay_run(r);
		tell(r, choice);
	}
	replay_free(r);
	numbers_free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char path[40];
	int fd;

	if (size < 1)
		return 0;
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	must(fd >= 0 && write(fd, bytes + 1, size - 1) == (ssize_t)size - 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	replay_file(path, bytes[0]);
	close(fd);
	return 0;
}
