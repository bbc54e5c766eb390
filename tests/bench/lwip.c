/*
 * The workloads of bench-world on lwIP, as a peer to be measured beside (`bench-lwip [WHAT...]`):
 * bulk, loss, flows, connect, connect10k, idle. Its raw API, two interfaces, and between them a
 * link in virtual time that copies every packet once, as a wire would.
 *
 * lwIP comes as the system has it built, and what that build fixes stands in the way of the
 * workloads: windows and send buffers of 65535 bytes. They are raised by hand in the connections'
 * control blocks (widen_*), which are public; its tcpip thread is never started, so the core runs
 * on ours, its timers driven by virtual time. Both ends of a connection live in one lwIP.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/pbuf.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>

#include "bench/measure.h"
#include "support/random.h"

enum {
	WINDOW = 1300000, /* a little more than 1 Gbit/s takes in 10 ms */
	WINDOW_SHIFT = 5,
	CHUNK = 10 * 1460,
	PORT = 80,
	TIME_WAITS = 1024, /* older ones are ended: its 16384 ports would run out */
	REQUEST = 100,
	REPLY = 1000,
};

struct way; /* one direction of the link */

struct flight {
	STAILQ_ENTRY(flight) link;
	int64_t arrives_ns;
	struct pbuf *packet;
};

static struct way {
	struct netif netif; /* that sends into it */
	struct netif *receiver;
	STAILQ_HEAD(, flight) flights;
	int64_t free_ns; /* when the line has sent all it was given */
	uint64_t packets;
} ways[2];

static struct {
	int64_t now_ns, tick_ns;
	uint64_t rate, delay_ns, queue_bytes;
	double loss; /* on the way there */
	uint64_t seed;
} world;

static uint8_t bytes_out[CHUNK];

/* Takes the place of the library's own, which asks the machine. */
u32_t sys_now(void)
{
	return (u32_t)(world.now_ns / 1000000);
}

/* --- the link --- */

static err_t send_packet(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
	struct way *way = netif->state;
	int64_t waits = way->free_ns > world.now_ns ? way->free_ns - world.now_ns : 0;
	struct flight *flight;

	way->packets++;
	if ((double)waits * 1e-9 * (double)world.rate / 8 > (double)world.queue_bytes)
		return ERR_OK;
	way->free_ns =
		world.now_ns + waits + p->tot_len * INT64_C(8000000000) / (int64_t)world.rate;
	if (way == &ways[0] && world.loss > 0 &&
		(double)random_below(&world.seed, 1000000) < world.loss * 1e6)
		return ERR_OK;
	flight = malloc(sizeof(*flight));
	flight->packet = pbuf_alloc(PBUF_RAW, p->tot_len, PBUF_RAM);
	pbuf_copy(flight->packet, p);
	flight->arrives_ns = way->free_ns + (int64_t)world.delay_ns;
	STAILQ_INSERT_TAIL(&way->flights, flight, link);
	return ERR_OK;
}

static int64_t arrival(const struct way *way)
{
	return STAILQ_EMPTY(&way->flights) ? INT64_MAX : STAILQ_FIRST(&way->flights)->arrives_ns;
}

static void deliver(struct way *way)
{
	struct flight *flight = STAILQ_FIRST(&way->flights);

	world.now_ns = flight->arrives_ns;
	STAILQ_REMOVE_HEAD(&way->flights, link);
	way->receiver->input(flight->packet, way->receiver);
	free(flight);
}

/* One event; ties go to the way there, then the way back, then the timers. */
static void step(void)
{
	int64_t there = arrival(&ways[0]), back = arrival(&ways[1]);

	if (world.tick_ns < there && world.tick_ns < back) {
		world.now_ns = world.tick_ns;
		world.tick_ns += TCP_TMR_INTERVAL * INT64_C(1000000);
		tcp_tmr();
	} else {
		deliver(&ways[there <= back ? 0 : 1]);
	}
}

static err_t init_netif(struct netif *netif)
{
	netif->name[0] = 'v';
	netif->name[1] = 'w';
	netif->output = send_packet;
	netif->mtu = 1500;
	return ERR_OK;
}

static void make_link(void)
{
	world.tick_ns = TCP_TMR_INTERVAL * INT64_C(1000000);
	for (int i = 0; i < 2; i++) {
		ip4_addr_t address, mask, gateway;

		IP4_ADDR(&address, 10, 0, i, 1);
		IP4_ADDR(&mask, 255, 255, 255, 255);
		IP4_ADDR(&gateway, 10, 0, 1 - i, 1);
		STAILQ_INIT(&ways[i].flights);
		netif_add(
			&ways[i].netif, &address, &mask, &gateway, &ways[i], init_netif, ip_input);
		netif_set_up(&ways[i].netif);
		netif_set_link_up(&ways[i].netif);
		ways[i].receiver = &ways[1 - i].netif;
	}
}

/* --- windows beyond what the build has --- */

static bool wide;

static void widen(struct tcp_pcb *pcb)
{
	if (!wide)
		return;
	pcb->snd_scale = pcb->rcv_scale = WINDOW_SHIFT;
	pcb->rcv_wnd = pcb->rcv_ann_wnd = WINDOW;
	pcb->snd_buf = pcb->ssthresh = WINDOW;
}

/* tcp_recved would bring the window back to the build's. */
static void took(struct tcp_pcb *pcb, u16_t len)
{
	if (!wide) {
		tcp_recved(pcb, len);
		return;
	}
	pcb->rcv_wnd += len;
	if (tcp_update_rcv_ann_wnd(pcb) >= TCP_WND_UPDATE_THRESHOLD) {
		tcp_ack_now(pcb);
		tcp_output(pcb);
	}
}

/* The queue's limit is the build's as well: some of what is queued is hidden from it. */
static err_t write_wide(struct tcp_pcb *pcb, u16_t len)
{
	u16_t hidden = wide && pcb->snd_queuelen > 1 ? pcb->snd_queuelen - 1 : 0;
	err_t error;

	pcb->snd_queuelen -= hidden;
	error = tcp_write(pcb, bytes_out, len, TCP_WRITE_FLAG_COPY);
	pcb->snd_queuelen += hidden;
	return error;
}

/* --- programs --- */

struct client {
	struct tcp_pcb *pcb;
	uint64_t left;	   /* of what a source sends */
	unsigned again;	   /* connections after this one */
	unsigned answered; /* bytes of the reply */
};

static struct {
	bool bulk, keep;
	unsigned done, failed;
	uint64_t received;
} run;

static void ask(struct client *client);

static void no_connection(void *context, err_t error)
{
	run.failed++;
}

/* A window that is not the build's would read as data nobody took, and close() as a reset. */
static void finish(struct tcp_pcb *pcb)
{
	if (wide)
		pcb->rcv_wnd = TCP_WND_MAX(pcb);
	tcp_arg(pcb, NULL);
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_err(pcb, NULL);
	if (tcp_close(pcb) != ERR_OK)
		run.failed++;
}

static err_t fill(void *context, struct tcp_pcb *pcb, u16_t acked)
{
	struct client *client = context;

	while (client->left && pcb->snd_buf >= CHUNK) {
		u16_t len = client->left < CHUNK ? (u16_t)client->left : CHUNK;

		if (write_wide(pcb, len) != ERR_OK)
			break;
		client->left -= len;
	}
	tcp_output(pcb);
	if (client->left == 0) {
		finish(pcb);
		run.done++;
	}
	return ERR_OK;
}

static err_t take_reply(void *context, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
	struct client *client = context;

	if (!p)
		return ERR_OK;
	client->answered += p->tot_len;
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	if (client->answered < REPLY)
		return ERR_OK;
	run.done++;
	if (run.keep)
		return ERR_OK;
	finish(pcb);
	if (client->again) {
		client->again--;
		ask(client);
	}
	return ERR_OK;
}

static err_t connected(void *context, struct tcp_pcb *pcb, err_t error)
{
	if (run.bulk) {
		widen(pcb);
		tcp_sent(pcb, fill);
		return fill(context, pcb, 0);
	}
	tcp_recv(pcb, take_reply);
	tcp_write(pcb, bytes_out, REQUEST, TCP_WRITE_FLAG_COPY);
	return tcp_output(pcb);
}

static void ask(struct client *client)
{
	client->pcb = tcp_new();
	client->answered = 0;
	tcp_bind_netif(client->pcb, &ways[0].netif);
	tcp_arg(client->pcb, client);
	tcp_err(client->pcb, no_connection);
	if (tcp_connect(client->pcb, &ways[1].netif.ip_addr, PORT, connected) != ERR_OK)
		run.failed++;
}

static err_t take(void *context, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
	if (!p) {
		finish(pcb);
		return ERR_OK;
	}
	run.received += p->tot_len;
	took(pcb, p->tot_len);
	pbuf_free(p);
	if (!run.bulk) {
		tcp_write(pcb, bytes_out, REPLY, TCP_WRITE_FLAG_COPY);
		tcp_output(pcb);
	}
	return ERR_OK;
}

static err_t accepted(void *context, struct tcp_pcb *pcb, err_t error)
{
	if (!pcb)
		return ERR_VAL;
	widen(pcb);
	tcp_recv(pcb, take);
	tcp_err(pcb, no_connection);
	return ERR_OK;
}

/* --- workloads --- */

static struct tcp_pcb *begin(bool bulk, uint64_t rate, uint64_t delay_us, uint64_t queue_bytes)
{
	struct tcp_pcb *listener = tcp_new();

	memset(&run, 0, sizeof(run));
	run.bulk = bulk;
	wide = false;
	world.rate = rate;
	world.delay_ns = delay_us * 1000;
	world.queue_bytes = queue_bytes;
	world.loss = 0;
	world.seed = 1;
	ways[0].packets = ways[1].packets = 0;
	tcp_bind_netif(listener, &ways[1].netif);
	tcp_bind(listener, &ways[1].netif.ip_addr, PORT);
	listener = tcp_listen(listener);
	tcp_accept(listener, accepted);
	return listener;
}

static void end_time_waits(void)
{
	while (tcp_tw_pcbs)
		tcp_abort(tcp_tw_pcbs);
}

/* Takes down whatever a workload left, without a word to the other end, so that the next one starts
 * alone. */
static void clear(struct tcp_pcb *listener)
{
	if (run.failed)
		printf("bench-lwip: %u connections failed\n", run.failed);
	tcp_close(listener);
	while (tcp_active_pcbs)
		tcp_abandon(tcp_active_pcbs, 0);
	end_time_waits();
	for (int i = 0; i < 2; i++)
		while (!STAILQ_EMPTY(&ways[i].flights)) {
			struct flight *flight = STAILQ_FIRST(&ways[i].flights);

			STAILQ_REMOVE_HEAD(&ways[i].flights, link);
			pbuf_free(flight->packet);
			free(flight);
		}
}

static void bench_bulk(const char *name, struct tcp_pcb *listener, unsigned flows, uint64_t bytes)
{
	struct client *clients = calloc(flows, sizeof(*clients));
	double began;

	for (unsigned i = 0; i < flows; i++) {
		clients[i].left = bytes / flows;
		ask(&clients[i]);
	}
	began = cpu_seconds();
	while (run.received < bytes / flows * flows && !run.failed)
		step();
	report(name, (double)(ways[0].packets + ways[1].packets), "link packets",
		cpu_seconds() - began);
	clear(listener);
	free(clients);
}

static void bench_loss(void)
{
	struct tcp_pcb *listener = begin(true, 1000000000, 5000, 4000000);

	wide = true;
	world.loss = 0.01;
	bench_bulk("bulk, 1 % loss", listener, 1, 50000000);
}

static void bench_connect(unsigned at_once, unsigned connections)
{
	struct tcp_pcb *listener = begin(false, UINT64_C(10000000000), 50, UINT64_MAX);
	struct client *clients = calloc(at_once, sizeof(*clients));
	unsigned swept = 0;
	char name[64];
	double began;

	began = cpu_seconds();
	for (unsigned i = 0; i < at_once; i++) {
		clients[i].again = connections / at_once - 1;
		ask(&clients[i]);
	}
	while (run.done < connections && !run.failed) {
		step();
		if (run.done - swept > TIME_WAITS) {
			swept = run.done;
			end_time_waits();
		}
	}
	snprintf(name, sizeof(name), "connect, %u at once", at_once);
	report(name, connections, "connections", cpu_seconds() - began);
	clear(listener);
	free(clients);
}

static void bench_idle(unsigned pairs)
{
	struct tcp_pcb *listener = begin(false, UINT64_C(10000000000), 50, UINT64_MAX);
	struct client *clients = calloc(pairs, sizeof(*clients));
	double before;

	run.keep = true;
	memset(clients, 0, pairs * sizeof(*clients)); /* this is not the connections' */
	before = resident_bytes();
	for (unsigned i = 0; i < pairs; i++) {
		ask(&clients[i]);
		while (run.done <= i && !run.failed)
			step();
	}
	report_idle(resident_bytes() - before, pairs);
	clear(listener);
	free(clients);
}

int main(int argc, char **argv)
{
	static const char *const ALL[] = {
		"bulk", "loss", "flows", "connect", "connect10k", "idle", NULL};
	const char *const *what = argc > 1 ? (const char *const *)argv + 1 : ALL;

	printf("# lwIP " LWIP_VERSION_STRING
	       ": built with windows of %d bytes and locks for threads; in "
	       "bulk and loss its windows are raised to %d\n",
		TCP_WND, WINDOW);
	lwip_init();
	make_link();
	for (; *what; what++) {
		if (strcmp(*what, "bulk") == 0) {
			struct tcp_pcb *listener = begin(true, 1000000000, 5000, 4000000);

			wide = true;
			bench_bulk("bulk", listener, 1, 500000000);
		} else if (strcmp(*what, "loss") == 0) {
			bench_loss();
		} else if (strcmp(*what, "flows") == 0) {
			bench_bulk("1000 flows", begin(true, UINT64_C(10000000000), 5000, 16000000),
				1000, 500000000);
		} else if (strcmp(*what, "connect") == 0) {
			bench_connect(100, 50000);
		} else if (strcmp(*what, "connect10k") == 0) {
			bench_connect(10000, 10000);
		} else if (strcmp(*what, "idle") == 0) {
			bench_idle(10000);
		} else {
			fprintf(stderr, "bench-lwip: there is no '%s'\n", *what);
			return 2;
		}
	}
	return 0;
}
