// SPDX-License-Identifier: MIT
/* failslab: which requests for objects fail, counted at the doors. */
#include "tests/model/rig.h"
#include <quarry/slab.h>

#define FILES "/sys/kernel/debug/failslab/"
#define SLAB  "/sys/kernel/slab/"

static const struct qy_fault_attr always = {
	.probability = 100,
	.interval = 1,
	.times = -1,
	.seed = 7,
};

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(64), 2);
	rig_boot(rig);
}

static bool kmalloc_fails(struct rig *rig, size_t size, qy_gfp_t gfp)
{
	void *p = qy_kmalloc(rig->m, size, gfp);

	qy_kfree(rig->m, p);
	return !p;
}

TEST(failslab, a_machine_starts_with_linuxs_parameters)
{
	static struct rig rig;
	struct qy_fault_attr attr;

	boot(&rig);
	qy_failslab_get(rig.m, &attr);
	CHECK_EQ(attr.probability, 0);
	CHECK_EQ(attr.interval, 1);
	CHECK_EQ(attr.times, 1);
	CHECK_EQ(attr.space, 0);
	CHECK_EQ(attr.verbose, 2);
	CHECK(attr.ignore_gfp_wait);
	CHECK(!attr.cache_filter);
	CHECK(!kmalloc_fails(&rig, 64, QY_GFP_ATOMIC));
	rig_down(&rig);
}

/* The sheaf of the class is full of objects: no matter, the call counts. */
TEST(failslab, a_call_counts_however_warm_the_cache_is)
{
	static struct rig rig;
	struct qy_fault_attr attr = always;

	boot(&rig);
	for (unsigned int i = 0; i < 100; i++)
		CHECK(!kmalloc_fails(&rig, 64, QY_GFP_KERNEL));
	attr.interval = 5;
	qy_failslab_set(rig.m, &attr);
	for (unsigned int call = 1; call <= 50; call++)
		CHECK_EQ(kmalloc_fails(&rig, 64, QY_GFP_KERNEL), call % 5 == 0);
	qy_failslab_get(rig.m, &attr);
	CHECK_EQ(attr.count, 50);
	attr.probability = 0;
	qy_failslab_set(rig.m, &attr);
	for (unsigned int i = 0; i < 100; i++)
		CHECK(!kmalloc_fails(&rig, 64, QY_GFP_KERNEL));
	rig_check_valid(rig.m, "failslab");
	rig_down(&rig);
}

TEST(failslab, every_door_counts_once)
{
	static struct rig rig;
	struct qy_fault_attr attr = always;
	struct kmem_cache *cache;
	void *objects[40];

	boot(&rig);
	cache = qy_kmem_cache_create(rig.m, "victim", 100, 0, QY_SLAB_NO_MERGE, NULL);
	CHECK(cache);
	qy_failslab_set(rig.m, &attr);
	CHECK(!qy_kmem_cache_alloc(cache, QY_GFP_KERNEL));
	CHECK(!qy_kmem_cache_zalloc(cache, QY_GFP_KERNEL));
	CHECK(!qy_kmem_cache_alloc_node(cache, QY_GFP_KERNEL, 0));
	CHECK_EQ(qy_kmem_cache_alloc_bulk(cache, QY_GFP_KERNEL, 40, objects), 0);
	CHECK(!qy_kzalloc(rig.m, 20, QY_GFP_KERNEL));
	CHECK(!qy_kmalloc_node(rig.m, 20, QY_GFP_KERNEL, 0));
	CHECK(!qy_kcalloc(rig.m, 2, 20, QY_GFP_KERNEL));
	CHECK(qy_kmalloc(rig.m, 0, QY_GFP_KERNEL) == QY_ZERO_SIZE_PTR);
	qy_failslab_get(rig.m, &attr);
	CHECK_EQ(attr.count, 7);
	attr.probability = 0;
	qy_failslab_set(rig.m, &attr);
	CHECK_EQ(qy_kmem_cache_alloc_bulk(cache, QY_GFP_KERNEL, 40, objects), 40);
	qy_kmem_cache_free_bulk(cache, 40, objects);
	qy_kmem_cache_destroy(cache);
	rig_check_valid(rig.m, "failslab at every door");
	rig_down(&rig);
}

TEST(failslab, requests_that_may_sleep_or_must_not_fail_are_spared)
{
	static struct rig rig;
	struct qy_fault_attr attr = always;

	boot(&rig);
	attr.ignore_gfp_wait = true;
	qy_failslab_set(rig.m, &attr);
	CHECK(!kmalloc_fails(&rig, 64, QY_GFP_KERNEL));
	CHECK(kmalloc_fails(&rig, 64, QY_GFP_ATOMIC));
	attr.ignore_gfp_wait = false;
	qy_failslab_set(rig.m, &attr);
	CHECK(kmalloc_fails(&rig, 64, QY_GFP_KERNEL));
	CHECK(!kmalloc_fails(&rig, 64, QY_GFP_KERNEL | QY___GFP_NOFAIL));
	/* above 8 KiB it is pages that would fail */
	CHECK(!kmalloc_fails(&rig, 10000, QY_GFP_KERNEL));
	rig_down(&rig);
}

TEST(failslab, the_filter_leaves_unmarked_caches_alone)
{
	static struct rig rig;
	struct qy_fault_attr attr = always;
	struct kmem_cache *marked;

	boot(&rig);
	marked = qy_kmem_cache_create(rig.m, "marked", 64, 0, QY_SLAB_FAILSLAB, NULL);
	CHECK(marked);
	attr.cache_filter = true;
	qy_failslab_set(rig.m, &attr);
	CHECK(!kmalloc_fails(&rig, 64, QY_GFP_KERNEL));
	CHECK(!qy_kmem_cache_alloc(marked, QY_GFP_KERNEL));
	qy_kmem_cache_destroy(marked);
	rig_down(&rig);
}

TEST(failslab, the_letter_a_marks_caches_at_boot_and_costs_nothing)
{
	static struct rig rig;
	struct qy_fault_attr attr = always;
	struct qy_kmem_cache_info info;

	rig_one_zone(&rig, MIB(64), 2);
	strcpy(rig.board.slab.debug, "A,kmalloc-96,victim*");
	rig_boot(&rig);
	for (unsigned int n = 0; qy_kmem_cache_info(rig.m, n, &info); n++) {
		bool named = !strcmp(info.name, "kmalloc-96");

		CHECK_EQ(!!(info.flags & QY_SLAB_FAILSLAB), named);
		/* no layout of a checked cache */
		CHECK(!named || info.size == 96);
	}
	attr.cache_filter = true;
	qy_failslab_set(rig.m, &attr);
	CHECK(kmalloc_fails(&rig, 96, QY_GFP_KERNEL));
	CHECK(!kmalloc_fails(&rig, 64, QY_GFP_KERNEL));
	struct kmem_cache *victim =
		qy_kmem_cache_create(rig.m, "victim2", 64, 0, 0, NULL);
	struct kmem_cache *other = qy_kmem_cache_create(rig.m, "other", 64, 0, 0, NULL);

	CHECK(victim && other && victim != other);
	CHECK(!qy_kmem_cache_alloc(victim, QY_GFP_KERNEL));
	qy_kmem_cache_free(other, qy_kmem_cache_alloc(other, QY_GFP_KERNEL));
	qy_kmem_cache_destroy(victim);
	qy_kmem_cache_destroy(other);
	rig_check_valid(rig.m, "the letter A");
	rig_down(&rig);
}

TEST(failslab, a_cache_is_marked_by_its_file_until_it_is_unmarked)
{
	static struct rig rig;
	struct qy_fault_attr attr = always;
	struct kmem_cache *cache, *merged, *apart;
	char text[16];

	boot(&rig);
	attr.cache_filter = true;
	qy_failslab_set(rig.m, &attr);
	cache = qy_kmem_cache_create(rig.m, "chosen", 200, 0, 0, NULL);
	CHECK(cache);
	CHECK_EQ(qy_proc_read(rig.m, SLAB "chosen/failslab", text, sizeof(text)), 2);
	CHECK_STR_EQ(text, "0\n");
	qy_kmem_cache_free(cache, qy_kmem_cache_alloc(cache, QY_GFP_KERNEL));
	CHECK_EQ(qy_proc_write(rig.m, SLAB "chosen/failslab", "1\n"), 0);
	CHECK(qy_proc_read(rig.m, SLAB "chosen/failslab", text, sizeof(text)) > 0);
	CHECK_STR_EQ(text, "1\n");
	CHECK(!qy_kmem_cache_alloc(cache, QY_GFP_KERNEL));
	/* its directory stays where it is, but nobody joins a marked cache */
	CHECK(qy_proc_read(rig.m, SLAB ":0000200/failslab", text, sizeof(text)) > 0);
	apart = qy_kmem_cache_create(rig.m, "apart", 200, 0, 0, NULL);
	CHECK(apart && apart != cache);
	CHECK_EQ(qy_proc_write(rig.m, SLAB "chosen/failslab", "0\n"), 0);
	qy_kmem_cache_free(cache, qy_kmem_cache_alloc(cache, QY_GFP_KERNEL));
	qy_kmem_cache_destroy(apart);
	/* of caches that share their slabs none can be meant alone */
	merged = qy_kmem_cache_create(rig.m, "second", 200, 0, 0, NULL);
	CHECK(merged == cache);
	CHECK_EQ(qy_proc_write(rig.m, SLAB "second/failslab", "1\n"), -QY_EINVAL);
	qy_kmem_cache_free(cache, qy_kmem_cache_alloc(cache, QY_GFP_KERNEL));
	qy_kmem_cache_destroy(merged);
	qy_kmem_cache_destroy(cache);
	rig_check_valid(rig.m, "a marked cache");
	rig_down(&rig);
}

TEST(failslab, space_is_bytes_that_pass_first)
{
	static struct rig rig;
	struct qy_fault_attr attr = always;

	boot(&rig);
	attr.space = 200;
	qy_failslab_set(rig.m, &attr);
	CHECK(!kmalloc_fails(&rig, 64, QY_GFP_KERNEL)); /* 136 left */
	CHECK(!kmalloc_fails(&rig, 96, QY_GFP_KERNEL)); /* 40 left */
	CHECK(kmalloc_fails(&rig, 64, QY_GFP_KERNEL));
	rig_down(&rig);
}

TEST(failslab, a_forced_failure_says_so)
{
	static struct rig rig;
	struct qy_fault_attr attr = always;

	boot(&rig);
	attr.verbose = 1;
	attr.times = 3;
	qy_failslab_set(rig.m, &attr);
	CHECK(kmalloc_fails(&rig, 64, QY_GFP_ATOMIC));
	CHECK_STR_EQ(rig.log,
		"<5>FAULT_INJECTION: forcing a failure.\n"
		"<5>name failslab, interval 1, probability 100, space 0, times 3\n");
	rig_down(&rig);
}

TEST(failslab, what_is_said_of_failures_has_a_limit_where_one_is_set)
{
	static struct rig rig;
	struct qy_fault_attr attr = always;

	boot(&rig);
	attr.verbose = 1;
	qy_failslab_set(rig.m, &attr);
	for (unsigned int i = 0; i < 30; i++)
		CHECK(kmalloc_fails(&rig, 64, QY_GFP_ATOMIC));
	CHECK_EQ(rig_log_count(&rig, "forcing a failure"), 30);
	rig_log_clear(&rig);
	CHECK_EQ(
		qy_proc_write(rig.m, FILES "verbose_ratelimit_interval_ms", "600000"), 0);
	CHECK_EQ(qy_proc_write(rig.m, FILES "verbose_ratelimit_burst", "4"), 0);
	for (unsigned int i = 0; i < 30; i++)
		CHECK(kmalloc_fails(&rig, 64, QY_GFP_ATOMIC));
	CHECK_EQ(rig_log_count(&rig, "forcing a failure"), 4);
	rig_down(&rig);
}

TEST(failslab, its_files_are_the_kernels)
{
	static const char *const files[] = { "probability", "interval", "times", "space",
		"verbose", "ignore-gfp-wait", "cache-filter",
		"verbose_ratelimit_interval_ms", "verbose_ratelimit_burst" };
	static const char *const values[] = { "0\n", "1\n", "1\n", "0\n", "2\n", "Y\n",
		"N\n", "0\n", "10\n" };
	static struct rig rig;
	struct qy_fault_attr attr;
	char path[80], text[16];

	boot(&rig);
	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), FILES "%s", files[i]);
		CHECK(qy_proc_read(rig.m, path, text, sizeof(text)) > 0);
		CHECK_STR_EQ(text, values[i]);
	}
	CHECK_EQ(qy_proc_write(rig.m, FILES "ignore-gfp-wait", "N"), 0);
	CHECK_EQ(qy_proc_write(rig.m, FILES "cache-filter", "1"), 0);
	CHECK_EQ(qy_proc_write(rig.m, FILES "times", "-1"), 0);
	CHECK_EQ(qy_proc_write(rig.m, FILES "probability", "100"), 0);
	qy_failslab_get(rig.m, &attr);
	CHECK(!attr.ignore_gfp_wait && attr.cache_filter);
	CHECK_EQ(attr.times, -1);
	CHECK_EQ(qy_proc_write(rig.m, FILES "cache-filter", "0"), 0);
	CHECK(kmalloc_fails(&rig, 8, QY_GFP_KERNEL));
	/* pages have parameters of their own */
	qy_fail_page_alloc_get(rig.m, &attr);
	CHECK_EQ(attr.probability, 0);
	rig_down(&rig);
}

TEST(failslab, the_command_line_sets_both_kinds)
{
	static struct rig rig;
	struct qy_fault_attr attr;

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.failslab = (struct qy_fault_setup){ true, 3, 50, 1000, -1 };
	rig.board.fail_page_alloc = (struct qy_fault_setup){ true, 10, 20, 30, 40 };
	rig_boot(&rig);
	qy_failslab_get(rig.m, &attr);
	CHECK_EQ(attr.interval, 3);
	CHECK_EQ(attr.probability, 50);
	CHECK_EQ(attr.space, 1000);
	CHECK_EQ(attr.times, -1);
	CHECK(attr.ignore_gfp_wait);
	qy_fail_page_alloc_get(rig.m, &attr);
	CHECK_EQ(attr.interval, 10);
	CHECK_EQ(attr.times, 40);
	CHECK_EQ(attr.min_order, 1);
	rig_down(&rig);
}
