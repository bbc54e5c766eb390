/* Captures out: see replay_write.h. */
#include "replay_write.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "commands.h"
#include "traces/report/annotate.h"

static const char *path_of(const struct replay_write *w)
{
	return w->annotate != NULL ? w->annotate : w->write;
}

static const char *option_of(const struct replay_write *w)
{
	return w->annotate != NULL ? "--annotate" : "--write";
}

static bool is_stdout(const struct replay_write *w)
{
	return strcmp(path_of(w), "-") == 0;
}

/* Written while it is read a capture would be lost. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino && S_ISREG(x.st_mode);
}

static bool captures_fit(const struct replay_write *w)
{
	for (size_t i = 0; i < w->n_paths; i++) {
		if (strcmp(w->paths[i], "-") == 0)
			command_error("replay: %s reads the capture more than once, which standard "
				      "input cannot: save it in a file first",
				option_of(w));
		else if (is_same_file(w->paths[i], path_of(w)))
			command_error("replay: %s: %s is the capture itself, which would be lost: "
				      "name another file",
				option_of(w), path_of(w));
		else
			continue;
		return false;
	}
	return true;
}

bool replay_write_fits(const struct replay_write *w)
{
	if (w->annotate != NULL && w->write != NULL)
		command_error("replay: --annotate and --write: one at a time");
	else if (w->write != NULL && selection_is_all(&w->selection))
		command_error("replay: --write wants to know which connections: -c 0,3-5, or "
			      "--where CONDITION");
	else if (is_stdout(w) && isatty(STDOUT_FILENO))
		command_error("replay: %s -: a capture is nothing for a terminal; name a file, or "
			      "a pipe's other end",
			option_of(w));
	else
		return captures_fit(w);
	return false;
}

static struct output *open_output(const struct replay_write *w, char **why)
{
	if (is_stdout(w))
		return output_of_fd(dup(STDOUT_FILENO), "standard output");
	return output_open(path_of(w), why);
}

static void print_done(const struct replay_write *w, const struct annotate_result *done)
{
	const char *many = done->connections == 1 ? "" : "s";

	if (w->annotate != NULL)
		printf("%s: %" G_GUINT64_FORMAT " packet%s, %" G_GUINT64_FORMAT
		       " of them, of %" G_GUINT64_FORMAT " connection%s, with comments\n",
			w->annotate, done->packets, done->packets == 1 ? "" : "s", done->commented,
			done->connections, many);
	else
		printf("%s: %" G_GUINT64_FORMAT " packet%s of %" G_GUINT64_FORMAT " connection%s\n",
			w->write, done->packets, done->packets == 1 ? "" : "s", done->connections,
			many);
}

int replay_write(const struct replay_write *w, const struct replay *found)
{
	const struct annotate_options options = {.paths = w->paths,
		.n_paths = w->n_paths,
		.found = found,
		.comments = w->annotate != NULL,
		.selection = w->selection};
	struct annotate_result done;
	char *why = NULL;
	struct output *output = open_output(w, &why);
	struct packet_writer *writer;
	int status = STATUS_USAGE;

	if (output != NULL) {
		writer = packet_writer_new(
			output, w->annotate != NULL || g_str_has_suffix(w->write, ".pcapng"));
		if (!annotate(&options, writer, &done, &why))
			packet_writer_discard(writer);
		else if (packet_writer_close(writer, &why))
			status = STATUS_OK;
	}
	if (status != STATUS_OK)
		command_error("%s", why);
	else if (!is_stdout(w))
		print_done(w, &done);
	g_free(why);
	return status;
}
