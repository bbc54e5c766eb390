/*
 * A datagram, as hostile as it comes: whatever the parser hands out lies inside the bytes, and a
 * TCP segment that it accepts is, built again, the same segment.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/build.h"
#include "wire/ip.h"
#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void check_bounds(const struct wire_packet *w, const uint8_t *bytes, size_t size)
{
	const uint8_t *end = bytes + size;

	if (w->kind == WIRE_BAD)
		return;
	must(w->body >= bytes && w->body + w->body_len <= end);
	must(w->ip_header_len <= w->total_len);
	if (w->kind != WIRE_TCP)
		return;
	must(w->segment.payload >= bytes && w->segment.payload + w->captured_payload <= end);
	must(w->captured_payload <= w->segment.len);
	must(w->segment.options.raw_len <= TCPSIM_MAX_OPTIONS_LEN);
}

static void check_text(const struct tcpsim_segment *s)
{
	char small[16], large[1024];
	size_t len = tcpsim_segment_text(s, s->seq, s->ack, large, sizeof(large));

	must(len < sizeof(large) && strlen(large) == len);
	must(tcpsim_segment_text(s, s->seq, s->ack, small, sizeof(small)) == len);
	must(strlen(small) < sizeof(small));
}

static void check_rebuilt(const struct tcpsim_segment *s)
{
	uint8_t *again = malloc(TCPSIM_HEADERS_MAX + s->len);
	size_t headers = wire_build_headers(s, 0, false, s->payload, again);
	struct wire_packet w;

	memcpy(again + headers, s->payload, s->len);
	/* WIRE_CUT, as an IPv4-mapped address in IPv6 is read from captures only. */
	wire_parse(again, headers + s->len, WIRE_VERIFY | WIRE_CUT, &w);
	must(w.kind == WIRE_TCP && tcpsim_seq_eq(w.segment.seq, s->seq) &&
		w.segment.flags == s->flags);
	must(w.segment.len == s->len && w.segment.options.raw_len == s->options.raw_len);
	must(memcmp(w.segment.options.raw, s->options.raw, s->options.raw_len) == 0);
	free(again);
}

/* The first byte chooses the flags, the second how much of the end was cut off. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct wire_packet w;
	size_t cut;

	if (size < 2)
		return 0;
	cut = bytes[1];
	wire_parse(bytes + 2, size - 2, bytes[0] & 7, &w);
	check_bounds(&w, bytes, size);
	if (w.kind == WIRE_TCP) {
		check_text(&w.segment);
		if (w.captured_payload == w.segment.len &&
			w.segment.header_len == 20 + w.segment.options.raw_len)
			check_rebuilt(&w.segment);
	}
	wire_parse_cut(bytes + 2, size - 2, size - 2 + cut, bytes[0] & 3, &w);
	check_bounds(&w, bytes, size);
	return 0;
}
