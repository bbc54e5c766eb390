/* How much memory a command may use for what grows with its input: as asked, and within the
 * process's own limits (ulimit -v), since an allocation that fails would end the program without a
 * word. */
#ifndef CLI_BUDGET_H
#define CLI_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

/* "500M", "2G", "65536"; K, M, G are powers of 1024. False if it is none, or under 4 MB. */
bool budget_parse(const char *text, size_t *bytes);
/* Of `wanted` what the process's limits let it have. */
size_t budget_allowed(size_t wanted);

#endif
