/* The shell of scripts: lists, pipes, redirections, and commands over the simulated host's
 * settings. */
#include "script/shell/shell.h"
#include <criterion/criterion.h>
#include <string.h>
#include <tcpsim/host.h>

static struct tcpsim_pool *pool;
static struct tcpsim_host *host;
static struct shell *shell;
static GString *output;

static void set_up(void)
{
	struct tcpsim_host_config config = {.profile = &tcpsim_profile_linux, .id = 1, .seed = 1};

	config.pool = pool = tcpsim_pool_new();
	host = tcpsim_host_new(&config);
	shell = shell_new(host, tcpsim_host_add_interface(host, "tun0", 1500), "tun0", NULL);
	output = g_string_new(NULL);
}

static void tear_down(void)
{
	shell_free(shell);
	tcpsim_host_free(host);
	tcpsim_pool_free(pool);
	g_string_free(output, TRUE);
}

TestSuite(script_shell, .init = set_up, .fini = tear_down);

static void expect(const char *command, int status, const char *printed)
{
	g_string_truncate(output, 0);
	cr_expect_eq(shell_run(shell, command, output), status, "%s: status", command);
	cr_expect_str_eq(output->str, printed, "%s printed %s", command, output->str);
}

Test(script_shell, lists_and_conditions)
{
	expect("echo a; echo b\necho c", 0, "a\nb\nc\n");
	expect("true && echo yes || echo no", 0, "yes\n");
	expect("false && echo yes || echo no", 0, "no\n");
	expect("! false", 0, "");
	expect("if test 3 -gt 2; then echo more; else echo less; fi", 0, "more\n");
	expect("false; true", 0, "");
	expect("exit 3; echo not", 3, "");
}

Test(script_shell, pipes_carry_text_and_the_last_status)
{
	expect("echo \"a b\n b c\" | grep -c b | grep 2", 0, "2\n");
	expect("echo x | grep -q y", 1, "");
	expect("echo abc | grep -o b", 0, "b\n");
}

Test(script_shell, redirections)
{
	expect("echo a > /tmp/f; echo b >> /tmp/f; cat /tmp/f; rm /tmp/f", 0, "a\nb\n");
	expect("nothing_here 2> /dev/null", 127, "");
	expect("echo a > /dev/null 2>&1", 0, "");
}

Test(script_shell, arithmetic_quotes_and_variables)
{
	expect("X=5; echo $((X*1024)) \"${X}\" '$X'", 0, "5120 5 $X\n");
	expect("echo one \\\n  two # three", 0, "one two\n");
	expect("echo $(echo in)side", 0, "inside\n");
}

Test(script_shell, sysctl_reads_and_sets)
{
	expect("sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_rmem=\"4096 540000 $((15*1024*1024))\"",
		0, "");
	expect("sysctl -n net.ipv4.tcp_sack; cat /proc/sys/net/ipv4/tcp_sack", 0, "0\n0\n");
	expect("sysctl net/ipv4/tcp_rmem", 0, "net/ipv4/tcp_rmem = 4096\t540000\t15728640\n");
	expect("echo 1 > /proc/sys/net/ipv4/tcp_sack && sysctl -n net.ipv4.tcp_sack", 0, "1\n");
}

Test(script_shell, unknown_setting_lists_near_ones)
{
	g_string_truncate(output, 0);
	cr_expect_eq(shell_run(shell, "sysctl -q net.ipv4.tcp_sak=1", output), 1);
	cr_expect(
		strstr(output->str,
			"unknown setting net.ipv4.tcp_sak; did you mean net.ipv4.tcp_sack") != NULL,
		"%s", output->str);
}

Test(script_shell, set_sysctls_leaves_a_script_that_undoes_it)
{
	expect("./set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0; sysctl -n net.ipv4.tcp_sack", 0,
		"0\n");
	expect("/tmp/sysctl_restore_${PPID}.sh; sysctl -n net.ipv4.tcp_sack", 0, "1\n");
}

Test(script_shell, programs_of_the_machine_are_refused)
{
	expect("/bin/ls /", 127,
		"/bin/ls is not a command of the simulated host (--allow-shell runs real "
		"programs)\n");
	expect("cat /etc/passwd", 1, "/etc/passwd: no such file on the simulated host\n");
}

Test(script_shell, text_that_is_no_command_is_told)
{
	expect("echo 'a", 2, "the command cannot be read: a quote is not closed\n");
	expect("echo a | | echo b", 2, "the command cannot be read: a command is missing\n");
	expect("if true; then echo a", 2, "a\nthe command cannot be read: 'fi' is missing\n");
}
