/* The runs of a file as a picture: a panel for each figure, a point for each group, with its
 * interval. gnuplot draws it. */
#ifndef CLI_RUNS_PLOT_H
#define CLI_RUNS_PLOT_H

#include <stdbool.h>

/* Written once it is whole: the commands for gnuplot. */
struct runs_plot;

/* `x`: what groups are made by. */
struct runs_plot *runs_plot_new(const char *x);
/* What follows is of that figure. */
void runs_plot_panel(struct runs_plot *plot, const char *figure);
/* A group; half_width NAN: not known; mean NAN: it has no such figure. */
void runs_plot_point(struct runs_plot *plot, const char *group, double mean, double half_width);
/* Draws it into `path` (.svg, .png or .pdf) and frees it. False and *why: there is no gnuplot, or
 * it fails, or the name has another ending. */
bool runs_plot_draw(struct runs_plot *plot, const char *path, char **why);

/* Whether a picture can have that name; false and *why: it ends in nothing that is known. */
bool runs_plot_is_picture(const char *path, char **why);

#endif
