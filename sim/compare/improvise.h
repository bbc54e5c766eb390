/*
 * Makes a scenario up while it is played: a program and its peers who react to what the host does,
 * at random from a seed.
 *
 * Plain: what well-behaved ends do every day: handshakes both ways, text both ways, acknowledgments
 * at once or late, loss told by SACK, shut and growing windows, half-closes, options and polls of
 * the program. Odd: the same, with flags and numbers that no honest peer would send, ICMP errors,
 * resets, old and future acknowledgments.
 */
#ifndef COMPARE_IMPROVISE_H
#define COMPARE_IMPROVISE_H

#include "compare/account.h"
#include "compare/scenario.h"
#include <tcpsim/profile.h>

struct improviser;

enum improvise_style { IMPROVISE_PLAIN, IMPROVISE_ODD };

/* Plays on `sut`, which is freed; *scenario becomes what was done, at the times at which it was
 * done. `scenario` has its seed and its settings by then. */
struct account *scenario_improvise(
	struct scenario *scenario, enum improvise_style style, struct sut *sut);
/* The same on a model; NULL: it cannot be set up. */
struct account *scenario_improvise_model(struct scenario *scenario, enum improvise_style style,
	const struct tcpsim_profile *profile);
/* Draws settings at random from a list of those that matter. */
void scenario_draw_settings(struct scenario *scenario);

/* Does the event now and writes it into the scenario. */
bool improvise_do(struct improviser *im, struct scenario_event event);

#endif
