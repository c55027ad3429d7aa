// SPDX-License-Identifier: MIT
/*
 * Devices on the virtual clock: what takes how long, in which order, and that interrupts come at steps.
 *
 * No state.
 */
#define RIG_SIM
#include "tests/model/rig.h"
#include <quarry/bus_master.h>
#include <quarry/irq.h>
#include <quarry/slab.h>

static struct rig rig;
static uint64_t irq_ns;

static void interrupt(void *arg)
{
	(void)arg;
	irq_ns = qy_sim_now(rig.m);
}

TEST(sim_device, a_copy_takes_its_latency_and_its_bytes)
{
	const struct qy_board_device desc = { .name = "dev", .coherent = true };
	struct qy_bus_master_opts opts = {
		.irq = interrupt, .latency_ns = 500, .bytes_per_us = 2000
	};
	struct qy_dma_dev dev;
	struct qy_bus_master *bm;
	struct qy_bus_desc *ring;
	uint64_t dma;
	char *buf;

	rig_x86(&rig, MIB(64), 0, 1);
	rig_boot(&rig);
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	bm = qy_bus_master_create(&dev, &opts);
	ring = qy_dma_alloc_coherent(&dev, 2 * QY_PAGE_SIZE, &dma, QY_GFP_KERNEL);
	CHECK(bm && ring);
	buf = (char *)ring + QY_PAGE_SIZE;
	qy_bus_master_set_ring(bm, dma, 4);
	for (int i = 0; i < 2; i++)
		ring[i] = (struct qy_bus_desc){ .dst = dma + QY_PAGE_SIZE +
						       2000u * (uint32_t)i,
			.length = 2000,
			.command = QY_BUS_FILL | QY_BUS_IRQ,
			.value = 'x' };
	irq_ns = 0;
	qy_bus_master_doorbell(bm, 2);
	qy_sim_advance(rig.m, 1499);
	CHECK_EQ(irq_ns, 0);
	CHECK_EQ(buf[0], 0);
	qy_sim_advance(rig.m, 1);
	CHECK_EQ(irq_ns, 1500);
	CHECK_EQ(buf[1999], 'x');
	CHECK_EQ(buf[2000], 0);
	CHECK_EQ(ring[0].status, QY_BUS_DONE);
	CHECK_EQ(ring[1].status, 0);

	/* while interrupts are off nothing ends: both come at the first step after them */
	qy_irq_disable();
	qy_sim_advance(rig.m, 5000);
	CHECK_EQ(irq_ns, 1500);
	qy_irq_enable();
	CHECK_EQ(ring[1].status, QY_BUS_DONE);
	CHECK_EQ(irq_ns, 6500);
	qy_bus_master_destroy(bm);
	qy_dma_free_coherent(&dev, 2 * QY_PAGE_SIZE, ring, dma);
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

static void free_in_irq(void *arg)
{
	qy_free_pages_addr(rig.m, arg, 0);
	irq_ns = 1;
}

TEST(sim_device, an_interrupt_comes_at_a_step_of_the_allocator)
{
	struct qy_irq irq = { .fn = free_in_irq };

	rig_x86(&rig, MIB(64), 0, 1);
	rig_boot(&rig);
	irq.arg = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	irq_ns = 0;
	qy_irq_raise(rig.m, 0, &irq);
	qy_free_pages_addr(rig.m, qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0), 0);
	CHECK_EQ(irq_ns, 1);
	rig_check_valid(rig.m, "an interrupt freed a page");
	rig_down(&rig);
}
