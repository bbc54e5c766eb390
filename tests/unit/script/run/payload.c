/* The bytes of a script's connection: what is sent and read is held against what was said. */
#include "script/run/payload.h"
#include "base/pattern.h"
#include <criterion/criterion.h>
#include <string.h>

#define OUT 6 /* the streams of connection 3 */
#define IN  7

static struct payload *payload;
static uint8_t buffer[4096];

static void set_up(void)
{
	payload = payload_new(3);
}

static void tear_down(void)
{
	payload_free(payload);
}

TestSuite(payload, .init = set_up, .fini = tear_down);

static void write_open(size_t len, size_t taken)
{
	payload_plan(payload, 0, buffer, len);
	payload_written(payload, taken);
}

static bool sent_right(uint32_t offset, size_t len)
{
	uint32_t wrong;
	uint8_t byte;

	return payload_sent_right(payload, offset, buffer, len, &wrong, &byte);
}

Test(payload, what_is_left_open_is_the_pattern)
{
	write_open(100, 60);
	write_open(100, 100);
	pattern_fill(OUT, 0, buffer, 160);
	cr_expect(sent_right(0, 160));
	pattern_fill(OUT, 50, buffer, 50);
	cr_expect(sent_right(50, 50));
	cr_expect_not(sent_right(51, 50));
}

Test(payload, the_first_wrong_byte_is_told)
{
	uint32_t wrong = 0;
	uint8_t byte = 0;

	write_open(100, 100);
	pattern_fill(OUT, 20, buffer, 50);
	buffer[7] ^= 1;
	buffer[9] ^= 1;
	cr_expect_not(payload_sent_right(payload, 20, buffer, 50, &wrong, &byte));
	cr_expect_eq(wrong, 27);
	cr_expect_eq(byte, pattern_byte(OUT, 27));
}

/* A text is taken in part; what comes next is open again. */
Test(payload, what_a_script_says_counts_as_far_as_it_was_taken)
{
	write_open(10, 10);
	payload_say(payload, 0, "hello, world", 12);
	payload_written(payload, 5);
	write_open(20, 20);
	pattern_fill(OUT, 0, buffer, 35);
	cr_expect_not(sent_right(0, 35));
	memcpy(buffer + 10, "hello", 5);
	cr_expect(sent_right(0, 35));
	memcpy(buffer, "lo", 2);
	pattern_fill(OUT, 15, buffer + 2, 8);
	cr_expect(sent_right(13, 10));
}

Test(payload, what_was_never_taken_is_forgotten)
{
	payload_say(payload, 0, "hello", 5);
	payload_written(payload, 0);
	write_open(5, 5);
	pattern_fill(OUT, 0, buffer, 5);
	cr_expect(sent_right(0, 5));
}

Test(payload, what_the_system_moved_is_as_it_was_there)
{
	payload_moved(payload, "file", 4);
	payload_moved(payload, NULL, 3);
	write_open(2, 2);
	memcpy(buffer, "filexyz", 7);
	pattern_fill(OUT, 7, buffer + 7, 2);
	cr_expect(sent_right(0, 9));
	buffer[5] = 'q';
	cr_expect(sent_right(0, 9), "what is not known is not compared");
	buffer[3] = 'q';
	cr_expect_not(sent_right(0, 9));
}

/* RFC 9293 §3.8.4 */
Test(payload, a_keep_alives_octet_may_be_any)
{
	write_open(100, 100);
	buffer[0] = (uint8_t)(pattern_byte(OUT, 49) ^ 1);
	cr_expect_not(sent_right(49, 1));
	payload_acked(payload, 50);
	cr_expect(sent_right(49, 1));
	buffer[0] = (uint8_t)(pattern_byte(OUT, 48) ^ 1);
	cr_expect_not(sent_right(48, 1));
	payload_acked(payload, 4000);
	cr_expect_not(sent_right(3999, 1), "what was not written is not acknowledged");
}

Test(payload, another_connection_begins_anew)
{
	payload_say(payload, 0, "hello", 5);
	payload_written(payload, 5);
	payload_restart(payload);
	write_open(5, 5);
	pattern_fill(OUT, 0, buffer, 5);
	cr_expect(sent_right(0, 5));
}

/* --- from the peer --- */

static void arrives(uint16_t flags, uint32_t seq, uint32_t len, uint16_t urgent)
{
	struct tcpsim_segment segment = {
		.seq = tcpsim_seq_of(seq), .flags = flags, .len = len, .urgent = urgent};

	payload_arrives(payload, &segment);
}

static void answers(uint16_t flags, uint32_t ack)
{
	struct tcpsim_segment segment = {.ack = tcpsim_seq_of(ack), .flags = flags};

	payload_answered(payload, &segment);
}

/* What a read gives, in two pieces of a vector. */
static bool read_as(uint32_t seq, size_t len, bool peeked, uint32_t *wrong)
{
	struct iovec vector[] = {{buffer, len / 2}, {buffer + len / 2, len - len / 2}};

	payload_fill(payload, seq, buffer, len);
	return payload_read(payload, vector, 2, len, peeked, wrong);
}

Test(payload, reads_give_the_stream_in_order)
{
	uint32_t wrong;

	arrives(TCPSIM_SYN, 700, 0, 0);
	answers(TCPSIM_SYN | TCPSIM_ACK, 701);
	cr_expect(read_as(701, 100, true, &wrong), "looked at");
	cr_expect(read_as(701, 60, false, &wrong));
	cr_expect(read_as(761, 40, false, &wrong));
	cr_expect_not(read_as(802, 40, false, &wrong), "one byte further on");
	cr_expect_eq(wrong, 100);
	payload_skip(payload, 10);
	cr_expect(read_as(811, 10, false, &wrong));
}

Test(payload, a_wrong_byte_in_a_read_is_counted_from_the_streams_start)
{
	struct iovec vector = {buffer, 50};
	uint32_t wrong;

	arrives(TCPSIM_SYN, 0, 0, 0);
	cr_expect(read_as(1, 30, false, &wrong));
	payload_fill(payload, 31, buffer, 50);
	buffer[20] ^= 4;
	cr_expect_not(payload_read(payload, &vector, 1, 50, false, &wrong));
	cr_expect_eq(wrong, 50);
}

Test(payload, sequence_numbers_wrap)
{
	uint32_t wrong;

	arrives(TCPSIM_SYN, UINT32_MAX - 10, 0, 0);
	cr_expect(read_as(UINT32_MAX - 9, 40, false, &wrong));
	payload_fill(payload, UINT32_MAX - 9, buffer, 40);
	for (uint32_t i = 0; i < 40; i++)
		cr_expect_eq(buffer[i], pattern_byte(IN, (uint32_t)(UINT32_MAX - 9 + i)));
}

/* Of several SYNs the one that was answered begins the stream; later ones do not. */
Test(payload, the_syn_that_was_taken_begins_the_stream)
{
	uint32_t wrong;

	arrives(TCPSIM_SYN | TCPSIM_ACK, 100, 0, 0);
	answers(TCPSIM_RST, 0);
	arrives(TCPSIM_SYN | TCPSIM_ACK, 5000, 0, 0);
	arrives(TCPSIM_SYN, 9000, 0, 0);
	answers(TCPSIM_ACK, 5001);
	arrives(TCPSIM_SYN, 7000, 0, 0);
	answers(TCPSIM_ACK, 7001);
	cr_expect(read_as(5001, 10, false, &wrong));
}

/* With the octet in the stream, and with it taken out, whichever of the two it is. */
Test(payload, an_urgent_octet_may_be_taken_out)
{
	for (int octet = -1; octet <= 1; octet++) {
		struct iovec vector = {buffer, 20};
		uint32_t wrong, urgent = 10 + (uint32_t)octet;

		payload_restart(payload);
		arrives(TCPSIM_SYN, 0, 0, 0);
		arrives(TCPSIM_ACK | TCPSIM_URG, 1, 30, 10);
		payload_fill(payload, 1, buffer, 30);
		if (octet >= 0)
			memmove(buffer + urgent - 1, buffer + urgent, 20);
		cr_expect(payload_read(payload, &vector, 1, 20, false, &wrong), "%d", octet);
		cr_expect(read_as(octet < 0 ? 21 : 22, 8, false, &wrong), "%d", octet);
	}
	cr_expect(payload_urgent(payload, pattern_byte(IN, 10)));
	cr_expect(payload_urgent(payload, pattern_byte(IN, 11)));
	for (unsigned any = 0, right = 0; any < 256; any++) {
		right += payload_urgent(payload, (uint8_t)any);
		cr_expect_leq(right, 2);
	}
}
