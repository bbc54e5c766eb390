#include <host/siphash.h>
#include <tcp/cookies.h>

#include <string.h>
#include <tcp/state.h>

#define COOKIE_PERIOD_NS INT64_C(60000000000)
#define COOKIE_PERIODS	 2

/* Linux's choice, from measurement of what peers name. */
static const uint16_t MSS_V4[] = {536, 1300, 1440, 1460}, MSS_V6[] = {1220, 1420, 1440, 8940};
#define N_MSS 4u

static const uint16_t *mss_table(const struct conn *conn)
{
	return tcpsim_addr_is_v4(&conn->remote) ? MSS_V4 : MSS_V6;
}

static uint32_t hash(struct tcpsim_host *host, const struct conn *conn, uint32_t irs,
	uint32_t period, uint32_t index)
{
	struct {
		struct tcpsim_addr local, remote;
		uint16_t ports[2];
		uint32_t irs, period, index;
	} key;

	memset(&key, 0, sizeof(key));
	key.local = conn->local;
	key.remote = conn->remote;
	key.ports[0] = conn->local_port;
	key.ports[1] = conn->remote_port;
	key.irs = irs;
	key.period = period;
	key.index = index;
	return (uint32_t)host_keyed_hash(host, SECRET_SYNCOOKIE, &key, sizeof(key));
}

/* 30 bits of hash and 2 of MSS; the period is tried when it comes back. */
static uint32_t cookie_for(struct tcpsim_host *host, const struct conn *conn, uint32_t irs,
	uint32_t period, uint32_t index)
{
	return (hash(host, conn, irs, period, index) & ~3u) | index;
}

tcpsim_seq cookie_make(struct tcpsim_host *host, struct tcp_request *request)
{
	const uint16_t *table = mss_table(&request->conn);
	uint32_t index = N_MSS - 1;

	while (index && table[index] > request->mss)
		index--;
	if (request->mss > table[index])
		request->mss = table[index];
	return tcpsim_seq_of(cookie_for(host, &request->conn, request->irs.n,
		(uint32_t)(host->now / COOKIE_PERIOD_NS), index));
}

#define TS_SCALE_MASK 15u /* 15: no scaling */
#define TS_SACK	      16u
#define TS_ECN	      32u
#define TS_BITS	      63u

uint32_t cookie_timestamp(struct tcpsim_host *host, const struct tcp_request *request)
{
	uint32_t now = tcp_ts_clock(host, tcp_choose_ts_offset(host, &request->conn));
	uint32_t options = request->window_scaling ? request->scale : TS_SCALE_MASK, ts;

	if (request->sack)
		options |= TS_SACK;
	if (request->ecn_answer)
		options |= TS_ECN;
	ts = (now & ~TS_BITS) | options;
	return ts > now ? ts - (TS_BITS + 1) : ts;
}

static void options_from_timestamp(const struct tcpsim_segment *ack, struct tcp_request *request)
{
	uint32_t options = ack->options.ts_ecr & TS_BITS;

	request->timestamps = true;
	request->ts_recent = ack->options.ts_val;
	request->window_scaling = (options & TS_SCALE_MASK) != TS_SCALE_MASK;
	request->scale = request->window_scaling ? options & TS_SCALE_MASK : 0;
	request->sack = options & TS_SACK;
	request->ecn_answer = options & TS_ECN ? 1 : 0;
}

bool cookie_check(
	struct tcpsim_host *host, const struct tcpsim_segment *ack, struct tcp_request *request)
{
	uint32_t cookie = ack->ack.n - 1, irs = ack->seq.n - 1, index = cookie & 3;
	uint32_t period = (uint32_t)(host->now / COOKIE_PERIOD_NS);

	for (uint32_t back = 0; back < COOKIE_PERIODS && back <= period; back++) {
		if (cookie != cookie_for(host, &request->conn, irs, period - back, index))
			continue;
		request->iss = tcpsim_seq_of(cookie);
		request->irs = tcpsim_seq_of(irs);
		request->mss = mss_table(&request->conn)[index];
		request->window = ack->window;
		if (ack->options.present & TCPSIM_HAS_TIMESTAMP && host->sys.timestamps)
			options_from_timestamp(ack, request);
		return true;
	}
	return false;
}
