/* Parts of a world. See part.h. */
#include "world/part.h"

#include "world/clock.h"
#include "world/link.h"
#include "world/order.h"

struct world_part *part_new(struct tcpsim_world *world)
{
	struct world_part *part = g_new0(struct world_part, 1);

	part->world = world;
	part->clock = clock_new(0);
	part->pool = tcpsim_pool_new();
	part->ready_last = &part->ready;
	part->log = order_log_new();
	part->sent = g_ptr_array_new();
	part->handed = g_ptr_array_new();
	part->spent = g_ptr_array_new_with_free_func((GDestroyNotify)tcpsim_packet_free);
	part->arriving = g_ptr_array_new();
	return part;
}

void part_free(struct world_part *part)
{
	g_ptr_array_free(part->spent, TRUE);
	g_free(part->passing);
	g_ptr_array_free(part->sent, TRUE);
	g_ptr_array_free(part->handed, TRUE);
	g_ptr_array_free(part->arriving, TRUE);
	order_log_free(part->log);
	tcpsim_pool_free(part->pool);
	clock_free(part->clock);
	g_free(part);
}
