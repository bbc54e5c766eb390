/*
 * What a capture calls its hosts: the name resolution blocks of pcapng. A name is what somebody's
 * resolver said when the capture was taken; of several for one address the first is taken. Names are
 * owned here and live as long as the table.
 */
#ifndef TCPSIM_TRACES_CAPTURE_NAMES_H
#define TCPSIM_TRACES_CAPTURE_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <tcpsim/addr.h>

struct names;

struct names *names_new(void);
void names_free(struct names *n);
/* The first `len` bytes at `text`, or up to a NUL, are the name of `addr`. Unprintable bytes become
 * '?'; without any it is no name. */
void names_add(struct names *n, const struct tcpsim_addr *addr, const uint8_t *text, size_t len);
/* NULL: it has none. */
const char *names_of(const struct names *n, const struct tcpsim_addr *addr);

#endif
