/* errno's numbers are Linux's here, too, as logs tell them; emscripten's C library has WASI's, and
 * nothing of it that gives errno to a program of a world is called. */
#include <asm-generic/errno.h>
#define ENOTSUP EOPNOTSUPP
