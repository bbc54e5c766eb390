/*
 * A world whose ready-made programs send lengths: the same segments at the same times as with
 * bytes, and zeros with right checksums for whoever looks.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/programs.h"
#include "support/random.h"

struct seen {
	uint64_t sum;
	unsigned segments, text, drops;
};

static void see(void *context, const struct tcpsim_event *event)
{
	const struct tcpsim_segment *s = event->segment;
	struct seen *seen = context;

	seen->sum = sum_mix(seen->sum, (uint64_t)event->time_ns);
	seen->sum = sum_mix(seen->sum, (uint64_t)event->kind << 32 | event->rule);
	seen->drops +=
		event->kind == TCPSIM_EVENT_DROP && event->rule == TCPSIM_RULE_WIRE_TCP_CHECKSUM;
	if (event->kind != TCPSIM_EVENT_SEGMENT_OUT)
		return;
	seen->sum = sum_mix(seen->sum, (uint64_t)s->seq.n << 32 | s->ack.n);
	seen->sum = sum_mix(seen->sum, (uint64_t)s->len << 32 | s->window);
	seen->segments++;
	seen->text += s->len;
}

static void keep_last(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	g_strlcpy(context, text, 100);
}

static void start(struct tcpsim_world *w, const char *host, const char *does, const char *to)
{
	struct program_config c;

	program_config_init(&c);
	c.bytes = 500000;
	start_program(w, host, does, to, &c);
}

static struct seen run(bool lengths, const char *link, char *said)
{
	struct tcpsim_world *w = two_linux_hosts(7, link);
	struct seen seen = {0};

	w->lengths = lengths;
	tcpsim_world_on_event(w, see, &seen);
	tcpsim_world_on_say(w, keep_last, said);
	start(w, "b", "sink", NULL);
	start(w, "a", "source", "b:80");
	tcpsim_world_run(w, INT64_C(100) * 1000000000);
	tcpsim_world_free(w);
	return seen;
}

Test(world_lengths, the_segments_are_those_of_bytes)
{
	const char *link = "rate = 10 Mbit/s; delay = 10 ms; queue = 30 kB; loss = 2 %";
	char said[2][100];
	struct seen bytes = run(false, link, said[0]), lengths = run(true, link, said[1]);

	cr_expect_gt(bytes.text, 500000, "some of it was lost and went again");
	cr_expect_eq(bytes.segments, lengths.segments);
	cr_expect_eq(bytes.sum, lengths.sum);
	cr_expect_eq(lengths.drops, 0, "their checksums hold");
	cr_expect(g_str_has_suffix(said[0], "every one right"), "%s", said[0]);
	cr_expect(g_str_has_prefix(said[1], "500000 bytes in "), "%s", said[1]);
	cr_expect_not(g_str_has_suffix(said[1], "every one right"), "nobody looked");
}

Test(world_lengths, a_flipped_bit_is_found_in_zeros_too)
{
	char said[100];
	struct seen seen = run(true, "rate = 10 Mbit/s; delay = 1 ms; corrupt = 5 %", said);

	cr_expect_gt(seen.drops, 10);
	cr_expect(g_str_has_prefix(said, "500000 bytes in "), "%s", said);
}
