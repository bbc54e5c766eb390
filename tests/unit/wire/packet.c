/* The pools: what is given back is given out again, and nothing is lost. */
#include <criterion/criterion.h>
#include <tcpsim/packet.h>
#include <wire/memory.h>

Test(pool, packets_and_chunks_come_back)
{
	struct tcpsim_pool *pool = tcpsim_pool_new();
	struct tcpsim_packet *packet = tcpsim_packet_new(pool), *again;
	struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, 1500), *chunk_again;

	cr_expect_eq(tcpsim_pool_outstanding(pool), 2);
	cr_expect_geq(chunk->size, 1500);
	packet->chunk = tcpsim_chunk_ref(chunk);
	packet->payload = chunk->data;
	packet->payload_len = 100;
	tcpsim_chunk_unref(chunk);
	cr_expect_eq(tcpsim_pool_outstanding(pool), 2, "the packet still holds the chunk");
	tcpsim_packet_free(packet);
	cr_expect_eq(tcpsim_pool_outstanding(pool), 0);
	again = tcpsim_packet_new(pool);
	chunk_again = tcpsim_chunk_new(pool, 2048);
	if (!MEMORY_WATCHED) {
		cr_expect_eq(again, packet, "from the free list");
		cr_expect_eq(chunk_again, chunk, "from the free list of its class");
	}
	cr_expect_null(again->payload);
	cr_expect_eq(again->payload_len, 0);
	tcpsim_packet_free(again);
	tcpsim_chunk_unref(chunk_again);
	tcpsim_pool_free(pool);
}

Test(pool, any_size_of_chunk)
{
	struct tcpsim_pool *pool = tcpsim_pool_new();
	const uint32_t sizes[] = {0, 1, 256, 257, 2048, 2049, 65536, 65537, 1 << 20};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, sizes[i]);

		cr_assert_geq(chunk->size, sizes[i]);
		memset(chunk->data, 0xff, chunk->size);
		tcpsim_chunk_unref(chunk);
	}
	cr_expect_eq(tcpsim_pool_outstanding(pool), 0);
	tcpsim_pool_free(pool);
}

Test(packet, a_fill_reads_as_zeros)
{
	struct tcpsim_pool *pool = tcpsim_pool_new();
	struct tcpsim_packet *packet = tcpsim_packet_new(pool);
	uint8_t out[8] = "xxxxxxx";

	packet->headers_len = 2;
	packet->headers[0] = 1;
	packet->headers[1] = 2;
	packet->payload_len = 3;
	cr_expect_eq(tcpsim_packet_bytes(packet, out, sizeof(out)), 5);
	cr_expect_arr_eq(out, ((uint8_t[]){1, 2, 0, 0, 0, 'x'}), 6);
	cr_expect_eq(tcpsim_packet_bytes(packet, out, 4), 0, "too small a buffer");
	tcpsim_packet_free(packet);
	tcpsim_pool_free(pool);
}
