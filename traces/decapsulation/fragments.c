#include "traces/decapsulation/fragments.h"

#include "time_units.h"
#include "wire/checksum.h"

#include <string.h>
#include <sys/queue.h>

enum {
	MOST_DATAGRAM = 65535,
	MOST_BYTES = 8 << 20, /* held by datagrams that are not whole */
	MOST_OPEN = 16384,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	HEADROOM = IPV6_HEADER,
};

#define TIMEOUT_V4_NS (INT64_C(30) * NSEC_PER_SEC) /* RFC 791 §3.2 asks for 15 s at the least */
#define TIMEOUT_V6_NS (INT64_C(60) * NSEC_PER_SEC) /* RFC 8200 §4.5 */

struct key {
	struct tcpsim_addr src, dst;
	uint32_t id;
	/* an IPv6 datagram goes without the protocol: only the first fragment's counts */
	uint8_t protocol, version;
	uint8_t zero[2];
};

struct range {
	uint32_t start, end;
};

struct datagram {
	struct key key;
	TAILQ_ENTRY(datagram) order; /* by arrival of the first piece */
	int64_t deadline_ns;
	uint32_t total;		    /* 0: the last fragment has not come */
	uint32_t fragments;	    /* that came */
	uint8_t tos, ttl, protocol; /* of the first fragment */
	GArray *ranges; /* struct range: which bytes are there, sorted, apart from each other */
	uint8_t *bytes; /* HEADROOM, then the body */
	size_t room;	/* of the body */
};

struct fragments {
	GHashTable *table;
	TAILQ_HEAD(, datagram) order;
	size_t bytes;
	uint8_t whole[HEADROOM + MOST_DATAGRAM];
	struct decapsulation_fragments counts;
	uint64_t lost;
};

static guint hash_key(gconstpointer p)
{
	const struct key *key = p;
	uint64_t h = key->id;

	h ^= key->src.d[0] ^ key->src.d[1] * 31 ^ key->dst.d[0] * 7 ^ key->dst.d[1] * 131;
	h *= 0x9e3779b97f4a7c15;
	return (guint)(h >> 32) ^ key->protocol;
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct key)) == 0;
}

struct fragments *fragments_new(void)
{
	struct fragments *f = g_new0(struct fragments, 1);

	f->table = g_hash_table_new(hash_key, equal_keys);
	TAILQ_INIT(&f->order);
	return f;
}

static void drop(struct fragments *f, struct datagram *d)
{
	g_hash_table_remove(f->table, &d->key);
	TAILQ_REMOVE(&f->order, d, order);
	f->bytes -= d->room;
	g_array_unref(d->ranges);
	g_free(d->bytes);
	g_free(d);
}

static void give_up(struct fragments *f, struct datagram *d, uint64_t *counter)
{
	++*counter;
	f->lost += d->fragments;
	drop(f, d);
}

void fragments_finish(struct fragments *f)
{
	while (!TAILQ_EMPTY(&f->order))
		give_up(f, TAILQ_FIRST(&f->order), &f->counts.incomplete);
}

void fragments_free(struct fragments *f)
{
	if (!f)
		return;
	fragments_finish(f);
	g_hash_table_unref(f->table);
	g_free(f);
}

/* Oldest first; time-outs differ by version only, so that an IPv4 one may wait behind
 * an IPv6 one. */
static void make_room(struct fragments *f, int64_t now_ns)
{
	struct datagram *d;

	while ((d = TAILQ_FIRST(&f->order)) && d->deadline_ns < now_ns)
		give_up(f, d, &f->counts.timed_out);
	while ((d = TAILQ_FIRST(&f->order)) &&
		(f->bytes > MOST_BYTES || g_hash_table_size(f->table) >= MOST_OPEN))
		give_up(f, d, &f->counts.incomplete);
}

static struct datagram *find(struct fragments *f, const struct wire_packet *w, int64_t now_ns)
{
	bool v4 = w->segment.ip_version == 4;
	struct key key = {.src = w->segment.src,
		.dst = w->segment.dst,
		.id = w->fragment.id,
		.protocol = v4 ? w->protocol : 0,
		.version = w->segment.ip_version};
	struct datagram *d = g_hash_table_lookup(f->table, &key);

	if (d && d->deadline_ns < now_ns) { /* the number is used again */
		give_up(f, d, &f->counts.timed_out);
		d = NULL;
	}
	if (d)
		return d;
	make_room(f, now_ns);
	d = g_new0(struct datagram, 1);
	d->key = key;
	d->deadline_ns = now_ns + (v4 ? TIMEOUT_V4_NS : TIMEOUT_V6_NS);
	d->ranges = g_array_new(false, false, sizeof(struct range));
	g_hash_table_insert(f->table, &d->key, d);
	TAILQ_INSERT_TAIL(&f->order, d, order);
	return d;
}

static void grow(struct fragments *f, struct datagram *d, uint32_t end)
{
	size_t room = d->room ? d->room : 4096;

	while (room < end)
		room *= 2;
	if (room == d->room)
		return;
	d->bytes = g_realloc(d->bytes, HEADROOM + room);
	f->bytes += room - d->room;
	d->room = room;
}

/* RFC 815 turned round: not the holes but what is there. Copies into the gaps only, joins the
 * ranges; how many bytes were new. */
static uint32_t fill(struct datagram *d, const uint8_t *body, uint32_t start, uint32_t end)
{
	struct range joined = {start, end};
	uint32_t at = start, new = 0;
	guint i = 0, first;

	while (i < d->ranges->len && g_array_index(d->ranges, struct range, i).end < start)
		i++;
	first = i;
	for (; i < d->ranges->len; i++) {
		struct range r = g_array_index(d->ranges, struct range, i);

		if (r.start > end)
			break;
		if (at < r.start) {
			memcpy(d->bytes + HEADROOM + at, body + (at - start), r.start - at);
			new += r.start - at;
		}
		at = MAX(at, r.end);
		joined.start = MIN(joined.start, r.start);
		joined.end = MAX(joined.end, r.end);
	}
	if (at < end) {
		memcpy(d->bytes + HEADROOM + at, body + (at - start), end - at);
		new += end - at;
	}
	if (i > first)
		g_array_remove_range(d->ranges, first, i - first);
	g_array_insert_val(d->ranges, first, joined);
	return new;
}

static bool is_whole(const struct datagram *d)
{
	const struct range *r = &g_array_index(d->ranges, struct range, 0);

	return d->total && d->ranges->len == 1 && r->start == 0 && r->end >= d->total;
}

/* A header in front of the body at `body`: returns where it begins. */
static uint8_t *put_header(uint8_t *body, uint32_t len, const struct key *key, uint8_t tos,
	uint8_t ttl, uint8_t protocol)
{
	bool v4 = key->version == 4;
	uint8_t *p = body - (v4 ? IPV4_HEADER : IPV6_HEADER);
	uint32_t field = v4 ? IPV4_HEADER + len : len;
	uint16_t sum;

	if (field > UINT16_MAX)
		field = 0;
	memset(p, 0, (size_t)(body - p));
	if (!v4) {
		p[0] = (uint8_t)(0x60 | tos >> 4);
		p[1] = (uint8_t)(tos << 4);
		p[4] = (uint8_t)(field >> 8);
		p[5] = (uint8_t)field;
		p[6] = protocol;
		p[7] = ttl;
		memcpy(p + 8, key->src.b, 16);
		memcpy(p + 24, key->dst.b, 16);
		return p;
	}
	p[0] = 0x45;
	p[1] = tos;
	p[2] = (uint8_t)(field >> 8);
	p[3] = (uint8_t)field;
	p[8] = ttl;
	p[9] = protocol;
	memcpy(p + 12, key->src.b + 12, 4);
	memcpy(p + 16, key->dst.b + 12, 4);
	sum = wire_sum_finish(wire_sum(p, IPV4_HEADER, 0));
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
	return p;
}

static const uint8_t *hand_out(struct fragments *f, struct datagram *d, size_t *len)
{
	uint32_t total = d->total;
	uint8_t *start;

	memcpy(f->whole + HEADROOM, d->bytes + HEADROOM, total);
	start = put_header(f->whole + HEADROOM, total, &d->key, d->tos, d->ttl, d->protocol);
	*len = (size_t)(f->whole + HEADROOM + total - start);
	f->counts.datagrams++;
	drop(f, d);
	return start;
}

enum fragments_result fragments_add(struct fragments *f, const struct wire_packet *w,
	int64_t time_ns, const uint8_t **datagram, size_t *len)
{
	uint32_t start = w->fragment.offset, end = start + w->body_len, new;
	struct datagram *d;

	f->counts.fragments++;
	/* Every piece but the last is whole words of eight, RFC 791 §3.2 */
	if (w->body_len == 0 || end > MOST_DATAGRAM || (w->fragment.more && w->body_len % 8))
		return FRAGMENTS_BAD;
	d = find(f, w, time_ns);
	if ((d->total && end > d->total) || (!w->fragment.more && d->total && end != d->total))
		return FRAGMENTS_BAD;
	grow(f, d, end);
	d->fragments++;
	if (start == 0 &&
		(d->ranges->len == 0 || g_array_index(d->ranges, struct range, 0).start)) {
		d->tos = w->segment.tos;
		d->ttl = w->segment.ttl;
		d->protocol = w->protocol;
	}
	new = fill(d, w->body, start, end);
	if (new == 0)
		f->counts.duplicates++;
	else if (new < end - start)
		f->counts.overlaps++;
	if (!w->fragment.more)
		d->total = end;
	if (!is_whole(d))
		return FRAGMENTS_WAIT;
	*datagram = hand_out(f, d, len);
	return FRAGMENTS_WHOLE;
}

const uint8_t *fragments_alone(struct fragments *f, const struct wire_packet *w, size_t *len)
{
	const struct key key = {
		.src = w->segment.src, .dst = w->segment.dst, .version = w->segment.ip_version};
	uint32_t there = MIN(w->body_len, (uint32_t)MOST_DATAGRAM);
	/* The header tells the fragment's own length, of which only some is there. */
	uint32_t told = w->total_len > w->ip_header_len ? w->total_len - w->ip_header_len : there;
	uint8_t *start;

	/* The body may lie in `whole` itself: a fragment inside a datagram made here before. */
	memmove(f->whole + HEADROOM, w->body, there);
	start = put_header(f->whole + HEADROOM, MAX(told, there), &key, w->segment.tos,
		w->segment.ttl, w->protocol);
	*len = (size_t)(f->whole + HEADROOM + there - start);
	return start;
}

struct decapsulation_fragments fragments_counts(const struct fragments *f)
{
	return f->counts;
}

uint64_t fragments_lost(const struct fragments *f)
{
	return f->lost;
}
