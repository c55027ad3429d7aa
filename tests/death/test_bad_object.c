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

/* ------------------------------------------------------------------ caches used wrongly */

TEST(death, a_cache_that_is_destroyed_with_live_objects_lists_them)
{
	static struct rig rig;
	struct kmem_cache *cache;
	char *first, *second;

	boot(&rig);
	cache = make(&rig, "leaky", 256);
	first = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	second = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig_log_count(&rig, "BUG leaky "), 1);
	CHECK_EQ(
		rig_log_count(&rig, "Objects remaining on __kmem_cache_shutdown()\n"), 1);
	char *objects[2] = { first, second };

	for (unsigned int i = 0; i < 2; i++) {
		char offset[32];

		snprintf(offset, sizeof(offset), " @offset=%u",
			(unsigned int)((uintptr_t)objects[i] & 4095));
		CHECK(rig_log_count(&rig, offset) >= 1);
	}
	CHECK_EQ(rig_log_count(
			 &rig, "kmem_cache_destroy leaky: Slab cache still has objects"),
		1);
	rig_check_valid(rig.m, "a leaky cache");
	rig_down(&rig);
}

TEST(death, a_cache_without_a_name_or_a_size_is_refused_in_one_line)
{
	static struct rig rig;

	boot(&rig);
	CHECK(!qy_kmem_cache_create(rig.m, NULL, 64, 0, 0, NULL));
	expect(&rig,
		"<4>kmem_cache_create_args: Failed to create slab '(null)'. Error -22\n");
	CHECK(!qy_kmem_cache_create(rig.m, "huge", (4u << 20) + 1, 0, 0, NULL));
	expect(&rig,
		"<4>kmem_cache_create_args: Failed to create slab 'huge'. Error -22\n");
	rig_down(&rig);
}

static void create_or_die(void)
{
	static struct rig rig;

	boot(&rig);
	qy_kmem_cache_create(rig.m, "vital", (4u << 20) + 1, 0, QY_SLAB_PANIC, NULL);
}

TEST(death, a_cache_with_slab_panic_that_cannot_be_made_stops_the_machine)
{
	DEATH("kmem_cache_create_args: Failed to create slab 'vital'. Error -22",
		create_or_die());
}

static void leave_alone(void *object)
{
	(void)object;
}

TEST(death, a_zeroed_object_of_a_constructed_cache_is_said_once)
{
	static struct rig rig;
	struct kmem_cache *cache;
	char *object;

	boot(&rig);
	cache = qy_kmem_cache_create(rig.m, "built", 64, 0, 0, leave_alone);
	CHECK(cache);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	object[5] = 7;
	qy_kmem_cache_free(cache, object);
	for (unsigned int i = 0; i < 2; i++) {
		CHECK(qy_kmem_cache_zalloc(cache, QY_GFP_KERNEL) == object);
		CHECK_EQ(object[5], 7);
		qy_kmem_cache_free(cache, object);
	}
	expect(&rig,
		"<4>WARNING: __GFP_ZERO on cache built, which has a constructor: not cleared\n");
	qy_kmem_cache_destroy(cache);
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
