// SPDX-License-Identifier: MIT
/*
 * What goes with its device: memory that a driver need not free.
 *
 *   qy_dmam_alloc_attrs, qy_dmam_free_coherent
 *   qy_dma_dev_release_managed
 *
 * Locking: dev_lock for a device's list; memory is given back without it.
 */
#include "mm/dma/internal.h"

static void free_memory(struct qy_dma_dev *dev, struct qy_dma_managed *managed)
{
	qy_dma_free_attrs(
		dev, managed->size, managed->what, managed->dma, managed->attrs);
}

void *qy_dmam_alloc_attrs(struct qy_dma_dev *dev, size_t size, uint64_t *dma,
	qy_gfp_t gfp, unsigned long attrs)
{
	struct qy_dma_managed *managed =
		qy_kmalloc(dev->machine, sizeof(*managed), gfp & ~QY___GFP_COMP);
	void *cpu;

	if (!managed)
		return NULL;
	cpu = qy_dma_alloc_attrs(dev, size, dma, gfp, attrs);
	if (!cpu) {
		qy_kfree(dev->machine, managed);
		return NULL;
	}
	*managed = (struct qy_dma_managed){ .release = free_memory,
		.what = cpu,
		.dma = *dma,
		.size = size,
		.attrs = attrs };
	qy_dma_manage(dev, managed);
	return cpu;
}

void qy_dma_manage(struct qy_dma_dev *dev, struct qy_dma_managed *managed)
{
	qy_spin_lock_irqsave(&dma_of(dev)->dev_lock);
	managed->next = dev->managed;
	dev->managed = managed;
	qy_spin_unlock_irqrestore(&dma_of(dev)->dev_lock);
}

struct qy_dma_managed *qy_dma_forget(struct qy_dma_dev *dev, const void *what)
{
	struct qy_dma_managed **link, *found;

	qy_spin_lock_irqsave(&dma_of(dev)->dev_lock);
	for (link = &dev->managed; *link && (*link)->what != what; link = &(*link)->next)
		;
	found = *link;
	if (found)
		*link = found->next;
	qy_spin_unlock_irqrestore(&dma_of(dev)->dev_lock);
	return found;
}

void qy_dmam_free_coherent(struct qy_dma_dev *dev, size_t size, void *cpu, uint64_t dma)
{
	struct qy_dma_managed *managed = qy_dma_forget(dev, cpu);

	if (!managed)
		qy_dma_dev_say(dev, QY_LOG_WARNING,
			"WARNING: dmam_free_coherent of memory that the device does not manage");
	qy_dma_free_attrs(dev, size, cpu, dma, managed ? managed->attrs : 0);
	qy_kfree(dev->machine, managed);
}

void qy_dma_dev_release_managed(struct qy_dma_dev *dev)
{
	struct qy_dma *dma = dma_of(dev);

	for (;;) {
		struct qy_dma_managed *managed;

		qy_spin_lock_irqsave(&dma->dev_lock);
		managed = dev->managed;
		if (managed)
			dev->managed = managed->next;
		qy_spin_unlock_irqrestore(&dma->dev_lock);
		if (!managed)
			return;
		managed->release(dev, managed);
		qy_kfree(dev->machine, managed);
	}
}
