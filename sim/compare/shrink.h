/*
 * Makes a finding as short as it can be: events left out, settings left out, text made short, gaps
 * made plain, as long as the kernel and the model still differ in the same kind of thing.
 */
#ifndef COMPARE_SHRINK_H
#define COMPARE_SHRINK_H

#include "compare/lab.h"
#include "compare/survey.h"

void shrink_finding(
	struct lab *lab, const struct tcpsim_profile *profile, struct survey_finding *finding);

#endif
