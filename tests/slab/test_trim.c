// SPDX-License-Identifier: MIT
/*
 * Memory that holds nothing goes back to the host, and comes again with what is asked of it.
 *
 * No state: each test has its own.
 */
#include "tests/model/rig.h"
#include <quarry/slab.h>
#include <sys/mman.h>

#define SIZE    1000
#define OBJECTS 4096 /* of SIZE: 4 MiB */
#define EVERY   64   /* the n-th stays */
#define PAGE    ((size_t)QY_PAGE_SIZE)

static struct rig rig;
static unsigned char *objects[OBJECTS];

static void start(void)
{
	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
}

/* Pages of [p, p + bytes) that the host keeps. */
static size_t resident(const void *p, size_t bytes)
{
	static unsigned char pages[MIB(32) / QY_PAGE_SIZE];
	char *begin = (char *)((uintptr_t)p & ~(PAGE - 1));
	size_t nr = ((uintptr_t)p + bytes - (uintptr_t)begin + PAGE - 1) / PAGE,
	       there = 0;

	CHECK_EQ(mincore(begin, nr * PAGE, pages), 0);
	for (size_t i = 0; i < nr; i++)
		there += pages[i] & 1;
	return there;
}

static size_t resident_window(void)
{
	return resident((const void *)((uintptr_t)objects[0] & ~(MIB(4) - 1)), MIB(8));
}

/* The host has had it before we write: never a signal. */
static void take(struct kmem_cache *cache, unsigned int i)
{
	objects[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(objects[i]);
	CHECK_EQ(resident(objects[i], 1), 1);
	memset(objects[i], (int)(i % 251), SIZE);
}

static void check_bytes(unsigned int i)
{
	for (unsigned int byte = 0; byte < SIZE; byte++)
		CHECK_EQ(objects[i][byte], i % 251);
}

/* Takes all and gives back all but each EVERY-th; sheaves are empty. */
static struct kmem_cache *spike(qy_slab_flags_t flags, void (*ctor)(void *object))
{
	struct kmem_cache *cache = qy_kmem_cache_create(
		rig.m, "spike", SIZE, 0, flags | QY_SLAB_NO_MERGE, ctor);

	CHECK(cache);
	for (unsigned int i = 0; i < OBJECTS; i++)
		take(cache, i);
	for (unsigned int i = 0; i < OBJECTS; i++)
		if (i % EVERY)
			qy_kmem_cache_free(cache, objects[i]);
	qy_kmem_cache_shrink(cache);
	qy_drain_all_pages(rig.m);
	return cache;
}

static void stop(struct kmem_cache *cache)
{
	qy_kmem_cache_destroy(cache);
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
}

TEST(trim, pages_of_a_slab_in_which_no_object_lives_go_back)
{
	start();
	struct kmem_cache *cache = spike(0, NULL);
	size_t before = resident_window(), given = qy_machine_trim(rig.m);

	/* what stays lies on one page or on two */
	CHECK(given >= MIB(3));
	CHECK(resident_window() + given / PAGE <= before + 2 * OBJECTS / EVERY);
	for (unsigned int i = 0; i < OBJECTS; i += EVERY)
		check_bytes(i);
	CHECK_EQ(qy_machine_trim(rig.m), 0);
	rig_check_valid(rig.m, "trim");
	for (unsigned int i = 0; i < OBJECTS; i += EVERY)
		qy_kmem_cache_free(cache, objects[i]);
	stop(cache);
}

TEST(trim, what_went_back_comes_again_before_an_object_is_handed_out)
{
	start();
	struct kmem_cache *cache = spike(0, NULL);

	for (unsigned int round = 0; round < 3; round++) {
		CHECK(qy_machine_trim(rig.m) >= MIB(1));
		for (unsigned int i = 0; i < OBJECTS; i++)
			if (i % EVERY)
				take(cache, i);
		for (unsigned int i = 0; i < OBJECTS; i++)
			check_bytes(i);
		for (unsigned int i = 0; i < OBJECTS; i++)
			if (i % EVERY)
				qy_kmem_cache_free(cache, objects[i]);
		qy_kmem_cache_shrink(cache);
	}
	for (unsigned int i = 0; i < OBJECTS; i += EVERY)
		qy_kmem_cache_free(cache, objects[i]);
	stop(cache);
}

TEST(trim, frames_of_a_trimmed_slab_go_past_the_lists_of_cpus)
{
	struct page *page;

	start();
	struct kmem_cache *cache = spike(0, NULL);

	qy_machine_trim(rig.m);
	for (unsigned int i = 0; i < OBJECTS; i += EVERY)
		qy_kmem_cache_free(cache, objects[i]);
	qy_kmem_cache_destroy(cache);
	/* a frame of a list would be handed out as it is */
	for (unsigned int i = 0; i < 1024; i++) {
		page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
		CHECK(page);
		CHECK_EQ(resident(qy_page_address(rig.m, page), 1), 1);
	}
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
}

static size_t slab_bytes(const struct kmem_cache *cache)
{
	struct qy_kmem_cache_info info;

	for (unsigned int n = 0; qy_kmem_cache_info(rig.m, n, &info); n++)
		if (info.cache == cache)
			return PAGE << info.order;
	FAIL("the cache is not listed");
}

static unsigned int constructed;

static void construct(void *object)
{
	memset(object, 0x77, SIZE);
	constructed++;
}

/* A free object has content there, too. */
static void check_stays(qy_slab_flags_t flags, void (*ctor)(void *object))
{
	start();
	struct kmem_cache *cache = spike(flags, ctor);
	size_t bytes = slab_bytes(cache);

	CHECK(bytes > PAGE);
	qy_machine_trim(rig.m);
	/* free frames may go; a slab has kept all of its own */
	for (unsigned int i = 0; i < OBJECTS; i += EVERY)
		CHECK_EQ(resident((const void *)((uintptr_t)objects[i] & ~(bytes - 1)),
				 bytes),
			bytes / PAGE);
	for (unsigned int i = 0; i < OBJECTS; i += EVERY)
		qy_kmem_cache_free(cache, objects[i]);
	stop(cache);
}

TEST(trim, constructed_objects_stay)
{
	check_stays(0, construct);
	CHECK(constructed >= OBJECTS);
}

TEST(trim, checked_objects_stay)
{
	check_stays(QY_SLAB_POISON, NULL);
}

TEST(trim, free_frames_between_used_ones_go_back)
{
	static struct page *pages[2048];

	start();
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
		memset(qy_page_address(rig.m, pages[i]), (int)(i % 251), PAGE);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		if (i % 4)
			qy_free_pages(rig.m, pages[i], 0);
	qy_drain_all_pages(rig.m);
	CHECK(qy_machine_trim(rig.m) >= 3 * MIB(8) / 4 - MIB(1));
	CHECK_EQ(qy_machine_trim(rig.m), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		if (i % 4) {
			pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
			CHECK_EQ(resident(qy_page_address(rig.m, pages[i]), 1), 1);
			memset(qy_page_address(rig.m, pages[i]), (int)(i % 251), PAGE);
		}
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		const unsigned char *bytes = qy_page_address(rig.m, pages[i]);

		CHECK(bytes[0] == i % 251 && bytes[PAGE - 1] == i % 251);
		qy_free_pages(rig.m, pages[i], 0);
	}
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
}
