/* Linux __sk_mem_schedule, sk_mem_charge and sk_mem_uncharge. See set_aside.h. */
#include <tcp/set_aside.h>

#include <tcp/send.h>

#define PAGE 4096u

static uint32_t pages_for(uint32_t memory)
{
	return (memory + PAGE - 1) / PAGE;
}

static uint32_t held(const struct tcp_tcb *tcb)
{
	return tcp_send_memory(tcb) + tcb->recvq.memory;
}

void set_aside_settle(struct tcp_tcb *tcb)
{
	uint32_t now = held(tcb), least = pages_for(now);

	if (now < tcb->memory_held || tcb->memory_pages < least)
		tcb->memory_pages = least;
	tcb->memory_held = now;
}

void set_aside_ask(struct tcp_tcb *tcb, uint32_t size)
{
	uint32_t least;

	set_aside_settle(tcb);
	least = pages_for(tcb->memory_held + size);
	if (tcb->memory_pages < least)
		tcb->memory_pages = least;
}

uint32_t set_aside_left(struct tcp_tcb *tcb)
{
	set_aside_settle(tcb);
	return tcb->memory_pages * PAGE - tcb->memory_held;
}
