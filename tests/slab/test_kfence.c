// SPDX-License-Identifier: MIT
/* KFENCE: which objects are sampled, where they lie, how they go back; that nothing of it is there when it is off. */
#include "tests/model/rig.h"
#include "mm/slab/kfence.h"
#include <quarry/file.h>
#include <quarry/kfence.h>
#include <quarry/slab.h>

#define STATS "/sys/kernel/debug/kfence/stats"

/* Open once, for @burst + 1 objects: the next interval is an hour away. */
static void boot(struct rig *rig, uint32_t burst, uint32_t nr)
{
	rig_one_zone(rig, MIB(64), 2);
	rig->board.kfence.sample_interval_ms = 3600000;
	rig->board.kfence.burst = burst;
	rig->board.kfence.num_objects = nr;
	rig_boot(rig);
}

static struct qy_kfence_stats stats_of(const struct rig *rig)
{
	struct qy_kfence_stats stats;

	qy_kfence_stats(rig->m, &stats);
	return stats;
}

static bool is_sampled(const struct rig *rig, const void *p)
{
	return qy_is_kfence_address(rig->m, p);
}

TEST(kfence, off_it_takes_no_memory_and_leaves_the_sheaves)
{
	static struct rig rig;
	uint64_t metadata, managed;
	struct qy_machine_stats stats;
	size_t bytes;

	rig_one_zone(&rig, MIB(64), 2);
	rig_boot(&rig);
	qy_machine_stats(rig.m, &stats);
	metadata = stats.metadata_bytes;
	managed = stats.managed_pages;
	CHECK(!qy_kfence_pool(rig.m, &bytes) && !bytes);
	CHECK(!stats_of(&rig).enabled);
	CHECK(!slabs_of(rig.m)->long_way);
	CHECK(!is_sampled(&rig, qy_kmalloc(rig.m, 64, QY_GFP_KERNEL)));
	CHECK_EQ(qy_proc_read(rig.m, STATS, NULL, 0), -QY_ENOENT);
	CHECK_EQ(qy_kfence_set_interval(rig.m, 100), -QY_EINVAL);
	rig_down(&rig);

	boot(&rig, 0, 255);
	qy_machine_stats(rig.m, &stats);
	CHECK(stats.metadata_bytes > metadata);
	CHECK_EQ(stats.managed_pages, managed - 512); /* 2 MiB, as on Linux */
	CHECK(qy_kfence_pool(rig.m, &bytes));
	CHECK_EQ(bytes, MIB(2));
	rig_check_valid(rig.m, "a pool");
	rig_down(&rig);
}

TEST(kfence, one_object_is_sampled_in_each_interval)
{
	static struct rig rig;
	unsigned int nr = 0;
	void *p[10];

	boot(&rig, 0, 255);
	for (int i = 0; i < 10; i++) {
		p[i] = qy_kmalloc(rig.m, 100, QY_GFP_KERNEL);
		nr += is_sampled(&rig, p[i]);
	}
	CHECK(is_sampled(&rig, p[0]));
	CHECK_EQ(nr, 1);
	CHECK_EQ(qy_kfence_set_interval(rig.m, 0), 0);
	CHECK(!is_sampled(&rig, qy_kmalloc(rig.m, 8, QY_GFP_KERNEL)));
	CHECK(!stats_of(&rig).enabled);
	CHECK_EQ(qy_proc_write(rig.m, "/sys/module/kfence/parameters/sample_interval",
			 "3600000\n"),
		0);
	CHECK(is_sampled(&rig, qy_kmalloc(rig.m, 8, QY_GFP_KERNEL)));
	for (int i = 0; i < 10; i++)
		qy_kfree(rig.m, p[i]);
	CHECK_EQ(stats_of(&rig).allocated, 1);
	CHECK_EQ(stats_of(&rig).frees, 1);
	rig_down(&rig);
}

/*
 *   | object ....... canaries |  or  | canaries ....... object |   of 100 bytes, aligned to 8: 4 canaries behind it
 */
TEST(kfence, an_object_lies_at_one_end_of_its_page_and_has_its_exact_size)
{
	static struct rig rig;
	unsigned int left = 0, right = 0;

	boot(&rig, 1000, 255);
	for (int i = 0; i < 64; i++) {
		unsigned char *p = qy_kzalloc(rig.m, 100, QY_GFP_KERNEL);
		uintptr_t offset = (uintptr_t)p & (QY_PAGE_SIZE - 1);

		CHECK(is_sampled(&rig, p));
		CHECK_EQ(qy_ksize(rig.m, p), 100);
		for (int at = 0; at < 100; at++)
			CHECK_EQ(p[at], 0);
		left += !offset;
		right += offset == ((QY_PAGE_SIZE - 100) & ~127ul);
		CHECK_EQ(p[100], kfence_canary(p + 100));
		qy_kfree(rig.m, p);
	}
	CHECK_EQ(left + right, 64);
	CHECK(left > 10 && right > 10);
	rig_check_valid(rig.m, "kfence");
	CHECK_EQ(rig_log_count(&rig, "BUG"), 0);
	rig_down(&rig);
}

TEST(kfence, every_door_gives_and_takes_sampled_objects)
{
	static struct rig rig;
	struct kmem_cache *cache;
	void *objects[20], *p;

	boot(&rig, 1000, 255);
	cache = qy_kmem_cache_create(rig.m, "frame", 72, 8, QY_SLAB_NO_MERGE, NULL);
	p = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(is_sampled(&rig, p));
	CHECK_EQ(qy_ksize(rig.m, p), 72);
	qy_kmem_cache_free(cache, p);
	CHECK_EQ(qy_kmem_cache_alloc_bulk(cache, QY_GFP_KERNEL, 20, objects), 20);
	for (int i = 0; i < 20; i++)
		CHECK(is_sampled(&rig, objects[i]));
	qy_kmem_cache_free_bulk(cache, 10, objects);
	qy_kfree_bulk(rig.m, 10, objects + 10);

	p = qy_kmalloc(rig.m, 32, QY_GFP_KERNEL);
	memset(p, 'x', 32);
	p = qy_krealloc(rig.m, p, 96, QY_GFP_KERNEL); /* 32 bytes is what it had */
	CHECK_EQ(qy_ksize(rig.m, p), 96);
	CHECK(!memcmp(p, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 32));
	CHECK(qy_krealloc(rig.m, p, 64, QY_GFP_KERNEL) == p);
	qy_kfree_sensitive(rig.m, p);
	CHECK_EQ(qy_kmem_cache_shrink(cache), 0);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(stats_of(&rig).allocated, 0);
	CHECK_EQ(rig_log_count(&rig, "BUG"), 0);
	CHECK_EQ(rig_log_count(&rig, "kmem_cache_destroy"), 0);
	rig_check_valid(rig.m, "doors");
	rig_down(&rig);
}

static void set_x(void *object)
{
	memset(object, 'x', 8);
}

TEST(kfence, an_object_with_a_constructor_is_constructed)
{
	static struct rig rig;
	struct kmem_cache *cache;
	char *p;

	boot(&rig, 10, 7);
	cache = qy_kmem_cache_create(rig.m, "made", 40, 0, 0, set_x);
	for (int i = 0; i < 5; i++) {
		p = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
		CHECK(is_sampled(&rig, p));
		CHECK(!memcmp(p, "xxxxxxxx", 8));
		memset(p, 0, 40);
		qy_kmem_cache_free(cache, p);
	}
	rig_down(&rig);
}

TEST(kfence, what_it_cannot_hold_is_not_sampled)
{
	static struct rig rig;
	struct kmem_cache *dma, *spared;
	struct qy_kfence_stats stats;
	void *p;

	boot(&rig, 1000, 255);
	dma = qy_kmem_cache_create(rig.m, "dma", 64, 0, QY_SLAB_CACHE_DMA, NULL);
	spared = qy_kmem_cache_create(
		rig.m, "spared", 200, 0, QY_SLAB_SKIP_KFENCE | QY_SLAB_NO_MERGE, NULL);
	CHECK(!is_sampled(&rig, qy_kmem_cache_alloc(spared, QY_GFP_KERNEL)));
	CHECK(!is_sampled(&rig, qy_kmalloc(rig.m, 4097, QY_GFP_KERNEL)));
	CHECK(!is_sampled(&rig, qy_kmalloc(rig.m, 64, QY_GFP_KERNEL | QY___GFP_DMA)));
	CHECK(!is_sampled(&rig, qy_kmem_cache_alloc(dma, QY_GFP_KERNEL)));
	stats = stats_of(&rig);
	CHECK(stats.skipped_incompatible >= 3);
	CHECK_EQ(qy_proc_write(rig.m, "/sys/kernel/slab/kmalloc-64/skip_kfence", "1"), 0);
	CHECK(!is_sampled(&rig, qy_kmalloc(rig.m, 64, QY_GFP_KERNEL)));
	CHECK_EQ(qy_proc_write(rig.m, "/sys/kernel/slab/kmalloc-64/skip_kfence", "2"),
		-QY_EINVAL);
	CHECK_EQ(qy_proc_write(rig.m, "/sys/kernel/slab/kmalloc-64/skip_kfence", "0"), 0);
	p = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	CHECK(is_sampled(&rig, p));
	CHECK(is_sampled(&rig, qy_kmalloc(rig.m, 4096, QY_GFP_KERNEL)));
	rig_down(&rig);
}

TEST(kfence, a_pool_that_is_used_up_leaves_the_rest_to_the_slabs)
{
	static struct rig rig;
	void *p[20];
	unsigned int nr = 0;

	boot(&rig, 1000, 16);
	slabs_of(rig.m)->kfence->covered_at = 100;
	for (int i = 0; i < 20; i++) {
		p[i] = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
		nr += is_sampled(&rig, p[i]);
	}
	CHECK_EQ(nr, 16);
	CHECK_EQ(stats_of(&rig).skipped_capacity, 4);
	for (int i = 0; i < 20; i++)
		qy_kfree(rig.m, p[i]);
	/* 12 of 16: from there on who has an object already gets no second one */
	slabs_of(rig.m)->kfence->covered_at = 12;
	for (int i = 0; i < 20; i++)
		p[i] = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	CHECK_EQ(stats_of(&rig).skipped_covered, 8);
	CHECK_EQ(stats_of(&rig).allocated, 12);
	rig_check_valid(rig.m, "a full pool");
	rig_down(&rig);
}

TEST(kfence, an_object_that_readers_may_look_at_stays_for_a_grace_period)
{
	static struct rig rig;
	struct kmem_cache *cache;
	volatile char *p;

	boot(&rig, 1000, 16);
	cache = qy_kmem_cache_create(rig.m, "read", 32, 0, QY_SLAB_TYPESAFE_BY_RCU, NULL);
	p = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	p[0] = 42;
	qy_kmem_cache_free(cache, (void *)(uintptr_t)p);
	CHECK_EQ(p[0], 42);
	qy_slab_grace_period(rig.m);
	CHECK_EQ(p[0], 42);
	CHECK_EQ(rig_log_count(&rig, "BUG"), 0);
	qy_slab_grace_period(rig.m);
	CHECK_EQ(stats_of(&rig).frees, 1);
	CHECK_EQ(p[0], 42);
	CHECK_EQ(rig_log_count(&rig, "BUG: KFENCE: use-after-free read in"), 1);
	rig_down(&rig);
}

TEST(kfence, an_object_that_outlives_its_cache_is_told_and_never_used_again)
{
	static struct rig rig;
	struct kmem_cache *cache;
	volatile char *p;

	boot(&rig, 1000, 1);
	slabs_of(rig.m)->kfence->covered_at = 100;
	CHECK_EQ(qy_proc_write(rig.m, "/sys/kernel/slab/kmalloc-8/skip_kfence", "1"), 0);
	cache = qy_kmem_cache_create(rig.m, "short", 32, 0, QY_SLAB_NO_MERGE, NULL);
	CHECK_EQ(stats_of(&rig).allocated, 0);
	p = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK_EQ(stats_of(&rig).skipped_capacity, 0);
	CHECK(is_sampled(&rig, (void *)(uintptr_t)p));
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig_log_count(
			 &rig, "kmem_cache_destroy short: Slab cache still has objects"),
		1);
	CHECK_EQ(stats_of(&rig).zombies, 1);
	p[3] = 1;
	CHECK_EQ(rig_log_count(&rig, "BUG: KFENCE: use-after-free write in"), 1);
	CHECK_EQ(rig_log_count(&rig, "size=32, cache=<destroyed>"), 1);
	CHECK(!is_sampled(&rig, qy_kmalloc(rig.m, 32, QY_GFP_KERNEL)));
	rig_down(&rig);
}

TEST(kfence, its_files_say_what_there_is)
{
	static struct rig rig;
	static char text[4096];
	void *p;

	boot(&rig, 1000, 2);
	p = qy_kmalloc(rig.m, 24, QY_GFP_KERNEL);
	qy_kfree(rig.m, p);
	p = qy_kmalloc(rig.m, 24, QY_GFP_KERNEL);
	CHECK(qy_proc_read(rig.m, STATS, text, sizeof(text)) > 0);
	CHECK_STR_EQ(text, "enabled: 1\n"
			   "currently allocated: 1\n"
			   "total allocations: 2\n"
			   "total frees: 1\n"
			   "zombie allocations: 0\n"
			   "total bugs: 0\n"
			   "skipped allocations (incompatible): 0\n"
			   "skipped allocations (capacity): 0\n"
			   "skipped allocations (covered): 0\n");
	CHECK(qy_proc_read(
		      rig.m, "/sys/kernel/debug/kfence/objects", text, sizeof(text)) > 0);
	CHECK(strstr(text, "kfence-#0: 0xffff0000"));
	CHECK(strstr(text, ", size=24, cache=kmalloc-32\n\nallocated by task "));
	CHECK(strstr(text, "\nfreed by task "));
	CHECK(strstr(text, "---------------------------------\n"));
	qy_kfree(rig.m, p);
	rig_down(&rig);
}

TEST(kfence, zeroing_at_free_happens_before_the_page_is_protected)
{
	static struct rig rig;
	volatile char *p;

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.kfence.sample_interval_ms = 1;
	rig.board.kfence.burst = 1000;
	rig.board.slab.init_on_free = true;
	rig_boot(&rig);
	p = qy_kmalloc(rig.m, 32, QY_GFP_KERNEL);
	p[5] = 7;
	qy_kfree(rig.m, (void *)(uintptr_t)p);
	CHECK_EQ(p[5], 0);
	CHECK_EQ(rig_log_count(&rig, "BUG: KFENCE: use-after-free read"), 1);
	rig_down(&rig);
}
