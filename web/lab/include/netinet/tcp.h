/* <netinet/tcp.h> with Linux's name that emscripten's lacks. */
#include_next <netinet/tcp.h>
#ifndef TCP_COOKIE_TRANSACTIONS
#define TCP_COOKIE_TRANSACTIONS 15
#endif
