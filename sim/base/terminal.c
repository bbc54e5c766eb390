/* Colour, width and progress on a terminal: see terminal.h. */
#include "base/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define FIRST_DRAW_US G_USEC_PER_SEC
#define REDRAW_US     (G_USEC_PER_SEC / 10)

gboolean terminal_wants_colour(FILE *file)
{
	const char *refused = g_getenv("NO_COLOR"), *term = g_getenv("TERM");

	if ((refused && refused[0]) || !term || g_strcmp0(term, "dumb") == 0)
		return FALSE;
	return isatty(fileno(file));
}

const char *terminal_colour(gboolean wanted, enum terminal_colour colour)
{
	static const char *const CODES[] = {
		[TERMINAL_PLAIN] = "\033[0m",
		[TERMINAL_BOLD] = "\033[1m",
		[TERMINAL_DIM] = "\033[2m",
		[TERMINAL_RED] = "\033[31m",
		[TERMINAL_GREEN] = "\033[32m",
		[TERMINAL_YELLOW] = "\033[33m",
		[TERMINAL_BLUE] = "\033[34m",
		[TERMINAL_CYAN] = "\033[36m",
	};

	return wanted ? CODES[colour] : "";
}

unsigned terminal_width(FILE *file, unsigned otherwise)
{
	const char *columns = g_getenv("COLUMNS");
	guint64 told = columns ? g_ascii_strtoull(columns, NULL, 10) : 0;
	struct winsize size;

	if (told >= 20 && told <= 10000)
		return (unsigned)told;
	if (isatty(fileno(file)) && ioctl(fileno(file), TIOCGWINSZ, &size) == 0 &&
		size.ws_col >= 20)
		return size.ws_col;
	return otherwise;
}

static void draw(const struct progress *progress, const char *what, guint64 done, guint64 total)
{
	double seconds = (progress->drawn_us - progress->started_us) / (double)G_USEC_PER_SEC;

	if (total)
		fprintf(stderr,
			"\r\033[K%3d %%  %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " %s, %.0f s",
			(int)(100.0 * done / total), done, total, what, seconds);
	else
		fprintf(stderr, "\r\033[K%" G_GUINT64_FORMAT " %s, %.0f s", done, what, seconds);
	fflush(stderr);
}

void progress_step(struct progress *progress, const char *what, guint64 done, guint64 total)
{
	if (!progress->checked) {
		progress->checked = TRUE;
		progress->shown = isatty(STDERR_FILENO);
		progress->started_us = g_get_monotonic_time();
	}
	if (!progress->shown)
		return;
	gint64 now_us = g_get_monotonic_time();
	gint64 due_us = progress->drawn_us ? progress->drawn_us + REDRAW_US
					   : progress->started_us + FIRST_DRAW_US;
	if (now_us < due_us)
		return;
	progress->drawn_us = now_us;
	draw(progress, what, done, total);
}

void progress_end(struct progress *progress)
{
	if (progress->drawn_us)
		fputs("\r\033[K", stderr);
	progress->drawn_us = 0;
}
