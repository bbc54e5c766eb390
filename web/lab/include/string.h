/* <string.h> with what glibc has beside it and emscripten's C library has not. See libc.c. */
#include_next <string.h>
#ifndef LAB_STRING_H
#define LAB_STRING_H

/* "ECONNREFUSED"; NULL: no error of Linux has that number. */
const char *strerrorname_np(int error);

#endif
