#include "script/shell/setkey.h"
#include "script/shell/shell.h"
#include "script/shell/store.h"
#include <errno.h>
#include <string.h>

/* A word of an operation, and whether it stood in quotes. */
struct word {
	char *text;
	gsize len;
	bool quoted;
};

static void word_clear(gpointer data)
{
	g_free(((struct word *)data)->text);
}

static const char *skip_blanks(const char *at)
{
	while (g_ascii_isspace(*at) || *at == '#')
		at = *at == '#' ? at + strcspn(at, "\n") : at + 1;
	return at;
}

/* The words before the next semicolon. Returns where the text goes on, or NULL: it ends without one. */
static const char *read_operation(const char *at, GArray *words)
{
	for (at = skip_blanks(at); *at != '\0' && *at != ';'; at = skip_blanks(at)) {
		bool quoted = *at == '"';
		gsize len = quoted ? strcspn(at + 1, "\"") : strcspn(at, "; \t\n#");
		struct word word = {
			.text = g_strndup(at + quoted, len), .len = len, .quoted = quoted};

		at += quoted + len;
		if (quoted && *at == '"')
			at++;
		g_array_append_val(words, word);
	}
	return *at == ';' ? at + 1 : NULL;
}

static const char *word_at(const GArray *words, guint i)
{
	return i < words->len ? g_array_index(words, struct word, i).text : "";
}

/* 0x and hexadecimal digits, two a byte; or the bytes themselves, in quotes. */
static bool key_bytes(const struct word *word, GByteArray *key)
{
	if (word->quoted) {
		g_byte_array_append(key, (const guint8 *)word->text, (guint)word->len);
		return true;
	}
	if (!g_str_has_prefix(word->text, "0x") || word->len % 2 != 0)
		return false;
	for (gsize i = 2; i < word->len; i += 2) {
		int high = g_ascii_xdigit_value(word->text[i]);
		int low = g_ascii_xdigit_value(word->text[i + 1]);
		guint8 byte;

		if (high < 0 || low < 0)
			return false;
		byte = (guint8)(high * 16 + low);
		g_byte_array_append(key, &byte, 1);
	}
	return true;
}

static int outcome(struct shell_io *io, const char *operation, int error)
{
	switch (error) {
	case 0: return 0;
	case -EOPNOTSUPP:
		return shell_complain(io,
			"setkey: this system has no keys for two addresses, but its sockets have "
			"(TCP_MD5SIG), or none");
	case -EINVAL: return shell_complain(io, "setkey: a key has 1 to 80 bytes");
	case -EEXIST:
		return shell_complain(io,
			"setkey: %s: there is a key for these addresses; delete it first",
			operation);
	case -ENOENT:
		return shell_complain(
			io, "setkey: %s: there is no key for these addresses", operation);
	default: return shell_complain(io, "setkey: %s: %s", operation, g_strerror(-error));
	}
}

static bool addresses(
	const GArray *words, struct shell_io *io, struct tcpsim_addr *from, struct tcpsim_addr *to)
{
	const char *wrong = !tcpsim_addr_parse(word_at(words, 1), from) ? word_at(words, 1)
			    : !tcpsim_addr_parse(word_at(words, 2), to) ? word_at(words, 2)
									: NULL;

	if (wrong == NULL)
		return true;
	shell_complain(io, "setkey: %s takes two addresses, not '%s'", word_at(words, 0), wrong);
	return false;
}

/* add FROM TO tcp SPI -A tcp-md5 KEY */
static int add(struct shell *shell, const GArray *words, struct shell_io *io)
{
	struct tcpsim_addr from, to;
	GByteArray *key;
	int status;

	if (words->len != 8 || strcmp(word_at(words, 3), "tcp") != 0 ||
		strcmp(word_at(words, 5), "-A") != 0 || strcmp(word_at(words, 6), "tcp-md5") != 0)
		return shell_complain(io,
			"setkey: what is known here is: add FROM TO tcp SPI -A tcp-md5 \"KEY\" ;");
	if (!addresses(words, io, &from, &to))
		return 1;
	key = g_byte_array_new();
	if (key_bytes(&g_array_index(words, struct word, 7), key))
		status = outcome(io, "add",
			tcpsim_host_md5_add(shell->host, &from, &to,
				key->len > 0 ? key->data : (const guint8 *)"", key->len));
	else
		status = shell_complain(io,
			"setkey: a key is written in quotes, or as 0x and hexadecimal digits, not "
			"'%s'",
			word_at(words, 7));
	g_byte_array_free(key, TRUE);
	return status;
}

/* delete FROM TO tcp SPI */
static int delete (struct shell *shell, const GArray *words, struct shell_io *io)
{
	struct tcpsim_addr from, to;

	if (words->len != 5 || strcmp(word_at(words, 3), "tcp") != 0)
		return shell_complain(
			io, "setkey: what is known here is: delete FROM TO tcp SPI ;");
	if (!addresses(words, io, &from, &to))
		return 1;
	return outcome(io, "delete", tcpsim_host_md5_remove(shell->host, &from, &to));
}

static int operate(struct shell *shell, const GArray *words, struct shell_io *io)
{
	const char *name = word_at(words, 0);

	if (words->len == 0)
		return 0;
	if (strcmp(name, "add") == 0)
		return add(shell, words, io);
	if (strcmp(name, "delete") == 0)
		return delete (shell, words, io);
	if (strcmp(name, "flush") != 0)
		return shell_complain(
			io, "setkey: '%s' is not known here: add, delete, flush", name);
	tcpsim_host_md5_flush(shell->host);
	return 0;
}

/* Up to the first that fails. */
static int operations(struct shell *shell, const char *text, struct shell_io *io)
{
	int status = 0;

	while (status == 0 && text != NULL) {
		GArray *words = g_array_new(FALSE, FALSE, sizeof(struct word));

		g_array_set_clear_func(words, word_clear);
		text = read_operation(text, words);
		if (text == NULL && words->len > 0)
			status = shell_complain(
				io, "setkey: '%s' has no ';' at its end", word_at(words, 0));
		else
			status = operate(shell, words, io);
		g_array_free(words, TRUE);
	}
	return status;
}

int shell_setkey(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	const char *option = argc > 1 ? argv[1] : "";
	GString *text;
	int status;

	if (argc == 2 && strcmp(option, "-F") == 0) {
		tcpsim_host_md5_flush(shell->host);
		return 0;
	}
	if (argc == 2 && strcmp(option, "-c") == 0)
		return operations(shell, io->in != NULL ? io->in->str : "", io);
	if (argc != 3 || strcmp(option, "-f") != 0)
		return shell_complain(io, "setkey: -c, -f FILE or -F");
	text = shell_read_file(shell, argv[2], io->err);
	if (text == NULL)
		return 1;
	status = operations(shell, text->str, io);
	g_string_free(text, TRUE);
	return status;
}
