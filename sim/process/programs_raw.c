/* Programs that put segments on the wire past their host's TCP. See programs.h. */
#define TCPSIM_POSIX_NO_MACROS
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "process/process.h"
#include "process/programs.h"
#include "process/programs_raw.h"
#include "wire/build.h"
#include "world/build.h"
#include "world/select.h"
#include "world/values.h"

struct ends {
	struct tcpsim_addr src, dst;
	uint16_t src_port, dst_port;
};

static struct tcpsim_addr addr_of(const struct sockaddr_storage *sa, uint16_t *port)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	struct tcpsim_addr addr;

	if (sa->ss_family == AF_INET) {
		*port = ntohs(in->sin_port);
		return tcpsim_addr_v4(ntohl(in->sin_addr.s_addr));
	}
	*port = ntohs(in6->sin6_port);
	memcpy(addr.b, &in6->sin6_addr, 16);
	return addr;
}

/* Where it goes, and from where as far as the config tells; false: said. */
static bool find_ends(const struct program_config *c, struct ends *ends)
{
	struct node *node = process_current()->node;
	const struct tcpsim_addr *own;
	struct sockaddr_storage sa;
	const char *why = NULL;
	uint32_t len;

	if (program_address(node->world, c->to, &sa, &len, &why) < 0) {
		process_say("to %s: %s", c->to, why);
		return false;
	}
	ends->dst = addr_of(&sa, &ends->dst_port);
	own = node_address(node, 0, tcpsim_addr_is_v4(&ends->dst) ? 4 : 6);
	ends->src_port = 12345;
	if (c->bind && program_address(node->world, c->bind, &sa, &len, &why) == 0) {
		ends->src = addr_of(&sa, &ends->src_port);
		if (!tcpsim_addr_is_any(&ends->src))
			return true;
	}
	if (own)
		ends->src = *own;
	else
		process_say("no address of that family here");
	return own;
}

static void emit(struct tcpsim_segment *s)
{
	struct node *node = process_current()->node;
	struct tcpsim_packet *packet = tcpsim_packet_new(node->part->pool);

	if (!packet)
		return;
	s->ip_version = tcpsim_addr_is_v4(&s->dst) ? 4 : 6;
	s->ttl = 64;
	packet->headers_len = (uint16_t)wire_build_headers(s, 0, true, NULL, packet->headers);
	packet->payload_len = s->len;
	packet->sums_good = 1;
	node_send(node, 0, packet);
}

/* --- flood --- */

static struct tcpsim_addr random_in(const struct tcpsim_addr *prefix, int bits, struct rng *rng)
{
	struct tcpsim_addr a = *prefix;

	for (int i = bits; i < 128; i++) {
		uint8_t mask = (uint8_t)(0x80 >> i % 8);

		a.b[i / 8] = (uint8_t)((a.b[i / 8] & ~mask) | (rng_next(rng) & 1 ? mask : 0));
	}
	return a;
}

int program_flood(void *config)
{
	const struct program_config *c = config;
	struct rng *rng = &process_current()->rng;
	static const uint8_t MSS[4] = {TCPSIM_OPT_MSS, 4, 0x05, 0xb4};
	struct tcpsim_addr prefix;
	struct ends ends;
	int bits = 128, unused;

	if (!find_ends(c, &ends))
		return 1;
	value_prefix(c->from, &prefix, &bits, &unused); /* known to be one */
	for (uint32_t i = 0; i < c->count; i++) {
		struct tcpsim_segment s = {.src = random_in(&prefix, bits, rng),
			.dst = ends.dst,
			.src_port = (uint16_t)(1024 + rng_below(rng, 64512)),
			.dst_port = ends.dst_port,
			.seq = tcpsim_seq_of((uint32_t)rng_next(rng)),
			.flags = TCPSIM_SYN,
			.window = 65535,
			.options = {.raw = MSS, .raw_len = 4}};

		emit(&s);
		if (c->every_ns)
			process_sleep_until(process_now() + c->every_ns);
	}
	process_say("%u SYNs sent", c->count);
	return 0;
}

/* --- inject --- */

static bool read_flags(const char *word, uint16_t *flags)
{
	static const struct {
		char letter;
		uint16_t flag;
	} LETTER[] = {{'F', TCPSIM_FIN}, {'S', TCPSIM_SYN}, {'R', TCPSIM_RST}, {'P', TCPSIM_PSH},
		{'.', TCPSIM_ACK}, {'U', TCPSIM_URG}, {'E', TCPSIM_ECE}, {'W', TCPSIM_CWR}};

	for (*flags = 0; *word; word++) {
		guint i = 0;

		while (i < G_N_ELEMENTS(LETTER) && LETTER[i].letter != *word)
			i++;
		if (i == G_N_ELEMENTS(LETTER))
			return false;
		*flags |= LETTER[i].flag;
	}
	return true;
}

/* The word behind a name; false where that is no number. */
static bool named(char **word, const char *name, uint32_t most, uint32_t *value)
{
	guint64 n;

	if (strcmp(word[0], name) != 0 || !word[1] ||
		!g_ascii_string_to_unsigned(word[1], 10, 0, most, &n, NULL))
		return false;
	*value = (uint32_t)n;
	return true;
}

#define MOST_TEXT 65000 /* with any headers a datagram */

/* "0.1 s S 1000 ack 5 win 100 len 10": NULL, or the word that does not fit. */
static const char *read_segment(char **word, int64_t *time_ns, struct tcpsim_segment *s)
{
	uint32_t ack = 0, window = 65535, len = 0;
	int words = select_take_time(word, time_ns);
	guint64 seq;

	if (words < 0)
		return word[0] ? word[0] : "";
	word += words - 1;
	if (!word[1] || !read_flags(word[1], &s->flags))
		return word[1] ? word[1] : "";
	if (!word[2] || !g_ascii_string_to_unsigned(word[2], 10, 0, UINT32_MAX, &seq, NULL))
		return word[2] ? word[2] : "";
	for (word += 3; *word; word += 2) {
		if (!named(word, "ack", UINT32_MAX, &ack) &&
			!named(word, "win", UINT16_MAX, &window) &&
			!named(word, "len", MOST_TEXT, &len))
			return *word;
	}
	s->seq = tcpsim_seq_of((uint32_t)seq);
	s->ack = tcpsim_seq_of(ack);
	s->window = (uint16_t)window;
	s->len = len;
	return NULL;
}

char *program_check_segments(const char *text)
{
	char **rows = g_strsplit(text, ";", -1), *why = NULL;
	int64_t time_ns;

	for (guint i = 0; rows[i] && !why; i++) {
		struct tcpsim_segment s = {0};
		char **word = value_words(rows[i], NULL);
		const char *bad = read_segment(word, &time_ns, &s);

		if (bad)
			why = g_strdup_printf("'%s' does not fit; TIME FLAGS SEQ [ack N] [win N] "
					      "[len N]; ...",
				*bad ? bad : rows[i]);
		g_strfreev(word);
	}
	g_strfreev(rows);
	return why;
}

int program_inject(void *config)
{
	const struct program_config *c = config;
	int64_t began = process_now(), time_ns = 0;
	struct ends ends;

	if (!find_ends(c, &ends))
		return 1;
	char **rows = g_strsplit(c->segments, ";", -1);
	for (guint i = 0; rows[i]; i++) {
		struct tcpsim_segment s = {.src = ends.src,
			.dst = ends.dst,
			.src_port = ends.src_port,
			.dst_port = ends.dst_port};
		char **word = value_words(rows[i], NULL);

		read_segment(word, &time_ns, &s); /* known to fit */
		g_strfreev(word);
		process_sleep_until(began + time_ns);
		emit(&s);
	}
	g_strfreev(rows);
	return 0;
}
