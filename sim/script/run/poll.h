/* poll() and epoll: descriptors and events in, readiness out. */
#ifndef SCRIPT_RUN_POLL_H
#define SCRIPT_RUN_POLL_H

#include <stdbool.h>

struct run;
struct run_call;

/* run/poll.c: poll and epoll */
bool poll_prepare(struct run *run, struct run_call *call);
bool poll_check(struct run *run, struct run_call *call);
bool epoll_prepare_ctl(struct run *run, struct run_call *call);
bool epoll_prepare_wait(struct run *run, struct run_call *call);
bool epoll_check_wait(struct run *run, struct run_call *call);

#endif
