/* tcpsim lab: the page in which the stack itself runs. It is built beside the program (web/lab). */
#include <glib.h>
#include <stdio.h>

#include "base/output.h"
#include "command.h"
#include "commands.h"

static char *out_path;

static const GOptionEntry OPTIONS[] = {
	{"out", 'o', 0, G_OPTION_ARG_FILENAME, &out_path, "Where to write the page", "FILE"},
	{0},
};

/* In a build's folder, and where it is installed; from the folder that the program is in. */
static const char *const PLACES[] = {"../web/lab/lab.html", "../share/tcpsim/lab.html"};

static bool read_page(char **page, gsize *len)
{
	char *self = g_file_read_link("/proc/self/exe", NULL);
	char *folder = self ? g_path_get_dirname(self) : g_strdup(".");
	bool found = false;

	for (guint i = 0; i < G_N_ELEMENTS(PLACES) && !found; i++) {
		char *path = g_build_filename(folder, PLACES[i], NULL);

		found = g_file_get_contents(path, page, len, NULL);
		g_free(path);
	}
	g_free(folder);
	g_free(self);
	return found;
}

static int write_page(const char *page, gsize len)
{
	char *error = NULL;
	struct output *out = output_open(out_path, &error);

	if (out) {
		fwrite(page, 1, len, output_stream(out));
		if (output_close(out, &error))
			return STATUS_OK;
	}
	command_error("%s", error);
	g_free(error);
	return STATUS_USAGE;
}

static int run(int argc, char **argv)
{
	char *page;
	gsize len;
	int status;

	if (argc > 1 || !out_path)
		return command_error("lab: where to? 'tcpsim lab --out lab.html'");
	if (!read_page(&page, &len))
		return command_error(
			"lab: the page is not built, as emscripten is not installed: 'apt-get "
			"install emscripten', then './tcpsim lab' builds it (or 'ninja -C BUILD "
			"lab')");
	status = write_page(page, len);
	g_free(page);
	return status;
}

const struct command command_lab = {
	.name = "lab",
	.args = "",
	.summary = "a page in which the stack itself runs, to edit worlds and step through them",
	.description =
		"Writes one file that opens by itself, without a network: the stack as WebAssembly "
		"with the worlds of docs/worlds. A world is edited and run there, and stepped "
		"through with the states, queues, timers and variables of both hosts. A packet is "
		"dropped or delayed at a click, and both futures stand side by side; the other one "
		"is a world again, which 'tcpsim simulate' runs to the same bytes.\n\n"
		"It is built by emscripten, where that is installed. docs/lab.md tells more.",
	.options = OPTIONS,
	.run = run,
};
