/* hello.c in a world: a Linux host and a 4.4BSD host, a lossy line of 1 Mbit/s between them, no
 * time of ours. */
#include "hello.h"

#include <stdio.h>
#include <tcpsim/world.h>

int main(void)
{
	struct tcpsim_world *world = tcpsim_world_new(1);
	char *server[] = {"server", "7007", NULL};
	char *client[] = {"client", "server", "7007", "7008", NULL};
	char *error = NULL;

	tcpsim_world_add_host(world, "client", &tcpsim_profile_linux);
	tcpsim_world_add_host(world, "server", &tcpsim_profile_bsd44);
	if (tcpsim_world_link(world, "client", "server",
		    "rate = 1 Mbit/s; delay = 30 ms; drop = 1st data", &error) < 0) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	tcpsim_world_spawn(world, "server", "server", hello_server, 2, server, 0);
	tcpsim_world_spawn(world, "client", "client", hello_client, 4, client, 1000000);
	tcpsim_world_run(world, TCPSIM_FOREVER);
	printf("world: nothing is left to happen at %.3f s\n",
		(double)tcpsim_world_now(world) * 1e-9);
	tcpsim_world_free(world);
	return 0;
}
