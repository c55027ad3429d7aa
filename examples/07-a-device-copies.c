// SPDX-License-Identifier: MIT
/*
 * A device copies a buffer. It has 32 address lines, all RAM of the board lies above 4 GiB, and an IOMMU stands between:
 * the driver's calls are the same as without one.
 */
#include <quarry/bus_master.h>
#include <quarry/hosted.h>
#include <quarry/slab.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT "through two page tables"

static struct qy_bank bank = { .base = 8ull << 30, .size = 64ull << 20 };
static const struct qy_board_iommu smmu = { .name = "12000000.iommu" };
static const struct qy_board_device desc = {
	.name = "15000000.copier", .address_bits = 32, .coherent = true, .iommu = &smmu
};

/* From @src to @dst, as the device sees them. Return: its status. */
static uint32_t copy(struct qy_bus_master *bm, struct qy_bus_desc *ring, uint64_t src,
	uint64_t dst, uint32_t length)
{
	ring[0] = (struct qy_bus_desc){
		.src = src, .dst = dst, .length = length, .command = QY_BUS_COPY
	};
	qy_bus_master_doorbell(bm, 1);
	while (!__atomic_load_n(&ring[0].status, __ATOMIC_ACQUIRE))
		;
	return ring[0].status;
}

int main(void)
{
	struct qy_board board;
	struct qy_bus_master_opts opts = { 0 };
	struct qy_bus_master *bm;
	struct qy_bus_desc *ring;
	struct qy_dma_dev dev;
	struct qy_machine *m;
	uint64_t ring_dma, to_dma, from;
	char why[200] = "", *text, *to;
	uint32_t status;

	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &bank;
	board.nr_banks = 1;
	m = qy_hosted_boot(&board, NULL, why, sizeof(why));
	if (!m || qy_enter(m) || qy_dma_dev_init(m, &dev, &desc) ||
		qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(32))) {
		fprintf(stderr, "no device: %s\n", why);
		return 1;
	}
	bm = qy_bus_master_create(&dev, &opts);
	ring = qy_dma_alloc_coherent(&dev, 4096, &ring_dma, QY_GFP_KERNEL);
	to = qy_dma_alloc_coherent(&dev, 1 << 20, &to_dma, QY_GFP_KERNEL);
	text = qy_kmalloc(m, 256, QY_GFP_KERNEL);
	strcpy(text, TEXT);
	from = qy_dma_map_single(&dev, text, 256, QY_DMA_TO_DEVICE, 0);
	if (!bm || !ring || !to || qy_dma_mapping_error(&dev, from))
		return 1;
	qy_bus_master_set_ring(bm, ring_dma, 1);
	status = copy(bm, ring, from, to_dma, sizeof(TEXT));
	qy_dma_unmap_single(&dev, from, 256, QY_DMA_TO_DEVICE, 0);
	printf("RAM from 0x%" PRIx64 " on, device addresses below 0x%" PRIx64
	       ": \"%s\"\n",
		bank.base, (uint64_t)1 << 32, to);
	qy_bus_master_destroy(bm);
	qy_kfree(m, text);
	qy_dma_free_coherent(&dev, 1 << 20, to, to_dma);
	qy_dma_free_coherent(&dev, 4096, ring, ring_dma);
	qy_dma_dev_remove(&dev);
	qy_leave();
	qy_hosted_shutdown(m);
	return status == QY_BUS_DONE ? 0 : 1;
}
