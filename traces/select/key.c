/* The table of keys: see key.h. */
#include "traces/select/key.h"

#include "base/near.h"
#include "traces/observer/why.h"

#include <math.h>
#include <string.h>

/* ---- causes of RSTs, by connection ---- */

void asked_init(struct asked *a, const struct replay *r)
{
	const struct observer *o = &r->observer;

	*a = (struct asked){r, g_hash_table_new(NULL, NULL)};
	for (size_t i = 0; i < o->n_resets; i++) {
		gpointer place = GUINT_TO_POINTER(o->resets[i].place);

		if (!g_hash_table_contains(a->resets, place))
			g_hash_table_insert(
				a->resets, place, GUINT_TO_POINTER(o->resets[i].rule + 1u));
	}
}

void asked_clear(struct asked *a)
{
	g_hash_table_destroy(a->resets);
}

static const char *cause_word(const struct asked *a, const struct flow *f)
{
	guint rule = GPOINTER_TO_UINT(g_hash_table_lookup(a->resets, GUINT_TO_POINTER(f->place)));

	return rule > 0 ? why_cause(rule - 1) : NULL;
}

static const char *cause_choice(unsigned i)
{
	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++)
		if (g_str_has_prefix(tcpsim_rule_text(rule)->name, "rst/") && i-- == 0)
			return why_cause(rule);
	return NULL;
}

/* ---- numbers ---- */

static uint32_t both(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* A sum of both ends' counters of that name. */
#define SUM_OF(field)                                                                              \
	static double sum_##field(const struct asked *a, const struct flow *f, unsigned of)        \
	{                                                                                          \
		return both(f->side[0].field, f->side[1].field);                                   \
	}
SUM_OF(packets)
SUM_OF(syn)
SUM_OF(rst)
SUM_OF(retransmitted)
SUM_OF(out_of_order)
SUM_OF(dup_acks)
SUM_OF(zero_windows)
SUM_OF(keepalives)

static double harm_of(const struct asked *a, const struct flow *f, unsigned of)
{
	return flow_harm(f);
}

static double number_of(const struct asked *a, const struct flow *f, unsigned of)
{
	return f->number;
}

static double start_of(const struct asked *a, const struct flow *f, unsigned of)
{
	return (double)(f->start_ns - a->r->start_ns) / 1e9;
}

static double duration_of(const struct asked *a, const struct flow *f, unsigned of)
{
	return (double)(f->end_ns - f->start_ns) / 1e9;
}

static double bytes_of(const struct asked *a, const struct flow *f, unsigned of)
{
	return (double)f->side[0].bytes + (double)f->side[1].bytes;
}

/* `of`: of the client, or of the server. */
static double side_bytes_of(const struct asked *a, const struct flow *f, unsigned of)
{
	return (double)f->side[of == 0 ? flow_client(f) : !flow_client(f)].bytes;
}

static double rtt_of(const struct asked *a, const struct flow *f, unsigned of)
{
	uint32_t us = flow_rtt_us(f);

	return us > 0 ? us / 1e6 : (double)NAN;
}

static double goodput_of(const struct asked *a, const struct flow *f, unsigned of)
{
	double lasted_s = duration_of(a, f, 0);
	uint64_t bytes = MAX(f->side[0].unique_bytes, f->side[1].unique_bytes);

	return lasted_s > 0 ? (double)bytes * 8 / lasted_s : (double)NAN;
}

static double in_flight_of(const struct asked *a, const struct flow *f, unsigned of)
{
	const struct flow_figures *g = f->figures;

	return g ? MAX(g->side[0].in_flight_max, g->side[1].in_flight_max) : 0;
}

static double share_again_of(const struct asked *a, const struct flow *f, unsigned of)
{
	double most = 0;

	for (unsigned side = 0; side < 2; side++)
		if (f->side[side].packets > 0)
			most = MAX(
				most, f->side[side].retransmitted / (double)f->side[side].packets);
	return most;
}

static double stalled_of(const struct asked *a, const struct flow *f, unsigned of)
{
	double sum = 0;

	for (unsigned i = 0; i < FLOW_N_STALLS; i++)
		sum += flow_stalled_s(f, i);
	return sum;
}

static double stall_of(const struct asked *a, const struct flow *f, unsigned of)
{
	return flow_stalled_s(f, of);
}

/* Of the direction that it held up longer. */
static double limit_of(const struct asked *a, const struct flow *f, unsigned of)
{
	const struct flow_figures *g = f->figures;

	return g ? (double)MAX(g->side[0].limit_s[of], g->side[1].limit_s[of]) : 0;
}

static double port_of(const struct asked *a, const struct flow *f, unsigned of)
{
	return flow_port(f, of == 0 ? flow_client(f) : !flow_client(f));
}

static double ip_of(const struct asked *a, const struct flow *f, unsigned of)
{
	return f->ip_version;
}

/* ---- words ---- */

static const char *outcome_word(const struct asked *a, const struct flow *f)
{
	return flow_outcome_name(flow_outcome(f));
}

static const char *outcome_choice(unsigned i)
{
	return i < FLOW_N_OUTCOMES ? flow_outcome_name(i) : NULL;
}

static const char *limit_word(const struct asked *a, const struct flow *f)
{
	unsigned side = f->side[1].unique_bytes > f->side[0].unique_bytes;
	enum flow_limit most = f->figures ? figures_main_limit(f->figures, side) : FLOW_N_LIMITS;

	return most < FLOW_N_LIMITS ? flow_limit_name(most) : NULL;
}

static const char *limit_choice(unsigned i)
{
	return i < FLOW_N_LIMITS ? flow_limit_name(i) : NULL;
}

static const char *stall_word(const struct asked *a, const struct flow *f)
{
	unsigned most = 0;

	for (unsigned i = 1; i < FLOW_N_STALLS; i++)
		if (flow_stalled_s(f, i) > flow_stalled_s(f, most))
			most = i;
	return flow_stalled_s(f, most) > 0 ? flow_stall_name(most) : NULL;
}

static const char *stall_choice(unsigned i)
{
	return i < FLOW_N_STALLS ? flow_stall_name(i) : NULL;
}

/* ---- the table ---- */

#define NUMBER(name, kind, function, of, text)                                                     \
	{                                                                                          \
		name, kind, false, text, of, function, NULL, NULL                                  \
	}
#define LEAST(name, kind, function, of, text)                                                      \
	{                                                                                          \
		name, kind, true, text, of, function, NULL, NULL                                   \
	}
#define WORD(name, function, text)                                                                 \
	{                                                                                          \
		name, KEY_WORD, true, text, 0, NULL, function##_word, function##_choice            \
	}
#define ADDRESS(name, of, text)                                                                    \
	{                                                                                          \
		name, KEY_ADDRESS, true, text, of, NULL, NULL, NULL                                \
	}

static const struct connection_key KEYS[] = {
	NUMBER("harm", KEY_TIME, harm_of, 0,
		"what its trouble cost: silences but for the client's thinking; 1 s more where it "
		"never opened, 0.5 s where a RST or an ICMP error came"),
	LEAST("number", KEY_COUNT, number_of, 0, "its number, as -c takes it"),
	LEAST("start", KEY_TIME, start_of, 0, "its first packet, since the capture's first"),
	NUMBER("duration", KEY_TIME, duration_of, 0, "from its first packet to its last"),
	NUMBER("packets", KEY_COUNT, sum_packets, 0, "of both ends"),
	NUMBER("bytes", KEY_BYTES, bytes_of, 0, "payload of both ends, repetitions included"),
	NUMBER("client_bytes", KEY_BYTES, side_bytes_of, 0, "payload of the client"),
	NUMBER("server_bytes", KEY_BYTES, side_bytes_of, 1, "payload of the server"),
	NUMBER("rtt", KEY_TIME, rtt_of, 0, "the round trip of its sentence"),
	NUMBER("goodput", KEY_RATE, goodput_of, 0, "of the direction with more text"),
	NUMBER("in_flight_max", KEY_BYTES, in_flight_of, 0, "the larger of both ends'"),
	NUMBER("retransmissions", KEY_COUNT, sum_retransmitted, 0, "segments sent again"),
	NUMBER("retransmission_rate", KEY_SHARE, share_again_of, 0,
		"of an end's packets, the larger of both"),
	NUMBER("out_of_order", KEY_COUNT, sum_out_of_order, 0, "segments overtaken"),
	NUMBER("dup_acks", KEY_COUNT, sum_dup_acks, 0, "duplicate ACKs"),
	NUMBER("zero_windows", KEY_COUNT, sum_zero_windows, 0, "times that a window was shut"),
	NUMBER("keepalives", KEY_COUNT, sum_keepalives, 0, "keepalives"),
	NUMBER("syns", KEY_COUNT, sum_syn, 0, "segments with SYN"),
	NUMBER("resets", KEY_COUNT, sum_rst, 0, "segments with RST"),
	NUMBER("stalled", KEY_TIME, stalled_of, 0, "all its silences"),
	WORD("outcome", outcome, "what became of it"),
	WORD("limit", limit, "what most of its main direction's time went into"),
	WORD("stall", stall, "the cause that most of its silences had"),
	WORD("cause", cause, "why its first RST was sent"),
	ADDRESS("client", 0, "the client's address, also 10.0.0.0/8, also with :PORT"),
	ADDRESS("server", 1, "the server's"),
	ADDRESS("address", 2, "either's"),
	LEAST("client_port", KEY_COUNT, port_of, 0, "the client's port"),
	LEAST("port", KEY_COUNT, port_of, 1, "the server's port"),
	LEAST("ip", KEY_COUNT, ip_of, 0, "IP version"),
#define LIMIT(limit, name) NUMBER(name, KEY_TIME, limit_of, limit, "time of that limit")
	LIMIT(FLOW_LIMIT_HANDSHAKE, "handshake"),
	LIMIT(FLOW_LIMIT_APPLICATION, "application"),
	LIMIT(FLOW_LIMIT_WINDOW, "receiver-window"),
	LIMIT(FLOW_LIMIT_CONGESTION, "congestion"),
	LIMIT(FLOW_LIMIT_RECOVERY, "recovery"),
	LIMIT(FLOW_LIMIT_BUFFER, "sender-buffer"),
	LIMIT(FLOW_LIMIT_PATH, "path"),
	LIMIT(FLOW_LIMIT_IDLE, "idle"),
#define STALL(stall, name) NUMBER(name, KEY_TIME, stall_of, stall, "time of silences of that cause")
	STALL(FLOW_STALL_LOST_SYN, "lost-syn"),
	STALL(FLOW_STALL_LOST_SYN_ACK, "lost-syn-ack"),
	STALL(FLOW_STALL_TIMEOUT, "retransmission-timeout"),
	STALL(FLOW_STALL_AFTER_IDLE, "timeout-after-idle"),
	STALL(FLOW_STALL_TWICE_LOST, "double-retransmission"),
	STALL(FLOW_STALL_BLACK_HOLE, "black-hole"),
	STALL(FLOW_STALL_TAIL_LOSS, "tail-loss"),
	STALL(FLOW_STALL_LOSS, "loss"),
	STALL(FLOW_STALL_NEEDLESS, "needless-retransmission"),
	STALL(FLOW_STALL_ZERO_WINDOW, "zero-window"),
	STALL(FLOW_STALL_DELAYED_ACK, "delayed-ack"),
	STALL(FLOW_STALL_SERVER, "server-thinking"),
	STALL(FLOW_STALL_CLIENT, "client-thinking"),
};

const struct connection_key *key_at(unsigned i)
{
	return i < G_N_ELEMENTS(KEYS) ? &KEYS[i] : NULL;
}

/* JSON writes in_flight_max, the causes lost-syn: one need not know which. */
static bool same_name(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if (*a != *b && !(strchr("-_", *a) && strchr("-_", *b)))
			return false;
	return *a == *b;
}

static char *all_names(void)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < G_N_ELEMENTS(KEYS) && KEYS[i].number != limit_of; i++)
		g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", KEYS[i].name);
	g_string_append(text, ", or the name of a limit or of a stall's cause");
	return g_string_free(text, FALSE);
}

const struct connection_key *key_find(const char *name, char **near)
{
	const char *names[G_N_ELEMENTS(KEYS) + 1] = {NULL};

	for (unsigned i = 0; i < G_N_ELEMENTS(KEYS); i++) {
		if (same_name(name, KEYS[i].name))
			return &KEYS[i];
		names[i] = KEYS[i].name;
	}
	char *some = near_names(name, names, 3);
	char *all = some == NULL ? all_names() : NULL;
	*near = some != NULL ? g_strdup_printf("did you mean %s?", some)
			     : g_strdup_printf("there are %s", all);
	g_free(some);
	g_free(all);
	return NULL;
}

/* ---- order ---- */

static int compare_addresses(
	const struct connection_key *key, const struct flow *x, const struct flow *y)
{
	unsigned i = key->of == 1 ? !flow_client(x) : flow_client(x);
	unsigned k = key->of == 1 ? !flow_client(y) : flow_client(y);
	int order = memcmp(flow_addr(x, i), flow_addr(y, k), sizeof(struct tcpsim_addr));

	return order != 0 ? order : flow_port(x, i) - flow_port(y, k);
}

/* The least first; what is unknown last, whatever the direction. */
static int compare_numbers(double x, double y, bool least_first)
{
	if (isnan(x) || isnan(y))
		return isnan(x) - isnan(y);
	if (x == y)
		return 0;
	return (x < y) == least_first ? -1 : 1;
}

static int compare_words(const char *x, const char *y, bool least_first)
{
	if (x == NULL || y == NULL)
		return (x == NULL) - (y == NULL);
	return least_first ? strcmp(x, y) : strcmp(y, x);
}

int key_compare(const struct asked *a, const struct connection_key *key, bool reverse,
	const struct flow *x, const struct flow *y)
{
	bool least_first = key != NULL && key->least_first != reverse;
	int order;

	if (key == NULL)
		return flow_compare_harm(x, y, reverse);
	if (key->kind == KEY_WORD)
		order = compare_words(key->word(a, x), key->word(a, y), least_first);
	else if (key->kind == KEY_ADDRESS)
		order = reverse ? -compare_addresses(key, x, y) : compare_addresses(key, x, y);
	else
		order = compare_numbers(
			key->number(a, x, key->of), key->number(a, y, key->of), least_first);
	if (order == 0)
		order = x->number < y->number ? -1 : x->number > y->number;
	return order;
}
