/* Sysctls: each form read and set, both systems' names, and what is refused. */
#include "support/pair.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static struct pair p;

static void setup(void)
{
	p = pair_new("linux", "freebsd");
}

static void teardown(void)
{
	pair_free(&p);
}

TestSuite(sysctls, .init = setup, .fini = teardown);

static const char *read_back(struct tcpsim_host *host, const char *name)
{
	static char text[256];

	cr_assert_eq(tcpsim_host_sysctl_get(host, name, text, sizeof(text)), 0, "%s", name);
	return text;
}

#define LINUX(name, value)                                                                         \
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, name, value), 0, "%s = %s", name, value);         \
	cr_expect_str_eq(read_back(p.a, name), value)
#define FREEBSD(name, value)                                                                       \
	cr_expect_eq(tcpsim_host_sysctl_set(p.b, name, value), 0, "%s = %s", name, value);         \
	cr_expect_str_eq(read_back(p.b, name), value)

Test(sysctls, linux_values_are_set_and_change_the_profile)
{
	const struct tcpsim_profile *sys = tcpsim_host_profile(p.a);

	LINUX("net.ipv4.tcp_rmem", "4096\t540000\t15728640");
	cr_expect_eq(sys->rcvbuf, 540000);
	LINUX("net.ipv4.tcp_timestamps", "2");
	cr_expect(sys->timestamps && !sys->ts_offset);
	LINUX("net.ipv4.tcp_timestamps", "0");
	cr_expect_not(sys->timestamps);
	LINUX("net.ipv4.tcp_invalid_ratelimit", "0");
	LINUX("net.ipv4.tcp_fin_timeout", "10");
	cr_expect_eq(sys->fin_wait_2_timeout, INT64_C(10000000000));
	LINUX("net.ipv4.tcp_rto_max_ms", "5000");
	cr_expect_eq(sys->rto_max, INT64_C(5000000000));
	LINUX("net.ipv4.tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4");
	LINUX("net.ipv4.tcp_notsent_lowat", "4294967295");
	LINUX("net.ipv4.ip_local_port_range", "1024\t2048");
	LINUX("net.ipv4.tcp_congestion_control", "reno");
	LINUX("net.ipv4.tcp_congestion_control", "bbr");
	cr_expect_str_eq(sys->congestion_control, "bbr");
	cr_expect_str_eq(read_back(p.a, "net.ipv4.tcp_available_congestion_control"),
		"cubic reno newreno dctcp westwood vegas bbr");
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_fastopen", "0x70403"), 0);
	cr_expect_str_eq(read_back(p.a, "net/ipv4/tcp_fastopen"), "459779");
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "/proc/sys/net/ipv4/tcp_min_tso_segs", "4"), 0);
	cr_expect_eq(sys->tso_min_segs, 4);
}

/* Linux 6.18 has AccECN's code, and no value that turns it on: EINVAL, seen there. */
Test(sysctls, a_value_that_came_later_is_refused_before)
{
	struct pair later = pair_new("linux-7.3", "linux-7");
	char why[256];

	LINUX("net.ipv4.tcp_ecn", "1");
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_ecn", "3"), -EINVAL);
	cr_expect_eq(tcpsim_host_sysctl_set_why(p.a, "net.ipv4.tcp_ecn", "3", why, sizeof(why)),
		-EINVAL);
	cr_expect_not_null(
		strstr(why, "from 0 to 2 (0 'off', 1 'ask and accept', 2 'accept')"), "%s", why);
	cr_expect_eq(tcpsim_host_sysctl_set(later.a, "net.ipv4.tcp_ecn", "3"), 0);
	cr_expect_eq(tcpsim_host_sysctl_set(later.b, "net.ipv4.tcp_ecn", "5"), 0);
	cr_expect_eq(tcpsim_host_sysctl_set(later.b, "net.ipv4.tcp_ecn", "6"), -EINVAL);
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_ecn_option", "3"), -EINVAL);
	cr_expect_eq(tcpsim_host_sysctl_set(later.a, "net.ipv4.tcp_ecn_option", "3"), 0);
	pair_free(&later);
}

/* What 6.18 answers with EINVAL to. */
Test(sysctls, what_the_kernel_has_no_meaning_for_is_refused)
{
	LINUX("net.ipv4.tcp_max_reordering", "1");
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_max_reordering", "0"), -EINVAL);
	LINUX("net.ipv4.tcp_min_tso_segs", "1");
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_min_tso_segs", "0"), -EINVAL);
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_fack", "255"), 0);
	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_fack", "256"), -EINVAL);
}

Test(sysctls, freebsd_values_are_set_and_change_the_profile)
{
	const struct tcpsim_profile *sys = tcpsim_host_profile(p.b);

	FREEBSD("net.inet.tcp.rfc1323", "3");
	cr_expect(sys->timestamps && !sys->window_scaling);
	FREEBSD("net.inet.tcp.insecure_rst", "1");
	cr_expect_eq(sys->rst_accept, TCPSIM_RST_ACCEPT_WINDOW);
	FREEBSD("net.inet.tcp.rexmit_initial", "3000");
	cr_expect_eq(sys->syn_rto, INT64_C(3000000000));
	FREEBSD("net.inet.tcp.keepinit", "363000");
	FREEBSD("kern.ipc.maxsockbuf", "16777216");
	cr_expect_eq(sys->sockbuf_send_max, 16777216);
	FREEBSD("net.inet.tcp.fastopen.client_enable", "0");
	FREEBSD("net.inet.tcp.fastopen.server_enable", "1");
	cr_expect_eq(sys->fastopen & 3, 2);
	FREEBSD("net.inet.tcp.experimental.initcwnd10", "0");
	cr_expect_eq(sys->initial_window, 4);
}

Test(sysctls, syncookies_and_syncookies_only_make_one_mode)
{
	const struct tcpsim_profile *sys = tcpsim_host_profile(p.b);

	FREEBSD("net.inet.tcp.syncookies_only", "1");
	cr_expect_eq(sys->syncookies, 2);
	FREEBSD("net.inet.tcp.syncookies", "1");
	cr_expect_eq(sys->syncookies, 2);
	FREEBSD("net.inet.tcp.syncookies_only", "0");
	cr_expect_eq(sys->syncookies, 1);
	FREEBSD("net.inet.tcp.syncookies", "0");
	cr_expect_eq(sys->syncookies, 0);
	FREEBSD("net.inet.tcp.syncookies_only", "0");
	cr_expect_eq(sys->syncookies, 0);
}

Test(sysctls, purging_the_host_cache_reads_as_zero)
{
	cr_expect_eq(tcpsim_host_sysctl_set(p.b, "net.inet.tcp.hostcache.purgenow", "1"), 0);
	cr_expect_str_eq(read_back(p.b, "net.inet.tcp.hostcache.purgenow"), "0");
}

Test(sysctls, what_is_no_value_is_refused)
{
	static const char *const BAD[][2] = {{"net.ipv4.tcp_sack", "2"},
		{"net.ipv4.tcp_sack", "yes"}, {"net.ipv4.tcp_sack", ""},
		{"net.ipv4.tcp_rmem", "4096 540000"}, {"net.ipv4.tcp_rmem", "4096 540000 -1"},
		{"net.ipv4.tcp_syn_retries", "0"}, {"net.ipv4.ip_local_port_range", "2048 1024"},
		{"net.ipv4.tcp_fastopen_key", "a1a1a1a1"}, {"net.ipv4.tcp_no_metrics_save", "0"},
		{"net.ipv4.tcp_adv_win_scale", "32"}, {"net.ipv4.tcp_autocorking", "2"},
		{"net.ipv4.tcp_available_congestion_control", "reno"}};

	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		cr_expect_eq(tcpsim_host_sysctl_set(p.a, BAD[i][0], BAD[i][1]), -EINVAL, "%s = %s",
			BAD[i][0], BAD[i][1]);
	cr_expect_eq(
		tcpsim_host_sysctl_set(p.a, "net.ipv4.tcp_congestion_control", "no-such"), -ENOENT);
}

Test(sysctls, what_is_wrong_is_told_with_what_would_be_right)
{
	static const struct {
		const char *name, *value, *why;
	} CASES[] = {
		{"net.ipv4.tcp_sack", "2", "'2' is not 0 or 1"},
		{"net.ipv4.tcp_syn_retries", "0", "'0' is not from 1 to 127"},
		{"net.ipv4.tcp_keepalive_time", "40000", "'40000' is not from 1 to 32767 s"},
		{"net.ipv4.tcp_rto_min_us", "0", "'0' is not from 1 to 200000 us"},
		{"net.ipv4.tcp_ecn", "77",
			"'77' is not from 0 to 2 (0 'off', 1 'ask and accept', 2 'accept')"},
		{"net.ipv4.tcp_recovery", "-1",
			"(1 'rack', 2 'static window', 4 'no dupthresh', or "},
		{"net.ipv4.ip_local_port_range", "0 5",
			"'0 5' is not 2 numbers: from 1 to 65535, from 1 to 65535"},
		{"net.ipv4.ip_local_port_range", "6 5", "port_first (6) is above port_last (5)"},
		{"net.ipv4.tcp_congestion_control", "no-such", "is not one of cubic, reno, "},
		{"net.ipv4.tcp_available_congestion_control", "reno", "it can only be read"},
		{"net.core.default_qdisc", "red", "is not one of fq, pfifo, "},
		{"net.ipv4.tcp_fastopen_key", "1", "32 hexadecimal digits"},
		{"net.ipv4.tcp_no_metrics_save", "0",
			"'0' is not '1', and this program has no other"},
		{"net.ipv4.tcp_adv_win_scale", "-32", "'-32' is not from -31 to 31"},
	};
	char why[400];

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		cr_expect_lt(tcpsim_host_sysctl_set_why(
				     p.a, CASES[i].name, CASES[i].value, why, sizeof(why)),
			0);
		cr_expect_not_null(strstr(why, CASES[i].why), "%s: %s", CASES[i].name, why);
	}
	cr_expect_eq(
		tcpsim_host_sysctl_set_why(p.a, "net.ipv4.tcp_sack", "0", why, sizeof(why)), 0);
	cr_expect_str_eq(why, "");
	cr_expect_eq(tcpsim_host_sysctl_set_why(p.a, "no.such", "0", why, sizeof(why)), -ENOENT);
	cr_expect_str_eq(why, "");
}

Test(sysctls, a_name_of_another_system_is_unknown)
{
	char text[8];

	cr_expect_eq(tcpsim_host_sysctl_set(p.a, "net.inet.tcp.sack.enable", "1"), -ENOENT);
	cr_expect_eq(tcpsim_host_sysctl_get(p.b, "net.ipv4.tcp_sack", text, sizeof(text)), -ENOENT);
	cr_expect_eq(tcpsim_host_sysctl_get(p.a, "net.ipv4.tcp_rmem", text, sizeof(text)), -ENOSPC);
}

Test(sysctls, every_name_reads_and_takes_its_own_value_back)
{
	struct tcpsim_host *hosts[] = {p.a, p.b};
	char text[256], again[256];

	for (int h = 0; h < 2; h++) {
		size_t i = 0;

		for (const char *name; (name = tcpsim_host_sysctl_name(hosts[h], i)); i++) {
			cr_assert_eq(tcpsim_host_sysctl_get(hosts[h], name, text, sizeof(text)), 0);
			if (strstr(name, "available") || strstr(name, "allowed") ||
				strstr(name, "fastopen"))
				continue; /* lists and keys */
			cr_expect_eq(tcpsim_host_sysctl_set(hosts[h], name, text), 0, "%s = %s",
				name, text);
			tcpsim_host_sysctl_get(hosts[h], name, again, sizeof(again));
			cr_expect_str_eq(again, text, "%s", name);
		}
		cr_expect_gt(i, 60);
	}
}
