/*
 * Linux's recovery (RACK-TLP, PRR, F-RTO, undo), behind recovery.h: the table. linux_ack.c says what
 * an ACK means, linux_cwnd.c reduces cwnd and takes reductions back, linux_timeout.c serves the
 * timers, linux_unused.c looks after a window that is not used, linux_resegment.c cuts what goes
 * again.
 */
#include <recovery/linux_ack.h>
#include <recovery/linux_cwnd.h>
#include <recovery/linux_resegment.h>
#include <recovery/linux_timeout.h>
#include <recovery/linux_unused.h>
#include <tcp/recovery.h>

const struct recovery_ops RECOVERY_OPS_LINUX = {
	.rack = true,
	.any_window_update = true,
	.limits_are_times = true,
	.syn_counts = true,
	.resends_on_progress = true,
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
	.cut_tail = linux_cut_tail,
	.cwnd_limited = linux_cwnd_limited,
	.flight_begins = linux_flight_begins,
	.shut_window_excuses = linux_shut_window_excuses,
};
