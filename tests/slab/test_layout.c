// SPDX-License-Identifier: MIT
/*
 * Geometry of caches where no recorded kernel says it: numbers of larger machines, settings of the command line, what is
 * refused; and what must hold for every request.
 *
 * No state.
 */
#include "mm/slab/layout.h"
#include "tests/model/rig.h"

static struct slab_request plain(u32 size, u32 nr_cpus)
{
	return (struct slab_request){
		.size = size,
		.freeptr_offset = -1,
		.cache_line_bytes = 64,
		.nr_cpu_ids = nr_cpus,
		.max_order = 3,
	};
}

static struct slab_layout laid_out(const struct slab_request *want)
{
	struct slab_layout layout;

	CHECK_EQ(qy_slab_layout(want, &layout), 0);
	return layout;
}

TEST(layout, more_cpus_want_more_objects_a_slab)
{
	static const struct {
		u32 size, nr_cpus, order, objects;
	} rows[] = { { 96, 8, 0, 42 }, { 192, 8, 0, 21 }, { 256, 8, 1, 32 },
		{ 512, 8, 2, 32 }, { 1024, 8, 3, 32 }, { 2048, 8, 3, 16 },
		{ 256, 2, 0, 16 }, { 512, 2, 1, 16 }, { 1024, 2, 2, 16 },
		{ 256, 64, 1, 32 }, { 5888, 2, 3, 5 }, { 2112, 2, 3, 15 },
		{ 1016, 2, 2, 16 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct slab_request want = plain(rows[i].size, rows[i].nr_cpus);
		struct slab_layout layout = laid_out(&want);

		CHECK_EQ(layout.order, rows[i].order);
		CHECK_EQ(layout.objects, rows[i].objects);
	}
}

TEST(layout, the_command_line_bounds_the_order)
{
	struct slab_request want = plain(1024, 2);

	want.max_order = 0;
	CHECK_EQ(laid_out(&want).order, 0);
	want.max_order = 3;
	want.min_order = 3;
	CHECK_EQ(laid_out(&want).order, 3);
	want.min_order = 0;
	want.min_objects = 32;
	CHECK_EQ(laid_out(&want).order, 3);
	want.size = 20000; /* one object needs more than max_order */
	want.max_order = 1;
	CHECK_EQ(laid_out(&want).order, 3);
	want = plain(8, 2); /* a slab counts 32767 objects at most */
	want.min_order = want.max_order = QY_MAX_PAGE_ORDER;
	CHECK_EQ(laid_out(&want).order, 5);
}

/*
 *   [....... 24 .......]            inside, in the middle
 *   [....... 24 .......][ptr]       behind: the object keeps what it holds
 */
TEST(layout, the_free_pointer_stands_where_linux_has_it)
{
	struct slab_request want = plain(24, 2);

	CHECK_EQ(laid_out(&want).offset, 8);
	CHECK_EQ(laid_out(&want).size, 24);
	want.has_ctor = true;
	CHECK_EQ(laid_out(&want).offset, 24);
	CHECK_EQ(laid_out(&want).size, 32);
	want = plain(24, 2);
	want.flags = QY_SLAB_TYPESAFE_BY_RCU;
	CHECK_EQ(laid_out(&want).offset, 24);
	want.freeptr_offset = 16;
	CHECK_EQ(laid_out(&want).offset, 16);
	CHECK_EQ(laid_out(&want).size, 24);
	want.debug_flags = QY_SLAB_POISON;
	CHECK_EQ(laid_out(&want).offset, 24);
	want = plain(30, 2);
	want.flags = QY_SLAB_RED_ZONE;
	CHECK_EQ(laid_out(&want).offset, 8);
	want.flags |= QY_SLAB_KMALLOC | QY_SLAB_STORE_USER;
	CHECK_EQ(laid_out(&want).offset, 32);
	want = plain(4, 2);
	want.flags = QY_SLAB_RED_ZONE;
	CHECK_EQ(laid_out(&want).offset, 8);
}

/*
 *   kmalloc-32 with everything on:   | 32 red | 32 object | 8 red | 8 ptr | 64 who | 4 asked | gap | = 160
 */
TEST(layout, debugging_surrounds_the_object)
{
	struct slab_request want = plain(32, 2);
	struct slab_layout layout;

	want.align = 32;
	want.flags = QY_SLAB_KMALLOC;
	want.debug_flags = QY_SLAB_RED_ZONE | QY_SLAB_POISON | QY_SLAB_STORE_USER |
			   QY_SLAB_CONSISTENCY_CHECKS;
	layout = laid_out(&want);
	CHECK_EQ(layout.red_left_pad, 32);
	CHECK_EQ(layout.inuse, 40);
	CHECK_EQ(layout.offset, 40);
	CHECK_EQ(layout.size, 160);
	CHECK_EQ(layout.objects, 25);
	CHECK_EQ(layout.cpu_partial, 0);
}

TEST(layout, a_request_that_cannot_be_met_is_refused)
{
	static const struct slab_request refused[] = {
		{ .size = 0, .freeptr_offset = -1 },
		{ .size = (4u << 20) + 1, .freeptr_offset = -1 },
		{ .size = 24, .align = 24, .freeptr_offset = -1 },
		{ .size = 24, .align = 8u << 20, .freeptr_offset = -1 },
		{ .size = 24, .freeptr_offset = 8 },
		{ .size = 24, .freeptr_offset = 12, .flags = QY_SLAB_TYPESAFE_BY_RCU },
		{ .size = 24, .freeptr_offset = 24, .flags = QY_SLAB_TYPESAFE_BY_RCU },
		{ .size = 4u << 20, .freeptr_offset = -1, .flags = QY_SLAB_RED_ZONE },
	};
	struct slab_layout layout;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct slab_request want = refused[i];

		want.cache_line_bytes = 64;
		want.nr_cpu_ids = 1;
		want.max_order = 3;
		CHECK_EQ(qy_slab_layout(&want, &layout), -QY_EINVAL);
	}
}

static void check_promises(const struct slab_request *want)
{
	struct slab_layout layout;
	u32 end;

	if (qy_slab_layout(want, &layout))
		return;
	end = layout.size - layout.red_left_pad; /* of the slot, seen from the object */
	CHECK_EQ(layout.size % layout.align, 0);
	CHECK_EQ(layout.red_left_pad % layout.align, 0);
	CHECK(layout.align >= want->align && layout.align >= 8);
	CHECK(layout.inuse >= want->size && layout.inuse <= end);
	CHECK(layout.offset + 8 <= end);
	CHECK(layout.objects > 0 && layout.min_objects > 0);
	CHECK((u64)layout.objects * layout.size <= QY_PAGE_SIZE << layout.order);
	CHECK((u64)layout.min_objects * layout.size <= QY_PAGE_SIZE << layout.min_order);
	CHECK(layout.min_order <= layout.order || want->size < 16);
	if (want->has_ctor || want->flags & QY_SLAB_POISON)
		CHECK(layout.offset >= want->size);
}

TEST(layout, keeps_its_promises_for_any_request)
{
	struct rig_random random = { qy_test_seed() };

	for (unsigned long i = 0; i < qy_test_scale(200000); i++) {
		u64 r = rig_random(&random), s = rig_random(&random);
		struct slab_request want =
			plain(1 + (u32)(r >> 8) % (i & 1 ? 256 : 1u << (r & 31) % 23),
				1u << (s & 7));

		want.align = s >> 3 & 1 ? 1u << (s >> 4) % 13 : 0;
		want.flags = (u32)(s >> 8) &
			     (QY_SLAB_DEBUG_FLAGS | QY_SLAB_KMALLOC |
				     QY_SLAB_HWCACHE_ALIGN | QY_SLAB_TYPESAFE_BY_RCU);
		want.has_ctor = s >> 20 & 1;
		want.max_order = (u32)(s >> 24) % 11;
		want.min_order = (u32)(s >> 28) % (want.max_order + 1);
		want.min_objects = s >> 32 & 1 ? (u32)(s >> 33) % 200 : 0;
		check_promises(&want);
	}
}
