// SPDX-License-Identifier: MIT
/*
 * An interrupt at every step of the core: its handler allocates and frees while the interrupted code stands anywhere
 * between two sections. Nobody's frame is given to somebody else, none is lost.
 *
 * No state: each test has its own.
 */
#define RIG_SIM
#include "tests/model/rig.h"

#include <setjmp.h>

#define MAX_TASK 200
#define MAX_IRQ  24

struct block {
	struct page *page;
	unsigned int order;
	uint64_t stamp;
};

struct storm {
	struct rig rig;
	struct rig_random task_random, irq_random;
	struct block task[MAX_TASK], irq[MAX_IRQ];
	unsigned int nr_task, nr_irq;
	uint64_t nr_interrupts, nr_irq_allocs, initial;
};

static uint64_t *word_of(const struct storm *storm, const struct block *b, uint32_t page)
{
	return (uint64_t *)(void *)((char *)qy_page_address(storm->rig.m, b->page) +
				    (size_t)page * QY_PAGE_SIZE);
}

static bool take(struct storm *storm, struct block *b, qy_gfp_t gfp, unsigned int order,
	uint64_t stamp)
{
	b->page = qy_alloc_pages(storm->rig.m, gfp | QY___GFP_NOWARN, order);
	if (!b->page)
		return false;
	b->order = order;
	b->stamp = stamp;
	for (uint32_t i = 0; i < 1u << order; i++)
		*word_of(storm, b, i) = stamp + i;
	return true;
}

static void give(struct storm *storm, const struct block *b)
{
	for (uint32_t i = 0; i < 1u << b->order; i++)
		CHECK_EQ(*word_of(storm, b, i), b->stamp + i);
	qy_free_pages(storm->rig.m, b->page, b->order);
}

/* Half the time one more block, half the time one less; order 0 mostly, now and then a large one. */
static void handler(void *arg)
{
	struct storm *storm = arg;
	unsigned int order =
		rig_below(&storm->irq_random, 4) ? 0 : rig_below(&storm->irq_random, 6);

	storm->nr_interrupts++;
	CHECK(qy_in_atomic());
	if (storm->nr_irq < MAX_IRQ && rig_below(&storm->irq_random, 2)) {
		if (take(storm, &storm->irq[storm->nr_irq], QY_GFP_ATOMIC, order,
			    1ull << 63 | rig_random(&storm->irq_random))) {
			storm->nr_irq++;
			storm->nr_irq_allocs++;
		}
	} else if (storm->nr_irq) {
		unsigned int i = rig_below(&storm->irq_random, storm->nr_irq);
		struct block b = storm->irq[i];

		storm->irq[i] = storm->irq[--storm->nr_irq];
		give(storm, &b);
	}
}

static uint64_t owned(const struct storm *storm)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < storm->nr_task; i++)
		sum += 1ull << storm->task[i].order;
	for (unsigned int i = 0; i < storm->nr_irq; i++)
		sum += 1ull << storm->irq[i].order;
	return sum;
}

/* Interrupts are held off while somebody looks at everything. */
static void check(struct storm *storm, const char *after)
{
	qy_irq_disable();
	rig_check_valid(storm->rig.m, after);
	CHECK_EQ(rig_free_frames(storm->rig.m) + owned(storm), storm->initial);
	qy_irq_enable();
}

static void task_step(struct storm *storm)
{
	static const qy_gfp_t gfps[] = { QY_GFP_KERNEL, QY_GFP_HIGHUSER_MOVABLE,
		QY_GFP_KERNEL | QY___GFP_RECLAIMABLE, QY_GFP_KERNEL | QY___GFP_COMP };
	struct rig_random *random = &storm->task_random;
	uint32_t dice = rig_below(random, 100);

	if (dice < 2) {
		qy_drain_all_pages(storm->rig.m);
	} else if (dice < 4) {
		qy_vmstat_tick(storm->rig.m, rig_below(random, 2));
	} else if (dice < 8) {
		qy_sim_set_cpu(storm->rig.m, rig_below(random, 2));
	} else if (dice < 55 && storm->nr_task < MAX_TASK) {
		unsigned int order = rig_below(random, 5) ? rig_below(random, 4)
							  : rig_below(random, 11);
		struct block b;

		if (take(storm, &b, gfps[rig_below(random, ARRAY_SIZE(gfps))], order,
			    rig_random(random) >> 1))
			storm->task[storm->nr_task++] = b;
	} else if (storm->nr_task) {
		unsigned int i = rig_below(random, storm->nr_task);
		struct block b = storm->task[i];

		storm->task[i] = storm->task[--storm->nr_task];
		give(storm, &b);
	}
}

/*
 * What is owned is counted only between steps: a block on its way into or out of the arrays is nobody's for a moment,
 * also while the handler runs.
 */
static void run(struct storm *storm, unsigned long steps)
{
	rig_boot(&storm->rig);
	storm->initial = rig_free_frames(storm->rig.m);
	storm->task_random.state = qy_test_seed();
	storm->irq_random.state = ~qy_test_seed();
	qy_sim_interrupt(storm->rig.m, handler, storm, true);
	for (unsigned long i = 0; i < steps; i++) {
		task_step(storm);
		check(storm, "a step");
	}
	qy_sim_interrupt(storm->rig.m, NULL, NULL, false);
	CHECK(storm->nr_interrupts > steps);
	CHECK(storm->nr_irq_allocs > steps / 10);
	while (storm->nr_task)
		give(storm, &storm->task[--storm->nr_task]);
	while (storm->nr_irq)
		give(storm, &storm->irq[--storm->nr_irq]);
	qy_drain_all_pages(storm->rig.m);
	check(storm, "freeing all");
	CHECK_EQ(rig_free_frames(storm->rig.m), storm->initial);
	CHECK_EQ(rig_log_count(&storm->rig, "BUG"), 0);
	rig_down(&storm->rig);
}

TEST(interrupt, at_every_step_of_a_workload_shares_no_frame)
{
	static struct storm storm;

	memset(&storm, 0, sizeof(storm));
	rig_one_zone(&storm.rig, MIB(48), 2);
	run(&storm, qy_test_scale(3000));
}

TEST(interrupt, at_every_step_shares_no_frame_when_memory_is_short)
{
	static struct storm storm;

	memset(&storm, 0, sizeof(storm));
	rig_two_zones(&storm.rig, MIB(12), GIB(1) + MIB(5) + KIB(4) * 3, 2);
	storm.rig.board.thp = true;
	run(&storm, qy_test_scale(3000));
}

/* ------------------------------------------------------------------ what may not fail */

static jmp_buf after_panic;
static char panic_line[256];

static void note_panic(void *arg, const char *line)
{
	(void)arg;
	snprintf(panic_line, sizeof(panic_line), "%s", line);
	longjmp(after_panic, 1);
}

TEST(interrupt, a_nofail_request_that_nobody_can_help_panics_with_a_sentence)
{
	static struct rig rig;
	static struct page *pages[4096];
	static size_t nr;

	rig_one_zone(&rig, MIB(8), 1);
	rig.panic = note_panic;
	rig_boot(&rig);
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 0, pages, ARRAY_SIZE(pages));
	panic_line[0] = '\0';
	if (!setjmp(after_panic)) {
		/* the last reserve first: such a request may go below the watermark */
		while (nr < ARRAY_SIZE(pages))
			pages[nr++] =
				qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOFAIL, 0);
		FAIL("a request that cannot succeed came back");
	}
	CHECK_STR_EQ(panic_line,
		"__GFP_NOFAIL request of order 0 can never succeed: nothing else runs that could free");
	rig_free_all(rig.m, pages, nr, 0);
	rig_check_valid(rig.m, "the panic");
	rig_down(&rig);
}
