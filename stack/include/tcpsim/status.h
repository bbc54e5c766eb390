/*
 * STATUS, RFC 9293 §3.10.6: the variables of a connection by the RFC's names (§3.3.1), and what
 * RFC 5681 and RFC 6298 add. A copy of the moment; TCP_INFO (<tcpsim/tcp_info.h>) has what Linux
 * tells beside it. Sequence numbers are those of the wire.
 */
#ifndef TCPSIM_STATUS_H
#define TCPSIM_STATUS_H

#include <stdint.h>
#include <tcpsim/state.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tcpsim_host;

struct tcpsim_status {
	enum tcpsim_state state;
	uint32_t iss, snd_una, snd_nxt, snd_up, snd_wl1, snd_wl2;
	uint32_t snd_wnd; /* bytes, from SND.UNA */
	uint32_t snd_end; /* one past the last byte that the process wrote (a FIN not counted) */
	uint32_t irs, rcv_nxt, rcv_up;
	uint32_t rcv_wnd;		    /* bytes, from RCV.NXT, as last told */
	uint32_t mss;			    /* Eff.snd.MSS, RFC 9293 §3.7.1 */
	uint32_t cwnd, ssthresh;	    /* bytes, RFC 5681; UINT32_MAX: no threshold yet */
	int64_t srtt_ns, rttvar_ns, rto_ns; /* RFC 6298; 0: no round trip yet */
};

/*
 * `connection` is what events and tcpsim_connection_id() call it. 0; -EFAULT for NULL; -ENOENT if
 * there is none of that number, or none with such variables: a listener, what a listener has not
 * completed, a connection in TIME-WAIT.
 */
int tcpsim_status(struct tcpsim_host *host, uint32_t connection, struct tcpsim_status *status);

struct tcpsim_tcp_info;
/* Its TCP_INFO (<tcpsim/tcp_info.h>), also once its program has closed it; errors as above. */
int tcpsim_status_info(struct tcpsim_host *host, uint32_t connection, struct tcpsim_tcp_info *info);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
