// SPDX-License-Identifier: MIT
/*
 * What a lecture on Linux memory says of SLUB and kmalloc, as tests. Where the lecture simplifies, the comment above a test
 * says what a real kernel (and so this machine) does. Its example, and its leak, are in tests/drivers.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/slab.h>

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(64), 2);
	rig_boot(rig);
}

static struct kmem_cache *make_cache(
	struct rig *rig, unsigned int size, qy_slab_flags_t flags, void (*ctor)(void *))
{
	struct kmem_cache *cache = qy_kmem_cache_create(
		rig->m, "lecture", size, 0, flags | QY_SLAB_NO_MERGE, ctor);

	CHECK(cache);
	return cache;
}

static struct qy_kmem_cache_info info_of(struct rig *rig, const struct kmem_cache *cache)
{
	struct qy_kmem_cache_info info;

	for (unsigned int n = 0; qy_kmem_cache_info(rig->m, n, &info); n++)
		if (info.cache == cache)
			return info;
	FAIL("the cache is not listed");
}

static void end(struct rig *rig, struct kmem_cache *cache)
{
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig->log_bytes, 0);
	rig_check_valid(rig->m, "a lecture");
	rig_down(rig);
}

/* ------------------------------------------------------------------ three levels */

/*
 *   this CPU            node 0              page allocator
 *  [ active slab ] <-- [ partial slabs ] <-- [ 2^order frames ]
 *
 * "The first allocation takes a slab from the page allocator; the next come from this CPU's slab." Right. (What a CPU has
 * at hand is a sheaf of objects here, as in 6.18; it takes them from its active slab.)
 */
TEST(lecture, a_cpu_hands_out_the_objects_of_its_slab_before_it_takes_another_one)
{
	static struct rig rig;
	static void *objects[64];
	struct kmem_cache *cache;
	unsigned int nr;

	boot(&rig);
	cache = make_cache(&rig, 256, 0, NULL);
	CHECK_EQ(info_of(&rig, cache).nr_slabs, 0); /* nothing is taken in advance */
	nr = info_of(&rig, cache).objects_per_slab;
	CHECK_EQ(nr, 16);
	for (unsigned int i = 0; i < nr; i++) {
		objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
		/* all of one page */
		CHECK_EQ((uintptr_t)objects[i] >> 12, (uintptr_t)objects[0] >> 12);
	}
	objects[nr] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK((uintptr_t)objects[nr] >> 12 != (uintptr_t)objects[0] >> 12);
	for (unsigned int i = 0; i <= nr; i++)
		qy_kmem_cache_free(cache, objects[i]);
	end(&rig, cache);
}

/*
 *   slab A  [x . x x ...]        slab B  [x x . x ...]      x in use   . free
 *
 * "Slabs with some free objects wait on the node's partial list and are used before new pages." Right.
 */
TEST(lecture, partly_used_slabs_of_the_node_come_before_new_pages)
{
	static struct rig rig;
	static void *objects[64 * 16];
	struct kmem_cache *cache;
	struct qy_kmem_cache_info before, after;
	unsigned int nr = 64 * 16;

	boot(&rig);
	cache = make_cache(&rig, 256, 0, NULL);
	for (unsigned int i = 0; i < nr; i++)
		objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	/* every fourth goes back, and no CPU keeps one at hand */
	for (unsigned int i = 0; i < nr; i += 4)
		qy_kmem_cache_free(cache, objects[i]);
	qy_kmem_cache_shrink(cache);
	before = info_of(&rig, cache);
	CHECK_EQ(before.nr_slabs, 64);
	CHECK_EQ(before.nr_partial, 64);
	CHECK_EQ(before.partial_free, nr / 4);
	for (unsigned int i = 0; i < nr; i += 4)
		objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	after = info_of(&rig, cache);
	CHECK_EQ(after.nr_slabs, 64);
	CHECK_EQ(after.nr_partial, 0);
	for (unsigned int i = 0; i < nr; i++)
		qy_kmem_cache_free(cache, objects[i]);
	end(&rig, cache);
}

/* "Empty slabs go back to the buddy allocator." Some are kept (min_partial, here 5), until the cache is shrunk. */
TEST(lecture, empty_slabs_go_back_when_the_cache_is_shrunk)
{
	static struct rig rig;
	static void *objects[200 * 16];
	struct kmem_cache *cache;
	uint64_t before;

	boot(&rig);
	cache = make_cache(&rig, 256, 0, NULL);
	qy_kmem_cache_shrink(cache);
	before = rig_free_frames(rig.m);
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(rig_free_frames(rig.m) <= before - 200);
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		qy_kmem_cache_free(cache, objects[i]);
	/* most of it at once, the rest on request */
	CHECK(rig_free_frames(rig.m) >= before - 100);
	CHECK_EQ(qy_kmem_cache_shrink(cache), 0);
	CHECK_EQ(info_of(&rig, cache).nr_slabs, 0);
	CHECK_EQ(rig_free_frames(rig.m), before);
	end(&rig, cache);
}

/* ------------------------------------------------------------------ content */

/*
 * "A freed object is not zeroed; the next user finds the old bytes unless it asks with __GFP_ZERO." The zeroing is done
 * when an object is allocated, never when it is freed.
 */
TEST(lecture, an_object_is_reused_without_zeroing)
{
	static struct rig rig;
	struct kmem_cache *cache;
	unsigned char *object, *again;

	boot(&rig);
	cache = make_cache(&rig, 128, 0, NULL);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	memset(object, 0xa7, 128);
	qy_kmem_cache_free(cache, object);
	again = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(again == object);
	for (unsigned int i = 0; i < 128; i++)
		CHECK_EQ(again[i], 0xa7); /* every byte: no link lies in a free object */
	qy_kmem_cache_free(cache, again);
	again = qy_kmem_cache_zalloc(cache, QY_GFP_KERNEL);
	CHECK(again == object);
	for (unsigned int i = 0; i < 128; i++)
		CHECK_EQ(again[i], 0);
	qy_kmem_cache_free(cache, again);
	end(&rig, cache);
}

static unsigned int constructed;

struct built {
	unsigned int magic, users;
};

static void construct(void *object)
{
	struct built *built = object;

	built->magic = 0xb111d;
	built->users = 0;
	constructed++;
}

/* "The constructor runs for each new object": once, when its slab is made, and what users leave in it stays. */
TEST(lecture, a_constructor_runs_when_the_slab_is_made_and_not_again)
{
	static struct rig rig;
	struct kmem_cache *cache;
	struct built *built;
	unsigned int nr;

	boot(&rig);
	constructed = 0;
	cache = make_cache(&rig, sizeof(struct built), 0, construct);
	CHECK_EQ(constructed, 0);
	built = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	nr = info_of(&rig, cache).objects_per_slab;
	CHECK_EQ(constructed, nr * info_of(&rig, cache).nr_slabs);
	nr = constructed;
	for (unsigned int round = 0; round < 1000; round++) {
		CHECK_EQ(built->magic, 0xb111d);
		CHECK_EQ(built->users, round);
		built->users++;
		qy_kmem_cache_free(cache, built);
		built = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	}
	CHECK_EQ(constructed, nr);
	qy_kmem_cache_free(cache, built);
	end(&rig, cache);
}

/* ------------------------------------------------------------------ alignment */

/*
 * "SLAB_HWCACHE_ALIGN pads objects to a cache line": those that fill more than half of one. Small ones are packed, two or
 * four to a line, so that a line is still full: 16 bytes stay 16.
 */
TEST(lecture, hwcache_align_keeps_large_objects_apart_and_packs_small_ones)
{
	static const struct {
		unsigned int object, distance;
	} expected[] = { { 8, 8 }, { 16, 16 }, { 20, 32 }, { 32, 32 }, { 33, 64 },
		{ 40, 64 }, { 64, 64 }, { 65, 128 }, { 200, 256 } };
	static struct rig rig;

	boot(&rig);
	for (unsigned int i = 0; i < ARRAY_SIZE(expected); i++) {
		struct kmem_cache *cache =
			make_cache(&rig, expected[i].object, QY_SLAB_HWCACHE_ALIGN, NULL);
		char *object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);

		CHECK_EQ(info_of(&rig, cache).size, expected[i].distance);
		CHECK_EQ((uintptr_t)object % min(expected[i].distance, 64u), 0);
		qy_kmem_cache_free(cache, object);
		qy_kmem_cache_destroy(cache);
	}
	/* without it the next multiple of eight is enough */
	struct kmem_cache *plain = make_cache(&rig, 41, 0, NULL);

	CHECK_EQ(info_of(&rig, plain).size, 48);
	end(&rig, plain);
}

/* ------------------------------------------------------------------ kmalloc */

/*
 * "kmalloc caches are powers of two from 8 bytes to 8 KB": with 96 and 192 in between, thirteen in all. "ksize() tells the
 * actual size": of the class, but since 6.2 only what was asked for may be written.
 */
TEST(lecture, a_kmalloc_of_any_size_comes_from_the_next_of_thirteen_classes)
{
	static const unsigned int classes[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512,
		1024, 2048, 4096, 8192 };
	static struct rig rig;
	unsigned int class = 0;

	boot(&rig);
	for (unsigned int size = 1; size <= 8192; size++) {
		void *p = qy_kmalloc(rig.m, size, QY_GFP_KERNEL);

		if (size > classes[class])
			class ++;
		CHECK(p);
		CHECK_EQ(qy_ksize(rig.m, p), classes[class]);
		CHECK_EQ(qy_kmalloc_size_roundup(size), classes[class]);
		/* aligned to the largest power of two that divides the class */
		CHECK_EQ((uintptr_t)p % min(classes[class] & -classes[class], 4096u), 0);
		qy_kfree(rig.m, p);
	}
	CHECK_EQ(class, ARRAY_SIZE(classes) - 1);
	rig_check_valid(rig.m, "kmalloc of every size");
	rig_down(&rig);
}

/*
 * "Above 8 KB kmalloc delegates to the buddy allocator": up to 4 MiB, rounded up to 2^order pages and always contiguous.
 * Beyond that NULL and one warning.
 */
TEST(lecture, a_large_kmalloc_is_a_block_of_the_page_allocator)
{
	static struct rig rig;

	boot(&rig);
	for (unsigned int order = 2; order <= QY_MAX_PAGE_ORDER; order++) {
		size_t size = ((size_t)QY_PAGE_SIZE << order) - 100;
		char *p = qy_kmalloc(rig.m, size, QY_GFP_KERNEL);

		CHECK(p);
		CHECK_EQ(qy_ksize(rig.m, p), (size_t)QY_PAGE_SIZE << order);
		CHECK_EQ(qy_compound_order(rig.m, qy_virt_to_page(rig.m, p)), order);
		CHECK_EQ(qy_virt_to_phys(rig.m, p) % QY_PAGE_SIZE, 0);
		memset(p, 1, size);
		qy_kfree(rig.m, p);
	}
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(!qy_kmalloc(rig.m, MIB(4) + 1, QY_GFP_KERNEL | QY___GFP_NOWARN));
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(!qy_kmalloc(rig.m, MIB(4) + 1, QY_GFP_KERNEL));
	CHECK(!qy_kmalloc(rig.m, MIB(8), QY_GFP_KERNEL));
	CHECK_EQ(rig_log_count(&rig, "\n"), 1);
	rig_check_valid(rig.m, "large kmallocs");
	rig_down(&rig);
}

TEST(lecture, kmalloc_of_nothing_is_a_pointer_that_may_be_freed)
{
	static struct rig rig;

	boot(&rig);
	CHECK(qy_kmalloc(rig.m, 0, QY_GFP_KERNEL) == (void *)16);
	CHECK(qy_kzalloc(rig.m, 0, QY_GFP_ATOMIC) == (void *)16);
	CHECK_EQ(qy_ksize(rig.m, (void *)16), 0);
	CHECK_EQ(qy_ksize(rig.m, NULL), 0);
	qy_kfree(rig.m, (void *)16);
	qy_kfree(rig.m, NULL);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* "kcalloc checks the multiplication." */
TEST(lecture, an_array_whose_size_overflows_is_refused)
{
	static struct rig rig;
	void *p;

	boot(&rig);
	CHECK(!qy_kcalloc(rig.m, SIZE_MAX / 4, 8, QY_GFP_KERNEL));
	CHECK(!qy_kmalloc_array(rig.m, 1ull << 33, 1ull << 33, QY_GFP_KERNEL));
	p = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	CHECK(!qy_krealloc_array(rig.m, p, SIZE_MAX / 4, 8, QY_GFP_KERNEL));
	CHECK_EQ(qy_ksize(rig.m, p), 64); /* as it was */
	qy_kfree(rig.m, p);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* "An interrupt handler allocates with GFP_ATOMIC." */
TEST(lecture, objects_can_be_had_in_atomic_context)
{
	static struct rig rig;
	void *p;

	boot(&rig);
	qy_irq_disable();
	p = qy_kmalloc(rig.m, 200, QY_GFP_ATOMIC);
	CHECK(p);
	qy_kfree(rig.m, p);
	CHECK_EQ(rig.log_bytes, 0);
	p = qy_kmalloc(rig.m, 200, QY_GFP_KERNEL); /* a report, not a refusal */
	CHECK(p);
	CHECK_EQ(rig_log_count(
			 &rig, "BUG: sleeping function called from invalid context at "),
		1);
	qy_irq_enable();
	qy_kfree(rig.m, p);
	rig_down(&rig);
}
