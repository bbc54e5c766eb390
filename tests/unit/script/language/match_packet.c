/*
 * The one comparison of a segment with a packet that somebody wrote: what each field's difference is
 * called by, and what strictness leaves out.
 */
#include "script/language/match_packet.h"

#include <criterion/criterion.h>
#include <string.h>

#include "script/language/parser.h"

/* 1000 and 5000 are what the two sides began with. */
static const uint8_t SACK[] = {1, 1, TCPSIM_OPT_SACK, 10, 0, 0, 0x13, 0xed, 0, 0, 0x14, 0x51};

static struct tcpsim_segment live(void)
{
	return (struct tcpsim_segment){.seq = tcpsim_seq_of(1001),
		.ack = tcpsim_seq_of(5001),
		.flags = TCPSIM_ACK | TCPSIM_PSH,
		.window = 700,
		.len = 10,
		.src_port = 80,
		.dst_port = 5000,
		.ttl = 64,
		.tos = 2,
		.options = {.raw = SACK, .raw_len = sizeof(SACK)}};
}

static void on_difference(
	void *context, enum match_field field, const char *expected, const char *got)
{
	*(unsigned *)context |= 1u << field;
}

/* Bits of the fields that differ. */
static unsigned differing(const char *text, struct packet_match match)
{
	struct tcpsim_segment got = live();
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	struct script *script = script_parse_packet(text, true, NULL);
	unsigned fields = 0;

	cr_assert(script, "%s", text);
	match.first = 1000;
	match.differs = on_difference;
	match.context = &fields;
	match_relative(&got, 1000, 5000, options);
	match_ip(&match, &script->events->packet, &got);
	match_tcp(&match, &script->events->packet, &got);
	script_free(script);
	return fields;
}

static void expect_only(const char *text, struct packet_match match, enum match_field field)
{
	unsigned fields = differing(text, match);

	cr_expect_eq(fields, 1u << field, "%s: fields %#x", text, fields);
}

#define WHOLE	((struct packet_match){.whole = true})
#define WRITTEN ((struct packet_match){0})

Test(match_packet, the_same_differs_in_nothing)
{
	const char *whole = "P. 1:11(10) ack 1 win 700 <nop,nop,sack 101:201>";

	cr_expect_eq(differing(whole, WHOLE), 0);
	cr_expect_eq(differing(whole, WRITTEN), 0);
	cr_expect_eq(differing("[ect01,ttl 64] P. ...(10) ack 1 <...>", WHOLE), 0);
	cr_expect_eq(differing("80 > 5000 P. 1001:1011(10)! ack 1 <...>", WHOLE), 0);
}

Test(match_packet, each_field_is_told_by_its_name)
{
	static const struct {
		const char *text;
		enum match_field field;
	} WRONG[] = {
		{". 1:11(10) ack 1 <...>", MATCH_FLAGS},
		{"P. 2:12(10) ack 1 <...>", MATCH_SEQ},
		{"P. 1:11(10)! ack 1 <...>", MATCH_SEQ},
		{"P. 1:12(11) ack 1 <...>", MATCH_LENGTH},
		{"P. 1:11(10) ack 2 <...>", MATCH_ACK},
		{"P. 1:11(10) ack 1 win 701 <...>", MATCH_WINDOW},
		{"P. 1:11(10) ack 1 urg 1 <...>", MATCH_URGENT},
		{"81 > 5000 P. 1:11(10) ack 1 <...>", MATCH_SOURCE_PORT},
		{"80 > 5001 P. 1:11(10) ack 1 <...>", MATCH_DEST_PORT},
		{"P. 1:11(10) ack 1 <nop,nop,sack 101:202>", MATCH_OPTIONS},
		{"P. 1:11(10) ack 1 <nop,nop,nop,nop>", MATCH_OPTIONS},
		{"[ect1] P. 1:11(10) ack 1 <...>", MATCH_ECN},
		{"[ttl 63] P. 1:11(10) ack 1 <...>", MATCH_TTL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++) {
		expect_only(WRONG[i].text, WHOLE, WRONG[i].field);
		expect_only(WRONG[i].text, WRITTEN, WRONG[i].field);
	}
}

Test(match_packet, what_is_not_written_is_asked_of_a_whole_packet_only)
{
	expect_only("P. 1:11(10) ack 1", WHOLE, MATCH_OPTIONS);
	cr_expect_eq(differing("P. 1:11(10) ack 1", WRITTEN), 0);
}

Test(match_packet, push_and_options_are_left_out_where_nobody_can_know_them)
{
	struct packet_match lesson = {.any_push = true, .any_options = true};

	cr_expect_eq(differing(". 1:11(10) ack 1", lesson), 0);
	cr_expect_eq(differing(". 1:11(10) ack 1 <mss 5>", lesson), 0);
	expect_only("F. 1:11(10) ack 1", lesson, MATCH_FLAGS);
}
