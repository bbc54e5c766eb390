/* The recoveries by their names in a profile. */
#include <recovery/recovery.h>

const struct recovery_ops *const RECOVERIES[] = {
	[RECOVERY_TAHOE_RENO] = &RECOVERY_OPS_RENO,
	[RECOVERY_NEWRENO] = &RECOVERY_OPS_NEWRENO,
	[RECOVERY_FREEBSD] = &RECOVERY_OPS_FREEBSD,
	[RECOVERY_LINUX] = &RECOVERY_OPS_LINUX,
};
