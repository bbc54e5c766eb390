/* Where a program's things stand in memory: what wakes it touches one line of the cache, and its turn no
 * more than the next one. */
#include <criterion/criterion.h>
#include <stddef.h>

#include "process/process.h"

#define END_OF(member) (offsetof(struct process, member) + sizeof(((struct process *)0)->member))

Test(layout, a_wake_up_touches_one_line)
{
	cr_expect_eq(offsetof(struct process, own), 0);
	cr_expect_leq(END_OF(next_ready), PROCESS_LINE);
	cr_expect_leq(END_OF(context), PROCESS_LINE);
	cr_expect_leq(END_OF(stack), PROCESS_LINE);
	cr_expect_leq(END_OF(is_ready), PROCESS_LINE);
	cr_expect_leq(END_OF(ended), PROCESS_LINE);
}

Test(layout, a_turn_touches_the_next_one_at_the_most)
{
	cr_expect_leq(END_OF(n_waiting), 2 * PROCESS_LINE);
	cr_expect_leq(END_OF(waiting), 2 * PROCESS_LINE);
	cr_expect_leq(END_OF(node), 2 * PROCESS_LINE);
	cr_expect_leq(END_OF(alarm), 2 * PROCESS_LINE);
}

static int look_where_it_is(void *argument)
{
	*(struct process **)argument = process_current();
	return 0;
}

Test(layout, a_program_begins_a_line)
{
	struct tcpsim_world *w = tcpsim_world_new(1);
	struct process *seen[3] = {NULL};

	tcpsim_world_add_host(w, "host", &tcpsim_profile_linux);
	for (int i = 0; i < 3; i++)
		process_spawn(world_node(w, "host"), "looks", look_where_it_is, &seen[i], NULL, i);
	tcpsim_world_run(w, TCPSIM_FOREVER);
	for (int i = 0; i < 3; i++)
		cr_expect(seen[i] && (uintptr_t)seen[i] % PROCESS_LINE == 0, "program %d", i);
	tcpsim_world_free(w);
}
