// SPDX-License-Identifier: MIT
/* A camera whose interrupt queues a frame. At remove the queue went, the frames that still waited in it did not. */
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static bool bug;
module_param(bug, bool, 0444);

struct frame {
	struct list_head link;
	u32 sequence;
	u8 header[84];
};

struct cam {
	spinlock_t lock; /* of the queue */
	struct list_head done;
	u32 sequence;
	int irq;
};

static irqreturn_t cam_irq(int irq, void *data)
{
	struct cam *cam = data;
	struct frame *frame = kzalloc(sizeof(*frame), GFP_ATOMIC);

	if (!frame)
		return IRQ_HANDLED; /* dropped */
	spin_lock(&cam->lock);
	frame->sequence = cam->sequence++;
	list_add_tail(&frame->link, &cam->done);
	spin_unlock(&cam->lock);
	return IRQ_HANDLED;
}

static int cam_probe(struct platform_device *pdev)
{
	struct cam *cam = kzalloc(sizeof(*cam), GFP_KERNEL);
	int error;

	if (!cam)
		return -ENOMEM;
	spin_lock_init(&cam->lock);
	INIT_LIST_HEAD(&cam->done);
	platform_set_drvdata(pdev, cam);
	cam->irq = platform_get_irq(pdev, 0);
	error = cam->irq < 0 ? cam->irq : request_irq(cam->irq, cam_irq, 0, "cam", cam);
	if (error)
		kfree(cam);
	return error;
}

static void cam_remove(struct platform_device *pdev)
{
	struct cam *cam = platform_get_drvdata(pdev);
	struct frame *frame, *next;

	free_irq(cam->irq, cam);
	if (!bug)
		list_for_each_entry_safe(frame, next, &cam->done, link)
			kfree(frame);
	kfree(cam);
}

static const struct of_device_id cam_ids[] = { { .compatible = "acme,cam" }, {} };
MODULE_DEVICE_TABLE(of, cam_ids);

static struct platform_driver cam_driver = {
	.probe = cam_probe,
	.remove = cam_remove,
	.driver = { .name = "cam", .of_match_table = cam_ids },
};
module_platform_driver(cam_driver);
MODULE_LICENSE("Dual MIT/GPL");
