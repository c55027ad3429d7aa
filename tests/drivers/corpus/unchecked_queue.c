// SPDX-License-Identifier: MIT
/* A security chip. Work was queued on a queue that there was no memory for. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

static bool bug;
module_param(bug, bool, 0444);

struct tpm {
	struct workqueue_struct *wq;
	struct work_struct selftest;
	bool tested;
};

static void tpm_selftest(struct work_struct *work)
{
	container_of(work, struct tpm, selftest)->tested = true;
}

static int tpm_probe(struct platform_device *pdev)
{
	struct tpm *tpm = devm_kzalloc(&pdev->dev, sizeof(*tpm), GFP_KERNEL);

	if (!tpm)
		return -ENOMEM;
	tpm->wq = alloc_ordered_workqueue("tpm", 0);
	if (!bug && !tpm->wq)
		return -ENOMEM;
	INIT_WORK(&tpm->selftest, tpm_selftest);
	queue_work(tpm->wq, &tpm->selftest);
	platform_set_drvdata(pdev, tpm);
	return 0;
}

static void tpm_remove(struct platform_device *pdev)
{
	struct tpm *tpm = platform_get_drvdata(pdev);

	flush_work(&tpm->selftest);
	destroy_workqueue(tpm->wq);
}

static const struct of_device_id tpm_ids[] = { { .compatible = "acme,tpm" }, {} };
MODULE_DEVICE_TABLE(of, tpm_ids);

static struct platform_driver tpm_driver = {
	.probe = tpm_probe,
	.remove = tpm_remove,
	.driver = { .name = "tpm", .of_match_table = tpm_ids },
};
module_platform_driver(tpm_driver);
MODULE_LICENSE("Dual MIT/GPL");
