/*
 * A stack of its own for a function, and the switch to it and back: what makes a blocking call in
 * virtual time look like one. Hand-written for x86-64 and aarch64 (a dozen instructions, no system
 * call); elsewhere by <ucontext.h>. AddressSanitizer and ThreadSanitizer are
 * told of every switch.
 *
 * Contexts are entered from one place and leave to it: there is no switch between two of them.
 */
#ifndef SIM_PROCESS_CONTEXT_H
#define SIM_PROCESS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

struct context;

/* `run` must not return: its last act is context_leave. NULL when memory is exhausted. */
struct context *context_new(size_t stack_bytes, void (*run)(void *argument), void *argument);
/* Not from inside; what stands on its stack is forgotten. */
void context_free(struct context *context);
/* Runs it until it leaves. */
void context_enter(struct context *context);
/* Goes back to where context_enter was called; `last`: it will not be entered again. */
void context_leave(struct context *context, bool last);

#endif
