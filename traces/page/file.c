/* The file around the views. See page.h. */
#include "traces/page/file.h"
#include "traces/page/inner.h"
#include "traces/page/page.h"
#include "traces/page/parts.h"

#include <string.h>
#include <zlib.h>

/* RFC 1950, which is what browsers call "deflate". */
static GByteArray *deflated(const GByteArray *plain)
{
	uLongf len = compressBound(plain->len);
	GByteArray *out = g_byte_array_sized_new((guint)len);

	g_byte_array_set_size(out, (guint)len);
	/* It can fail by lack of memory alone, and GLib ends the program then as well. */
	if (compress2(out->data, &len, plain->data, plain->len, 9) != Z_OK)
		g_error("no memory to compress the page");
	g_byte_array_set_size(out, (guint)len);
	return out;
}

static void put_data(struct page *page, FILE *out)
{
	GByteArray *plain = g_byte_array_new(), *packed;
	char *text;

	page_encode(page, plain);
	packed = deflated(plain);
	text = g_base64_encode(packed->data, packed->len);
	fputs(text, out);
	g_free(text);
	g_byte_array_unref(packed);
	g_byte_array_unref(plain);
}

void page_write(struct page *page, FILE *out)
{
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"script-src '%s'; style-src '%s'; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"generator\" content=\"tcpsim\">\n<title>tcpsim</title>\n<style>",
		PAGE_SCRIPT.hash, PAGE_STYLE.hash);
	fwrite(PAGE_STYLE.text, 1, PAGE_STYLE.len, out);
	fputs("</style>\n</head>\n<body>\n<noscript><p>This page draws with JavaScript, which is "
	      "switched off here. The same as text: tcpsim replay, tcpsim "
	      "simulate.</p></noscript>\n"
	      "<div id=\"app\"></div>\n<script type=\"text/plain\" id=\"data\">",
		out);
	put_data(page, out);
	fputs("</script>\n<script>", out);
	fwrite(PAGE_SCRIPT.text, 1, PAGE_SCRIPT.len, out);
	fputs("</script>\n</body>\n</html>\n", out);
}
