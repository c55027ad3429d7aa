// SPDX-License-Identifier: MIT
/* A lamp that blinks. Its timer was still set when remove freed what the timer works on. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/timer.h>

static bool bug;
module_param(bug, bool, 0444);

struct lamp {
	struct timer_list blink;
	bool on;
};

static void lamp_blink(struct timer_list *t)
{
	struct lamp *lamp = from_timer(lamp, t, blink);

	lamp->on = !lamp->on;
	mod_timer(&lamp->blink, jiffies + msecs_to_jiffies(20));
}

static int lamp_probe(struct platform_device *pdev)
{
	struct lamp *lamp = kzalloc(sizeof(*lamp), GFP_KERNEL);

	if (!lamp)
		return -ENOMEM;
	timer_setup(&lamp->blink, lamp_blink, 0);
	mod_timer(&lamp->blink, jiffies + msecs_to_jiffies(20));
	platform_set_drvdata(pdev, lamp);
	return 0;
}

static void lamp_remove(struct platform_device *pdev)
{
	struct lamp *lamp = platform_get_drvdata(pdev);

	if (!bug)
		del_timer_sync(&lamp->blink);
	kfree(lamp);
}

static const struct of_device_id lamp_ids[] = { { .compatible = "acme,lamp" }, {} };
MODULE_DEVICE_TABLE(of, lamp_ids);

static struct platform_driver lamp_driver = {
	.probe = lamp_probe,
	.remove = lamp_remove,
	.driver = { .name = "lamp", .of_match_table = lamp_ids },
};
module_platform_driver(lamp_driver);
MODULE_LICENSE("Dual MIT/GPL");
