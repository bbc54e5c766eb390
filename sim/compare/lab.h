/*
 * The running kernel as a laboratory: scenarios are played there in real time, hundreds at once,
 * each in a process and in network namespaces of its own, so that no run knows of another. They
 * mostly wait.
 */
#ifndef COMPARE_LAB_H
#define COMPARE_LAB_H

#include "compare/improvise.h"

struct lab_job {
	struct scenario *scenario; /* finished: as it was played */
	bool improvise;		   /* make it up; else play what stands there */
	enum improvise_style style;
	int round; /* the caller's own */
	/* when it is over */
	struct account *account; /* NULL: it did not come about, see `why` */
	char *why;
};

struct lab;

/* At most `jobs` at once. */
struct lab *lab_new(unsigned jobs);
/* The same with another model in the kernel's place: in virtual time, one after the other, and the
 * same each time. */
struct lab *lab_new_model(const struct tcpsim_profile *profile);
/* Ends what is under way; its jobs are lost. */
void lab_free(struct lab *lab);
bool lab_has_room(const struct lab *lab);
/* Starts it; the lab has the job until lab_next() gives it back. */
void lab_start(struct lab *lab, struct lab_job *job);
/* Waits for one that is over; NULL when none is under way. */
struct lab_job *lab_next(struct lab *lab);
void lab_job_free(struct lab_job *job);

/* What the model makes of the scenario, in a process of its own that has so much time; NULL and *why
 * (for the caller to free): it did not come to an end, or not about. */
struct account *lab_play_model(
	const struct scenario *scenario, const struct tcpsim_profile *profile, char **why);

/*
 * Tries once whether this machine can do it: the congestion control that both sides can have,
 * "cubic", or "reno" where the machine lets a namespace have no other. NULL and *error
 * (LIVE_ERROR): it cannot.
 */
const char *lab_congestion_control(GError **error);

#endif
