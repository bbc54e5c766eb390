/* <fcntl.h> with Linux's names that emscripten's lacks. */
#include_next <fcntl.h>
#ifndef F_EXLCK
#define F_EXLCK 4
#define F_SHLCK 8
#define O_FSYNC O_SYNC
#endif
