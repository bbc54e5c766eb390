/* Stacks and switches. See context.h. */
#include "process/context.h"

#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#elif __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* With -DCONTEXT_BY_UCONTEXT, what other machines use: for measuring, and for a debugger's sake. */
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(CONTEXT_BY_UCONTEXT)
#define BY_HAND 1
#else
#include <ucontext.h>
#endif

struct context {
	void *map;
	size_t map_len, stack_len;
	void (*run)(void *argument);
	void *argument;
#ifdef BY_HAND
	void *own_sp, *caller_sp;
#else
	ucontext_t own, caller;
#endif
	/* AddressSanitizer's: the fake stacks, and the caller's stack. */
	void *own_fake, *caller_fake;
	const void *caller_stack;
	size_t caller_len;
	/* ThreadSanitizer's: what it calls a fiber, and the one that entered. */
	void *own_fiber, *caller_fiber;
};

#ifdef BY_HAND
/* Saves what a called function must keep, stores the stack pointer in *save, goes on at `to`. */
void tcpsim_context_switch(void **save, void *to);
/* What a new context's first switch returns to. */
void tcpsim_context_first(void);
__attribute__((noreturn, used)) void tcpsim_context_main(struct context *context);
#endif

#if defined(BY_HAND) && defined(__x86_64__)
enum { SAVED_WORDS = 7, ARGUMENT_WORD = 0 }; /* r12 first */
__asm__(".text\n"
	".hidden tcpsim_context_switch\n"
	".globl tcpsim_context_switch\n"
	".type tcpsim_context_switch, @function\n"
	"tcpsim_context_switch:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r15\n"
	"	pushq %r14\n"
	"	pushq %r13\n"
	"	pushq %r12\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r12\n"
	"	popq %r13\n"
	"	popq %r14\n"
	"	popq %r15\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size tcpsim_context_switch, .-tcpsim_context_switch\n"
	".hidden tcpsim_context_first\n"
	".globl tcpsim_context_first\n"
	".type tcpsim_context_first, @function\n"
	"tcpsim_context_first:\n"
	"	movq %r12, %rdi\n"
	"	xorl %ebp, %ebp\n"
	"	call tcpsim_context_main\n"
	"	ud2\n"
	".size tcpsim_context_first, .-tcpsim_context_first\n");

static void prepare(struct context *c, uint8_t *top)
{
	uint64_t *sp = (uint64_t *)top - 2 - SAVED_WORDS; /* 16-aligned where first begins */

	memset(sp, 0, SAVED_WORDS * sizeof(*sp));
	sp[ARGUMENT_WORD] = (uint64_t)(uintptr_t)c;
	sp[SAVED_WORDS - 1] = (uint64_t)(uintptr_t)tcpsim_context_first;
	c->own_sp = sp;
}
#elif defined(BY_HAND)
enum { SAVED_WORDS = 20 }; /* x19 to x30, d8 to d15 */
__asm__(".text\n"
	".hidden tcpsim_context_switch\n"
	".globl tcpsim_context_switch\n"
	".type tcpsim_context_switch, %function\n"
	"tcpsim_context_switch:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp, #0]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #0]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size tcpsim_context_switch, .-tcpsim_context_switch\n"
	".hidden tcpsim_context_first\n"
	".globl tcpsim_context_first\n"
	".type tcpsim_context_first, %function\n"
	"tcpsim_context_first:\n"
	"	mov x0, x19\n"
	"	bl tcpsim_context_main\n"
	"	brk #1\n"
	".size tcpsim_context_first, .-tcpsim_context_first\n");

static void prepare(struct context *c, uint8_t *top)
{
	uint64_t *sp = (uint64_t *)top - SAVED_WORDS;

	memset(sp, 0, SAVED_WORDS * sizeof(*sp));
	sp[0] = (uint64_t)(uintptr_t)c;			    /* x19 */
	sp[11] = (uint64_t)(uintptr_t)tcpsim_context_first; /* x30 */
	c->own_sp = sp;
}
#endif

/* We are on the new stack now. */
static void arrived(struct context *c, void *fake)
{
#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(fake, &c->caller_stack, &c->caller_len);
#endif
}

#ifdef BY_HAND
void tcpsim_context_main(struct context *c)
{
	arrived(c, NULL);
	c->run(c->argument);
	abort();
}
#else
static void main_by_halves(unsigned high, unsigned low)
{
	struct context *c = (struct context *)(uintptr_t)((uint64_t)high << 32 | low);

	arrived(c, NULL);
	c->run(c->argument);
	abort();
}

static void prepare(struct context *c, uint8_t *top)
{
	uint64_t p = (uint64_t)(uintptr_t)c;

	getcontext(&c->own);
	c->own.uc_stack.ss_sp = top - c->stack_len;
	c->own.uc_stack.ss_size = c->stack_len;
	makecontext(&c->own, (void (*)(void))main_by_halves, 2, (unsigned)(p >> 32), (unsigned)p);
}
#endif

struct context *context_new(size_t stack_bytes, void (*run)(void *argument), void *argument)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct context *c = g_new0(struct context, 1);

	c->stack_len = (stack_bytes + page - 1) / page * page;
	c->map_len = c->stack_len + page; /* the lowest page catches a stack that grew too far */
	c->map = mmap(NULL, c->map_len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (c->map == MAP_FAILED) {
		g_free(c);
		return NULL;
	}
	if (mprotect(c->map, page, PROT_NONE) < 0) {
		munmap(c->map, c->map_len);
		g_free(c);
		return NULL;
	}
	c->run = run;
	c->argument = argument;
#ifdef WITH_TSAN
	c->own_fiber = __tsan_create_fiber(0);
#endif
	prepare(c, (uint8_t *)c->map + c->map_len);
	return c;
}

void context_free(struct context *c)
{
	if (!c)
		return;
#ifdef WITH_ASAN
	/* The shadow of frames that were left standing must not outlive the mapping. */
	__asan_unpoison_memory_region((char *)c->map + c->map_len - c->stack_len, c->stack_len);
#endif
#ifdef WITH_TSAN
	__tsan_destroy_fiber(c->own_fiber);
#endif
	munmap(c->map, c->map_len);
	g_free(c);
}

void context_enter(struct context *c)
{
#ifdef WITH_ASAN
	__sanitizer_start_switch_fiber(
		&c->caller_fake, (char *)c->map + c->map_len - c->stack_len, c->stack_len);
#endif
#ifdef WITH_TSAN
	c->caller_fiber = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(c->own_fiber, 0);
#endif
#ifdef BY_HAND
	tcpsim_context_switch(&c->caller_sp, c->own_sp);
#else
	swapcontext(&c->caller, &c->own);
#endif
#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(c->caller_fake, NULL, NULL);
#endif
}

void context_leave(struct context *c, bool last)
{
#ifdef WITH_ASAN
	__sanitizer_start_switch_fiber(last ? NULL : &c->own_fake, c->caller_stack, c->caller_len);
#endif
#ifdef WITH_TSAN
	__tsan_switch_to_fiber(c->caller_fiber, 0);
#endif
#ifdef BY_HAND
	tcpsim_context_switch(&c->own_sp, c->caller_sp);
#else
	swapcontext(&c->own, &c->caller);
#endif
	arrived(c, c->own_fake);
}
