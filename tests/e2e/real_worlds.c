/* Worlds with a host that is the running kernel, as a user meets them: tcpsim simulate. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/command.h"
#include "support/kernel.h"

static void expect_in(const struct command_result *r, const char *text)
{
	cr_expect_not_null(strstr(r->out, text), "no '%s' in\n%s%s", text, r->out, r->err);
}

Test(real_worlds, a_bsd_client_sends_to_the_kernel_past_a_chosen_loss)
{
	struct command_result r;

	kernel_or_skip();
	r = command_run_with("simulate /dev/stdin",
		"[host client]\nprofile = bsd44\n[host server]\nsystem = kernel\n"
		"[link client server]\ndelay = 10 ms\nthere.drop = 1st data\n"
		"[program serve]\nhost = server\ndoes = sink\n"
		"[program send]\nhost = client\ndoes = source\nto = server:80\nbytes = 9 kB\n"
		"start = 10 ms\n"
		"[program nobody]\nhost = client\ndoes = connect\nto = server:81\nstart = 20 ms\n");
	cr_expect_eq(r.status, 0, "%s", r.err);
	expect_in(&r, "server, serve: 9000 bytes in ");
	expect_in(&r, ", every one right");
	expect_in(&r, "client, nobody: connect server:81: ECONNREFUSED");
	expect_in(&r, "server answered with a RST (rst/kernel)");
	/* what the kernel tells: states, queues, calls */
	expect_in(&r, "lost between client and server");
	expect_in(&r, "LAST_ACK");
	expect_in(&r, "server:80, backlog 5: 1 SYN came, 1 entry was made, 1 accepted");
	expect_in(&r, "accept(3, [client:1024])");
	expect_in(&r, "By the real clock: ");
	command_free(&r);
}

Test(real_worlds, kernel_clients_meet_a_model_and_a_black_hole)
{
	struct command_result r;

	kernel_or_skip();
	r = command_run_with("simulate --json /dev/stdin",
		"[host client]\nsystem = kernel\nsysctl.net.ipv4.tcp_syn_retries = 1\n"
		"sysctl.net.ipv4.tcp_syn_linear_timeouts = 0\n"
		"[router r]\nblack-hole = 10.9.0.0/16\nunreachable = 10.8.0.0/16 host\n"
		"[host server]\nprofile = freebsd\n"
		"[link client r]\ndelay = 2 ms\nip = both\n[link r server]\nip = both\n"
		"[program serve]\nhost = server\ndoes = serve\nbacklog = 20\n"
		"[program herd]\nhost = client\ndoes = herd\nto = server:80\nclients = 5\n"
		"start = 10 ms\ncount = 2\n"
		"[program v6]\nhost = client\ndoes = request\nto = [fd00:0:0:2::2]:80\n"
		"start = 30 ms\n"
		"[program lost]\nhost = client\ndoes = connect\nto = 10.9.0.1:80\n"
		"[program told]\nhost = client\ndoes = connect\nto = 10.8.0.1:80\n");
	cr_expect_eq(r.status, 0, "%s", r.err);
	expect_in(&r, "10 of 10 requests of 5 clients answered in ");
	expect_in(&r, "1 of 1 requests answered in ");
	expect_in(&r, "connect 10.9.0.1:80: ETIMEDOUT");
	expect_in(&r, "connect 10.8.0.1:80: EHOSTUNREACH");
	expect_in(&r, "\"outcome\":\"given up\"");
	expect_in(&r, "\"outcome\":\"unreachable\"");
	expect_in(&r, "\"profile\":\"kernel\"");
	expect_in(&r, "{\"type\":\"real-time\",\"events\":");
	command_free(&r);
}

/* Nobody is told: the devices are gone before the sockets are. */
Test(real_worlds, a_kernel_restarts_without_a_word)
{
	struct command_result r;

	kernel_or_skip();
	r = command_run_with("simulate /dev/stdin",
		"[host client]\nprofile = linux\n[host server]\nsystem = kernel\n"
		"restart = 400 ms\n[link client server]\ndelay = 5 ms\n"
		"[program serve]\nhost = server\ndoes = sink\n"
		"[program half-open]\nhost = client\ndoes = connect\nto = server:80\n"
		"start = 50 ms\nhold = 600 ms\n");
	cr_expect_eq(r.status, 0, "%s", r.err);
	expect_in(&r, "1 connection, 1 reset");
	expect_in(&r, "server went down and came up again");
	cr_expect_null(strstr(r.out, "<-- F"), "%s", r.out);
	command_free(&r);
}

static void expect_refused(const char *options, const char *world, const char *why)
{
	char *line = g_strdup_printf("simulate %s /dev/stdin", options);
	struct command_result r = command_run_with(line, world);

	cr_expect_eq(r.status, 2, "%s", r.out);
	cr_expect_not_null(strstr(r.err, why), "no '%s' in %s", why, r.err);
	cr_expect_str_eq(r.out, "");
	command_free(&r);
	g_free(line);
}

#define KERNEL "[host a]\nsystem = kernel\n"
#define REST   "[host b]\n[link a b]\n"

Test(real_worlds, what_no_kernel_has_is_told_with_its_line)
{
	expect_refused(
		"", KERNEL "profile = linux\n" REST, "/dev/stdin:3: profile: only a model has it");
	expect_refused(
		"", KERNEL "setting.msl = 1 s\n" REST, "/dev/stdin:3: setting.msl: only a model");
	expect_refused("", "[host a]\nsystem = kernle\n" REST,
		"/dev/stdin:2: system: 'kernle' is not model or kernel");
	expect_refused("", "[world]\npayload = lengths\n" KERNEL REST, "/dev/stdin:2: payload: ");
	expect_refused("--sweep seed=1,2", "[world]\nseed = 1\n" KERNEL REST,
		"/dev/stdin:4: system: a kernel has real time alone");
	kernel_or_skip();
	expect_refused("", KERNEL "sysctl.net.ipv4.tcp_sakc = 1\n" REST,
		"/dev/stdin:3: [host a]: sysctl.net.ipv4.tcp_sakc = 1: this kernel has no such");
}

Test(real_worlds, without_a_tun_device_one_line_says_so)
{
	struct command_result r = kernel_less_run(
		"printf \"[host a]\\nsystem = kernel\\n[host b]\\n[link a b]\\n\" | "
		"$TCPSIM simulate /dev/stdin");

	cr_expect_eq(r.status, 2, "%s", r.out);
	cr_expect_not_null(
		strstr(r.err, "tcpsim: no TUN device can be had (/dev/net/tun: "), "%s", r.err);
	command_free(&r);
}
