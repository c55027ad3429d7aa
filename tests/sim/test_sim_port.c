// SPDX-License-Identifier: MIT
/*
 * The sim port: time stands still, interrupts come at steps, the n-th port call fails, and nothing is lost by it.
 */
#include "mm/machine.h"
#include "tests/runner/test.h"
#include <quarry/sim.h>
#include <quarry/stats.h>

#include <string.h>

static const struct qy_bank bank = { 0x40000000, 64 << 20, 0 };
static struct qy_board board;
static char why[256];

static struct qy_machine *boot(uint32_t nr_cpus, const struct qy_sim_opts *opts)
{
	struct qy_machine *m;

	if (qy_current()->machine)
		qy_leave(); /* the test before this one failed half way */
	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = nr_cpus;
	m = qy_sim_boot(&board, opts, why, sizeof(why));
	if (!m)
		FAIL("%s", why);
	return m;
}

static void check_valid(struct qy_machine *m)
{
	if (!qy_machine_validate(m, why, sizeof(why)))
		FAIL("%s", why);
}

TEST(sim_port, booting_puts_this_thread_on_cpu_0)
{
	struct qy_machine *m = boot(2, NULL);

	CHECK_EQ(qy_current()->cpu, 0);
	CHECK(!qy_sim_boot(&board, NULL, why, sizeof(why)));
	CHECK_STR_EQ(why, "this thread stands in a machine already");
	qy_sim_shutdown(m);
	CHECK(!qy_current()->machine);
}

TEST(sim_port, a_board_that_is_none_is_refused_with_the_reason)
{
	qy_board_defaults(&board, QY_ARCH_ARM64);
	CHECK(!qy_sim_boot(&board, NULL, why, sizeof(why)));
	CHECK_STR_EQ(why, "the board has no RAM: give it a bank, or a size with -m");
}

TEST(sim_port, time_moves_only_when_told)
{
	struct qy_machine *m = boot(1, NULL);

	CHECK_EQ(qy_sim_now(m), 0);
	qy_sim_advance(m, 1500);
	CHECK_EQ(qy_sim_now(m), 1500);
	CHECK_EQ(m->port->clock_ns(m->port->ctx), 1500);
	qy_sim_shutdown(m);
}

TEST(sim_port, one_thread_plays_every_cpu)
{
	struct qy_machine *m = boot(3, NULL);
	struct page *page = qy_alloc_pages(m, QY_GFP_KERNEL, 0);

	CHECK_STR_EQ(qy_current()->task.comm, "swapper/0"); /* the port names nobody */
	qy_set_task(42, "mover");
	qy_sim_set_cpu(m, 2);
	CHECK_EQ(qy_current()->cpu, 2);
	CHECK_EQ(qy_current()->task.pid, 42);
	qy_free_pages(m, page, 0);
	qy_sim_set_cpu(m, 2);
	qy_sim_set_cpu(m, 0);
	CHECK_EQ(qy_current()->cpu, 0);
	check_valid(m);
	DEATH("the board has no such CPU", qy_sim_set_cpu(m, 3));
	qy_sim_shutdown(m);
}

/* ------------------------------------------------------------------ interrupts */

struct handler {
	struct qy_machine *m;
	unsigned int runs, refused;
	u32 preempt_count;
};

/* A driver's: takes a page, gives it back. Steps inside it must not run it again. */
static void on_interrupt(void *arg)
{
	struct handler *h = arg;
	struct page *page = qy_alloc_pages(h->m, QY_GFP_ATOMIC | QY___GFP_NOWARN, 0);

	h->runs++;
	h->preempt_count = qy_current()->preempt_count;
	h->refused += !page;
	qy_free_pages(h->m, page, 0);
}

TEST(sim_port, an_interrupt_comes_once_at_the_next_unmasked_step)
{
	struct handler h = { .m = boot(1, NULL) };

	qy_sim_interrupt(h.m, on_interrupt, &h, false);
	qy_irq_disable();
	qy_free_pages(h.m, qy_alloc_pages(h.m, QY_GFP_ATOMIC, 3), 3);
	CHECK_EQ(h.runs, 0);
	qy_irq_enable();
	CHECK_EQ(h.runs, 1);
	CHECK_EQ(h.preempt_count, HARDIRQ_OFFSET);
	qy_irq_disable();
	qy_irq_enable();
	CHECK_EQ(h.runs, 1);
	CHECK(!qy_in_atomic());
	qy_sim_shutdown(h.m);
}

TEST(sim_port, an_interrupt_at_every_step_breaks_nothing)
{
	struct handler h = { .m = boot(2, NULL) };
	struct page *held[64] = { NULL };

	qy_sim_interrupt(h.m, on_interrupt, &h, true);
	for (unsigned int i = 0; i < 2000; i++) {
		struct page **slot = &held[i * 37 % 64];
		unsigned int order = (unsigned int)(slot - held) % 5;

		if (*slot) {
			qy_free_pages(h.m, *slot, order);
			*slot = NULL;
		} else {
			*slot = qy_alloc_pages(h.m, QY_GFP_KERNEL, order);
		}
		if (i % 100 == 0)
			qy_sim_set_cpu(h.m, i / 100 & 1);
	}
	CHECK(h.runs > 2000);
	CHECK_EQ(h.refused, 0);
	qy_sim_interrupt(h.m, NULL, NULL, false);
	for (unsigned int i = 0; i < 64; i++)
		qy_free_pages(h.m, held[i], i % 5);
	check_valid(h.m);
	qy_sim_shutdown(h.m);
}

/* ------------------------------------------------------------------ a host that runs dry */

/* Blocks of several orders, given back, then the host memory trimmed. Return: allocations that failed. */
static unsigned int short_scenario(struct qy_machine *m)
{
	static const struct {
		qy_gfp_t gfp;
		unsigned int order;
	} wanted[] = { { QY_GFP_KERNEL, 0 }, { QY_GFP_KERNEL, 9 }, { QY_GFP_ATOMIC, 10 },
		{ QY_GFP_HIGHUSER_MOVABLE, 3 },
		{ QY_GFP_KERNEL | QY___GFP_RECLAIMABLE, 0 },
		{ QY_GFP_HIGHUSER_MOVABLE | QY___GFP_COMP, 9 }, { QY_GFP_ATOMIC, 4 } };
	struct page *held[sizeof(wanted) / sizeof(wanted[0])];
	unsigned int failed = 0;

	for (unsigned int i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		held[i] = qy_alloc_pages(m,
			wanted[i].gfp | QY___GFP_NOWARN | QY___GFP_NORETRY,
			wanted[i].order);
		failed += !held[i];
		check_valid(m);
		if (held[i])
			memset(qy_page_address(m, held[i]), 0x5a,
				4096u << wanted[i].order);
	}
	for (unsigned int i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		qy_free_pages(m, held[i], wanted[i].order);
	qy_drain_all_pages(m);
	qy_machine_trim(m);
	check_valid(m);
	return failed;
}

TEST(sim_port, no_frame_is_lost_whichever_port_call_fails)
{
	struct qy_machine *m = boot(1, NULL);
	struct qy_machine_stats before, after;
	uint64_t calls;

	CHECK_EQ(short_scenario(m), 0);
	calls = qy_sim_port_calls(m);
	CHECK(calls > 8);
	qy_sim_shutdown(m);
	for (uint64_t n = 1; n <= calls; n++) {
		m = boot(1, NULL);
		qy_machine_stats(m, &before);
		qy_sim_fail_port_call(m, n);
		short_scenario(m);
		qy_machine_stats(m, &after);
		CHECK_EQ(after.free_pages, before.free_pages);
		CHECK_EQ(after.managed_pages, before.managed_pages);
		qy_sim_shutdown(m);
	}
}

/* Nobody else could ever give the lock back. */
TEST(sim_port, waiting_for_ever_is_said)
{
	DEATH("deadlock: this CPU waits for a lock that nobody else can release", {
		struct qy_machine *m = boot(1, NULL);

		qy_spin_lock_irqsave(&m->zones[0].lock);
		qy_spin_lock_irqsave(&m->zones[0].lock);
	});
}
