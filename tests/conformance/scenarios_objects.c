// SPDX-License-Identifier: MIT
/*
 * Scenarios of the rooms above the object floor: DMA, and bugs made on purpose, whose log text is the result. Built into
 * the Linux module; Quarry builds them room by room.
 */
#include "scenarios.h"
#include <linux/spinlock.h>
#include <linux/delay.h>
#include <linux/sched.h>

/* ------------------------------------------------------------------ deliberate bugs (log text is the result) */
static void sc_bug_dmapool(void)
{
	struct dma_pool *p = dma_pool_create("orc_busy", orc_dev(), 64, 8, 0);
	dma_addr_t h;
	void *v = dma_pool_alloc(p, GFP_KERNEL, &h);

	I("dma_pool busy alloc %d", !!v);
	dma_pool_destroy(p);
}
static void sc_bug_dma_leak(void)
{
	dma_addr_t h;
	void *v = dma_alloc_coherent(orc_dev(), 4096, &h, GFP_KERNEL);

	dma_free_coherent(orc_dev(), 8192 - 4096, v, h + 4096 - 4096);
	v = dma_alloc_coherent(orc_dev(), 4096, &h, GFP_KERNEL);
	dma_free_coherent(orc_dev(), 2048, v, h); /* wrong size: DMA-API debug text */
}
static DEFINE_SPINLOCK(sl);
static void sc_sleep_atomic(void)
{
	void *p;

	spin_lock(&sl);
	p = kmalloc(hide(32), GFP_KERNEL);
	spin_unlock(&sl);
	kfree(p);
	msleep(1500); /* the report is rate limited to one per second */
	spin_lock(&sl);
	p = (void *)__get_free_page(GFP_KERNEL);
	spin_unlock(&sl);
	free_page((unsigned long)p);
	msleep(1500);
	spin_lock(&sl);
	p = vmalloc(4096);
	spin_unlock(&sl);
	vfree(p);
	msleep(1500);
	spin_lock(&sl);
	p = kmalloc(hide(32), GFP_ATOMIC);
	spin_unlock(&sl);
	kfree(p);
	E("sleep_atomic done");
}
const struct orc_scenario orc_object_scenarios[] = {
	{ "bug_dmapool", sc_bug_dmapool, "" },
	{ "bug_dma_leak", sc_bug_dma_leak, "" },
	{ "sleep_atomic", sc_sleep_atomic, "needs DEBUG_ATOMIC_SLEEP" },
	{ NULL, NULL, NULL },
};
