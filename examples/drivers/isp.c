// SPDX-License-Identifier: MIT
/*
 * A camera's image signal processor: buffers are queued, filled by the device, and dequeued, as V4L2 does it.
 *
 *   ioctl I 0 {count, bytes}                        buffers are there; count 0: no more
 *   ioctl I 1 {index, -, -, -}                      QBUF: the device may fill this one
 *   ioctl I 2 {index, sequence, bytes, checksum}    DQBUF: the next that is full; waits for it, unless O_NONBLOCK
 *   ioctl I 3, I 4                                  the stream is on, off
 *   read()                                          what was measured of each frame: {sequence, mean}
 *
 * Memory: buffers are blocks of the page allocator, mapped for the device while they are queued. Each queued buffer has a
 * descriptor from a cache; each finished frame leaves a record of another, taken by the interrupt handler.
 *
 * Locking: `mutex` for what programs do; `lock` for the lists, also taken by the handler.
 */
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "hw/hw.h"

#define MAX_BUFFERS 8
#define MAX_BYTES   (1u << 20)
#define MAX_RECORDS 16
#define STOP_US     100000

struct isp_request {
	__u32 count, bytes;
};

struct isp_buffer {
	__u32 index, sequence, bytes, checksum;
};

struct isp_record {
	__u32 sequence, mean;
};

#define ISP_REQBUFS   _IOWR('I', 0, struct isp_request)
#define ISP_QBUF      _IOW('I', 1, struct isp_buffer)
#define ISP_DQBUF     _IOWR('I', 2, struct isp_buffer)
#define ISP_STREAMON  _IO('I', 3)
#define ISP_STREAMOFF _IO('I', 4)

/* A buffer on its way. */
struct isp_frame {
	struct list_head link;
	u32 index, sequence;
	dma_addr_t dma;
};

struct isp_stat {
	struct list_head link;
	struct isp_record record;
};

struct isp {
	struct device *dev;
	void __iomem *regs;
	struct miscdevice misc;
	struct kmem_cache *frames, *stats;
	wait_queue_head_t wait;
	unsigned long opened;

	struct mutex mutex;
	struct page *page[MAX_BUFFERS];
	bool queued_buffer[MAX_BUFFERS];
	u32 nr_buffers, bytes;

	spinlock_t lock;
	struct list_head queued, done, records;
	struct isp_frame *active; /* what the device fills now */
	u32 nr_records, sequence;
	bool streaming;
};

/* ------------------------------------------------------------------ the device */

/* isp->lock is held. */
static void isp_start_next(struct isp *isp)
{
	struct isp_frame *frame =
		list_first_entry_or_null(&isp->queued, struct isp_frame, link);

	if (isp->active || !isp->streaming || !frame)
		return;
	list_del(&frame->link);
	isp->active = frame;
	frame->sequence = isp->sequence++;
	writel(lower_32_bits(frame->dma), isp->regs + ISP_BUFFER_LO);
	writel(upper_32_bits(frame->dma), isp->regs + ISP_BUFFER_HI);
	writel(isp->bytes, isp->regs + ISP_LENGTH);
	writel(frame->sequence, isp->regs + ISP_FRAME);
	writel(1, isp->regs + ISP_QUEUE);
}

/* A record that finds no memory is lost; the frame is not. */
static void isp_record(struct isp *isp, u32 sequence)
{
	struct isp_stat *stat;

	if (isp->nr_records == MAX_RECORDS)
		return;
	stat = kmem_cache_alloc(isp->stats, GFP_ATOMIC);
	if (!stat)
		return;
	stat->record.sequence = sequence;
	stat->record.mean = readl(isp->regs + ISP_MEAN);
	list_add_tail(&stat->link, &isp->records);
	isp->nr_records++;
}

static irqreturn_t isp_interrupt(int irq, void *data)
{
	struct isp *isp = data;
	u32 status = readl(isp->regs + HW_STATUS);

	if (!(status & HW_DONE))
		return IRQ_NONE;
	writel(status, isp->regs + HW_ACK);
	spin_lock(&isp->lock);
	if (isp->active) {
		isp_record(isp, isp->active->sequence);
		list_add_tail(&isp->active->link, &isp->done);
		isp->active = NULL;
	}
	isp_start_next(isp);
	spin_unlock(&isp->lock);
	wake_up_interruptible(&isp->wait);
	return IRQ_HANDLED;
}

/* ------------------------------------------------------------------ buffers */

static void isp_put_frame(struct isp *isp, struct isp_frame *frame)
{
	dma_unmap_page(isp->dev, frame->dma, isp->bytes, DMA_FROM_DEVICE);
	isp->queued_buffer[frame->index] = false;
	kmem_cache_free(isp->frames, frame);
}

static void isp_free_buffers(struct isp *isp)
{
	while (isp->nr_buffers)
		__free_pages(isp->page[--isp->nr_buffers], get_order(isp->bytes));
}

static int isp_request_buffers(struct isp *isp, struct isp_request *request)
{
	u32 i;

	if (isp->streaming)
		return -EBUSY;
	for (i = 0; i < isp->nr_buffers; i++)
		if (isp->queued_buffer[i])
			return -EBUSY;
	if (request->count > MAX_BUFFERS || request->bytes > MAX_BYTES ||
		(request->count && !request->bytes))
		return -EINVAL;
	isp_free_buffers(isp);
	isp->bytes = request->bytes;
	while (isp->nr_buffers < request->count) {
		struct page *page =
			alloc_pages(GFP_KERNEL | __GFP_ZERO, get_order(isp->bytes));

		if (!page) {
			isp_free_buffers(isp);
			return -ENOMEM;
		}
		isp->page[isp->nr_buffers++] = page;
	}
	return 0;
}

static int isp_queue(struct isp *isp, u32 index)
{
	struct isp_frame *frame;
	unsigned long flags;

	if (index >= isp->nr_buffers)
		return -EINVAL;
	if (isp->queued_buffer[index])
		return -EBUSY;
	frame = kmem_cache_alloc(isp->frames, GFP_KERNEL);
	if (!frame)
		return -ENOMEM;
	frame->index = index;
	frame->dma =
		dma_map_page(isp->dev, isp->page[index], 0, isp->bytes, DMA_FROM_DEVICE);
	if (dma_mapping_error(isp->dev, frame->dma)) {
		kmem_cache_free(isp->frames, frame);
		return -EIO;
	}
	isp->queued_buffer[index] = true;
	spin_lock_irqsave(&isp->lock, flags);
	list_add_tail(&frame->link, &isp->queued);
	isp_start_next(isp);
	spin_unlock_irqrestore(&isp->lock, flags);
	return 0;
}

static struct isp_frame *isp_take_done(struct isp *isp)
{
	struct isp_frame *frame;

	spin_lock_irq(&isp->lock);
	frame = list_first_entry_or_null(&isp->done, struct isp_frame, link);
	if (frame)
		list_del(&frame->link);
	spin_unlock_irq(&isp->lock);
	return frame;
}

/* Will the device finish another frame? */
static bool isp_goes_on(struct isp *isp)
{
	bool goes_on;

	spin_lock_irq(&isp->lock);
	goes_on = isp->streaming && (isp->active || !list_empty(&isp->queued));
	spin_unlock_irq(&isp->lock);
	return goes_on;
}

static u32 isp_checksum(const u8 *bytes, u32 n)
{
	u32 sum = 0, i;

	for (i = 0; i < n; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

/* Called with isp->mutex held, which it gives up while it waits. */
static int isp_dequeue(struct isp *isp, bool wait, struct isp_buffer *buffer)
{
	struct isp_frame *frame;
	int error;

	while (!(frame = isp_take_done(isp))) {
		if (!wait)
			return -EAGAIN;
		if (!isp_goes_on(isp))
			return -EINVAL;
		mutex_unlock(&isp->mutex);
		error = wait_event_interruptible(
			isp->wait, !list_empty(&isp->done) || !isp->streaming);
		mutex_lock(&isp->mutex);
		if (error)
			return error;
	}
	buffer->index = frame->index;
	buffer->sequence = frame->sequence;
	buffer->bytes = isp->bytes;
	isp_put_frame(isp, frame);
	buffer->checksum =
		isp_checksum(page_address(isp->page[buffer->index]), buffer->bytes);
	return 0;
}

/* ------------------------------------------------------------------ the stream */

static void isp_stream_on(struct isp *isp)
{
	spin_lock_irq(&isp->lock);
	if (!isp->streaming) {
		isp->streaming = true;
		isp->sequence = 0;
		writel(1, isp->regs + HW_CONTROL);
		isp_start_next(isp);
	}
	spin_unlock_irq(&isp->lock);
}

/* All buffers are the program's again, and what was measured is forgotten. */
static void isp_stream_off(struct isp *isp)
{
	struct isp_frame *frame, *next;
	struct isp_stat *stat, *next_stat;
	LIST_HEAD(frames);
	LIST_HEAD(records);
	u32 busy;

	spin_lock_irq(&isp->lock);
	isp->streaming = false;
	writel(0, isp->regs + HW_CONTROL);
	spin_unlock_irq(&isp->lock);
	if (readl_poll_timeout(isp->regs + ISP_QUEUE, busy, !busy, 100, STOP_US))
		dev_err(isp->dev, "does not stop\n");
	spin_lock_irq(&isp->lock);
	if (isp->active)
		list_add_tail(&isp->active->link, &isp->done);
	isp->active = NULL;
	list_splice_init(&isp->queued, &frames);
	list_splice_init(&isp->done, &frames);
	list_splice_init(&isp->records, &records);
	isp->nr_records = 0;
	spin_unlock_irq(&isp->lock);
	list_for_each_entry_safe(frame, next, &frames, link)
		isp_put_frame(isp, frame);
	list_for_each_entry_safe(stat, next_stat, &records, link)
		kmem_cache_free(isp->stats, stat);
	wake_up_interruptible(&isp->wait);
}

/* ------------------------------------------------------------------ its file */

static struct isp *isp_of(struct file *file)
{
	return container_of(file->private_data, struct isp, misc);
}

static int isp_open(struct inode *inode, struct file *file)
{
	return test_and_set_bit(0, &isp_of(file)->opened) ? -EBUSY : 0;
}

static int isp_release(struct inode *inode, struct file *file)
{
	struct isp *isp = isp_of(file);

	mutex_lock(&isp->mutex);
	isp_stream_off(isp);
	isp_free_buffers(isp);
	mutex_unlock(&isp->mutex);
	clear_bit(0, &isp->opened);
	return 0;
}

static long isp_do_ioctl(struct isp *isp, unsigned int cmd, void *arg, bool wait)
{
	struct isp_buffer *buffer = arg;

	switch (cmd) {
	case ISP_REQBUFS:
		return isp_request_buffers(isp, arg);
	case ISP_QBUF:
		return isp_queue(isp, buffer->index);
	case ISP_DQBUF:
		return isp_dequeue(isp, wait, buffer);
	case ISP_STREAMON:
		isp_stream_on(isp);
		return 0;
	case ISP_STREAMOFF:
		isp_stream_off(isp);
		return 0;
	default:
		return -ENOTTY;
	}
}

static long isp_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct isp *isp = isp_of(file);
	struct isp_buffer buffer = { 0 };
	size_t size = _IOC_SIZE(cmd);
	long result;

	if (size > sizeof(buffer))
		return -ENOTTY;
	if ((_IOC_DIR(cmd) & _IOC_WRITE) &&
		copy_from_user(&buffer, (void __user *)arg, size))
		return -EFAULT;
	mutex_lock(&isp->mutex);
	result = isp_do_ioctl(isp, cmd, &buffer, !(file->f_flags & O_NONBLOCK));
	mutex_unlock(&isp->mutex);
	if (!result && (_IOC_DIR(cmd) & _IOC_READ) &&
		copy_to_user((void __user *)arg, &buffer, size))
		return -EFAULT;
	return result;
}

static ssize_t isp_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	struct isp *isp = isp_of(file);
	struct isp_stat *stat;
	size_t done = 0;

	while (n - done >= sizeof(stat->record)) {
		spin_lock_irq(&isp->lock);
		stat = list_first_entry_or_null(&isp->records, struct isp_stat, link);
		if (stat) {
			list_del(&stat->link);
			isp->nr_records--;
		}
		spin_unlock_irq(&isp->lock);
		if (!stat)
			break;
		if (copy_to_user(buf + done, &stat->record, sizeof(stat->record))) {
			kmem_cache_free(isp->stats, stat);
			return -EFAULT;
		}
		kmem_cache_free(isp->stats, stat);
		done += sizeof(stat->record);
	}
	return done;
}

static const struct file_operations isp_fops = {
	.owner = THIS_MODULE,
	.open = isp_open,
	.release = isp_release,
	.read = isp_read,
	.unlocked_ioctl = isp_ioctl,
};

/* ------------------------------------------------------------------ probe */

static void isp_destroy_cache(void *cache)
{
	kmem_cache_destroy(cache);
}

static struct kmem_cache *isp_create_cache(
	struct device *dev, const char *name, size_t size)
{
	struct kmem_cache *cache = kmem_cache_create(name, size, 0, 0, NULL);

	if (!cache || devm_add_action_or_reset(dev, isp_destroy_cache, cache))
		return NULL;
	return cache;
}

static void isp_deregister(void *misc)
{
	misc_deregister(misc);
}

static int isp_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct isp *isp = devm_kzalloc(dev, sizeof(*isp), GFP_KERNEL);
	int irq, error;

	if (!isp)
		return -ENOMEM;
	isp->dev = dev;
	mutex_init(&isp->mutex);
	spin_lock_init(&isp->lock);
	init_waitqueue_head(&isp->wait);
	INIT_LIST_HEAD(&isp->queued);
	INIT_LIST_HEAD(&isp->done);
	INIT_LIST_HEAD(&isp->records);
	isp->frames = isp_create_cache(dev, "isp_frame", sizeof(struct isp_frame));
	isp->stats = isp_create_cache(dev, "isp_stat", sizeof(struct isp_stat));
	if (!isp->frames || !isp->stats)
		return -ENOMEM;
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(40));
	if (error)
		return error;
	isp->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(isp->regs))
		return PTR_ERR(isp->regs);
	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	error = devm_request_irq(dev, irq, isp_interrupt, 0, dev_name(dev), isp);
	if (error)
		return error;
	isp->misc.minor = MISC_DYNAMIC_MINOR;
	isp->misc.name = "isp";
	isp->misc.fops = &isp_fops;
	error = misc_register(&isp->misc);
	if (error)
		return error;
	return devm_add_action_or_reset(dev, isp_deregister, &isp->misc);
}

static const struct of_device_id isp_of_ids[] = { { .compatible = "example,isp" }, {} };
MODULE_DEVICE_TABLE(of, isp_of_ids);

static const struct platform_device_id isp_ids[] = { { .name = "example-isp" }, {} };
MODULE_DEVICE_TABLE(platform, isp_ids);

static struct platform_driver isp_driver = {
	.probe = isp_probe,
	.id_table = isp_ids,
	.driver = { .name = "isp",
		.of_match_table = isp_of_ids,
		.suppress_bind_attrs = true },
};
module_platform_driver(isp_driver);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("example: a camera's image signal processor");
