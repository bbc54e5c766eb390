/*
 * What a sysctl may be, as numbers and as text: its system's own limits within those of its
 * field's row.
 */
#ifndef TCPSIM_PROFILE_SYSCTL_RANGE_H
#define TCPSIM_PROFILE_SYSCTL_RANGE_H

#include <stddef.h>

struct sysctl_limits;
struct tcpsim_profile;
struct tcpsim_sysctl;

/* What its i-th number may be on that system, in the units of the sysctl. */
struct sysctl_limits sysctl_limits(
	const struct tcpsim_profile *sys, const struct tcpsim_sysctl *sysctl, int i);
/* What may follow "is not": "0 or 1", "from 1 to 32767 s". Its length, as snprintf has it. */
int sysctl_range_text(const struct tcpsim_profile *sys, const struct tcpsim_sysctl *sysctl,
	char *out, size_t size);

#endif
