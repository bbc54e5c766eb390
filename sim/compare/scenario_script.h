/* A scenario and what a system did, in packetdrill's language. */
#ifndef COMPARE_SCENARIO_SCRIPT_H
#define COMPARE_SCENARIO_SCRIPT_H

#include <stdbool.h>

struct account;
struct scenario;

/*
 * Can all of it be said in that language? It has one connection at a time, no call that never
 * returns, and no echo of a timestamp that was never sent.
 */
bool scenario_has_script(const struct account *account);
/*
 * The scenario as a packetdrill script, with what `account` says the host did: it passes on the
 * system that the account is of. `head`: comment lines, or NULL. The caller frees it.
 */
char *scenario_script(
	const struct scenario *scenario, const struct account *account, const char *head);

#endif
