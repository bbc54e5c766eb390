/* Fast Open, the server: RFC 7413 §4.1.2, §4.2.2; cookies as Linux makes them. See fastopen.h. */
#include <host/siphash.h>
#include <tcp/fastopen.h>
#include <tcp/fastopen_server.h>

#include <stdlib.h>
#include <tcp/listen.h>
#include <tcp/state.h>

#define MOST_KEYS  2
#define COOKIE_LEN 8 /* a hash; RFC 7413 §4.1.2 */

struct keys {
	uint8_t key[MOST_KEYS][16];
	int n;
};

static void find_keys(
	struct tcpsim_host *host, const struct tcp_listener *listener, struct keys *keys)
{
	const struct tcp_settings *own = &listener->settings;

	memset(keys, 0, sizeof(*keys));
	if (own->has_fastopen_key) {
		memcpy(keys->key, own->fastopen_keys, sizeof(keys->key));
		keys->n = own->fastopen_n_keys;
	} else if (host->fastopen.n_keys) {
		memcpy(keys->key, host->fastopen.key, sizeof(keys->key));
		keys->n = host->fastopen.n_keys;
	} else { /* nobody set one: one of the host's own making */
		for (uint8_t i = 0; i < 2; i++) {
			uint64_t half = host_keyed_hash(host, SECRET_LISTENER, &i, 1);

			memcpy(keys->key[0] + 8 * i, &half, 8);
		}
		keys->n = 1;
	}
}

/* SipHash-2-4 of the IP header's source and destination, little endian. */
static void make_cookie(
	const uint8_t key[16], const struct tcpsim_segment *syn, uint8_t cookie[COOKIE_LEN])
{
	uint8_t addresses[32];
	size_t len = syn->ip_version == 6 ? 16 : 4;
	uint64_t hash;

	memcpy(addresses, syn->src.b + 16 - len, len);
	memcpy(addresses + len, syn->dst.b + 16 - len, len);
	hash = siphash(key, addresses, 2 * len);
	for (unsigned i = 0; i < COOKIE_LEN; i++)
		cookie[i] = (uint8_t)(hash >> 8 * i);
}

/* Which of the keys made the SYN's cookie; -1: none. */
static int key_of(const struct keys *keys, const struct tcpsim_segment *syn)
{
	uint8_t cookie[COOKIE_LEN];

	for (int i = 0; i < keys->n; i++) {
		make_cookie(keys->key[i], syn, cookie);
		if (syn->options.cookie_len == sizeof(cookie) &&
			!memcmp(cookie, syn->options.cookie, sizeof(cookie)))
			return i;
	}
	return -1;
}

static bool listener_takes(const struct tcp_listener *listener)
{
	int64_t bits = listener->host->sys.fastopen;
	uint32_t most = listener->settings.fastopen_backlog;

	if (!(bits & TCPSIM_FASTOPEN_SERVER))
		return false;
	if (!most && bits & TCPSIM_FASTOPEN_EVERY_LISTENER)
		most = listener->backlog;
	return listener->n_fastopen < most;
}

void fastopen_server_judge(struct tcpsim_host *host, struct tcp_listener *listener,
	const struct tcpsim_segment *syn, struct fastopen_answer *answer)
{
	bool option = syn->options.present & (TCPSIM_HAS_FASTOPEN | TCPSIM_HAS_FASTOPEN_EXP);
	struct keys keys;
	int key;

	*answer = (struct fastopen_answer){0};
	if (!(option || syn->len) || !listener_takes(listener))
		return;
	if (host->sys.fastopen & TCPSIM_FASTOPEN_SERVER_NO_COOKIE ||
		listener->settings.fastopen_no_cookie) {
		answer->accept = true;
		return;
	}
	if (!option)
		return;
	find_keys(host, listener, &keys);
	key = syn->options.cookie_len ? key_of(&keys, syn) : -1;
	answer->accept = key >= 0;
	answer->give =
		key !=
		0; /* asked for one, showed a bad one, or one of the key that is on its way out */
	answer->experimental = !(syn->options.present & TCPSIM_HAS_FASTOPEN);
	answer->cookie_len = COOKIE_LEN;
	make_cookie(keys.key[0], syn, answer->cookie);
}

void fastopen_server_opened(struct tcp_tcb *tcb, const struct fastopen_answer *answer)
{
	struct tcp_fastopen *fo;

	if (!answer->give)
		return;
	fo = tcb->fastopen = calloc(1, sizeof(*fo));
	if (!fo)
		return; /* the client keeps its old cookie */
	fo->option = true;
	fo->experimental = answer->experimental;
	fo->cookie_len = answer->cookie_len;
	memcpy(fo->cookie, answer->cookie, answer->cookie_len);
}
