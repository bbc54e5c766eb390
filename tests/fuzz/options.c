/*
 * Option bytes of a TCP header, as hostile as they come: parsing ends and borrows only what it was
 * given, the text ends too, and what the fast path for nop,nop,TS reads is what the slow one reads.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* An end-of-list in front of them hides them all; a NOP in front hides nothing and avoids the fast
 * path. */
static void check_shifted(const uint8_t *bytes, size_t size, const struct tcpsim_options *want)
{
	uint8_t shifted[1 + TCPSIM_MAX_OPTIONS_LEN];
	struct tcpsim_options got;

	memcpy(shifted + 1, bytes, size);
	shifted[0] = TCPSIM_OPT_NOP;
	tcp_options_parse(shifted, size + 1, &got);
	must(got.present == want->present);
	if (want->present & TCPSIM_HAS_TIMESTAMP)
		must(got.ts_val == want->ts_val && got.ts_ecr == want->ts_ecr);
	shifted[0] = TCPSIM_OPT_EOL;
	tcp_options_parse(shifted, size + 1, &got);
	must(got.present == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct tcpsim_segment s = {.flags = TCPSIM_ACK};
	struct tcpsim_options *o = &s.options;
	char text[1024];

	if (size > TCPSIM_MAX_OPTIONS_LEN)
		return 0;
	tcp_options_parse(bytes, size, o);
	if (o->present & TCPSIM_HAS_SACK)
		must(o->n_sack >= 1 && o->n_sack <= TCPSIM_MAX_SACK_BLOCKS);
	if (o->present & (TCPSIM_HAS_FASTOPEN | TCPSIM_HAS_FASTOPEN_EXP))
		must(o->cookie >= bytes && o->cookie + o->cookie_len <= bytes + size);
	if (o->present & TCPSIM_HAS_MD5)
		must(o->md5 >= bytes && o->md5 + 16 <= bytes + size);
	if (o->present & TCPSIM_HAS_ACCECN)
		must(o->accecn_n <= 3 && o->accecn_order <= 1);
	must(tcpsim_segment_text(&s, s.seq, s.ack, text, sizeof(text)) < sizeof(text));
	check_shifted(bytes, size, o);
	return 0;
}
