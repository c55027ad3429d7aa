// SPDX-License-Identifier: MIT
/*
 * A device that does DMA, in a process: its thread, its interrupt, what it cannot reach.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/bus_master.h>
#include <quarry/dma.h>
#include <quarry/irq.h>
#include <quarry/slab.h>

#include <sched.h>

#define RING 16u

static struct rig rig;
static struct qy_dma_dev dev;
static struct qy_board_device desc;
static struct qy_bus_master *bm;
static struct qy_bus_desc *ring;
static uint64_t ring_dma;
static uint32_t nr_irqs;

static void interrupt(void *arg)
{
	CHECK(qy_in_atomic());
	CHECK(arg == &nr_irqs);
	nr_irqs++;
}

static void attach(uint32_t bits)
{
	struct qy_bus_master_opts opts = { .irq = interrupt, .irq_arg = &nr_irqs };

	rig_x86(&rig, MIB(64), 0, 2);
	rig_boot(&rig);
	desc = (struct qy_board_device){
		.name = "0000:01:00.0", .pci = true, .address_bits = bits
	};
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	dev.driver = "copier";
	CHECK_EQ(
		qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(bits ? bits : 64)), 0);
	bm = qy_bus_master_create(&dev, &opts);
	CHECK(bm);
	ring = qy_dma_alloc_coherent(
		&dev, RING * sizeof(*ring), &ring_dma, QY_GFP_KERNEL);
	CHECK(ring);
	qy_bus_master_set_ring(bm, ring_dma, RING);
	nr_irqs = 0;
}

static void detach(void)
{
	qy_dma_free_coherent(&dev, RING * sizeof(*ring), ring, ring_dma);
	qy_bus_master_destroy(bm);
	qy_dma_dev_remove(&dev);
	rig_check_valid(rig.m, "the device went");
	rig_down(&rig);
}

static void wait_for_irqs(uint32_t nr)
{
	for (uint64_t i = 0; nr_irqs < nr; i++) {
		if (i > 100000000ull)
			FAIL("no interrupt");
		qy_irq_poll();
		sched_yield();
	}
}

TEST(bus_master, copies_fills_and_sums_and_says_so_by_its_interrupt)
{
	uint64_t dma;
	uint8_t *buf;
	uint32_t sum = 0;

	attach(0);
	buf = qy_dma_alloc_coherent(&dev, 3 * QY_PAGE_SIZE, &dma, QY_GFP_KERNEL);
	CHECK(buf);
	for (uint32_t i = 0; i < QY_PAGE_SIZE; i++)
		sum += buf[i] = (uint8_t)(i * 7);
	ring[0] = (struct qy_bus_desc){ dma, dma + QY_PAGE_SIZE + 3, QY_PAGE_SIZE,
		QY_BUS_COPY, 0, 0 };
	ring[1] = (struct qy_bus_desc){ 0, dma + 2 * QY_PAGE_SIZE + 100, 50, QY_BUS_FILL,
		0x1a5, 0 };
	ring[2] = (struct qy_bus_desc){ dma, 0, QY_PAGE_SIZE,
		QY_BUS_CHECKSUM | QY_BUS_IRQ, 9, 0 };
	qy_bus_master_doorbell(bm, 3);
	wait_for_irqs(1);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(ring[i].status, QY_BUS_DONE);
	CHECK(!memcmp(buf, buf + QY_PAGE_SIZE + 3, QY_PAGE_SIZE));
	CHECK_EQ(buf[QY_PAGE_SIZE + 2], 0);
	CHECK_EQ(buf[2 * QY_PAGE_SIZE + 99], 0);
	CHECK_EQ(buf[2 * QY_PAGE_SIZE + 100], 0xa5);
	CHECK_EQ(buf[2 * QY_PAGE_SIZE + 149], 0xa5);
	CHECK_EQ(buf[2 * QY_PAGE_SIZE + 150], 0);
	CHECK_EQ(ring[2].value, sum);
	qy_dma_free_coherent(&dev, 3 * QY_PAGE_SIZE, buf, dma);
	detach();
}

TEST(bus_master, its_interrupt_waits_until_the_cpu_takes_interrupts)
{
	struct qy_bus_master_facts facts;

	attach(0);
	ring[0] = (struct qy_bus_desc){ ring_dma, ring_dma + 1024, 8,
		QY_BUS_COPY | QY_BUS_IRQ, 0, 0 };
	qy_irq_disable();
	qy_bus_master_doorbell(bm, 1);
	do {
		sched_yield();
		qy_bus_master_facts(bm, &facts);
	} while (!facts.done);
	CHECK_EQ(qy_irq_poll(), 0);
	CHECK_EQ(nr_irqs, 0);
	qy_irq_enable();
	wait_for_irqs(1); /* done a moment before it is raised */
	detach();
}

/* What a device asks for beyond its lines, its bus or RAM is told in one line and touches nothing. */
TEST(bus_master, an_address_out_of_its_reach_is_a_fault_that_harms_nothing)
{
	struct qy_bus_master_facts facts;
	uint8_t byte = 0x5a;
	uint64_t dma;
	uint8_t *buf;

	attach(24);
	buf = qy_dma_alloc_coherent(&dev, QY_PAGE_SIZE, &dma, QY_GFP_KERNEL);
	CHECK(buf && dma < MIB(16));
	CHECK_EQ(qy_bus_master_write(bm, dma, &byte, 1), 0);
	CHECK_EQ(buf[0], 0x5a);
	CHECK_EQ(qy_bus_master_write(bm, MIB(16), &byte, 1), QY_DMA_FAULT_WIDTH);
	CHECK_EQ(
		rig_log_count(&rig,
			"copier 0000:01:00.0: DMA write error: [device address=0x0000000001000000] the device does not drive that many address lines\n"),
		1);
	CHECK_EQ(qy_bus_master_read(bm, 0xa0000, &byte, 1), QY_BUS_NO_RAM);
	CHECK_EQ(
		rig_log_count(&rig,
			"copier 0000:01:00.0: DMA read error: [device address=0x00000000000a0000] no RAM is there\n"),
		1);
	ring[0] = (struct qy_bus_desc){ dma, 0x4000000, 8, QY_BUS_COPY, 0, 0 };
	ring[1] = (struct qy_bus_desc){ dma, dma, 8, 77, 0, 0 };
	qy_bus_master_doorbell(bm, 2);
	wait_for_irqs(1); /* a fault raises it unasked */
	for (facts.failed = 0; facts.failed < 2; sched_yield())
		qy_bus_master_facts(bm, &facts);
	CHECK_EQ(ring[0].status, QY_BUS_ERROR | QY_DMA_FAULT_WIDTH);
	CHECK_EQ(ring[1].status, QY_BUS_ERROR | QY_BUS_BAD);
	CHECK_EQ(facts.faults, 3);
	qy_dma_free_coherent(&dev, QY_PAGE_SIZE, buf, dma);
	detach();
}

TEST(bus_master, a_ring_out_of_its_reach_ends_with_an_interrupt)
{
	struct qy_bus_master_facts facts;

	attach(0);
	qy_bus_master_set_ring(bm, GIB(8), RING);
	qy_bus_master_doorbell(bm, 1);
	wait_for_irqs(1);
	qy_bus_master_facts(bm, &facts);
	CHECK_EQ(facts.failed, 1);
	CHECK_EQ(facts.last_dma, GIB(8));
	detach();
}

/* What the window shows is what the device sees, whichever of its addresses leads there. */
TEST(bus_master, addresses_of_its_bus_lead_where_dma_ranges_say)
{
	const struct qy_dma_range range = { GIB(1), 0xc0000000, MIB(64) };
	struct qy_bus_master_opts opts = { 0 };
	uint32_t word = 0xfeedf00d;
	uint64_t dma;
	uint32_t *buf;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	desc = (struct qy_board_device){
		.name = "7e007000.dma", .dma_ranges = &range, .nr_dma_ranges = 1
	};
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	dev.driver = "copier";
	bm = qy_bus_master_create(&dev, &opts);
	buf = qy_dma_alloc_coherent(&dev, QY_PAGE_SIZE, &dma, QY_GFP_KERNEL);
	CHECK(bm && buf);
	CHECK_EQ(dma, qy_virt_to_phys(rig.m, buf) - GIB(1) + 0xc0000000);
	CHECK_EQ(qy_bus_master_write(bm, dma + 8, &word, 4), 0);
	CHECK_EQ(buf[2], 0xfeedf00d);
	CHECK_EQ(qy_bus_master_write(bm, qy_virt_to_phys(rig.m, buf), &word, 4),
		QY_DMA_FAULT_BUS);
	qy_dma_free_coherent(&dev, QY_PAGE_SIZE, buf, dma);
	qy_bus_master_destroy(bm);
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

static uint32_t order_of_calls;

static void note_call(void *arg)
{
	order_of_calls = order_of_calls * 10 + *(uint32_t *)arg;
}

TEST(irq, pending_ones_run_once_and_first_come_first_served)
{
	uint32_t number[] = { 1, 2, 3 };
	struct qy_irq irq[3];

	rig_x86(&rig, MIB(64), 0, 2);
	rig_boot(&rig);
	for (int i = 0; i < 3; i++)
		irq[i] = (struct qy_irq){ .fn = note_call, .arg = &number[i] };
	order_of_calls = 0;
	qy_preempt_disable();
	qy_irq_disable();
	qy_irq_raise(rig.m, 0, &irq[2]);
	qy_irq_raise(rig.m, 0, &irq[0]);
	qy_irq_raise(rig.m, 0, &irq[2]);
	qy_irq_raise(rig.m, 1, &irq[1]); /* another CPU's */
	CHECK_EQ(order_of_calls, 0);
	qy_irq_enable();
	CHECK_EQ(order_of_calls, 31);
	qy_preempt_enable();
	CHECK_EQ(qy_irq_poll(), 0);
	CHECK(qy_irq_cancel(rig.m, &irq[1]));
	CHECK(!qy_irq_cancel(rig.m, &irq[1]));
	CHECK(!qy_irq_cancel(rig.m, &irq[0]));
	rig_down(&rig);
}
