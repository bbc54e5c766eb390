/* Means and their intervals: see statistics.h. */
#include "statistics.h"

#include <math.h>

void statistics_add(struct statistics *s, double value)
{
	double from_old = value - s->mean;

	s->n++;
	s->mean += from_old / (double)s->n;
	s->squares += from_old * (value - s->mean);
	s->least = s->n == 1 ? value : MIN(s->least, value);
	s->most = s->n == 1 ? value : MAX(s->most, value);
}

double statistics_student(guint64 degrees_of_freedom)
{
	/* 1 to 10 by table; beyond, the first terms in which t differs from the normal quantile
	 * (Abramowitz and Stegun 26.7.5), which are right to four digits there. */
	static const double FEW[] = {
		12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281};
	static const double Z = 1.959964;
	double v = (double)degrees_of_freedom, z3 = Z * Z * Z, z5 = z3 * Z * Z;

	if (degrees_of_freedom < 1)
		return NAN;
	if (degrees_of_freedom <= G_N_ELEMENTS(FEW))
		return FEW[degrees_of_freedom - 1];
	return Z + (z3 + Z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * Z) / (96 * v * v);
}

double statistics_half_width(const struct statistics *s)
{
	if (s->n < 2)
		return NAN;
	return statistics_student(s->n - 1) * sqrt(s->squares / (double)(s->n - 1) / (double)s->n);
}
