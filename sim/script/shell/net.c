/* Connections and the device: sockstat, ss, netstat, ip, ethtool, tc. */
#include "script/shell/net.h"
#include "script/shell/routes.h"
#include "script/shell/shell.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/state.h>

struct proc_rows {
	bool v6;
	unsigned n;
	GString *out;
};

/* Each word of an address in the machine's own order, as the kernel prints it. */
static void hex_address(const struct tcpsim_addr *addr, bool v6, GString *out)
{
	for (int word = v6 ? 0 : 3; word < 4; word++) {
		const uint8_t *b = addr->b + 4 * word;

		g_string_append_printf(out, "%02X%02X%02X%02X", b[3], b[2], b[1], b[0]);
	}
}

static bool proc_row(void *context, const struct tcpsim_socket_row *row)
{
	struct proc_rows *rows = context;
	bool v6 = row->dual_stack || !tcpsim_addr_is_v4(&row->local);

	if (v6 != rows->v6 || (row->state == TCPSIM_CLOSED))
		return true;
	g_string_append_printf(rows->out, "%4u: ", rows->n++);
	hex_address(&row->local, v6, rows->out);
	g_string_append_printf(rows->out, ":%04X ", row->local_port);
	hex_address(&row->remote, v6, rows->out);
	g_string_append_printf(rows->out, ":%04X %02X %08X:%08X\n", row->remote_port,
		tcpsim_state_linux_number(row->state), row->send_queue, row->recv_queue);
	return true;
}

void shell_proc_net(struct shell *shell, bool v6, GString *out)
{
	struct proc_rows rows = {.v6 = v6, .out = out};

	g_string_append(out, "  sl  local_address rem_address   st tx_queue rx_queue\n");
	tcpsim_host_each_socket(shell->host, proc_row, &rows);
}

/* What a listing is asked to show. */
struct listing {
	bool only_v4, only_v6, states, listening, all;
	int port; /* -1: any */
	GString *out;
	void (*print)(const struct listing *listing, const struct tcpsim_socket_row *row);
};

static void endpoint(const struct tcpsim_addr *addr, uint16_t port, char between, GString *out)
{
	char text[TCPSIM_ADDRSTRLEN];

	if (tcpsim_addr_is_any(addr))
		g_string_append_c(out, '*');
	else
		g_string_append(out, tcpsim_addr_text(addr, text));
	if (port == 0)
		g_string_append_printf(out, "%c*", between);
	else
		g_string_append_printf(out, "%c%u", between, port);
}

static void padded(GString *out, gsize from, gsize width)
{
	while (out->len < from + width)
		g_string_append_c(out, ' ');
	g_string_append_c(out, ' ');
}

/* The packetdrill of FreeBSD's listing: the command's name is cut at ten letters there. */
static void sockstat_row(const struct listing *listing, const struct tcpsim_socket_row *row)
{
	GString *out = listing->out;
	bool v6 = row->dual_stack || !tcpsim_addr_is_v4(&row->local);
	gsize start;

	if (row->fd >= 0)
		g_string_append_printf(out, "%-8s %-10s %-5d %-3d ", "0", "packetdril", 1, row->fd);
	else
		g_string_append_printf(out, "%-8s %-10s %-5s %-3s ", "?", "?", "?", "?");
	g_string_append_printf(out, "%-6s ", v6 ? "tcp6" : "tcp4");
	start = out->len;
	endpoint(&row->local, row->local_port, ':', out);
	padded(out, start, 21);
	start = out->len;
	endpoint(&row->remote, row->remote_port, ':', out);
	padded(out, start, 21);
	g_string_append_printf(out, "%s\n", listing->states ? tcpsim_state_name(row->state) : "");
}

static bool listing_row(void *context, const struct tcpsim_socket_row *row)
{
	const struct listing *listing = context;
	bool v6 = row->dual_stack || !tcpsim_addr_is_v4(&row->local);

	if ((listing->only_v4 && v6) || (listing->only_v6 && !v6))
		return true;
	if (listing->port >= 0 && row->local_port != listing->port &&
		row->remote_port != listing->port)
		return true;
	if (!listing->all && listing->listening != (row->state == TCPSIM_LISTEN))
		return true;
	listing->print(listing, row);
	return true;
}

/* sockstat -46clsN -P tcp -p PORT */
static int run_sockstat(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	struct listing listing = {.port = -1, .out = io->out, .print = sockstat_row, .all = true};

	for (int i = 1; i < argc; i++) {
		const char *letters = argv[i][0] == '-' ? argv[i] + 1 : "?";

		for (; *letters != '\0'; letters++) {
			if ((*letters == 'p' || *letters == 'P') && i + 1 < argc) {
				if (*letters == 'p')
					listing.port = atoi(argv[i + 1]);
				i++;
				break;
			}
			listing.only_v4 = listing.only_v4 || *letters == '4';
			listing.only_v6 = listing.only_v6 || *letters == '6';
			listing.states = listing.states || *letters == 's';
			listing.listening = listing.listening || *letters == 'l';
			listing.all = listing.all && *letters != 'l' && *letters != 'c';
			if (strchr("46clsnNqLvw", *letters) == NULL)
				return shell_complain(
					io, "sockstat: the option -%c is not known here", *letters);
		}
	}
	g_string_append(io->out, "USER     COMMAND    PID   FD  PROTO  LOCAL ADDRESS         "
				 "FOREIGN ADDRESS       ");
	g_string_append(io->out, listing.states ? "CONN STATE\n" : "\n");
	tcpsim_host_each_socket(shell->host, listing_row, &listing);
	return 0;
}

/* ss' own names of the states. */
static const char *ss_state(enum tcpsim_state state)
{
	static const char *const NAMES[TCPSIM_NSTATES] = {[TCPSIM_CLOSED] = "UNCONN",
		[TCPSIM_LISTEN] = "LISTEN",
		[TCPSIM_SYN_SENT] = "SYN-SENT",
		[TCPSIM_SYN_RCVD] = "SYN-RECV",
		[TCPSIM_ESTABLISHED] = "ESTAB",
		[TCPSIM_FIN_WAIT_1] = "FIN-WAIT-1",
		[TCPSIM_FIN_WAIT_2] = "FIN-WAIT-2",
		[TCPSIM_CLOSE_WAIT] = "CLOSE-WAIT",
		[TCPSIM_CLOSING] = "CLOSING",
		[TCPSIM_LAST_ACK] = "LAST-ACK",
		[TCPSIM_TIME_WAIT] = "TIME-WAIT"};

	return NAMES[state];
}

static void ss_row(const struct listing *listing, const struct tcpsim_socket_row *row)
{
	GString *out = listing->out;
	gsize start;

	g_string_append_printf(
		out, "%-10s %-6u %-6u ", ss_state(row->state), row->recv_queue, row->send_queue);
	start = out->len;
	endpoint(&row->local, row->local_port, ':', out);
	padded(out, start, 24);
	endpoint(&row->remote, row->remote_port, ':', out);
	g_string_append_c(out, '\n');
}

static void netstat_row(const struct listing *listing, const struct tcpsim_socket_row *row)
{
	GString *out = listing->out;
	gsize start;

	g_string_append_printf(out, "%-6s %6u %6u ",
		tcpsim_addr_is_v4(&row->local) ? "tcp4" : "tcp6", row->recv_queue, row->send_queue);
	start = out->len;
	endpoint(&row->local, row->local_port, '.', out);
	padded(out, start, 24);
	start = out->len;
	endpoint(&row->remote, row->remote_port, '.', out);
	padded(out, start, 24);
	g_string_append_printf(out, "%s\n", tcpsim_state_name(row->state));
}

/* ss and netstat: -a all, -l listening, -t TCP, -n numbers, -4 -6. */
static int run_listing(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	bool netstat = strcmp(argv[0], "netstat") == 0;
	struct listing listing = {
		.port = -1, .out = io->out, .print = netstat ? netstat_row : ss_row};

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-')
			continue;
		if ((strcmp(argv[i], "-p") == 0 || strcmp(argv[i], "-f") == 0) && netstat) {
			i++;
			continue;
		}
		listing.all = listing.all || strchr(argv[i], 'a') != NULL;
		listing.listening = listing.listening || strchr(argv[i], 'l') != NULL;
		listing.only_v4 = listing.only_v4 || strchr(argv[i], '4') != NULL;
		listing.only_v6 = listing.only_v6 || strchr(argv[i], '6') != NULL;
	}
	g_string_append(io->out,
		netstat ? "Proto  Recv-Q Send-Q Local Address            Foreign Address          "
			  "(state)\n"
			: "State      Recv-Q Send-Q Local Address:Port       Peer Address:Port\n");
	tcpsim_host_each_socket(shell->host, listing_row, &listing);
	return 0;
}

static int set_mtu(struct shell *shell, const char *text, struct shell_io *io)
{
	int mtu = atoi(text);

	if (mtu < 68 || mtu > 65535)
		return shell_complain(io, "ip link: an MTU lies between 68 and 65535");
	return tcpsim_host_set_mtu(shell->host, shell->interface, (uint32_t)mtu) < 0;
}

/* ip link set dev tun0 mtu 9000 | up | down */
static int ip_link(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	int error = 0;

	if (argc < 1 || strcmp(argv[0], "set") != 0)
		return 0;
	for (int i = 1; i < argc && error >= 0; i++) {
		if (strcmp(argv[i], "mtu") == 0 && i + 1 < argc) {
			if (set_mtu(shell, argv[++i], io) != 0)
				return 1;
		} else if (strcmp(argv[i], "up") == 0 || strcmp(argv[i], "down") == 0)
			error = tcpsim_host_set_up(
				shell->host, shell->interface, argv[i][0] == 'u');
		else if (strcmp(argv[i], "dev") != 0 && strcmp(argv[i], shell->device) != 0)
			return shell_complain(
				io, "ip link: the word %s is not known here", argv[i]);
	}
	return error >= 0 ? 0 : shell_complain(io, "ip link: %s", g_strerror(-error));
}

static int run_ip(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	int i = 1;

	while (i < argc && argv[i][0] == '-')
		i++;
	if (i >= argc)
		return shell_complain(io, "ip: what about it?");
	if (g_str_has_prefix("tcp_metrics", argv[i])) {
		tcpsim_host_forget_paths(shell->host);
		return 0;
	}
	if (g_str_has_prefix("route", argv[i]))
		return shell_ip_route(shell, argc - i - 1, argv + i + 1,
			g_strv_contains((const char *const *)argv, "-6"), io);
	if (g_str_has_prefix("link", argv[i]))
		return ip_link(shell, argc - i - 1, argv + i + 1, io);
	return shell_complain(
		io, "ip: %s is not known here; there are route, link and tcp_metrics", argv[i]);
}

/* ethtool -K tun0 tso off gso off: Linux's TCP makes its pieces whatever the device can do and cuts
 * them before it, so that the segments on the wire are the same; nothing merges what arrives here
 * (gro, lro). */
static int run_ethtool(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	if (argc < 5 || strcmp(argv[1], "-K") != 0)
		return shell_complain(io, "ethtool: only -K DEVICE FEATURE on|off is known here");
	for (int i = 3; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "tso") != 0 && strcmp(argv[i], "gso") != 0 &&
			strcmp(argv[i], "gro") != 0 && strcmp(argv[i], "lro") != 0)
			return shell_complain(
				io, "ethtool: the feature %s is not known here", argv[i]);
	}
	return 0;
}

/* tc qdisc add|replace|delete dev tun0 root [pfifo [limit N] | fq] */
static int run_tc(struct shell *shell, int argc, char **argv, struct shell_io *io)
{
	const char *kind = "pfifo";
	bool drops = false;

	if (argc < 3 || strcmp(argv[1], "qdisc") != 0)
		return shell_complain(io, "tc: only qdisc is known here");
	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "dev") == 0)
			i++;
		else if (strcmp(argv[i], "limit") == 0 && i + 1 < argc)
			drops = atoi(argv[++i]) == 0;
		else if (strcmp(argv[i], "root") != 0)
			kind = argv[i];
	}
	if (strcmp(kind, "pfifo") != 0 && strcmp(kind, "pfifo_fast") != 0 &&
		strcmp(kind, "fq") != 0 && strcmp(kind, "noqueue") != 0)
		return shell_complain(
			io, "tc: the queue %s is not known here; there are pfifo and fq", kind);
	tcpsim_host_sysctl_set(
		shell->host, "net.core.default_qdisc", strcmp(argv[2], "delete") ? kind : "pfifo");
	tcpsim_host_set_device_full(shell->host, drops && strcmp(argv[2], "delete") != 0);
	shell->link_drops = drops && strcmp(argv[2], "delete") != 0;
	return 0;
}

const struct shell_command SHELL_NET_COMMANDS[] = {
	{"ethtool", run_ethtool},
	{"ip", run_ip},
	{"netstat", run_listing},
	{"sockstat", run_sockstat},
	{"ss", run_listing},
	{"tc", run_tc},
	{NULL, NULL},
};
