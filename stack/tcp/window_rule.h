/* The ways of the systems to choose a receive window, behind window.h. Private to window*.c. */
#ifndef TCPSIM_TCP_WINDOW_RULE_H
#define TCPSIM_TCP_WINDOW_RULE_H

#include <tcp/window.h>

#define WINDOW_MAX	  65535u
#define WINDOW_SIGNED_MAX 32767u /* what a peer that takes the field for signed understands */

/* NULL: nothing is done. */
struct window_rule {
	struct tcp_first_window (*first)(const struct tcpsim_profile *sys,
		const struct tcp_settings *settings, uint32_t adv_mss, bool scaling,
		uint32_t initrwnd);
	uint32_t (*next)(struct tcp_tcb *tcb);
	uint32_t (*acceptable)(const struct tcp_tcb *tcb);
	bool (*worth_advertising)(struct tcp_tcb *tcb);
	void (*established)(struct tcp_tcb *tcb);
	bool (*has_memory)(struct tcp_tcb *tcb, const struct delack_text *text);
	void (*measured)(struct tcp_tcb *tcb, const struct delack_text *text);
	void (*text_arrived)(struct tcp_tcb *tcb, const struct delack_text *text, bool in_order);
	void (*echo_arrived)(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
	void (*text_read)(struct tcp_tcb *tcb);
	void (*clamped)(struct tcp_tcb *tcb);
};

extern const struct window_rule WINDOW_RULE_BSD, WINDOW_RULE_LINUX;

static inline uint32_t window_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t window_max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static inline uint32_t window_round_down(uint32_t x, uint32_t unit)
{
	return unit ? x - x % unit : x;
}

static inline uint32_t window_round_up(uint32_t x, uint32_t unit)
{
	return window_round_down(x + unit - 1, unit);
}

#endif
