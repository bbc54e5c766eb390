/*
 * A packetdrill script as a tree: what the parser makes, the formatter prints and the executor
 * runs.
 *
 * Both dialects (google's and nplab's) are one language here; a node says what was written, never
 * what it means on a system: symbols stay words, ICMP names stay names, until a run knows the
 * platform and the IP version. Everything belongs to the script's arena: one script_free() gives
 * all of it back.
 */
#ifndef SCRIPT_LANGUAGE_AST_H
#define SCRIPT_LANGUAGE_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_NS_PER_US 1000

/* `--name=value` before the first event; value is NULL where none was given. */
struct script_option {
	const char *name, *value;
	int line;
	struct script_option *next;
};

enum script_expr_kind {
	EXPR_ELLIPSIS, /* ... */
	EXPR_INTEGER,
	EXPR_WORD,   /* a symbol: AF_INET */
	EXPR_STRING, /* adjacent strings are joined; escapes are undone */
	EXPR_OR,     /* left | right */
	EXPR_ASSIGN, /* left = right: an attribute in a list of control data */
	EXPR_LIST,   /* [a, b] */
	EXPR_STRUCT, /* {name=value, name(count)=value, value} */
	EXPR_CALL,   /* inet_addr("192.0.2.1"), htons(80) */
};

struct script_expr {
	enum script_expr_kind kind;
	int line, column;
	struct script_expr *next; /* in a list */
	union {
		struct {
			int64_t value;
			bool hex;
		} integer;
		struct {
			const char *bytes;
			size_t len;
			bool open; /* "abc"...: only the start is given */
		} string;
		const char *word;
		struct {
			struct script_expr *left, *right;
		} pair;
		struct script_expr *list; /* LIST: its first element */
		struct script_field *fields;
		struct {
			const char *name;
			struct script_expr *args;
		} call;
	};
};

/* One member of a struct literal. */
struct script_field {
	const char *name;	   /* NULL: a value alone */
	struct script_expr *count; /* the 1 of msg_iov(1)=..., or NULL */
	struct script_expr *value;
	struct script_field *next;
};

enum script_tos_check {
	TOS_ANY,	/* nothing was said */
	TOS_BYTE,	/* tos 0x.., class 0x..: all eight bits */
	TOS_ECN,	/* the low two bits */
	TOS_DSCP,	/* the high six bits */
	TOS_ECT01,	/* ECT(0) or ECT(1) */
	TOS_DSCP_ECT01, /* the high six bits, and ECT(0) or ECT(1) */
};

struct script_ip {
	enum script_tos_check check;
	uint8_t tos;
	uint8_t ttl; /* 0: nothing was said */
	bool has_flow_label;
	uint32_t flow_label;
};

/* One TCP option as the script has it; bytes are those of the wire, kind and length included. */
struct script_tcp_option {
	uint8_t bytes[40];
	uint8_t len;
	bool any_ts_val;   /* TS val ...: not checked */
	bool absolute_ecr; /* TS val V ecr E!: not mapped */
	bool valid_md5;	   /* md5 valid: computed from the script's secret */
	const char *word;  /* FO COOKIE: a word that -D would have to define; else NULL */
	struct script_tcp_option *next;
};

struct script_encap {
	enum { ENCAP_IPV4, ENCAP_IPV6, ENCAP_GRE, ENCAP_MPLS } kind;
	const char *src, *dst; /* IP */
	const char *text;      /* GRE and MPLS: what stood between the word and the colon */
	struct script_ip ip;
	struct script_encap *next;
};

enum script_packet_kind { PACKET_TCP, PACKET_UDP, PACKET_ICMP };

/* The packet an ICMP message quotes. */
enum script_quote { QUOTE_NONE, QUOTE_TCP, QUOTE_UDP, QUOTE_RAW };

struct script_packet {
	enum script_packet_kind kind;
	bool outbound;
	struct script_encap *encaps;
	struct script_ip ip;
	bool has_ports;
	uint16_t src_port, dst_port;

	/* TCP; payload_len also of UDP, sequence and payload_len also of a quoted segment */
	uint16_t flags; /* TCPSIM_FIN ... TCPSIM_AE of <tcpsim/segment.h> */
	int8_t ace; /* -1: the three bits stand in flags; else their value was written as a digit */
	uint32_t seq;
	uint32_t payload_len;
	bool absolute_seq; /* 0:0(0)! */
	bool any_seq;	   /* ...(0) */
	bool has_ack;
	uint32_t ack;
	int32_t window; /* -1: not given */
	bool has_urgent;
	uint16_t urgent;
	bool any_options; /* <...> */
	bool raw_options; /* <0x...>: bytes, not option by option */
	struct script_tcp_option *options;
	bool has_udp_tunnel; /* /udp(9811 > 1) */
	uint16_t tunnel_src, tunnel_dst;
	bool has_reset_reason; /* [code N, pen N] */
	uint16_t reset_code;
	uint32_t reset_pen;

	/* ICMP */
	const char *icmp_type, *icmp_code; /* code may be NULL */
	int64_t icmp_mtu;		   /* -1: not given */
	uint16_t icmp_id;
	enum script_quote quote;
};

struct script_call {
	bool blocking;
	int64_t end_ns; /* when it returns; relative where the event's time is */
	const char *name;
	struct script_expr *args;
	struct script_expr *result;
	const char *error;	/* ECONNREFUSED, or NULL */
	const char *error_note; /* the text behind it */
	const char *note;	/* (flags O_RDWR) */
};

enum script_time {
	TIME_ABSOLUTE,
	TIME_RELATIVE,
	TIME_ANY,
	TIME_ABSOLUTE_RANGE,
	TIME_RELATIVE_RANGE,
};

enum script_event_kind { EVENT_PACKET, EVENT_CALL, EVENT_COMMAND, EVENT_CODE };

struct script_event {
	int line;
	enum script_time time;
	int64_t time_ns, time_end_ns; /* the end only of a range */
	const char *condition;	      /* the NAME of the #ifdef it stands in, or NULL */
	enum script_event_kind kind;
	union {
		struct script_packet packet;
		struct script_call call;
		const char *text; /* a command or code */
	};
	struct script_event *next;
};

struct script {
	const char *path;
	const char *source; /* the whole text */
	size_t source_len;
	struct script_option *options;
	const char *init_command, *cleanup_command;
	int init_line, cleanup_line;
	struct script_event *events;
	struct arena *arena;
};

#endif
