/* Segments in packetdrill's notation. */
#include <criterion/criterion.h>

#include "wire/options.h"

static const char *text_of(unsigned flags, uint32_t seq, uint32_t ack, uint32_t len,
	const uint8_t *options, size_t options_len)
{
	static char out[400];
	struct tcpsim_segment s = {
		.seq = {seq}, .ack = {ack}, .flags = (uint16_t)flags, .window = 65535, .len = len};

	tcp_options_parse(options, options_len, &s.options);
	tcpsim_segment_text(&s, tcpsim_seq_of(1000), tcpsim_seq_of(5000), out, sizeof(out));
	return out;
}

Test(text, numbers_are_relative_to_the_bases)
{
	cr_expect_str_eq(text_of(TCPSIM_SYN, 1000, 0, 0, NULL, 0), "S 0:0(0) win 65535");
	cr_expect_str_eq(text_of(TCPSIM_SYN | TCPSIM_ACK, 1000, 5001, 0, NULL, 0),
		"S. 0:0(0) ack 1 win 65535");
	cr_expect_str_eq(text_of(TCPSIM_PSH | TCPSIM_ACK, 1001, 5001, 1460, NULL, 0),
		"P. 1:1461(1460) ack 1 win 65535");
}

Test(text, flags_stand_in_the_order_of_tcpdump)
{
	cr_expect_str_eq(
		text_of(0x1ff, 1000, 5000, 0, NULL, 0), "FSRP.UEWA 0:0(0) ack 0 win 65535 urg 0");
	cr_expect_str_eq(text_of(0, 1000, 0, 0, NULL, 0), "- 0:0(0) win 65535");
}

Test(text, ecn_bits_and_urgent_pointer_show)
{
	struct tcpsim_segment s = {.flags = TCPSIM_URG | TCPSIM_ACK, .urgent = 7, .tos = 2};
	char out[100];

	tcpsim_segment_text(&s, s.seq, s.ack, out, sizeof(out));
	cr_expect_str_eq(out, "[ect0] .U 0:0(0) ack 0 win 0 urg 7");
}

Test(text, options_show_in_their_order_with_padding)
{
	const struct tcpsim_sack_block blocks[2] = {{{5001}, {5101}}, {{5201}, {5301}}};
	const uint8_t cookie[4] = {0xab, 0xcd, 0x01, 0x02};
	uint8_t o[64], *p = o;

	p = opt_put_mss(p, 1460);
	p = opt_put_sack_permitted(p);
	p = opt_put_timestamp(p, 1, 0);
	p = opt_put_nop(p);
	p = opt_put_wscale(p, 7);
	cr_expect_str_eq(text_of(TCPSIM_SYN, 1000, 0, 0, o, (size_t)(p - o)),
		"S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>");
	p = opt_put_sack(o, blocks, 2);
	cr_expect_str_eq(text_of(TCPSIM_ACK, 1001, 5001, 0, o, (size_t)(p - o)),
		". 1:1(0) ack 1 win 65535 <sack 1:101 201:301>");
	p = opt_put_fastopen_exp(opt_put_fastopen(o, cookie, 4), cookie, 0);
	cr_expect_str_eq(text_of(TCPSIM_SYN, 1000, 0, 0, o, (size_t)(p - o)),
		"S 0:0(0) win 65535 <FO abcd0102,FOEXP>");
	p = opt_put_accecn(opt_put_accecn(o, 0, 3, 1, 2, 3), 1, 1, 1, 2, 3);
	cr_expect_str_eq(text_of(TCPSIM_ACK, 1001, 5001, 0, o, (size_t)(p - o)),
		". 1:1(0) ack 1 win 65535 <ECN e0b 1 ceb 2 e1b 3,ECN e1b 3>");
	p = opt_put_sack_permitted(opt_put_mss(o, 1460));
	p = opt_pad(o, p, false);
	cr_expect_str_eq(text_of(TCPSIM_SYN, 1000, 0, 0, o, (size_t)(p - o)),
		"S 0:0(0) win 65535 <mss 1460,sackOK,eol,eol>");
}

Test(text, what_is_not_known_shows_as_bytes)
{
	const uint8_t odd[] = {
		30, 4, 0, 0x81, 254, 6, 0xac, 0xc1, 1, 2, 5, 2, 2, 5, 1, 1, 1, 8, 99};

	cr_expect_str_eq(text_of(TCPSIM_SYN, 1000, 0, 0, odd, sizeof(odd)),
		"S 0:0(0) win 65535 <gen-30 0081,exp-acc1 0102,gen-5,gen-2 010101,bad 0863>");
}

Test(text, too_small_a_buffer_is_cut_and_ended)
{
	struct tcpsim_segment s = {.flags = TCPSIM_SYN};
	char out[5] = "xxxx";

	cr_expect_eq(
		tcpsim_segment_text(&s, s.seq, s.ack, out, sizeof(out)), strlen("S 0:0(0) win 0"));
	cr_expect_str_eq(out, "S 0:");
	cr_expect_eq(tcpsim_segment_text(&s, s.seq, s.ack, NULL, 0), strlen("S 0:0(0) win 0"));
}
