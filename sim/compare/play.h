/*
 * Plays a scenario to a system under test, and keeps the account.
 *
 * The same player serves the one who plays a finished scenario and the one who makes it up as he
 * goes (compare/improvise.h): both only decide which event comes next.
 */
#ifndef COMPARE_PLAY_H
#define COMPARE_PLAY_H

#include "compare/account.h"
#include "compare/scenario.h"
#include "script/shell/files.h"
#include <tcpsim/profile.h>

/* What the player knows of a connection, from its packets. */
struct played_connection {
	bool has_iss;
	uint16_t local_port; /* 0: not known yet */
	uint32_t iss, last_ts;
};

struct player {
	struct sut *sut; /* an account_sut(): freed by player_end() */
	struct account *account;
	struct script_config config;
	unsigned event;
	struct played_connection connections[SCENARIO_CONNECTIONS];
	uint64_t written[64]; /* by descriptor: octets that the program handed over */
	struct sut_call *pending;
	GPtrArray *buffers;
	/* Is told of every TCP segment that the system sends; may be NULL. */
	void (*saw)(void *context, unsigned connection, const struct tcpsim_segment *segment);
	void *context;
};

/* Takes `sut` over. Settings are made at once. */
void player_begin(struct player *player, const struct scenario *scenario, struct sut *sut);
/* Lets time go on until then, or until the system sends something when `packet` is set. */
void player_wait(struct player *player, int64_t until_ns, bool packet);
/* Does the event now; false: it cannot be done (the connection's port is not known, a call is under
 * way). */
bool player_do(struct player *player, const struct scenario_event *event);
/* The first number of the peer of that connection. */
uint32_t player_peer_iss(unsigned connection);
/* Frees the system; the account is the caller's. */
struct account *player_end(struct player *player);

/* All of it. */
struct account *scenario_play(const struct scenario *scenario, struct sut *sut);
/* The model of that profile for the scenario, or NULL and *error. `files` outlive it. */
struct sut *scenario_model(const struct scenario *scenario, const struct tcpsim_profile *profile,
	const struct script_files *files, GError **error);
/* On the model of that profile; NULL and *error when it cannot be set up. */
struct account *scenario_play_model(
	const struct scenario *scenario, const struct tcpsim_profile *profile, GError **error);

#endif
