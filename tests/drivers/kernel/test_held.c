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

/* ------------------------------------------------------------------ what is refused */

static unsigned int asked, refused_one; /* 0: none */

static bool refuse(void *arg, const struct qy_world_request *request)
{
	(void)arg, (void)request;
	return ++asked == refused_one;
}

/* Each door once; what it got goes back. Return: how many got nothing. */
static unsigned int through_all_doors(struct device *dev)
{
	struct kmem_cache *cache = kmem_cache_create("asked", 64, 0, 0, NULL);
	unsigned int nr_refused = !cache;
	void *p[12] = { NULL };
	dma_addr_t coherent, mapped;
	struct page *page = alloc_pages(GFP_KERNEL, 1);
	unsigned long address = __get_free_page(GFP_KERNEL);

	nr_refused += !page + !address;
	p[0] = kmalloc(64, GFP_KERNEL);
	p[1] = kzalloc(64, GFP_ATOMIC);
	p[2] = kcalloc(4, 64, GFP_KERNEL);
	p[3] = kstrdup("text", GFP_KERNEL);
	p[4] = kasprintf(GFP_KERNEL, "%d", 1);
	p[5] = kvmalloc(64, GFP_KERNEL);
	p[6] = vmalloc(PAGE_SIZE);
	for (int i = 0; i < 7; i++)
		nr_refused += !p[i];
	p[7] = krealloc(p[0], 512, GFP_KERNEL);
	nr_refused += !p[7];
	kfree(p[7] ? p[7] : p[0]);
	for (int i = 1; i < 7; i++)
		kvfree(p[i]);
	p[8] = dma_alloc_coherent(dev, 8192, &coherent, GFP_KERNEL);
	nr_refused += !p[8];
	if (p[8])
		dma_free_coherent(dev, 8192, p[8], coherent);
	if (page) {
		mapped = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);
		CHECK_EQ(held(QY_HELD_DMA_MAP), !dma_mapping_error(dev, mapped));
		if (dma_mapping_error(dev, mapped))
			nr_refused++;
		else
			dma_unmap_page(dev, mapped, PAGE_SIZE, DMA_TO_DEVICE);
		__free_pages(page, 1);
	}
	free_page(address);
	nr_refused += dma_set_mask(dev, DMA_BIT_MASK(32)) == -EIO;
	kmem_cache_destroy(cache);
	return nr_refused;
}

WORLD(held, each_door_asks_once_and_a_refused_one_takes_nothing)
{
	static const struct qy_board_device desc = { .name = "1000.engine" };
	struct device dev;
	unsigned int nr_doors;

	CHECK_EQ(qy_device_add(&dev, &desc), 0);
	asked = refused_one = 0;
	qy_world_refuse(test_world.w, refuse, NULL);
	CHECK_EQ(through_all_doors(&dev), 0);
	nr_doors = asked;
	CHECK_EQ(nr_doors, 14);
	for (refused_one = 1; refused_one <= nr_doors; refused_one++) {
		asked = 0;
		CHECK_EQ(through_all_doors(&dev), 1);
		CHECK_EQ(held(QY_HELD_OBJECT) + held(QY_HELD_PAGES) +
				 held(QY_HELD_CACHE) + held(QY_HELD_VMALLOC) +
				 held(QY_HELD_DMA) + held(QY_HELD_DMA_MAP),
			0);
	}
	qy_world_refuse(test_world.w, NULL, NULL);
	qy_device_del(&dev);
}
