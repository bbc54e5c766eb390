/*
 * The names that the headers had before each began with tcpsim_ or TCPSIM_, for programs written
 * then. It is included where TCPSIM_OLD_NAMES is defined; pkg-config --cflags defines it until 1.0,
 * -UTCPSIM_OLD_NAMES after that takes it back. `struct peer` of the testkit is among them, so that
 * `peer` is no name for anything else then.
 *
 * TCP_ESTABLISHED, TCP_SYN_SENT, TCP_TIME_WAIT, TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN,
 * TCP_CLOSING and tcp_seq are the C library's too. Where its <netinet/tcp.h> was included before,
 * they stay the library's; else it is included here with its own under other names, so that the
 * order of includes does not matter. <linux/tcp.h> cannot follow then: it and <netinet/tcp.h>
 * exclude each other.
 */
#ifndef TCPSIM_OLD_NAMES_H
#define TCPSIM_OLD_NAMES_H

#if !defined(_NETINET_TCP_H) && !defined(_LINUX_TCP_H) && !defined(_UAPI_LINUX_TCP_H)
#define TCP_ESTABLISHED tcpsim_libc_TCP_ESTABLISHED
#define TCP_SYN_SENT	tcpsim_libc_TCP_SYN_SENT
#define TCP_TIME_WAIT	tcpsim_libc_TCP_TIME_WAIT
#define TCP_CLOSE_WAIT	tcpsim_libc_TCP_CLOSE_WAIT
#define TCP_LAST_ACK	tcpsim_libc_TCP_LAST_ACK
#define TCP_LISTEN	tcpsim_libc_TCP_LISTEN
#define TCP_CLOSING	tcpsim_libc_TCP_CLOSING
#define tcp_seq		tcpsim_libc_tcp_seq
#include <netinet/tcp.h>
#undef TCP_ESTABLISHED
#undef TCP_SYN_SENT
#undef TCP_TIME_WAIT
#undef TCP_CLOSE_WAIT
#undef TCP_LAST_ACK
#undef TCP_LISTEN
#undef TCP_CLOSING
#undef tcp_seq
#define TCP_ESTABLISHED TCPSIM_ESTABLISHED
#define TCP_SYN_SENT	TCPSIM_SYN_SENT
#define TCP_TIME_WAIT	TCPSIM_TIME_WAIT
#define TCP_CLOSE_WAIT	TCPSIM_CLOSE_WAIT
#define TCP_LAST_ACK	TCPSIM_LAST_ACK
#define TCP_LISTEN	TCPSIM_LISTEN
#define TCP_CLOSING	TCPSIM_CLOSING
#define tcp_seq		tcpsim_seq
#endif

#define BACKLOG_BSD44		      TCPSIM_BACKLOG_BSD44
#define BACKLOG_FREEBSD		      TCPSIM_BACKLOG_FREEBSD
#define BACKLOG_FREEBSD4	      TCPSIM_BACKLOG_FREEBSD4
#define BACKLOG_HPUX		      TCPSIM_BACKLOG_HPUX
#define BACKLOG_LINUX		      TCPSIM_BACKLOG_LINUX
#define BACKLOG_LINUX24		      TCPSIM_BACKLOG_LINUX24
#define BACKLOG_SOLARIS		      TCPSIM_BACKLOG_SOLARIS
#define BIND_BSD		      TCPSIM_BIND_BSD
#define BIND_LINUX		      TCPSIM_BIND_LINUX
#define BLACKHOLE_ALL		      TCPSIM_BLACKHOLE_ALL
#define BLACKHOLE_LOCAL		      TCPSIM_BLACKHOLE_LOCAL
#define BLACKHOLE_OFF		      TCPSIM_BLACKHOLE_OFF
#define BLACKHOLE_SYN		      TCPSIM_BLACKHOLE_SYN
#define DELACK_BSD_FAST		      TCPSIM_DELACK_BSD_FAST
#define DELACK_FIXED		      TCPSIM_DELACK_FIXED
#define DELACK_LINUX		      TCPSIM_DELACK_LINUX
#define DUPLICATE_ALL		      TCPSIM_DUPLICATE_ALL
#define DUPLICATE_LAST_ACK	      TCPSIM_DUPLICATE_LAST_ACK
#define DUPLICATE_STRICT	      TCPSIM_DUPLICATE_STRICT
#define EARLY_RETRANS_DELAYED	      TCPSIM_EARLY_RETRANS_DELAYED
#define EARLY_RETRANS_ER	      TCPSIM_EARLY_RETRANS_ER
#define EARLY_RETRANS_OFF	      TCPSIM_EARLY_RETRANS_OFF
#define EARLY_RETRANS_TLP	      TCPSIM_EARLY_RETRANS_TLP
#define EARLY_RETRANS_TLP_ONLY	      TCPSIM_EARLY_RETRANS_TLP_ONLY
#define ECN_MODE_ACCEPT		      TCPSIM_ECN_MODE_ACCEPT
#define ECN_MODE_ACCURATE	      TCPSIM_ECN_MODE_ACCURATE
#define ECN_MODE_ACCURATE_ACCEPT      TCPSIM_ECN_MODE_ACCURATE_ACCEPT
#define ECN_MODE_ACCURATE_ASK_CLASSIC TCPSIM_ECN_MODE_ACCURATE_ASK_CLASSIC
#define ECN_MODE_ASK		      TCPSIM_ECN_MODE_ASK
#define ECN_MODE_OFF		      TCPSIM_ECN_MODE_OFF
#define ECN_OPTION_ALWAYS	      TCPSIM_ECN_OPTION_ALWAYS
#define ECN_OPTION_AT_NEED	      TCPSIM_ECN_OPTION_AT_NEED
#define ECN_OPTION_NEVER	      TCPSIM_ECN_OPTION_NEVER
#define ECN_OPTION_PERSIST	      TCPSIM_ECN_OPTION_PERSIST
#define EDGE_EMPTY		      TCPSIM_EDGE_EMPTY
#define EDGE_NO_RST		      TCPSIM_EDGE_NO_RST
#define EDGE_OUTSIDE		      TCPSIM_EDGE_OUTSIDE
#define FASTOPEN_CLIENT		      TCPSIM_FASTOPEN_CLIENT
#define FASTOPEN_CLIENT_NO_COOKIE     TCPSIM_FASTOPEN_CLIENT_NO_COOKIE
#define FASTOPEN_EVERY_LISTENER	      TCPSIM_FASTOPEN_EVERY_LISTENER
#define FASTOPEN_SERVER		      TCPSIM_FASTOPEN_SERVER
#define FASTOPEN_SERVER_NO_COOKIE     TCPSIM_FASTOPEN_SERVER_NO_COOKIE
#define FRTO_BASIC		      TCPSIM_FRTO_BASIC
#define FRTO_ENHANCED		      TCPSIM_FRTO_ENHANCED
#define FRTO_OFF		      TCPSIM_FRTO_OFF
#define HANDSHAKE_ANSWERS	      TCPSIM_HANDSHAKE_ANSWERS
#define HANDSHAKE_CONNECTION	      TCPSIM_HANDSHAKE_CONNECTION
#define HANDSHAKE_SYN_CACHE	      TCPSIM_HANDSHAKE_SYN_CACHE
#define HYSTART_DELAY		      TCPSIM_HYSTART_DELAY
#define HYSTART_PLUS_PLUS	      TCPSIM_HYSTART_PLUS_PLUS
#define HYSTART_TRAIN		      TCPSIM_HYSTART_TRAIN
#define ISS_BSD44		      TCPSIM_ISS_BSD44
#define ISS_RFC6528		      TCPSIM_ISS_RFC6528
#define LATE_ABORT_RESETS	      TCPSIM_LATE_ABORT_RESETS
#define LATE_ABORT_SILENT	      TCPSIM_LATE_ABORT_SILENT
#define LATE_ABORT_UNSENT	      TCPSIM_LATE_ABORT_UNSENT
#define MTU_PROBING_ALWAYS	      TCPSIM_MTU_PROBING_ALWAYS
#define MTU_PROBING_BLACK_HOLE	      TCPSIM_MTU_PROBING_BLACK_HOLE
#define MTU_PROBING_OFF		      TCPSIM_MTU_PROBING_OFF
#define OPTIONS_BSD		      TCPSIM_OPTIONS_BSD
#define OPTIONS_LINUX		      TCPSIM_OPTIONS_LINUX
#define OVERRUN_CUT		      TCPSIM_OVERRUN_CUT
#define OVERRUN_IF_READ		      TCPSIM_OVERRUN_IF_READ
#define OVERRUN_WHOLE		      TCPSIM_OVERRUN_WHOLE
#define PEERS_MAX		      TCPSIM_PEERS_MAX
#define PORTS_RANDOM		      TCPSIM_PORTS_RANDOM
#define PORTS_SEQUENTIAL	      TCPSIM_PORTS_SEQUENTIAL
#define QUEUED_RESET_ABORTED	      TCPSIM_QUEUED_RESET_ABORTED
#define QUEUED_RESET_LEAVES	      TCPSIM_QUEUED_RESET_LEAVES
#define QUEUED_RESET_TAKEN	      TCPSIM_QUEUED_RESET_TAKEN
#define RACK_NO_DUPTHRESH	      TCPSIM_RACK_NO_DUPTHRESH
#define RACK_STATIC_WINDOW	      TCPSIM_RACK_STATIC_WINDOW
#define RACK_TIME		      TCPSIM_RACK_TIME
#define RECOVERY_FREEBSD	      TCPSIM_RECOVERY_FREEBSD
#define RECOVERY_LINUX		      TCPSIM_RECOVERY_LINUX
#define RECOVERY_NEWRENO	      TCPSIM_RECOVERY_NEWRENO
#define RECOVERY_TAHOE_RENO	      TCPSIM_RECOVERY_TAHOE_RENO
#define RST_ACCEPT_EXACT	      TCPSIM_RST_ACCEPT_EXACT
#define RST_ACCEPT_WINDOW	      TCPSIM_RST_ACCEPT_WINDOW
#define RTT_BSD_TICKS		      TCPSIM_RTT_BSD_TICKS
#define RTT_FREEBSD		      TCPSIM_RTT_FREEBSD
#define RTT_LINUX		      TCPSIM_RTT_LINUX
#define RTT_RFC6298		      TCPSIM_RTT_RFC6298
#define SHUT_WINDOW_PERSISTS	      TCPSIM_SHUT_WINDOW_PERSISTS
#define SHUT_WINDOW_RETRANSMITS	      TCPSIM_SHUT_WINDOW_RETRANSMITS
#define SOCKETS_BSD		      TCPSIM_SOCKETS_BSD
#define SOCKETS_LINUX		      TCPSIM_SOCKETS_LINUX
#define SSTHRESH_CWND		      TCPSIM_SSTHRESH_CWND
#define SSTHRESH_FLIGHT		      TCPSIM_SSTHRESH_FLIGHT
#define SSTHRESH_WINDOW		      TCPSIM_SSTHRESH_WINDOW
#define SSTHRESH_WINDOW_AT_TIMEOUT    TCPSIM_SSTHRESH_WINDOW_AT_TIMEOUT
#define SYNCOOKIES_ALWAYS	      TCPSIM_SYNCOOKIES_ALWAYS
#define SYNCOOKIES_AT_NEED	      TCPSIM_SYNCOOKIES_AT_NEED
#define SYNCOOKIES_NEVER	      TCPSIM_SYNCOOKIES_NEVER
#define SYN_ACCEPT_CHALLENGE	      TCPSIM_SYN_ACCEPT_CHALLENGE
#define SYN_ACCEPT_INSECURE	      TCPSIM_SYN_ACCEPT_INSECURE
#define SYN_ACCEPT_RESET	      TCPSIM_SYN_ACCEPT_RESET
#define tcpsim_host_expect	      tcpsim_host_prefetch
#define TCP_ACK			      TCPSIM_ACK
#define TCP_AE			      TCPSIM_AE
#define TCP_CLOSED		      TCPSIM_CLOSED
#define TCP_CWR			      TCPSIM_CWR
#define TCP_ECE			      TCPSIM_ECE
#define TCP_EVENT_CALL		      TCPSIM_EVENT_CALL
#define TCP_EVENT_CWND		      TCPSIM_EVENT_CWND
#define TCP_EVENT_DROP		      TCPSIM_EVENT_DROP
#define TCP_EVENT_ERROR		      TCPSIM_EVENT_ERROR
#define TCP_EVENT_ICMP		      TCPSIM_EVENT_ICMP
#define TCP_EVENT_LIMIT		      TCPSIM_EVENT_LIMIT
#define TCP_EVENT_QUEUE		      TCPSIM_EVENT_QUEUE
#define TCP_EVENT_SEGMENT_IN	      TCPSIM_EVENT_SEGMENT_IN
#define TCP_EVENT_SEGMENT_OUT	      TCPSIM_EVENT_SEGMENT_OUT
#define TCP_EVENT_STATE		      TCPSIM_EVENT_STATE
#define TCP_EVENT_TIMER_FIRED	      TCPSIM_EVENT_TIMER_FIRED
#define TCP_EVENT_TIMER_SET	      TCPSIM_EVENT_TIMER_SET
#define TCP_EVENT_TIMER_STOPPED	      TCPSIM_EVENT_TIMER_STOPPED
#define TCP_FASTOPEN_COOKIE_MAX	      TCPSIM_FASTOPEN_COOKIE_MAX
#define TCP_FIELD_BITS		      TCPSIM_FIELD_BITS
#define TCP_FIELD_BOOL		      TCPSIM_FIELD_BOOL
#define TCP_FIELD_CHOICE	      TCPSIM_FIELD_CHOICE
#define TCP_FIELD_ENUM		      TCPSIM_FIELD_ENUM
#define TCP_FIELD_INT		      TCPSIM_FIELD_INT
#define TCP_FIELD_LIST		      TCPSIM_FIELD_LIST
#define TCP_FIELD_TIME		      TCPSIM_FIELD_TIME
#define TCP_FIN			      TCPSIM_FIN
#define TCP_FIN_WAIT_1		      TCPSIM_FIN_WAIT_1
#define TCP_FIN_WAIT_2		      TCPSIM_FIN_WAIT_2
#define TCP_HAS_ACCECN		      TCPSIM_HAS_ACCECN
#define TCP_HAS_AO		      TCPSIM_HAS_AO
#define TCP_HAS_FASTOPEN	      TCPSIM_HAS_FASTOPEN
#define TCP_HAS_FASTOPEN_EXP	      TCPSIM_HAS_FASTOPEN_EXP
#define TCP_HAS_MALFORMED	      TCPSIM_HAS_MALFORMED
#define TCP_HAS_MD5		      TCPSIM_HAS_MD5
#define TCP_HAS_MPTCP		      TCPSIM_HAS_MPTCP
#define TCP_HAS_MSS		      TCPSIM_HAS_MSS
#define TCP_HAS_SACK		      TCPSIM_HAS_SACK
#define TCP_HAS_SACK_PERMITTED	      TCPSIM_HAS_SACK_PERMITTED
#define TCP_HAS_TIMESTAMP	      TCPSIM_HAS_TIMESTAMP
#define TCP_HAS_UNKNOWN		      TCPSIM_HAS_UNKNOWN
#define TCP_HAS_USER_TIMEOUT	      TCPSIM_HAS_USER_TIMEOUT
#define TCP_HAS_WSCALE		      TCPSIM_HAS_WSCALE
#define TCP_ICMP_HARD		      TCPSIM_ICMP_HARD
#define TCP_ICMP_IGNORE		      TCPSIM_ICMP_IGNORE
#define TCP_ICMP_PMTU		      TCPSIM_ICMP_PMTU
#define TCP_ICMP_QUENCH		      TCPSIM_ICMP_QUENCH
#define TCP_ICMP_SOFT		      TCPSIM_ICMP_SOFT
#define TCP_MAX_OPTIONS_LEN	      TCPSIM_MAX_OPTIONS_LEN
#define TCP_MAX_SACK_BLOCKS	      TCPSIM_MAX_SACK_BLOCKS
#define TCP_NRULES		      TCPSIM_NRULES
#define TCP_NSTATES		      TCPSIM_NSTATES
#define TCP_NTIMERS		      TCPSIM_NTIMERS
#define TCP_OPT_ACCECN0		      TCPSIM_OPT_ACCECN0
#define TCP_OPT_ACCECN1		      TCPSIM_OPT_ACCECN1
#define TCP_OPT_AO		      TCPSIM_OPT_AO
#define TCP_OPT_EOL		      TCPSIM_OPT_EOL
#define TCP_OPT_EXP		      TCPSIM_OPT_EXP
#define TCP_OPT_FASTOPEN	      TCPSIM_OPT_FASTOPEN
#define TCP_OPT_MD5		      TCPSIM_OPT_MD5
#define TCP_OPT_MPTCP		      TCPSIM_OPT_MPTCP
#define TCP_OPT_MSS		      TCPSIM_OPT_MSS
#define TCP_OPT_NOP		      TCPSIM_OPT_NOP
#define TCP_OPT_SACK		      TCPSIM_OPT_SACK
#define TCP_OPT_SACK_PERMITTED	      TCPSIM_OPT_SACK_PERMITTED
#define TCP_OPT_TIMESTAMP	      TCPSIM_OPT_TIMESTAMP
#define TCP_OPT_USER_TIMEOUT	      TCPSIM_OPT_USER_TIMEOUT
#define TCP_OPT_WSCALE		      TCPSIM_OPT_WSCALE
#define TCP_PROFILE_LIST_MAX	      TCPSIM_PROFILE_LIST_MAX
#define TCP_PSH			      TCPSIM_PSH
#define TCP_RST			      TCPSIM_RST
#define TCP_RULE_NONE		      TCPSIM_RULE_NONE
#define TCP_SYN			      TCPSIM_SYN
#define TCP_SYN_RECEIVED	      TCPSIM_SYN_RCVD
#define TCP_TIMER_2MSL		      TCPSIM_TIMER_2MSL
#define TCP_TIMER_DELACK	      TCPSIM_TIMER_DELACK
#define TCP_TIMER_GIVE_UP	      TCPSIM_TIMER_GIVE_UP
#define TCP_TIMER_KEEPALIVE	      TCPSIM_TIMER_KEEPALIVE
#define TCP_TIMER_PACE		      TCPSIM_TIMER_PACE
#define TCP_TIMER_PERSIST	      TCPSIM_TIMER_PERSIST
#define TCP_TIMER_PROBE		      TCPSIM_TIMER_PROBE
#define TCP_TIMER_REORDER	      TCPSIM_TIMER_REORDER
#define TCP_TIMER_RETRANSMIT	      TCPSIM_TIMER_RETRANSMIT
#define TCP_URG			      TCPSIM_URG
#define TIME_WAIT_ALL		      TCPSIM_TIME_WAIT_ALL
#define TIME_WAIT_CHECKED	      TCPSIM_TIME_WAIT_CHECKED
#define TIME_WAIT_NUMBERED	      TCPSIM_TIME_WAIT_NUMBERED
#define TW_REUSE_ALWAYS		      TCPSIM_TW_REUSE_ALWAYS
#define TW_REUSE_LOOPBACK	      TCPSIM_TW_REUSE_LOOPBACK
#define TW_REUSE_NEVER		      TCPSIM_TW_REUSE_NEVER
#define WINDOW_BSD		      TCPSIM_WINDOW_BSD
#define WINDOW_LINUX		      TCPSIM_WINDOW_LINUX
#define WINDOW_UPDATE_ANY	      TCPSIM_WINDOW_UPDATE_ANY
#define WINDOW_UPDATE_GROWN	      TCPSIM_WINDOW_UPDATE_GROWN
#define WINDOW_UPDATE_NEWS	      TCPSIM_WINDOW_UPDATE_LARGER
#define WINDOW_UPDATE_NEWS_OR_SHUT    TCPSIM_WINDOW_UPDATE_LARGER_OR_SHUT
#define peer_failure_fn		      tcpsim_peer_failure_fn
#define peer_options		      tcpsim_peer_options
#define seq_add			      tcpsim_seq_add
#define seq_diff		      tcpsim_seq_diff
#define seq_eq			      tcpsim_seq_eq
#define seq_ge			      tcpsim_seq_ge
#define seq_gt			      tcpsim_seq_gt
#define seq_in			      tcpsim_seq_in
#define seq_le			      tcpsim_seq_le
#define seq_lt			      tcpsim_seq_lt
#define seq_max			      tcpsim_seq_max
#define seq_min			      tcpsim_seq_min
#define seq_sub			      tcpsim_seq_sub
#define tcp_backlog_rule	      tcpsim_backlog_rule
#define tcp_bind_rule		      tcpsim_bind_rule
#define tcp_delack_rule		      tcpsim_delack_rule
#define tcp_duplicate_rule	      tcpsim_duplicate_rule
#define tcp_ecn_mode		      tcpsim_ecn_mode
#define tcp_edge_rule		      tcpsim_edge_rule
#define tcp_event		      tcpsim_event
#define tcp_event_fn		      tcpsim_event_fn
#define tcp_event_kind		      tcpsim_event_kind
#define tcp_field_type		      tcpsim_field_type
#define tcp_handshake_rule	      tcpsim_handshake_rule
#define tcp_icmp_effect		      tcpsim_icmp_effect
#define tcp_icmp_rule		      tcpsim_icmp_rule
#define tcp_int_list		      tcpsim_int_list
#define tcp_iss_rule		      tcpsim_iss_rule
#define tcp_late_abort		      tcpsim_late_abort
#define tcp_option_kind		      tcpsim_option_kind
#define tcp_option_order	      tcpsim_option_order
#define tcp_options		      tcpsim_options
#define tcp_overrun_rule	      tcpsim_overrun_rule
#define tcp_port_order		      tcpsim_port_order
#define tcp_profile		      tcpsim_profile
#define tcp_profile_bit		      tcpsim_profile_bit
#define tcp_profile_bsd44	      tcpsim_profile_bsd44
#define tcp_profile_check	      tcpsim_profile_check
#define tcp_profile_field	      tcpsim_profile_field
#define tcp_profile_field_find	      tcpsim_profile_field_find
#define tcp_profile_field_range_text  tcpsim_profile_field_range_text
#define tcp_profile_field_set	      tcpsim_profile_field_set
#define tcp_profile_field_text	      tcpsim_profile_field_text
#define tcp_profile_find	      tcpsim_profile_find
#define tcp_profile_freebsd	      tcpsim_profile_freebsd
#define tcp_profile_linux	      tcpsim_profile_linux
#define tcp_profile_rfc9293	      tcpsim_profile_rfc9293
#define tcp_profile_schema	      tcpsim_profile_schema
#define tcp_profile_schema_n	      tcpsim_profile_schema_n
#define tcp_profile_syn_schedule      tcpsim_profile_syn_schedule
#define tcp_profile_syn_timeout	      tcpsim_profile_syn_timeout
#define tcp_profiles		      tcpsim_profiles
#define tcp_queued_reset	      tcpsim_queued_reset
#define tcp_rst_accept		      tcpsim_rst_accept
#define tcp_rtt_method		      tcpsim_rtt_method
#define tcp_rule		      tcpsim_rule
#define tcp_rule_by_name	      tcpsim_rule_by_name
#define tcp_rule_text		      tcpsim_rule_text
#define tcp_sack_block		      tcpsim_sack_block
#define tcp_segment		      tcpsim_segment
#define tcp_seq_of		      tcpsim_seq_of
#define tcp_shut_window		      tcpsim_shut_window
#define tcp_socket_habits	      tcpsim_socket_habits
#define tcp_ssthresh_rule	      tcpsim_ssthresh_rule
#define tcp_state		      tcpsim_state
#define tcp_state_linux_number	      tcpsim_state_linux_number
#define tcp_state_name		      tcpsim_state_name
#define tcp_syn_accept		      tcpsim_syn_accept
#define tcp_time_wait_rule	      tcpsim_time_wait_rule
#define tcp_timer		      tcpsim_timer
#define tcp_timer_name		      tcpsim_timer_name
#define tcp_window_rule		      tcpsim_window_rule
#define tcp_window_update	      tcpsim_window_update
#define world_say_fn		      tcpsim_world_say_fn

/* Names that began so already and are others since. */
#define TCPSIM_SYN_RECEIVED		  TCPSIM_SYN_RCVD
#define TCPSIM_WINDOW_UPDATE_NEWS	  TCPSIM_WINDOW_UPDATE_LARGER
#define TCPSIM_WINDOW_UPDATE_NEWS_OR_SHUT TCPSIM_WINDOW_UPDATE_LARGER_OR_SHUT

/* <tcpsim/testkit.h> */
#ifndef TCPSIM_TESTKIT_SHORT_NAMES
#define TCPSIM_TESTKIT_SHORT_NAMES
#endif
#define peer tcpsim_peer

#endif
