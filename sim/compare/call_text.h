/*
 * A call as packetdrill writes it: `send(4, ..., 100, MSG_MORE)`. One text for accounts, for the
 * scripts that are made of scenarios, and for what is shown of a difference.
 */
#ifndef COMPARE_CALL_TEXT_H
#define COMPARE_CALL_TEXT_H

#include "compare/account.h"

/* The call with what it is given; what it will fill in stands as `...`. The caller frees it. */
char *call_text(const struct sut_call *call);
/* Result, error and time of a call that is over, and what it filled in, go into its entry. */
void call_text_result(const struct sut_call *call, struct account_entry *entry);
/* The entry as a script has it: `accept(3, ..., ...) = 4`, `read(4, ..., 10) = -1 EAGAIN`.
 * Appended. */
void call_text_line(const struct account_entry *entry, GString *out);

/* "TCP_NODELAY" of its level, or its number. */
const char *call_text_option(int level, int name, char *number, size_t size);

#endif
