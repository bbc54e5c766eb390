#include "programs.h"

#include <criterion/criterion.h>

struct tcpsim_world *two_linux_hosts(uint64_t seed, const char *link)
{
	struct tcpsim_world *w = tcpsim_world_new(seed);

	w->distrust = true;
	tcpsim_world_add_host(w, "a", &tcpsim_profile_linux);
	tcpsim_world_add_host(w, "b", &tcpsim_profile_linux);
	cr_assert_eq(tcpsim_world_link(w, "a", "b", link, NULL), 0);
	return w;
}

void start_program(struct tcpsim_world *world, const char *host, const char *does, const char *to,
	const struct program_config *config)
{
	struct program_config c = *config;

	c.name = g_strdup(does);
	c.host = g_strdup(host);
	c.does = g_strdup(does);
	c.to = g_strdup(to);
	cr_assert_null(program_start(world, &c));
}
