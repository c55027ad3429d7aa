// SPDX-License-Identifier: MIT
/*
 * A driver with every mistake that `quarry check` has a word for: `mistake=NAME` makes one, without it there is none.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/uaccess.h>

#define RING_BYTES 8192

static char *mistake = "";
module_param(mistake, charp, 0444);
MODULE_PARM_DESC(mistake, "which one is made");

struct gadget {
	struct device *dev;
	void __iomem *regs;
	void *ring;
	dma_addr_t ring_dma;
	struct miscdevice misc;
	struct timer_list timer;
	struct completion done;
	spinlock_t lock;
	atomic_t frames;
	void *frame; /* of the open file */
	u8 text[64];
};

static struct kmem_cache *frames;
static void *forgotten;
static void *hoard[8]; /* freed when the module goes, not with the device */
static int nr_hoarded;

static bool makes(const char *name)
{
	return !strcmp(mistake, name);
}

/* ------------------------------------------------------------------ the device */

/* Of an interrupt that has been. */
struct past {
	struct list_head list;
};

static LIST_HEAD(all_past);
static int nr_past;

/* Up to @most of them; the oldest one goes. */
static void remember(int most)
{
	struct past *past = kmalloc(sizeof(*past), GFP_ATOMIC);

	if (!past)
		return;
	list_add_tail(&past->list, &all_past);
	if (nr_past++ < most)
		return;
	past = list_first_entry(&all_past, struct past, list);
	list_del(&past->list);
	kfree(past);
	nr_past--;
}

static void forget_all(void)
{
	struct past *past, *next;

	list_for_each_entry_safe(past, next, &all_past, list) {
		list_del(&past->list);
		kfree(past);
	}
	nr_past = 0;
}

static irqreturn_t gadget_irq(int irq, void *data)
{
	struct gadget *g = data;

	if (makes("grows"))
		remember(INT_MAX);
	if (makes("bounded")) /* no mistake */
		remember(300);
	atomic_inc(&g->frames);
	if (makes("early"))
		((u8 *)g->ring)[0] = 1; /* it is there once probe is done */
	if (makes("irq")) {
		void *p = kmalloc(64, GFP_KERNEL); /* may sleep */

		kfree(p);
	}
	complete(&g->done);
	return IRQ_HANDLED;
}

static void gadget_timer(struct timer_list *t)
{
	struct gadget *g = from_timer(g, t, timer);

	mod_timer(&g->timer, jiffies + HZ);
}

/* ------------------------------------------------------------------ its file */

static struct gadget *gadget_of(struct file *file)
{
	return container_of(file->private_data, struct gadget, misc);
}

static int gadget_open(struct inode *inode, struct file *file)
{
	struct gadget *g = gadget_of(file);

	g->frame = kmem_cache_alloc(frames, GFP_KERNEL);
	return g->frame ? 0 : -ENOMEM;
}

static int gadget_release(struct inode *inode, struct file *file)
{
	struct gadget *g = gadget_of(file);

	if (!makes("close"))
		kmem_cache_free(frames, g->frame);
	return 0;
}

static ssize_t gadget_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	struct gadget *g = gadget_of(file);

	return simple_read_from_buffer(buf, n, pos, g->text, strlen(g->text));
}

static ssize_t gadget_write(
	struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	struct gadget *g = gadget_of(file);

	if (n >= sizeof(g->text))
		return -EINVAL;
	if (copy_from_user(g->text, buf, n))
		return -EFAULT;
	g->text[n] = '\0';
	return n;
}

#define GADGET_WAIT   _IO('g', 0) /* for the next interrupt */
#define GADGET_FRAMES _IOR('g', 1, int)

static long gadget_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct gadget *g = gadget_of(file);
	int count = atomic_read(&g->frames);

	switch (cmd) {
	case GADGET_WAIT:
		if (!wait_for_completion_timeout(&g->done, HZ))
			return -ETIMEDOUT;
		return 0;
	case GADGET_FRAMES:
		return copy_to_user((void __user *)arg, &count, sizeof(count)) ? -EFAULT
									       : 0;
	default:
		return -ENOTTY;
	}
}

static const struct file_operations gadget_fops = {
	.owner = THIS_MODULE,
	.open = gadget_open,
	.release = gadget_release,
	.read = gadget_read,
	.write = gadget_write,
	.unlocked_ioctl = gadget_ioctl,
};

static int gadget_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%p\n", kmalloc(24, GFP_KERNEL));
	return 0;
}

/* ------------------------------------------------------------------ mistakes of probe */

static noinline int fall(int depth)
{
	volatile char room[512];

	room[0] = (char)depth;
	if (depth < 0)
		return 0;
	return fall(depth + 1) + room[0];
}

static noinline void make_mistake(struct gadget *g)
{
	struct completion never;
	void *p;

	if (makes("object"))
		forgotten = kmalloc(300, GFP_KERNEL);
	if (makes("orphan"))
		kmalloc(72, GFP_KERNEL);
	if (makes("unchecked")) {
		p = kmalloc(64, GFP_KERNEL);
		WRITE_ONCE(*(int *)p, 0);
		kfree(p);
	}
	if (makes("over") || makes("after")) {
		p = kmalloc(60, GFP_KERNEL);
		if (makes("after"))
			kfree(p);
		memset(p, 0, makes("over") ? 61 : 60);
		if (makes("over"))
			kfree(p);
	}
	if (makes("order")) {
		static DEFINE_SPINLOCK(first);

		spin_lock(&first);
		spin_lock(&g->lock);
		spin_unlock(&g->lock);
		spin_unlock(&first);
		spin_lock(&g->lock);
		spin_lock(&first);
		spin_unlock(&first);
		spin_unlock(&g->lock);
	}
	if (makes("entry") || makes("show"))
		proc_create_single("driver/gadget", 0444, NULL, gadget_show);
	if (makes("hoard"))
		hoard[nr_hoarded++] = kmalloc(40, GFP_KERNEL);
	if (makes("null"))
		WRITE_ONCE(*(int *)NULL, 1);
	if (makes("wild")) {
		struct list_head one, *at = &one;

		INIT_LIST_HEAD(&one);
		list_del(&one);
		OPTIMIZER_HIDE_VAR(at);
		at->next->prev = at;
	}
	if (makes("jump"))
		((void (*)(void))8)();
	if (makes("recurse"))
		fall(0);
	if (makes("spin"))
		while (!READ_ONCE(forgotten))
			;
	if (makes("poll"))
		while (!(readl(g->regs) & BIT(31)))
			;
	if (makes("wait")) {
		init_completion(&never);
		wait_for_completion(&never);
	}
	if (makes("sleep")) {
		spin_lock(&g->lock);
		p = kmalloc(64, GFP_KERNEL);
		spin_unlock(&g->lock);
		kfree(p);
	}
	if (makes("deadlock")) {
		spin_lock(&g->lock);
		spin_lock(&g->lock);
	}
	if (makes("bug"))
		BUG();
	if (makes("warn"))
		WARN(g->dev != NULL, "level %d is too high\n", 7);
	if (makes("unmap"))
		dma_unmap_single(g->dev, g->ring_dma + RING_BYTES, 64, DMA_TO_DEVICE);
	if (makes("large")) { /* no mistake: larger than any block */
		dma_addr_t handle;

		p = dma_alloc_coherent(g->dev, 8 << 20, &handle, GFP_KERNEL);
		if (p)
			dma_free_coherent(g->dev, 8 << 20, p, handle);
	}
	if (makes("map")) {
		p = kmalloc(64, GFP_KERNEL);
		dma_map_single(g->dev, p, 64, DMA_TO_DEVICE);
		kfree(p);
	}
}

static int gadget_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct gadget *g = devm_kzalloc(dev, sizeof(*g), GFP_KERNEL);
	int irq, error;

	if (!g)
		return -ENOMEM;
	g->dev = dev;
	spin_lock_init(&g->lock);
	init_completion(&g->done);
	atomic_set(&g->frames, 0);
	platform_set_drvdata(pdev, g);
	g->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(g->regs))
		return PTR_ERR(g->regs);
	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	error = devm_request_irq(dev, irq, gadget_irq, 0, dev_name(dev), g);
	if (error)
		return error;
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	g->ring = dma_alloc_coherent(dev, RING_BYTES, &g->ring_dma, GFP_KERNEL);
	if (!g->ring)
		return -ENOMEM;
	make_mistake(g);
	g->misc.minor = MISC_DYNAMIC_MINOR;
	g->misc.name = "gadget";
	g->misc.fops = &gadget_fops;
	error = makes("refuse") ? -EIO : misc_register(&g->misc);
	if (error) {
		if (!makes("refuse") && !makes("path"))
			dma_free_coherent(dev, RING_BYTES, g->ring, g->ring_dma);
		return dev_err_probe(dev, error, "no file\n");
	}
	timer_setup(&g->timer, gadget_timer, 0);
	mod_timer(&g->timer, jiffies + HZ);
	dev_info(dev, "ready, interrupt %d\n", irq);
	return 0;
}

static void gadget_remove(struct platform_device *pdev)
{
	struct gadget *g = platform_get_drvdata(pdev);

	if (!makes("timer"))
		del_timer_sync(&g->timer);
	forget_all();
	misc_deregister(&g->misc);
	if (makes("show"))
		remove_proc_entry("driver/gadget", NULL);
	if (!makes("ring"))
		dma_free_coherent(g->dev, RING_BYTES, g->ring, g->ring_dma);
}

static const struct of_device_id gadget_ids[] = { { .compatible = "quarry,gadget" }, {} };
MODULE_DEVICE_TABLE(of, gadget_ids);

static struct platform_driver gadget_driver = {
	.probe = gadget_probe,
	.remove = gadget_remove,
	.driver = { .name = "gadget", .of_match_table = gadget_ids },
};

static int __init gadget_init(void)
{
	int error;

	if (makes("init"))
		return -ENODEV;
	frames = kmem_cache_create("gadget_frame", 192, 0, 0, NULL);
	if (!frames)
		return -ENOMEM;
	error = platform_driver_register(&gadget_driver);
	if (error)
		kmem_cache_destroy(frames);
	return error;
}

static void __exit gadget_exit(void)
{
	platform_driver_unregister(&gadget_driver);
	while (nr_hoarded)
		kfree(hoard[--nr_hoarded]);
	if (!makes("cache"))
		kmem_cache_destroy(frames);
}

module_init(gadget_init);
module_exit(gadget_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("every mistake of a driver, one at a time");
