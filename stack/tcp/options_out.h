/* Options as the profile's system writes them: which, in what order, padded how. RFC 9293 §3.2, RFC
 * 7323, 2018, 7413. */
#ifndef TCPSIM_TCP_OPTIONS_OUT_H
#define TCPSIM_TCP_OPTIONS_OUT_H

#include <tcpsim/profile.h>
#include <tcpsim/segment.h>

/* What a SYN or SYN,ACK offers. */
struct tcp_syn_offer {
	uint16_t mss; /* 0: none */
	bool sack, timestamps, window_scaling;
	uint8_t scale;
	uint32_t ts_val, ts_ecr;
	bool fastopen, fastopen_exp; /* cookie_len 0 asks for one */
	uint8_t cookie_len;
	const uint8_t *cookie;
	bool accecn;
	uint8_t accecn_n, accecn_order; /* fields and their order */
	uint32_t accecn_e0b, accecn_ceb, accecn_e1b;
	const uint8_t *md5; /* 16 bytes, or NULL */
};
/* Writes them to out[40]; what does not fit is left off as the system does. Returns the length, a
 * multiple of 4. */
size_t tcp_options_syn(
	enum tcpsim_option_order order, const struct tcp_syn_offer *offer, uint8_t *out);

/* What every other segment may carry. */
struct tcp_segment_offer {
	bool timestamps;
	uint32_t ts_val, ts_ecr;
	bool accecn;
	uint8_t accecn_n, accecn_order;
	uint32_t accecn_e0b, accecn_ceb, accecn_e1b;
	uint8_t n_sack; /* how many fit is decided here */
	const struct tcpsim_sack_block *sack;
	const uint8_t *md5; /* 16 bytes, or NULL */
};
size_t tcp_options_segment(
	enum tcpsim_option_order order, const struct tcp_segment_offer *offer, uint8_t *out);

#endif
