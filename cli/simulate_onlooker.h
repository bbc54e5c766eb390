/*
 * The onlooker of a run: who sees what a capture at one node would have, and concludes from it alone.
 * Packets are told as they pass; nothing is written to be read again.
 */
#ifndef CLI_SIMULATE_ONLOOKER_H
#define CLI_SIMULATE_ONLOOKER_H

struct node;
struct onlooker;
struct replay;
struct simulate_options;

/* Looks on at the node until it is freed. What it keeps is what the options have told. */
struct onlooker *onlooker_new(const struct simulate_options *options, struct node *node);
/* NULL does nothing. */
void onlooker_free(struct onlooker *onlooker);
/* The run is over. */
void onlooker_end(struct onlooker *onlooker);
/* What was seen, for the table, the ladders and --json; NULL: nobody asked for it. */
const struct replay *onlooker_seen(const struct onlooker *onlooker);
/* The same for --html, with each row that a page has room for. */
const struct replay *onlooker_seen_for_page(const struct onlooker *onlooker);

#endif
