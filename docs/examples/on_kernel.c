/* hello.c as two processes of this machine, over its loopback interface. */
#include "hello.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	char *server[] = {"server", "7007", NULL};
	char *client[] = {"client", "127.0.0.1", "7007", "7008", NULL};

	setvbuf(stdout, NULL, _IOLBF, 0); /* two processes: each line in one piece */
	if (fork() == 0)
		return hello_server(2, server);
	usleep(200000);
	int status = hello_client(4, client);

	wait(NULL);
	return status;
}
