/*
 * A sample's mean, and how far it may be from the truth: the half width of the 95 % confidence interval, by
 * Student's t. Welford's sums: a million values that lie close together lose no digits.
 */
#ifndef CLI_STATISTICS_H
#define CLI_STATISTICS_H

#include <glib.h>

/* Zeroed: no values yet. */
struct statistics {
	guint64 n;
	double mean, squares, least, most; /* squares: of the distances from the mean */
};

void statistics_add(struct statistics *s, double value);
/* NAN for fewer than two values. */
double statistics_half_width(const struct statistics *s);
/* Student's t for 95 %, both sides. */
double statistics_student(guint64 degrees_of_freedom);

#endif
