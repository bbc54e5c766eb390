/*
 * System calls on a simulated host, with the waiting that a process does: a call that the host
 * answers with EAGAIN on a blocking descriptor stays pending and is tried again. Pipes and files,
 * which are not the host's, live here.
 */
#ifndef SCRIPT_SYSTEM_CALLS_H
#define SCRIPT_SYSTEM_CALLS_H

#include "script/shell/shell.h"
#include "script/system/sut.h"

struct sut_calls;

struct sut_calls *sut_calls_new(struct tcpsim_host *host, struct shell *shell);
void sut_calls_free(struct sut_calls *calls);
/* true: complete. `now` is the host's time. */
bool sut_calls_start(struct sut_calls *calls, struct sut_call *call, int64_t now);
bool sut_calls_retry(struct sut_calls *calls, struct sut_call *call, int64_t now);
/* `close` is of the descriptor that the pending `sleeper` waits on: complete at once, while the
 * socket stays until the sleeper is through. False: it is of another one. */
bool sut_calls_close_under(
	struct sut_calls *calls, struct sut_call *sleeper, struct sut_call *close);
/* When a pending call gives up by itself (a timeout); INT64_MAX: never. */
int64_t sut_calls_deadline(const struct sut_calls *calls, const struct sut_call *call);

#endif
