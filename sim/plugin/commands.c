#include "plugin/commands.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define COMMAND_MAX 65536

struct plugin_commands {
	plugin_command_fn run;
	void *context;
	int socket;
	pthread_t thread;
	char path[108];
};

/* The whole request: everything up to the end of what the helper sends. */
static char *read_request(int fd)
{
	GString *text = g_string_new(NULL);
	char part[1024];
	ssize_t n;

	while (text->len < COMMAND_MAX && (n = read(fd, part, sizeof(part))) > 0)
		g_string_append_len(text, part, n);
	return g_string_free(text, FALSE);
}

/* Status in one byte, then what the command printed. */
static void answer(struct plugin_commands *commands, int fd)
{
	char *text = read_request(fd);
	GString *output = g_string_new(NULL);
	uint8_t status = (uint8_t)commands->run(commands->context, text, output);

	if (write(fd, &status, 1) == 1 && write(fd, output->str, output->len) < 0)
		perror("tcpsim: the answer to a command");
	g_string_free(output, TRUE);
	g_free(text);
}

static void *serve(void *context)
{
	struct plugin_commands *commands = context;
	int fd;

	while ((fd = accept(commands->socket, NULL, NULL)) >= 0) {
		answer(commands, fd);
		close(fd);
	}
	return NULL;
}

struct plugin_commands *plugin_commands_start(plugin_command_fn run, void *context)
{
	struct plugin_commands *commands = g_new0(struct plugin_commands, 1);
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	commands->run = run;
	commands->context = context;
	snprintf(commands->path, sizeof(commands->path), "%s/tcpsim-packetdrill-%d",
		g_get_tmp_dir(), (int)getpid());
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", commands->path);
	unlink(commands->path);
	commands->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (commands->socket < 0 ||
		bind(commands->socket, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
		listen(commands->socket, 16) != 0 ||
		pthread_create(&commands->thread, NULL, serve, commands) != 0) {
		perror("tcpsim: no socket for the scripts' commands");
		if (commands->socket >= 0)
			close(commands->socket);
		g_free(commands);
		return NULL;
	}
	setenv("TCPSIM_PACKETDRILL", commands->path, 1);
	return commands;
}

void plugin_commands_stop(struct plugin_commands *commands)
{
	if (commands == NULL)
		return;
	shutdown(commands->socket, SHUT_RDWR);
	pthread_join(commands->thread, NULL);
	close(commands->socket);
	unlink(commands->path);
	g_free(commands);
}
