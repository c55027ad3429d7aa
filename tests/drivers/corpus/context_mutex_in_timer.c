// SPDX-License-Identifier: MIT
/* A meter that is read every 20 ms. The timer's function took a mutex; work does that now. */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

static bool bug;
module_param(bug, bool, 0444);

struct meter {
	struct mutex lock; /* of the sums */
	struct timer_list timer;
	struct work_struct work;
	u64 sum;
};

static void meter_read(struct meter *meter)
{
	mutex_lock(&meter->lock);
	meter->sum += 3;
	mutex_unlock(&meter->lock);
}

static void meter_work(struct work_struct *work)
{
	meter_read(container_of(work, struct meter, work));
}

static void meter_timer(struct timer_list *t)
{
	struct meter *meter = from_timer(meter, t, timer);

	if (bug)
		meter_read(meter);
	else
		schedule_work(&meter->work);
	mod_timer(&meter->timer, jiffies + msecs_to_jiffies(20));
}

static int meter_probe(struct platform_device *pdev)
{
	struct meter *meter = devm_kzalloc(&pdev->dev, sizeof(*meter), GFP_KERNEL);

	if (!meter)
		return -ENOMEM;
	mutex_init(&meter->lock);
	INIT_WORK(&meter->work, meter_work);
	timer_setup(&meter->timer, meter_timer, 0);
	mod_timer(&meter->timer, jiffies + 1);
	platform_set_drvdata(pdev, meter);
	return 0;
}

static void meter_remove(struct platform_device *pdev)
{
	struct meter *meter = platform_get_drvdata(pdev);

	timer_shutdown_sync(&meter->timer);
	cancel_work_sync(&meter->work);
}

static const struct of_device_id meter_ids[] = { { .compatible = "acme,meter" }, {} };
MODULE_DEVICE_TABLE(of, meter_ids);

static struct platform_driver meter_driver = {
	.probe = meter_probe,
	.remove = meter_remove,
	.driver = { .name = "meter", .of_match_table = meter_ids },
};
module_platform_driver(meter_driver);
MODULE_LICENSE("Dual MIT/GPL");
