// SPDX-License-Identifier: MIT
/*
 * The devices of hw.h in a world of Quarry: models of registers that answer readl() and writel(), and what they do on the
 * virtual clock.
 *
 * State: the devices.
 */
#include "hw.h"

#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/printk.h>

#include <quarry/bus_master.h>
#include <quarry/world.h>

#define FIRST_ADDRESS 0xfe0000000ull
#define FIRST_IRQ     400

struct hw {
	const struct hw_model *model;
	u32 regs[HW_BYTES / sizeof(u32)];
	struct hrtimer timer;
	unsigned int irq;
	struct platform_device *pdev;
	struct qy_bus_master *master;
};

static struct hw devices[HW_DEVICES];

u32 hw_get(const struct hw *hw, unsigned int reg)
{
	return hw->regs[reg / sizeof(u32)];
}

void hw_set(struct hw *hw, unsigned int reg, u32 value)
{
	hw->regs[reg / sizeof(u32)] = value;
}

/* What a bus does not tell a driver is told here, as a mistake of it. */
static bool reached(struct hw *hw, u64 bus, bool fault, const char *what)
{
	if (fault)
		pr_err("WARNING: %s: %s bus address 0x%llx, which leads nowhere\n",
			hw->model->name, what, bus);
	return !fault;
}

bool hw_read(struct hw *hw, u64 bus, void *to, size_t n)
{
	return reached(hw, bus, qy_bus_master_read(hw->master, bus, to, n), "reads from");
}

bool hw_write(struct hw *hw, u64 bus, const void *from, size_t n)
{
	return reached(
		hw, bus, qy_bus_master_write(hw->master, bus, from, n), "writes to");
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct hw *hw = container_of(timer, struct hw, timer);

	if (hw->model->step(hw))
		qy_world_raise_irq(qy_world_of(qy_this_machine()), hw->irq, 0);
	return HRTIMER_NORESTART;
}

static uint64_t answer(void *arg, uint64_t offset, unsigned int bytes)
{
	struct hw *hw = arg;

	return bytes == sizeof(u32) ? hw_get(hw, (unsigned int)offset) : 0;
}

static void take(void *arg, uint64_t offset, uint64_t value, unsigned int bytes)
{
	struct hw *hw = arg;

	if (bytes != sizeof(u32))
		return;
	hw_set(hw, (unsigned int)offset, (u32)value);
	if (!hrtimer_active(&hw->timer))
		hrtimer_start(&hw->timer, ns_to_ktime(HW_PERIOD_NS), HRTIMER_MODE_REL);
}

static void detach(struct hw *hw)
{
	hrtimer_cancel(&hw->timer);
	qy_bus_master_destroy(hw->master);
	platform_device_unregister(hw->pdev);
}

static int attach(struct hw *hw, unsigned int i)
{
	u64 phys = FIRST_ADDRESS + i * HW_BYTES;
	struct qy_registers registers = { hw, answer, take };
	struct qy_bus_master_opts opts = { 0 };
	struct resource resources[] = {
		{ .start = phys, .end = phys + HW_BYTES - 1, .flags = IORESOURCE_MEM },
		{ .start = FIRST_IRQ + i, .end = FIRST_IRQ + i, .flags = IORESOURCE_IRQ },
	};

	hw->model = &hw_models[i];
	hw->irq = FIRST_IRQ + i;
	hrtimer_init(&hw->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hw->timer.function = tick;
	if (qy_world_registers(
		    qy_world_of(qy_this_machine()), phys, HW_BYTES, &registers))
		return -ENOMEM;
	hw->pdev = platform_device_register_simple(
		hw->model->name, PLATFORM_DEVID_NONE, resources, 2);
	if (IS_ERR(hw->pdev))
		return PTR_ERR(hw->pdev);
	hw->master = qy_bus_master_create(&hw->pdev->dev.qy, &opts);
	if (!hw->master) {
		platform_device_unregister(hw->pdev);
		return -ENOMEM;
	}
	return 0;
}

static int __init board_init(void)
{
	unsigned int i;
	int error;

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
