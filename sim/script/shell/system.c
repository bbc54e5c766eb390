/* Settings and counters: sysctl, set_sysctls.py, nstat, tcpdrop, kldstat and the like. */
#include "script/shell/setkey.h"
#include "script/shell/shell.h"
#include "script/shell/store.h"
#include <stdlib.h>
#include <string.h>
#include <tcpsim/state.h>

struct sysctl_options {
	bool quiet, write, value_only, name_only, ignore;
};

/* name=value sets, name alone reads. */
static bool sysctl_one(
	struct shell *shell, const struct sysctl_options *o, const char *arg, struct shell_io *io)
{
	const char *equals = strchr(arg, '=');
	char *name = equals != NULL ? g_strndup(arg, (gsize)(equals - arg)) : g_strdup(arg);
	GString *value = g_string_new(NULL), *before = g_string_new(NULL),
		*unheard = g_string_new(NULL);
	GString *err = o->ignore ? unheard : io->err;
	const char *between = g_str_has_prefix(name, "net.inet") || g_str_has_prefix(name, "kern.")
				      ? ": "
				      : " = ";
	bool ok = true;

	if (equals != NULL) {
		shell_sysctl_get(shell, name, before, unheard);
		ok = shell_sysctl_set(shell, name, equals + 1, err);
		g_string_assign(value, equals + 1);
	} else {
		ok = shell_sysctl_get(shell, name, value, err);
	}
	if (ok && !o->quiet) {
		bool arrow = equals != NULL && between[0] == ':';

		if (!o->value_only)
			g_string_append_printf(io->out, "%s%s", name, between);
		g_string_append_printf(io->out, "%s%s%s\n", arrow ? before->str : "",
			arrow ? " -> " : "", value->str);
	}
	g_string_free(value, TRUE);
	g_string_free(before, TRUE);
	g_string_free(unheard, TRUE);
	g_free(name);
	return ok || o->ignore;
}

static int sysctl_all(struct shell *shell, const struct sysctl_options *o, struct shell_io *io)
{
	for (size_t i = 0; tcpsim_host_sysctl_name(shell->host, i) != NULL; i++)
		sysctl_one(shell, o, tcpsim_host_sysctl_name(shell->host, i), io);
	return 0;
}

static int run_sysctl(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	struct sysctl_options o = {0};
	int status = 0;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-') {
			status |= !sysctl_one(shell, &o, argv[i], io);
			continue;
		}
		if (strcmp(argv[i], "-a") == 0)
			return sysctl_all(shell, &o, io);
		for (const char *letter = argv[i] + 1; *letter != '\0'; letter++) {
			o.quiet = o.quiet || *letter == 'q';
			o.ignore = o.ignore || *letter == 'e' || *letter == 'i';
			o.value_only = o.value_only || *letter == 'n';
			if (strchr("qeinw", *letter) == NULL)
				return shell_complain(
					io, "sysctl: the option -%c is not known here", *letter);
		}
	}
	return status;
}

/* set_sysctls.py FILE=VALUE...: sets, and writes a script that undoes it. */
static int run_set_sysctls(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	GString *undo = g_string_new("#!/bin/sh\n");
	char *path = g_strdup_printf("/tmp/sysctl_restore_%s.sh",
		(const char *)g_hash_table_lookup(shell->variables, "PACKETDRILL_PID"));
	int status = 0;

	for (int i = 1; i < argc; i++) {
		char **pair = g_strsplit(argv[i], "=", 2);
		GString *before = pair[1] != NULL ? shell_read_file(shell, pair[0], io->err) : NULL;

		if (before == NULL) {
			status = pair[1] == NULL
					 ? shell_complain(io,
						   "set_sysctls.py: FILE=VALUE, not '%s'", argv[i])
					 : 1;
		} else {
			g_strchomp(before->str);
			g_string_append_printf(undo, "echo \"%s\" > %s\n", before->str, pair[0]);
			if (!shell_write_file(shell, pair[0], pair[1], false, io->err))
				status = 1;
			g_string_free(before, TRUE);
		}
		g_strfreev(pair);
	}
	shell_write_file(shell, path, undo->str, false, io->err);
	g_string_free(undo, TRUE);
	g_free(path);
	return status;
}

struct nstat_options {
	bool absolute, zeros, silent, keep;
};

static bool wanted_counter(const char *name, int argc, char **argv)
{
	bool any = false;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		any = true;
		if (g_pattern_match_simple(argv[i], name))
			return true;
	}
	return !any;
}

static void nstat_one(struct shell *shell, const struct nstat_options *o, const char *name,
	bool shown, struct shell_io *io)
{
	uint64_t value = 0, *before = g_hash_table_lookup(shell->counted, name), shown_value;

	if (tcpsim_host_counter(shell->host, name, &value) < 0)
		return;
	shown_value = o->absolute || before == NULL ? value : value - *before;
	if (!o->keep) {
		uint64_t *held = g_new(uint64_t, 1);

		*held = value;
		g_hash_table_insert(shell->counted, (gpointer)name, held);
	}
	if (!o->silent && shown && (shown_value != 0 || o->zeros))
		g_string_append_printf(
			io->out, "%-32s%-16" G_GUINT64_FORMAT "0.0\n", name, shown_value);
}

/* Counters since the last nstat; -a: since the start, -z: zeros too, -n: only look, -s: do not
 * remember. */
static int run_nstat(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	struct nstat_options o = {0};

	for (int i = 1; i < argc; i++) {
		for (const char *letter = argv[i] + 1; argv[i][0] == '-' && *letter != '\0';
			letter++) {
			o.absolute = o.absolute || *letter == 'a';
			o.zeros = o.zeros || *letter == 'z';
			o.silent = o.silent || *letter == 'n';
			o.keep = o.keep || *letter == 's';
			if (strchr("aznsr", *letter) == NULL)
				return shell_complain(
					io, "nstat: the option -%c is not known here", *letter);
		}
	}
	if (!o.silent)
		g_string_append(io->out, "#kernel\n");
	for (size_t i = 0; tcpsim_host_counter_name(i) != NULL; i++) {
		const char *name = tcpsim_host_counter_name(i);

		nstat_one(shell, &o, name, wanted_counter(name, argc, argv), io);
	}
	return 0;
}

static bool state_named(const char *name, enum tcpsim_state *state)
{
	for (unsigned i = 0; i < TCPSIM_NSTATES; i++) {
		if (g_ascii_strcasecmp(tcpsim_state_name((enum tcpsim_state)i), name) == 0) {
			*state = (enum tcpsim_state)i;
			return true;
		}
	}
	if (g_ascii_strcasecmp(name, "SYN_RECEIVED") == 0) {
		*state = TCPSIM_SYN_RCVD;
		return true;
	}
	return false;
}

/* tcpdrop -s STATE, -a, or LOCAL PORT REMOTE PORT. */
static int run_tcpdrop(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	enum tcpsim_state state = (enum tcpsim_state)TCPSIM_NSTATES;
	struct tcpsim_addr local, remote;

	if (argc == 5 && tcpsim_addr_parse(argv[1], &local) &&
		tcpsim_addr_parse(argv[3], &remote)) {
		int dropped = tcpsim_host_drop(shell->host, state, &local, (uint16_t)atoi(argv[2]),
			&remote, (uint16_t)atoi(argv[4]));

		return dropped > 0 ? 0 : shell_complain(io, "tcpdrop: no such connection");
	}
	if (argc == 3 && strcmp(argv[1], "-s") == 0) {
		if (!state_named(argv[2], &state))
			return shell_complain(io, "tcpdrop: there is no state %s", argv[2]);
	} else if (argc != 2 || strcmp(argv[1], "-a") != 0) {
		return shell_complain(
			io, "tcpdrop: -s STATE, -a, or two addresses with their ports");
	}
	tcpsim_host_drop(shell->host, state, NULL, 0, NULL, 0);
	return 0;
}

/* Modules of FreeBSD: what they bring is either always there or not at all. */
static int run_kld(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	static const char *const THERE[] = {"tcpmd5", "cc_newreno", "cc_cubic", NULL};
	const char *module = argc > 1 ? argv[argc - 1] : "";

	for (int i = 0; THERE[i] != NULL; i++)
		if (strcmp(module, THERE[i]) == 0)
			return 0;
	return shell_complain(io, "%s: there is no module %s", argv[0], module);
}

const struct shell_command SHELL_SYSTEM_COMMANDS[] = {
	{"kldload", run_kld},
	{"kldstat", run_kld},
	{"nstat", run_nstat},
	{"set_sysctls.py", run_set_sysctls},
	{"setkey", shell_setkey},
	{"sysctl", run_sysctl},
	{"tcpdrop", run_tcpdrop},
	{NULL, NULL},
};
