/*
 * Buffers of the send and receive calls, and control data: what a script expects with a message
 * and what came.
 */
#ifndef SCRIPT_RUN_MESSAGE_H
#define SCRIPT_RUN_MESSAGE_H

#include <stdbool.h>

struct run;
struct run_call;
struct script_expr;

/* run/message.c: msghdr, iovec and control data */
bool message_prepare_buffer(struct run *run, struct run_call *call,
	const struct script_expr *buffer, const struct script_expr *count);
bool message_prepare_vector(struct run *run, struct run_call *call, const struct script_expr *list,
	const struct script_expr *count);
bool message_prepare_header(
	struct run *run, struct run_call *call, const struct script_expr *header, bool receiving);
bool message_check(struct run *run, struct run_call *call);

#endif
