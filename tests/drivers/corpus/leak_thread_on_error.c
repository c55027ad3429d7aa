// SPDX-License-Identifier: MIT
/* A watchdog with a thread. A probe that failed behind the thread's start left it running. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

static const struct file_operations dog_fops = { .owner = THIS_MODULE };

struct dog {
	struct task_struct *feeder;
	struct miscdevice misc;
};

static unsigned long dog_fed;

static int dog_feed(void *data)
{
	while (!kthread_should_stop()) {
		WRITE_ONCE(dog_fed, dog_fed + 1);
		msleep_interruptible(20);
	}
	return 0;
}

static int dog_probe(struct platform_device *pdev)
{
	struct dog *dog = devm_kzalloc(&pdev->dev, sizeof(*dog), GFP_KERNEL);
	int error;

	if (!dog)
		return -ENOMEM;
	dog->feeder = kthread_run(dog_feed, NULL, "dog");
	if (IS_ERR(dog->feeder))
		return PTR_ERR(dog->feeder);
	dog->misc.minor = MISC_DYNAMIC_MINOR;
	dog->misc.name = "dog";
	dog->misc.fops = &dog_fops;
	error = misc_register(&dog->misc);
	if (error) {
		if (!bug)
			kthread_stop(dog->feeder);
		return error;
	}
	platform_set_drvdata(pdev, dog);
	return 0;
}

static void dog_remove(struct platform_device *pdev)
{
	struct dog *dog = platform_get_drvdata(pdev);

	misc_deregister(&dog->misc);
	kthread_stop(dog->feeder);
}

static const struct of_device_id dog_ids[] = { { .compatible = "acme,dog" }, {} };
MODULE_DEVICE_TABLE(of, dog_ids);

static struct platform_driver dog_driver = {
	.probe = dog_probe,
	.remove = dog_remove,
	.driver = { .name = "dog", .of_match_table = dog_ids },
};
module_platform_driver(dog_driver);
MODULE_LICENSE("Dual MIT/GPL");
