// SPDX-License-Identifier: MIT
/* A codec. A module whose driver could not be registered left its queue and its cache behind. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

static bool bug;
module_param(bug, bool, 0444);

struct codec_job {
	struct list_head link;
	u32 words[30];
};

static struct workqueue_struct *codec_wq;
static struct kmem_cache *codec_jobs;

static int codec_probe(struct platform_device *pdev)
{
	struct codec_job *job = kmem_cache_zalloc(codec_jobs, GFP_KERNEL);

	if (!job)
		return -ENOMEM;
	platform_set_drvdata(pdev, job);
	return 0;
}

static void codec_remove(struct platform_device *pdev)
{
	kmem_cache_free(codec_jobs, platform_get_drvdata(pdev));
}

static const struct of_device_id codec_ids[] = { { .compatible = "acme,codec" }, {} };
MODULE_DEVICE_TABLE(of, codec_ids);

static struct platform_driver codec_driver = {
	.probe = codec_probe,
	.remove = codec_remove,
	.driver = { .name = "codec", .of_match_table = codec_ids },
};

static int __init codec_init(void)
{
	int error = -ENOMEM;

	codec_wq = alloc_workqueue("codec", 0, 1);
	if (!codec_wq)
		return -ENOMEM;
	codec_jobs = KMEM_CACHE(codec_job, 0);
	if (!codec_jobs)
		goto destroy_queue;
	error = platform_driver_register(&codec_driver);
	if (error)
		goto destroy_cache;
	return 0;

destroy_cache:
	kmem_cache_destroy(codec_jobs);
destroy_queue:
	if (!bug)
		destroy_workqueue(codec_wq);
	return error;
}

static void __exit codec_exit(void)
{
	platform_driver_unregister(&codec_driver);
	kmem_cache_destroy(codec_jobs);
	destroy_workqueue(codec_wq);
}

module_init(codec_init);
module_exit(codec_exit);
MODULE_LICENSE("Dual MIT/GPL");
