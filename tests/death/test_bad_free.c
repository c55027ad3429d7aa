// SPDX-License-Identifier: MIT
/*
 * Wrong uses of frames: each gives one sentence that says which frame, what was done and what the frame is, and changes
 * nothing. These reports do not end the machine, so most of the tests need no child.
 *
 * No state.
 */
#include "tests/model/rig.h"

#include <pthread.h>
#include <stdarg.h>

/* RAM with a reserved and an unmapped range, a hole inside a pageblock, and two CPUs. */
static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(15) - KIB(4) * 9, 2);
	rig->reserved[0] = (struct qy_reserved){
		.name = "firmware", .base = GIB(1) + MIB(4), .size = KIB(64)
	};
	rig->reserved[1] = (struct qy_reserved){ .name = "secure",
		.base = GIB(1) + MIB(6),
		.size = KIB(64),
		.flags = QY_RESERVED_NOMAP };
	rig->board.reserved = rig->reserved;
	rig->board.nr_reserved = 2;
	rig_boot(rig);
}

/* The log holds this one line, at level ALERT, and nothing else; the machine is as valid as before. */
__attribute__((format(printf, 2, 3))) static void expect(
	struct rig *rig, const char *format, ...)
{
	char want[512], all[528];
	va_list args;

	va_start(args, format);
	vsnprintf(want, sizeof(want), format, args);
	va_end(args);
	snprintf(all, sizeof(all), "<1>%s\n", want);
	CHECK_STR_EQ(rig->log, all);
	rig_check_valid(rig->m, want);
	rig_log_clear(rig);
}

#define IN_TASK " in process test (pid 100)"

static unsigned long pfn_of(const struct rig *rig, const struct page *page)
{
	return (unsigned long)qy_page_to_pfn(rig->m, page);
}

static struct page *take(struct rig *rig, qy_gfp_t gfp, unsigned int order)
{
	struct page *page = qy_alloc_pages(rig->m, gfp, order);

	CHECK(page);
	return page;
}

/* ------------------------------------------------------------------ freed twice */

TEST(death, a_double_free_of_a_frame_on_a_per_cpu_list_is_one_sentence)
{
	static struct rig rig;
	struct page *page;
	uint64_t before;

	boot(&rig);
	before = rig_free_frames(rig.m);
	page = take(&rig, QY_GFP_KERNEL, 0);
	qy_free_pages(rig.m, page, 0);
	CHECK_EQ(rig.log_bytes, 0);
	qy_free_pages(rig.m, page, 0);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 0 freed, but the frame is free already, on a per-CPU list in a block of order 0",
		pfn_of(&rig, page));
	CHECK_EQ(rig_free_frames(rig.m), before);
	rig_down(&rig);
}

TEST(death, a_double_free_of_a_frame_in_the_free_map_is_one_sentence)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = take(&rig, QY_GFP_KERNEL, 0);
	qy_free_pages(rig.m, page, 0);
	qy_drain_all_pages(rig.m);
	qy_free_pages(rig.m, page, 0);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 0 freed, but the frame is free already",
		pfn_of(&rig, page));
	qy_put_page(rig.m, page);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 0 freed, but the frame is free already",
		pfn_of(&rig, page));
	rig_down(&rig);
}

TEST(death, a_double_free_of_an_order_3_block_is_one_sentence)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = take(&rig, QY_GFP_KERNEL, 3);
	qy_free_pages(rig.m, page, 3);
	qy_free_pages(rig.m, page, 3);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 3 freed, but the frame is free already, on a per-CPU list in a block of order 3",
		pfn_of(&rig, page));
	qy_free_pages(rig.m, page + 5, 0);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 0 freed, but the frame is free already, on a per-CPU list in a block of order 3",
		pfn_of(&rig, page + 5));
	qy_drain_all_pages(rig.m);
	qy_free_pages(rig.m, page, 3);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 3 freed, but the frame is free already",
		pfn_of(&rig, page));
	rig_down(&rig);
}

TEST(death, a_double_free_of_an_order_10_block_is_one_sentence)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = take(&rig, QY_GFP_KERNEL, 10);
	qy_free_pages(rig.m, page, 10);
	qy_free_pages(rig.m, page, 10);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 10 freed, but the frame is free already",
		pfn_of(&rig, page));
	rig_down(&rig);
}

/* ------------------------------------------------------------------ freed wrongly */

TEST(death, a_free_with_the_wrong_order_says_the_right_one)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = take(&rig, QY_GFP_KERNEL, 3);
	for (unsigned int order = 0; order <= 12; order++) {
		if (order == 3 || order == 11)
			continue;
		qy_free_pages(rig.m, page, order);
		expect(&rig,
			"BUG: Bad page free" IN_TASK
			"  pfn:%05lx: order %u freed, but the frame was allocated with order 3",
			pfn_of(&rig, page), order);
	}
	CHECK_EQ(qy_page_ref_count(rig.m, page), 1);
	qy_free_pages(rig.m, page, 3);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_free_of_a_frame_that_boot_kept_is_one_sentence)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = qy_pfn_to_page(rig.m, (GIB(1) + MIB(4)) >> QY_PAGE_SHIFT);
	qy_free_pages(rig.m, page, 0);
	expect(&rig, "BUG: Bad page free" IN_TASK
		     "  pfn:40400: order 0 freed, but the frame was reserved by boot");
	page = qy_pfn_to_page(rig.m, (GIB(1) + MIB(6)) >> QY_PAGE_SHIFT);
	qy_free_pages(rig.m, page, 2);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:40600: order 2 freed, but the frame is RAM outside the linear mapping");
	rig_down(&rig);
}

TEST(death, a_free_where_there_is_no_ram_is_one_sentence)
{
	static struct rig rig;
	struct page *last;

	boot(&rig);
	last = qy_pfn_to_page(rig.m, ((GIB(1) + MIB(15)) >> QY_PAGE_SHIFT) - 10);
	CHECK(last);
	CHECK(!qy_pfn_to_page(rig.m, ((GIB(1) + MIB(15)) >> QY_PAGE_SHIFT) - 9));
	qy_free_pages(rig.m, last + 1, 0);
	expect(&rig, "BUG: Bad page free" IN_TASK
		     "  pfn:40ef7: order 0 freed, but there is no RAM");
	rig_down(&rig);
}

TEST(death, a_free_of_a_part_of_a_plain_block_names_the_block)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = take(&rig, QY_GFP_KERNEL, 4);
	qy_free_pages(rig.m, page + 9, 0);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 0 freed, but the frame is inside the block of order 4 at pfn:%05lx",
		pfn_of(&rig, page + 9), pfn_of(&rig, page));
	qy_free_pages(rig.m, page, 4);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_free_of_a_compound_tail_names_the_block)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = take(&rig, QY_GFP_KERNEL | QY___GFP_COMP, 4);
	qy_free_pages(rig.m, page + 1, 0);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 0 freed, but the frame is a tail of the compound block of order 4 at pfn:%05lx",
		pfn_of(&rig, page + 1), pfn_of(&rig, page));
	qy_free_pages(rig.m, page, 3);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 3 freed, but the frame was allocated with order 4",
		pfn_of(&rig, page));
	qy_free_pages(rig.m, page, 4);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_free_of_another_machines_page_is_one_sentence)
{
	static struct rig rig, other;
	struct page *page;

	boot(&other);
	page = take(&other, QY_GFP_KERNEL, 0);
	qy_leave();
	boot(&rig);
	qy_free_pages(rig.m, page, 0);
	expect(&rig, "BUG: Bad page free" IN_TASK
		     ": order 0 freed, but the pointer is no page of this machine");
	qy_leave();
	CHECK_EQ(qy_enter(other.m), 0);
	qy_free_pages(other.m, page, 0);
	CHECK_EQ(other.log_bytes, 0);
	rig_check_valid(other.m, "a foreign free");
	rig_down(&other);
	CHECK_EQ(qy_enter(rig.m), 0);
	rig_down(&rig);
}

TEST(death, a_free_of_a_pointer_into_a_page_is_one_sentence)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = take(&rig, QY_GFP_KERNEL, 0);
	qy_free_pages(rig.m, (struct page *)(void *)((char *)page + 8), 0);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 0 freed, but the pointer is not where a page starts",
		pfn_of(&rig, page));
	qy_free_pages_addr(rig.m, (char *)qy_page_address(rig.m, page) + 16, 0);
	expect(&rig,
		"BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 0 freed, but the pointer is not where a page starts",
		pfn_of(&rig, page));
	qy_free_pages_addr(rig.m, &rig, 0);
	expect(&rig, "BUG: Bad page free" IN_TASK
		     ": order 0 freed, but the pointer is no page of this machine");
	rig_down(&rig);
}

TEST(death, nothing_is_said_of_a_null_pointer)
{
	static struct rig rig;

	boot(&rig);
	qy_free_pages(rig.m, NULL, 0);
	qy_free_pages_addr(rig.m, NULL, 0);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ used wrongly */

TEST(death, a_reference_to_a_free_frame_is_one_sentence)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = take(&rig, QY_GFP_KERNEL, 0);
	qy_free_pages(rig.m, page, 0);
	qy_drain_all_pages(rig.m);
	qy_get_page(rig.m, page);
	expect(&rig,
		"BUG: Bad page reference" IN_TASK
		"  pfn:%05lx: a reference taken, but the frame is free already",
		pfn_of(&rig, page));
	CHECK_EQ(qy_page_ref_count(rig.m, page), 0);
	rig_down(&rig);
}

TEST(death, a_split_of_a_compound_block_is_one_sentence)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = take(&rig, QY_GFP_KERNEL | QY___GFP_COMP, 2);
	qy_split_page(rig.m, page, 2);
	expect(&rig,
		"BUG: Bad page split" IN_TASK
		"  pfn:%05lx: order 2 split, but the block of order 2 is compound",
		pfn_of(&rig, page));
	qy_free_pages(rig.m, page, 2);
	page = take(&rig, QY_GFP_KERNEL, 2);
	qy_get_page(rig.m, page);
	qy_split_page(rig.m, page, 2);
	expect(&rig,
		"BUG: Bad page split" IN_TASK
		"  pfn:%05lx: order 2 split, but the block has 2 references",
		pfn_of(&rig, page));
	qy_split_page(rig.m, page, 1);
	expect(&rig,
		"BUG: Bad page split" IN_TASK
		"  pfn:%05lx: order 1 split, but the frame was allocated with order 2",
		pfn_of(&rig, page));
	rig_down(&rig);
}

TEST(death, an_order_above_ten_is_refused_and_said_once)
{
	static struct rig rig;

	boot(&rig);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 11));
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL, 11));
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL, 40));
	CHECK_EQ(rig_log_count(&rig, "\n"), 1);
	CHECK_EQ(rig_log_count(&rig, "order 11"), 1);
	rig_check_valid(rig.m, "order 11");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ sleeping in atomic context */

static void check_sleep_report(
	struct rig *rig, const char *second_line, const char *third_line)
{
	CHECK_EQ(rig_log_count(
			 rig, "BUG: sleeping function called from invalid context at "),
		1);
	CHECK_EQ(rig_log_count(rig, second_line), 1);
	CHECK_EQ(rig_log_count(rig, third_line), 1);
	rig_check_valid(rig->m, "sleeping in atomic context");
}

TEST(death, sleeping_with_preemption_off_is_reported_in_the_kernels_words)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	qy_preempt_disable();
	qy_preempt_disable();
	page = qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 0);
	CHECK_EQ(rig.log_bytes, 0);
	qy_free_pages(rig.m, page, 0);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(page); /* a report, not a refusal */
	check_sleep_report(&rig,
		"in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 100, name: test\n",
		"preempt_count: 2, expected: 0\n");
	qy_preempt_enable();
	qy_preempt_enable();
	qy_free_pages(rig.m, page, 0);
	rig_down(&rig);
}

TEST(death, sleeping_with_interrupts_off_is_reported_in_the_kernels_words)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	qy_irq_disable();
	page = qy_alloc_pages(
		rig.m, QY_GFP_NOIO, 0); /* __GFP_DIRECT_RECLAIM alone may sleep */
	check_sleep_report(&rig,
		"in_atomic(): 0, irqs_disabled(): 1, non_block: 0, pid: 100, name: test\n",
		"preempt_count: 0, expected: 0\n");
	qy_irq_enable();
	qy_free_pages(rig.m, page, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ two at a time */

struct race {
	struct rig rig;
	pthread_barrier_t start, done;
	struct page *page;
	unsigned int order;
	unsigned long rounds;
};

static void *second_freer(void *arg)
{
	struct race *race = arg;

	CHECK_EQ(qy_enter_cpu(race->rig.m, 1), 1);
	for (unsigned long i = 0; i < race->rounds; i++) {
		pthread_barrier_wait(&race->start);
		qy_free_pages(race->rig.m, race->page, race->order);
		pthread_barrier_wait(&race->done);
	}
	qy_leave();
	return NULL;
}

TEST(death, of_two_racing_frees_exactly_one_is_reported)
{
	static struct race race;
	pthread_t thread;
	uint64_t before;

	memset(&race, 0, sizeof(race));
	boot(&race.rig);
	race.rounds = qy_test_scale(2000);
	pthread_barrier_init(&race.start, NULL, 2);
	pthread_barrier_init(&race.done, NULL, 2);
	before = rig_free_frames(race.rig.m);
	CHECK(!pthread_create(&thread, NULL, second_freer, &race));
	for (unsigned long i = 0; i < race.rounds; i++) {
		static const unsigned int orders[] = { 0, 0, 3, 5, 10 };

		race.order = orders[i % ARRAY_SIZE(orders)];
		race.page = take(&race.rig,
			i & 1 ? QY_GFP_KERNEL | QY___GFP_COMP : QY_GFP_KERNEL,
			race.order);
		pthread_barrier_wait(&race.start);
		qy_free_pages(race.rig.m, race.page, race.order);
		pthread_barrier_wait(&race.done);
		CHECK_EQ(rig_log_count(&race.rig, "BUG: Bad page free"), 1);
		CHECK_EQ(rig_log_count(&race.rig, "\n"), 1);
		rig_log_clear(&race.rig);
		CHECK_EQ(rig_free_frames(race.rig.m), before);
	}
	pthread_join(thread, NULL);
	rig_check_valid(race.rig.m, "racing frees");
	rig_down(&race.rig);
}

/* ------------------------------------------------------------------ what ends the machine */

static void unbalanced_preemption(void)
{
	static struct rig rig;

	boot(&rig);
	qy_preempt_enable();
}

TEST(death, enabling_preemption_once_too_often_stops_the_machine)
{
	DEATH("kernel BUG at ", unbalanced_preemption());
}
