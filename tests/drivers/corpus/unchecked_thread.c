// SPDX-License-Identifier: MIT
/* A pump with a thread. kthread_run() says its error as a pointer; what was looked for was NULL. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>

static bool bug;
module_param(bug, bool, 0444);

static unsigned int pump_strokes;

static int pump_run(void *data)
{
	while (!kthread_should_stop()) {
		pump_strokes++;
		msleep_interruptible(50);
	}
	return 0;
}

static int pump_probe(struct platform_device *pdev)
{
	struct task_struct *task = kthread_run(pump_run, NULL, "pump");

	if (bug ? !task : IS_ERR(task))
		return -ENOMEM;
	platform_set_drvdata(pdev, task);
	return 0;
}

static void pump_remove(struct platform_device *pdev)
{
	kthread_stop(platform_get_drvdata(pdev));
}

static const struct of_device_id pump_ids[] = { { .compatible = "acme,pump" }, {} };
MODULE_DEVICE_TABLE(of, pump_ids);

static struct platform_driver pump_driver = {
	.probe = pump_probe,
	.remove = pump_remove,
	.driver = { .name = "pump", .of_match_table = pump_ids },
};
module_platform_driver(pump_driver);
MODULE_LICENSE("Dual MIT/GPL");
