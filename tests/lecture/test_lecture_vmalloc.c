// SPDX-License-Identifier: MIT
/*
 * What a lecture on Linux memory says of vmalloc and kvmalloc, as tests. Where the lecture simplifies, the comment above a test
 * says what a real kernel (and so this machine) does.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/slab.h>
#include <quarry/vmalloc.h>

static struct page *held[16384];

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(64), 1);
	rig_boot(rig);
}

/* Every second frame is somebody's. Return: frames held, in held[]. */
static size_t fragment(struct rig *rig)
{
	size_t nr = rig_exhaust(
		rig->m, QY_GFP_ATOMIC | QY___GFP_MEMALLOC, 0, held, ARRAY_SIZE(held));

	for (size_t i = 0; i < nr; i++)
		if (qy_page_to_pfn(rig->m, held[i]) & 1) {
			qy_free_pages(rig->m, held[i], 0);
			held[i] = NULL;
		}
	return nr;
}

/*
 *   addresses   | p0 | p1 | p2 | p3 | guard |       one after the other
 *                  |    |    |    |
 *   frames       7f3   12   9c0   13                anywhere
 *
 * "vmalloc: virtually contiguous, physically scattered."
 */
TEST(lecture, vmalloc_is_contiguous_in_addresses_while_its_frames_lie_anywhere)
{
	static struct rig rig;
	unsigned int neighbours = 0;
	uint32_t *p;

	boot(&rig);
	fragment(&rig);
	CHECK(!qy_kmalloc(rig.m, MIB(1), QY_GFP_KERNEL | QY___GFP_NOWARN));
	p = qy_vmalloc(rig.m, MIB(1));
	CHECK(p);
	for (uint32_t i = 0; i < MIB(1) / 4; i++)
		p[i] = i;
	for (uint32_t page = 0; page < 256; page++) {
		uint32_t *frame = qy_page_address(
			rig.m, qy_vmalloc_to_page(rig.m, p + page * 1024));

		CHECK_EQ(frame[5], page * 1024 + 5);
		neighbours +=
			page && qy_vmalloc_to_pfn(rig.m, p + page * 1024) ==
					qy_vmalloc_to_pfn(rig.m, p + page * 1024 - 1) + 1;
	}
	CHECK_EQ(neighbours, 0);
	qy_vfree(rig.m, p);
	rig_check_valid(rig.m, "the lecture's vmalloc");
	rig_down(&rig);
}

/* "A device cannot use it": there is no one physical address behind it, and none is made up. */
TEST(lecture, a_vmalloc_address_has_no_physical_address_in_the_linear_mapping)
{
	static struct rig rig;
	char *p, *q;

	boot(&rig);
	p = qy_vmalloc(rig.m, 16384);
	q = qy_kmalloc(rig.m, 16384, QY_GFP_KERNEL);
	CHECK_EQ(qy_virt_to_phys(rig.m, p), ~0ull);
	CHECK(!qy_virt_to_page(rig.m, p));
	CHECK(qy_virt_to_phys(rig.m, q) != ~0ull);
	CHECK_EQ(qy_virt_to_phys(rig.m, q + 12288), qy_virt_to_phys(rig.m, q) + 12288);
	/* page by page there is: for a scatterlist */
	for (unsigned int i = 0; i < 4; i++)
		CHECK(qy_vmalloc_to_page(rig.m, p + i * 4096));
	qy_vfree(rig.m, p);
	qy_kfree(rig.m, q);
	rig_down(&rig);
}

/* "vmalloc(4 pages) shows 20480": the guard page counts, and belongs to nobody. */
TEST(lecture, four_pages_of_vmalloc_show_as_20480_bytes)
{
	static struct rig rig;
	struct qy_vmalloc_info area;
	uint64_t at = 0;
	void *p;

	boot(&rig);
	p = qy_vmalloc(rig.m, 16384);
	CHECK(qy_vmalloc_next(rig.m, &at, &area));
	CHECK_EQ(area.end - area.start, 20480);
	CHECK_EQ(area.nr_pages, 4);
	CHECK(!qy_vmalloc_to_page(rig.m, (char *)p + 16384));
	qy_vfree(rig.m, p);
	rig_down(&rig);
}

/*
 * "kvmalloc tries kmalloc first and falls back to vmalloc." Up to a page there is no second try, and a caller that must not
 * sleep gets none either.
 */
TEST(lecture, kvmalloc_takes_a_block_while_there_is_one_and_pages_when_there_is_none)
{
	static struct rig rig;
	void *p;

	boot(&rig);
	p = qy_kvmalloc(rig.m, MIB(1), QY_GFP_KERNEL);
	CHECK(p && !qy_is_vmalloc_addr(rig.m, p));
	qy_kvfree(rig.m, p);
	fragment(&rig);
	p = qy_kvmalloc(rig.m, MIB(1), QY_GFP_KERNEL);
	CHECK(p && qy_is_vmalloc_addr(rig.m, p));
	CHECK(!qy_kvmalloc(rig.m, MIB(1), QY_GFP_ATOMIC));
	qy_kvfree(rig.m, p);
	p = qy_kvmalloc(rig.m, 4096, QY_GFP_KERNEL);
	CHECK(p && !qy_is_vmalloc_addr(rig.m, p));
	qy_kvfree(rig.m, p);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "the lecture's kvmalloc");
	rig_down(&rig);
}

/* "Firmware images and FPGA bitstreams are larger than any block": kvmalloc's memory, read by the CPU word by word. */
TEST(lecture, an_fpga_bitstream_larger_than_any_block_comes_from_kvmalloc)
{
	static struct rig rig;
	const uint32_t words = MIB(12) / 4;
	uint64_t before, sum = 0;
	uint32_t *image;

	boot(&rig);
	qy_vfree(rig.m, qy_vmalloc(rig.m, 4096));
	CHECK(!qy_kmalloc(rig.m, MIB(12), QY_GFP_KERNEL | QY___GFP_NOWARN));
	fragment(&rig);
	before = rig_free_frames(rig.m);
	image = qy_kvmalloc_array(rig.m, words, 4, QY_GFP_KERNEL);
	CHECK(image);
	for (uint32_t i = 0; i < words; i++)
		image[i] = i ^ 0x5a5a5a5a;
	for (uint32_t i = 0; i < words; i++)
		sum += image[i] ^ 0x5a5a5a5a ^ i;
	CHECK_EQ(sum, 0);
	CHECK(before - rig_free_frames(rig.m) >= MIB(12) / 4096);
	qy_kvfree(rig.m, image);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}
