// SPDX-License-Identifier: MIT
/*
 * Objects used wrongly: one misuse, one report, and the machine is as it was. What ends a machine runs in a child.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/slab.h>

#define IN_TASK     " in process test (pid 100)"
#define PAGE_OFFSET 0xffff000000000000ull /* of arm64, which the rig's boards are */

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(64), 2);
	rig_boot(rig);
}

static struct kmem_cache *make(struct rig *rig, const char *name, unsigned int size)
{
	struct kmem_cache *cache =
		qy_kmem_cache_create(rig->m, name, size, 0, QY_SLAB_NO_MERGE, NULL);

	CHECK(cache);
	return cache;
}

static unsigned long long board_address(struct rig *rig, const void *p)
{
	return PAGE_OFFSET + qy_virt_to_phys(rig->m, p);
}

/* Exactly these lines have been logged since the last time. */
static void expect(struct rig *rig, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void expect(struct rig *rig, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	CHECK_STR_EQ(rig->log, text);
	rig_log_clear(rig);
	rig_check_valid(rig->m, "a wrong free");
}

/* ------------------------------------------------------------------ freed twice */

TEST(death, a_double_free_within_this_cpus_sheaf_is_one_sentence)
{
	static struct rig rig;
	static void *objects[40];

	boot(&rig);
	for (unsigned int i = 0; i < 40; i++)
		objects[i] = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	for (unsigned int i = 0; i < 40; i++)
		qy_kfree(rig.m, objects[i]);
	/* the last, the first, and one in between */
	static const unsigned int again[] = { 39, 0, 17 };

	for (unsigned int i = 0; i < ARRAY_SIZE(again); i++) {
		qy_kfree(rig.m, objects[again[i]]);
		expect(&rig,
			"<1>BUG: Bad object free" IN_TASK
			": 0x%llx is free already, in this CPU's sheaf (cache kmalloc-64)\n",
			board_address(&rig, objects[again[i]]));
	}
	rig_down(&rig);
}

TEST(death, a_double_free_of_a_cache_object_names_the_cache)
{
	static struct rig rig;
	struct kmem_cache *cache;
	void *object;

	boot(&rig);
	cache = make(&rig, "victim", 200);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	qy_kmem_cache_free(cache, object);
	qy_kmem_cache_free(cache, object);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK
		": 0x%llx is free already, in this CPU's sheaf (cache victim)\n",
		board_address(&rig, object));
	qy_kmem_cache_destroy(cache);
	rig_down(&rig);
}

/* Objects of many slabs share hashes: whoever stands behind another of its hash is found like the first. */
TEST(death, a_double_free_is_told_of_each_object_in_a_sheaf_wherever_it_lies)
{
	enum { HELD = 2000, FREED = 40, ROUNDS = 25 };
	static struct rig rig;
	static void *objects[HELD];
	struct kmem_cache *cache;
	unsigned int seed = 1;

	boot(&rig);
	cache = make(&rig, "victim", 64);
	for (unsigned int i = 0; i < HELD; i++)
		CHECK(objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL));
	for (unsigned int round = 0; round < ROUNDS; round++) {
		for (unsigned int i = 0; i < FREED; i++) {
			unsigned int other = i + (unsigned int)rand_r(&seed) % (HELD - i);
			void *object = objects[other];

			objects[other] = objects[i];
			objects[i] = object;
		}
		qy_kmem_cache_shrink(cache);
		for (unsigned int i = 0; i < FREED; i++)
			qy_kmem_cache_free(cache, objects[i]);
		CHECK_EQ(rig.log_bytes, 0);
		for (unsigned int i = 0; i < FREED; i++) {
			qy_kmem_cache_free(cache, objects[i]);
			expect(&rig,
				"<1>BUG: Bad object free" IN_TASK
				": 0x%llx is free already, in this CPU's sheaf (cache victim)\n",
				board_address(&rig, objects[i]));
		}
		for (unsigned int i = 0; i < FREED; i++)
			CHECK(objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL));
	}
	for (unsigned int i = 0; i < HELD; i++)
		qy_kmem_cache_free(cache, objects[i]);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* What is in its slab already is found when the sheaf is emptied into it. */
TEST(death, a_double_free_after_the_object_went_home_is_found_at_the_flush)
{
	static struct rig rig;
	struct kmem_cache *cache;
	void *object, *neighbour;

	boot(&rig);
	cache = make(&rig, "victim", 64);
	neighbour = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	qy_kmem_cache_free(cache, object);
	qy_kmem_cache_shrink(cache);
	qy_kmem_cache_free(cache, object);
	CHECK_EQ(rig.log_bytes, 0);
	qy_kmem_cache_shrink(cache);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK
		": 0x%llx is free already, in its slab (cache victim)\n",
		board_address(&rig, object));
	qy_kmem_cache_free(cache, neighbour);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_double_free_of_a_large_kmalloc_is_one_sentence)
{
	static struct rig rig;
	void *p;

	boot(&rig);
	p = qy_kmalloc(rig.m, 20000, QY_GFP_KERNEL);
	qy_kfree(rig.m, p);
	qy_kfree(rig.m, p);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK ": 0x%llx is in no slab (pfn:%05llx)\n",
		board_address(&rig, p),
		(unsigned long long)qy_virt_to_phys(rig.m, p) >> 12);
	rig_down(&rig);
}

TEST(death, a_repeat_in_a_bulk_free_is_told_and_the_rest_goes_home)
{
	static struct rig rig;
	struct kmem_cache *cache;
	void *objects[8];

	boot(&rig);
	cache = make(&rig, "victim", 64);
	CHECK_EQ(qy_kmem_cache_alloc_bulk(cache, QY_GFP_KERNEL, 7, objects), 7);
	objects[7] = objects[2];
	qy_kmem_cache_free_bulk(cache, 8, objects);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK
		": 0x%llx is free already, in this CPU's sheaf (cache victim)\n",
		board_address(&rig, objects[2]));
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ what is no object */

TEST(death, a_free_of_a_pointer_into_an_object_is_one_sentence)
{
	static struct rig rig;
	struct kmem_cache *cache;
	char *object;

	boot(&rig);
	cache = make(&rig, "victim", 100);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	qy_kmem_cache_free(cache, object + 24);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK
		": 0x%llx is 24 bytes inside an object, not its beginning (cache victim, size 104)\n",
		board_address(&rig, object + 24));
	qy_kfree(rig.m, object + 1);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK
		": 0x%llx is 1 bytes inside an object, not its beginning (cache victim, size 104)\n",
		board_address(&rig, object + 1));
	qy_kmem_cache_free(cache, object);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_free_of_a_pointer_into_a_large_kmalloc_is_one_sentence)
{
	static struct rig rig;
	char *p;

	boot(&rig);
	p = qy_kmalloc(rig.m, 30000, QY_GFP_KERNEL);
	qy_kfree(rig.m, p + 100);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK
		": 0x%llx is inside a block of order 3, not its beginning\n",
		board_address(&rig, p + 100));
	qy_kfree(rig.m, p);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_free_of_pages_as_an_object_is_one_sentence)
{
	static struct rig rig;
	char *page;

	boot(&rig);
	page = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_kfree(rig.m, page);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK ": 0x%llx is in no slab (pfn:%05llx)\n",
		board_address(&rig, page),
		(unsigned long long)qy_virt_to_phys(rig.m, page) >> 12);
	qy_free_pages_addr(rig.m, page, 0);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_free_of_foreign_memory_is_one_sentence)
{
	static struct rig rig;
	int on_the_stack;

	boot(&rig);
	qy_kfree(rig.m, &on_the_stack);
	expect(&rig, "<1>BUG: Bad object free" IN_TASK
		     ": the pointer is not into memory of this machine\n");
	rig_down(&rig);
}

TEST(death,
	a_free_to_the_wrong_cache_is_said_in_the_kernels_words_and_goes_to_the_right_one)
{
	static struct rig rig;
	struct kmem_cache *right, *wrong;
	void *object;

	boot(&rig);
	right = make(&rig, "right", 64);
	wrong = make(&rig, "wrong", 64);
	object = qy_kmem_cache_alloc(right, QY_GFP_KERNEL);
	qy_kmem_cache_free(wrong, object);
	expect(&rig,
		"<4>cache_from_obj: Wrong slab cache. wrong but object is from right\n");
	CHECK(qy_kmem_cache_alloc(right, QY_GFP_KERNEL) == object);
	qy_kmem_cache_free(right, object);
	qy_kmem_cache_destroy(wrong);
	qy_kmem_cache_destroy(right);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, an_object_of_kmalloc_is_not_one_of_a_cache)
{
	static struct rig rig;
	struct kmem_cache *cache;
	void *small, *large;

	boot(&rig);
	cache = make(&rig, "victim", 64);
	small = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	large = qy_kmalloc(rig.m, 20000, QY_GFP_KERNEL);
	qy_kmem_cache_free(cache, small);
	expect(&rig,
		"<4>cache_from_obj: Wrong slab cache. victim but object is from kmalloc-64\n");
	qy_kmem_cache_free(cache, large);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK
		": 0x%llx is a kmalloc of 32768 bytes, no object of cache victim\n",
		board_address(&rig, large));
	qy_kfree(rig.m, large);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ nothing at all */

TEST(death, nothing_is_said_of_nothing_where_linux_allows_it)
{
	static struct rig rig;

	boot(&rig);
	qy_kfree(rig.m, NULL);
	qy_kfree(rig.m, QY_ZERO_SIZE_PTR);
	qy_kfree_sensitive(rig.m, NULL);
	qy_kfree_sensitive(rig.m, QY_ZERO_SIZE_PTR);
	qy_kmem_cache_destroy(NULL);
	CHECK_EQ(qy_ksize(rig.m, NULL), 0);
	CHECK_EQ(qy_ksize(rig.m, QY_ZERO_SIZE_PTR), 0);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_free_of_null_to_a_cache_is_one_sentence)
{
	static struct rig rig;
	struct kmem_cache *cache;
	void *objects[3];

	boot(&rig);
	cache = make(&rig, "victim", 64);
	qy_kmem_cache_free(cache, NULL);
	expect(&rig, "<1>BUG: Bad object free" IN_TASK
		     ": the pointer is NULL (cache victim)\n");
	CHECK_EQ(qy_kmem_cache_alloc_bulk(cache, QY_GFP_KERNEL, 3, objects), 3);
	qy_kmem_cache_free(cache, objects[1]);
	objects[1] = NULL;
	qy_kmem_cache_free_bulk(cache, 3, objects);
	expect(&rig, "<1>BUG: Bad object free" IN_TASK
		     ": the pointer is NULL (cache victim)\n");
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ asked about, made larger */

TEST(death, the_size_of_what_is_no_object_is_not_told)
{
	static struct rig rig;
	char *p;
	int on_the_stack;

	boot(&rig);
	CHECK_EQ(qy_ksize(rig.m, &on_the_stack), 0);
	expect(&rig, "<1>BUG: Bad object size" IN_TASK
		     ": the pointer is not into memory of this machine\n");
	p = qy_kmalloc(rig.m, 100, QY_GFP_KERNEL);
	CHECK_EQ(qy_ksize(rig.m, p + 8), 0);
	expect(&rig,
		"<1>BUG: Bad object size" IN_TASK
		": 0x%llx is 8 bytes inside an object, not its beginning (cache kmalloc-128, size 128)\n",
		board_address(&rig, p + 8));
	qy_kfree(rig.m, p);
	rig_down(&rig);
}

TEST(death, what_is_no_object_cannot_be_made_larger)
{
	static struct rig rig;
	int on_the_stack;
	char *page;

	boot(&rig);
	CHECK(!qy_krealloc(rig.m, &on_the_stack, 100, QY_GFP_KERNEL));
	expect(&rig, "<1>BUG: Bad object size" IN_TASK
		     ": the pointer is not into memory of this machine\n");
	page = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(!qy_krealloc(rig.m, page, 100, QY_GFP_KERNEL));
	expect(&rig,
		"<1>BUG: Bad object size" IN_TASK ": 0x%llx is in no slab (pfn:%05llx)\n",
		board_address(&rig, page),
		(unsigned long long)qy_virt_to_phys(rig.m, page) >> 12);
	qy_kfree_sensitive(rig.m, page);
	expect(&rig,
		"<1>BUG: Bad object size" IN_TASK ": 0x%llx is in no slab (pfn:%05llx)\n",
		board_address(&rig, page),
		(unsigned long long)qy_virt_to_phys(rig.m, page) >> 12);
	qy_free_pages_addr(rig.m, page, 0);
	rig_down(&rig);
}

/* The copy is made, and the free of the old place tells. */
TEST(death, a_freed_object_that_is_made_larger_is_a_double_free)
{
	static struct rig rig;
	char *p, *moved;

	boot(&rig);
	p = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	qy_kfree(rig.m, p);
	moved = qy_krealloc(rig.m, p, 500, QY_GFP_KERNEL);
	CHECK(moved && moved != p);
	expect(&rig,
		"<1>BUG: Bad object free" IN_TASK
		": 0x%llx is free already, in this CPU's sheaf (cache kmalloc-64)\n",
		board_address(&rig, p));
	qy_kfree(rig.m, moved);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ frames that hold objects */

static void expect_page_free(struct rig *rig, const void *at, unsigned int order)
{
	expect(rig,
		"<1>BUG: Bad page free" IN_TASK
		"  pfn:%05llx: order %u freed, but the block holds objects: kmem_cache_free() or kfree() gives them back\n",
		(unsigned long long)qy_virt_to_phys(rig->m, at) >> 12, order);
}

TEST(death, a_page_that_a_slab_owns_is_not_freed)
{
	static struct rig rig;
	struct kmem_cache *cache;
	struct page *page;
	void *object;

	boot(&rig);
	cache = make(&rig, "victim", 64);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	page = qy_virt_to_page(rig.m, object);
	qy_free_pages(rig.m, page, 0);
	expect_page_free(&rig, object, 0);
	qy_free_pages_addr(rig.m, (char *)object - ((uintptr_t)object & 4095), 0);
	expect_page_free(&rig, object, 0);
	qy_put_page(rig.m, page);
	expect_page_free(&rig, object, 0);
	/* a reference may be taken and given back */
	qy_get_page(rig.m, page);
	qy_put_page(rig.m, page);
	qy_kmem_cache_free(cache, object);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
}

TEST(death, a_block_that_a_slab_owns_is_not_freed_nor_split)
{
	static struct rig rig;
	struct kmem_cache *cache;
	struct page *page;
	char *object;

	boot(&rig);
	cache = make(&rig, "victim", 3000);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	page = qy_compound_head(rig.m, qy_virt_to_page(rig.m, object));
	for (unsigned int order = 0; order <= 3; order++) {
		qy_free_pages(rig.m, page, order);
		expect_page_free(&rig, qy_page_address(rig.m, page), order);
	}
	qy_free_pages(rig.m, page + 1, 0);
	expect(&rig,
		"<1>BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 0 freed, but the frame is a tail of the compound block of order 3 at pfn:%05lx\n",
		(unsigned long)qy_page_to_pfn(rig.m, page + 1),
		(unsigned long)qy_page_to_pfn(rig.m, page));
	qy_split_page(rig.m, page, 3);
	expect(&rig,
		"<1>BUG: Bad page split" IN_TASK
		"  pfn:%05lx: order 3 split, but the block holds objects: kmem_cache_free() or kfree() gives them back\n",
		(unsigned long)qy_page_to_pfn(rig.m, page));
	qy_kmem_cache_free(cache, object);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, pages_of_a_large_kmalloc_are_not_freed)
{
	static struct rig rig;
	void *p;

	boot(&rig);
	p = qy_kmalloc(rig.m, 10000, QY_GFP_KERNEL | QY___GFP_MOVABLE);
	qy_free_pages_addr(rig.m, p, 2);
	expect_page_free(&rig, p, 2);
	qy_kfree(rig.m, p);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ requests that make no sense */

TEST(death, a_kmalloc_above_the_largest_is_said_once)
{
	static struct rig rig;

	boot(&rig);
	CHECK(!qy_kmalloc(
		rig.m, QY_KMALLOC_MAX_SIZE + 1, QY_GFP_KERNEL | QY___GFP_NOWARN));
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(!qy_kmalloc(rig.m, QY_KMALLOC_MAX_SIZE + 1, QY_GFP_KERNEL));
	expect(&rig, "<4>WARNING: kmalloc of 4194305 bytes: the largest is 4194304\n");
	CHECK(!qy_kmalloc(rig.m, SIZE_MAX, QY_GFP_KERNEL));
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_kmalloc_for_dma32_has_its_flag_taken_away_and_said)
{
	static struct rig rig;
	void *p;

	boot(&rig);
	p = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL | QY___GFP_DMA32);
	CHECK(p);
	expect(&rig,
		"<4>Unexpected gfp: 0x4 (GFP_DMA32). Fixing up to gfp: 0xcc0 (GFP_KERNEL). Fix your code!\n");
	qy_kfree(rig.m, p);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ in the middle of a crowd */

/* 200 objects in use, 50 free ones at hand: the planted mistake is found whichever object it is made with. */
TEST(death, a_planted_mistake_is_found_among_many_objects)
{
	static struct rig rig;
	static void *objects[250];
	struct rig_random random = { qy_test_seed() };

	boot(&rig);
	for (unsigned int i = 0; i < 250; i++)
		objects[i] = qy_kmalloc(rig.m, 96, QY_GFP_KERNEL);
	for (unsigned int i = 200; i < 250; i++)
		qy_kfree(rig.m, objects[i]);
	for (unsigned int round = 0; round < qy_test_scale(1000); round++) {
		char *object = objects[rig_below(&random, 200)];

		qy_kfree(rig.m, object + 1 + rig_below(&random, 95));
		CHECK_EQ(rig_log_count(&rig, "BUG: Bad object free"), 1);
		CHECK_EQ(rig_log_count(&rig, " bytes inside an object"), 1);
		rig_log_clear(&rig);
	}
	for (unsigned int i = 0; i < 200; i++)
		qy_kfree(rig.m, objects[i]);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "planted mistakes");
	rig_down(&rig);
}
