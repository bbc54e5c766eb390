/*
 * What is written wrongly in a world's file: each mistake is told with its line and in words that
 * say what would be right, before anything runs.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "process/programs.h"
#include "worldfile/inner.h"
#include "worldfile/keys.h"

#define TWO "[host alice]\n[host bob]\n[link alice bob]\n"

/* NULL if the file is a world; else what is said of it, from its line on. To be freed. */
static char *told(const char *text)
{
	char *error = NULL, *path = NULL, *said;
	int fd = g_file_open_tmp("XXXXXX.world", &path, NULL);
	struct tcpsim_world *world;

	cr_assert(fd >= 0);
	close(fd);
	cr_assert(g_file_set_contents(path, text, -1, NULL));
	world = tcpsim_world_load(path, &error);
	cr_assert_eq(world == NULL, error != NULL);
	cr_expect(!error || g_str_has_prefix(error, path), "%s does not name the file", error);
	said = error ? g_strdup(error + strlen(path) + 1) : NULL;
	tcpsim_world_free(world);
	g_unlink(path);
	g_free(error);
	g_free(path);
	return said;
}

static void expect_told(const char *text, const char *wanted)
{
	char *said = told(text);

	cr_expect(g_strcmp0(said, wanted) == 0, "of\n%s\nis said\n  %s\ninstead of\n  %s", text,
		said ? said : "nothing", wanted ? wanted : "nothing");
	g_free(said);
}

#define LINK(key) TWO key "\n"

Test(world_file, values_of_links_have_their_bounds)
{
	expect_told(LINK("mtu = 67"), "4: mtu: '67' is not a size from 68 to 65535: 1500, 9 kB");
	expect_told(LINK("mtu = 68"), NULL);
	expect_told(LINK("ip = 6\nmtu = 1279"),
		"5: mtu: IPv6 needs at least 1280 (RFC 8200 section 5)");
	expect_told(
		LINK("mss-limit = 0"), "4: mss-limit: '0' is not a size: 1500, 64 kB, up to 65535");
	expect_told(LINK("queue = 1.5 packets"),
		"4: queue: '1.5 packets' is not a queue such as '100 packets', 'red 64 kB ecn'");
	expect_told(
		LINK("delay = 3 furlongs"), "4: delay: '3 furlongs' is not a time: 10 ms, 1.5 s");
	expect_told(LINK("loss = nan"), "4: loss: 'nan' is not a chance: 1 %, 0.01");
}

Test(world_file, each_interface_has_an_address_of_its_own)
{
	expect_told(LINK("addresses = 10.0.0.1/24 10.0.0.1/24"),
		"4: addresses: '10.0.0.1/24 10.0.0.1/24' has one address twice; each interface "
		"needs its own");
	expect_told(LINK("addresses = 224.0.0.1/24 10.0.0.1/24"),
		"4: addresses: '224.0.0.1' is no interface's own address");
	expect_told(LINK("there.addresses = 10.0.0.1/24 10.0.0.2/24"),
		"4: there.addresses: is of the whole link; write it without 'there.' or 'back.'");
	expect_told(TWO "addresses = 10.0.0.1/24 10.0.0.2/24\n[link bob alice]\n"
			"addresses = 10.0.0.2/24 10.0.0.3/24\n",
		"5: 10.0.0.2 stands at [link alice bob] already; each interface needs its own");
}

Test(world_file, a_network_has_room_for_its_hosts)
{
	GString *text = g_string_new("[switch s]\n");

	for (unsigned i = 0; i < 65535; i++)
		g_string_append_printf(text, "[host h%u]\n[link h%u s]\n", i, i);
	expect_told(text->str,
		"131071: more than 65534 links at the switch 's'; put a router between two "
		"of them");
	g_string_free(text, TRUE);
}

Test(world_file, names_are_told_with_near_ones)
{
	expect_told("[host alice]\n[host bob]\n[link alice bobb]\n",
		"3: there is no node 'bobb': did you mean bob?");
	expect_told("[link]\n", "1: [link]: 0 names behind 'link' and not 2: write [link A B]");
	expect_told("[link alice bob]\n",
		"1: there is no node 'alice': there is none yet: [host NAME] makes one");
	expect_told("[host alice]\n[link alice zz]\n", "2: there is no node 'zz': there is alice");
	expect_told("[host alice]\n[host carol]\n[link alice zz]\n",
		"3: there is no node 'zz': there are alice, carol");
	expect_told("[world]\ntitle = x\nwatch = alise\n" TWO,
		"3: there is no node 'alise': did you mean alice?");
	expect_told("[world]\nqueues = r\n[router r]\n" TWO,
		"2: queues: 'r' is no host, and only hosts have listeners");
	expect_told(LINK("there.dealy = 1 ms"),
		"4: unknown key 'there.dealy' in [link]: did you mean delay?");
	expect_told("[host a]\nprofile = zzz\n",
		"2: unknown profile 'zzz': 'tcpsim profiles' lists them");
	expect_told("[host a/b]\n", "1: 'a/b' is no name: letters, digits, '-', '_' and '.', which "
				    "does not begin it");
	expect_told("[router ..]\n", "1: '..' is no name: letters, digits, '-', '_' and '.', which "
				     "does not begin it");
	expect_told("\xef\xbb\xbf[host a]\n", NULL);
}

Test(world_file, a_section_stands_once)
{
	expect_told("[world]\n[world]\n" TWO, "2: there is a [world] in line 1 already");
	expect_told("[host a]\n[router a]\n", "2: there are two nodes called 'a'");
	expect_told(TWO "[program p]\nhost = bob\ndoes = sink\n[program p]\nhost = bob\n"
			"does = echo\n",
		"7: there is a [program p] in line 4 already");
	expect_told("[router r]\n", "1: no [host NAME]: a world without hosts");
	expect_told("[router r]\nblack-hole = 10.0.0.0/8, 11.0.0.0/8\n[host a]\n",
		"2: black-hole: '10.0.0.0/8, 11.0.0.0/8' is more than a PREFIX; ';' stands between "
		"two");
}

Test(world_file, what_a_host_is_set_to_exists)
{
	expect_told("[host a]\nsysctl.net.ipv4.tcp_sak = 0\n",
		"2: linux has no sysctl 'net.ipv4.tcp_sak': did you mean net.ipv4.tcp_sack, "
		"net.ipv4.tcp_dsack or net.ipv4.tcp_fack?");
	expect_told("[host a]\nprofile = bsd44\nsysctl.net.ipv4.tcp_sack = 0\n",
		"3: bsd44 has no sysctl 'net.ipv4.tcp_sack', nor one like it");
	expect_told("[host a]\nsysctl.net.ipv4.tcp_sack = banana\n",
		"2: sysctl.net.ipv4.tcp_sack: 'banana' is not 0 or 1");
	expect_told("[host a]\nsetting.somaxcon = 5\n",
		"2: unknown setting 'somaxcon': did you mean somaxconn?");
}

#define PROGRAM(rest) TWO "[program p]\nhost = alice\n" rest "\n"

Test(world_file, programs_are_looked_at_before_they_run)
{
	expect_told(
		PROGRAM("does = snik"), "6: does: there is no program 'snik': did you mean sink?");
	expect_told(PROGRAM("does = connect"), "4: 'connect' needs `to`, such as server:80");
	expect_told(PROGRAM("does = connect\nto = bobb:80"),
		"7: to: 'bobb' is no node and no address: did you mean bob?");
	expect_told(PROGRAM("does = connect\nto = bob"), "7: to: 'bob' has no port; server:80 has");
	expect_told(PROGRAM("does = connect\nto = bob:99999"),
		"7: to: the port of 'bob:99999' is not a number up to 65535");
	expect_told("[host a]\n[host b]\n[program p]\nhost = a\ndoes = connect\nto = b:80\n",
		"6: to: 'b' has no address: no [link ...] leads to it");
	expect_told(PROGRAM("does = sink\nbind = zz:1"),
		"7: bind: 'zz' is no node and no address: there are alice, bob");
	expect_told(
		PROGRAM("does = sink\nport = 70000"), "7: port: '70000' is not a port: 1 to 65535");
	expect_told(PROGRAM("does = sink\nsockopt = nodealy"),
		"7: sockopt: there is no option 'nodealy': did you mean nodelay?");
	expect_told(PROGRAM("does = sink\nsockopt = rcvbuf=big"),
		"7: sockopt: 'big' is no number, in 'rcvbuf=big'");
	expect_told(PROGRAM("does = sink\nsockopt = congestion=foo"),
		"7: sockopt: 'congestion=foo' names no congestion control: reno, cubic ...");
	expect_told(PROGRAM("does = herd\nto = bob:80\nclients = 0"),
		"8: clients: '0' is not a whole number from 1 on");
	expect_told(PROGRAM("does = request\nto = bob:80\nsize = 0"),
		"8: size: a request has at least one byte");
	expect_told(PROGRAM("does = flood\nto = bob:80"),
		"4: 'flood' needs `from`, such as 198.51.100.0/24");
	expect_told(PROGRAM("does = flood\nto = bob:80\nfrom = xyz"),
		"8: from: 'xyz' is not a prefix such as 198.51.100.0/24");
	expect_told(PROGRAM("does = inject\nto = bob:80\nsegments = 1ms S"),
		"8: segments: '1ms S' does not fit; TIME FLAGS SEQ [ack N] [win N] [len N]; ...");
	expect_told(TWO "[router r]\n[program p]\nhost = r\ndoes = sink\n",
		"6: host: 'r' is no host, and only hosts run programs");
}

Test(world_file, a_program_has_its_own_keys_only)
{
	expect_told(PROGRAM("does = connect\nto = bob:80\nbytes = 5 MB"),
		"8: 'connect' has no key 'bytes', which is of source; it has host, does, start, "
		"to, "
		"bind, sockopt, linger, retry, every, hold, count, half-close");
	expect_told(PROGRAM("bytes = 5 MB\ndoes = connect\nto = bob:80"),
		"6: 'connect' has no key 'bytes', which is of source; it has host, does, start, "
		"to, "
		"bind, sockopt, linger, retry, every, hold, count, half-close");
	expect_told(PROGRAM("does = serve\nhold = 5 s"),
		"7: 'serve' has no key 'hold', which is of connect, source, request, herd, sink, "
		"echo; it has host, does, start, port, bind, backlog, sockopt, linger, "
		"accept-after, accept-every, workers, size, reply");
	expect_told(PROGRAM("does = flood\nto = bob:80\nfrom = 198.51.100.0/24\nport = 80"),
		"9: 'flood' has no key 'port', which is of serve, sink, echo; it has host, does, "
		"start, to, bind, from, count, every");
	expect_told(PROGRAM("does = sink\nbackloh = 3"),
		"7: unknown key 'backloh' in [program]: did you mean backlog?");
}

/* Whatever is listed for a program, it has. */
Test(world_file, the_keys_that_are_listed_exist)
{
	for (const struct program_kind *kind = program_kinds; kind->name; kind++) {
		char **keys = program_keys(kind);

		for (guint k = 0; keys[k]; k++) {
			char *why = file_check_program_key(kind->name, keys[k]);
			struct part part = {.section = PROGRAM,
				.entries = g_array_new(FALSE, FALSE, sizeof(struct entry))};

			cr_expect_null(why, "%s: %s", kind->name, why);
			cr_expect(file_may_have(&part, keys[k]), "%s: %s", kind->name, keys[k]);
			g_array_free(part.entries, TRUE);
			g_free(why);
		}
		g_strfreev(keys);
	}
}

Test(world_file, a_time_has_a_unit_and_an_end)
{
	expect_told(LINK("delay = 5"), "4: delay: '5' has no unit: write 5 ms, or 5 s");
	expect_told(LINK("delay = 0"), NULL);
	expect_told(LINK("rate = 5"), "4: rate: '5' has no unit: write 5 Mbit/s, or 5 kbit/s");
	expect_told(LINK("delay = 300000 h"), "4: delay: '300000 h' is longer than 30 years");
	expect_told(LINK("delay = 1e300 h"), "4: delay: '1e300 h' is longer than 30 years");
	expect_told(LINK("drop = all from 5"),
		"4: drop: 'from' has no place in a selection: did you mean from?");
}

Test(world_file, what_was_meant_is_named)
{
	expect_told("[host a]\n[router r]\nunreachable = 10.9.0.0/16 admin-prohibited\n",
		"3: unreachable: there is no code 'admin-prohibited': did you mean net-prohibited, "
		"host-prohibited or prohibited?");
	expect_told(LINK("drop = 1st syn,ack"),
		"4: drop: 'syn,ack' has no place in a selection: did you mean syn-ack?");
	expect_told(
		PROGRAM("does = inject\nto = bob:80\nsegments = 1 s  S 0; 2 s . 1 ack 1"), NULL);
	expect_told(PROGRAM("does = inject\nto = bob:80\nsegments = 1 S 0"),
		"8: segments: '1' does not fit; TIME FLAGS SEQ [ack N] [win N] [len N]; ...");
	expect_told(PROGRAM("does = inject\nto = bob:80\nsegments = 1 s S 0 win 65536"),
		"8: segments: 'win' does not fit; TIME FLAGS SEQ [ack N] [win N] [len N]; ...");
	expect_told(PROGRAM("does = inject\nto = bob:80\nsegments = 1 s S 0 len 65536"),
		"8: segments: 'len' does not fit; TIME FLAGS SEQ [ack N] [win N] [len N]; ...");
}

#define HOST(keys) "[host a]\n" keys "\n"

Test(world_file, settings_keep_to_their_ranges)
{
	expect_told(HOST("setting.ts_tick = 0"),
		"2: setting.ts_tick: '0' is not from 1 us to 1 s (timestamp clock); linux has '1 "
		"ms'");
	expect_told(HOST("setting.ttl = -1"),
		"2: setting.ttl: '-1' is not from 1 to 255 (time to live); linux has '64'");
	expect_told(HOST("setting.iss_rule = clocks"),
		"2: setting.iss_rule: 'clocks' is not 'clock' or 'keyed' (how initial sequence "
		"numbers are chosen); linux has 'keyed'");
	expect_told(HOST("setting.port_first = 61000"),
		"2: port_first (61000) is above port_last (60999)");
	/* In whatever order: both are in before they are compared. */
	expect_told(HOST("setting.port_first = 61000\nsetting.port_last = 62000"), NULL);
	expect_told(HOST("setting.port_last = 20000\nsetting.port_first = 10000"), NULL);
	expect_told(HOST("setting.rto_min = 10 s\nsetting.rto_max = 5 s"),
		"3: rto_min (10 s) is above rto_max (5 s)");
	expect_told(HOST("setting.rto_min = 2 s\nsysctl.net.ipv4.tcp_rto_max_ms = 1000"),
		"3: sysctl.net.ipv4.tcp_rto_max_ms: rto_min (2 s) is above rto_max (1 s)");
	expect_told(HOST("sysctl.net.ipv4.tcp_congestion_control = cubik"),
		"2: sysctl.net.ipv4.tcp_congestion_control: 'cubik' is not one of cubic, reno, "
		"newreno, dctcp, westwood, vegas, bbr");
	/* A sysctl is held against those before it. */
	expect_told(HOST("profile = freebsd\nsysctl.net.inet.ip.portrange.first = 60000\n"
			 "sysctl.net.inet.ip.portrange.last = 50000"),
		"4: sysctl.net.inet.ip.portrange.last: port_first (60000) is above port_last "
		"(50000)");
}

Test(world_file, the_addresses_of_a_world_are_counted)
{
	GString *text = g_string_new("[host a]\n[host b]\n");

	for (guint i = 0; i < 65535; i++)
		g_string_append(text, "[link a b]\n");
	expect_told(text->str, NULL);
	g_string_append(text, "[link a b]\n");
	expect_told(text->str,
		"65538: more than 65535 networks, and 10.0.0.0/8 has no more; `addresses` gives "
		"others, a switch joins many links to one");
	g_string_free(text, TRUE);
}

Test(world_file, a_file_that_never_ends_is_none)
{
	char *error = NULL;

	cr_expect_null(tcpsim_world_load("/dev/zero", &error));
	cr_expect_str_eq(error, "/dev/zero: longer than 64 MiB, so not a world's file");
	g_free(error);
	cr_expect_null(tcpsim_world_load("/no/such.world", &error));
	cr_expect_str_eq(error, "/no/such.world: cannot be read: No such file or directory");
	g_free(error);
}

/* A world of two hosts that keep a connection alive for ever, with that [world] section. */
static struct tcpsim_world *lasting(const char *world)
{
	char *text = g_strconcat(world,
		TWO "[program s]\nhost = bob\ndoes = sink\n[program c]\nhost = alice\n"
		    "does = connect\nto = bob:80\nsockopt = keepalive\nhold = 20000 h\n",
		NULL);
	char *path = NULL;
	int fd = g_file_open_tmp("XXXXXX.world", &path, NULL);
	struct tcpsim_world *w;

	close(fd);
	g_file_set_contents(path, text, -1, NULL);
	w = tcpsim_world_load(path, NULL);
	g_unlink(path);
	g_free(path);
	g_free(text);
	cr_assert_not_null(w);
	return w;
}

Test(world_file, a_loaded_world_ends_when_its_file_says)
{
	const int64_t second = 1000000000;
	struct tcpsim_world *w = lasting("[world]\nuntil = 3 h\n");

	cr_expect_eq(tcpsim_world_until(w), 3 * 3600 * second);
	cr_expect_eq(tcpsim_world_run(w, 5 * second), 5 * second, "no later than is asked");
	cr_expect_not(tcpsim_world_is_over(w));
	cr_expect_eq(tcpsim_world_run(w, TCPSIM_FOREVER), 3 * 3600 * second);
	cr_expect(tcpsim_world_is_over(w));
	cr_expect_eq(tcpsim_world_running(w), 3, "a client, a server and its connection");
	tcpsim_world_free(w);
	w = lasting("");
	cr_expect_eq(tcpsim_world_run(w, TCPSIM_FOREVER), 7 * 24 * 3600 * second, "a week");
	tcpsim_world_free(w);
	w = tcpsim_world_new(1);
	cr_expect_eq(tcpsim_world_until(w), TCPSIM_FOREVER);
	cr_expect_not(tcpsim_world_is_over(w) && tcpsim_world_running(w));
	tcpsim_world_free(w);
}

Test(world_file, the_library_refuses_a_sysctl_that_is_not_there)
{
	struct tcpsim_world *w = tcpsim_world_new(1);

	tcpsim_world_add_host(w, "a", &tcpsim_profile_linux);
	cr_expect_eq(tcpsim_world_sysctl(w, "a", "net.ipv4.tcp_sack", "0"), 0);
	cr_expect_eq(tcpsim_world_sysctl(w, "a", "net.ipv4.nonsense", "0"), -ENOENT);
	cr_expect_eq(tcpsim_world_sysctl(w, "a", "net.ipv4.tcp_sack", "x"), -EINVAL);
	tcpsim_world_free(w);
}
