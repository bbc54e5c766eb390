/*
 * Every feature of a profile's settings, on every profile that offers it: a short conversation
 * whose outcome shows the feature, and does not once the setting is turned off. A feature that is
 * agreed on, or set, and then does nothing fails here.
 */
#include "unit/profile/features.h"

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(features, .init = setup);

static bool has_ecn(const struct tcpsim_profile *p)
{
	return p->ecn;
}

static bool has_fastopen(const struct tcpsim_profile *p)
{
	return p->fastopen;
}

/* That bit of tcp_recovery does nothing since Linux 6.17: RACK goes with the recovery. */
static bool has_rack(const struct tcpsim_profile *p)
{
	return p->recovery == TCPSIM_RECOVERY_LINUX && p->rack;
}

/* Linux knows no other way. */
static bool has_limited_transmit(const struct tcpsim_profile *p)
{
	return p->limited_transmit && p->recovery != TCPSIM_RECOVERY_LINUX;
}

/* Linux knows no other way here either. */
static bool has_delayed_ack(const struct tcpsim_profile *p)
{
	return p->delayed_ack && p->delack_rule != TCPSIM_DELACK_LINUX;
}

static bool has_hystart(const struct tcpsim_profile *p)
{
	return p->hystart && strcmp(p->congestion_control, "cubic") == 0;
}

static bool has_assassination(const struct tcpsim_profile *p)
{
	return p->rst_ends_time_wait;
}

static bool has_prr(const struct tcpsim_profile *p)
{
	return p->recovery == TCPSIM_RECOVERY_FREEBSD;
}

static bool has_mtu_probing(const struct tcpsim_profile *p)
{
	return p->base_mss;
}

static bool has_blackhole(const struct tcpsim_profile *p)
{
	return p->pmtu_blackhole_mss;
}

/* Linux's lasts a few timeouts at least, whatever it is set to. */
static bool has_endless_fin_wait_2(const struct tcpsim_profile *p)
{
	return !p->small_fin_wait_2;
}

/* --- each of them, on and off --- */

static const struct feature {
	const char *name, *field;
	const char *on; /* for who offers it and has it off at first */
	const char *off;
	bool (*shows)(const struct tcpsim_profile *profile);
	bool (*offered)(const struct tcpsim_profile *profile); /* NULL: who does not have it off */
} FEATURES[] = {
	{"timestamps", "timestamps", "yes", "no", shows_timestamps, NULL},
	{"window scaling", "window_scaling", "yes", "no", shows_window_scaling, NULL},
	{"SACK", "sack", "yes", "no", shows_sack, NULL},
	{"D-SACK", "dsack", "yes", "no", shows_dsack, NULL},
	{"classic ECN", "ecn", "1", "0", shows_ecn, NULL},
	{"AccECN", "ecn", "3", "0", shows_accecn, has_ecn},
	{"Fast Open, client", "fastopen", "1", "0", shows_fastopen_client, NULL},
	{"Fast Open, server", "fastopen", "3", "0", shows_fastopen_server, has_fastopen},
	{"delayed ACK", "delayed_ack", "yes", "no", shows_delayed_ack, has_delayed_ack},
	{"limited transmit", "limited_transmit", "yes", "no", shows_limited_transmit,
		has_limited_transmit},
	{"slow start after idle", "slow_start_after_idle", "yes", "no", shows_slow_start_after_idle,
		NULL},
	{"appropriate byte counting", "abc", "yes", "no", shows_abc, NULL},
	{"tail loss probe", "early_retrans", "3", "0", shows_tail_loss_probe, NULL},
	{"RACK", "recovery", "linux-rack", "newreno", shows_rack, has_rack},
	{"F-RTO", "frto", "2", "0", shows_frto, NULL},
	{"HyStart", "hystart", "3", "0", shows_hystart, has_hystart},
	{"proportional rate reduction", "recovery", "freebsd", "newreno", shows_prr, has_prr},
	{"keep-alive of all", "always_keepalive", "yes", "no", shows_always_keepalive, NULL},
	{"path MTU discovery", "pmtu_discovery", "yes", "no", shows_pmtu_discovery, NULL},
	{"path MTU probing", "mtu_probing", "1", "0", shows_mtu_probing, has_mtu_probing},
	{"black hole detection", "pmtu_blackhole", "yes", "no", shows_mtu_probing, has_blackhole},
	{"SYN cookies", "syncookies", "1", "0", shows_syncookies, NULL},
	{"RFC 1337", "rfc1337", "yes", "no", shows_rfc1337, has_assassination},
	{"RST for unread text", "reset_on_close_unread", "yes", "no", shows_reset_on_close_unread,
		NULL},
	{"FIN-WAIT-2 limit", "fin_wait_2_timeout", "60 s", "0", shows_fin_wait_2_timeout,
		has_endless_fin_wait_2},
	{"autotuning", "autotune", "yes", "no", shows_autotune, NULL},
};

static void set_field(struct tcpsim_profile *profile, const char *field, const char *text)
{
	cr_assert_eq(tcpsim_profile_field_set(profile, tcpsim_profile_field_find(field), text), 0,
		"%s = %s", field, text);
}

static bool is_off(const struct tcpsim_profile *profile, const struct feature *f)
{
	char is[100], off[100];
	struct tcpsim_profile without = *profile;
	const struct tcpsim_profile_field *field = tcpsim_profile_field_find(f->field);

	set_field(&without, f->field, f->off);
	tcpsim_profile_field_text(profile, field, is, sizeof(is));
	tcpsim_profile_field_text(&without, field, off, sizeof(off));
	return strcmp(is, off) == 0;
}

Test(features, each_shows_when_on_and_not_when_off)
{
	for (size_t i = 0; i < sizeof(FEATURES) / sizeof(FEATURES[0]); i++) {
		const struct feature *f = &FEATURES[i];
		unsigned offer_it = 0;

		for (int k = 0; tcpsim_profiles[k]; k++) {
			struct tcpsim_profile with = *tcpsim_profiles[k], without = with;

			if (f->offered ? !f->offered(&with) : is_off(&with, f))
				continue;
			offer_it++;
			if (f->offered)
				set_field(&with, f->field, f->on);
			set_field(&without, f->field, f->off);
			cr_expect(
				f->shows(&with), "%s on %s: on, and not seen", f->name, with.name);
			cr_expect_not(f->shows(&without), "%s on %s: off, and yet seen", f->name,
				with.name);
		}
		cr_expect_gt(offer_it, 0, "nobody offers %s", f->name);
	}
}

/* --- every choice of the schema does something --- */

static uint64_t battery(const struct tcpsim_profile *profile)
{
	heard = 1;
	for (size_t i = 0; i < sizeof(FEATURES) / sizeof(FEATURES[0]); i++)
		if (FEATURES[i].shows != shows_autotune) /* long, and a switch of its own */
			hear(FEATURES[i].shows(profile));
	play_rare_scenes(profile);
	chat_from_every_state(profile);
	return heard;
}

/* Some system does otherwise with that value than with its own. */
static bool changes_something(const struct tcpsim_profile_field *field, const char *value)
{
	static const struct tcpsim_profile *const BASE[] = {&tcpsim_profile_bsd44,
		&tcpsim_profile_linux, &tcpsim_profile_freebsd, &tcpsim_profile_rfc9293};

	static uint64_t plain[4];

	for (size_t i = 0; i < 4; i++) {
		struct tcpsim_profile other = *BASE[i];
		char is[100];

		tcpsim_profile_field_text(BASE[i], field, is, sizeof(is));
		if (strcmp(is, value) == 0)
			continue;
		set_field(&other, field->name, value);
		if (!plain[i])
			plain[i] = battery(BASE[i]);
		if (battery(&other) != plain[i])
			return true;
	}
	return false;
}

/* What one host and one peer do not show, and where it is. */
static const struct {
	const char *field, *test;
} ELSEWHERE[] = {
	{"linger_nonblocking", "tests/unit/socket/linger.c"},
	{"linger_is_told", "tests/unit/socket/linger.c"},
	{"tw_reuse_bound", "tests/unit/tcp/timewait.c"},
	{"ports_shared", "tests/unit/socket/calls.c"},
	{"simultaneous_open_data", "tests/unit/tcp/stream_bytes.c"},
	{"shutdown_ends_connect", "tests/unit/socket/calls.c"},
	{"shutdown_ends_listen", "tests/unit/socket/calls.c"},
	{"keepalive_from_setting", "tests/scripts/linux"},
	{"keepalive_spares_text", "tests/scripts/linux"},
	{"ack_flag_first", "tests/scripts/linux"},
	{"maxseg_remembered", "tests/scripts/linux"},
	{"time_wait_restarts_on_ack", "tests/scripts/linux"},
	{"synack_fin", "tests/scripts/linux"},
	{"paws_spares_acks", "tests/scripts/linux"},
	{"paws_silent_old_acks", "tests/scripts/linux"},
	{"handshake_echo_checked", "tests/scripts/linux"},
	{"urgent_zero", "tests/scripts/linux"},
	{"urgent_at_pointer", "tests/scripts/linux"},
	{"reflect_tos", "tests/scripts/linux"},
	{"retrans_collapse", "tests/scripts/linux"},
	{"probe_repeats_urgent", "tests/scripts/linux"},
	{"answer_reflects_tos", "tests/scripts/linux"},
	{"answers_forbid_fragments", "tests/unit/tcp/pmtu.c"},
	{"info_always", "tests/scripts/linux"},
	{"shutdown_disconnects", "tests/scripts/linux"},
	{"ack_in_window", "tests/scripts/linux"},
	{"ecn_synack_again", "tests/scripts/linux"},
	{"urgent_poll_here", "tests/scripts/linux"},
	{"accecn_unasked", "tests/scripts/linux"},
	{"pmtu_plateaus", "tests/scripts/linux"},
	{"crossing_reset", "tests/scripts/linux"},
	{"crossing_window_scaled", "tests/scripts/linux"},
	{"pmtu_ignores_below_least", "tests/scripts/linux"},
	{"ssthresh_rule", "tests/unit/cc/cc.c"},
	{"soft_error_told", "tests/unit/tcp/pmtu.c"},
	{"ack_forgets_soft_error", "tests/scripts/linux"},
	{"syn_ack_crosses_bare", "tests/scripts/linux"},
	{"urgent_end_told", "tests/scripts/linux"},
	{"accecn_settable", "tests/unit/sysctls.c"},
	{"largest_window_holds", "tests/scripts/linux-7.3"},
	{"pmtu_limits_adv_mss", "tests/scripts/linux"},
	{"syn_follows_pmtu", "tests/scripts/freebsd"},
	{"entry_rto_max", "tests/scripts/linux"},
	{"urgent_again_singly", "tests/scripts/linux"},
	{"time_wait_keeps_ttl", "tests/scripts"},
	{"nagle_asks_once", "tests/scripts/freebsd"},
	{"syncookie_keeps_options", "tests/scripts/freebsd"},
	{"predicted_text_first", "tests/scripts/linux"},
	{"time_wait_keeps_ecn", "tests/scripts/linux"},
	{"md5_rule", "tests/unit/tcp/md5.c"},
	{"pmtu_stamps_late", "tests/unit/tcp/pmtu.c"},
	{"icmp_error_queued", "tests/unit/tcp/icmp.c"},
};

static bool is_elsewhere(const char *field)
{
	for (size_t i = 0; i < sizeof(ELSEWHERE) / sizeof(ELSEWHERE[0]); i++)
		if (strcmp(ELSEWHERE[i].field, field) == 0)
			return true;
	return false;
}

Test(features, no_choice_of_the_schema_is_dead)
{
	for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
		const struct tcpsim_profile_field *field = &tcpsim_profile_schema[i];

		if (is_elsewhere(field->name))
			continue;
		if (field->type == TCPSIM_FIELD_BOOL)
			cr_expect(changes_something(field, "yes") || changes_something(field, "no"),
				"%s", field->name);
		for (int k = 0; field->type == TCPSIM_FIELD_ENUM && field->words[k]; k++)
			cr_expect(changes_something(field, field->words[k]), "%s: %s", field->name,
				field->words[k]);
	}
}

/* --- what a socket asks for, on every system --- */

Test(features, nagle_holds_a_second_small_segment)
{
	for (int k = 0; tcpsim_profiles[k]; k++) {
		for (int nodelay = 0; nodelay < 2; nodelay++) {
			struct tcpsim_peer *peer = opened_with(tcpsim_profiles[k], "<mss 1000>");

			option(peer, IPPROTO_TCP, TCP_NODELAY, nodelay);
			writes(peer, 10);
			writes(peer, 10);
			cr_expect_eq(lines_of(said(peer)), 1 + (unsigned)nodelay, "%s",
				tcpsim_profiles[k]->name);
			finish(peer);
		}
	}
}

Test(features, keepalive_asks_an_idle_peer)
{
	for (int k = 0; tcpsim_profiles[k]; k++) {
		struct tcpsim_profile p = *tcpsim_profiles[k];

		p.always_keepalive = false;
		cr_expect(keeps_alive(&p, true), "%s", p.name);
		cr_expect_not(keeps_alive(&p, false), "%s", p.name);
	}
}
