/* <poll.h> with Linux's name that emscripten's lacks. */
#include_next <poll.h>
#ifndef POLLREMOVE
#define POLLREMOVE 0x1000
#endif
