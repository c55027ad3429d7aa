/* SPDX-License-Identifier: MIT */
/*
 * Every wrong use of a frame is one sentence that says which frame, what was done and what it is; and nothing changes.
 */
#include "tests/model/rig.h"

/* Exactly one line was logged: the sentence about @page. */
static void check_said(
	struct rig *rig, const char *deed, const struct page *page, const char *rest)
{
	char line[256];

	snprintf(line, sizeof(line),
		"<1>BUG: Bad page %s in process test (pid 100)  pfn:%05lx: %s\n", deed,
		(unsigned long)qy_page_to_pfn(rig->m, page), rest);
	CHECK_STR_EQ(rig->log, line);
	rig_log_clear(rig);
}

static void check_freed(struct rig *rig, const struct page *page, const char *rest)
{
	check_said(rig, "free", page, rest);
}

TEST(bad_page, a_double_free_is_named_on_the_per_cpu_list_and_in_the_zone)
{
	struct page *page, *block;
	struct rig rig;
	uint64_t free;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	block = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 5);
	qy_free_pages(rig.m, page, 0);
	qy_free_pages(rig.m, block, 5);
	free = rig_free_frames(rig.m);

	qy_free_pages(rig.m, page, 0);
	check_freed(&rig, page,
		"order 0 freed, but the frame is free already, on a per-CPU list in a block of order 0");
	qy_free_pages(rig.m, block, 5);
	check_freed(&rig, block, "order 5 freed, but the frame is free already");
	qy_drain_all_pages(rig.m);
	qy_free_pages(rig.m, page, 0);
	check_freed(&rig, page, "order 0 freed, but the frame is free already");
	CHECK_EQ(rig_free_frames(rig.m), free);
	rig_check_valid(rig.m, "double frees");
	rig_down(&rig);
}

TEST(bad_page, a_wrong_order_names_the_right_one)
{
	struct page *page;
	struct rig rig;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 3);
	qy_free_pages(rig.m, page, 2);
	check_freed(
		&rig, page, "order 2 freed, but the frame was allocated with order 3");
	qy_free_pages(rig.m, page, 11);
	check_freed(
		&rig, page, "order 11 freed, but the frame was allocated with order 3");
	qy_free_pages(rig.m, page, 3);
	CHECK_STR_EQ(rig.log, "");
	rig_check_valid(rig.m, "wrong orders");
	rig_down(&rig);
}

TEST(bad_page, the_inside_of_a_block_names_its_head)
{
	struct page *plain, *compound;
	char expected[160];
	struct rig rig;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	plain = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 4);
	compound = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_COMP, 4);

	qy_free_pages(rig.m, plain + 5, 0);
	snprintf(expected, sizeof(expected),
		"order 0 freed, but the frame is inside the block of order 4 at pfn:%05lx",
		(unsigned long)qy_page_to_pfn(rig.m, plain));
	check_freed(&rig, plain + 5, expected);
	qy_free_pages(rig.m, compound + 5, 0);
	snprintf(expected, sizeof(expected),
		"order 0 freed, but the frame is a tail of the compound block of order 4 at pfn:%05lx",
		(unsigned long)qy_page_to_pfn(rig.m, compound));
	check_freed(&rig, compound + 5, expected);

	qy_free_pages(rig.m, plain, 4);
	qy_free_pages(rig.m, compound, 4);
	CHECK_STR_EQ(rig.log, "");
	rig_check_valid(rig.m, "frees of inner frames");
	rig_down(&rig);
}

TEST(bad_page, what_boot_kept_is_never_freed)
{
	struct page *reserved, *nomap;
	struct rig rig;

	rig_one_zone(&rig, MIB(64), 1);
	rig.reserved[0] = (struct qy_reserved){
		.name = "kept", .base = GIB(1) + MIB(8), .size = MIB(1)
	};
	rig.reserved[1] = (struct qy_reserved){ .name = "hidden",
		.base = GIB(1) + MIB(16),
		.size = MIB(1),
		.flags = QY_RESERVED_NOMAP };
	rig.board.reserved = rig.reserved;
	rig.board.nr_reserved = 2;
	rig_boot(&rig);
	reserved = qy_pfn_to_page(rig.m, (GIB(1) + MIB(8)) >> QY_PAGE_SHIFT);
	nomap = qy_pfn_to_page(rig.m, (GIB(1) + MIB(16)) >> QY_PAGE_SHIFT);
	CHECK(reserved && nomap);
	qy_free_pages(rig.m, reserved, 0);
	check_freed(&rig, reserved, "order 0 freed, but the frame was reserved by boot");
	qy_free_pages(rig.m, nomap, 0);
	check_freed(&rig, nomap,
		"order 0 freed, but the frame is RAM outside the linear mapping");
	rig_check_valid(rig.m, "frees of reserved frames");
	rig_down(&rig);
}

/* No pfn, and no host address either: the pointer means nothing here. */
TEST(bad_page, a_frame_of_another_machine_is_foreign)
{
	struct qy_machine *other;
	struct page *page;
	struct rig rig, elsewhere;

	rig_one_zone(&elsewhere, MIB(64), 1);
	rig_boot(&elsewhere);
	other = elsewhere.m;
	page = qy_alloc_pages(other, QY_GFP_KERNEL, 0);
	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	qy_free_pages(rig.m, page, 0);
	CHECK_STR_EQ(rig.log,
		"<1>BUG: Bad page free in process test (pid 100): order 0 freed, but the pointer is no page of this machine\n");
	rig_down(&rig);
	CHECK_EQ(qy_enter_cpu(other, 0), 0);
	qy_free_pages(other, page, 0);
	CHECK_STR_EQ(elsewhere.log, "");
	rig_down(&elsewhere);
}

TEST(bad_page, a_pointer_into_the_middle_of_a_page_is_refused)
{
	struct page *page;
	struct rig rig;
	char *address;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	address = qy_page_address(rig.m, page);
	qy_free_pages(rig.m, (struct page *)(void *)((char *)page + 8), 0);
	check_freed(
		&rig, page, "order 0 freed, but the pointer is not where a page starts");
	qy_free_pages_addr(rig.m, address + 100, 0);
	check_freed(
		&rig, page, "order 0 freed, but the pointer is not where a page starts");
	qy_free_pages_addr(rig.m, address, 0);
	CHECK_STR_EQ(rig.log, "");
	rig_down(&rig);
}

TEST(bad_page, a_reference_to_a_free_frame_is_refused)
{
	struct page *page;
	struct rig rig;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_free_pages(rig.m, page, 0);
	qy_drain_all_pages(rig.m);
	qy_get_page(rig.m, page);
	check_said(&rig, "reference", page,
		"a reference taken, but the frame is free already");
	qy_put_page(rig.m, page);
	check_freed(&rig, page, "order 0 freed, but the frame is free already");
	rig_check_valid(rig.m, "a reference to a free frame");
	rig_down(&rig);
}

TEST(bad_page, only_a_plain_unshared_block_is_split)
{
	struct page *plain, *compound;
	struct rig rig;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	plain = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 2);
	compound = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_COMP, 2);
	qy_split_page(rig.m, compound, 2);
	check_said(&rig, "split", compound,
		"order 2 split, but the block of order 2 is compound");
	qy_split_page(rig.m, plain, 1);
	check_said(&rig, "split", plain,
		"order 1 split, but the frame was allocated with order 2");
	qy_get_page(rig.m, plain);
	qy_split_page(rig.m, plain, 2);
	check_said(&rig, "split", plain, "order 2 split, but the block has 2 references");
	rig_down(&rig);
}
