/* malloc and its kin, failing on demand. See allocations.h. */
#include "allocations.h"

#include <errno.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *piece, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
int __real_posix_memalign(void **piece, size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *piece, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
int __wrap_posix_memalign(void **piece, size_t align, size_t size);

static uint64_t fail_nth, asked, failed;
static bool fail_every;

void allocations_fail(uint64_t nth, bool every)
{
	fail_nth = nth;
	fail_every = every;
	asked = failed = 0;
}

uint64_t allocations_asked(void)
{
	return asked;
}

uint64_t allocations_failed(void)
{
	return failed;
}

static bool fails(void)
{
	asked++;
	if (!fail_nth || (fail_every ? asked % fail_nth : asked != fail_nth))
		return false;
	failed++;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *piece, size_t size)
{
	return fails() ? NULL : __real_realloc(piece, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __real_aligned_alloc(align, size);
}

int __wrap_posix_memalign(void **piece, size_t align, size_t size)
{
	return fails() ? ENOMEM : __real_posix_memalign(piece, align, size);
}
