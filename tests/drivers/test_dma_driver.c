// SPDX-License-Identifier: MIT
/* Drivers and their devices: the same source on boards that differ. */
#include "tests/drivers/drivers.h"
#include "tests/model/rig.h"
#include <quarry/dma.h>
#include <quarry/slab.h>
#include <quarry/vmalloc.h>

static struct rig rig;

TEST(drivers, every_name_of_the_dma_headers_does_as_linux_does)
{
	static const struct qy_board_device desc = { .name = "families" };
	uint64_t before;

	rig_x86(&rig, MIB(64), 0, 1);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(4) };
	rig_boot(&rig);
	CHECK_EQ(dma_families_check(&desc), 0);
	before = rig_free_frames(rig.m);
	CHECK_EQ(dma_families_check(&desc), 0);
	CHECK_EQ(rig_free_frames(rig.m), before);
	CHECK_EQ(rig_log_count(&rig, "WARNING"), 0);
	rig_check_valid(rig.m, "the families");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the lecture */

static unsigned char *seen_by_device(struct qy_dma_dev *dev, uint64_t dma)
{
	uint64_t phys;

	CHECK_EQ(qy_dma_to_phys(dev, dma, true, &phys, NULL), QY_DMA_REACHED);
	return qy_dma_ram(rig.m, phys);
}

static void add_one(void *arg, unsigned long long handle)
{
	++*seen_by_device(arg, handle);
}

#define FRAME_BYTES MIB(1)

/* What the driver sees must not depend on the board. Return: physical address of the first byte. */
static uint64_t use_frame(const struct qy_board_device *desc)
{
	struct frame_device *frame = frame_probe(desc, FRAME_BYTES);
	unsigned char *cpu, command[1] = { 41 }, *heap;
	struct qy_dma_dev *dev;
	uint64_t phys;

	CHECK(frame);
	dev = frame_hardware(frame);
	cpu = frame_cpu(frame);
	CHECK(frame_handle(frame) + FRAME_BYTES - 1 <= QY_DMA_BIT_MASK(32));
	for (size_t at = 0; at < FRAME_BYTES; at += 4096) {
		CHECK_EQ(cpu[at], 0);
		cpu[at] = (unsigned char)(at >> 12);
		CHECK_EQ(*seen_by_device(dev, frame_handle(frame) + at),
			(unsigned char)(at >> 12));
		*seen_by_device(dev, frame_handle(frame) + at + 1) = 7;
		CHECK_EQ(cpu[at + 1], 7);
	}
	heap = qy_kmalloc(rig.m, 256, QY_GFP_KERNEL);
	heap[0] = command[0];
	CHECK_EQ(frame_command(frame, heap, 256, add_one, dev), 0);
	CHECK_EQ(heap[0], 42);
	/* memory that no device can use as it is: a stack, which is vmalloc memory */
	CHECK_EQ(frame_command(frame, command, 1, add_one, dev), -12);
	CHECK_EQ(command[0], 41);
	CHECK_EQ(rig_log_count(&rig, "rejecting DMA map of vmalloc memory"), 1);
	qy_kfree(rig.m, heap);
	CHECK_EQ(qy_dma_to_phys(dev, frame_handle(frame), true, &phys, NULL),
		QY_DMA_REACHED);
	frame_remove(frame);
	return phys;
}

/*
 * "dma_alloc_coherent() returns two addresses, and the driver is portable": without an IOMMU the second one is the
 * physical address below the mask; with one it is the IOMMU's, and the frames may lie where the device could never reach.
 */
TEST(lecture, one_driver_source_works_with_and_without_an_iommu)
{
	static const struct qy_board_iommu smmu = { .name = "smmu" };
	static const struct qy_board_device without = { .name = "15c00000.isp",
		.address_bits = 32,
		.coherent = true },
					    with = { .name = "15c00000.isp",
						    .address_bits = 32,
						    .coherent = true,
						    .iommu = &smmu };

	/* 64 MiB of RAM below 4 GiB */
	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	CHECK(use_frame(&without) < GIB(4));
	rig_check_valid(rig.m, "without");
	rig_down(&rig);

	/* all RAM above 4 GiB: a device of 32 bits reaches none of it by itself */
	rig_init(&rig, QY_ARCH_ARM64, 1);
	rig.board.has_zone_dma = rig.board.has_zone_dma32 = false;
	rig_bank(&rig, GIB(8), MIB(64), 0);
	rig_boot(&rig);
	CHECK(!frame_probe(&without, FRAME_BYTES));
	rig_log_clear(&rig);
	CHECK(use_frame(&with) >= GIB(8));
	rig_check_valid(rig.m, "with");
	rig_down(&rig);
}

/* "vmalloc: virtually contiguous, frames anywhere; a device cannot use it directly." Page by page it can. */
TEST(lecture, vmalloc_memory_is_virtually_contiguous_and_no_device_can_use_it_as_it_is)
{
	static const struct qy_board_device desc = {
		.name = "15c00000.isp", .address_bits = 32, .coherent = true
	};
	struct scatterlist sg[4] = { 0 };
	struct qy_dma_dev dev;
	unsigned char *buffer;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	buffer = qy_vzalloc(rig.m, 4 * 4096);
	CHECK(buffer);
	CHECK_EQ(qy_dma_map_single(&dev, buffer, 4 * 4096, QY_DMA_TO_DEVICE, 0),
		QY_DMA_MAPPING_ERROR);
	CHECK_EQ(rig_log_count(&rig, "rejecting DMA map of vmalloc memory"), 1);
	for (int i = 0; i < 4; i++) {
		buffer[i * 4096] = (unsigned char)(i + 1);
		sg[i].page_link =
			(unsigned long)qy_vmalloc_to_page(rig.m, buffer + i * 4096) |
			(i == 3 ? QY_SG_END : 0);
		sg[i].length = 4096;
	}
	CHECK_EQ(qy_dma_map_sg(&dev, sg, 4, QY_DMA_TO_DEVICE, 0), 4);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(*seen_by_device(&dev, sg[i].dma_address), i + 1);
	qy_dma_unmap_sg(&dev, sg, 4, QY_DMA_TO_DEVICE, 0);
	qy_vfree(rig.m, buffer);
	qy_dma_dev_remove(&dev);
	rig_check_valid(rig.m, "vmalloc memory");
	rig_down(&rig);
}
