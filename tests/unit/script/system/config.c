/* The options that stand at a script's head: what each does, what it takes, and what is told of one
 * that is wrong. */
#include "script/language/parser.h"
#include "support/script.h"
#include <criterion/criterion.h>
#include <string.h>

static struct script_config config;

static bool apply(enum script_ip_version version, const char *options, GError **error)
{
	char *text = g_strconcat(options, "\n0 `true`\n", NULL);
	struct script *script = script_parse("t.pkt", text, strlen(text), NULL, error);
	bool ok;

	cr_assert_not_null(script);
	script_config_defaults(&config, SUT_LINUX, version);
	ok = script_config_apply(&config, script, error);
	script_free(script);
	g_free(text);
	return ok;
}

static void taken(enum script_ip_version version, const char *options)
{
	GError *error = NULL;

	cr_expect(apply(version, options, &error), "%s: %s", options,
		error != NULL ? error->message : "");
	g_clear_error(&error);
}

static void refused(const char *options, const char *message)
{
	GError *error = NULL;

	cr_expect_not(apply(SCRIPT_IPV4, options, &error), "%s", options);
	cr_expect_str_eq(error != NULL ? error->message : "", message);
	g_clear_error(&error);
	script_config_clear(&config);
}

static void expect_address(const struct tcpsim_addr *addr, const char *expected)
{
	char text[TCPSIM_ADDRSTRLEN];

	cr_expect_str_eq(tcpsim_addr_text(addr, text), expected);
}

Test(script_config, numbers_go_where_they_belong)
{
	taken(SCRIPT_IPV4, "--bind_port=1\n--connect_port=65535\n--mtu=68\n--mss=1400\n--tolerance_"
			   "usecs=7000\n"
			   "--tcp_ts_tick_usecs=1000\n--tolerance_percent=2.5");
	cr_expect_eq(config.bind_port, 1);
	cr_expect_eq(config.connect_port, 65535);
	cr_expect_eq(config.mtu, 68);
	cr_expect_eq(config.mss, 1400);
	cr_expect_eq(config.tolerance_ns, 7000000);
	cr_expect_eq(config.ts_tick_ns, 1000000);
	cr_expect_float_eq(config.tolerance_percent, 2.5, 1e-9);
	script_config_clear(&config);
}

Test(script_config, words_and_flags_go_where_they_belong)
{
	taken(SCRIPT_IPV4,
		"--strict_segments\n--tcp_ts_ecr_scaled\n--udp_encapsulation=tcp\n"
		"--tcp_md5_secret=old\n--tcp_md5_secret=\"new one\"\n--init_scripts=a.sh,b.sh\n"
		"--non_fatal=packet,syscall\n--speed=1000000\n--verbose");
	cr_expect(config.strict_segments);
	cr_expect(config.ts_ecr_scaled);
	cr_expect(config.udp_tunnel);
	cr_expect_str_eq(config.md5_secret, "new one");
	cr_expect_str_eq(config.init_scripts, "a.sh,b.sh");
	cr_expect(config.non_fatal_packet && config.non_fatal_call);
	cr_assert_eq(config.unused->len, 2);
	cr_expect_str_eq(g_ptr_array_index(config.unused, 0), "speed");
	cr_expect_str_eq(g_ptr_array_index(config.unused, 1), "verbose");
	script_config_clear(&config);
	taken(SCRIPT_IPV4, "--non_fatal=syscall");
	cr_expect(config.non_fatal_call && !config.non_fatal_packet);
	script_config_clear(&config);
}

Test(script_config, addresses_are_of_the_scripts_family)
{
	taken(SCRIPT_IPV4, "--local_ip=10.1.0.1/8\n--remote_ip=10.2.0.1\n--gateway_ip=10.1.0.9\n"
			   "--netmask_ip=255.255.255.0");
	expect_address(&config.local, "10.1.0.1");
	expect_address(&config.remote, "10.2.0.1");
	expect_address(&config.gateway, "10.1.0.9");
	cr_expect_eq(config.prefix_len, 24);
	script_config_clear(&config);
	/* The version counts wherever it stands; what is of the other family gives way. */
	taken(SCRIPT_IPV4, "--remote_ip=10.2.0.1\n--local_ip=2001:db8::5\n--ip_version=ipv6");
	cr_expect_eq(config.ip_version, SCRIPT_IPV6);
	expect_address(&config.local, "2001:db8::5");
	expect_address(&config.remote, "2001:db8::1");
	cr_expect_eq(config.mtu, 1500);
	cr_expect_eq(config.prefix_len, 48);
	script_config_clear(&config);
	taken(SCRIPT_IPV6, "--mss=1400");
	cr_expect_eq(config.mtu, 1520);
	expect_address(&config.remote, "fd3d:fa7b:d17d::1");
	script_config_clear(&config);
	/* Where --ip asked for what the script names itself, the MTU is that of the version's runner. */
	taken(SCRIPT_IPV6, "--ip_version=ipv6");
	cr_expect_eq(config.mtu, 1520);
	expect_address(&config.remote, "2001:db8::1");
	script_config_clear(&config);
	taken(SCRIPT_IPV4, "--ip_version=ipv4-mapped-ipv6\n--netmask_ip=0.0.0.0");
	cr_expect_eq(config.ip_version, SCRIPT_MAPPED);
	cr_expect_eq(config.prefix_len, 0);
	expect_address(&config.remote, "192.0.2.1");
	script_config_clear(&config);
}

Test(script_config, what_is_wrong_is_told_with_its_line)
{
	refused("--mtu=67", "t.pkt:1: --mtu takes a number from 68 to 65535, not '67'");
	refused("--mtu=1500x", "t.pkt:1: --mtu takes a number from 68 to 65535, not '1500x'");
	refused("--mss", "t.pkt:1: --mss takes a number from 1 to 65535, not ''");
	refused("--verbose\n--bind_port=0",
		"t.pkt:2: --bind_port takes a number from 1 to 65535, not '0'");
	refused("--strict_segments=yes", "t.pkt:1: --strict_segments takes no value; remove 'yes'");
	refused("--local_ip=1.2.3", "t.pkt:1: --local_ip takes an address, not '1.2.3'");
	refused("--local_ip", "t.pkt:1: --local_ip takes an address, not ''");
	refused("--netmask_ip=255.0.255.0",
		"t.pkt:1: --netmask_ip takes a netmask such as 255.255.0.0, not '255.0.255.0'");
	refused("--netmask_ip=ffff::",
		"t.pkt:1: --netmask_ip takes a netmask such as 255.255.0.0, not 'ffff::'");
	refused("--tolerance_percent=101",
		"t.pkt:1: --tolerance_percent takes a number from 0 to 100, not '101'");
	refused("--tolerance_percent=nan",
		"t.pkt:1: --tolerance_percent takes a number from 0 to 100, not 'nan'");
	refused("--non_fatal=packets",
		"t.pkt:1: --non_fatal takes packet, syscall or both, not 'packets'");
	refused("--udp_encapsulation=sctp", "t.pkt:1: --udp_encapsulation takes tcp, not 'sctp'");
	refused("--tcp_md5_secret=\"\"", "t.pkt:1: --tcp_md5_secret takes a secret, not '\"\"'");
	refused("--define==1", "t.pkt:1: --define takes NAME=VALUE, not '=1'");
	refused("--ip_version=ipv5",
		"t.pkt:1: --ip_version takes ipv4, ipv6 or ipv4-mapped-ipv6, not 'ipv5'");
	refused("--so_filename=x.so",
		"t.pkt:1: --so_filename is refused: the simulated host is the system; use "
		"packetdrill itself with libtcpsim-packetdrill.so");
	refused("--wire_client",
		"t.pkt:1: --wire_client is refused: two machines take part in it; run the script "
		"on one");
	refused("--tolerence_usecs=1",
		"t.pkt:1: unknown option --tolerence_usecs; did you mean --tolerance_usecs");
	refused("--qqq=1", "t.pkt:1: unknown option --qqq; docs/run.md lists those there are");
}

/* The words that reference runners define have the values of the IP version. */
Test(script_config, words_of_the_ip_version)
{
	static const char *const CODES[] = {
		"host_unreachable", "host_unreachable", "address_unreachable"};
	static const char *const LEVELS[] = {"SOL_IP", "SOL_IPV6", "SOL_IPV6"};
	static const enum script_ip_version VERSIONS[] = {SCRIPT_IPV4, SCRIPT_MAPPED, SCRIPT_IPV6};
	enum script_ip_version version;

	for (int i = 0; i < 3; i++) {
		GHashTable *defines =
			g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

		script_default_defines(VERSIONS[i], defines);
		cr_expect_str_eq(g_hash_table_lookup(defines, "CODE"), CODES[i]);
		cr_expect_str_eq(g_hash_table_lookup(defines, "CMSG_LEVEL_IP"), LEVELS[i]);
		cr_expect(script_ip_version_parse(script_ip_version_name(VERSIONS[i]), &version));
		cr_expect_eq(version, VERSIONS[i]);
		g_hash_table_unref(defines);
	}
}
