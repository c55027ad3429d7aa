// SPDX-License-Identifier: MIT
/* Driver-shaped code on the object floor, seen from outside: what it holds, what it gives back, what its error paths do. */
#include "tests/drivers/drivers.h"
#include "tests/model/rig.h"
#include <quarry/slab.h>

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(64), 2);
	rig_boot(rig);
}

/* The cache with that name; the test fails when there is none. */
static struct qy_kmem_cache_info cache_named(struct qy_machine *m, const char *name)
{
	struct qy_kmem_cache_info info;

	for (unsigned int n = 0; qy_kmem_cache_info(m, n, &info); n++)
		if (!strcmp(info.name, name))
			return info;
	FAIL("no cache %s", name);
}

TEST(drivers, every_name_of_the_object_headers_does_as_linux_does)
{
	static struct rig rig;

	boot(&rig);
	CHECK_EQ(families_check(), 0);
	rig_check_valid(rig.m, "the families");
	rig_down(&rig);
}

/* "The object that was freed last is handed out first: its lines are warm." */
TEST(lecture, the_example_cache_hands_out_the_object_that_was_freed_last)
{
	static struct rig rig;
	struct qy_kmem_cache_info info;

	boot(&rig);
	CHECK_EQ(lecture_cache_init(), 0);
	CHECK_EQ(lecture_cache_use(100), 99);
	info = cache_named(rig.m, "my_object");
	CHECK_EQ(info.object_size, 56);
	CHECK_EQ(info.size, 64); /* a cache line */
	CHECK_EQ(info.nr_slabs, 1);
	lecture_cache_exit();
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "the lecture's cache");
	rig_down(&rig);
}

/* "A leak shows as a cache that grows": with each round, and only with it. */
TEST(lecture, a_leak_shows_as_a_cache_that_grows)
{
	static struct rig rig;
	static void *lost[4096];
	uint64_t before = 0;

	boot(&rig);
	CHECK_EQ(lecture_cache_init(), 0);
	for (unsigned int second = 0; second < 4; second++) {
		for (unsigned int i = 0; i < 1024; i++) {
			CHECK_EQ(lecture_cache_use(1), 0);
			lost[second * 1024 + i] = lecture_cache_leak();
		}
		struct qy_kmem_cache_info info = cache_named(rig.m, "my_object");

		CHECK(info.total_objects >= before + 960);
		before = info.total_objects;
	}
	/* the work alone needs room for one object, and then does not make it grow */
	CHECK_EQ(lecture_cache_use(1), 0);
	before = cache_named(rig.m, "my_object").total_objects;
	CHECK_EQ(lecture_cache_use(5000), 4999);
	CHECK_EQ(cache_named(rig.m, "my_object").total_objects, before);
	for (unsigned int i = 0; i < 4096; i++)
		lecture_cache_unleak(lost[i]);
	lecture_cache_exit();
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(drivers, a_capture_driver_gives_back_all_that_it_took)
{
	static struct rig rig;
	struct capture *capture;
	uint64_t before;

	boot(&rig);
	before = rig_free_frames(rig.m);
	capture = capture_probe("csi0", 8, 6000);
	CHECK(capture);
	for (unsigned int i = 0; i < 200; i++) {
		CHECK_EQ(capture_queue(capture), 0);
		if (i % 3)
			CHECK_EQ(capture_interrupt(capture), 0);
		if (i == 100)
			CHECK_EQ(capture_grow(capture, 64), 0);
	}
	CHECK_STR_EQ(capture_last(capture), "csi0-132");
	capture_remove(capture);
	for (unsigned int n = 0; n < 2; n++) {
		struct qy_kmem_cache_info info;

		for (unsigned int i = 0; qy_kmem_cache_info(rig.m, i, &info); i++)
			qy_kmem_cache_shrink(info.cache);
	}
	CHECK_EQ(rig_free_frames(rig.m), before);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "a capture driver");
	rig_down(&rig);
}
