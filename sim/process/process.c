/* Programs: their life, their turn, what they wait for. See process.h. */
#define TCPSIM_POSIX_NO_MACROS
#include "process/process.h"
#include "world/build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>
#include <tcpsim/socket.h>

#include "world/notes.h"
#include "world/order.h"

#define STACK_BYTES (256 * 1024) /* of which only the pages that are touched cost anything */

static _Thread_local struct process *current;

struct process *process_current(void)
{
	return current;
}

int64_t process_now(void)
{
	return clock_now(current->node->part->clock);
}

static void make_ready(struct world_part *part, struct process *p)
{
	if (p->is_ready || p->ended)
		return;
	p->is_ready = true;
	p->next_ready = NULL;
	/* Its turn comes when what happens now is over: so long its memory has to get here. */
	if (p->stack) { /* it has run before */
		__builtin_prefetch(p->stack);
		__builtin_prefetch((const char *)p->stack - PROCESS_LINE);
	}
	__builtin_prefetch((const char *)p + PROCESS_LINE);
	__builtin_prefetch(p->context);
	*part->ready_last = p;
	part->ready_last = &p->next_ready;
}

static void on_alarm(struct clock_event *event, int64_t now_ns)
{
	struct process *p = (struct process *)((char *)event - offsetof(struct process, alarm));

	p->timed_out = true;
	make_ready(p->node->part, p);
}

static void run(void *argument)
{
	struct process *p = argument;

	p->status = p->main ? p->main(p->argc, p->argv) : p->program(p->argument);
	p->ended = true;
	context_leave(p->context, true);
}

/* Its descriptors stay, as those of a thread do that ends. */
void tcpsim_posix_exit(int status)
{
	struct process *p = current;

	if (!p)
		exit(status);
	p->status = status;
	p->ended = true;
	context_leave(p->context, true);
	abort(); /* nobody gives an ended program the turn */
}

static const struct world_programs PROGRAMS;

/* Those that programs start are counted on each host, after the ones that the world began with: so
 * none depends on what another host does at that time. */
static uint32_t number(struct node *node)
{
	return node->world->built ? node->world->next_process + ++node->n_spawned
				  : ++node->world->next_process;
}

static void replay_process(struct tcpsim_world *world, void *record)
{
	g_ptr_array_add(world->processes, *(struct process **)record);
}

static void note_process(struct process *p)
{
	struct notes *notes = p->node->part->notes;

	if (notes)
		*(struct process **)notes_add(notes, replay_process, sizeof(p)) = p;
	else
		g_ptr_array_add(p->node->world->processes, p);
}

struct process *process_new(struct node *node, const char *name, int64_t start_ns)
{
	struct process *p = g_aligned_alloc0(1, sizeof(*p), PROCESS_LINE);
	struct tcpsim_world *world = node->world;

	p->node = node;
	p->parent = current && current->node == node ? current : NULL;
	p->name = g_strdup(name);
	p->id = number(node);
	char *seed_name = g_strdup_printf("program %s %s %u", node->name, name, p->id);
	rng_seed(&p->rng, world->seed, seed_name);
	g_free(seed_name);
	p->kept = g_ptr_array_new_with_free_func(g_free);
	p->alarm.fire = on_alarm;
	if (!world->programs) /* it may run on several threads */
		world->programs = &PROGRAMS;
	g_ptr_array_add(node->processes, p);
	note_process(p);
	order_at(node->part, &p->alarm, start_ns);
	return p;
}

struct process *process_spawn(struct node *node, const char *name, int (*program)(void *argument),
	void *argument, GDestroyNotify free_argument, int64_t start_ns)
{
	struct process *p = process_new(node, name, start_ns);

	p->program = program;
	p->argument = argument;
	p->free_argument = free_argument;
	return p;
}

/* --- waiting --- */

/* Apart: mostly they are there. */
static __attribute__((noinline)) void make_lists(struct node *node, guint block)
{
	struct waiter_list *lists = g_new(struct waiter_list, WAITER_LISTS);

	if (block >= node->waiters->len)
		g_ptr_array_set_size(node->waiters, (gint)block + 1);
	node->waiters->pdata[block] = lists;
	for (unsigned i = 0; i < WAITER_LISTS; i++)
		TAILQ_INIT(&lists[i]);
}

static inline struct waiter_list *list_of(struct node *node, int fd)
{
	guint block = (guint)fd / WAITER_LISTS;
	struct waiter_list *lists;

	if (fd < 0)
		return &node->any_waiters;
	if (block >= node->waiters->len || !node->waiters->pdata[block])
		make_lists(node, block);
	lists = node->waiters->pdata[block];
	return &lists[(guint)fd % WAITER_LISTS];
}

static void stop_waiting(struct process *p)
{
	for (unsigned i = 0; i < p->n_waiting; i++)
		TAILQ_REMOVE(list_of(p->node, p->waiting[i].fd), &p->waiting[i], link);
	p->n_waiting = 0;
	clock_cancel(p->node->part->clock, &p->alarm);
}

static bool wait_at(
	struct waiter *place, const int *fds, unsigned n, bool alone, int64_t deadline_ns)
{
	struct process *p = current;

	if (n == 1)
		place = &p->own;
	/* Who waits alone is woken in order; in front of those stand the ones that
	 * are woken by all. */
	for (unsigned i = 0; i < n; i++) {
		struct waiter_list *list = list_of(p->node, fds[i]);

		place[i] = (struct waiter){.process = p, .fd = fds[i], .alone = alone};
		if (alone)
			TAILQ_INSERT_TAIL(list, &place[i], link);
		else
			TAILQ_INSERT_HEAD(list, &place[i], link);
	}
	p->stack = __builtin_frame_address(0);
	p->waiting = place;
	p->n_waiting = n;
	p->timed_out = false;
	if (deadline_ns != INT64_MAX)
		clock_at(p->node->part->clock, &p->alarm, deadline_ns);
	context_leave(p->context, false);
	return !p->timed_out;
}

bool process_wait(struct waiter *place, const int *fds, unsigned n, int64_t deadline_ns)
{
	return wait_at(place, fds, n, false, deadline_ns);
}

bool process_wait_alone(int fd, int64_t deadline_ns)
{
	return wait_at(NULL, &fd, 1, true, deadline_ns);
}

void process_sleep_until(int64_t time_ns)
{
	process_wait(NULL, NULL, 0, time_ns);
}

void process_continue(struct process *process)
{
	make_ready(process->node->part, process);
}

static void wake(struct world_part *part, const struct waiter_list *list)
{
	const struct waiter *waiter;

	TAILQ_FOREACH (waiter, list, link) {
		if (waiter->alone && waiter->process->is_ready)
			continue;
		make_ready(part, waiter->process);
		if (waiter->alone)
			break;
	}
}

static void wake_fd(struct node *node, int fd)
{
	guint block = (guint)fd / WAITER_LISTS; /* of -1: beyond any */
	const struct waiter_list *lists =
		block < node->waiters->len ? node->waiters->pdata[block] : NULL;

	if (lists)
		wake(node->part, &lists[(guint)fd % WAITER_LISTS]);
	wake(node->part, &node->any_waiters);
}

/* --- the turn --- */

static void free_run(struct process *p)
{
	stop_waiting(p);
	context_free(p->context);
	p->context = NULL;
	g_ptr_array_free(p->kept, TRUE);
	p->kept = NULL;
	if (p->free_argument)
		p->free_argument(p->argument);
	p->argument = NULL;
	g_strfreev(p->argv);
	p->argv = NULL;
	g_clear_pointer(&p->call.text, g_free);
}

/* As fork() fails: the program is not run, and says so. */
static void end_before_it_began(struct process *p)
{
	p->status = 1;
	p->ended = true;
	current = p;
	process_say("no memory for its stack: too many programs run at once");
	current = NULL;
	free_run(p);
}

/* On a kernel's host the program is a thread of its own there, and says when it has ended. */
static bool starts_outside(struct process *p)
{
	const struct world_starter *starter = p->node->world->starter;
	const struct node_outside *outside = p->node->outside;

	if (starter && starter->start(starter->context, p))
		return true;
	return outside && outside->start(outside->context, p);
}

static void give_turn(struct process *p)
{
	if (!p->started) {
		p->started = true;
		if (starts_outside(p)) {
			stop_waiting(p);
			return;
		}
		p->context = context_new(STACK_BYTES, run, p);
		if (!p->context) {
			end_before_it_began(p);
			return;
		}
	}
	stop_waiting(p);
	/* Socket calls happen at the host's time, which must be that of the world. */
	if (p->node->host)
		tcpsim_host_advance(p->node->host, clock_now(p->node->part->clock));
	current = p;
	context_enter(p->context);
	current = NULL;
	node_flush(p->node);
	if (p->ended)
		free_run(p);
}

static void run_ready(struct world_part *part)
{
	struct process *p;

	while ((p = part->ready)) {
		part->ready = p->next_ready;
		if (!part->ready)
			part->ready_last = &part->ready;
		p->is_ready = false;
		if (!p->ended)
			give_turn(p);
	}
}

void process_ended(struct process *p, int status)
{
	p->status = status;
	p->ended = true;
	free_run(p);
}

/* What the world is to start later starts then; what a program would have started is
 * gone with it. */
static void kill_all(struct node *node)
{
	GPtrArray *all = node->processes;

	for (guint i = 0; i < all->len; i++) {
		struct process *p = all->pdata[i];

		if (p->ended || (!p->started && !p->parent))
			continue;
		p->killed = true;
		p->ended = true;
		free_run(p);
	}
}

static void free_all(struct tcpsim_world *world)
{
	for (guint i = 0; i < world->processes->len; i++) {
		struct process *p = world->processes->pdata[i];

		if (p->kept)
			free_run(p);
		g_free(p->name);
		g_aligned_free(p);
	}
}

static void each_alarm(struct node *node, void (*fn)(struct node *node, struct clock_event *event))
{
	for (guint i = 0; i < node->processes->len; i++)
		fn(node, &((struct process *)node->processes->pdata[i])->alarm);
}

static const struct node *place(void)
{
	return current ? current->node : NULL;
}

static int calling(void)
{
	return current && current->call.depth ? current->call.fd : -1;
}

static const struct world_programs PROGRAMS = {
	.run_ready = run_ready,
	.wake = wake_fd,
	.kill_all = kill_all,
	.free_all = free_all,
	.each_alarm = each_alarm,
	.place = place,
	.calling = calling,
};

/* --- calls, for the world's witness --- */

bool process_is_watched(void)
{
	const struct world_witness *witness = current ? current->node->world->witness : NULL;

	return witness && witness->call;
}

static uint32_t connection_of(const struct node *node, ssize_t fd)
{
	if (fd < 0)
		return 0;
	if (node->is_kernel)
		return node->outside ? node->outside->connection(node->outside->context, (int)fd)
				     : 0;
	return tcpsim_connection_id(node->host, (int)fd);
}

void process_call_find(struct process *p, bool returned)
{
	bool gave = returned && p->call.result > 0 && p->call.text &&
		    g_str_has_prefix(p->call.text, "accept");

	p->call.connection = connection_of(p->node, p->call.fd);
	p->call.accepted = gave ? connection_of(p->node, p->call.result) : 0;
}

struct call_note {
	struct process *process;
	struct process_call call; /* as it was; its text is the note's */
	bool returned;
};

/* The program may be in another call by now, whose place is not known yet. */
static void replay_call(struct tcpsim_world *world, void *record)
{
	struct call_note *note = record;
	struct process *p = note->process;
	struct process_call now = p->call;

	note->call.place = now.place;
	p->call = note->call;
	world->witness->call(world->witness->context, p, note->returned);
	now.place = p->call.place;
	p->call = now;
	g_free(note->call.text);
}

static void report_call(bool returned)
{
	const struct world_witness *witness = current->node->world->witness;
	struct notes *notes = current->node->part->notes;
	struct call_note *note;

	process_call_find(current, returned);
	if (!notes) {
		witness->call(witness->context, current, returned);
		return;
	}
	note = notes_add(notes, replay_call, sizeof(*note));
	*note = (struct call_note){current, current->call, returned};
	note->call.text = g_strdup(current->call.text);
}

bool process_texts_wanted(void)
{
	return !current->node->world->texts_unwanted;
}

/* Whether it is the program's own call, and no part of one. */
static bool begins(int fd)
{
	if (current->call.depth++)
		return false;
	current->call.fd = fd;
	current->call.begin_ns = process_now();
	return true;
}

void process_call_untold(int fd)
{
	if (begins(fd))
		report_call(false);
}

void process_call_watched(int fd, const char *format, ...)
{
	va_list args;

	if (!begins(fd))
		return;
	va_start(args, format);
	current->call.text = g_strdup_vprintf(format, args);
	va_end(args);
	report_call(false);
}

void process_call_text(const char *format, ...)
{
	va_list args;

	if (!process_is_watched() || current->call.depth != 1 || !current->call.text)
		return;
	g_free(current->call.text);
	va_start(args, format);
	current->call.text = g_strdup_vprintf(format, args);
	va_end(args);
}

ssize_t process_call_end(ssize_t result)
{
	struct process_call *call;
	int error;

	if (!process_is_watched())
		return result;
	call = &current->call;
	error = errno;
	if (--call->depth)
		return result;
	call->result = result;
	call->error = result < 0 ? error : 0;
	report_call(true);
	g_clear_pointer(&call->text, g_free);
	errno = error;
	return result;
}

/* --- for programs --- */

void *process_alloc(size_t size)
{
	void *memory = g_malloc0(size);

	g_ptr_array_add(current->kept, memory);
	return memory;
}

void process_free(void *memory)
{
	g_ptr_array_remove_fast(current->kept, memory);
}

void *process_passing(void)
{
	struct world_part *part = current->node->part;

	if (!part->passing)
		part->passing = g_malloc(PROCESS_PASSING);
	return part->passing;
}
