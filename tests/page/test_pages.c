// SPDX-License-Identifier: MIT
/*
 * The doors of the page floor: what a caller gets, what it may do with it, and the four names of a frame.
 *
 * No state.
 */
#include "tests/model/rig.h"

#include <quarry/trace.h>

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(32), 2);
	rig_boot(rig);
}

/* Free frames in the zones alone, per-CPU lists left out. */
static uint64_t in_zone(struct qy_machine *m)
{
	return rig_zone(m, 0, QY_ZONE_NORMAL).free_pages;
}

/* ------------------------------------------------------------------ what an allocation is */

TEST(pages, a_fresh_block_has_one_reference_on_its_first_frame_only)
{
	static struct rig rig;

	boot(&rig);
	for (unsigned int order = 0; order <= QY_MAX_PAGE_ORDER; order++) {
		struct page *page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, order);

		CHECK(page);
		CHECK_EQ(qy_page_to_pfn(rig.m, page) & ((1u << order) - 1), 0);
		CHECK_EQ(qy_page_ref_count(rig.m, page), 1);
		CHECK(!qy_page_compound(rig.m, page));
		for (uint32_t i = 1; i < 1u << order; i++)
			CHECK_EQ(qy_page_ref_count(rig.m, page + i), 0);
		qy_free_pages(rig.m, page, order);
	}
	rig_check_valid(rig.m, "all orders");
	rig_down(&rig);
}

TEST(pages, zeroed_pages_are_zero_also_when_they_were_used_before)
{
	static struct rig rig;
	char *bytes;

	boot(&rig);
	for (unsigned int order = 0; order <= QY_MAX_PAGE_ORDER; order++) {
		size_t size = (size_t)QY_PAGE_SIZE << order;

		bytes = qy_get_free_pages(rig.m, QY_GFP_KERNEL, order);
		memset(bytes, 0xa5, size);
		qy_free_pages_addr(rig.m, bytes, order);
		bytes = qy_get_free_pages(rig.m, QY_GFP_KERNEL | QY___GFP_ZERO, order);
		for (size_t i = 0; i < size; i++)
			CHECK_EQ(bytes[i], 0);
		qy_free_pages_addr(rig.m, bytes, order);
	}
	bytes = qy_get_zeroed_page(rig.m, QY_GFP_ATOMIC);
	for (size_t i = 0; i < QY_PAGE_SIZE; i++)
		CHECK_EQ(bytes[i], 0);
	qy_free_pages_addr(rig.m, bytes, 0);
	rig_down(&rig);
}

TEST(pages, the_four_names_of_a_frame_agree)
{
	static struct rig rig;
	struct page *page;
	char *address;
	uint64_t pfn;

	boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 3);
	pfn = qy_page_to_pfn(rig.m, page);
	address = qy_page_address(rig.m, page);
	CHECK(pfn >= GIB(1) >> 12 && pfn < (GIB(1) + MIB(32)) >> 12);
	CHECK_EQ(qy_page_to_phys(rig.m, page), pfn << 12);
	CHECK(qy_pfn_to_page(rig.m, pfn) == page);
	CHECK(qy_virt_to_page(rig.m, address) == page);
	CHECK(qy_virt_to_page(rig.m, address + 4095) == page);
	CHECK(qy_virt_to_page(rig.m, address + 4096) == page + 1);
	CHECK_EQ(qy_virt_to_phys(rig.m, address + 17), (pfn << 12) + 17);
	CHECK(qy_phys_to_virt(rig.m, (pfn << 12) + 17) == address + 17);
	CHECK_STR_EQ(qy_page_zone_name(rig.m, page), "Normal");
	/* and no name where there is no frame */
	CHECK(!qy_pfn_to_page(rig.m, 0));
	CHECK(!qy_pfn_to_page(rig.m, (GIB(1) + MIB(32)) >> 12));
	CHECK(!qy_pfn_to_page(rig.m, (GIB(1) >> 12) - 1));
	CHECK(!qy_phys_to_virt(rig.m, GIB(1) - 1));
	CHECK(!qy_virt_to_page(rig.m, &rig));
	CHECK_EQ(qy_virt_to_phys(rig.m, &rig), ~0ull);
	rig_down(&rig);
}

TEST(pages, a_page_keeps_eight_bytes_for_its_owner)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 1);
	qy_set_page_private(page, 0x0123456789abcdefull);
	qy_set_page_private(page + 1, ~0ull);
	CHECK_EQ(qy_page_private(page), 0x0123456789abcdefll);
	CHECK_EQ(qy_page_private(page + 1), -1);
	qy_free_pages(rig.m, page, 1);
	rig_check_valid(rig.m, "private");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ references */

TEST(pages, the_last_reference_frees)
{
	static struct rig rig;
	struct page *page;
	uint64_t before;

	boot(&rig);
	before = rig_free_frames(rig.m);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_get_page(rig.m, page);
	qy_get_page(rig.m, page);
	CHECK_EQ(qy_page_ref_count(rig.m, page), 3);
	qy_put_page(rig.m, page);
	qy_free_pages(rig.m, page, 0);
	CHECK_EQ(qy_page_ref_count(rig.m, page), 1);
	CHECK_EQ(rig_free_frames(rig.m), before - 1);
	qy_put_page(rig.m, page);
	CHECK_EQ(rig_free_frames(rig.m), before);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/*
 *  order 3, two references, __free_pages(page, 3):
 *
 *	[0] 1 | 2 3 | 4 5 6 7        frame 0 stays, 1 + 2 + 4 frames go
 */
TEST(pages, a_free_with_an_extra_reference_keeps_the_first_frame_only)
{
	static struct rig rig;
	struct page *page;
	uint64_t before;

	boot(&rig);
	before = rig_free_frames(rig.m);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 3);
	qy_get_page(rig.m, page);
	qy_free_pages(rig.m, page, 3);
	CHECK_EQ(rig_free_frames(rig.m), before - 1);
	CHECK_EQ(qy_page_ref_count(rig.m, page), 1);
	rig_check_valid(rig.m, "the first free");
	qy_put_page(rig.m, page);
	CHECK_EQ(rig_free_frames(rig.m), before);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "the last put");
	rig_down(&rig);
}

TEST(pages, a_put_of_a_plain_block_frees_one_frame_and_loses_the_rest)
{
	static struct rig rig;
	struct page *page;
	uint64_t before;

	boot(&rig);
	before = rig_free_frames(rig.m);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 4);
	qy_put_page(rig.m, page);
	CHECK_EQ(rig_free_frames(rig.m), before - 15);
	rig_check_valid(rig.m, "the loss");
	rig_down(&rig);
}

TEST(pages, a_saturated_count_keeps_the_page_for_ever)
{
	static struct rig rig;
	struct page *page;
	unsigned int most;

	boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	for (uint32_t i = 0; i < HOT_REF_MAX + 10; i++)
		qy_get_page(rig.m, page);
	most = qy_page_ref_count(rig.m, page);
	for (uint32_t i = 0; i < HOT_REF_MAX + 10; i++)
		qy_put_page(rig.m, page);
	qy_free_pages(rig.m, page, 0);
	CHECK_EQ(qy_page_ref_count(rig.m, page), most);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "saturation");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ compound blocks */

TEST(pages, every_frame_of_a_compound_block_acts_on_its_head)
{
	static struct rig rig;
	uint64_t before;

	boot(&rig);
	before = rig_free_frames(rig.m);
	for (unsigned int order = 1; order <= QY_MAX_PAGE_ORDER; order++) {
		uint32_t last = (1u << order) - 1;
		struct page *page =
			qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_COMP, order);

		CHECK(qy_page_compound(rig.m, page) &&
			qy_page_compound(rig.m, page + last));
		CHECK(qy_compound_head(rig.m, page + last) == page);
		CHECK_EQ(qy_compound_order(rig.m, page + last), order);
		qy_get_page(rig.m, page + last);
		CHECK_EQ(qy_page_count(rig.m, page + last), 2);
		CHECK_EQ(qy_page_ref_count(rig.m, page + last), 0);
		/* not the last reference: nothing goes, unlike with a plain block */
		qy_free_pages(rig.m, page, order);
		CHECK_EQ(rig_free_frames(rig.m), before - last - 1);
		qy_put_page(rig.m, page + last / 2);
		CHECK_EQ(rig_free_frames(rig.m), before);
		CHECK(!qy_page_compound(rig.m, page + last));
	}
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "compound blocks");
	rig_down(&rig);
}

TEST(pages, a_compound_block_of_order_0_is_a_plain_page)
{
	static struct rig rig;
	struct page *page;

	boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_COMP, 0);
	CHECK(!qy_page_compound(rig.m, page));
	CHECK(qy_compound_head(rig.m, page) == page);
	CHECK_EQ(qy_compound_order(rig.m, page), 0);
	qy_free_pages(rig.m, page, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ parts of blocks */

TEST(pages, a_split_block_is_freed_page_by_page_and_merges_again)
{
	static struct rig rig;
	struct page *page;
	uint64_t before;

	boot(&rig);
	before = in_zone(rig.m);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 5);
	qy_split_page(rig.m, page, 5);
	for (uint32_t i = 0; i < 32; i++)
		CHECK_EQ(qy_page_ref_count(rig.m, page + i), 1);
	rig_check_valid(rig.m, "the split");
	for (uint32_t i = 0; i < 32; i++)
		qy_free_pages(rig.m, page + (i * 5 + 3) % 32, 0);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(in_zone(rig.m), before);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "freeing the parts");
	rig_down(&rig);
}

/* What a user holds can be moved page by page afterwards. */
TEST(pages, a_split_of_a_movable_block_keeps_the_mark_on_every_page)
{
	static struct rig rig;
	struct page *page;
	uint64_t before;
	u32 frame;

	boot(&rig);
	before = rig_free_frames(rig.m);
	page = qy_alloc_pages(rig.m, QY_GFP_HIGHUSER_MOVABLE, 4);
	frame = page_to_frame(rig.m, page);
	qy_set_page_movable(rig.m, page);
	qy_split_page(rig.m, page, 4);
	for (u32 i = 0; i < 16; i++)
		CHECK_EQ(
			rig.m->hot[frame + i], hot_make(PG_ALLOCATED, 0, PGF_MOVABLE, 1));
	for (u32 i = 0; i < 16; i++)
		qy_free_pages(rig.m, page + i, 0);
	CHECK_EQ(rig_free_frames(rig.m), before);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "freeing movable parts");
	rig_down(&rig);
}

/* 17 in the order's four bits is 1 and the compound flag beside them: exactly this block. */
TEST(pages, a_split_by_an_order_that_does_not_exist_changes_nothing)
{
	static struct rig rig;
	struct page *page;
	u32 frame, before[4];

	boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_COMP, 1);
	frame = page_to_frame(rig.m, page);
	memcpy(before, &rig.m->hot[frame], sizeof(before));
	CHECK_EQ(before[0], hot_make(PG_ALLOCATED, 17, 0, 1));
	qy_split_page(rig.m, page, 17);
	CHECK_EQ(rig_log_count(&rig, "BUG: Bad page split"), 1);
	CHECK_EQ(rig_log_count(&rig, "order 17 split"), 1);
	CHECK_EQ(memcmp(before, &rig.m->hot[frame], sizeof(before)), 0);
	rig_check_valid(rig.m, "a refused split");
	qy_free_pages(rig.m, page, 1);
	CHECK_EQ(rig_log_count(&rig, "BUG"), 1);
	rig_down(&rig);
}

TEST(pages, an_exact_allocation_takes_what_it_needs)
{
	static struct rig rig;
	uint64_t before;
	char *address;

	boot(&rig);
	before = rig_free_frames(rig.m);
	for (size_t pages = 1; pages <= 1024; pages += pages < 20 ? 1 : 251) {
		address = qy_alloc_pages_exact(
			rig.m, (pages - 1) * QY_PAGE_SIZE + 1, QY_GFP_KERNEL);
		CHECK(address);
		CHECK_EQ(rig_free_frames(rig.m), before - pages);
		for (size_t i = 0; i < pages; i++)
			CHECK_EQ(qy_page_ref_count(rig.m,
					 qy_virt_to_page(rig.m, address + i * 4096)),
				1);
		rig_check_valid(rig.m, "an exact allocation");
		qy_free_pages_exact(rig.m, address, pages * QY_PAGE_SIZE);
		CHECK_EQ(rig_free_frames(rig.m), before);
	}
	CHECK(!qy_alloc_pages_exact(rig.m, 0, QY_GFP_KERNEL));
	CHECK(!qy_alloc_pages_exact(rig.m, MIB(4) + 1, QY_GFP_KERNEL));
	CHECK(!qy_alloc_pages_exact(rig.m, SIZE_MAX, QY_GFP_KERNEL));
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/*
 *  33 pages of a block of order 6:
 *
 *	0 ... 32 | 33 | 34 35 | 36 ... 39 | 40 ... 47 | 48 ... 63     one block each of orders 0 to 4, in the zone
 */
TEST(pages, what_an_exact_allocation_does_not_need_goes_back_to_the_zone)
{
	static struct rig rig;
	struct qy_zone_stats z;
	uint64_t before;
	void *address;

	boot(&rig);
	qy_drain_all_pages(rig.m);
	before = in_zone(rig.m);
	address = qy_alloc_pages_exact(rig.m, 33 * QY_PAGE_SIZE, QY_GFP_KERNEL);
	CHECK(address);
	z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	CHECK_EQ(z.free_pages, before - 33);
	CHECK_EQ(z.pcp_pages, 0);
	for (unsigned int order = 0; order <= 4; order++)
		CHECK_EQ(z.nr_free[order][MIGRATE_UNMOVABLE], 1);
	CHECK_EQ(z.nr_free[5][MIGRATE_UNMOVABLE], 0);
	qy_free_pages_exact(rig.m, address, 33 * QY_PAGE_SIZE);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(in_zone(rig.m), before);
	rig_check_valid(rig.m, "an exact allocation of 33 pages");
	rig_down(&rig);
}

TEST(pages, an_exact_allocation_says_which_flags_it_ignores)
{
	static struct rig rig;
	char *address;

	boot(&rig);
	address = qy_alloc_pages_exact(rig.m, 3 * 4096, QY_GFP_KERNEL | QY___GFP_COMP);
	CHECK(address && !qy_page_compound(rig.m, qy_virt_to_page(rig.m, address)));
	CHECK_EQ(rig_log_count(&rig, "__GFP_COMP"), 1);
	qy_free_pages_exact(rig.m, address, 3 * 4096);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ many at once */

TEST(pages, a_bulk_allocation_fills_the_empty_slots)
{
	static struct rig rig;
	struct page *pages[10] = { NULL }, *kept;

	boot(&rig);
	kept = pages[0] = pages[4] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK_EQ(
		qy_alloc_pages_bulk(rig.m, QY_GFP_KERNEL | QY___GFP_ZERO, 10, pages), 10);
	CHECK(pages[0] == kept && pages[4] == kept);
	for (unsigned int i = 0; i < 10; i++)
		for (unsigned int j = 0; j < i; j++)
			CHECK(pages[i] != pages[j] || (i == 4 && j == 0));
	for (unsigned int i = 1; i < 10; i++)
		if (i != 4) {
			CHECK_EQ(qy_page_ref_count(rig.m, pages[i]), 1);
			CHECK_EQ(*(uint64_t *)qy_page_address(rig.m, pages[i]), 0);
		}
	/* nothing to fill: nothing taken */
	CHECK_EQ(qy_alloc_pages_bulk(rig.m, QY_GFP_KERNEL, 10, pages), 10);
	CHECK_EQ(qy_alloc_pages_bulk(rig.m, QY_GFP_KERNEL, 0, pages), 0);
	rig_check_valid(rig.m, "bulk");
	rig_down(&rig);
}

TEST(pages, a_bulk_allocation_without_room_for_all_takes_one)
{
	static struct rig rig;
	static struct page *pages[9000];
	struct qy_zone_stats z;

	boot(&rig);
	z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	/* more than the zone has above its low watermark: the ordinary way, for one page */
	CHECK_EQ(qy_alloc_pages_bulk(rig.m, QY_GFP_KERNEL, z.free_pages, pages), 1);
	CHECK(pages[0] && !pages[1]);
	qy_free_pages(rig.m, pages[0], 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the host's memory */

TEST(pages, trimming_gives_whole_free_pageblocks_back_to_the_host)
{
	static struct rig rig;
	struct page *pages[4], *stays;

	boot(&rig);
	CHECK_EQ(qy_machine_trim(rig.m), 0); /* nothing was ever handed out */
	for (unsigned int i = 0; i < 4; i++) {
		pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9);
		memset(qy_page_address(rig.m, pages[i]), 0x55, MIB(2));
	}
	CHECK_EQ(qy_machine_trim(rig.m), 0);
	stays = pages[3];
	for (unsigned int i = 0; i < 3; i++)
		qy_free_pages(rig.m, pages[i], 9);
	CHECK_EQ(qy_machine_trim(rig.m), 3 * MIB(2));
	CHECK_EQ(qy_machine_trim(rig.m), 0);
	CHECK_EQ(*(unsigned char *)qy_page_address(rig.m, stays), 0x55);
	rig_check_valid(rig.m, "trim");
	/* and takes them again when they are needed */
	for (unsigned int i = 0; i < 3; i++) {
		pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9);
		memset(qy_page_address(rig.m, pages[i]), 0x66, MIB(2));
	}
	rig_check_valid(rig.m, "use after trim");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ failing on purpose */

TEST(pages, fail_page_alloc_fails_what_it_is_told_to)
{
	static struct rig rig;
	struct qy_fault_attr attr = { .probability = 100,
		.interval = 3,
		.times = 2,
		.min_order = 0,
		.verbose = 0,
		.seed = 1 };
	unsigned int failed = 0;

	boot(&rig);
	qy_fail_page_alloc_set(rig.m, &attr);
	for (unsigned int i = 1; i <= 12; i++) {
		struct page *page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);

		/* every third call, and no more than twice */
		CHECK_EQ(!page, i == 3 || i == 6);
		failed += !page;
		if (page)
			qy_free_pages(rig.m, page, 0);
		rig_check_valid(rig.m, "an injected failure");
	}
	CHECK_EQ(failed, 2);
	qy_fail_page_alloc_get(rig.m, &attr);
	CHECK_EQ(attr.times, 0);
	rig_down(&rig);
}

TEST(pages, fail_page_alloc_spares_nofail_and_low_orders)
{
	static struct rig rig;
	const struct qy_fault_attr attr = {
		.probability = 100, .interval = 1, .times = -1, .min_order = 2, .seed = 1
	};

	boot(&rig);
	qy_fail_page_alloc_set(rig.m, &attr);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 1));
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL, 2));
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 9));
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOFAIL, 2));
	rig_check_valid(rig.m, "fail_page_alloc");
	rig_down(&rig);
}

static unsigned int nr_allocs, nr_failed_allocs;

static void count_allocs(void *arg, const struct qy_event *event)
{
	(void)arg;
	if (event->kind != QY_EVENT_MM_PAGE_ALLOC)
		return;
	nr_allocs++;
	nr_failed_allocs += event->pfn == ~0ull;
}

/* Linux refuses an injected failure, and an order that does not exist, before the allocation begins. */
TEST(pages, only_a_request_that_was_tried_is_an_event)
{
	static struct rig rig;
	const struct qy_fault_attr always = {
		.probability = 100, .interval = 1, .times = 1, .seed = 1
	};
	const qy_gfp_t quiet = QY_GFP_NOWAIT | QY___GFP_NOWARN;
	struct page *page;

	boot(&rig);
	nr_allocs = nr_failed_allocs = 0;
	qy_trace_set(rig.m, count_allocs, NULL);
	qy_fail_page_alloc_set(rig.m, &always);
	CHECK(!qy_alloc_pages(rig.m, quiet, 0));
	CHECK(!qy_alloc_pages(rig.m, quiet, QY_MAX_PAGE_ORDER + 1));
	CHECK_EQ(nr_allocs, 0);
	page = qy_alloc_pages(rig.m, quiet, 0);
	CHECK(page);
	CHECK_EQ(nr_allocs, 1);
	CHECK_EQ(nr_failed_allocs, 0);
	qy_free_pages(rig.m, page, 0);
	while (qy_alloc_pages(rig.m, quiet, QY_MAX_PAGE_ORDER))
		;
	CHECK_EQ(nr_failed_allocs, 1);
	qy_trace_set(rig.m, NULL, NULL);
	rig_down(&rig);
}
