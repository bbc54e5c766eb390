#include <host/siphash.h>
#include <tcp/cookies.h>

#include <string.h>
#include <tcp/state.h>

#define COOKIE_PERIOD_NS INT64_C(60000000000)
#define COOKIE_PERIODS	 2

/* Linux's choice, from measurement of what peers name. */
static const uint16_t MSS_V4[] = {536, 1300, 1440, 1460}, MSS_V6[] = {1220, 1420, 1440, 8940};
#define N_MSS 4u

/* What the low bits of the number say: the MSS; in a cookie that keeps options (FreeBSD
 * tcp_syncache.c, whose tables these are) also the peer's scale and SACK. */
static const uint16_t MSS_KEPT[] = {216, 536, 1200, 1360, 1400, 1440, 1452, 1460};
static const uint8_t SCALE_KEPT[] = {0, 0, 1, 2, 4, 6, 7, 8}; /* the first: no scaling */
#define N_KEPT	    8u
#define KEPT_SCALE  3 /* where it stands */
#define KEPT_SACK   64u
#define INFO_KEPT   255u
#define INFO_OF_MSS 3u

static uint32_t info_mask(const struct tcpsim_host *host)
{
	return host->sys.syncookie_keeps_options ? INFO_KEPT : INFO_OF_MSS;
}

static const uint16_t *mss_table(const struct conn *conn)
{
	return tcpsim_addr_is_v4(&conn->remote) ? MSS_V4 : MSS_V6;
}

/* The largest of the table that is not above it, or the least. */
static uint32_t mss_index(const uint16_t *table, uint32_t n, uint16_t mss)
{
	uint32_t index = n - 1;

	while (index && table[index] > mss)
		index--;
	return index;
}

static uint16_t mss_min(uint16_t mss, uint16_t most)
{
	return mss < most ? mss : most;
}

static uint32_t pack_mss(struct tcp_request *request)
{
	const uint16_t *table = mss_table(&request->conn);
	uint32_t index = mss_index(table, N_MSS, request->mss);

	request->mss = mss_min(request->mss, table[index]);
	return index;
}

static uint32_t pack_kept(struct tcp_request *request)
{
	uint32_t index = mss_index(MSS_KEPT, N_KEPT, request->mss), scale = N_KEPT - 1;

	request->mss = mss_min(request->mss, MSS_KEPT[index]);
	while (scale > 1 && SCALE_KEPT[scale] > request->scale)
		scale--;
	if (!request->window_scaling)
		scale = 0;
	request->scale = SCALE_KEPT[scale];
	return index | scale << KEPT_SCALE | (request->sack ? KEPT_SACK : 0);
}

static void unpack_kept(
	uint32_t info, const struct tcpsim_segment *ack, struct tcp_request *request)
{
	uint32_t scale = info >> KEPT_SCALE & (N_KEPT - 1);

	request->mss = MSS_KEPT[info & (N_KEPT - 1)];
	request->window_scaling = scale;
	request->scale = SCALE_KEPT[scale];
	request->sack = info & KEPT_SACK;
	request->timestamps = ack->options.present & TCPSIM_HAS_TIMESTAMP;
	request->ts_recent = ack->options.ts_val;
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

/* Hash, and what is to be known; the period is tried when it comes back. */
static uint32_t cookie_for(struct tcpsim_host *host, const struct conn *conn, uint32_t irs,
	uint32_t period, uint32_t info)
{
	return (hash(host, conn, irs, period, info) & ~info_mask(host)) | info;
}

tcpsim_seq cookie_make(struct tcpsim_host *host, struct tcp_request *request)
{
	uint32_t info = host->sys.syncookie_keeps_options ? pack_kept(request) : pack_mss(request);

	return tcpsim_seq_of(cookie_for(host, &request->conn, request->irs.n,
		(uint32_t)(host->now / COOKIE_PERIOD_NS), info));
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
	uint32_t cookie = ack->ack.n - 1, irs = ack->seq.n - 1, info = cookie & info_mask(host);
	uint32_t period = (uint32_t)(host->now / COOKIE_PERIOD_NS);

	for (uint32_t back = 0; back < COOKIE_PERIODS && back <= period; back++) {
		if (cookie != cookie_for(host, &request->conn, irs, period - back, info))
			continue;
		request->iss = tcpsim_seq_of(cookie);
		request->irs = tcpsim_seq_of(irs);
		request->window = ack->window;
		if (host->sys.syncookie_keeps_options) {
			unpack_kept(info, ack, request);
			return true;
		}
		request->mss = mss_table(&request->conn)[info];
		if (ack->options.present & TCPSIM_HAS_TIMESTAMP && host->sys.timestamps)
			options_from_timestamp(ack, request);
		return true;
	}
	return false;
}
