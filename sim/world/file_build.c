/* From a world's file to a world. See file.h. */
#include <string.h>

#include "process/programs.h"
#include "world/file_inner.h"

struct build {
	const struct world_file *file;
	struct tcpsim_world *world;
	char **error;
};

/* What is wrong with line `line`; takes the text. True if there was something. */
static bool wrong(struct build *b, guint line, char *why)
{
	if (why)
		file_complain(b->error, b->file->path, line, "%s", why);
	g_free(why);
	return why;
}

static const char *profile_names(void)
{
	static const char *names[64];
	guint n = 0;

	for (; tcp_profiles[n] && n < 63; n++)
		names[n] = tcp_profiles[n]->name;
	return (const char *)names;
}

static char *set_host_key(struct node *node, const char *key, const char *value)
{
	if (g_str_has_prefix(key, "sysctl.")) {
		g_ptr_array_add(node->sysctls, g_strdup_printf("%s=%s", key + 7, value));
		return NULL;
	}
	if (!tcp_profile_field_find(key + 8))
		return g_strdup_printf(
			"unknown setting '%s': 'tcpsim profiles --schema' lists them", key + 8);
	if (tcp_profile_field_set(&node->profile, tcp_profile_field_find(key + 8), value))
		return g_strdup_printf("%s: '%s' is not a value of it", key, value);
	return NULL;
}

static void build_host(struct build *b, const struct part *part)
{
	struct host_settings s = {.profile = g_strdup("linux"), .restart_ns = -1};
	const struct tcp_profile *profile;
	char *made;
	guint profile_line = part->line;

	for (guint i = 0; i < part->entries->len && !*b->error; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (strcmp(e->key, "profile") == 0)
			profile_line = e->line;
		if (!file_is_pattern(e->key))
			wrong(b, e->line, file_set_key(HOST, &s, e->key, e->value));
	}
	profile = tcp_profile_find(s.profile);
	if (!profile) {
		file_near(s.profile, (const char *const *)profile_names(), &made);
		file_complain(b->error, b->file->path, profile_line, "unknown profile '%s': %s",
			s.profile, made);
		g_free(made);
	} else if (!*b->error && tcpsim_world_add_host(b->world, part->name[0], profile) < 0) {
		file_complain(b->error, b->file->path, part->line,
			"there are two nodes called '%s'", part->name[0]);
	}
	struct node *node = *b->error ? NULL : world_node(b->world, part->name[0]);

	for (guint i = 0; node && i < part->entries->len && !*b->error; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (file_is_pattern(e->key))
			wrong(b, e->line, set_host_key(node, e->key, e->value));
	}
	if (node && s.restart_ns >= 0)
		clock_at(b->world->clock, &node->restart, s.restart_ns);
	g_free(s.profile);
	g_free(s.unused);
}

static void build_router(struct build *b, const struct part *part)
{
	struct router_settings s = {
		.icmp = true, .routes = g_array_new(FALSE, FALSE, sizeof(struct router_route))};
	int status = part->section == SWITCH ? tcpsim_world_add_switch(b->world, part->name[0])
					     : tcpsim_world_add_router(b->world, part->name[0]);

	if (status < 0)
		file_complain(b->error, b->file->path, part->line,
			"there are two nodes called '%s'", part->name[0]);
	for (guint i = 0; i < part->entries->len && !*b->error; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		wrong(b, e->line, file_set_key(part->section, &s, e->key, e->value));
	}
	if (!*b->error) {
		struct router *r = &world_node(b->world, part->name[0])->router;

		r->silent = !s.icmp;
		r->icmp_rate = r->icmp_tokens = s.icmp_rate;
		for (guint i = 0; i < s.routes->len; i++)
			router_add_route(r, &g_array_index(s.routes, struct router_route, i));
	}
	g_array_free(s.routes, TRUE);
}

static bool check_node(struct build *b, guint line, const char *name)
{
	GPtrArray *names;
	char *made;

	if (world_node(b->world, name))
		return true;
	names = g_ptr_array_new();
	for (guint i = 0; i < b->world->nodes->len; i++)
		g_ptr_array_add(names, ((struct node *)b->world->nodes->pdata[i])->name);
	g_ptr_array_add(names, NULL);
	file_near(name, (const char *const *)names->pdata, &made);
	file_complain(b->error, b->file->path, line, "there is no node '%s': %s", name, made);
	g_free(made);
	g_ptr_array_free(names, TRUE);
	return false;
}

static void build_link(struct build *b, const struct part *part)
{
	struct world_link *link;

	if (!check_node(b, part->line, part->name[0]) || !check_node(b, part->line, part->name[1]))
		return;
	if (tcpsim_world_link(b->world, part->name[0], part->name[1], NULL, NULL) < 0) {
		file_complain(
			b->error, b->file->path, part->line, "a node cannot be linked to itself");
		return;
	}
	link = b->world->links->pdata[b->world->links->len - 1];
	file_init_link(link);
	for (guint i = 0; i < part->entries->len && !*b->error; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		wrong(b, e->line, file_set_link_key(link, e->key, e->value));
	}
}

static void build_program(struct build *b, const struct part *part)
{
	struct program_config config;

	program_config_init(&config);
	config.name = g_strdup(part->name[0]);
	for (guint i = 0; i < part->entries->len && !*b->error; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		wrong(b, e->line, file_set_key(PROGRAM, &config, e->key, e->value));
		if (strcmp(e->key, "host") == 0)
			check_node(b, e->line, config.host);
	}
	if (!*b->error)
		wrong(b, part->line, program_start(b->world, &config));
	program_config_clear(&config);
}

static void build_parts(
	struct build *b, unsigned sections, void (*build)(struct build *, const struct part *))
{
	for (guint i = 0; i < b->file->parts->len && !*b->error; i++) {
		const struct part *part = b->file->parts->pdata[i];

		if (sections >> part->section & 1)
			build(b, part);
	}
}

static void read_settings(struct build *b, struct world_settings *s)
{
	*s = (struct world_settings){.seed = 1, .until_ns = TCPSIM_FOREVER};
	for (guint p = 0; p < b->file->parts->len && !*b->error; p++) {
		const struct part *part = b->file->parts->pdata[p];

		for (guint i = 0; part->section == WORLD && i < part->entries->len && !*b->error;
			i++) {
			struct entry *e = &g_array_index(part->entries, struct entry, i);

			wrong(b, e->line, file_set_key(WORLD, s, e->key, e->value));
		}
	}
}

static void check_settings(struct build *b, const struct world_settings *s)
{
	if (!b->world->nodes->len)
		file_complain(b->error, b->file->path, 1, "no [host NAME]: a world without hosts");
	else if (s->watch)
		check_node(b, 1, s->watch);
	if (!*b->error && s->queues)
		check_node(b, 1, s->queues);
}

struct tcpsim_world *world_file_build(const struct world_file *file, const uint64_t *seed,
	struct world_settings *settings, char **error)
{
	struct build b = {.file = file, .error = error};
	struct world_settings own;

	*error = NULL;
	read_settings(&b, &own);
	b.world = tcpsim_world_new(seed ? *seed : own.seed);
	build_parts(&b, 1 << HOST, build_host);
	build_parts(&b, 1 << ROUTER | 1 << SWITCH, build_router);
	build_parts(&b, 1 << LINK, build_link);
	build_parts(&b, 1 << PROGRAM, build_program);
	if (!*error)
		check_settings(&b, &own);
	if (*error) {
		tcpsim_world_free(b.world);
		b.world = NULL;
	}
	if (settings && b.world)
		*settings = own;
	else
		world_settings_clear(&own);
	return b.world;
}

struct tcpsim_world *tcpsim_world_load(const char *path, char **error)
{
	char *why = NULL;
	struct world_file *file = world_file_read(path, &why);
	struct tcpsim_world *world = file ? world_file_build(file, NULL, NULL, &why) : NULL;

	world_file_free(file);
	if (error)
		*error = why;
	else
		g_free(why);
	return world;
}

void world_settings_clear(struct world_settings *settings)
{
	g_free(settings->title);
	g_free(settings->watch);
	g_free(settings->queues);
}
