/* From a world's file to a world. See file.h. */
#include <errno.h>
#include <string.h>

#include "base/near.h"
#include "base/profile_file.h"
#include "process/programs.h"
#include "process/programs_check.h"
#include "world/addresses.h"
#include "worldfile/build.h"
#include "worldfile/file.h"
#include "worldfile/inner.h"
#include "worldfile/keys.h"
#include "worldfile/link.h"
#include "worldfile/settings.h"

#define SETTING "setting."
#define SYSCTL	"sysctl."

#define MOST_NODES    200000
#define MOST_NETWORKS 65535 /* that 10.0.0.0/8 has, of 256 numbers each */

struct build {
	const struct world_file *file;
	struct tcpsim_world *world;
	char **error;
	GHashTable *addresses; /* given ones: to the link */
	GHashTable *programs;  /* names to parts */
	guint networks;
	bool real_time; /* whoever runs it can have kernel hosts */
};

/* What is wrong with line `line`; takes the text. True if there was something. */
static bool wrong(struct build *b, guint line, char *why)
{
	if (why)
		file_complain(b->error, b->file->path, line, "%s", why);
	g_free(why);
	return why;
}

static const char *const *profile_names(void)
{
	static _Thread_local const char *names[64];
	guint n = 0;

	for (; n < 63 && tcpsim_profiles[n]; n++)
		names[n] = tcpsim_profiles[n]->name;
	return names;
}

/* The entry that sets the key, or NULL. */
static const struct entry *entry_of(const struct part *part, const char *key)
{
	for (guint i = 0; key && i < part->entries->len; i++) {
		const struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (strcmp(e->key, key) == 0)
			return e;
	}
	return NULL;
}

/* Names go into captures' file names and stand before ports: "server:80". */
static bool check_name(struct build *b, const struct part *part)
{
	const char *name = part->name[0];
	bool good = name[0] != '.';

	for (const char *c = name; *c && good; c++)
		good = (unsigned char)*c >= 0x80 || g_ascii_isalnum(*c) || strchr("-_.", *c);
	if (!good)
		file_complain(b->error, b->file->path, part->line,
			"'%s' is no name: letters, digits, '-', '_' and '.', which does not begin "
			"it",
			name);
	return good;
}

static bool check_node_name(struct build *b, const struct part *part)
{
	if (b->world->nodes->len < MOST_NODES)
		return check_name(b, part);
	file_complain(b->error, b->file->path, part->line, "more than %d nodes", MOST_NODES);
	return false;
}

/* Two settings may contradict each other only once both are in: told at the later one's line. */
static void check_settings_of(struct build *b, const struct part *part, const struct node *node)
{
	guint line = part->line;
	char why[256];

	if (tcpsim_profile_check(&node->profile, why, sizeof(why)) == 0)
		return;
	for (guint i = 0; i < part->entries->len; i++) {
		const struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (g_str_has_prefix(e->key, SETTING) && strstr(why, e->key + strlen(SETTING)))
			line = e->line;
	}
	file_complain(b->error, b->file->path, line, "%s", why);
}

/* The settings first, as sysctls are held against what they make of the profile. */
static void set_host_keys(struct build *b, const struct part *part, struct node *node)
{
	bool changed = false;

	for (guint i = 0; i < part->entries->len && !*b->error; i++) {
		const struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (!g_str_has_prefix(e->key, SETTING))
			continue;
		wrong(b, e->line, file_set_setting(node, e->key + strlen(SETTING), e->value));
		changed = true;
	}
	if (changed && !*b->error)
		check_settings_of(b, part, node);
	for (guint i = 0; i < part->entries->len && !*b->error; i++) {
		const struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (g_str_has_prefix(e->key, SYSCTL))
			wrong(b, e->line, file_set_sysctl(node, e->key + strlen(SYSCTL), e->value));
	}
}

static void unknown_profile(struct build *b, guint line, const char *name)
{
	char *near = near_names(name, profile_names(), 3);

	if (near)
		file_complain(b->error, b->file->path, line,
			"unknown profile '%s': did you mean %s?", name, near);
	else
		file_complain(b->error, b->file->path, line,
			"unknown profile '%s': 'tcpsim profiles' lists them", name);
	g_free(near);
}

char *file_profile_path(const struct world_file *file, const char *name)
{
	char *folder, *path;

	if (g_path_is_absolute(name))
		return g_strdup(name);
	folder = g_path_get_dirname(file->path);
	path = g_build_filename(folder, name, NULL);
	g_free(folder);
	return path;
}

/* A profile of ours, or of a file beside the world's; then it goes with the world. NULL and no
 * error: there is none. */
static const struct tcpsim_profile *host_profile(struct build *b, unsigned line, const char *name)
{
	char *path;
	struct tcpsim_profile *profile;
	GError *error = NULL;

	if (!profile_is_file(name))
		return tcpsim_profile_find(name);
	path = file_profile_path(b->file, name);
	profile = profile_file_load(path, &error);
	if (profile)
		g_ptr_array_add(b->world->profiles, profile);
	else
		file_complain(b->error, b->file->path, line, "%s", error->message);
	g_clear_error(&error);
	g_free(path);
	return profile;
}

/* Nothing of a profile is true of a kernel. */
static void check_kernel_keys(struct build *b, const struct part *part)
{
	if (!b->real_time)
		file_complain(b->error, b->file->path, entry_of(part, "system")->line,
			"system: a kernel has real time alone, and this runs in virtual time; "
			"`tcpsim simulate FILE`, without a grid, runs both");
	for (guint i = 0; i < part->entries->len && !*b->error; i++) {
		const struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (strcmp(e->key, "profile") == 0 || g_str_has_prefix(e->key, SETTING))
			file_complain(b->error, b->file->path, e->line,
				"%s: only a model has it, and [host %s] has system = kernel; "
				"`sysctl.NAME` sets what a kernel has",
				e->key, part->name[0]);
	}
}

/* The kernel is asked when it comes up; what it refuses is then told with its place. */
static void set_kernel_keys(struct build *b, const struct part *part, struct node *node)
{
	for (guint i = 0; i < part->entries->len; i++) {
		const struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (!g_str_has_prefix(e->key, SYSCTL))
			continue;
		g_ptr_array_add(
			node->sysctls, g_strdup_printf("%s=%s", e->key + strlen(SYSCTL), e->value));
		g_ptr_array_add(
			node->sysctl_places, g_strdup_printf("%s:%u: ", b->file->path, e->line));
	}
}

static int add_host(struct build *b, const struct part *part, const struct host_settings *s,
	const struct tcpsim_profile *profile)
{
	return s->is_kernel ? world_add_kernel_host(b->world, part->name[0])
			    : tcpsim_world_add_host(b->world, part->name[0], profile);
}

static void build_host(struct build *b, const struct part *part)
{
	struct host_settings s = {.profile = g_strdup("linux"), .restart_ns = -1};
	const struct tcpsim_profile *profile;
	const struct entry *named = entry_of(part, "profile");

	check_node_name(b, part);
	for (guint i = 0; i < part->entries->len && !*b->error; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (!file_is_pattern(e->key))
			wrong(b, e->line, file_set_key(HOST, &s, e->key, e->value));
	}
	if (s.is_kernel)
		check_kernel_keys(b, part);
	profile = host_profile(b, named ? named->line : part->line, s.profile);
	if (*b->error) {
		/* the profile's file has complained */
	} else if (!profile) {
		unknown_profile(b, named ? named->line : part->line, s.profile);
	} else if (!*b->error && add_host(b, part, &s, profile) < 0) {
		file_complain(b->error, b->file->path, part->line,
			"there are two nodes called '%s'", part->name[0]);
	}
	struct node *node = *b->error ? NULL : world_node(b->world, part->name[0]);

	if (node && s.is_kernel)
		set_kernel_keys(b, part, node);
	else if (node)
		set_host_keys(b, part, node);
	if (node && s.restart_ns >= 0)
		clock_at(b->world->clock, &node->restart, s.restart_ns);
	g_free(s.profile);
	g_free(s.unused);
}

static void build_router(struct build *b, const struct part *part)
{
	struct router_settings s = {
		.icmp = true, .routes = g_array_new(FALSE, FALSE, sizeof(struct router_route))};
	int status = !check_node_name(b, part) ? 0
		     : part->section == SWITCH ? tcpsim_world_add_switch(b->world, part->name[0])
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
	char *near;

	if (world_node(b->world, name))
		return true;
	near = world_near_nodes(b->world, name);
	file_complain(b->error, b->file->path, line, "there is no node '%s': %s", name, near);
	g_free(near);
	return false;
}

/* No two interfaces of the world have one address. */
static void check_addresses(struct build *b, const struct part *part, struct world_link *link)
{
	char shown[TCPSIM_ADDRSTRLEN];

	for (int e = 0; e < 2; e++) {
		for (unsigned a = 0; a < link->n_addr[e]; a++) {
			struct tcpsim_addr *addr = &link->addr[e][a];
			const struct world_link *other = g_hash_table_lookup(b->addresses, addr);

			if (other)
				file_complain(b->error, b->file->path, part->line,
					"%s stands at [link %s %s] already; each interface needs "
					"its own",
					tcpsim_addr_text(addr, shown), other->end[0]->name,
					other->end[1]->name);
			else
				g_hash_table_insert(b->addresses, addr, link);
		}
	}
}

/* Each link without a switch is a network of its own, if its addresses are not given. */
static void check_networks(struct build *b, const struct part *part, const struct world_link *link)
{
	b->networks += link->end[0]->kind != NODE_SWITCH && link->end[1]->kind != NODE_SWITCH &&
		       (!link->n_addr[0] || !link->n_addr[1]);
	if (b->networks > MOST_NETWORKS)
		file_complain(b->error, b->file->path, part->line,
			"more than %d networks, and 10.0.0.0/8 has no more; `addresses` gives "
			"others, a switch joins many links to one",
			MOST_NETWORKS);
}

#define MOST_ON_A_SWITCH 65534

static void check_room(struct build *b, const struct part *part, const struct node *end)
{
	if (end->kind == NODE_SWITCH && end->n_ports > MOST_ON_A_SWITCH)
		file_complain(b->error, b->file->path, part->line,
			"more than %d links at the switch '%s'; put a router between two of them",
			MOST_ON_A_SWITCH, end->name);
}

/* What each key may be, but not together. */
static void check_link(struct build *b, const struct part *part, struct world_link *link)
{
	const struct entry *mtu = entry_of(part, "mtu");

	for (int e = 0; e < 2; e++) {
		if (link->v6 && link->config[e].mtu < 1280)
			file_complain(b->error, b->file->path, mtu ? mtu->line : part->line,
				"mtu: IPv6 needs at least 1280 (RFC 8200 section 5)");
	}
	check_room(b, part, link->end[0]);
	check_room(b, part, link->end[1]);
	check_addresses(b, part, link);
	check_networks(b, part, link);
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
	if (!*b->error)
		check_link(b, part, link);
}

static void check_program_name(struct build *b, const struct part *part)
{
	const struct part *other = g_hash_table_lookup(b->programs, part->name[0]);

	if (other)
		file_complain(b->error, b->file->path, part->line,
			"there is a [program %s] in line %u already", part->name[0], other->line);
	else
		g_hash_table_insert(b->programs, part->name[0], (gpointer)part);
}

/* The keys that what it does makes use of. */
static void set_program_keys(
	struct build *b, const struct part *part, struct program_config *config)
{
	const struct entry *does = entry_of(part, "does");
	const char *kind = does			     ? does->value
			   : entry_of(part, "calls") ? "calls"
			   : entry_of(part, "run")   ? "run"
						     : NULL;

	for (guint i = 0; i < part->entries->len && !*b->error; i++) {
		const struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (!wrong(b, e->line, file_check_program_key(kind, e->key)))
			wrong(b, e->line, file_set_key(PROGRAM, config, e->key, e->value));
	}
}

static void build_program(struct build *b, const struct part *part)
{
	struct program_config config;
	const struct entry *at;
	const char *key;
	char *why;

	check_program_name(b, part);
	program_config_init(&config);
	config.name = g_strdup(part->name[0]);
	set_program_keys(b, part, &config);
	if (config.calls && !config.does) /* a list says what it does */
		config.does = g_strdup("calls");
	if (config.run && !config.does)
		config.does = g_strdup("run");
	if (!*b->error && (why = program_check(b->world, &config, &key))) {
		at = entry_of(part, key);
		file_complain(b->error, b->file->path, at ? at->line : part->line, "%s%s%s",
			key ? key : "", key ? ": " : "", why);
		g_free(why);
	}
	if (!*b->error)
		program_start(b->world, &config);
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

/* The [world] section, or NULL; a second one is a mistake. */
static const struct part *world_part(struct build *b)
{
	const struct part *found = NULL;

	for (guint i = 0; i < b->file->parts->len; i++) {
		const struct part *part = b->file->parts->pdata[i];

		if (part->section != WORLD)
			continue;
		if (found)
			file_complain(b->error, b->file->path, part->line,
				"there is a [world] in line %u already", found->line);
		found = part;
	}
	return found;
}

static void read_settings(struct build *b, const struct part *part, struct world_settings *s)
{
	*s = (struct world_settings){.seed = 1, .until_ns = WORLD_UNTIL_NS};
	for (guint i = 0; part && i < part->entries->len && !*b->error; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		wrong(b, e->line, file_set_key(WORLD, s, e->key, e->value));
	}
}

static bool has_host(const struct tcpsim_world *world)
{
	for (guint i = 0; i < world->nodes->len; i++) {
		if (((const struct node *)world->nodes->pdata[i])->kind == NODE_HOST)
			return true;
	}
	return false;
}

static void check_settings(struct build *b, const struct part *part, const struct world_settings *s)
{
	const struct node *kernel = world_first_kernel(b->world);

	if (kernel && s->lengths)
		file_complain(b->error, b->file->path, entry_of(part, "payload")->line,
			"payload: the kernel host '%s' sends bytes; leave `lengths` away",
			kernel->name);
	if (!has_host(b->world)) {
		file_complain(b->error, b->file->path, 1, "no [host NAME]: a world without hosts");
		return;
	}
	if (s->watch)
		check_node(b, entry_of(part, "watch")->line, s->watch);
	if (s->queues && check_node(b, entry_of(part, "queues")->line, s->queues) &&
		world_node(b->world, s->queues)->kind != NODE_HOST)
		file_complain(b->error, b->file->path, entry_of(part, "queues")->line,
			"queues: '%s' is no host, and only hosts have listeners", s->queues);
}

uint64_t world_file_seed(const struct world_file *file)
{
	char *error = NULL;
	struct build b = {.file = file, .error = &error};
	struct world_settings s;
	uint64_t seed;

	read_settings(&b, world_part(&b), &s);
	seed = s.seed;
	world_settings_clear(&s);
	g_free(error);
	return seed;
}

static struct tcpsim_world *build_world(const struct world_file *file, const uint64_t *seed,
	struct world_settings *settings, bool real_time, char **error)
{
	struct build b = {.file = file, .error = error, .real_time = real_time};
	struct world_settings own;

	*error = NULL;
	const struct part *part = world_part(&b);

	read_settings(&b, part, &own);
	b.addresses = g_hash_table_new(world_addr_hash, world_addr_equal);
	b.programs = g_hash_table_new(g_str_hash, g_str_equal);
	b.world = tcpsim_world_new(seed ? *seed : own.seed);
	b.world->lengths = own.lengths;
	b.world->real_time = real_time;
	build_parts(&b, 1 << HOST, build_host);
	build_parts(&b, 1 << ROUTER | 1 << SWITCH, build_router);
	build_parts(&b, 1 << LINK, build_link);
	build_parts(&b, 1 << PROGRAM, build_program);
	if (!*error)
		check_settings(&b, part, &own);
	g_hash_table_destroy(b.addresses);
	g_hash_table_destroy(b.programs);
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

struct tcpsim_world *world_file_build(const struct world_file *file, const uint64_t *seed,
	struct world_settings *settings, char **error)
{
	return build_world(file, seed, settings, false, error);
}

struct tcpsim_world *world_file_build_real(const struct world_file *file, const uint64_t *seed,
	struct world_settings *settings, char **error)
{
	return build_world(file, seed, settings, true, error);
}
