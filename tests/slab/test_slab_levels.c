// SPDX-License-Identifier: MIT
/*
 * The levels behind the doors, one at a time: sheaf, active slab, node's list, page floor; what a free of another CPU, of another
 * node, or in a typesafe cache does.
 *
 * No state: each test has its own.
 */
#include "mm/machine.h"
#include "mm/slab/sheaf.h"
#include "tests/model/rig.h"
#include <quarry/slab.h>

#define FOUR_K 4096 /* object size of a cache with eight objects a slab */

static struct rig rig;

static struct kmem_cache *cache_of(unsigned int size, qy_slab_flags_t flags)
{
	struct kmem_cache *cache = qy_kmem_cache_create(
		rig.m, "levels", size, 0, flags | QY_SLAB_NO_MERGE, NULL);

	CHECK(cache);
	return cache;
}

static struct qy_kmem_cache_info info_of(const struct kmem_cache *cache)
{
	struct qy_kmem_cache_info info;

	for (unsigned int n = 0; qy_kmem_cache_info(rig.m, n, &info); n++)
		if (info.cache == cache)
			return info;
	FAIL("the cache is not listed");
}

static void start(uint32_t nr_cpus)
{
	rig_one_zone(&rig, MIB(32), nr_cpus);
	rig_boot(&rig);
}

static void stop(struct kmem_cache *cache)
{
	qy_kmem_cache_destroy(cache);
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
}

TEST(slab_levels, what_was_freed_last_is_handed_out_first)
{
	void *a, *b;

	start(1);
	struct kmem_cache *cache = cache_of(200, 0);

	a = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	b = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK_EQ((char *)b - (char *)a, 200); /* a fresh slab: ascending */
	qy_kmem_cache_free(cache, a);
	qy_kmem_cache_free(cache, b);
	CHECK_EQ(qy_kmem_cache_alloc(cache, QY_GFP_KERNEL), b);
	CHECK_EQ(qy_kmem_cache_alloc(cache, QY_GFP_KERNEL), a);
	qy_kmem_cache_free(cache, a);
	qy_kmem_cache_free(cache, b);
	stop(cache);
}

TEST(slab_levels, a_cpu_does_not_take_from_the_slab_of_another)
{
	char *a, *b;

	start(2);
	struct kmem_cache *cache = cache_of(1024, 0);
	uintptr_t slab_mask = ~((uintptr_t)QY_PAGE_SIZE * 4 - 1);

	CHECK_EQ(info_of(cache).order, 2);
	a = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	rig_on_cpu(&rig, 1);
	b = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(((uintptr_t)a & slab_mask) != ((uintptr_t)b & slab_mask));
	/* freed by the other CPU, it stays with the other CPU */
	qy_kmem_cache_free(cache, a);
	CHECK_EQ(qy_kmem_cache_alloc(cache, QY_GFP_KERNEL), a);
	qy_kmem_cache_free(cache, a);
	qy_kmem_cache_free(cache, b);
	stop(cache);
}

TEST(slab_levels, empty_slabs_are_kept_up_to_min_partial)
{
	enum { NR = 400 };
	static void *objects[NR];

	start(1);
	struct kmem_cache *cache = cache_of(FOUR_K, 0);

	CHECK_EQ(info_of(cache).objects_per_slab, 8);
	for (unsigned int i = 0; i < NR; i++)
		objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(info_of(cache).nr_slabs >= NR / 8);
	for (unsigned int i = 0; i < NR; i++)
		qy_kmem_cache_free(cache, objects[i]);
	qy_vmstat_tick(rig.m, 0);
	qy_vmstat_tick(rig.m, 0);
	/* log2(4096) / 2 = 6, which counts the slab that becomes empty */
	CHECK(info_of(cache).nr_slabs >= 5);
	CHECK(info_of(cache).nr_slabs <= 6);
	CHECK_EQ(info_of(cache).sheaf_objects, 0);
	CHECK_EQ(qy_kmem_cache_shrink(cache), 0);
	CHECK_EQ(info_of(cache).nr_slabs, 0);
	stop(cache);
}

/*
 * Three slabs of eight:  a: 1 used   b: 7 used   c: 4 used.  After a shrink requests fill b, then c, then a.
 */
TEST(slab_levels, a_shrink_puts_fuller_slabs_first)
{
	static const unsigned int used[3] = { 1, 7, 4 };
	static const unsigned int order[3] = { 1, 2, 0 };
	void *objects[24], *more[12];
	uintptr_t slab_mask = ~((uintptr_t)FOUR_K * 8 - 1);

	start(1);
	struct kmem_cache *cache = cache_of(FOUR_K, 0);

	CHECK_EQ(qy_kmem_cache_alloc_bulk(cache, QY_GFP_KERNEL, 24, objects), 24);
	for (unsigned int i = 0; i < 24; i++)
		CHECK_EQ((uintptr_t)objects[i] & slab_mask,
			(uintptr_t)objects[i / 8 * 8] & slab_mask);
	for (unsigned int i = 0; i < 24; i++)
		if (i % 8 >= used[i / 8])
			qy_kmem_cache_free(cache, objects[i]);
	CHECK_EQ(qy_kmem_cache_shrink(cache), 1);
	CHECK_EQ(info_of(cache).nr_partial, 3);
	CHECK_EQ(qy_kmem_cache_alloc_bulk(cache, QY_GFP_KERNEL, 12, more), 12);
	for (unsigned int i = 0, slab = 0, left = 1; i < 12; i++, left--) {
		if (!left)
			left = 8 - used[order[++slab]];
		CHECK_EQ((uintptr_t)more[i] & slab_mask,
			(uintptr_t)objects[order[slab] * 8] & slab_mask);
	}
	qy_kmem_cache_free_bulk(cache, 12, more);
	for (unsigned int i = 0; i < 24; i++)
		if (i % 8 < used[i / 8])
			qy_kmem_cache_free(cache, objects[i]);
	stop(cache);
}

TEST(slab_levels, sheaves_that_another_cpu_has_are_left_alone)
{
	void *at_hand, *other;

	start(2);
	struct kmem_cache *cache = cache_of(200, 0);
	struct slab_cpu *cpu = slab_cpu(slabs_of(rig.m), qy_this_cpu());

	at_hand = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	qy_kmem_cache_free(cache, at_hand);
	const struct sheaf *sheaf = cpu->main[cache->id];
	uint32_t nr = sheaf->nr;

	WRITE_ONCE(cpu->remote, 1);
	other = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(other != at_hand);
	CHECK_EQ(sheaf->nr, nr);
	qy_kmem_cache_free(cache, other);
	CHECK_EQ(sheaf->nr, nr);
	WRITE_ONCE(cpu->remote, 0);
	CHECK_EQ(qy_kmem_cache_alloc(cache, QY_GFP_KERNEL), at_hand);
	qy_kmem_cache_free(cache, at_hand);
	stop(cache);
}

/* Are there two of one hash? */
static bool has_collision(const struct sheaf *sheaf)
{
	for (uint32_t i = 0; i < sheaf->nr; i++)
		for (uint32_t k = 0; k < i; k++)
			if (sheaf_hash(sheaf->objects[i]) ==
				sheaf_hash(sheaf->objects[k]))
				return true;
	return false;
}

/* A sheaf that was filled from slabs learns its objects with the first that comes back. */
TEST(slab_levels, a_free_of_what_was_never_handed_out_is_told_of_each_object)
{
	static void *objects[4000];
	struct rig_random random = { .state = 7 };
	unsigned int told = 0;

	start(1);
	struct kmem_cache *cache = cache_of(200, 0);
	struct slab_cpu *cpu = slab_cpu(slabs_of(rig.m), 0);

	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		if (rig_below(&random, 4) == 0) {
			qy_kmem_cache_free(cache, objects[i]);
			objects[i] = NULL;
		}
	qy_kmem_cache_shrink(cache);
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++) {
		if (objects[i])
			continue;
		objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
		const struct sheaf *sheaf = cpu->main[cache->id];

		if (sheaf->room || !has_collision(sheaf))
			continue;
		qy_kmem_cache_free(cache, objects[i]);
		for (uint32_t k = 0; k < sheaf->nr; k++) {
			qy_kmem_cache_free(cache, sheaf->objects[k]);
			CHECK_EQ(rig_log_count(
					 &rig, "is free already, in this CPU's sheaf"),
				1);
			rig_log_clear(&rig);
			told++;
		}
		CHECK_EQ(qy_kmem_cache_alloc(cache, QY_GFP_KERNEL), objects[i]);
	}
	CHECK(told);
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		qy_kmem_cache_free(cache, objects[i]);
	stop(cache);
}

TEST(slab_levels, a_typesafe_slab_outlives_a_grace_period)
{
	void *object;

	start(1);
	struct kmem_cache *cache = cache_of(FOUR_K, QY_SLAB_TYPESAFE_BY_RCU);

	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	uint64_t pages = qy_slab_pages(rig.m, -1, false);

	qy_kmem_cache_free(cache, object);
	qy_kmem_cache_shrink(cache);
	qy_kmem_cache_destroy(cache);
	/* the cache is gone, its frames are not: readers may look */
	CHECK(qy_slab_pages(rig.m, -1, false) + 4 >= pages);
	qy_slab_grace_period(rig.m);
	CHECK(qy_slab_pages(rig.m, -1, false) + 4 >= pages);
	qy_slab_grace_period(rig.m);
	CHECK(qy_slab_pages(rig.m, -1, false) + 8 <= pages);
	stop(NULL);
}

TEST(slab_levels, memory_of_another_node_goes_home)
{
	struct qy_kmem_cache_info info;
	char *object;

	rig_one_zone(&rig, MIB(32), 2);
	rig_bank(&rig, GIB(2), MIB(32), 1);
	rig.cpu_node[1] = 1;
	rig_boot(&rig);
	struct kmem_cache *cache = cache_of(FOUR_K, 0);

	object = qy_kmem_cache_alloc_node(cache, QY_GFP_KERNEL, 1);
	CHECK(qy_virt_to_phys(rig.m, object) >= GIB(2));
	qy_kmem_cache_free(cache, object);
	info = info_of(cache);
	CHECK_EQ(info.sheaf_objects, 0);
	CHECK_EQ(info.free_objects, info.total_objects);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(qy_virt_to_phys(rig.m, object) < GIB(2));
	qy_kmem_cache_free(cache, object);
	stop(cache);
}

TEST(slab_levels, a_bulk_request_gets_all_or_nothing)
{
	enum { MANY = 20000 };
	static void *objects[MANY];

	rig_one_zone(&rig, MIB(8), 1);
	rig_boot(&rig);
	struct kmem_cache *cache = cache_of(FOUR_K, 0);
	uint64_t before = rig_free_frames(rig.m);

	CHECK_EQ(qy_kmem_cache_alloc_bulk(
			 cache, QY_GFP_KERNEL | QY___GFP_NOWARN, MANY, objects),
		0);
	qy_kmem_cache_shrink(cache);
	CHECK_EQ(info_of(cache).nr_slabs, 0);
	CHECK(rig_free_frames(rig.m) + 16 >= before); /* the sheaf caches keep a slab */
	stop(cache);
}
