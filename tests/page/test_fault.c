/* SPDX-License-Identifier: MIT */
/*
 * fail_page_alloc: which requests fail, in Linux's order of questions.
 */
#include "tests/model/rig.h"

/* Everything may fail, always, silently; each test narrows it down. */
static const struct qy_fault_attr always = {
	.probability = 100,
	.interval = 1,
	.times = -1,
	.seed = 7,
};

static void boot(struct rig *rig, const struct qy_fault_attr *attr)
{
	rig_one_zone(rig, MIB(64), 1);
	rig_boot(rig);
	qy_fail_page_alloc_set(rig->m, attr);
}

static bool fails(struct rig *rig, qy_gfp_t gfp, unsigned int order)
{
	struct page *page = qy_alloc_pages(rig->m, gfp, order);

	if (page)
		qy_free_pages(rig->m, page, order);
	return !page;
}

TEST(fault, a_machine_starts_with_linuxs_parameters)
{
	struct qy_fault_attr attr;
	struct rig rig;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	qy_fail_page_alloc_get(rig.m, &attr);
	CHECK_EQ(attr.probability, 0);
	CHECK_EQ(attr.interval, 1);
	CHECK_EQ(attr.times, 1);
	CHECK_EQ(attr.space, 0);
	CHECK_EQ(attr.verbose, 2);
	CHECK_EQ(attr.min_order, 1);
	CHECK(attr.ignore_gfp_wait && attr.ignore_gfp_highmem);
	CHECK(!fails(&rig, QY_GFP_ATOMIC, 3));
	rig_down(&rig);
}

TEST(fault, exempt_requests_do_not_fail)
{
	struct qy_fault_attr attr = always;
	struct rig rig;

	attr.min_order = 2;
	attr.ignore_gfp_wait = true;
	attr.ignore_gfp_highmem = true;
	boot(&rig, &attr);
	CHECK(!fails(&rig, QY_GFP_ATOMIC, 1));
	CHECK(fails(&rig, QY_GFP_ATOMIC, 2));
	CHECK(!fails(&rig, QY_GFP_KERNEL, 2));
	CHECK(!fails(&rig, QY_GFP_ATOMIC | QY___GFP_HIGHMEM, 2));
	attr.ignore_gfp_wait = false;
	attr.ignore_gfp_highmem = false;
	qy_fail_page_alloc_set(rig.m, &attr);
	CHECK(fails(&rig, QY_GFP_KERNEL, 2));
	CHECK(fails(&rig, QY_GFP_ATOMIC | QY___GFP_HIGHMEM, 2));
	CHECK(!fails(&rig, QY_GFP_KERNEL | QY___GFP_NOFAIL, 2));
	rig_down(&rig);
}

TEST(fault, times_is_how_often_at_most)
{
	struct qy_fault_attr attr = always;
	unsigned int failed = 0;
	struct rig rig;

	attr.times = 3;
	boot(&rig, &attr);
	for (unsigned int i = 0; i < 10; i++)
		failed += fails(&rig, QY_GFP_ATOMIC, 0);
	CHECK_EQ(failed, 3);
	qy_fail_page_alloc_get(rig.m, &attr);
	CHECK_EQ(attr.times, 0);
	rig_down(&rig);
}

TEST(fault, interval_lets_every_nth_eligible_call_fail)
{
	struct qy_fault_attr attr = always;
	struct rig rig;

	attr.interval = 4;
	attr.min_order = 1;
	boot(&rig, &attr);
	for (unsigned int call = 1; call <= 12; call++) {
		CHECK(!fails(&rig, QY_GFP_ATOMIC, 0)); /* not eligible: does not count */
		CHECK_EQ(fails(&rig, QY_GFP_ATOMIC, 1), call % 4 == 0);
	}
	qy_fail_page_alloc_get(rig.m, &attr);
	CHECK_EQ(attr.count, 12);
	rig_down(&rig);
}

/* 2^order pages are taken from the space while it is larger than that. */
TEST(fault, space_is_used_up_before_anything_fails)
{
	struct qy_fault_attr attr = always;
	struct rig rig;

	attr.space = 10;
	boot(&rig, &attr);
	CHECK(!fails(&rig, QY_GFP_ATOMIC, 2));
	CHECK(!fails(&rig, QY_GFP_ATOMIC, 2));
	CHECK(fails(&rig, QY_GFP_ATOMIC, 2));
	CHECK(!fails(&rig, QY_GFP_ATOMIC, 0));
	CHECK(fails(&rig, QY_GFP_ATOMIC, 0));
	rig_down(&rig);
}

TEST(fault, a_seed_names_a_schedule_of_failures)
{
	struct qy_fault_attr attr = always;
	unsigned int failed = 0, differ = 0;
	bool first[1000];
	struct rig rig;

	attr.probability = 30;
	attr.seed = qy_test_seed();
	boot(&rig, &attr);
	for (unsigned int i = 0; i < 1000; i++)
		failed += first[i] = fails(&rig, QY_GFP_ATOMIC, 0);
	CHECK(failed > 200 && failed < 400);
	qy_fail_page_alloc_set(rig.m, &attr);
	for (unsigned int i = 0; i < 1000; i++)
		CHECK_EQ(fails(&rig, QY_GFP_ATOMIC, 0), first[i]);
	attr.seed++;
	qy_fail_page_alloc_set(rig.m, &attr);
	for (unsigned int i = 0; i < 1000; i++)
		differ += fails(&rig, QY_GFP_ATOMIC, 0) != first[i];
	CHECK(differ > 100);
	rig_down(&rig);
}

TEST(fault, a_forced_failure_says_so_and_is_no_allocation_failure)
{
	struct qy_fault_attr attr = always;
	struct rig rig;

	attr.verbose = 1;
	attr.times = 5;
	boot(&rig, &attr);
	CHECK(fails(&rig, QY_GFP_ATOMIC, 1));
	CHECK_STR_EQ(rig.log,
		"<5>FAULT_INJECTION: forcing a failure.\n"
		"<5>name fail_page_alloc, interval 1, probability 100, space 0, times 5\n");
	rig_log_clear(&rig);
	CHECK(fails(&rig, QY_GFP_ATOMIC | QY___GFP_NOWARN, 1));
	CHECK_STR_EQ(rig.log, "");
	rig_down(&rig);
}
