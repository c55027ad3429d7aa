// SPDX-License-Identifier: MIT
/* What is noted of areas and of buffers for devices, and under which call each of them goes back. */
#include "tests/drivers/kernel/world.h"

#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

static unsigned int held(unsigned int kind)
{
	struct qy_world_held one;
	unsigned int count = 0;

	for (u64 at = 0; qy_world_next_held(test_world.w, at, &one); at = one.number)
		count += one.kind == kind;
	return count;
}

WORLD(held, an_area_is_noted_until_it_goes_back_by_either_name)
{
	void *area = vmalloc(3 * PAGE_SIZE), *large, *small, *object;

	CHECK(area);
	CHECK_EQ(held(QY_HELD_VMALLOC), 1);
	large = kvmalloc(64 * PAGE_SIZE, GFP_KERNEL | __GFP_NORETRY);
	small = kvzalloc(100, GFP_KERNEL);
	object = kmalloc(100, GFP_KERNEL);
	CHECK(large && small && object);
	CHECK_EQ(held(QY_HELD_VMALLOC) + held(QY_HELD_OBJECT), 4);
	kvfree(area);
	kvfree(large);
	kfree(small);
	kvfree(object);
	CHECK_EQ(held(QY_HELD_VMALLOC) + held(QY_HELD_OBJECT), 0);
}

WORLD(held, frames_that_an_area_takes_over_go_back_with_it)
{
	struct page **pages = kmalloc_array(4, sizeof(struct page *), GFP_KERNEL);
	void *area;

	CHECK(pages);
	for (int i = 0; i < 4; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		CHECK(pages[i]);
	}
	CHECK_EQ(held(QY_HELD_PAGES), 4);
	area = vmap(pages, 4, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	CHECK(area);
	CHECK_EQ(held(QY_HELD_PAGES) + held(QY_HELD_OBJECT), 0);
	CHECK_EQ(held(QY_HELD_VMALLOC), 1);
	vfree(area);
}

WORLD(held, buffers_for_a_device_are_noted_and_it_says_who_it_is)
{
	static const struct qy_board_device desc = { .name = "1000.engine" };
	struct device dev;
	dma_addr_t coherent, streaming;
	void *cpu;
	struct page *page;

	CHECK_EQ(qy_device_add(&dev, &desc), 0);
	CHECK_STR_EQ(dev_name(&dev), "1000.engine");
	CHECK_STR_EQ(dev_driver_string(&dev), "platform");
	cpu = dma_alloc_coherent(&dev, 8192, &coherent, GFP_KERNEL);
	page = dma_alloc_pages(&dev, 4096, &streaming, DMA_TO_DEVICE, GFP_KERNEL);
	CHECK(cpu && page);
	CHECK_EQ(held(QY_HELD_DMA), 2);
	dma_free_pages(&dev, 4096, page, streaming, DMA_TO_DEVICE);
	dma_free_coherent(&dev, 8192, cpu, coherent);
	CHECK_EQ(held(QY_HELD_DMA), 0);
	qy_device_del(&dev);
}
