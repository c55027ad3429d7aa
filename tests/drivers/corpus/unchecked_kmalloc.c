// SPDX-License-Identifier: MIT
/* A buzzer. Probe wrote into the melody that it had asked for without a look at the answer. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define NR_NOTES 24

static bool bug;
module_param(bug, bool, 0444);

struct melody {
	unsigned int nr;
	u16 notes[NR_NOTES];
};

static int buzzer_probe(struct platform_device *pdev)
{
	struct melody *melody = kmalloc(sizeof(*melody), GFP_KERNEL);

	if (!bug && !melody)
		return -ENOMEM;
	for (melody->nr = 0; melody->nr < NR_NOTES; melody->nr++)
		melody->notes[melody->nr] = (u16)(440 + 20 * melody->nr);
	platform_set_drvdata(pdev, melody);
	return 0;
}

static void buzzer_remove(struct platform_device *pdev)
{
	kfree(platform_get_drvdata(pdev));
}

static const struct of_device_id buzzer_ids[] = { { .compatible = "acme,buzzer" }, {} };
MODULE_DEVICE_TABLE(of, buzzer_ids);

static struct platform_driver buzzer_driver = {
	.probe = buzzer_probe,
	.remove = buzzer_remove,
	.driver = { .name = "buzzer", .of_match_table = buzzer_ids },
};
module_platform_driver(buzzer_driver);
MODULE_LICENSE("Dual MIT/GPL");
