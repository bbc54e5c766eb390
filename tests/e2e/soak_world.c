/*
 * Draws a world from a seed. See soak.h.
 *
 * Nothing is drawn that lets a system give up, or that deceives a checksum of 16 bits: a flipped
 * bit is drawn where a packet leaves its host and nowhere later, as a second one can undo it in the
 * sum, and a fragment's can.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <tcpsim/world.h>

#include "soak.h"
#include "support/random.h"
#include "world/build.h"
#include "world/split.h"
#include "world/world.h"

#define MOST_ROUTERS	2
#define SEEDED_PROFILES 12 /* that there were when seeds began to be kept */

struct drawing {
	uint64_t r;
	bool v6, leaves_early, one_mtu, corrupts;
	bool fragments; /* some host does without DF */
	/* client, server: its system does not wait for ever once it closed */
	bool drops_orphans[2];
	/* client, server: what overruns its window goes whole while text is unread, the
	 * ACK in it, too */
	bool drops_overrun[2];
	bool counts_memory[2]; /* client, server: its buffer is one of memory, not of text */
	bool forgets_soon;     /* the server's incomplete connections last for four SYN,ACKs */
	bool down;	       /* the path has its outage */
	uint32_t most_mtu;
	bool small_mtu;	  /* every host follows the path below what Linux calls the least MTU */
	unsigned n_links; /* on each path, at the most: losses are of the path as a whole */
	uint32_t mtu;
	const char *strip;
	GString *what;
};

static bool one_in(struct drawing *d, uint32_t n)
{
	return random_below(&d->r, n) == 0;
}

static double chance(struct drawing *d, double most)
{
	return one_in(d, 2) ? most * random_below(&d->r, 1000) / 1000 : 0;
}

/* --- links --- */

/* One that has no room for all fragments of a datagram lets none of its kind through. Nor does CoDel
 * (RFC 8289) where the fragments take an interval to leave: it drops one of each. */
static void draw_queue(struct drawing *d, GString *s)
{
	static const char *const QUEUE[] = {"drop-tail", "codel", "red", "drop-tail"};
	const char *kind = QUEUE[random_below(&d->r, 4)], *ecn = one_in(d, 3) ? " ecn" : "";

	if (d->fragments && strcmp(kind, "codel") == 0)
		kind = "drop-tail";

	if (one_in(d, 3))
		g_string_append_printf(s, "; queue = %s %u packets%s", kind,
			(d->fragments ? 40 : 3) + random_below(&d->r, 20),
			strcmp(kind, "drop-tail") == 0 ? "" : ecn);
	else
		g_string_append_printf(s, "; queue = %s %u kB%s", kind,
			(d->fragments ? 20 : 5) + random_below(&d->r, 100),
			strcmp(kind, "drop-tail") == 0 ? "" : ecn);
}

/* What boxes take out, on every way there is: two ends one of which did not see that the
 * other's options were gone do not agree on what a window's number means, nor on who must
 * have timestamps. */
static const char *draw_strip(struct drawing *d)
{
	static const char *const STRIP[] = {
		"timestamps", "sack wscale", "sack", "timestamps sack wscale"};

	return one_in(d, 3) ? STRIP[random_below(&d->r, 4)] : NULL;
}

static void draw_box(struct drawing *d, bool last, GString *s)
{
	if (d->strip && last)
		g_string_append_printf(s, "; strip-options = %s", d->strip);
	if (one_in(d, 5))
		g_string_append_printf(s, "; mss-limit = %u", 256 + random_below(&d->r, 1300));
}

static void draw_faults(struct drawing *d, GString *s)
{
	/* A datagram in pieces is lost with any of them. */
	unsigned pieces = d->fragments ? 8 : 1;

	g_string_append_printf(s, "; loss = %.4f; duplicate = %.4f; reorder = %.4f",
		chance(d, 0.06) / d->n_links / pieces, chance(d, 0.05), chance(d, 0.1));
	g_string_append_printf(s, "; reorder-delay = %u us", 100 + random_below(&d->r, 40000));
	if (!d->fragments && one_in(d, 4 * d->n_links))
		/* It ends with packets, not with time: one that is hard to leave outlasts the few
		 * packets of a connection that backs off, and giving up is no fault then. */
		g_string_append_printf(s, "; burst-loss = 0.01 0.8");
	if (one_in(d, 6 * d->n_links) && !d->down) {
		uint32_t from = 1000 + random_below(&d->r, 30000);
		uint32_t most = d->leaves_early ? 4000 : 12000;

		/*
		 * FreeBSD: an entry of the SYN cache goes 15.4 s after its SYN,ACK; a client that
		 * knew itself connected, and was not heard for so long, draws RST then
		 * (syncache_timer, syncache_expand). So one outage to a path, and a short one while
		 * there are handshakes.
		 */
		if (d->forgets_soon && from < 8000)
			most = 4000;
		d->down = true;
		g_string_append_printf(s, "; down = from %u ms until %u ms", from,
			from + 1 + random_below(&d->r, most));
	}
}

static uint32_t draw_mtu(struct drawing *d)
{
	uint32_t least = d->v6 ? 1280 : d->small_mtu && !d->corrupts ? 296 : 576;

	return one_in(d, 2)   ? 1500
	       : one_in(d, 3) ? least + random_below(&d->r, 300)
			      : 1280 + random_below(&d->r, 8000);
}

static char *draw_link(struct drawing *d, bool first, bool last)
{
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "ip = %u", d->v6 ? 6 : 4);
	if (random_below(&d->r, 4))
		g_string_append_printf(s, "; rate = %u kbit/s", 200 + random_below(&d->r, 20000));
	g_string_append_printf(s, "; delay = %u us; jitter = %u us", random_below(&d->r, 60000),
		one_in(d, 2) ? random_below(&d->r, 20000) : 0);
	draw_faults(d, s);
	if (d->corrupts && first)
		g_string_append_printf(s, "; there.corrupt = %.4f", chance(d, 0.03));
	if (d->corrupts && last)
		g_string_append_printf(s, "; back.corrupt = %.4f", chance(d, 0.03));
	if (one_in(d, 3))
		draw_queue(d, s);
	draw_box(d, last, s);
	uint32_t mtu = d->one_mtu ? d->mtu : draw_mtu(d);

	d->most_mtu = mtu > d->most_mtu ? mtu : d->most_mtu;
	g_string_append_printf(s, "; mtu = %u", mtu);
	return g_string_free(s, FALSE);
}

static void add_link(struct drawing *d, struct tcpsim_world *w, const char *a, const char *b,
	const char *settings)
{
	char *error = NULL;

	g_string_append_printf(d->what, "\n  %s - %s: %s", a, b, settings);
	cr_assert_eq(tcpsim_world_link(w, a, b, settings, &error), 0, "%s", error);
}

/* Nodes between the two ends, and the links; switches have one MTU all over, as nobody could be
 * told otherwise. */
static void draw_path(struct drawing *d, struct tcpsim_world *w, unsigned index)
{
	unsigned routers = one_in(d, 3) ? 0 : 1 + random_below(&d->r, MOST_ROUTERS);
	bool switches = one_in(d, 5);
	char before[16] = "client", name[16];

	d->n_links = routers + 1;
	d->one_mtu = switches;
	d->mtu = draw_mtu(d);
	d->down = false;
	for (unsigned i = 0; i <= routers; i++) {
		bool last = i == routers;

		if (last)
			g_strlcpy(name, "server", sizeof(name));
		else
			g_snprintf(name, sizeof(name), "%s%u%u", switches ? "s" : "r", index, i);
		if (!last && switches)
			tcpsim_world_add_switch(w, name);
		else if (!last)
			tcpsim_world_add_router(w, name);
		char *settings = draw_link(d, i == 0, last);

		add_link(d, w, before, name, settings);
		g_free(settings);
		g_strlcpy(before, name, sizeof(before));
	}
}

/* --- hosts --- */

static void draw_host(struct drawing *d, struct tcpsim_world *w, const char *name)
{
	bool is_server = strcmp(name, "server") == 0;
	unsigned n = 0;

	while (n < SEEDED_PROFILES && tcpsim_profiles[n])
		n++;
	struct tcpsim_profile p = *tcpsim_profiles[random_below(&d->r, n)];

	if (one_in(d, 4))
		p.pmtu_discovery = false;
	if (one_in(d, 6))
		p.sack = !p.sack;
	if (one_in(d, 6))
		p.timestamps = !p.timestamps;
	if (one_in(d, 4))
		p.ecn = 1;
	d->drops_orphans[is_server] = p.orphan_window_bounded;
	d->drops_overrun[is_server] = p.window_overrun == TCPSIM_OVERRUN_IF_READ;
	d->counts_memory[is_server] = p.window_rule == TCPSIM_WINDOW_LINUX;
	d->forgets_soon = p.synack_retries <= 3; /* the server is drawn last */
	d->fragments |= !d->v6 && !p.pmtu_discovery;
	d->small_mtu &= !p.pmtu_discovery || p.pmtu_min <= 296;
	tcpsim_world_add_host(w, name, &p);
	g_string_append_printf(d->what, "%s %s (pmtu_discovery %d, sack %d, timestamps %d, ecn %d)",
		*d->what->str ? " with" : "", p.name, p.pmtu_discovery, p.sack, p.timestamps,
		(int)p.ecn);
}

/* --- ends --- */

static void draw_buffers(struct drawing *d, struct soak_end *e)
{
	e->nodelay = one_in(d, 3);
	if (one_in(d, 3))
		e->rcvbuf = 4096 + (int)random_below(&d->r, 60000);
	if (one_in(d, 3))
		e->sndbuf = 4096 + (int)random_below(&d->r, 60000);
	if (one_in(d, 8))
		e->rcvbuf = 256 + (int)random_below(&d->r, 4000);
	if (one_in(d, 8))
		e->sndbuf = 256 + (int)random_below(&d->r, 4000);
}

static void draw_end(struct drawing *d, struct soak_end *e)
{
	draw_buffers(d, e);
	e->to_send = random_below(&d->r, 5) ? random_below(&d->r, 150000) + 1
					    : 1 + random_below(&d->r, 3);
	e->random = random_next(&d->r);
	e->slow = one_in(d, 5);
	e->urgent = one_in(d, 8);
	e->keepalive = one_in(d, 3);
	if (one_in(d, 5))
		e->stall_us = random_below(&d->r, 200 * 1000000);
	if (one_in(d, 5))
		e->pause_us = random_below(&d->r, 200 * 1000000);
}

/* Two of the ends' habits do not go together: each waiting for the other's first word or last. */
static void draw_order(struct drawing *d, struct soak_end *a, struct soak_end *b)
{
	a->order = one_in(d, 4) ? SOAK_SHUTS_LAST : one_in(d, 4) ? SOAK_COUNTS : SOAK_SHUTS_FIRST;
	b->order = one_in(d, 4) ? SOAK_COUNTS : SOAK_SHUTS_FIRST;
	a->sends_first = one_in(d, 6);
	a->shuts_read = a->order != SOAK_SHUTS_LAST && one_in(d, 6);
	b->shuts_read = one_in(d, 6);
}

static bool leaves_early(const struct soak_end *e)
{
	return e->order == SOAK_COUNTS || e->shuts_read;
}

static void looks_away_briefly(struct soak_end *e)
{
	e->stall_us %= 4000000;
	e->pause_us %= 4000000;
}

/* What depends on the other end: how much comes; and who has closed already gives up early, so that
 * nobody looks away for long then: a peer that saw our end closes with text still queued, and some
 * systems do not keep it for a window that stays shut. */
static void fit_end(
	struct drawing *d, struct soak_end *e, const struct soak_end *peer, bool drops_orphans)
{
	e->to_read = peer->to_send;
	e->stall_at = random_below(&d->r, (uint32_t)e->to_read);
	e->pause_at = random_below(&d->r, (uint32_t)e->to_send);
	if (leaves_early(peer) || (drops_orphans && e->order != SOAK_SHUTS_LAST))
		looks_away_briefly(e);
}

static void draw_connection(struct drawing *d, struct soak_connection *c, unsigned index)
{
	bool client_waits = one_in(d, 2);

	draw_end(d, &c->client);
	draw_end(d, &c->server);
	if (client_waits)
		draw_order(d, &c->client, &c->server);
	else
		draw_order(d, &c->server, &c->client);
	/*
	 * Linux 6.17 and later, seen on 6.18: in a buffer of a few segments' room its window is
	 * shut by what came out of order, the peer's text overruns it, and with it the peer's ACKs
	 * are dropped until a side gives up.
	 */
	if (d->drops_overrun[0] && c->client.rcvbuf && c->client.rcvbuf < 4096)
		c->client.rcvbuf += 8192;
	if (d->drops_overrun[1] && c->server.rcvbuf && c->server.rcvbuf < 4096)
		c->server.rcvbuf += 8192;
	/* Where a window or a buffer is tiny, each few bytes may wait for a timer. */
	if ((c->server.rcvbuf && c->server.rcvbuf < 4096) ||
		(c->client.sndbuf && c->client.sndbuf < 4096))
		c->client.to_send = 1 + c->client.to_send % 10000;
	if ((c->client.rcvbuf && c->client.rcvbuf < 4096) ||
		(c->server.sndbuf && c->server.sndbuf < 4096))
		c->server.to_send = 1 + c->server.to_send % 10000;
	c->client.stream = c->server.peer_stream = 2 * index;
	c->server.stream = c->client.peer_stream = 2 * index + 1;
	fit_end(d, &c->client, &c->server, d->drops_orphans[1]);
	fit_end(d, &c->server, &c->client, d->drops_orphans[0]);
	/* Who sends first reads nothing while the other looks away: that one's own probes back off,
	 * and an orphan is given up at the first after its close (Linux tcp_probe_timer). */
	if (c->server.sends_first && d->drops_orphans[0])
		looks_away_briefly(&c->client);
	if (c->client.sends_first && d->drops_orphans[1])
		looks_away_briefly(&c->server);
	d->leaves_early |= leaves_early(&c->client) || leaves_early(&c->server);
}

/*
 * Linux, where one segment's memory is half a buffer: what is free once all is read exceeds the
 * window by less than a segment, and so __tcp_select_window keeps the window that there is, be it
 * a byte; then the text comes byte by byte, each at a window probe, for days.
 */
static void fit_buffer(const struct drawing *d, struct soak_end *e, bool counts_memory)
{
	int least = 3 * (int)d->most_mtu;

	if (counts_memory && d->most_mtu > 1500 && e->rcvbuf && e->rcvbuf < least)
		e->rcvbuf += least;
}

static void print_end(GString *s, const char *name, const struct soak_end *e)
{
	static const char *const ORDER[] = {"shuts first", "shuts last", "counts"};

	g_string_append_printf(
		s, "\n    %s: %" G_GUINT64_FORMAT " bytes, %s", name, e->to_send, ORDER[e->order]);
	if (e->rcvbuf)
		g_string_append_printf(s, ", rcvbuf %d", e->rcvbuf);
	if (e->sndbuf)
		g_string_append_printf(s, ", sndbuf %d", e->sndbuf);
	if (e->stall_us)
		g_string_append_printf(s, ", at byte %" G_GUINT64_FORMAT " reads nothing for %u us",
			e->stall_at, e->stall_us);
	if (e->pause_us)
		g_string_append_printf(s, ", at byte %" G_GUINT64_FORMAT " sends nothing for %u us",
			e->pause_at, e->pause_us);
	g_string_append_printf(s, "%s%s%s%s%s%s", e->slow ? ", slow" : "",
		e->sends_first ? ", sends first" : "", e->shuts_read ? ", SHUT_RD" : "",
		e->urgent ? ", urgent" : "", e->nodelay ? ", nodelay" : "",
		e->keepalive ? ", keepalive" : "");
}

static void print_connection(GString *s, const struct soak_connection *c)
{
	char to[TCPSIM_ADDRSTRLEN], from[TCPSIM_ADDRSTRLEN];

	g_string_append_printf(s, "\n  from %s to %s, port %u",
		tcpsim_addr_is_any(&c->from) ? "any" : tcpsim_addr_text(&c->from, from),
		tcpsim_addr_text(&c->to, to), c->port);
	print_end(s, "client", &c->client);
	print_end(s, "server", &c->server);
}

/* --- the world --- */

/* Which of the addresses each connection is between: its way back may be another one. */
static void place_connections(
	struct drawing *d, struct tcpsim_world *w, struct soak_plan *plan, unsigned n_paths)
{
	const struct node *client = world_node(w, "client"), *server = world_node(w, "server");

	world_build(w);
	for (unsigned i = 0; i < plan->n; i++) {
		struct soak_connection *c = &plan->connection[i];

		c->to = server->ports[random_below(&d->r, n_paths)].addr[0];
		if (one_in(d, 3))
			c->from = client->ports[random_below(&d->r, n_paths)].addr[0];
		c->port = (uint16_t)(7 + (plan->one_listener ? 0 : i));
		print_connection(plan->what, c);
	}
}

struct tcpsim_world *soak_world(uint64_t seed, unsigned how, struct soak_plan *plan,
	tcpsim_event_fn on_event, void *context)
{
	struct drawing d = {
		.r = seed ^ UINT64_C(0x5851f42d4c957f2d)}; /* neighbours have nothing in common */
	struct tcpsim_world *w = tcpsim_world_new(seed);

	w->no_short_path = how & SOAK_WITHOUT_SHORT_PATH; /* before anything has the hosts made */
	memset(plan, 0, sizeof(*plan));
	d.r = random_next(&d.r);
	plan->what = d.what = g_string_new(NULL);
	plan->n = one_in(&d, 2) ? 1 : 2 + random_below(&d.r, SOAK_MOST_CONNECTIONS - 1);
	plan->one_listener = plan->n > 1 && one_in(&d, 2);
	d.v6 = one_in(&d, 4);
	d.corrupts = one_in(&d, 2);
	d.small_mtu = true;
	d.strip = draw_strip(&d);
	draw_host(&d, w, "client");
	draw_host(&d, w, "server");
	for (unsigned i = 0; i < plan->n; i++)
		draw_connection(&d, &plan->connection[i], i);
	unsigned n_paths = one_in(&d, 4) ? 2 : 1;

	for (unsigned i = 0; i < n_paths; i++)
		draw_path(&d, w, i);
	for (unsigned i = 0; i < plan->n; i++) {
		fit_buffer(&d, &plan->connection[i].client, d.counts_memory[0]);
		fit_buffer(&d, &plan->connection[i].server, d.counts_memory[1]);
	}
	if (g_getenv("TCPSIM_SOAK_PCAP"))
		tcpsim_world_capture(w, "client", g_getenv("TCPSIM_SOAK_PCAP"));
	if (on_event)
		tcpsim_world_on_event(w, on_event, context);
	w->check = true;
	w->rest = how & SOAK_RESTS;
	w->by_bytes = seed % 4 == 3; /* drawn of nothing else, so that the world is the same */
	if (w->by_bytes)
		g_string_append(plan->what, "\n  by bytes");
	if (how & SOAK_ON_THREADS)
		split_world(w, 2);
	place_connections(&d, w, plan, n_paths);
	soak_spawn(w, plan);
	return w;
}

void soak_plan_free(struct soak_plan *plan)
{
	g_string_free(plan->what, TRUE);
}
