#include "script/system/config.h"

#include "base/near.h"
#include "script/language/parser.h"
#include <string.h>

void script_default_defines(enum script_ip_version version, GHashTable *defines)
{
	bool v6_socket = version != SCRIPT_IPV4, v6_wire = version == SCRIPT_IPV6;
	const char *const pairs[][2] = {
		{"TFO_COOKIE", v6_wire ? "c1d1e9742a47a9bc" : "3021b9d889017eeb"},
		{"TFO_COOKIE_ZERO", v6_wire ? "82af1a8f9a205c34" : "b7c12350a90dc8f5"},
		{"CMSG_LEVEL_IP", v6_socket ? "SOL_IPV6" : "SOL_IP"},
		{"CMSG_TYPE_RECVERR", v6_socket ? "IPV6_RECVERR" : "IP_RECVERR"},
		{"CODE", v6_wire ? "address_unreachable" : "host_unreachable"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
		g_hash_table_insert(defines, g_strdup(pairs[i][0]), g_strdup(pairs[i][1]));
}

const char *script_ip_version_name(enum script_ip_version version)
{
	static const char *const NAMES[] = {"ipv4", "mapped", "ipv6"};

	return NAMES[version];
}

bool script_ip_version_parse(const char *text, enum script_ip_version *out)
{
	static const struct {
		const char *name;
		enum script_ip_version version;
	} NAMES[] = {{"ipv4", SCRIPT_IPV4}, {"ipv6", SCRIPT_IPV6}, {"mapped", SCRIPT_MAPPED},
		{"ipv4-mapped-ipv6", SCRIPT_MAPPED}, {"ipv4_mapped_ipv6", SCRIPT_MAPPED}};

	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		if (strcmp(text, NAMES[i].name) == 0) {
			*out = NAMES[i].version;
			return true;
		}
	}
	return false;
}

/* Each dialect's own addresses, so that cookies and hashes over them come out as their suites have
 * them. */
static void default_addresses(struct script_config *config, bool from_script)
{
	bool v6 = config->ip_version == SCRIPT_IPV6, nplab = config->dialect == DIALECT_NPLAB;
	/* google's own runner passes these for IPv6, and an MTU that leaves 1460 bytes. */
	bool google_v6 = v6 && !nplab && !from_script;

	config->prefix_len = v6 ? 48 : 16;
	tcpsim_addr_parse(google_v6 ? "fd3d:a0b:17d6::1"
			  : v6	    ? "fd3d:fa7b:d17d::1"
				    : "192.168.0.1",
		&config->local);
	tcpsim_addr_parse(google_v6 ? "fd3d:fa7b:d17d::1"
			  : v6	    ? "2001:db8::1"
				    : "192.0.2.1",
		&config->remote);
	tcpsim_addr_parse(google_v6 ? "fd3d:a0b:17d6:8888::1"
			  : v6	    ? "fd3d:fa7b:d17d::2"
				    : "192.168.0.2",
		&config->gateway);
	config->mtu = google_v6 ? 1520 : 1500;
}

void script_config_defaults(
	struct script_config *config, enum sut_platform platform, enum script_ip_version version)
{
	*config = (struct script_config){.platform = platform,
		.dialect = platform == SUT_FREEBSD ? DIALECT_NPLAB : DIALECT_GOOGLE,
		.ip_version = version,
		.bind_port = 8080,
		.connect_port = 8080,
		.tolerance_ns = 4000 * SCRIPT_NS_PER_US,
		.tolerance_percent = platform == SUT_FREEBSD ? 5 : 12.5,
		.unused = g_ptr_array_new()};
	config->strict_segments = config->dialect == DIALECT_NPLAB;
	default_addresses(config, false);
}

void script_config_clear(struct script_config *config)
{
	g_free(config->md5_secret);
	g_free(config->init_scripts);
	if (config->unused != NULL)
		g_ptr_array_unref(config->unused);
	memset(config, 0, sizeof(*config));
}

/* Why an option of packetdrill has no place here. */
#define REFUSE_WIRE "two machines take part in it; run the script on one"
#define REFUSE_SO                                                                                  \
	"the simulated host is the system; use packetdrill itself with libtcpsim-packetdrill.so"

enum option_kind { OPTION_NUMBER, OPTION_TEXT, OPTION_FLAG, OPTION_IGNORED, OPTION_REFUSED };

struct option {
	const char *name;
	enum option_kind kind;
	bool (*set)(struct script_config *config, const char *text, int64_t number);
	int64_t low, high;
	const char *hint; /* what is allowed, or why it is refused */
};

static bool set_ip_version(struct script_config *config, const char *text, int64_t number)
{
	enum script_ip_version asked = config->ip_version;
	uint32_t mtu = config->mtu;

	if (!script_ip_version_parse(text, &config->ip_version))
		return false;
	default_addresses(config, true);
	/* The version that --ip asked for: the MTU is of its runner, which the script counts on. */
	if (config->ip_version == asked)
		config->mtu = mtu;
	return true;
}

static bool set_bind_port(struct script_config *config, const char *text, int64_t number)
{
	config->bind_port = (uint16_t)number;
	return true;
}

static bool set_connect_port(struct script_config *config, const char *text, int64_t number)
{
	config->connect_port = (uint16_t)number;
	return true;
}

/*
 * An address, with or without the length of its network's prefix. One of the other family than
 * --ip asks for gives way to the default, as it does to the reference runners' own.
 */
static bool set_address(
	const struct script_config *config, const char *text, struct tcpsim_addr *out)
{
	char *bare = g_strndup(text, strcspn(text, "/"));
	struct tcpsim_addr addr;
	bool ok = tcpsim_addr_parse(bare, &addr);

	if (ok && tcpsim_addr_is_v4(&addr) == (config->ip_version != SCRIPT_IPV6))
		*out = addr;
	g_free(bare);
	return ok;
}

static bool set_local(struct script_config *config, const char *text, int64_t number)
{
	return set_address(config, text, &config->local);
}

static bool set_remote(struct script_config *config, const char *text, int64_t number)
{
	return set_address(config, text, &config->remote);
}

static bool set_gateway(struct script_config *config, const char *text, int64_t number)
{
	return set_address(config, text, &config->gateway);
}

static bool set_netmask(struct script_config *config, const char *text, int64_t number)
{
	struct tcpsim_addr mask;
	uint32_t bits;

	if (!tcpsim_addr_parse(text, &mask) || !tcpsim_addr_is_v4(&mask))
		return false;
	bits = tcpsim_addr_to_v4(&mask);
	config->prefix_len = __builtin_popcount(bits);
	return (uint64_t)bits << config->prefix_len == 0 || ~bits >> (32 - config->prefix_len) == 0;
}

static bool set_mtu(struct script_config *config, const char *text, int64_t number)
{
	config->mtu = (uint32_t)number;
	return true;
}

static bool set_mss(struct script_config *config, const char *text, int64_t number)
{
	config->mss = (uint32_t)number;
	return true;
}

static bool set_tolerance(struct script_config *config, const char *text, int64_t number)
{
	config->tolerance_ns = number * SCRIPT_NS_PER_US;
	return true;
}

static bool set_tolerance_percent(struct script_config *config, const char *text, int64_t number)
{
	char *end;
	double percent = g_ascii_strtod(text, &end);

	if (*end != '\0' || end == text || !(percent >= 0 && percent <= 100))
		return false;
	config->tolerance_percent = percent;
	return true;
}

static bool set_ts_tick(struct script_config *config, const char *text, int64_t number)
{
	config->ts_tick_ns = number * SCRIPT_NS_PER_US;
	return true;
}

static bool set_ecr_scaled(struct script_config *config, const char *text, int64_t number)
{
	config->ts_ecr_scaled = true;
	return true;
}

static bool set_strict(struct script_config *config, const char *text, int64_t number)
{
	config->strict_segments = true;
	return true;
}

static bool set_non_fatal(struct script_config *config, const char *text, int64_t number)
{
	char **words = g_strsplit_set(text, ", ", -1);
	bool ok = true;

	for (char **word = words; *word != NULL; word++) {
		if (strcmp(*word, "packet") == 0)
			config->non_fatal_packet = true;
		else if (strcmp(*word, "syscall") == 0)
			config->non_fatal_call = true;
		else
			ok = ok && **word == '\0';
	}
	g_strfreev(words);
	return ok;
}

static bool set_tunnel(struct script_config *config, const char *text, int64_t number)
{
	config->udp_tunnel = true;
	return strcmp(text, "tcp") == 0;
}

static bool set_secret(struct script_config *config, const char *text, int64_t number)
{
	g_free(config->md5_secret);
	config->md5_secret = g_strdup(text);
	return *text != '\0';
}

static bool set_init_scripts(struct script_config *config, const char *text, int64_t number)
{
	g_free(config->init_scripts);
	config->init_scripts = g_strdup(text);
	return true;
}

static bool set_define(struct script_config *config, const char *text, int64_t number)
{
	return strchr(text, '=') != NULL && *text != '='; /* the parser has used it */
}

static const struct option OPTIONS[] = {
	{"bind_port", OPTION_NUMBER, set_bind_port, 1, 65535, NULL},
	{"code_command", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"code_format", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"code_sockopt", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"connect_port", OPTION_NUMBER, set_connect_port, 1, 65535, NULL},
	{"debug", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"define", OPTION_TEXT, set_define, 0, 0, "NAME=VALUE"},
	{"dry_run", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"gateway_ip", OPTION_TEXT, set_gateway, 0, 0, "an address"},
	{"gateway_linklocal_ip", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"init_scripts", OPTION_TEXT, set_init_scripts, 0, 0, "file names, separated by commas"},
	{"ip_version", OPTION_TEXT, set_ip_version, 0, 0, "ipv4, ipv6 or ipv4-mapped-ipv6"},
	{"is_anyip", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"local_ip", OPTION_TEXT, set_local, 0, 0, "an address"},
	{"local_linklocal_ip", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"mss", OPTION_NUMBER, set_mss, 1, 65535, NULL},
	{"mtu", OPTION_NUMBER, set_mtu, 68, 65535, NULL},
	{"netmask_ip", OPTION_TEXT, set_netmask, 0, 0, "a netmask such as 255.255.0.0"},
	{"no_cleanup", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"non_fatal", OPTION_TEXT, set_non_fatal, 0, 0, "packet, syscall or both"},
	{"persistent_tun_dev", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"psp_udp_port", OPTION_REFUSED, NULL, 0, 0, "PSP is not TCP's"},
	{"remote_ip", OPTION_TEXT, set_remote, 0, 0, "an address"},
	{"send_omit_free", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"so_filename", OPTION_REFUSED, NULL, 0, 0, REFUSE_SO},
	{"so_flags", OPTION_REFUSED, NULL, 0, 0, REFUSE_SO},
	{"speed", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"strict_segments", OPTION_FLAG, set_strict, 0, 0, NULL},
	{"tcp_md5_secret", OPTION_TEXT, set_secret, 0, 0, "a secret"},
	{"tcp_ts_ecr_scaled", OPTION_FLAG, set_ecr_scaled, 0, 0, NULL},
	{"tcp_ts_tick_usecs", OPTION_NUMBER, set_ts_tick, 0, 1000000, NULL},
	{"tolerance_percent", OPTION_TEXT, set_tolerance_percent, 0, 0, "a number from 0 to 100"},
	{"tolerance_usecs", OPTION_NUMBER, set_tolerance, 1, 1000000000, NULL},
	{"tun_dev", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"udp_encapsulation", OPTION_TEXT, set_tunnel, 0, 0, "tcp"},
	{"verbose", OPTION_IGNORED, NULL, 0, 0, NULL},
	{"wire_client", OPTION_REFUSED, NULL, 0, 0, REFUSE_WIRE},
	{"wire_client_dev", OPTION_REFUSED, NULL, 0, 0, REFUSE_WIRE},
	{"wire_server", OPTION_REFUSED, NULL, 0, 0, REFUSE_WIRE},
	{"wire_server_at", OPTION_REFUSED, NULL, 0, 0, REFUSE_WIRE},
	{"wire_server_dev", OPTION_REFUSED, NULL, 0, 0, REFUSE_WIRE},
	{"wire_server_ip", OPTION_REFUSED, NULL, 0, 0, REFUSE_WIRE},
	{"wire_server_port", OPTION_REFUSED, NULL, 0, 0, REFUSE_WIRE},
};

static const struct option *option_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(OPTIONS); i++)
		if (strcmp(OPTIONS[i].name, name) == 0)
			return &OPTIONS[i];
	return NULL;
}

static void fail(GError **error, const struct script *script, const struct script_option *given,
	const char *format, ...) G_GNUC_PRINTF(4, 5);

static void fail(GError **error, const struct script *script, const struct script_option *given,
	const char *format, ...)
{
	va_list args;
	char *message;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_SETTING, "%s:%d: %s", script->path,
		given->line, message);
	g_free(message);
}

static void fail_unknown(
	GError **error, const struct script *script, const struct script_option *given)
{
	const char *names[G_N_ELEMENTS(OPTIONS) + 1] = {NULL};
	char *near;

	for (size_t i = 0; i < G_N_ELEMENTS(OPTIONS); i++)
		names[i] = OPTIONS[i].name;
	near = near_names(given->name, names, 1);
	fail(error, script, given, "unknown option --%s; %s%s", given->name,
		near != NULL ? "did you mean --" : "",
		near != NULL ? near : "docs/run.md lists those there are");
	g_free(near);
}

static bool apply(struct script_config *config, const struct option *option, const char *value)
{
	char *text = g_strdup(value != NULL ? value : ""), *end = text;
	int64_t number = 0;
	size_t len = strlen(text);
	bool ok;

	if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
		text[len - 1] = '\0';
		memmove(text, text + 1, len - 1);
	}
	if (option->kind == OPTION_NUMBER)
		number = g_ascii_strtoll(text, &end, 0);
	ok = option->kind != OPTION_NUMBER ||
	     (end != text && *end == '\0' && number >= option->low && number <= option->high);
	ok = ok && (option->kind == OPTION_FLAG ? value == NULL : value != NULL) &&
	     option->set(config, text, number);
	g_free(text);
	return ok;
}

static bool apply_one(struct script_config *config, const struct script *script,
	const struct script_option *given, GError **error)
{
	const struct option *option = option_find(given->name);

	if (option == NULL) {
		fail_unknown(error, script, given);
		return false;
	}
	if (option->kind == OPTION_REFUSED) {
		fail(error, script, given, "--%s is refused: %s", given->name, option->hint);
		return false;
	}
	if (option->kind == OPTION_IGNORED) {
		g_ptr_array_add(config->unused, (gpointer)option->name);
		return true;
	}
	if (apply(config, option, given->value))
		return true;
	if (option->kind == OPTION_NUMBER)
		fail(error, script, given,
			"--%s takes a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
			", not '%s'",
			given->name, option->low, option->high,
			given->value != NULL ? given->value : "");
	else if (option->kind == OPTION_FLAG)
		fail(error, script, given, "--%s takes no value; remove '%s'", given->name,
			given->value);
	else
		fail(error, script, given, "--%s takes %s, not '%s'", given->name, option->hint,
			given->value != NULL ? given->value : "");
	return false;
}

bool script_config_apply(struct script_config *config, const struct script *script, GError **error)
{
	const struct script_option *given;

	/* The IP version first: it decides what addresses the others change. */
	for (given = script->options; given != NULL; given = given->next)
		if (strcmp(given->name, "ip_version") == 0 &&
			!apply_one(config, script, given, error))
			return false;
	for (given = script->options; given != NULL; given = given->next)
		if (strcmp(given->name, "ip_version") != 0 &&
			!apply_one(config, script, given, error))
			return false;
	return true;
}
