// SPDX-License-Identifier: MIT
/*
 * Caches and pools used wrongly: one misuse, one report, and the machine is as it was. What ends a machine runs in a child.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/mempool.h>
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

/* In Linux's words; the first line says why. */
static void expect_refused(struct rig *rig, const char *name, const char *why)
{
	expect(rig,
		"<3>kmem_cache_create(%s)%s\n"
		"<4>__kmem_cache_create_args(%s) failed with error -22\n",
		name, why, name);
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

TEST(death, a_cache_without_a_name_or_a_size_is_refused)
{
	static struct rig rig;

	boot(&rig);
	CHECK(!qy_kmem_cache_create(rig.m, NULL, 64, 0, 0, NULL));
	expect_refused(&rig, "(null)", " integrity check failed");
	CHECK(!qy_kmem_cache_create(rig.m, "huge", (4u << 20) + 1, 0, 0, NULL));
	expect_refused(&rig, "huge", " integrity check failed");
	CHECK(!qy_kmem_cache_create(rig.m, "empty", 0, 0, 0, NULL));
	expect_refused(&rig, "empty", " integrity check failed");
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
	DEATH("__kmem_cache_create_args: Failed to create slab 'vital'. Error -22",
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

TEST(death, a_cache_with_arguments_that_make_no_sense_is_refused)
{
	static struct rig rig;
	struct qy_kmem_cache_args args = { .use_freeptr_offset = true };

	boot(&rig);
	CHECK(!qy_kmem_cache_create(rig.m, "odd", 64, 24, 0, NULL));
	expect_refused(&rig, "odd", ": the alignment is no power of two up to 4 MiB");
	CHECK(!qy_kmem_cache_create(rig.m, "far", 64, 8u << 20, 0, NULL));
	expect_refused(&rig, "far", ": the alignment is no power of two up to 4 MiB");
	CHECK(!qy_kmem_cache_create(rig.m, "flags", 64, 0, 0x80000000, NULL));
	expect_refused(&rig, "flags", ": unknown flags");
	CHECK(!qy_kmem_cache_create_args(rig.m, "pointer", 64, &args, 0));
	expect_refused(&rig, "pointer",
		": a place for the free pointer is for SLAB_TYPESAFE_BY_RCU without a constructor");
	args.ctor = leave_alone;
	CHECK(!qy_kmem_cache_create_args(
		rig.m, "pointer", 64, &args, QY_SLAB_TYPESAFE_BY_RCU));
	expect_refused(&rig, "pointer",
		": a place for the free pointer is for SLAB_TYPESAFE_BY_RCU without a constructor");
	args.ctor = NULL;
	args.freeptr_offset = 12;
	CHECK(!qy_kmem_cache_create_args(
		rig.m, "pointer", 64, &args, QY_SLAB_TYPESAFE_BY_RCU));
	expect_refused(&rig, "pointer",
		": the free pointer does not lie in the object, or not aligned");
	rig_down(&rig);
}

TEST(death, a_name_that_is_taken_is_said_and_the_cache_is_made)
{
	static struct rig rig;
	struct kmem_cache *first, *second;

	boot(&rig);
	first = make(&rig, "twin", 64);
	second = make(&rig, "twin", 64);
	CHECK(first != second);
	expect(&rig, "<4>kmem_cache of name 'twin' already exists\n");
	qy_kmem_cache_destroy(first);
	qy_kmem_cache_destroy(second);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_name_with_a_blank_is_said_and_the_cache_is_made)
{
	static struct rig rig;

	boot(&rig);
	qy_kmem_cache_destroy(make(&rig, "two words", 64));
	expect(&rig,
		"<4>kmem_cache_create(two words): a blank in the name misleads who reads slabinfo\n");
	rig_down(&rig);
}

TEST(death, a_part_for_user_space_outside_of_the_object_is_none)
{
	static struct rig rig;
	struct kmem_cache *cache;
	char text[16];

	boot(&rig);
	cache = qy_kmem_cache_create_usercopy(rig.m, "user", 64, 0, 0, 60, 8, NULL);
	CHECK(cache);
	expect(&rig,
		"<4>kmem_cache_create(user): the part for user space, 8 bytes at 60, is not inside the object of 64 bytes: there is none\n");
	/* so it is like any other cache, and merges */
	CHECK_EQ(
		qy_proc_read(rig.m, "/sys/kernel/slab/user/usersize", text, sizeof(text)),
		2);
	CHECK_STR_EQ(text, "0\n");
	qy_kmem_cache_destroy(cache);
	cache = qy_kmem_cache_create_usercopy(rig.m, "user", 64, 0, 0, 56, 8, NULL);
	CHECK(qy_proc_read(rig.m, "/sys/kernel/slab/user/usersize", text, sizeof(text)) >
		0);
	CHECK_STR_EQ(text, "8\n");
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_cache_that_is_destroyed_twice_is_one_sentence)
{
	static struct rig rig;
	struct kmem_cache *cache, *other;
	unsigned long long address;

	boot(&rig);
	cache = make(&rig, "victim", 64);
	other = make(&rig, "other", 64);
	address = PAGE_OFFSET + qy_virt_to_phys(rig.m, cache);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	qy_kmem_cache_destroy(cache);
	expect(&rig,
		"<1>BUG: kmem_cache_destroy" IN_TASK
		": 0x%llx is no cache; it may have been destroyed before\n",
		address);
	qy_kmem_cache_destroy(other);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_cache_that_has_been_destroyed_hands_nothing_out)
{
	static struct rig rig;
	struct kmem_cache *cache;
	void *object, *bulk[4];

	boot(&rig);
	cache = make(&rig, "victim", 64);
	object = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	qy_kmem_cache_destroy(cache);
	CHECK(!qy_kmem_cache_alloc(cache, QY_GFP_KERNEL));
	expect(&rig,
		"<1>BUG: Bad object request" IN_TASK ": the cache has been destroyed\n");
	CHECK_EQ(qy_kmem_cache_alloc_bulk(cache, QY_GFP_KERNEL, 4, bulk), 0);
	expect(&rig,
		"<1>BUG: Bad object request" IN_TASK ": the cache has been destroyed\n");
	qy_kmem_cache_free(cache, object);
	expect(&rig,
		"<4>cache_from_obj: Wrong slab cache. (destroyed) but object is from kmalloc-64\n");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ where nobody may sleep */

static void expect_sleeper(struct rig *rig)
{
	CHECK_EQ(rig_log_count(rig,
			 "<3>BUG: sleeping function called from invalid context at "),
		1);
	CHECK_EQ(rig_log_count(rig, "preempt_count: 1, expected: 0\n"), 1);
	rig_check_valid(rig->m, "a sleeper");
	rig_log_clear(rig);
}

TEST(death, a_cache_made_where_nobody_may_sleep_is_reported)
{
	static struct rig rig;
	struct kmem_cache *cache;

	boot(&rig);
	qy_preempt_disable();
	cache = make(&rig, "atomic", 64);
	qy_preempt_enable();
	expect_sleeper(&rig);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_cache_destroyed_where_nobody_may_sleep_is_reported)
{
	static struct rig rig;
	struct kmem_cache *cache;

	boot(&rig);
	cache = make(&rig, "atomic", 64);
	qy_preempt_disable();
	qy_kmem_cache_destroy(cache);
	qy_preempt_enable();
	expect_sleeper(&rig);
	rig_down(&rig);
}

TEST(death, an_object_asked_for_where_nobody_may_sleep_is_reported)
{
	static struct rig rig;
	void *object;

	boot(&rig);
	qy_kfree(rig.m, qy_kmalloc(rig.m, 64, QY_GFP_KERNEL));
	qy_preempt_disable();
	object = qy_kmalloc(rig.m, 64, QY_GFP_ATOMIC);
	CHECK_EQ(rig.log_bytes, 0);
	qy_kfree(rig.m, object);
	object = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	qy_preempt_enable();
	CHECK(object); /* a report, not a refusal, though one was at hand */
	expect_sleeper(&rig);
	qy_kfree(rig.m, object);
	rig_down(&rig);
}

TEST(death, an_element_waited_for_where_nobody_may_sleep_is_reported)
{
	static struct rig rig;
	struct qy_mempool *pool;
	void *element;

	boot(&rig);
	pool = qy_mempool_create_kmalloc(rig.m, 2, 64);
	CHECK(pool);
	qy_preempt_disable();
	element = qy_mempool_alloc(pool, QY_GFP_KERNEL);
	qy_preempt_enable();
	expect_sleeper(&rig);
	qy_mempool_free(element, pool);
	qy_mempool_destroy(pool);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ pools */

TEST(death, an_element_given_back_twice_is_in_the_reserve_once)
{
	static struct rig rig;
	struct qy_mempool *pool;
	void *element;

	boot(&rig);
	pool = qy_mempool_create_kmalloc(rig.m, 3, 64);
	CHECK(pool);
	CHECK(qy_mempool_alloc_preallocated(pool));
	element = qy_mempool_alloc_preallocated(pool);
	qy_mempool_free(element, pool);
	qy_mempool_free(element, pool);
	expect(&rig, "<1>BUG: Bad mempool_free" IN_TASK
		     ": the element is in the reserve already\n");
	CHECK_EQ(pool->curr_nr, 2);
	rig_down(&rig);
}

TEST(death, an_element_of_another_pool_is_not_kept)
{
	static struct rig rig;
	struct qy_mempool *objects, *bytes, *pages;
	struct kmem_cache *cache, *other;
	void *element;

	boot(&rig);
	cache = make(&rig, "right", 64);
	other = make(&rig, "wrong", 64);
	objects = qy_mempool_create_slab(rig.m, 1, cache);
	bytes = qy_mempool_create_kmalloc(rig.m, 1, 512);
	pages = qy_mempool_create_pages(rig.m, 1, 1);
	CHECK(objects && bytes && pages);
	element = qy_mempool_alloc_preallocated(objects);
	qy_mempool_free(qy_kmem_cache_alloc(other, QY_GFP_KERNEL), objects);
	expect(&rig,
		"<1>BUG: Bad mempool_free" IN_TASK
		": the element is not one of this pool\n"
		"<4>cache_from_obj: Wrong slab cache. right but object is from wrong\n");
	qy_mempool_free(element, objects);
	element = qy_mempool_alloc_preallocated(bytes);
	qy_mempool_free(qy_kmalloc(rig.m, 64, QY_GFP_KERNEL), bytes);
	expect(&rig, "<1>BUG: Bad mempool_free" IN_TASK
		     ": the element is not one of this pool\n");
	qy_mempool_free(element, bytes);
	element = qy_mempool_alloc_preallocated(pages);
	struct page *page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);

	qy_mempool_free(page, pages);
	expect(&rig,
		"<1>BUG: Bad mempool_free" IN_TASK
		": the element is not one of this pool\n"
		"<1>BUG: Bad page free" IN_TASK
		"  pfn:%05lx: order 1 freed, but the frame was allocated with order 0\n",
		(unsigned long)qy_page_to_pfn(rig.m, page));
	qy_free_pages(rig.m, page, 0);
	qy_mempool_free(element, pages);
	qy_mempool_destroy(objects);
	qy_mempool_destroy(bytes);
	qy_mempool_destroy(pages);
	qy_kmem_cache_destroy(cache);
	qy_kmem_cache_destroy(other);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(death, a_pool_without_elements_cannot_be_had_by_resizing)
{
	static struct rig rig;
	struct qy_mempool *pool;

	boot(&rig);
	pool = qy_mempool_create_kmalloc(rig.m, 2, 64);
	CHECK(pool);
	CHECK_EQ(qy_mempool_resize(pool, 0), -QY_EINVAL);
	CHECK_EQ(qy_mempool_resize(pool, -3), -QY_EINVAL);
	CHECK_EQ(pool->curr_nr, 2);
	qy_mempool_destroy(pool);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* mempool_exit() of a pool that is not initialised, or not any more, is allowed, as on Linux. */
TEST(death, a_pool_that_ends_twice_is_no_misuse)
{
	static struct rig rig;
	struct qy_mempool pool;

	boot(&rig);
	CHECK_EQ(qy_mempool_init_kmalloc(&pool, rig.m, 2, 64), 0);
	qy_mempool_exit(&pool);
	qy_mempool_exit(&pool);
	qy_mempool_destroy(NULL);
	qy_mempool_free(NULL, &pool);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
}
