// SPDX-License-Identifier: MIT
/*
 * A manager of an FPGA: a program writes a bitstream, which is sent to the device in pieces.
 *
 *   ioctl F 0 {bytes}    a bitstream of that size begins; 0: what was begun is forgotten
 *   write()              the next bytes of it
 *   ioctl F 1 {sum}      it is whole: send it; the device says the sum of what it got
 *   read()               "idle", "loading" or "operating", with a newline
 *
 * Memory: the bitstream comes from kvmalloc(), since no block of pages is large enough for all of them; so it is not for
 * the device, whose pieces are copied into a buffer that is mapped for each.
 *
 * Locking: `mutex` for all; the handler only completes.
 */
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "hw/hw.h"

#define MAX_BYTES   (64u << 20)
#define PIECE_BYTES (32u << 10)
#define PIECE_MS    1000

#define FPGA_BEGIN   _IOW('F', 0, __u32)
#define FPGA_PROGRAM _IOR('F', 1, __u32)

enum fpga_state {
	FPGA_IDLE,
	FPGA_LOADING,
	FPGA_OPERATING,
};

struct fpga {
	struct device *dev;
	void __iomem *regs;
	struct miscdevice misc;
	struct mutex mutex;
	struct completion done;
	u32 status; /* of the piece that is sent */
	enum fpga_state state;
	u8 *image;
	u32 bytes, written;
};

/* ------------------------------------------------------------------ the device */

static irqreturn_t fpga_interrupt(int irq, void *data)
{
	struct fpga *fpga = data;
	u32 status = readl(fpga->regs + HW_STATUS);

	if (!(status & HW_DONE))
		return IRQ_NONE;
	writel(status, fpga->regs + HW_ACK);
	fpga->status = status;
	complete(&fpga->done);
	return IRQ_HANDLED;
}

static int fpga_send_piece(struct fpga *fpga, void *piece, u32 bytes)
{
	dma_addr_t dma = dma_map_single(fpga->dev, piece, bytes, DMA_TO_DEVICE);
	int error = 0;

	if (dma_mapping_error(fpga->dev, dma))
		return -EIO;
	reinit_completion(&fpga->done);
	writel(lower_32_bits(dma), fpga->regs + FPGA_PIECE_LO);
	writel(upper_32_bits(dma), fpga->regs + FPGA_PIECE_HI);
	writel(bytes, fpga->regs + FPGA_LENGTH);
	writel(1, fpga->regs + FPGA_SEND);
	if (!wait_for_completion_timeout(&fpga->done, msecs_to_jiffies(PIECE_MS)))
		error = -ETIMEDOUT;
	else if (fpga->status & HW_FAULT)
		error = -EIO;
	dma_unmap_single(fpga->dev, dma, bytes, DMA_TO_DEVICE);
	return error;
}

static int fpga_send(struct fpga *fpga)
{
	void *piece = kmalloc(PIECE_BYTES, GFP_KERNEL);
	u32 at, n;
	int error = 0;

	if (!piece)
		return -ENOMEM;
	writel(1, fpga->regs + HW_CONTROL);
	for (at = 0; at < fpga->bytes && !error; at += n) {
		n = min(PIECE_BYTES, fpga->bytes - at);
		memcpy(piece, fpga->image + at, n);
		error = fpga_send_piece(fpga, piece, n);
	}
	kfree(piece);
	return error;
}

/* ------------------------------------------------------------------ the bitstream */

static void fpga_forget(struct fpga *fpga)
{
	kvfree(fpga->image);
	fpga->image = NULL;
	fpga->bytes = fpga->written = 0;
	if (fpga->state == FPGA_LOADING)
		fpga->state = FPGA_IDLE;
}

static int fpga_begin(struct fpga *fpga, u32 bytes)
{
	if (bytes > MAX_BYTES || bytes % sizeof(u32))
		return -EINVAL;
	fpga_forget(fpga);
	if (!bytes)
		return 0;
	fpga->image = kvmalloc(bytes, GFP_KERNEL);
	if (!fpga->image)
		return -ENOMEM;
	fpga->bytes = bytes;
	fpga->state = FPGA_LOADING;
	return 0;
}

static int fpga_program(struct fpga *fpga, u32 *sum)
{
	int error;

	if (fpga->state != FPGA_LOADING || fpga->written != fpga->bytes)
		return -EINVAL;
	error = fpga_send(fpga);
	fpga_forget(fpga);
	if (error)
		return error;
	*sum = readl(fpga->regs + FPGA_SUM);
	fpga->state = FPGA_OPERATING;
	return 0;
}

/* ------------------------------------------------------------------ its file */

static struct fpga *fpga_of(struct file *file)
{
	return container_of(file->private_data, struct fpga, misc);
}

static int fpga_open(struct inode *inode, struct file *file)
{
	return 0;
}

static int fpga_release(struct inode *inode, struct file *file)
{
	struct fpga *fpga = fpga_of(file);

	mutex_lock(&fpga->mutex);
	fpga_forget(fpga);
	mutex_unlock(&fpga->mutex);
	return 0;
}

static ssize_t fpga_write(
	struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	struct fpga *fpga = fpga_of(file);
	ssize_t result = n;

	mutex_lock(&fpga->mutex);
	if (fpga->state != FPGA_LOADING)
		result = -EINVAL;
	else if (n > fpga->bytes - fpga->written)
		result = -EFBIG;
	else if (copy_from_user(fpga->image + fpga->written, buf, n))
		result = -EFAULT;
	else
		fpga->written += n;
	mutex_unlock(&fpga->mutex);
	return result;
}

static ssize_t fpga_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	static const char *const words[] = { "idle\n", "loading\n", "operating\n" };
	const char *word = words[READ_ONCE(fpga_of(file)->state)];

	return simple_read_from_buffer(buf, n, pos, word, strlen(word));
}

static long fpga_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct fpga *fpga = fpga_of(file);
	u32 __user *word = (u32 __user *)arg;
	u32 value = 0;
	long result;

	if (cmd == FPGA_BEGIN && get_user(value, word))
		return -EFAULT;
	mutex_lock(&fpga->mutex);
	switch (cmd) {
	case FPGA_BEGIN:
		result = fpga_begin(fpga, value);
		break;
	case FPGA_PROGRAM:
		result = fpga_program(fpga, &value);
		break;
	default:
		result = -ENOTTY;
	}
	mutex_unlock(&fpga->mutex);
	if (!result && cmd == FPGA_PROGRAM && put_user(value, word))
		return -EFAULT;
	return result;
}

static const struct file_operations fpga_fops = {
	.owner = THIS_MODULE,
	.open = fpga_open,
	.release = fpga_release,
	.read = fpga_read,
	.write = fpga_write,
	.unlocked_ioctl = fpga_ioctl,
};

/* ------------------------------------------------------------------ probe */

static void fpga_deregister(void *misc)
{
	misc_deregister(misc);
}

static int fpga_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct fpga *fpga = devm_kzalloc(dev, sizeof(*fpga), GFP_KERNEL);
	int irq, error;

	if (!fpga)
		return -ENOMEM;
	fpga->dev = dev;
	mutex_init(&fpga->mutex);
	init_completion(&fpga->done);
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(40));
	if (error)
		return error;
	fpga->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(fpga->regs))
		return PTR_ERR(fpga->regs);
	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	error = devm_request_irq(dev, irq, fpga_interrupt, 0, dev_name(dev), fpga);
	if (error)
		return error;
	fpga->misc.minor = MISC_DYNAMIC_MINOR;
	fpga->misc.name = "fpga";
	fpga->misc.fops = &fpga_fops;
	error = misc_register(&fpga->misc);
	if (error)
		return error;
	return devm_add_action_or_reset(dev, fpga_deregister, &fpga->misc);
}

static const struct of_device_id fpga_of_ids[] = { { .compatible = "example,fpga" }, {} };
MODULE_DEVICE_TABLE(of, fpga_of_ids);

static const struct platform_device_id fpga_ids[] = { { .name = "example-fpga" }, {} };
MODULE_DEVICE_TABLE(platform, fpga_ids);

static struct platform_driver fpga_driver = {
	.probe = fpga_probe,
	.id_table = fpga_ids,
	.driver = { .name = "fpga",
		.of_match_table = fpga_of_ids,
		.suppress_bind_attrs = true },
};
module_platform_driver(fpga_driver);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("example: a manager of an FPGA");
