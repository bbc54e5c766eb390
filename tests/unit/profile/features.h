/*
 * Between the files of the test of features: features.c has the table, features_talk.c how a host
 * is talked to, features_open.c and features_send.c the conversations that show each feature.
 */
#ifndef UNIT_PROFILE_FEATURES_H
#define UNIT_PROFILE_FEATURES_H

#include "time_units.h"
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/options.h>
#include <tcpsim/tcp_info.h>
#include <tcpsim/testkit.h>

extern int connection; /* the descriptor that accept() gave last */

/* The host's first number is 0, so that SACK blocks are what they say. */
struct tcpsim_peer *listening(const struct tcpsim_profile *profile);
/* A handshake with that SYN and third segment, 20 ms apart, and accept(). */
struct tcpsim_peer *opened(
	const struct tcpsim_profile *profile, const char *syn, const char *third);
struct tcpsim_peer *opened_with(const struct tcpsim_profile *profile, const char *options);
void sends_format(struct tcpsim_peer *peer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void option(struct tcpsim_peer *peer, int level, int name, int value);
size_t writes(struct tcpsim_peer *peer, size_t len);
void reads(struct tcpsim_peer *peer);
struct tcpsim_tcp_info info_of(struct tcpsim_peer *peer);
unsigned lines_of(const char *text);
/* What was sent since the last question; all of it, and what finish() finds, goes into `heard`, by
 * which two runs are told apart. */
const char *said(struct tcpsim_peer *peer);
void finish(struct tcpsim_peer *peer);
extern uint64_t heard;
void hear(uint64_t value);
/* Text to the peer's port 8080 by Fast Open, as the system asks for it, from a new socket. */
void connects_fast(struct tcpsim_peer *peer, const struct tcpsim_profile *p);
/* Was something sent whose text has that part? */
bool sent(struct tcpsim_peer *peer, const char *part);
/* Writes whole segments and has them acknowledged one by one 20 ms later, until the window is so
 * wide; the next number. */
uint32_t widen(struct tcpsim_peer *peer, uint32_t next, uint32_t segments);

/* Each runs a conversation and tells whether the feature was seen in it. */
bool shows_timestamps(const struct tcpsim_profile *p);
bool shows_window_scaling(const struct tcpsim_profile *p);
bool shows_sack(const struct tcpsim_profile *p);
bool shows_dsack(const struct tcpsim_profile *p);
bool shows_ecn(const struct tcpsim_profile *p);
bool shows_accecn(const struct tcpsim_profile *p);
bool shows_fastopen_client(const struct tcpsim_profile *p);
bool shows_fastopen_server(const struct tcpsim_profile *p);
bool shows_delayed_ack(const struct tcpsim_profile *p);
bool shows_limited_transmit(const struct tcpsim_profile *p);
bool shows_slow_start_after_idle(const struct tcpsim_profile *p);
bool shows_abc(const struct tcpsim_profile *p);
bool shows_tail_loss_probe(const struct tcpsim_profile *p);
bool shows_rack(const struct tcpsim_profile *p);
bool shows_frto(const struct tcpsim_profile *p);
bool shows_hystart(const struct tcpsim_profile *p);
bool shows_prr(const struct tcpsim_profile *p);
bool keeps_alive(const struct tcpsim_profile *p, bool asked);
bool shows_always_keepalive(const struct tcpsim_profile *p);
bool shows_pmtu_discovery(const struct tcpsim_profile *p);
bool shows_mtu_probing(const struct tcpsim_profile *p);
bool shows_syncookies(const struct tcpsim_profile *p);
bool shows_rfc1337(const struct tcpsim_profile *p);
bool shows_reset_on_close_unread(const struct tcpsim_profile *p);
bool shows_fin_wait_2_timeout(const struct tcpsim_profile *p);
bool shows_autotune(const struct tcpsim_profile *p);

/* What these find goes into `heard` alone. */
void chat_from_every_state(const struct tcpsim_profile *p);
void play_rare_scenes(const struct tcpsim_profile *p);

#endif
