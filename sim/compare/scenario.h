/*
 * A scenario: what happens to a host from outside, event by event. Segments and ICMP messages that
 * a peer sends, calls that a program makes, each at its time, and the settings that were made
 * before.
 *
 * It is concrete: nothing in it depends on what the host does. Numbers of the peer are relative to
 * the peer's first one, acknowledgments and SACK blocks to the host's, timestamp echoes to the
 * host's first timestamp, descriptors count from
 * 3. So the same scenario can be played to the model and to the running kernel, shortened, and
 * written as a script.
 */
#ifndef COMPARE_SCENARIO_H
#define COMPARE_SCENARIO_H

#include "script/system/config.h"
#include <stdbool.h>
#include <tcpsim/segment.h>

#define SCENARIO_CONNECTIONS 3
/* The port of the program's listener, and the peer's ports: for the n-th connection. */
#define SCENARIO_LISTEN_PORT  8080
#define SCENARIO_PEER_PORT(n) ((uint16_t)(40000 + (n)))

enum scenario_kind { SCENARIO_SEGMENT, SCENARIO_ICMP, SCENARIO_CALL };

struct scenario_segment {
	uint8_t connection;
	uint8_t tos, ttl, n_sack;
	uint16_t flags, window, urgent;
	uint32_t seq, ack, len;
	uint16_t has; /* TCP_HAS_...: which of the options below */
	uint16_t mss;
	uint8_t wscale;
	bool ecr_is_absolute; /* or relative to the newest timestamp that the host has sent */
	uint32_t ts_val, ts_ecr;
	struct {
		uint32_t start, end;
	} sack[3];
};

struct scenario_icmp {
	uint8_t connection, type, code;
	uint16_t mtu;
	uint32_t seq; /* of the quoted segment, relative to the host's first number */
};

struct scenario_call {
	enum sut_nr nr;
	int fd;		    /* as the scenario counts: the first socket is 3 */
	int ints[3];	    /* as in struct sut_call */
	uint8_t connection; /* connect: whose port */
	uint32_t len;	    /* of what is read or written; the length of an option's value */
	int value[2];	    /* of an option; poll: the events */
	bool may_block;
};

struct scenario_event {
	int64_t time_ns;
	enum scenario_kind kind;
	union {
		struct scenario_segment segment;
		struct scenario_icmp icmp;
		struct scenario_call call;
	};
};

struct scenario_setting {
	char name[64], value[64];
};

struct scenario {
	uint64_t seed;
	enum script_ip_version ip;
	int64_t end_ns;	  /* it is watched until then */
	GArray *settings; /* struct scenario_setting */
	GArray *events;	  /* struct scenario_event, in order of time */
};

struct scenario *scenario_new(uint64_t seed, enum script_ip_version ip);
struct scenario *scenario_copy(const struct scenario *scenario);
void scenario_free(struct scenario *scenario);
/* All times farther from each other by `factor`. */
void scenario_stretch(struct scenario *scenario, double factor);

/* A machine may have it so that a namespace begins with another one: scenarios name theirs. */
#define SCENARIO_CONGESTION_CONTROL "net.ipv4.tcp_congestion_control"
/* One setting more, by its dotted name. */
void scenario_set(struct scenario *scenario, const char *name, const char *value);

void scenario_write(const struct scenario *scenario, GByteArray *out);
/* NULL if the bytes end before; *at moves behind it. */
struct scenario *scenario_read(const uint8_t **at, const uint8_t *end);

/* Addresses and the rest of a run's settings. */
void scenario_config(const struct scenario *scenario, struct script_config *config);

#endif
