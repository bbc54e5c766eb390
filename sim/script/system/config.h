/*
 * Settings of one run of a script: addresses, tolerances, dialect. Defaults come from the dialect,
 * then the script's own `--options` apply, then those of the command line (as both packetdrills
 * have it).
 */
#ifndef SCRIPT_SYSTEM_CONFIG_H
#define SCRIPT_SYSTEM_CONFIG_H

#include "script/language/ast.h"
#include "script/system/sut.h"
#include <glib.h>
#include <tcpsim/addr.h>

enum script_ip_version { SCRIPT_IPV4, SCRIPT_MAPPED, SCRIPT_IPV6 };

/* Where google's packetdrill and nplab's differ when a script runs. */
enum script_dialect { DIALECT_GOOGLE, DIALECT_NPLAB };

struct script_config {
	enum script_dialect dialect;
	enum sut_platform platform;
	enum script_ip_version ip_version;
	struct tcpsim_addr local, remote, gateway;
	int prefix_len; /* of local */
	uint16_t bind_port, connect_port;
	uint32_t mtu, mss;
	int64_t tolerance_ns;
	double tolerance_percent;
	int64_t ts_tick_ns; /* 0: timestamp values are not checked */
	bool ts_ecr_scaled;
	bool strict_segments;
	bool non_fatal_packet, non_fatal_call;
	bool udp_tunnel;    /* --udp_encapsulation=tcp */
	char *md5_secret;   /* or NULL */
	char *init_scripts; /* comma separated, or NULL */
	GPtrArray *unused;  /* options that change nothing here, by name */
};

/* Addresses stay open until finish: they depend on the IP version. */
void script_config_defaults(
	struct script_config *config, enum sut_platform platform, enum script_ip_version version);
/* The script's own options; false and *error for one that is unknown, refused or wrong. */
bool script_config_apply(struct script_config *config, const struct script *script, GError **error);
void script_config_clear(struct script_config *config);

/* "ipv4", "ipv6" or "mapped". */
const char *script_ip_version_name(enum script_ip_version version);
bool script_ip_version_parse(const char *text, enum script_ip_version *out);

/*
 * Words that the suites expect their runner to define (TFO_COOKIE, CMSG_LEVEL_IP ...), as the
 * reference runners do for each IP version; the caller's own -D come on top.
 */
void script_default_defines(enum script_ip_version version, GHashTable *defines);

#endif
