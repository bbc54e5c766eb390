/* The bounds of the incomplete connections of a host. See syn_cache.h. */
#include <host/siphash.h>
#include <tcp/request.h>
#include <tcp/syn_cache.h>

#include <string.h>

#define BUCKETS 512 /* net.inet.tcp.syncache.hashsize */

struct bucket {
	struct tcp_request **entry; /* the oldest first */
	uint32_t n, room;
};

struct syn_cache {
	struct bucket bucket[BUCKETS];
};

static uint64_t bucket_of(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	uint16_t remote_port, uint16_t local_port)
{
	struct {
		struct tcpsim_addr remote;
		uint16_t ports[2];
	} key = {*remote, {remote_port, local_port}};

	return host_keyed_hash(host, SECRET_LISTENER, &key, 20) % BUCKETS;
}

static bool bucket_is_full(const struct tcpsim_host *host, uint64_t bucket)
{
	int64_t most = host->sys.syn_cache_bucket;

	return most && host->syn_cache && host->syn_cache->bucket[bucket].n >= most;
}

static bool cache_is_full(const struct tcpsim_host *host)
{
	return host->sys.syn_backlog_max && host->syn_cache_entries >= host->sys.syn_backlog_max;
}

bool syn_cache_wants_cookie(struct tcpsim_host *host, const struct tcpsim_segment *syn)
{
	if (host->sys.syncookies != 1)
		return host->sys.syncookies == 2;
	return cache_is_full(host) ||
	       bucket_is_full(host, bucket_of(host, &syn->src, syn->src_port, syn->dst_port));
}

static bool append(struct bucket *bucket, struct tcp_request *request)
{
	if (bucket->n == bucket->room) {
		uint32_t room = bucket->room ? 2 * bucket->room : 4;
		void *larger = realloc(bucket->entry, room * sizeof(*bucket->entry));

		if (!larger)
			return false;
		bucket->entry = larger;
		bucket->room = room;
	}
	bucket->entry[bucket->n++] = request;
	return true;
}

bool syn_cache_add(struct tcpsim_host *host, struct tcp_request *request)
{
	const struct conn *conn = &request->conn;
	uint64_t number;
	struct bucket *bucket;

	if (!host->sys.syn_cache)
		return true;
	if (!host->sys.syn_cache_bucket) /* nothing to displace by */
		return !cache_is_full(host);
	if (!host->syn_cache)
		host->syn_cache = calloc(1, sizeof(*host->syn_cache));
	if (!host->syn_cache)
		return false;
	number = bucket_of(host, &conn->remote, conn->remote_port, conn->local_port);
	bucket = &host->syn_cache->bucket[number];
	/* FreeBSD syncache_add: where the cache is full, and no entry of this bucket can go, the
	 * SYN is dropped */
	if (cache_is_full(host) && !bucket->n)
		return false;
	if (cache_is_full(host) || bucket_is_full(host, number))
		request_free(host, bucket->entry[0], TCPSIM_RULE_LISTEN_ENTRY_EVICTED);
	return append(bucket, request);
}

/* One that came while buckets had no limit stands in none. */
void syn_cache_remove(struct tcpsim_host *host, const struct tcp_request *request)
{
	const struct conn *conn = &request->conn;
	struct bucket *bucket;
	uint32_t i = 0;

	if (!host->syn_cache)
		return;
	bucket = &host->syn_cache->bucket[bucket_of(
		host, &conn->remote, conn->remote_port, conn->local_port)];
	while (i < bucket->n && bucket->entry[i] != request)
		i++;
	if (i == bucket->n)
		return;
	bucket->n--;
	memmove(bucket->entry + i, bucket->entry + i + 1, (bucket->n - i) * sizeof(*bucket->entry));
}

void syn_cache_free(struct tcpsim_host *host)
{
	if (!host->syn_cache)
		return;
	for (int i = 0; i < BUCKETS; i++)
		free(host->syn_cache->bucket[i].entry);
	free(host->syn_cache);
}
