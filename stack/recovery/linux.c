/* Linux's recovery (RACK-TLP, PRR, F-RTO, undo), behind recovery.h. */
#include <recovery/linux_inner.h>

const struct recovery_ops RECOVERY_OPS_LINUX = {
	.rack = true,
	.any_window_update = true,
	.limits_are_times = true,
	.syn_counts = true,
	.resends_on_news = true,
	.idle_acks_say_nothing = true,
	.by_sack = true,
	.proportional = true,
	.ack = linux_ack,
	.timeout = linux_timeout,
	.reorder_timeout = linux_reorder_timeout,
	.marks = linux_enter_cwr,
	.local_drop = linux_local_drop,
	.route_failed = linux_route_failed,
	.run_ended = linux_run_ended,
	.resegment = linux_resegment,
	.cwnd_limited = linux_cwnd_limited,
	.flight_begins = linux_flight_begins,
	.shut_window_excuses = linux_shut_window_excuses,
};
