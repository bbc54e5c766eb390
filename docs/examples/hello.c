/*
 * A client and a server in plain POSIX calls: nothing here knows whether they run on the kernel or
 * in a world of tcpsim. Compiled with -DIN_WORLD they are given tcpsim's calls under the same
 * names; with -DTCPSIM_ON_KERNEL as well, the kernel's again, for a world's kernel host.
 */
#ifdef IN_WORLD
#include <tcpsim/posix.h>
#else
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#endif
#include "hello.h"

#include <stdio.h>
#include <string.h>

/* hello_server PORT: answers one client, upper case, until it has closed. */
int TCPSIM_PROGRAM(hello_server)(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET,
				.ai_socktype = SOCK_STREAM,
				.ai_flags = AI_PASSIVE},
			*at;
	int listener, fd, one = 1;
	char buffer[100];
	ssize_t n;

	if (argc < 2 || getaddrinfo(NULL, argv[1], &hints, &at) != 0)
		return 1;
	listener = socket(at->ai_family, at->ai_socktype, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, at->ai_addr, at->ai_addrlen) < 0 || listen(listener, 5) < 0) {
		printf("server: %s\n", strerror(errno));
		return 1;
	}
	freeaddrinfo(at);
	fd = accept(listener, NULL, NULL);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (buffer[i] >= 'a' && buffer[i] <= 'z')
				buffer[i] -= 'a' - 'A';
		}
		if (write(fd, buffer, (size_t)n) < 0)
			break;
	}
	printf("server: the client has closed\n");
	close(fd);
	close(listener);
	return 0;
}

/* hello_client HOST PORT OTHER_PORT: one exchange, then a connect() where nobody listens. */
int TCPSIM_PROGRAM(hello_client)(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *to;
	char buffer[100] = "";
	int fd;

	if (argc < 4 || getaddrinfo(argv[1], argv[2], &hints, &to) != 0)
		return 1;
	fd = socket(to->ai_family, to->ai_socktype, 0);
	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0) {
		printf("client: connect: %s\n", strerror(errno));
		return 1;
	}
	if (write(fd, "hello, world", 12) == 12 && recv(fd, buffer, 12, MSG_WAITALL) == 12)
		printf("client: %s\n", buffer);
	close(fd);
	freeaddrinfo(to);

	if (getaddrinfo(argv[1], argv[3], &hints, &to) != 0)
		return 1;
	fd = socket(to->ai_family, to->ai_socktype, 0);
	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0)
		printf("client: port %s: %s\n", argv[3], strerror(errno));
	close(fd);
	freeaddrinfo(to);
	return 0;
}
