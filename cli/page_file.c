#include "page_file.h"

#include "base/output.h"
#include "command.h"
#include "commands.h"
#include "traces/page/file.h"
#include "traces/page/page.h"

int page_file_write(struct page *page, const char *path)
{
	char *error = NULL;
	struct output *out = output_open(path, &error);
	bool good = false;

	if (out != NULL) {
		page_write(page, output_stream(out));
		good = output_close(out, &error);
	}
	page_free(page);
	if (good)
		return STATUS_OK;
	command_error("%s", error);
	g_free(error);
	return STATUS_USAGE;
}
