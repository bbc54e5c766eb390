/* The system that writes down what another one does: see account.h. */
#ifndef COMPARE_ACCOUNT_SUT_H
#define COMPARE_ACCOUNT_SUT_H

struct account;
struct sut;

/*
 * A system that does what `inner` does, and writes it down. Freeing it frees `inner`, not the
 * account. `event` is read whenever an entry is made: the driver counts in it. NULL: there is none.
 */
struct sut *account_sut(struct sut *inner, struct account *account, const unsigned *event);

#endif
