/* tcpsim-packetdrill-command: a command of a script, sent to the simulated host that packetdrill
 * drives. See commands.h. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int complain(const char *what)
{
	fprintf(stderr, "tcpsim: %s\n", what);
	return 127;
}

/* One word in single quotes, so that it arrives as it is. */
static void send_word(FILE *to, const char *word)
{
	putc('\'', to);
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			fputs("'\\''", to);
		else
			putc(*word, to);
	}
	fputs("' ", to);
}

int main(int argc, char **argv)
{
	const char *path = getenv("TCPSIM_PACKETDRILL"), *slash = strrchr(argv[0], '/');
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), c;
	uint8_t status = 127;
	FILE *to;

	if (path == NULL)
		return complain("$TCPSIM_PACKETDRILL is not set: run this from a script under "
				"libtcpsim-packetdrill.so");
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0)
		return complain("the simulated host does not answer");
	to = fdopen(dup(fd), "w");
	if (to == NULL)
		return complain("no descriptor is left to ask the simulated host with");
	send_word(to, slash != NULL ? slash + 1 : argv[0]);
	for (int i = 1; i < argc; i++)
		send_word(to, argv[i]);
	fclose(to);
	shutdown(fd, SHUT_WR);
	to = fdopen(fd, "r");
	if (to == NULL || fread(&status, 1, 1, to) != 1)
		return complain("the simulated host did not say how the command ended");
	while ((c = getc(to)) != EOF)
		putchar(c);
	return status;
}
