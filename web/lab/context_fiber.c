/*
 * Stacks and switches where a program cannot reach its own: emscripten's fibers, which wind the
 * frames of WebAssembly up into memory and down again (Asyncify). The same contract as the one of
 * sim/process/context.c; contexts are entered from one place, so one fiber stands for that place.
 */
#include "process/context.h"

#include <emscripten/fiber.h>
#include <glib.h>

/* Memory is taken whole here, not by the page. The greatest frame of a call is select()'s, with 8 kB.
 * FRAMES holds the locals of a dozen frames while they are wound up; more than that ends the run. */
#define STACK  (64 * 1024)
#define FRAMES (8 * 1024)

struct context {
	emscripten_fiber_t own;
	_Alignas(16) char frames[FRAMES];
	_Alignas(16) char stack[STACK];
};

static emscripten_fiber_t world;
static _Alignas(16) char world_frames[FRAMES];
static bool has_world;

struct context *context_new(size_t stack_bytes, void (*run)(void *argument), void *argument)
{
	struct context *c = aligned_alloc(16, sizeof(*c));

	if (!c)
		return NULL;
	emscripten_fiber_init(
		&c->own, run, argument, c->stack, sizeof(c->stack), c->frames, sizeof(c->frames));
	return c;
}

void context_free(struct context *c)
{
	free(c);
}

void context_enter(struct context *c)
{
	if (!has_world)
		emscripten_fiber_init_from_current_context(
			&world, world_frames, sizeof(world_frames));
	has_world = true;
	emscripten_fiber_swap(&world, &c->own);
}

void context_leave(struct context *c, bool last)
{
	emscripten_fiber_swap(&c->own, &world);
}
