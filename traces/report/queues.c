/*
 * A listener's two queues over time, as two rows of text: what a capture lets suspect of them, or
 * what a simulated host did.
 */
#include "traces/report/queues.h"
#include "traces/report/words.h"

#define MAX_MOMENTS 200

/* The longest of each moment: '.' none, a digit how many (9 the longest if that is more). */
static void print_queue(
	const struct report_style *style, const char *name, const uint32_t *longest, unsigned n)
{
	GString *text = g_string_new(NULL);
	uint32_t peak = 0;

	for (unsigned i = 0; i < n; i++)
		peak = MAX(peak, longest[i]);
	for (unsigned i = 0; i < n; i++) {
		uint32_t v = peak <= 9 ? longest[i]
				       : (uint32_t)(((uint64_t)longest[i] * 9 + peak - 1) / peak);

		g_string_append_c(text, v ? (char)('0' + v) : '.');
	}
	fprintf(style->out, "  %-10s %s", name, text->str);
	if (peak > 9)
		fprintf(style->out, "  9 = %u", peak);
	fputc('\n', style->out);
	g_string_free(text, TRUE);
}

void report_queues(const struct report_style *style, const char *incomplete, const char *completed,
	const struct report_queue *change, size_t n, int64_t start_ns, int64_t end_ns)
{
	unsigned moments = MIN(MAX(style->width, 40) - 30, MAX_MOMENTS), at = 0;
	uint32_t first[MAX_MOMENTS] = {0}, second[MAX_MOMENTS] = {0};
	struct report_queue now = {0};
	double span = (double)MAX(end_ns - start_ns, 1);

	for (size_t i = 0; i <= n; i++) {
		double part = i < n ? (double)(change[i].time_ns - start_ns) / span : 1;
		unsigned to = (unsigned)CLAMP(part * moments, 0, moments - 1);

		for (; at < to; at++) {
			first[at] = MAX(first[at], now.incomplete);
			second[at] = MAX(second[at], now.completed);
		}
		first[at] = MAX(first[at], now.incomplete);
		second[at] = MAX(second[at], now.completed);
		if (i < n)
			now = change[i];
		first[at] = MAX(first[at], now.incomplete);
		second[at] = MAX(second[at], now.completed);
	}
	print_queue(style, incomplete, first, moments);
	print_queue(style, completed, second, moments);
}
