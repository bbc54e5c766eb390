/* The keys of a world's file: the table, and setting one. See file.h. */
#include <string.h>

#include "base/near.h"
#include "process/programs.h"
#include "world/select.h"
#include "world/values.h"
#include "worldfile/file.h"
#include "worldfile/inner.h"
#include "worldfile/keys.h"
#include "worldfile/special.h"

typedef char *(*special_fn)(void *target, unsigned ends, const char *text);

struct key {
	enum section section;
	const char *name;
	enum value_type type;
	size_t offset;
	special_fn special;
	const char *otherwise, *help;
};

#define STRUCT_WORLD		 struct world_settings
#define STRUCT_HOST		 struct host_settings
#define STRUCT_ROUTER		 struct router_settings
#define STRUCT_LINK		 struct link_config
#define STRUCT_PROGRAM		 struct program_config
#define PLACE_SPECIAL(s, member) 0, member
#define PLACE_OTHER(s, member)	 offsetof(STRUCT_##s, member), NULL
#define PLACE_TEXT		 PLACE_OTHER
#define PLACE_BOOL		 PLACE_OTHER
#define PLACE_COUNT		 PLACE_OTHER
#define PLACE_COUNT1		 PLACE_OTHER
#define PLACE_PORT		 PLACE_OTHER
#define PLACE_MTU		 PLACE_OTHER
#define PLACE_COUNT64		 PLACE_OTHER
#define PLACE_NUMBER		 PLACE_OTHER
#define PLACE_TIME		 PLACE_OTHER
#define PLACE_RATE		 PLACE_OTHER
#define PLACE_BYTES		 PLACE_OTHER
#define PLACE_BYTES32		 PLACE_OTHER
#define PLACE_CHANCE		 PLACE_OTHER
#define PLACE_SELECTION		 PLACE_OTHER

static const struct key KEYS[] = {
#define KEY(section, name, type, member, otherwise, help)                                          \
	{section, name, VALUE_##type, PLACE_##type(section, member), otherwise, help},
#include "worldfile/keys.def"
#undef KEY
};

static const struct key *find_key(enum section section, const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(KEYS); i++) {
		if (KEYS[i].section == section && strcmp(KEYS[i].name, name) == 0)
			return &KEYS[i];
	}
	return NULL;
}

static char *unknown_key(enum section section, const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	char *made;

	for (guint i = 0; i < G_N_ELEMENTS(KEYS); i++) {
		if (KEYS[i].section == section)
			g_ptr_array_add(names, (char *)KEYS[i].name);
	}
	g_ptr_array_add(names, NULL);
	/* What is near "there.dealy" is near "dealy". */
	bool directed = section == LINK &&
			(g_str_has_prefix(name, "there.") || g_str_has_prefix(name, "back."));

	file_near(
		directed ? strchr(name, '.') + 1 : name, (const char *const *)names->pdata, &made);
	g_ptr_array_free(names, TRUE);
	char *text =
		g_strdup_printf("unknown key '%s' in [%s]: %s", name, file_section[section], made);

	g_free(made);
	return text;
}

char *file_near_key(const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	char *near;

	for (guint i = 0; i < G_N_ELEMENTS(KEYS); i++) {
		if (!g_ptr_array_find_with_equal_func(names, KEYS[i].name, g_str_equal, NULL))
			g_ptr_array_add(names, (char *)KEYS[i].name);
	}
	g_ptr_array_add(names, NULL);
	near = near_names(name, (const char *const *)names->pdata, 3);
	g_ptr_array_free(names, TRUE);
	return near;
}

/* Sets one key of a link: of the directions in `ends`. */
char *file_set_link_key(struct world_link *link, const char *name, const char *value)
{
	unsigned ends = 3;
	const struct key *key;
	char *why = NULL;

	if (g_str_has_prefix(name, "there."))
		ends = 1;
	else if (g_str_has_prefix(name, "back."))
		ends = 2;
	key = find_key(LINK, ends == 3 ? name : strchr(name, '.') + 1);
	if (!key)
		return unknown_key(LINK, name);
	if (key->special)
		why = key->special(link, ends, value);
	for (int e = 0; e < 2 && !why && !key->special; e++) {
		if (ends >> e & 1)
			why = value_set(key->type, value, (char *)&link->config[e] + key->offset);
	}
	if (why) {
		char *whole = g_strdup_printf("%s: %s", name, why);

		g_free(why);
		return whole;
	}
	return NULL;
}

char *file_set_key(enum section section, void *target, const char *name, const char *value)
{
	const struct key *key = find_key(section, name);
	char *why, *whole;

	if (!key)
		return unknown_key(section, name);
	why = key->special ? key->special(target, 3, value)
			   : value_set(key->type, value, (char *)target + key->offset);
	if (!why)
		return NULL;
	whole = g_strdup_printf("%s: %s", name, why);
	g_free(why);
	return whole;
}

bool file_is_pattern(const char *key)
{
	return g_str_has_prefix(key, "sysctl.") || g_str_has_prefix(key, "setting.");
}

/* What is near among that program's own keys; else which programs have it. */
static char *other_programs_key(const struct program_kind *kind, char **own, const char *key)
{
	char *near = near_names(key, (const char *const *)own, 3), *all, *text;
	GString *others = g_string_new(NULL);

	for (const struct program_kind *other = program_kinds; other->name; other++) {
		char **keys = program_keys(other);

		if (g_strv_contains((const char *const *)keys, key))
			g_string_append_printf(
				others, "%s%s", others->len ? ", " : "", other->name);
		g_strfreev(keys);
	}
	all = g_strjoinv(", ", own);
	if (near)
		text = g_strdup_printf("'%s' has no key '%s', which is of %s: did you mean %s?",
			kind->name, key, others->str, near);
	else
		text = g_strdup_printf("'%s' has no key '%s', which is of %s; it has %s",
			kind->name, key, others->str, all);
	g_string_free(others, TRUE);
	g_free(near);
	g_free(all);
	return text;
}

char *file_check_program_key(const char *does, const char *key)
{
	const struct program_kind *kind = does ? program_kind(does) : NULL;
	char **own = kind ? program_keys(kind) : NULL, *why = NULL;

	/* One that nobody has is told when it is set. */
	if (own && find_key(PROGRAM, key) && !g_strv_contains((const char *const *)own, key))
		why = other_programs_key(kind, own, key);
	g_strfreev(own);
	return why;
}

/* What a [program] does, as far as its section says. */
static const char *does_of(const struct part *part)
{
	const char *otherwise = NULL;

	for (guint i = 0; i < part->entries->len; i++) {
		const struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (strcmp(e->key, "does") == 0)
			return e->value;
		if (strcmp(e->key, "calls") == 0 || strcmp(e->key, "run") == 0)
			otherwise = e->key;
	}
	return otherwise;
}

bool file_may_have(const struct part *part, const char *key)
{
	if (part->section == PROGRAM) {
		char *why = file_check_program_key(does_of(part), key);
		bool has = !why && find_key(PROGRAM, key);

		g_free(why);
		return has;
	}
	if (part->section == HOST && file_is_pattern(key))
		return true;
	if (part->section == LINK &&
		(g_str_has_prefix(key, "there.") || g_str_has_prefix(key, "back.")))
		key = strchr(key, '.') + 1;
	return find_key(part->section, key);
}

void world_file_write_keys(FILE *out)
{
	static const char *const TITLE[] = {"[world]", "[host NAME]", "[router NAME]",
		"[switch NAME]", "[link A B]", "[program NAME]"};

	for (guint s = 0; s < N_SECTIONS; s++) {
		if (s == SWITCH)
			continue;
		fprintf(out, "## %s\n\n| key | takes | if not set | sets |\n|---|---|---|---|\n",
			TITLE[s]);
		for (guint i = 0; i < G_N_ELEMENTS(KEYS); i++) {
			if (KEYS[i].section == s)
				fprintf(out, "| `%s` | %s | %s | %s |\n", KEYS[i].name,
					value_form(KEYS[i].type), KEYS[i].otherwise, KEYS[i].help);
		}
		fputc('\n', out);
	}
	fputs("## What a program does\n\n| `does` | | keys, beside `host`, `does` and `start` |\n"
	      "|---|---|---|\n",
		out);
	for (guint i = 0; program_kinds[i].name; i++)
		fprintf(out, "| `%s` | %s | %s |\n", program_kinds[i].name, program_kinds[i].help,
			program_kinds[i].keys);
	fputs("\n`calls` is a list of calls, `;` between them, each made on the latest descriptor "
	      "that socket() or accept() gave and close() did not take: `socket [FAMILY [TYPE "
	      "[PROTOCOL]]]` (constants as in C), `bind ADDRESS`, `listen N`, `accept`, `connect "
	      "ADDRESS`, `write [SIZE]`, `read [SIZE]` (with a size: until so much has come), "
	      "`shutdown [rd|wr|rdwr]`, `option NAME[=VALUE]` as `sockopt` has them, "
	      "`getsockname`, `getpeername`, `close`, and `other`: on to the next of its "
	      "descriptors. In front of a call may stand when it is made: `at 5 s` (from the "
	      "program's start), `after 200 ms`. An error is said, and the list goes on.\n",
		out);
}
