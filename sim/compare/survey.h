/*
 * Many scenarios on both, model and kernel: how many agree, and in what the others differ.
 *
 * Each is made up on the kernel in real time and then played to the model at the very times at
 * which the kernel had it. One that differs is run again twice with its gaps stretched; a
 * difference that is not there every time is the clock's or the machine's, and is counted apart.
 * So is one that is gone when an event and a timer that came close are drawn apart (race.h).
 * What differs first names a kind; of each kind the first ones are kept, made as short as they can
 * be while they still differ so.
 */
#ifndef COMPARE_SURVEY_H
#define COMPARE_SURVEY_H

#include "compare/difference.h"
#include "compare/improvise.h"

/* In what model and kernel agree over one scenario. */
struct survey_verdict {
	bool all;	  /* TCP_INFO after each event as well */
	bool but_figures; /* all but TCP_INFO */
	bool but_window, calls, states;
	bool plain;	  /* a scenario of well-behaved ends */
	bool unstable;	  /* differed once and not again */
	bool race;	  /* differed by which of a timer and an event came first */
	const char *kind; /* of the difference, in words that group; NULL: there is none */
};

struct survey_options {
	const struct tcpsim_profile *profile;
	const struct tcpsim_profile *other; /* another model in the kernel's place, or NULL */
	uint64_t seed;
	unsigned n; /* scenarios; 0: as many as fit in `minutes` */
	unsigned minutes;
	unsigned jobs;		/* runs on the kernel at once */
	unsigned plain_percent; /* scenarios of plain traffic; the rest are odd */
	enum script_ip_version ip;
	bool random_settings;
	bool shrink;
	/* Is asked before a scenario is made up; false leaves it out. May be NULL. */
	bool (*wants)(void *context, uint64_t seed);
	/* Is told of every scenario that was judged, with the kernel's account; may be NULL. */
	void (*each)(void *context, const struct scenario *scenario, const struct account *kernel,
		const struct survey_verdict *verdict);
	void *context; /* of both */
};

/* A scenario whose difference was there each time. */
struct survey_finding {
	char *kind; /* what differs first, in words that group: "segment window after call send" */
	unsigned count;
	struct scenario *scenario;
	struct account *model, *kernel;
	struct difference difference;
};

struct survey_counts {
	unsigned scenarios, agree_all, agree_but_window, agree_calls, agree_states,
		agree_but_figures, unstable, races, failed;
	unsigned plain, plain_agree;
	gint64 wall_ns;
};

struct survey {
	struct survey_counts counts;
	GPtrArray *findings; /* struct survey_finding, most frequent first */
	char *why;	     /* of the first run that did not come about */
};

/* Counts a verdict: of a scenario that was judged, now or by an earlier survey. */
void survey_count(struct survey_counts *counts, const struct survey_verdict *verdict);
/* `progress` may be NULL. NULL and *error: there is no kernel to be had here. */
struct survey *survey_run(const struct survey_options *options,
	void (*progress)(void *context, const struct survey_counts *counts), void *context,
	GError **error);
void survey_free(struct survey *survey);

/* What counts as the first difference. */
struct difference survey_difference(const struct account *model, const struct account *kernel);
/* What groups a difference: "segment window after send". The caller frees it. */
char *survey_kind(const struct account *kernel, const struct difference *d);

#endif
