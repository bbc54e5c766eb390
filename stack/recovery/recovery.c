/* The recoveries by their names in a profile. */
#include <tcp/recovery.h>

const struct recovery_ops *const RECOVERIES[] = {
	[TCPSIM_RECOVERY_TAHOE_RENO] = &RECOVERY_OPS_RENO,
	[TCPSIM_RECOVERY_NEWRENO] = &RECOVERY_OPS_NEWRENO,
	[TCPSIM_RECOVERY_FREEBSD] = &RECOVERY_OPS_FREEBSD,
	[TCPSIM_RECOVERY_LINUX] = &RECOVERY_OPS_LINUX,
};
