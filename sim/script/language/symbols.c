#include "script/language/symbols.h"

#include "base/near.h"

#include <time.h> /* errqueue.h needs it */

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <tcpsim/bsd_options.h>
#include <unistd.h>

struct symbol {
	const char *name;
	int64_t value;
};

static const struct symbol FROM_HEADERS[] = {
#define SYMBOL(name) {#name, name},
#include "script/language/symbols.def"
#undef SYMBOL
};

/* Names that this machine's headers lack, sorted. */
static const struct symbol OTHERS[] = {
	{"IPTOS_DSCP_CS0", 0x00},
	{"IPTOS_DSCP_CS1", 0x20},
	{"IPTOS_DSCP_CS2", 0x40},
	{"IPTOS_DSCP_CS3", 0x60},
	{"IPTOS_DSCP_CS4", 0x80},
	{"IPTOS_DSCP_CS5", 0xa0},
	{"IPTOS_DSCP_CS6", 0xc0},
	{"IPTOS_DSCP_CS7", 0xe0},
	{"IPTOS_DSCP_VA", 0xb0},
	{"IPV6_USE_MIN_MTU", TCPSIM_IPV6_USE_MIN_MTU},
	{"IP_DONTFRAG", TCPSIM_IP_DONTFRAG},
	{"NULL", 0},
	{"SIOCOUTQ", TIOCOUTQ},
	{"SIOCOUTQNSD", 0x894b},
	{"SOF_TIMESTAMPING_OPT_ID_TCP", 1 << 16},
	{"SO_LISTENINCQLEN", TCPSIM_SO_LISTENINCQLEN},
	{"SO_LISTENQLEN", TCPSIM_SO_LISTENQLEN},
	{"SO_LISTENQLIMIT", TCPSIM_SO_LISTENQLIMIT},
	{"SO_NOSIGPIPE", TCPSIM_SO_NOSIGPIPE},
	{"SO_USELOOPBACK", TCPSIM_SO_USELOOPBACK},
	{"TCP_CM_INQ", 36},
	{"TCP_DELACK", TCPSIM_TCP_DELACK},
	{"TCP_DELACK_MAX_US", 46},
	{"TCP_FIN_IS_RST", TCPSIM_TCP_FIN_IS_RST},
	{"TCP_FUNCTION_ALIAS", TCPSIM_TCP_FUNCTION_ALIAS},
	{"TCP_FUNCTION_BLK", TCPSIM_TCP_FUNCTION_BLK},
	{"TCP_KEEPINIT", TCPSIM_TCP_KEEPINIT},
	{"TCP_MAXUNACKTIME", TCPSIM_TCP_MAXUNACKTIME},
	{"TCP_NLA_BUSY", 1},
	{"TCP_NLA_BYTES_NOTSENT", 25},
	{"TCP_NLA_BYTES_RETRANS", 19},
	{"TCP_NLA_BYTES_SENT", 18},
	{"TCP_NLA_CA_STATE", 14},
	{"TCP_NLA_DATA_SEGS_OUT", 4},
	{"TCP_NLA_DELIVERED", 16},
	{"TCP_NLA_DELIVERED_CE", 17},
	{"TCP_NLA_DELIVERY_RATE", 7},
	{"TCP_NLA_DELIVERY_RATE_APP_LMT", 12},
	{"TCP_NLA_DSACK_DUPS", 20},
	{"TCP_NLA_EDT", 24},
	{"TCP_NLA_MIN_RTT", 10},
	{"TCP_NLA_PACING_RATE", 6},
	{"TCP_NLA_PAD", 0},
	{"TCP_NLA_RECUR_RETRANS", 11},
	{"TCP_NLA_REHASH", 27},
	{"TCP_NLA_REORDERING", 9},
	{"TCP_NLA_REORD_SEEN", 21},
	{"TCP_NLA_RWND_LIMITED", 2},
	{"TCP_NLA_SNDBUF_LIMITED", 3},
	{"TCP_NLA_SNDQ_SIZE", 13},
	{"TCP_NLA_SND_CWND", 8},
	{"TCP_NLA_SND_SSTHRESH", 15},
	{"TCP_NLA_SRTT", 22},
	{"TCP_NLA_TIMEOUT_REHASH", 23},
	{"TCP_NLA_TOTAL_RETRANS", 5},
	{"TCP_NLA_TTL", 26},
	{"TCP_NOOPT", TCPSIM_TCP_NOOPT},
	{"TCP_NOPUSH", TCPSIM_TCP_NOPUSH},
	{"TCP_RACK_PACE_ALWAYS", TCPSIM_TCP_RACK_PACE_ALWAYS},
	{"TCP_RACK_PACE_MAX_SEG", TCPSIM_TCP_RACK_PACE_MAX_SEG},
	{"TCP_RACK_PACE_RATE_SS", TCPSIM_TCP_RACK_PACE_RATE_SS},
	{"TCP_REMOTE_UDP_ENCAPS_PORT", TCPSIM_TCP_REMOTE_UDP_ENCAPS_PORT},
	{"TCP_RTO_MAX_MS", 44},
	{"TCP_RTO_MIN_US", 45},
};

/* Linux's numbering, which tcp_info.h has for every profile; FreeBSD's names for the states beside
 * Linux's. */
static const struct symbol CODE[] = {
	{"TCPI_CLOSED", 7},
	{"TCPI_CLOSE_WAIT", 8},
	{"TCPI_CLOSING", 11},
	{"TCPI_ESTABLISHED", 1},
	{"TCPI_FIN_WAIT_1", 4},
	{"TCPI_FIN_WAIT_2", 5},
	{"TCPI_LAST_ACK", 9},
	{"TCPI_LISTEN", 10},
	{"TCPI_NEW_SYN_RECV", 12},
	{"TCPI_OPT_ECN", 8},
	{"TCPI_OPT_ECN_SEEN", 16},
	{"TCPI_OPT_SACK", 2},
	{"TCPI_OPT_SYN_DATA", 32},
	{"TCPI_OPT_TFO_CHILD", 128},
	{"TCPI_OPT_TIMESTAMPS", 1},
	{"TCPI_OPT_USEC_TS", 64},
	{"TCPI_OPT_WSCALE", 4},
	{"TCPI_SYN_RECEIVED", 3},
	{"TCPI_SYN_SENT", 2},
	{"TCPI_TIME_WAIT", 6},
	{"TCP_CA_CWR", 2},
	{"TCP_CA_Disorder", 1},
	{"TCP_CA_Loss", 4},
	{"TCP_CA_Open", 0},
	{"TCP_CA_Recovery", 3},
	{"TCP_CLOSE", 7},
	{"TCP_CLOSE_WAIT", 8},
	{"TCP_CLOSING", 11},
	{"TCP_ESTABLISHED", 1},
	{"TCP_FIN_WAIT1", 4},
	{"TCP_FIN_WAIT2", 5},
	{"TCP_INFINITE_SSTHRESH", 0x7fffffff},
	{"TCP_LAST_ACK", 9},
	{"TCP_LISTEN", 10},
	{"TCP_SYN_RECV", 3},
	{"TCP_SYN_SENT", 2},
	{"TCP_TIME_WAIT", 6},
};

static int by_name(const void *name, const void *symbol)
{
	return strcmp(name, ((const struct symbol *)symbol)->name);
}

static bool find(const struct symbol *table, size_t n, const char *name, int64_t *value)
{
	const struct symbol *found = bsearch(name, table, n, sizeof(*table), by_name);

	if (found == NULL)
		return false;
	*value = found->value;
	return true;
}

bool symbol_value(const char *name, int64_t *value)
{
	return find(FROM_HEADERS, G_N_ELEMENTS(FROM_HEADERS), name, value) ||
	       find(OTHERS, G_N_ELEMENTS(OTHERS), name, value);
}

const char *symbol_name(const char *prefix, int64_t value)
{
	size_t len = strlen(prefix);

	for (size_t i = 0; i < G_N_ELEMENTS(FROM_HEADERS); i++)
		if (FROM_HEADERS[i].value == value &&
			strncmp(FROM_HEADERS[i].name, prefix, len) == 0)
			return FROM_HEADERS[i].name;
	return NULL;
}

void symbol_each_code(void (*each)(void *context, const char *name, int64_t value), void *context)
{
	for (size_t i = 0; i < G_N_ELEMENTS(CODE); i++)
		each(context, CODE[i].name, CODE[i].value);
}

char *symbol_near(const char *name)
{
	const char *names[G_N_ELEMENTS(FROM_HEADERS) + G_N_ELEMENTS(OTHERS) + 1] = {NULL};
	size_t n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(FROM_HEADERS); i++)
		names[n++] = FROM_HEADERS[i].name;
	for (size_t i = 0; i < G_N_ELEMENTS(OTHERS); i++)
		names[n++] = OTHERS[i].name;
	return near_names(name, names, 3);
}

const char *symbol_errno(int error)
{
	static __thread char digits[16];
	const char *name = error > 0 ? strerrorname_np(error) : NULL;

	if (name != NULL)
		return name;
	g_snprintf(digits, sizeof(digits), "errno %d", error);
	return digits;
}
