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

/* --- run.c --- */
/* The script fails here, once; always false. */
bool run_fail(struct run *run, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The same for what is wrong with the script itself. */
bool run_fault(struct run *run, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Is `actual` when `what` was due? Fails if not. since_ns: the last event's time, for the
 * percentage; -1: none. */
bool run_check_time(struct run *run, const struct script_event *event, int64_t due_ns,
	int64_t due_end_ns, int64_t actual_ns, int64_t since_ns, const char *what);
/* Lets time go on to the event's; false if it failed. */
bool run_wait_for_event(struct run *run);
int64_t run_now(struct run *run);
/* Advances; what completes a pending call is taken care of. */
enum sut_wake run_advance(struct run *run, int64_t until_ns, unsigned wanted);
/* Counts what the script makes the system hold; false, the script failed, if that is too much. */
bool run_moves(struct run *run, size_t bytes);
int64_t run_tolerance(const struct run *run, int64_t span_ns);

/* --- run/socket.c --- */
struct run_socket *run_socket_new(struct run *run);
struct run_fd *run_fd_find(struct run *run, int script_fd);
/* By the system's number. */
struct run_fd *run_fd_live(struct run *run, int live_fd);
void run_fd_add(struct run *run, int script_fd, int live_fd, struct run_socket *socket);
void run_fd_remove(struct run *run, int script_fd);
/* A child of a listener, for the first packet that comes in. */
struct run_socket *run_socket_child(struct run *run, uint32_t script_seq);
/* What to add to a number of the script to get the wire's. */
uint32_t run_remote_offset(const struct run_socket *socket, bool syn);
uint32_t run_local_offset(const struct run_socket *socket, bool syn);

/* --- run/inbound.c, run/outbound.c --- */
bool run_inbound(struct run *run, const struct script_packet *packet);
bool run_outbound(struct run *run, const struct script_packet *packet);
/* Appends to the result's packets. */
void run_note_packet(
	struct run *run, bool outbound, int64_t time_ns, int line, GBytes *bytes, const char *text);

/* --- run/call.c --- */
bool run_call_event(struct run *run, const struct script_event *event);
/* Waits for a pending call as the language allows (a second); false if it stays. */
bool run_await_call(struct run *run, int64_t limit_ns);
bool run_await_last_call(struct run *run);
void run_call_abandon(struct run *run);
bool run_call_complete(struct run *run);

/* --- code.c --- */
bool run_code_event(struct run *run, const struct script_event *event);
bool run_code_finish(struct run *run);
void run_code_free(struct code_state *code);

#endif
