// SPDX-License-Identifier: MIT
/*
 * The devices of hw.h in a kernel that runs in a virtual machine: their registers are a page of RAM that the command line
 * keeps from the kernel (memmap=64K$0x...), their interrupts lines without a controller, and a timer plays them.
 *
 * Drivers see platform devices with registers and an interrupt, and do not know. Meant for a guest: RAM is mapped as registers.
 *
 * State: the devices.
 */
#include "hw.h"

#include <linux/dma-mapping.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/module.h>
#include <linux/platform_device.h>

static ulong base;
module_param(base, ulong, 0444);
MODULE_PARM_DESC(base, "physical address of 16 KiB that the kernel does not use");

struct hw {
	const struct hw_model *model;
	void __iomem *regs;
	struct hrtimer timer;
	int irq;
	struct platform_device *pdev;
};

static struct hw devices[HW_DEVICES];

u32 hw_get(const struct hw *hw, unsigned int reg)
{
	return readl(hw->regs + reg);
}

void hw_set(struct hw *hw, unsigned int reg, u32 value)
{
	writel(value, hw->regs + reg);
}

/* There is no IOMMU: a bus address is a physical one. */
static void *reach(u64 bus, size_t n)
{
	if (!bus || !pfn_valid(PHYS_PFN(bus)) || !pfn_valid(PHYS_PFN(bus + n - 1)))
		return NULL;
	return phys_to_virt(bus);
}

bool hw_read(struct hw *hw, u64 bus, void *to, size_t n)
{
	void *from = reach(bus, n);

	if (from)
		memcpy(to, from, n);
	return from;
}

bool hw_write(struct hw *hw, u64 bus, const void *from, size_t n)
{
	void *to = reach(bus, n);

	if (to)
		memcpy(to, from, n);
	return to;
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct hw *hw = container_of(timer, struct hw, timer);

	if (hw->model->step(hw))
		generic_handle_irq(hw->irq);
	hrtimer_forward_now(timer, ns_to_ktime(HW_PERIOD_NS));
	return HRTIMER_RESTART;
}

static void detach(struct hw *hw)
{
	platform_device_unregister(hw->pdev);
	hrtimer_cancel(&hw->timer);
	irq_free_desc(hw->irq);
	iounmap(hw->regs);
}

static int attach(struct hw *hw, unsigned int i)
{
	phys_addr_t phys = base + i * HW_BYTES;
	struct resource resources[] = {
		{ .start = phys, .end = phys + HW_BYTES - 1, .flags = IORESOURCE_MEM },
		{ .flags = IORESOURCE_IRQ },
	};
	int error = -ENOMEM;

	hw->model = &hw_models[i];
	hw->regs = ioremap(phys, HW_BYTES);
	if (!hw->regs)
		return error;
	memset_io(hw->regs, 0, HW_BYTES);
	hw->irq = irq_alloc_desc(NUMA_NO_NODE);
	if (hw->irq < 0) {
		error = hw->irq;
		goto unmap;
	}
	irq_set_chip_and_handler(hw->irq, &dummy_irq_chip, handle_simple_irq);
	irq_modify_status(hw->irq, IRQ_NOREQUEST | IRQ_NOPROBE, 0);
	resources[1].start = resources[1].end = hw->irq;
	hw->pdev = platform_device_register_simple(
		hw->model->name, PLATFORM_DEVID_NONE, resources, 2);
	if (IS_ERR(hw->pdev)) {
		error = PTR_ERR(hw->pdev);
		goto free_irq;
	}
	hrtimer_init(&hw->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hw->timer.function = tick;
	hrtimer_start(&hw->timer, ns_to_ktime(HW_PERIOD_NS), HRTIMER_MODE_REL);
	return 0;
free_irq:
	irq_free_desc(hw->irq);
unmap:
	iounmap(hw->regs);
	return error;
}

static int __init board_init(void)
{
	unsigned int i;
	int error;

	if (!base)
		return -EINVAL;
	for (i = 0; i < HW_DEVICES; i++) {
		error = attach(&devices[i], i);
		if (error)
			goto detach;
	}
	return 0;
detach:
	while (i--)
		detach(&devices[i]);
	return error;
}

static void __exit board_exit(void)
{
	unsigned int i;

	for (i = HW_DEVICES; i--;)
		detach(&devices[i]);
}

module_init(board_init);
module_exit(board_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("four devices for the example drivers");
