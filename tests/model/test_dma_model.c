// SPDX-License-Identifier: MIT
/*
 * Pools of blocks against a stack, and mappings of every kind against plain bytes, with validate() after each operation.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/dma.h>
#include <quarry/slab.h>

static struct rig rig;
static struct qy_dma_dev dev;

/* ------------------------------------------------------------------ pools */

#define MAX_BLOCKS 400

static struct {
	unsigned char *cpu;
	uint64_t dma;
	unsigned char tag;
} block[MAX_BLOCKS];
static uint64_t freed[MAX_BLOCKS]; /* the last one is to be given next */

static void pool_rounds(
	struct rig_random *random, size_t size, size_t align, size_t boundary)
{
	struct qy_dma_pool *pool = qy_dma_pool_create("m", &dev, size, align, boundary);
	unsigned int nr = 0, nr_freed = 0;

	for (unsigned long i = qy_test_scale(600); i; i--) {
		if (nr < MAX_BLOCKS && (rig_below(random, 100) < 55 || !nr)) {
			uint64_t dma;
			unsigned char *p = qy_dma_pool_zalloc(pool, QY_GFP_KERNEL, &dma);

			CHECK(p);
			CHECK_EQ(qy_virt_to_phys(rig.m, p), dma);
			CHECK_EQ(dma % align, 0);
			if (boundary)
				CHECK_EQ(dma / boundary, (dma + size - 1) / boundary);
			if (nr_freed)
				CHECK_EQ(dma, freed[--nr_freed]);
			for (size_t k = 0; k < size; k++)
				CHECK_EQ(p[k], 0);
			block[nr].cpu = p;
			block[nr].dma = dma;
			block[nr].tag = (unsigned char)rig_random(random);
			memset(p, block[nr++].tag, size);
		} else {
			unsigned int k = rig_below(random, nr);

			for (size_t at = 0; at < size; at++)
				CHECK_EQ(block[k].cpu[at], block[k].tag);
			if (nr_freed < MAX_BLOCKS)
				freed[nr_freed++] = block[k].dma;
			qy_dma_pool_free(pool, block[k].cpu, block[k].dma);
			block[k] = block[--nr];
		}
		if (i % 8 == 0)
			rig_check_valid(rig.m, "a block");
	}
	while (nr--)
		qy_dma_pool_free(pool, block[nr].cpu, block[nr].dma);
	qy_dma_pool_destroy(pool);
}

TEST(dma_model, a_pool_gives_the_block_that_a_stack_would_and_keeps_their_bytes_apart)
{
	static const struct {
		size_t size, align, boundary;
	} shapes[] = { { 16, 16, 0 }, { 100, 4, 256 }, { 24, 8, 0 }, { 1000, 8, 4096 },
		{ 5000, 8, 0 }, { 64, 64, 64 } };
	static const struct qy_board_device desc = { .name = "model" };
	struct rig_random random = { qy_test_seed() };

	rig_x86(&rig, MIB(64), 0, 1);
	rig_boot(&rig);
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		pool_rounds(&random, shapes[i].size, shapes[i].align, shapes[i].boundary);
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ mappings */

#define NR_BUFFERS   24
#define BUFFER_ORDER 4
#define BUFFER_BYTES (4096u << BUFFER_ORDER)

static struct buffer {
	struct page *page;
	unsigned char *cpu;
	unsigned char memory[BUFFER_BYTES]; /* what the CPU must see */
	unsigned char device[BUFFER_BYTES]; /* what the device must see of the mapping */
	bool mapped;
	uint64_t dma;
	size_t offset, size;
	enum qy_dma_direction dir;
} buffer[NR_BUFFERS];

/* One byte as the device reads and writes it. */
static unsigned char *byte_of_device(const struct buffer *b, size_t at, bool write)
{
	uint64_t phys;

	CHECK_EQ(qy_dma_to_phys(&dev, b->dma + at, write, &phys, NULL), QY_DMA_REACHED);
	return qy_dma_ram(rig.m, phys);
}

/* @bounced: the device's bytes are others than the CPU's until a sync. */
static void map(struct rig_random *random, struct buffer *b, bool bounced)
{
	b->offset = rig_below(random, 4096);
	b->size = 1 + rig_below(random, BUFFER_BYTES - 4096);
	b->dir = (enum qy_dma_direction)rig_below(random, 3);
	b->dma = qy_dma_map_page(&dev, b->page, b->offset, b->size, b->dir, 0);
	if (qy_dma_mapping_error(&dev, b->dma)) {
		CHECK(bounced); /* nothing else can be exhausted here */
		return;
	}
	memcpy(b->device, b->memory + b->offset, b->size);
	b->mapped = true;
}

static void device_writes(struct rig_random *random, struct buffer *b, bool bounced)
{
	size_t at = rig_below(random, (uint32_t)b->size);
	unsigned char value = (unsigned char)rig_random(random);

	if (b->dir == QY_DMA_TO_DEVICE)
		return;
	*byte_of_device(b, at, true) = value;
	b->device[at] = value;
	if (!bounced)
		b->memory[b->offset + at] = value;
}

static void cpu_writes(struct rig_random *random, struct buffer *b, bool bounced)
{
	size_t at = rig_below(random, BUFFER_BYTES);
	unsigned char value = (unsigned char)rig_random(random);

	b->cpu[at] = b->memory[at] = value;
	if (b->mapped && !bounced && at - b->offset < b->size)
		b->device[at - b->offset] = value;
}

static void sync_some(struct rig_random *random, struct buffer *b)
{
	size_t at = rig_below(random, (uint32_t)b->size);
	size_t size = 1 + rig_below(random, (uint32_t)(b->size - at));

	if (rig_below(random, 2)) {
		qy_dma_sync_single_for_cpu(&dev, b->dma + at, size, b->dir);
		if (b->dir != QY_DMA_TO_DEVICE)
			memcpy(b->memory + b->offset + at, b->device + at, size);
	} else {
		qy_dma_sync_single_for_device(&dev, b->dma + at, size, b->dir);
		if (b->dir != QY_DMA_FROM_DEVICE)
			memcpy(b->device + at, b->memory + b->offset + at, size);
	}
}

static void unmap(struct buffer *b)
{
	qy_dma_unmap_page(&dev, b->dma, b->size, b->dir, 0);
	if (b->dir != QY_DMA_TO_DEVICE)
		memcpy(b->memory + b->offset, b->device, b->size);
	b->mapped = false;
}

static void check_bytes(const struct buffer *b)
{
	CHECK(!memcmp(b->cpu, b->memory, BUFFER_BYTES));
	for (size_t at = 0; b->mapped && at < b->size; at += 97)
		CHECK_EQ(*byte_of_device(b, at, false), b->device[at]);
}

static void rounds(bool bounced)
{
	struct rig_random random = { qy_test_seed() };

	for (int i = 0; i < NR_BUFFERS; i++) {
		struct buffer *b = &buffer[i];

		b->page = qy_alloc_pages(
			rig.m, QY_GFP_KERNEL | QY___GFP_ZERO, BUFFER_ORDER);
		b->cpu = qy_page_address(rig.m, b->page);
		memset(b->memory, 0, BUFFER_BYTES);
		b->mapped = false;
	}
	for (unsigned long i = qy_test_scale(1500); i; i--) {
		struct buffer *b = &buffer[rig_below(&random, NR_BUFFERS)];

		switch (b->mapped ? rig_below(&random, 5) : rig_below(&random, 2)) {
		case 0:
			cpu_writes(&random, b, bounced);
			break;
		case 1:
			if (b->mapped)
				unmap(b);
			else
				map(&random, b, bounced);
			break;
		case 2:
		case 3:
			device_writes(&random, b, bounced);
			break;
		default:
			sync_some(&random, b);
		}
		check_bytes(b);
		if (i % 32 == 0)
			rig_check_valid(rig.m, "an operation");
	}
	for (int i = 0; i < NR_BUFFERS; i++) {
		if (buffer[i].mapped)
			unmap(&buffer[i]);
		check_bytes(&buffer[i]);
		qy_free_pages(rig.m, buffer[i].page, BUFFER_ORDER);
	}
}

TEST(dma_model, bytes_of_mappings_are_those_of_the_cpu_and_bounced_ones_follow_the_syncs)
{
	static const struct qy_board_iommu iommu = { .name = "iommu" };
	static const struct {
		struct qy_board_device desc;
		bool bounced;
	} boards[] = { { { .name = "direct", .address_bits = 64 }, false },
		{ { .name = "bounced" }, true },
		{ { .name = "iommu", .iommu = &iommu }, false } };

	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
		rig_x86(&rig, MIB(64), MIB(64), 2);
		rig.board.dma.swiotlb_slots = 512;
		rig_boot(&rig);
		CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &boards[i].desc), 0);
		if (boards[i].desc.address_bits)
			CHECK_EQ(qy_dma_set_mask(&dev, QY_DMA_BIT_MASK(64)), 0);
		rounds(boards[i].bounced);
		rig_check_valid(rig.m, "all");
		qy_dma_dev_remove(&dev);
		rig_down(&rig);
	}
}
