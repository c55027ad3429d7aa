// SPDX-License-Identifier: MIT
/*
 * QEMU's teaching device in a world of Quarry: a PCI device, what its registers answer, and the DMA that it does by itself. Written
 * from QEMU's description (docs/specs/edu.rst).
 *
 * State: the device.
 */
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/printk.h>

#include <quarry/bus_master.h>
#include <quarry/world.h>

#define REGISTERS   0x100000
#define BUFFER      0x40000
#define BUFFER_SIZE 4096
#define DMA_LINES   28
#define DMA_NS      (100 * NSEC_PER_MSEC)
#define THINKING_NS (10 * NSEC_PER_USEC)

#define IDENTIFICATION 0x010000edu
#define COMPUTING      0x01u
#define IRQ_WHEN_DONE  0x80u
#define IRQ_FACTORIAL  0x1u
#define IRQ_DMA        0x100u
#define DMA_RUN        0x1u
#define DMA_TO_RAM     0x2u
#define DMA_IRQ        0x4u

static struct edu {
	struct pci_dev *pdev;
	struct qy_bus_master *master;
	u32 life, factorial, status, irq_status;
	u64 from, to, bytes, command;
	struct hrtimer dma, thinking;
	u8 buffer[BUFFER_SIZE];
} edu;

/* With MSI a message each; a pin that is pulled already is pulled. */
static void raise(u32 why)
{
	edu.irq_status |= why;
	if (edu.irq_status)
		qy_world_raise_irq(qy_world_of(qy_this_machine()),
			(unsigned int)pci_irq_vector(edu.pdev, 0), 0);
}

static bool is_inside(u64 at)
{
	return at >= BUFFER && at + edu.bytes <= BUFFER + BUFFER_SIZE;
}

/* What a bus does not tell a driver is told here, as a mistake of it. */
static enum hrtimer_restart do_dma(struct hrtimer *timer)
{
	u64 inside = edu.command & DMA_TO_RAM ? edu.from : edu.to;
	u64 bus =
		(edu.command & DMA_TO_RAM ? edu.to : edu.from) & DMA_BIT_MASK(DMA_LINES);
	u32 fault = 0;

	if (!is_inside(inside))
		pr_err("WARNING: edu: DMA of %llu bytes at 0x%llx, outside of its buffer\n",
			edu.bytes, inside);
	else if (!edu.pdev->is_busmaster)
		pr_err("WARNING: edu: DMA while it is no bus master: pci_set_master()\n");
	else if (edu.command & DMA_TO_RAM)
		fault = qy_bus_master_write(
			edu.master, bus, edu.buffer + inside - BUFFER, edu.bytes);
	else
		fault = qy_bus_master_read(
			edu.master, bus, edu.buffer + inside - BUFFER, edu.bytes);
	if (fault)
		pr_err("WARNING: edu: bus address 0x%llx leads nowhere\n", bus);
	edu.command &= ~(u64)DMA_RUN;
	if (edu.command & DMA_IRQ)
		raise(IRQ_DMA);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart think(struct hrtimer *timer)
{
	u32 product = 1;

	for (u32 i = 2; i <= edu.factorial && product; i++)
		product *= i;
	edu.factorial = product;
	edu.status &= ~COMPUTING;
	if (edu.status & IRQ_WHEN_DONE)
		raise(IRQ_FACTORIAL);
	return HRTIMER_NORESTART;
}

/* ------------------------------------------------------------------ registers */

static uint64_t answer(void *arg, uint64_t offset, unsigned int bytes)
{
	switch (offset) {
	case 0x00:
		return IDENTIFICATION;
	case 0x04:
		return edu.life;
	case 0x08:
		return edu.factorial;
	case 0x20:
		return edu.status;
	case 0x24:
		return edu.irq_status;
	case 0x80:
		return edu.from;
	case 0x88:
		return edu.to;
	case 0x90:
		return edu.bytes;
	case 0x98:
		return edu.command;
	default:
		return ~0ull;
	}
}

static void take_dma(uint64_t offset, uint64_t value)
{
	if (edu.command & DMA_RUN)
		return;
	if (offset == 0x80)
		edu.from = value;
	else if (offset == 0x88)
		edu.to = value;
	else if (offset == 0x90)
		edu.bytes = value;
	else if (offset == 0x98 && value & DMA_RUN) {
		edu.command = value;
		hrtimer_start(&edu.dma, ns_to_ktime(DMA_NS), HRTIMER_MODE_REL);
	}
}

static void take(void *arg, uint64_t offset, uint64_t value, unsigned int bytes)
{
	switch (offset) {
	case 0x04:
		edu.life = ~(u32)value;
		break;
	case 0x08:
		if (edu.status & COMPUTING)
			break;
		edu.factorial = (u32)value;
		edu.status |= COMPUTING;
		hrtimer_start(&edu.thinking, ns_to_ktime(THINKING_NS), HRTIMER_MODE_REL);
		break;
	case 0x20:
		edu.status = (edu.status & ~IRQ_WHEN_DONE) | ((u32)value & IRQ_WHEN_DONE);
		break;
	case 0x60:
		raise((u32)value);
		break;
	case 0x64:
		edu.irq_status &= ~(u32)value;
		break;
	default:
		take_dma(offset, value);
	}
}

/* ------------------------------------------------------------------ it comes and goes */

static bool msi = true;
module_param(msi, bool, 0444);
MODULE_PARM_DESC(msi, "it can send messages; else it has its pin alone");

static int __init edu_hw_init(void)
{
	struct qy_world *w = qy_world_of(qy_this_machine());
	struct qy_registers registers = { NULL, answer, take };
	struct qy_bus_master_opts opts = { 0 };
	struct qy_pci_device device = { .vendor = 0x1234,
		.device = 0x11e8,
		.subsystem_vendor = 0x1af4,
		.subsystem_device = 0x1100,
		.class_code = 0x00ff00,
		.revision = 0x10,
		.bar_bytes = { REGISTERS },
		.conventional = true,
		.nr_vectors = msi };
	int n = qy_world_add_pci(w, &device);

	if (n < 0)
		return n;
	hrtimer_init(&edu.dma, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	edu.dma.function = do_dma;
	hrtimer_init(&edu.thinking, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	edu.thinking.function = think;
	edu.pdev = pci_get_device(0x1234, 0x11e8, NULL);
	edu.master = qy_bus_master_create(&edu.pdev->dev.qy, &opts);
	if (edu.master && !qy_world_registers(w, pci_resource_start(edu.pdev, 0),
				  REGISTERS, &registers))
		return 0;
	qy_bus_master_destroy(edu.master);
	pci_dev_put(edu.pdev);
	pci_stop_and_remove_bus_device(edu.pdev);
	return -ENOMEM;
}

static void __exit edu_hw_exit(void)
{
	hrtimer_cancel(&edu.dma);
	hrtimer_cancel(&edu.thinking);
	qy_bus_master_destroy(edu.master);
	pci_dev_put(edu.pdev);
	pci_stop_and_remove_bus_device(edu.pdev);
}

module_init(edu_hw_init);
module_exit(edu_hw_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("QEMU's teaching device");
