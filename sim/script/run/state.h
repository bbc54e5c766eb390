/* What the parts of the executor share. */
#ifndef SCRIPT_RUN_STATE_H
#define SCRIPT_RUN_STATE_H

#include "script/language/ast.h"
#include "script/run/payload.h"
#include "script/run/run.h"
#include <tcpsim/segment.h>

/* What the script has made happen to a socket so far: decides which packets are its own. */
enum socket_phase {
	SOCKET_NEW,
	SOCKET_LISTENING,
	SOCKET_PACKET_RECEIVED, /* a child: its first packet has come in */
	SOCKET_SYNACK_SENT,
	SOCKET_SYNACK_ACKED,
	SOCKET_CONNECTING,
	SOCKET_SYN_SENT,
	SOCKET_SYN_ACKED,
};

/* Addresses and sequence numbers of a connection, in the script's terms and in the system's. */
struct run_socket {
	enum socket_phase phase;
	bool has_tuple; /* local and remote are known */
	struct tcpsim_addr local, remote;
	uint16_t local_port, remote_port;
	uint32_t script_local_isn, script_remote_isn;
	uint32_t live_local_isn, live_remote_isn;
	struct payload *payload;
	GHashTable *ts_map; /* timestamp in the script -> on the wire, of what the system sent */
	bool has_ts_base;
	uint32_t ts_base_script, ts_base_live;
	int live_fd; /* -1: none yet */
};

/* A descriptor of the script. */
struct run_fd {
	int script_fd, live_fd;
	struct run_socket *socket; /* NULL: an epoll, a pipe, a file */
};

struct run_call;
struct code_state;

struct run {
	const struct script *script;
	const struct script_config *config;
	const struct script_run_options *options;
	struct sut *sut;
	struct script_result *result;
	bool stopped; /* the result stands */
	const struct script_event *event, *last_event;
	int64_t at_ns, at_end_ns; /* when the event is due (and ends, of a range) */
	int64_t offset_ns;	  /* what was added to a relative time */
	int64_t last_at_ns;	  /* when the last event was due */
	unsigned events_done;
	size_t moved;	    /* bytes of buffers and of inbound packets, so far */
	GPtrArray *sockets; /* struct run_socket, in the order they came to be */
	struct run_socket *under_test;
	GArray *fds; /* struct run_fd; closed ones are taken out */
	uint16_t next_port;
	uint16_t ip_id;
	struct run_call *pending;
	struct code_state *code;
};

#endif
