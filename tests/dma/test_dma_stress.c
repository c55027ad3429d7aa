// SPDX-License-Identifier: MIT
/*
 * Two threads map, bounce, allocate and free on one device: no byte of one is another's, and in the end nothing is missing.
 *
 * Locking: each thread has its own buffers; the device and the machine are shared.
 */
#include "tests/model/rig.h"
#include <quarry/dma.h>
#include <quarry/slab.h>

#define THREADS 2
#define HELD    24

static struct rig rig;
static struct qy_dma_dev dev;
static struct qy_dma_pool *pool;

struct thing {
	unsigned int kind; /* 0: nothing */
	char *cpu;
	uint64_t dma;
	size_t size;
	unsigned char tag;
};

enum {
	NOTHING,
	MAPPING,
	COHERENT,
	BLOCK,
	NR_KINDS,
};

static unsigned char *seen(uint64_t dma)
{
	uint64_t phys;

	if (qy_dma_to_phys(&dev, dma, true, &phys, NULL) != QY_DMA_REACHED)
		FAIL("0x%llx leads nowhere", (unsigned long long)dma);
	return qy_dma_ram(rig.m, phys);
}

static void take(struct rig_random *random, struct thing *t)
{
	t->kind = 1 + rig_below(random, NR_KINDS - 1);
	t->tag = (unsigned char)(1 + rig_below(random, 255));
	t->size = 1 + rig_below(random, 12000);
	if (t->kind == MAPPING) {
		t->cpu = qy_kmalloc(rig.m, t->size, QY_GFP_KERNEL);
		t->dma = t->cpu ? qy_dma_map_single(&dev, t->cpu, t->size,
					  QY_DMA_FROM_DEVICE, QY_DMA_ATTR_NO_WARN)
				: QY_DMA_MAPPING_ERROR;
		if (t->dma == QY_DMA_MAPPING_ERROR) {
			qy_kfree(rig.m, t->cpu);
			t->cpu = NULL;
		}
	} else if (t->kind == COHERENT) {
		t->cpu = qy_dma_alloc_coherent(
			&dev, t->size, &t->dma, QY_GFP_KERNEL | QY___GFP_NOWARN);
	} else {
		t->size = 48;
		t->cpu = qy_dma_pool_alloc(pool, QY_GFP_KERNEL, &t->dma);
	}
	if (!t->cpu) {
		t->kind = NOTHING;
		return;
	}
	*seen(t->dma) = t->tag;
	*seen(t->dma + t->size - 1) = t->tag;
}

static void give(struct thing *t)
{
	CHECK_EQ(*seen(t->dma), t->tag);
	CHECK_EQ(*seen(t->dma + t->size - 1), t->tag);
	if (t->kind == MAPPING) {
		qy_dma_unmap_single(&dev, t->dma, t->size, QY_DMA_FROM_DEVICE, 0);
		CHECK_EQ((unsigned char)t->cpu[0], t->tag);
		CHECK_EQ((unsigned char)t->cpu[t->size - 1], t->tag);
		qy_kfree(rig.m, t->cpu);
	} else if (t->kind == COHERENT) {
		CHECK_EQ((unsigned char)t->cpu[0], t->tag);
		qy_dma_free_coherent(&dev, t->size, t->cpu, t->dma);
	} else {
		qy_dma_pool_free(pool, t->cpu, t->dma);
	}
	t->kind = NOTHING;
}

static void *work(void *arg)
{
	struct rig_random random = { qy_test_seed() + (uintptr_t)arg };
	struct thing held[HELD] = { 0 };

	CHECK_EQ(qy_enter_cpu(rig.m, (unsigned int)(uintptr_t)arg), (int)(uintptr_t)arg);
	for (unsigned long i = qy_test_scale(8000); i; i--) {
		struct thing *t = &held[rig_below(&random, HELD)];

		if (t->kind)
			give(t);
		else
			take(&random, t);
	}
	for (int i = 0; i < HELD; i++)
		if (held[i].kind)
			give(&held[i]);
	qy_leave();
	return NULL;
}

static void stress(const struct qy_board_device *desc)
{
	pthread_t thread[THREADS];

	rig_x86(&rig, MIB(64), MIB(64), 1 + THREADS);
	rig.board.dma.swiotlb_slots = 512;
	rig_boot(&rig);
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, desc), 0);
	pool = qy_dma_pool_create("shared", &dev, 48, 16, 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, work, (void *)(i + 1));
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	qy_dma_pool_destroy(pool);
	CHECK_EQ(rig_log_count(&rig, "busy"), 0);
	rig_check_valid(rig.m, "all threads");
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

TEST(dma_stress, threads_on_one_device_behind_an_iommu)
{
	static const struct qy_board_iommu iommu = { .name = "iommu" };
	static const struct qy_board_device desc = { .name = "npu", .iommu = &iommu };

	stress(&desc);
}

TEST(dma_stress, threads_on_one_device_that_is_bounced)
{
	static const struct qy_board_device desc = { .name = "isa" };

	stress(&desc);
}
