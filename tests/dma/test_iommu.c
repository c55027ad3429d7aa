// SPDX-License-Identifier: MIT
/*
 * Devices behind an IOMMU: what they are given, where it leads, and that it leads nowhere afterwards.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/dma.h>
#include <quarry/slab.h>
#include <quarry/vmalloc.h>

static struct rig rig;
static struct qy_dma_dev dev;
static struct qy_board_iommu smmu;
static struct qy_board_device desc;

static void boot(bool pci)
{
	rig_one_zone(&rig, MIB(64), 2);
	rig_boot(&rig);
	smmu = (struct qy_board_iommu){ .name = "smmu" };
	desc = (struct qy_board_device){
		.name = "npu", .coherent = true, .pci = pci, .iommu = &smmu
	};
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK(dev.domain);
}

static void down(uint64_t before)
{
	rig_check_valid(rig.m, "work");
	qy_dma_dev_remove(&dev);
	if (before)
		CHECK_EQ(rig_free_frames(rig.m), before);
	rig_check_valid(rig.m, "the device went");
	rig_down(&rig);
}

static uint64_t reached(uint64_t dma, bool write)
{
	uint64_t phys;

	CHECK_EQ(qy_dma_to_phys(&dev, dma, write, &phys, NULL), QY_DMA_REACHED);
	return phys;
}

static enum qy_dma_fault fault(uint64_t dma, bool write)
{
	uint64_t phys;

	return qy_dma_to_phys(&dev, dma, write, &phys, NULL);
}

TEST(iommu, a_mapping_leads_to_its_frame_and_after_the_unmap_nowhere)
{
	char *p;
	uint64_t dma;

	boot(false);
	p = qy_kmalloc(rig.m, 300, QY_GFP_KERNEL);
	dma = qy_dma_map_single(&dev, p, 300, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, dma), 0);
	CHECK(dma != qy_virt_to_phys(rig.m, p));
	CHECK(dma <= QY_DMA_BIT_MASK(32));
	CHECK_EQ(dma & 4095, qy_virt_to_phys(rig.m, p) & 4095);
	CHECK_EQ(reached(dma + 299, false), qy_virt_to_phys(rig.m, p) + 299);
	CHECK_EQ(fault(dma, true), QY_DMA_FAULT_PERMISSION);
	qy_dma_unmap_single(&dev, dma, 300, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(fault(dma, false), QY_DMA_FAULT_UNMAPPED);
	/* a second unmap gives the address to nobody twice */
	qy_dma_unmap_single(&dev, dma, 300, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(rig_log_count(&rig, "which is not mapped"), 1);
	qy_kfree(rig.m, p);
	down(0);
}

TEST(iommu, memory_is_below_the_mask_of_the_device_wherever_its_frames_are)
{
	uint64_t dma;
	char *cpu;

	boot(false);
	/* below all RAM of the board: only an IOMMU can serve it */
	CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(20)), 0);
	cpu = qy_dma_alloc_coherent(&dev, 9000, &dma, QY_GFP_KERNEL);
	CHECK(cpu);
	CHECK(dma + 12287 <= QY_DMA_BIT_MASK(20));
	CHECK_EQ(dma & 16383, 0);
	for (int i = 0; i < 9000; i += 1000) {
		cpu[i] = (char)i;
		CHECK_EQ(*(char *)qy_dma_ram(rig.m, reached(dma + i, true)), (char)i);
	}
	CHECK_EQ(fault(dma + 12288, false), QY_DMA_FAULT_UNMAPPED);
	qy_dma_free_coherent(&dev, 9000, cpu, dma);
	CHECK_EQ(fault(dma, false), QY_DMA_FAULT_UNMAPPED);
	down(0);
}

/* No block of more than 4 KiB is free, so only single frames are to be had, and none of them follow each other. */
TEST(iommu, memory_is_of_frames_that_lie_anywhere_and_one_range_to_both_sides)
{
	static struct page *pages[16384];
	struct qy_vmalloc_info info;
	uint64_t dma, phys, board = 0;
	size_t nr = 0, runs = 0;
	char *cpu;

	boot(false);
	while (nr < 16384 &&
		(pages[nr] = qy_alloc_pages(
			 rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN | QY___GFP_MEMALLOC, 0)))
		nr++;
	for (size_t i = 0; i < nr; i++) {
		if (qy_page_to_pfn(rig.m, pages[i]) & 1)
			continue;
		qy_free_pages(rig.m, pages[i], 0);
		pages[i] = NULL;
	}
	qy_drain_all_pages(rig.m);
	CHECK(!qy_dma_alloc_attrs(&dev, MIB(1), &dma, QY_GFP_KERNEL | QY___GFP_NORETRY,
		QY_DMA_ATTR_FORCE_CONTIGUOUS | QY_DMA_ATTR_NO_WARN));
	cpu = qy_dma_alloc_coherent(&dev, MIB(1), &dma, QY_GFP_KERNEL);
	CHECK(cpu);
	CHECK(qy_is_vmalloc_addr(rig.m, cpu));
	for (size_t at = 0, before = 0; at < MIB(1); at += 4096) {
		CHECK_EQ(cpu[at], 0);
		cpu[at] = (char)(at >> 12);
		phys = reached(dma + at, true);
		CHECK_EQ(*(char *)qy_dma_ram(rig.m, phys), (char)(at >> 12));
		runs += phys != before + 4096;
		before = phys;
	}
	CHECK(runs > 200);
	CHECK(qy_vmalloc_next(rig.m, &board, &info));
	CHECK(info.flags & QY_VM_DMA_COHERENT);
	/* it is no memory to be mapped for a device again */
	CHECK_EQ(qy_dma_map_single(&dev, cpu, 4096, QY_DMA_TO_DEVICE, 0),
		QY_DMA_MAPPING_ERROR);
	CHECK_EQ(rig_log_count(&rig, "rejecting DMA map of vmalloc memory"), 1);
	qy_dma_free_coherent(&dev, MIB(1), cpu, dma);
	CHECK_EQ(fault(dma, false), QY_DMA_FAULT_UNMAPPED);
	for (size_t i = 0; i < nr; i++)
		qy_free_pages(rig.m, pages[i], 0);
	down(0);
}

TEST(iommu, a_device_that_goes_leaves_no_frame_behind)
{
	uint64_t before, dma;
	struct page *page;

	rig_one_zone(&rig, MIB(64), 2);
	rig_boot(&rig);
	smmu = (struct qy_board_iommu){ .name = "smmu" };
	desc = (struct qy_board_device){
		.name = "npu", .coherent = true, .iommu = &smmu
	};
	before = rig_free_frames(rig.m);
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	for (int i = 0; i < 300; i++) {
		dma = qy_dma_map_page(&dev, page, 0, 4096, QY_DMA_BIDIRECTIONAL, 0);
		CHECK(dma != QY_DMA_MAPPING_ERROR);
		if (i & 1)
			qy_dma_unmap_page(&dev, dma, 4096, QY_DMA_BIDIRECTIONAL, 0);
	}
	qy_free_pages(rig.m, page, 0);
	rig_check_valid(rig.m, "work");
	qy_dma_dev_remove(&dev);
	for (struct qy_kmem_cache_info info; qy_kmem_cache_info(rig.m, 0, &info);) {
		for (unsigned int i = 0; qy_kmem_cache_info(rig.m, i, &info); i++)
			qy_kmem_cache_shrink(info.cache);
		break;
	}
	CHECK_EQ(rig_free_frames(rig.m), before);
	rig_check_valid(rig.m, "the device went");
	rig_down(&rig);
}

/* Four pages that do not follow each other, 256 bytes of the first, then whole ones. */
TEST(iommu, scattered_pieces_are_one_segment_where_no_hole_is_between_them)
{
	struct scatterlist sg[4] = { 0 };
	struct page *pages[8];
	uint64_t base;
	int nr;

	boot(false);
	for (int i = 0; i < 8; i++)
		pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	for (int i = 0; i < 4; i++) {
		sg[i].page_link = (unsigned long)pages[7 - 2 * i];
		sg[i].length = 4096;
	}
	sg[0].offset = 4096 - 256;
	sg[0].length = 256;
	sg[3].length = 100;
	sg[3].page_link |= QY_SG_END;
	nr = qy_dma_map_sg(&dev, sg, 4, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(nr, 1);
	CHECK_EQ(sg[0].dma_length, 256 + 4096 + 4096 + 100);
	CHECK_EQ(sg[1].dma_length, 0);
	base = sg[0].dma_address;
	CHECK_EQ(base & 4095, 4096 - 256);
	CHECK_EQ(reached(base, true), qy_page_to_phys(rig.m, pages[7]) + 4096 - 256);
	CHECK_EQ(reached(base + 256, true), qy_page_to_phys(rig.m, pages[5]));
	CHECK_EQ(reached(base + 256 + 4096, true), qy_page_to_phys(rig.m, pages[3]));
	qy_dma_unmap_sg(&dev, sg, 4, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(fault(base, true), QY_DMA_FAULT_UNMAPPED);
	CHECK_EQ(fault(base + 8192, true), QY_DMA_FAULT_UNMAPPED);

	/* a hole in front of the third, and a device that takes 8 KiB at once */
	sg[0].offset = 0;
	sg[0].length = 4096;
	sg[2].offset = 512;
	sg[2].length = 4096 - 512;
	CHECK_EQ(qy_dma_map_sg(&dev, sg, 4, QY_DMA_FROM_DEVICE, 0), 2);
	CHECK_EQ(sg[0].dma_length, 8192);
	CHECK_EQ(sg[1].dma_length, 4096 - 512 + 100);
	CHECK_EQ(
		reached(sg[1].dma_address, true), qy_page_to_phys(rig.m, pages[3]) + 512);
	qy_dma_unmap_sg(&dev, sg, 4, QY_DMA_FROM_DEVICE, 0);
	dev.max_segment_size = 8192;
	sg[2].offset = 0;
	sg[2].length = 4096;
	CHECK_EQ(qy_dma_map_sg(&dev, sg, 4, QY_DMA_FROM_DEVICE, 0), 2);
	CHECK_EQ(sg[1].dma_length, 4196);
	qy_dma_unmap_sg(&dev, sg, 4, QY_DMA_FROM_DEVICE, 0);
	for (int i = 0; i < 8; i++)
		qy_free_pages(rig.m, pages[i], 0);
	down(0);
}

TEST(iommu, addresses_are_size_aligned_from_the_top_and_reserved_ones_are_left_out)
{
	static const struct qy_range msi = { 0xfff00000, MIB(1) };
	uint64_t dma, small;

	boot(false);
	qy_dma_dev_remove(&dev);
	smmu.reserved = &msi;
	smmu.nr_reserved = 1;
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	dma = qy_dma_map_resource(&dev, 0x10000, MIB(1), QY_DMA_BIDIRECTIONAL, 0);
	CHECK_EQ(dma, 0xffe00000);
	CHECK_EQ(reached(dma + 0x1234, true), 0x11234);
	small = qy_dma_map_resource(&dev, 0x10000, 4096, QY_DMA_BIDIRECTIONAL, 0);
	CHECK_EQ(small, 0xffdff000);
	qy_dma_unmap_resource(&dev, small, 4096, QY_DMA_BIDIRECTIONAL, 0);
	qy_dma_unmap_resource(&dev, dma, MIB(1), QY_DMA_BIDIRECTIONAL, 0);
	/* 257 pages: aligned to 512 */
	dma = qy_dma_map_resource(&dev, 0x10000, MIB(1) + 4096, QY_DMA_BIDIRECTIONAL, 0);
	CHECK_EQ(dma & (MIB(2) - 1), 0);
	qy_dma_unmap_resource(&dev, dma, MIB(1) + 4096, QY_DMA_BIDIRECTIONAL, 0);
	down(0);
}

TEST(iommu, a_pci_device_begins_below_4_gib_and_a_platform_device_at_its_mask)
{
	uint64_t dma;

	for (int pci = 0; pci < 2; pci++) {
		boot(pci);
		CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(40)), 0);
		dma = qy_dma_map_resource(&dev, 0, 4096, QY_DMA_BIDIRECTIONAL, 0);
		CHECK_EQ(dma, QY_DMA_BIT_MASK(pci ? 32 : 40) - 4095);
		down(0);
	}
}

/* A device with 16 bits has 15 pages, since page 0 is nobody's. */
TEST(iommu, out_of_addresses_is_an_error_and_no_address_is_lost)
{
	uint64_t dma[16];

	boot(false);
	CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(16)), 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 15; i++) {
			dma[i] = qy_dma_map_resource(
				&dev, 0, 4096, QY_DMA_BIDIRECTIONAL, 0);
			CHECK_EQ(qy_dma_mapping_error(&dev, dma[i]), 0);
		}
		CHECK_EQ(qy_dma_map_resource(&dev, 0, 4096, QY_DMA_BIDIRECTIONAL, 0),
			QY_DMA_MAPPING_ERROR);
		for (int i = 0; i < 15; i++)
			qy_dma_unmap_resource(
				&dev, dma[i], 4096, QY_DMA_BIDIRECTIONAL, 0);
		/* what magazines hold is found when it is needed in another size */
		dma[0] = qy_dma_map_resource(&dev, 0, 32768, QY_DMA_BIDIRECTIONAL, 0);
		CHECK_EQ(dma[0], 32768);
		qy_dma_unmap_resource(&dev, dma[0], 32768, QY_DMA_BIDIRECTIONAL, 0);
	}
	down(0);
}

TEST(iommu, passthrough_leaves_the_device_with_the_addresses_of_the_board)
{
	rig_one_zone(&rig, MIB(64), 1);
	rig.board.dma.iommu_passthrough = true;
	rig_boot(&rig);
	smmu = (struct qy_board_iommu){ .name = "smmu" };
	desc = (struct qy_board_device){ .name = "npu", .iommu = &smmu };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK(!dev.domain);
	down(0);
}

TEST(iommu, what_a_device_is_told_of_its_iommu)
{
	boot(false);
	CHECK(qy_dma_supported(&dev, QY_DMA_BIT_MASK(12)));
	CHECK_EQ(qy_dma_get_required_mask(&dev), QY_DMA_BIT_MASK(32));
	CHECK_EQ(qy_dma_opt_mapping_size(&dev), 131072);
	CHECK_EQ(qy_dma_max_mapping_size(&dev), SIZE_MAX);
	CHECK_EQ(qy_dma_get_merge_boundary(&dev), 4095);
	CHECK(!qy_dma_addressing_limited(&dev));
	down(0);
}
