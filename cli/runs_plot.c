/*
 * gnuplot reads its commands from a file, the figures with them. Names come from a file of runs,
 * which may be anybody's: they stand in single quotes, where gnuplot runs nothing, or as words of a
 * block of data.
 */
#include "runs_plot.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WIDTH  800
#define HEIGHT 320 /* of a panel */

struct runs_plot {
	GString *data;	/* blocks, one a panel */
	GString *draws; /* a plot of each */
	char *x;
	unsigned panels; /* so far */
};

static const struct {
	const char *suffix, *terminal;
	double unit; /* of a point, in the terminal's measure */
} TERMINALS[] = {
	{".svg", "svg noenhanced", 1}, {".png", "pngcairo noenhanced", 1},
	{".pdf", "pdfcairo noenhanced", 1.0 / 96}, /* inches */
};

/* Its place in TERMINALS, or how many these are. */
static unsigned terminal_of(const char *path)
{
	unsigned i = 0;

	while (i < G_N_ELEMENTS(TERMINALS) && !g_str_has_suffix(path, TERMINALS[i].suffix))
		i++;
	return i;
}

bool runs_plot_is_picture(const char *path, char **why)
{
	if (terminal_of(path) < G_N_ELEMENTS(TERMINALS))
		return true;
	*why = g_strdup_printf(
		"table: --plot '%s': write a name that ends in .svg, .png or .pdf", path);
	return false;
}

struct runs_plot *runs_plot_new(const char *x)
{
	struct runs_plot *plot = g_new0(struct runs_plot, 1);

	plot->data = g_string_new(NULL);
	plot->draws = g_string_new(NULL);
	plot->x = g_strdup(x);
	return plot;
}

/* In quotes of that kind: a word that holds neither them nor an end of line. */
static void append_quoted(GString *to, char quote, const char *text)
{
	g_string_append_c(to, quote);
	for (const char *c = text; *c; c++)
		g_string_append_c(
			to, (guchar)*c < ' ' || *c == quote || *c == '\\' || *c == '`' ? ' ' : *c);
	g_string_append_c(to, quote);
}

void runs_plot_panel(struct runs_plot *plot, const char *figure)
{
	if (plot->panels++)
		g_string_append(plot->data, "EOD\n");
	g_string_append_printf(plot->data, "$figure%u << EOD\n", plot->panels);
	g_string_append(plot->draws, "set title ");
	append_quoted(plot->draws, '\'', figure);
	g_string_append_printf(plot->draws,
		"\nplot $figure%u using 0:2:3:xtic(1) with yerrorbars pt 7 ps 0.6 lw 1.5 lc 1, "
		"'' using 0:2 with lines lc 1 dt 3\n",
		plot->panels);
}

void runs_plot_point(struct runs_plot *plot, const char *group, double mean, double half_width)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE], half[G_ASCII_DTOSTR_BUF_SIZE];

	append_quoted(plot->data, '"', group);
	g_string_append_printf(plot->data, " %s %s\n",
		isnan(mean) ? "NaN" : g_ascii_dtostr(number, sizeof(number), mean),
		g_ascii_dtostr(half, sizeof(half), isnan(half_width) ? 0 : half_width));
}

static char *commands_of(const struct runs_plot *plot, const char *path)
{
	unsigned t = terminal_of(path);
	GString *text = g_string_new(plot->data->str);

	g_string_append_printf(text,
		"EOD\nset terminal %s size %g,%g\nset output ARG1\n"
		"set multiplot layout %u,1\nunset key\nset grid y\nset offsets 0.5,0.5,0,0\n"
		"set xtics rotate by -30\nset xlabel ",
		TERMINALS[t].terminal, WIDTH * TERMINALS[t].unit,
		HEIGHT * plot->panels * TERMINALS[t].unit, plot->panels);
	append_quoted(text, '\'', plot->x);
	g_string_append_printf(text, "\n%sunset multiplot\n", plot->draws->str);
	return g_string_free(text, FALSE);
}

static const char *last_line(char *text)
{
	const char *line = strrchr(g_strstrip(text), '\n');

	return line ? line + 1 : *text ? text : "it does not say why";
}

/* The commands stand in a file, and the picture's name is an argument: no quoting can go wrong. */
static bool run_gnuplot(const char *commands, const char *path, char **why)
{
	const char *argv[] = {"gnuplot", "-c", commands, path, NULL};
	char *complaint = NULL;
	GError *error = NULL;
	int status;

	if (!g_spawn_sync(NULL, (char **)argv, NULL,
		    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &complaint,
		    &status, &error)) {
		*why = g_strdup_printf(
			"table: --plot needs gnuplot (Debian: gnuplot-nox): %s", error->message);
		g_error_free(error);
		return false;
	}
	if (!g_spawn_check_wait_status(status, NULL))
		*why = g_strdup_printf(
			"table: gnuplot cannot draw '%s': %s", path, last_line(complaint));
	g_free(complaint);
	return !*why;
}

static bool draw(const char *text, const char *path, char **why)
{
	GError *error = NULL;
	char *commands;
	int fd = g_file_open_tmp("tcpsim-plot-XXXXXX", &commands, &error);
	bool drawn = false;

	if (fd < 0 || !g_file_set_contents(commands, text, -1, &error)) {
		*why = g_strdup_printf("table: --plot: %s", error->message);
		g_error_free(error);
	} else {
		drawn = run_gnuplot(commands, path, why);
	}
	if (fd >= 0) {
		close(fd);
		unlink(commands);
		g_free(commands);
	}
	return drawn;
}

bool runs_plot_draw(struct runs_plot *plot, const char *path, char **why)
{
	char *commands = commands_of(plot, path);
	bool drawn = draw(commands, path, why);

	g_free(commands);
	g_string_free(plot->data, TRUE);
	g_string_free(plot->draws, TRUE);
	g_free(plot->x);
	g_free(plot);
	return drawn;
}
