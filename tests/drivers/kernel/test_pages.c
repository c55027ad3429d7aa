// SPDX-License-Identifier: MIT
/* Pages of a program in a driver's hands, and lists of pieces made of them. */
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include "tests/drivers/kernel/world.h"

#define PAGES 3

static char *memory;
static struct page *pages[PAGES + 1];

static unsigned long begin(void)
{
	CHECK_EQ(qy_world_memory(test_world.w, PAGES * PAGE_SIZE, (void **)&memory), 0);
	return (unsigned long)memory;
}

static void end(void)
{
	CHECK_EQ(qy_world_munmap(test_world.w, memory, PAGES * PAGE_SIZE), 0);
}

WORLD(user_pages, a_driver_sees_the_bytes_of_a_program)
{
	unsigned long at = begin();

	strcpy(memory + PAGE_SIZE, "from the program");
	CHECK_EQ(get_user_pages_fast(at + 8, PAGES, FOLL_WRITE, pages), PAGES);
	CHECK_STR_EQ((char *)page_address(pages[1]), "from the program");
	strcpy(page_address(pages[2]), "from the driver");
	CHECK_STR_EQ(memory + 2 * PAGE_SIZE, "from the driver");
	CHECK_EQ(page_count(pages[0]), 2);
	for (int i = 0; i < PAGES; i++)
		put_page(pages[i]);
	mmap_read_lock(current->mm);
	CHECK_EQ(get_user_pages(at, 1, 0, pages), 1);
	CHECK(vma_lookup(current->mm, at) && !vma_lookup(current->mm, at - PAGE_SIZE));
	mmap_read_unlock(current->mm);
	put_page(pages[0]);
	end();
}

WORLD(user_pages, what_is_not_the_programs_cannot_be_had)
{
	unsigned long at = begin(), kernel = __get_free_page(GFP_KERNEL);

	CHECK_EQ(get_user_pages_fast(kernel, 1, 0, pages), -EFAULT);
	CHECK_EQ(get_user_pages_fast(at, 0, 0, pages), 0);
	/* as far as it goes */
	CHECK_EQ(pin_user_pages_fast(at, PAGES + 1, 0, pages), PAGES);
	unpin_user_pages(pages, PAGES);
	CHECK_EQ(pin_user_pages_fast(-PAGE_SIZE, 2, 0, pages), -EOVERFLOW);
	CHECK_EQ(get_user_pages_fast(at, 1, FOLL_LONGTERM, pages), -EINVAL);
	test_forget(1);
	free_page(kernel);
	end();
	CHECK_EQ(get_user_pages_fast(at, 1, 0, pages), -EFAULT);
}

WORLD(user_pages, a_pin_outlives_the_mapping_and_is_told_with_its_stack)
{
	struct qy_world_held held;
	unsigned long at = begin();

	memory[0] = 'x';
	CHECK_EQ(pin_user_pages_fast(at, 1, FOLL_WRITE | FOLL_LONGTERM, pages), 1);
	end();
	CHECK_EQ(*(char *)page_address(pages[0]), 'x');
	CHECK(qy_world_next_held(test_world.w, 0, &held));
	CHECK_STR_EQ(qy_held_name(held.kind), "pinned page");
	CHECK(held.p == pages[0] && held.nr_frames > 1);
	unpin_user_pages_dirty_lock(pages, 1, true);
	CHECK(!qy_world_next_held(test_world.w, 0, &held));
}

WORLD(user_pages, a_page_that_is_not_pinned_cannot_be_unpinned)
{
	unsigned long at = begin();

	CHECK_EQ(get_user_pages_fast(at, 1, 0, pages), 1);
	unpin_user_page(pages[0]);
	CHECK_EQ(test_log("unpin_user_page() of a page that is not pinned"), 1);
	test_forget(1);
	put_page(pages[0]);
	end();
}

static bool refuse_pins(void *arg, const struct qy_world_request *request)
{
	return request->kind == QY_HELD_PIN;
}

WORLD(user_pages, a_pin_can_be_refused)
{
	unsigned long at = begin();

	qy_world_refuse(test_world.w, refuse_pins, NULL);
	CHECK_EQ(pin_user_pages_fast(at, 1, 0, pages), -ENOMEM);
	qy_world_refuse(test_world.w, NULL, NULL);
	end();
}

/*
 *   page    0     1     2
 *         |   ##|#####|##   |     from 100 bytes before the end of the first to 50 in the last
 */
WORLD(user_pages, a_list_of_pieces_is_made_of_them_and_walked)
{
	struct platform_device *pdev =
		platform_device_register_simple("dma", -1, NULL, 0);
	unsigned long at = begin(), total = 0;
	struct sg_dma_page_iter dma;
	struct sg_mapping_iter miter;
	struct sg_page_iter it;
	struct sg_table sgt;
	unsigned int nr = 0;

	CHECK_EQ(dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32)), 0);
	CHECK_EQ(pin_user_pages_fast(at, PAGES, FOLL_WRITE, pages), PAGES);
	CHECK_EQ(sg_alloc_table_from_pages_segment(&sgt, pages, PAGES, PAGE_SIZE - 100,
			 PAGE_SIZE + 150, PAGE_SIZE, GFP_KERNEL),
		0);
	CHECK_EQ(sgt.orig_nents, 3);
	CHECK(sgt.sgl->length == 100 && sg_last(sgt.sgl, 3)->length == 50);
	for_each_sgtable_page(&sgt, &it, 0) CHECK(sg_page_iter_page(&it) == pages[nr++]);
	CHECK_EQ(nr, 3);
	CHECK_EQ(dma_map_sgtable(&pdev->dev, &sgt, DMA_FROM_DEVICE, 0), 0);
	nr = 0;
	for_each_sgtable_dma_page(&sgt, &dma, 0) nr +=
		sg_page_iter_dma_address(&dma) != 0;
	CHECK_EQ(nr, 3);
	dma_unmap_sgtable(&pdev->dev, &sgt, DMA_FROM_DEVICE, 0);

	sg_miter_start(&miter, sgt.sgl, sgt.orig_nents, SG_MITER_TO_SG | SG_MITER_ATOMIC);
	CHECK(sg_miter_skip(&miter, 90));
	while (sg_miter_next(&miter)) {
		CHECK(in_atomic());
		if (!total)
			miter.consumed = 3;
		total += miter.consumed;
		memset(miter.addr, 'p', miter.consumed);
	}
	sg_miter_stop(&miter);
	CHECK(!in_atomic());
	CHECK_EQ(total, PAGE_SIZE + 60);
	CHECK(!memory[PAGE_SIZE - 11] && memory[PAGE_SIZE - 10] == 'p');
	CHECK(memory[2 * PAGE_SIZE + 49] == 'p' && !memory[2 * PAGE_SIZE + 50]);
	CHECK(!sg_miter_skip(&miter, 1));
	sg_free_table(&sgt);
	CHECK_EQ(sg_alloc_table_from_pages_segment(
			 &sgt, pages, PAGES, 0, PAGE_SIZE, 7, GFP_KERNEL),
		-EINVAL);
	unpin_user_pages(pages, PAGES);
	end();
	platform_device_unregister(pdev);
}

WORLD(user_pages, frames_behind_each_other_are_one_piece)
{
	struct page *block = alloc_pages(GFP_KERNEL, 2), *order[4];
	struct sg_table sgt;

	for (int i = 0; i < 4; i++)
		order[i] = block + (i ^ 1);
	CHECK_EQ(sg_alloc_table_from_pages(&sgt, order, 4, 0, 4 * PAGE_SIZE, GFP_KERNEL),
		0);
	CHECK_EQ(sgt.orig_nents, 4);
	sg_free_table(&sgt);
	for (int i = 0; i < 4; i++)
		order[i] = block + i;
	CHECK_EQ(sg_alloc_table_from_pages(
			 &sgt, order, 4, 8, 4 * PAGE_SIZE - 8, GFP_KERNEL),
		0);
	CHECK(sgt.orig_nents == 1 && sgt.sgl->length == 4 * PAGE_SIZE - 8);
	sg_free_table(&sgt);
	__free_pages(block, 2);
}
