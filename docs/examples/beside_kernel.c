/* hello.c in a world by the real clock: a 4.4BSD client, and a server that is a process on the kernel
 * of this machine. */
#include "hello.h"

#include <stdio.h>
#include <tcpsim/world.h>

int main(void)
{
	struct tcpsim_world *world = tcpsim_world_new(1);
	char *server[] = {"server", "7007", NULL};
	char *client[] = {"client", "server", "7007", "7008", NULL};

	tcpsim_world_add_host(world, "client", &tcpsim_profile_bsd44);
	tcpsim_world_add_kernel_host(world, "server");
	tcpsim_world_link(world, "client", "server", "delay = 30 ms; drop = 1st data", NULL);
	tcpsim_world_spawn_twice(
		world, "server", "server", TCPSIM_BOTH(hello_server), 2, server, 0);
	tcpsim_world_spawn_twice(
		world, "client", "client", TCPSIM_BOTH(hello_client), 4, client, 50000000);
	if (tcpsim_world_run(world, TCPSIM_FOREVER) < 0) {
		fprintf(stderr, "%s\n", tcpsim_world_error(world));
		tcpsim_world_free(world);
		return 2;
	}
	printf("world: the server ended with %d, the client with %d\n",
		tcpsim_world_status(world, "server", "server"),
		tcpsim_world_status(world, "client", "client"));
	tcpsim_world_free(world);
	return 0;
}
