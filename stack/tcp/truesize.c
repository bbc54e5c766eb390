#include <tcp/truesize.h>

#define PAGE		4096u
#define PACKET_STRUCT	256u	   /* sk_buff */
#define PACKET_TRAILER	320u	   /* skb_shared_info, behind the data */
#define PACKET_HEADROOM 64u	   /* before the data */
#define SMALL_HEAD	576u	   /* the cache that short packets' heads come from */
#define FRAGMENT_MOST	(8 * PAGE) /* the largest run of pages asked for */

static uint32_t round_up(uint32_t x, uint32_t unit)
{
	return (x + unit - 1) / unit * unit;
}

/* What a head with that much data really takes: the allocator's next power of two. */
static uint32_t head_memory(uint32_t data)
{
	uint32_t size = round_up(data, 64) + PACKET_TRAILER, bucket = 1024;

	if (size <= SMALL_HEAD)
		return SMALL_HEAD;
	while (bucket < size)
		bucket *= 2;
	return bucket;
}

static struct packet_memory linear(uint32_t data)
{
	uint32_t head = head_memory(data);

	return (struct packet_memory){PACKET_STRUCT + head, head - PACKET_TRAILER - data};
}

/* Linux tun_alloc_skb: a page at the front, the rest in the largest runs of pages that it fills. */
struct packet_memory truesize_of_packet(uint32_t len)
{
	uint32_t most = PAGE - PACKET_TRAILER - PACKET_HEADROOM;
	uint32_t front = len < most ? len : most, rest = len - front;
	struct packet_memory memory = linear(PACKET_HEADROOM + front);

	if (rest)
		memory.room = 0; /* skb_tailroom: only of what is contiguous */
	while (rest) {
		uint32_t run = FRAGMENT_MOST;

		while (run > PAGE && round_up(rest, PAGE) < run)
			run /= 2;
		memory.whole += run;
		rest -= rest < run ? rest : run;
	}
	return memory;
}

struct packet_memory truesize_of_text(uint32_t len)
{
	return linear(len);
}
