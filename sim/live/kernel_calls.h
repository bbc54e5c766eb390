/*
 * A script's call made to the kernel: which it is and where its arguments stand is decided here,
 * when to make it is not.
 */
#ifndef LIVE_KERNEL_CALLS_H
#define LIVE_KERNEL_CALLS_H

#include "script/system/sut.h"

/* Makes the call and waits for its end; call->result, call->error and call->done_ns
 * (CLOCK_MONOTONIC) are written, call->done is not. */
void kernel_call_make(struct sut_call *call);
/* May the call sleep, as its descriptor and its flags are now? */
bool kernel_call_may_sleep(const struct sut_call *call);

#endif
