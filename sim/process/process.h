/*
 * Programs of a world: C functions on stacks of their own, whose blocking calls let virtual time
 * pass.
 *
 * A program runs when the world gives it the turn and until it waits; nothing else happens
 * meanwhile, so no program needs a lock. All programs of a host share its descriptors, as threads
 * would.
 */
#ifndef SIM_PROCESS_PROCESS_H
#define SIM_PROCESS_PROCESS_H

#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "process/context.h"
#include "process/say.h"
#include "world/clock.h"
#include "world/rng.h"
#include "world/world.h"

#define PROCESS_SIGNALS 65 /* 1 to 64, as on Linux */

/* What a program asked for: nothing comes of it. */
struct process_signals {
	struct sigaction action[PROCESS_SIGNALS];
	sigset_t mask;
};

/* The call that a program is in, as strace writes it, for the world's witness. */
struct process_call {
	unsigned depth; /* calls that are made of others are one */
	int fd;		/* -1: none */
	char *text;	/* "connect(3, server:80)" */
	int64_t begin_ns;
	uint32_t connection; /* the descriptor's, as its host's events have it; 0: none */
	uint32_t accepted;   /* of a call that returned: that of the descriptor it gave */
	ssize_t result;	     /* once it returned; negative: -1 and the errno */
	int error;
	uint32_t place; /* the witness's own */
};

#define PROCESS_LINE 64 /* of the cache */

/* Its first line is what a wake-up touches, and it begins one: with thousands of programs none of it is
 * in the cache when a packet comes for them (tests/unit/process/process.c). */
struct process {
	struct waiter own; /* its place where it waits at one descriptor alone */
	struct process *next_ready;
	struct context *context;
	const void *stack; /* about where it stands while it waits: a hint for the cache */
	bool is_ready, started, ended, timed_out;
	unsigned n_waiting;
	/* what its turn touches */
	struct waiter *waiting; /* the places it waits at, while it waits */
	struct node *node;
	struct clock_event alarm; /* start, sleep, timeout of a wait */
	struct process *parent;	  /* the program that started it, or NULL: the world */
	char *name;
	uint32_t id;
	int (*main)(int argc, char **argv); /* or: */
	int (*program)(void *argument);
	void *argument;
	GDestroyNotify free_argument;
	int argc;
	char **argv;
	struct rng rng;
	struct process_signals *signals; /* once it asked for any; among those kept */
	struct process_call call;
	GPtrArray *kept; /* what process_keep was given: freed when it ends, however it ends */
	int status;
	bool killed; /* with its host: it has no status */
};

/* The program that has the turn, or NULL. */
struct process *process_current(void);

/* A ready-made program: `program(argument)`; the argument is given to free_argument when it is
 * over. */
struct process *process_spawn(struct node *node, const char *name, int (*program)(void *argument),
	void *argument, GDestroyNotify free_argument, int64_t start_ns);
/* For programs: memory that is g_free'd when the program ends, even if its host crashes. */
void *process_alloc(size_t size);
/* The same before its end. */
void process_free(void *memory);
/* For programs: PROCESS_PASSING bytes for what is received, looked at and forgotten. All programs have
 * the same, so that it stays in the cache: what stands there does until the program waits. */
void *process_passing(void);
#define PROCESS_PASSING 65536

/*
 * Waits until any of the descriptors wakes (fd -1: of any of the host) or until deadline_ns
 * (INT64_MAX: for ever). False: the deadline has come. `place` has room for n and lives until it
 * returns; for one descriptor none is needed.
 */
bool process_wait(struct waiter *place, const int *fds, unsigned n, int64_t deadline_ns);
/* The same for one descriptor that wakes only one of those that wait so, the first: accept(). */
bool process_wait_alone(int fd, int64_t deadline_ns);
void process_sleep_until(int64_t time_ns);
/* Another program's wait is over, as if a descriptor had woken it: for programs that belong together. */
void process_continue(struct process *process);
int64_t process_now(void);

/* A call begins, and returns: told to the world's witness. The text is made only if there is one.
 * The end gives back the result, and leaves errno. */
#define process_call_begin(fd, ...)                                                                \
	(!process_is_watched()		 ? (void)0                                                 \
		: process_texts_wanted() ? process_call_watched(fd, __VA_ARGS__)                   \
					 : process_call_untold(fd))
bool process_texts_wanted(void);
void process_call_untold(int fd); /* without a text */
void process_call_watched(int fd, const char *format, ...) G_GNUC_PRINTF(2, 3);
ssize_t process_call_end(ssize_t result);
bool process_is_watched(void);
/* What it filled in: takes the place of its text. */
void process_call_text(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* One that is to begin then, and knows not yet what to run: `main` or `program` comes next. */
struct process *process_new(struct node *node, const char *name, int64_t start_ns);

/* --- for who runs one elsewhere --- */
/* Fills in which connections the call is about, before it is told. */
void process_call_find(struct process *process, bool returned);
/* One that ran outside (struct node_outside) has ended. */
void process_ended(struct process *process, int status);

#endif
