/* Records of connections that have ended, in few bytes: see fold.h. */
#include "traces/flow/fold.h"

#include <string.h>

/* Bits of fold_head.form. */
enum {
	FORM_IPV4 = 1 << 0, /* both addresses */
	FORM_US = 1 << 1,   /* its times are whole microseconds */
	FORM_OWNS = 1 << 2,
	FORM_PLAIN = 1 << 3 /* struct flow_brief */
};

/* What both ends of most connections that were closed have seen of each other. */
#define SEEN_AS_A_RULE                                                                             \
	(FLOW_BASE | FLOW_SENT | FLOW_SYN | FLOW_FIN | FLOW_TEXT | FLOW_MSS | FLOW_WSCALE |        \
		FLOW_SACK | FLOW_TIMESTAMPS | FLOW_SYN_ACKED | FLOW_FIN_TAKEN | FLOW_FIN_ACKED |   \
		FLOW_ID_VARIES | FLOW_TALKED | FLOW_SERVED | FLOW_UNA)

static uint32_t in_us(int64_t ns)
{
	return (uint32_t)(ns / 1000);
}

static uint32_t scaled(const struct flow_side *s, const struct flow_side *peer)
{
	unsigned shift = s->seen & peer->seen & FLOW_WSCALE && s->wscale <= 14 ? s->wscale : 0;

	return (uint32_t)s->window_raw << shift;
}

/*
 * Every field but the key, the number, the marks, the place and the pace, each with what it is
 * expected to be by those before it. BYTES: what nothing foretells, as it is; NUMBER, LONG: of 32
 * and 64 bits, the difference; BITS: what differs; TIME: the difference, or 0; OWNED: a pointer.
 * `f` is the record, `s` and `peer` each of its sides in turn.
 */
#define FOLD_FIELDS(FLOW, SIDE)                                                                    \
	FLOW(NUMBER, listener, 0)                                                                  \
	FLOW(NUMBER, previous, FLOW_NONE)                                                          \
	FLOW(NUMBER, ip_version, 4)                                                                \
	FLOW(NUMBER, low, 0)                                                                       \
	FLOW(NUMBER, client, 0)                                                                    \
	FLOW(NUMBER, last, 0)                                                                      \
	FLOW(NUMBER, file, 0)                                                                      \
	FLOW(LONG, first_packet, 0)                                                                \
	FLOW(LONG, last_packet, f->first_packet)                                                   \
	FLOW(TIME, start_ns, since_ns)                                                             \
	FLOW(TIME, end_ns, f->start_ns)                                                            \
	FLOW(BYTES, recent[0], 0)                                                                  \
	FLOW(BYTES, recent[1], 0)                                                                  \
	FLOW(BYTES, recent[2], 0)                                                                  \
	FLOW(BYTES, recent[3], 0)                                                                  \
	FLOW(NUMBER, recent_us[0], in_us(f->end_ns))                                               \
	FLOW(NUMBER, recent_us[1], f->recent_us[0])                                                \
	FLOW(NUMBER, recent_us[2], f->recent_us[1])                                                \
	FLOW(NUMBER, recent_us[3], f->recent_us[2])                                                \
	FLOW(OWNED, figures, NULL)                                                                 \
	SIDE(BITS, seen, SEEN_AS_A_RULE)                                                           \
	SIDE(BYTES, base.n, 0)                                                                     \
	SIDE(LONG, unique_bytes, 0)                                                                \
	SIDE(LONG, bytes, s->unique_bytes)                                                         \
	SIDE(NUMBER, nxt.n, s->base.n + 1 + (uint32_t)s->unique_bytes + !!(s->seen & FLOW_FIN))    \
	SIDE(NUMBER, una.n, s->nxt.n)                                                              \
	SIDE(NUMBER, fin_end.n, s->nxt.n)                                                          \
	SIDE(NUMBER, ack.n, peer->nxt.n)                                                           \
	SIDE(NUMBER, timed.n, s->nxt.n)                                                            \
	SIDE(NUMBER, recover.n, 0)                                                                 \
	SIDE(NUMBER, recovery, 0)                                                                  \
	SIDE(NUMBER, wscale, 7)                                                                    \
	SIDE(NUMBER, window_raw, 0)                                                                \
	SIDE(NUMBER, window, scaled(s, peer))                                                      \
	SIDE(NUMBER, mss, 1460)                                                                    \
	SIDE(NUMBER, state, TCPSIM_CLOSED)                                                         \
	SIDE(NUMBER, state_before_rst, TCPSIM_CLOSED)                                              \
	SIDE(NUMBER, system, 0)                                                                    \
	SIDE(NUMBER, dup_run, 0)                                                                   \
	SIDE(BYTES, ip_id, 0)                                                                      \
	SIDE(NUMBER, ttl, 64)                                                                      \
	SIDE(NUMBER, unanswered, 0)                                                                \
	SIDE(NUMBER, packets, 0)                                                                   \
	SIDE(NUMBER, syn, 1)                                                                       \
	SIDE(NUMBER, fin, 1)                                                                       \
	SIDE(NUMBER, rst, 0)                                                                       \
	SIDE(NUMBER, retransmitted, 0)                                                             \
	SIDE(NUMBER, out_of_order, 0)                                                              \
	SIDE(NUMBER, dup_acks, 0)                                                                  \
	SIDE(NUMBER, zero_windows, 0)                                                              \
	SIDE(NUMBER, keepalives, 0)                                                                \
	SIDE(TIME, last_ns, f->end_ns)                                                             \
	SIDE(TIME, sent_ns, s->last_ns)                                                            \
	SIDE(TIME, syn_ns, f->start_ns)                                                            \
	SIDE(TIME, progress_ns, peer->last_ns)                                                     \
	SIDE(BYTES, ts_newest, 0)                                                                  \
	SIDE(NUMBER, rtt_us, 0)                                                                    \
	SIDE(NUMBER, rtt_min_us, s->rtt_us)                                                        \
	SIDE(NUMBER, timed_us, in_us(s->sent_ns))                                                  \
	SIDE(NUMBER, asked_us, in_us(s->sent_ns))                                                  \
	SIDE(OWNED, extra, NULL)

#define ONE(...)  +1
#define TWO(...)  +2
#define FIELDS	  (0 FOLD_FIELDS(ONE, TWO))
#define FOLD_BITS ((FIELDS + 63) / 64)
/* A difference takes ten bytes at most. */
_Static_assert(sizeof(struct fold_head) + sizeof(struct flow_key) + FOLD_BITS * 8 + FIELDS * 10 <=
		       FOLD_WORDS * 8,
	"a folded record has room");

/* ---- differences ---- */

/* Small ones of either sign are small. */
static inline uint64_t zigzag(int64_t n)
{
	return (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0);
}

static inline int64_t unzigzag(uint64_t n)
{
	return (int64_t)(n >> 1 ^ (0 - (n & 1)));
}

/* Seven bits a byte, the lowest first; all but the last have the eighth. */
static inline uint8_t *put_varint(uint8_t *at, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		*at++ = (uint8_t)(n | 0x80);
	*at++ = (uint8_t)n;
	return at;
}

static inline uint64_t get_varint(const uint8_t **at)
{
	uint64_t n = 0;
	unsigned shift = 0;

	for (; **at & 0x80; shift += 7)
		n |= (uint64_t)(*(*at)++ & 0x7f) << shift;
	return n | (uint64_t) * (*at)++ << shift;
}

/* ---- writing ---- */

/* Fields are counted as they come, and all of it is one function in what is compiled: a bit and a
 * branch each. */
#define ALWAYS inline __attribute__((always_inline))

struct writer {
	uint8_t *at;
	uint64_t others[FOLD_BITS];
	unsigned field;
	bool in_us; /* times */
};

static ALWAYS bool is_noted(struct writer *w, bool other)
{
	unsigned field = w->field++;

	if (other)
		w->others[field / 64] |= UINT64_C(1) << field % 64;
	return other;
}

static ALWAYS void put_NUMBER(struct writer *w, uint32_t value, uint32_t expected)
{
	if (is_noted(w, value != expected))
		w->at = put_varint(w->at, zigzag((int32_t)(value - expected)));
}

static ALWAYS void put_LONG(struct writer *w, uint64_t value, uint64_t expected)
{
	if (is_noted(w, value != expected))
		w->at = put_varint(w->at, zigzag((int64_t)(value - expected)));
}

static ALWAYS void put_BITS(struct writer *w, uint32_t value, uint32_t expected)
{
	if (is_noted(w, value != expected))
		w->at = put_varint(w->at, value ^ expected);
}

/* Never is 0, which no difference is. */
static ALWAYS void put_TIME(struct writer *w, int64_t value, int64_t expected)
{
	int64_t more = (int64_t)((uint64_t)value - (uint64_t)expected);

	if (is_noted(w, more != 0))
		w->at = put_varint(w->at, value == 0 ? 0 : zigzag(w->in_us ? more / 1000 : more));
}

static ALWAYS void put_bytes(struct writer *w, const void *value, size_t size, bool other)
{
	if (!is_noted(w, other))
		return;
	memcpy(w->at, value, size);
	w->at += size;
}
#define put_BYTES(w, value, expected) put_bytes(w, &(value), sizeof(value), (value) != (expected))
#define put_OWNED		      put_BYTES

#define PUT_FLOW(kind, field, expected) put_##kind(&w, f->field, expected);
#define PUT_SIDE(kind, field, expected)                                                            \
	{                                                                                          \
		const struct flow_side *s = &f->side[0], *peer = &f->side[1];                      \
                                                                                                   \
		(void)peer;                                                                        \
		put_##kind(&w, s->field, expected);                                                \
	}                                                                                          \
	{                                                                                          \
		const struct flow_side *s = &f->side[1], *peer = &f->side[0];                      \
                                                                                                   \
		(void)peer;                                                                        \
		put_##kind(&w, s->field, expected);                                                \
	}

/* So far from 1970 that a difference might not fit is no time of a capture's. */
static bool is_whole_us(int64_t ns)
{
	return ns % 1000 == 0 && ns > INT64_MIN / 4 && ns < INT64_MAX / 4;
}

static bool are_whole_us(const struct flow *f, int64_t since_ns)
{
	bool whole = is_whole_us(since_ns) && is_whole_us(f->start_ns) && is_whole_us(f->end_ns);

	for (unsigned i = 0; i < 2; i++) {
		const struct flow_side *s = &f->side[i];

		whole &= is_whole_us(s->last_ns) && is_whole_us(s->sent_ns) &&
			 is_whole_us(s->syn_ns) && is_whole_us(s->progress_ns);
	}
	return whole;
}

static bool is_plain(const struct flow *f)
{
	uint32_t trouble = f->marks & (FLOW_ICMP | FLOW_RESET | FLOW_REFUSED);

	for (unsigned i = 0; i < 2; i++) {
		const struct flow_side *s = &f->side[i];

		trouble |= s->retransmitted | s->out_of_order | s->zero_windows | s->dup_acks;
	}
	return trouble == 0 && f->side[0].seen & f->side[1].seen & FLOW_FIN;
}

static uint8_t form_of(const struct flow *f, int64_t since_ns)
{
	uint8_t form = 0;

	if (tcpsim_addr_is_v4(&f->key.addr[0]) && tcpsim_addr_is_v4(&f->key.addr[1]))
		form |= FORM_IPV4;
	if (are_whole_us(f, since_ns))
		form |= FORM_US;
	if (f->figures != NULL || f->side[0].extra != NULL || f->side[1].extra != NULL)
		form |= FORM_OWNS;
	else if (is_plain(f))
		form |= FORM_PLAIN;
	return form;
}

static uint8_t *put_key(uint8_t *at, const struct flow_key *key, bool v4)
{
	for (unsigned i = 0; i < 2; i++) {
		size_t n = v4 ? 4 : 16;

		memcpy(at, key->addr[i].b + 16 - n, n);
		at += n;
	}
	memcpy(at, key->port, sizeof(key->port));
	return at + sizeof(key->port);
}

unsigned flow_fold(const struct flow *f, int64_t since_ns, uint64_t out[FOLD_WORDS])
{
	struct fold_head head = {
		.number = f->number, .marks = f->marks, .form = form_of(f, since_ns)};
	struct writer w = {.in_us = head.form & FORM_US};
	uint8_t *others = put_key((uint8_t *)out + sizeof(head), &f->key, head.form & FORM_IPV4);
	unsigned words;

	w.at = others + sizeof(w.others);
	FOLD_FIELDS(PUT_FLOW, PUT_SIDE)
	memcpy(others, w.others, sizeof(w.others));
	words = (unsigned)(w.at - (uint8_t *)out + 7) / 8;
	head.words = (uint8_t)words;
	memcpy(out, &head, sizeof(head));
	return words;
}

/* ---- reading ---- */

struct reader {
	const uint8_t *at;
	uint64_t others[FOLD_BITS];
	unsigned field;
	bool in_us;
};

static ALWAYS bool is_other(struct reader *r)
{
	unsigned field = r->field++;

	return r->others[field / 64] >> field % 64 & 1;
}

static ALWAYS uint32_t get_NUMBER(struct reader *r, uint32_t expected)
{
	return expected + (uint32_t)unzigzag(get_varint(&r->at));
}

static ALWAYS uint64_t get_LONG(struct reader *r, uint64_t expected)
{
	return expected + (uint64_t)unzigzag(get_varint(&r->at));
}

static ALWAYS uint32_t get_BITS(struct reader *r, uint32_t expected)
{
	return expected ^ (uint32_t)get_varint(&r->at);
}

static ALWAYS int64_t get_TIME(struct reader *r, int64_t expected)
{
	uint64_t more = get_varint(&r->at);

	if (more == 0)
		return 0;
	more = (uint64_t)unzigzag(more);
	return (int64_t)((uint64_t)expected + (r->in_us ? more * 1000 : more));
}

static ALWAYS void get_bytes(struct reader *r, void *value, size_t size)
{
	memcpy(value, r->at, size);
	r->at += size;
}

/* All of the record is 0 before; what is expected to be that needs no word. */
#define GET(kind, field, expected)                                                                 \
	if (is_other(&r))                                                                          \
		GET_##kind(field, expected);                                                       \
	else if (!__builtin_constant_p(!(expected)) || (expected))                                 \
		(field) = (__typeof__(field))(expected);
#define GET_NUMBER(field, expected)                                                                \
	(field) = (__typeof__(field))get_NUMBER(&r, (uint32_t)(expected))
#define GET_LONG(field, expected)	(field) = get_LONG(&r, expected)
#define GET_BITS(field, expected)	(field) = get_BITS(&r, expected)
#define GET_TIME(field, expected)	(field) = get_TIME(&r, expected)
#define GET_BYTES(field, expected)	get_bytes(&r, &(field), sizeof(field))
#define GET_OWNED			GET_BYTES
#define GET_FLOW(kind, field, expected) GET(kind, f->field, expected)
#define GET_SIDE(kind, field, expected)                                                            \
	{                                                                                          \
		struct flow_side *s = &f->side[0], *peer = &f->side[1];                            \
                                                                                                   \
		(void)peer;                                                                        \
		GET(kind, s->field, expected)                                                      \
	}                                                                                          \
	{                                                                                          \
		struct flow_side *s = &f->side[1], *peer = &f->side[0];                            \
                                                                                                   \
		(void)peer;                                                                        \
		GET(kind, s->field, expected)                                                      \
	}

struct fold_head fold_head_of(const uint64_t *folded)
{
	struct fold_head head;

	memcpy(&head, folded, sizeof(head));
	return head;
}

static const uint8_t *get_key(const uint64_t *folded, struct flow_key *key)
{
	const uint8_t *at = (const uint8_t *)folded + sizeof(struct fold_head);
	bool v4 = fold_head_of(folded).form & FORM_IPV4;

	for (unsigned i = 0; i < 2; i++) {
		size_t n = v4 ? 4 : 16;

		if (v4)
			key->addr[i] = tcpsim_addr_v4(0);
		memcpy(key->addr[i].b + 16 - n, at, n);
		at += n;
	}
	memcpy(key->port, at, sizeof(key->port));
	return at + sizeof(key->port);
}

void flow_unfold(const uint64_t *folded, int64_t since_ns, struct flow *f)
{
	struct fold_head head = fold_head_of(folded);
	struct reader r = {.in_us = head.form & FORM_US};

	memset(f, 0, sizeof(*f));
	f->number = head.number;
	f->marks = head.marks;
	r.at = get_key(folded, &f->key);
	get_bytes(&r, r.others, sizeof(r.others));
	FOLD_FIELDS(GET_FLOW, GET_SIDE)
}

void fold_key(const uint64_t *folded, struct flow_key *key)
{
	get_key(folded, key);
}

struct flow_brief fold_brief(const uint64_t *folded)
{
	struct fold_head head = fold_head_of(folded);
	struct reader r = {0};
	struct flow_brief brief = {.number = head.number,
		.marks = head.marks,
		.folded = true,
		.plain = head.form & FORM_PLAIN};
	struct flow_key key;

	r.at = get_key(folded, &key);
	get_bytes(&r, r.others, sizeof(r.others));
	GET(NUMBER, brief.listener, 0) /* the first field */
	return brief;
}

bool fold_owns(const uint64_t *folded)
{
	return fold_head_of(folded).form & FORM_OWNS;
}
