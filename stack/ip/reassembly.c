/*
 * Putting fragments together: RFC 791 §3.2, RFC 8200 §4.5. Fragments that overlap end the whole
 * datagram (RFC 5722 §3, which Linux and FreeBSD apply to IPv4 as well). A datagram that is not
 * complete after 30 s (RFC 1122 §3.3.2 asks for 60 to 120, systems wait 30) is forgotten, and so is
 * the oldest when there are too many.
 */
#include <host/host.h>
#include <ip/reassembly.h>
#include <time_units.h>
#include <wire/checksum.h>
#include <wire/wire.h>

#define DATAGRAMS_MAX 64
#define LIFE_NS	      (INT64_C(30) * NSEC_PER_SEC)
#define BYTES_MAX     65535

struct fragment {
	struct fragment *next; /* by offset */
	uint32_t offset, len;
	uint8_t bytes[];
};

struct datagram {
	TAILQ_ENTRY(datagram) link; /* oldest first */
	struct tcpsim_addr src, dst;
	uint32_t id;
	uint8_t protocol, ip_version, tos, ttl;
	int64_t until_ns;
	struct fragment *fragments;
	uint32_t have, total; /* bytes of the body; total 0: the last fragment has not come */
};

TAILQ_HEAD(datagram_list, datagram);

struct reassembly {
	struct datagram_list list;
	int n;
};

struct reassembly *reassembly_new(void)
{
	struct reassembly *r = calloc(1, sizeof(*r));

	if (r)
		TAILQ_INIT(&r->list);
	return r;
}

static void forget(struct reassembly *r, struct datagram *d)
{
	struct fragment *fragment, *next;

	for (fragment = d->fragments; fragment; fragment = next) {
		next = fragment->next;
		free(fragment);
	}
	TAILQ_REMOVE(&r->list, d, link);
	r->n--;
	free(d);
}

void reassembly_free(struct tcpsim_host *host)
{
	struct reassembly *r = host->reassembly;

	while (r && !TAILQ_EMPTY(&r->list))
		forget(r, TAILQ_FIRST(&r->list));
	free(r);
}

static struct datagram *find(struct tcpsim_host *host, const struct wire_packet *in)
{
	struct reassembly *r = host->reassembly;
	struct datagram *d;

	while ((d = TAILQ_FIRST(&r->list)) && d->until_ns <= host->now)
		forget(r, d);
	TAILQ_FOREACH (d, &r->list, link) {
		if (d->id == in->fragment.id && d->ip_version == in->segment.ip_version &&
			(d->protocol == in->protocol || d->ip_version == 6) &&
			tcpsim_addr_eq(&d->src, &in->segment.src) &&
			tcpsim_addr_eq(&d->dst, &in->segment.dst))
			return d;
	}
	if (r->n == DATAGRAMS_MAX)
		forget(r, TAILQ_FIRST(&r->list));
	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->src = in->segment.src;
	d->dst = in->segment.dst;
	d->id = in->fragment.id;
	d->protocol = in->protocol;
	d->ip_version = in->segment.ip_version;
	d->until_ns = host->now + LIFE_NS;
	TAILQ_INSERT_TAIL(&r->list, d, link);
	r->n++;
	return d;
}

/* The same fragment once more, made by the network: no overlap, and nothing new (RFC 8200 §4.5). */
static bool is_twin(const struct datagram *d, const struct wire_packet *in)
{
	const struct fragment *fragment = d->fragments;
	uint32_t end = in->fragment.offset + in->body_len;

	while (fragment && fragment->offset != in->fragment.offset)
		fragment = fragment->next;
	return fragment && fragment->len == in->body_len &&
	       in->fragment.more == (end != d->total) &&
	       memcmp(fragment->bytes, in->body, in->body_len) == 0;
}

/* False: it overlaps, contradicts the total, or is no fragment at all. */
static bool insert(struct datagram *d, const struct wire_packet *in)
{
	uint32_t offset = in->fragment.offset, len = in->body_len, end = offset + len;
	struct fragment **link = &d->fragments, *fragment;

	if (len == 0 || end > BYTES_MAX || (in->fragment.more && len % 8) ||
		(d->total && end > d->total))
		return false;
	while (*link && (*link)->offset < offset)
		link = &(*link)->next;
	if (*link && (*link)->offset < end)
		return false;
	for (fragment = d->fragments; fragment && fragment->offset < offset;
		fragment = fragment->next) {
		if (fragment->offset + fragment->len > offset)
			return false;
	}
	if (!in->fragment.more) {
		if (d->total || *link)
			return false;
		d->total = end;
	}
	fragment = malloc(sizeof(*fragment) + len);
	if (!fragment)
		return false;
	fragment->offset = offset;
	fragment->len = len;
	memcpy(fragment->bytes, in->body, len);
	fragment->next = *link;
	*link = fragment;
	d->have += len;
	if (offset == 0) {
		d->protocol = in->protocol; /* RFC 8200 §4.5: the first fragment's Next Header */
		d->tos = in->segment.tos;
		d->ttl = in->segment.ttl;
	}
	return true;
}

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* The header the datagram would have had unfragmented, without options; returns its length. */
static size_t write_header(const struct datagram *d, uint8_t *out)
{
	size_t len = d->ip_version == 4 ? 20 : 40;

	memset(out, 0, len);
	if (d->ip_version == 4) {
		out[0] = 0x45;
		out[1] = d->tos;
		put16(out + 2, (unsigned)(len + d->total));
		out[8] = d->ttl;
		out[9] = d->protocol;
		memcpy(out + 12, d->src.b + 12, 4);
		memcpy(out + 16, d->dst.b + 12, 4);
		put16(out + 10, wire_sum_finish(wire_sum(out, len, 0)));
	} else {
		out[0] = (uint8_t)(0x60 | d->tos >> 4);
		out[1] = (uint8_t)(d->tos << 4);
		put16(out + 4, d->total);
		out[6] = d->protocol;
		out[7] = d->ttl;
		memcpy(out + 8, d->src.b, 16);
		memcpy(out + 24, d->dst.b, 16);
	}
	return len;
}

static struct tcpsim_packet *put_together(struct tcpsim_host *host, const struct datagram *d)
{
	struct tcpsim_packet *packet;
	uint8_t *bytes = malloc(40 + d->total);
	size_t header;

	if (!bytes)
		return NULL;
	header = write_header(d, bytes);
	for (const struct fragment *fragment = d->fragments; fragment; fragment = fragment->next)
		memcpy(bytes + header + fragment->offset, fragment->bytes, fragment->len);
	packet = tcpsim_packet_from_bytes(host->pool, bytes, header + d->total);
	free(bytes);
	return packet;
}

struct tcpsim_packet *reassembly_add(struct tcpsim_host *host, const struct wire_packet *in)
{
	struct datagram *d = find(host, in);
	struct tcpsim_packet *packet = NULL;

	if (!d || is_twin(d, in))
		return NULL;
	if (!insert(d, in)) {
		forget(host->reassembly, d);
		return NULL;
	}
	if (d->total == 0 || d->have < d->total)
		return NULL;
	if (d->total + 20 <= BYTES_MAX)
		packet = put_together(host, d);
	forget(host->reassembly, d);
	return packet;
}
