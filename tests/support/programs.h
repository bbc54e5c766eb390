/* Ready-made programs in a world that a test builds, and two hosts for them. */
#ifndef TESTS_SUPPORT_PROGRAMS_H
#define TESTS_SUPPORT_PROGRAMS_H

#include "process/programs.h"
#include "world/world.h"

/* Linux hosts "a" and "b" with that link, whose receivers verify every checksum. */
struct tcpsim_world *two_linux_hosts(uint64_t seed, const char *link);
/* The program `does` on that host, otherwise as `config` says; asserts that it may start. */
void start_program(struct tcpsim_world *world, const char *host, const char *does, const char *to,
	const struct program_config *config);

#endif
