// SPDX-License-Identifier: MIT
/*
 * An accelerator for neural networks whose engine has 32 address lines: feature maps are coherent buffers, from CMA where the
 * board has it.
 *
 *   ioctl N 0 {handle, bytes}                          a feature map; its number is said
 *   ioctl N 1 {handle}                                 it goes
 *   ioctl N 2 {handle}                                 read() and write() reach it from now on, from its begin
 *   ioctl N 3 {input, output, threshold, cycles}       one layer, waited for; cycles: layers that this file has run
 *
 * Memory: a file's feature maps end with it.
 *
 * Locking: `mutex` of a file for its maps, `engine` for the device.
 */
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "hw/hw.h"

#define MAX_BYTES (64u << 20)
#define MAX_MAPS  32
#define LAYER_MS  1000

struct npu_alloc {
	__u32 handle, bytes;
};

struct npu_layer {
	__u32 input, output, threshold, cycles;
};

#define NPU_ALLOC  _IOWR('N', 0, struct npu_alloc)
#define NPU_FREE   _IOW('N', 1, __u32)
#define NPU_SELECT _IOW('N', 2, __u32)
#define NPU_RUN    _IOWR('N', 3, struct npu_layer)

struct npu {
	struct device *dev;
	void __iomem *regs;
	struct miscdevice misc;
	struct mutex engine;
	struct completion done;
	u32 status; /* of the layer that is done */
};

struct npu_map {
	void *cpu;
	dma_addr_t dma;
	u32 bytes; /* 0: none */
};

struct npu_file {
	struct npu *npu;
	struct mutex mutex;
	struct npu_map map[MAX_MAPS];
	struct npu_map *selected;
	u32 cycles;
};

/* ------------------------------------------------------------------ the engine */

static irqreturn_t npu_interrupt(int irq, void *data)
{
	struct npu *npu = data;
	u32 status = readl(npu->regs + HW_STATUS);

	if (!(status & HW_DONE))
		return IRQ_NONE;
	writel(status, npu->regs + HW_ACK);
	npu->status = status;
	complete(&npu->done);
	return IRQ_HANDLED;
}

static int npu_run(struct npu *npu, const struct npu_map *input,
	const struct npu_map *output, u32 threshold)
{
	int error = 0;

	mutex_lock(&npu->engine);
	reinit_completion(&npu->done);
	writel(lower_32_bits(input->dma), npu->regs + NPU_INPUT);
	writel(lower_32_bits(output->dma), npu->regs + NPU_OUTPUT);
	writel(min(input->bytes, output->bytes), npu->regs + NPU_LENGTH);
	writel(threshold, npu->regs + NPU_THRESHOLD);
	writel(1, npu->regs + NPU_GO);
	if (!wait_for_completion_timeout(&npu->done, msecs_to_jiffies(LAYER_MS)))
		error = -ETIMEDOUT;
	else if (npu->status & HW_FAULT)
		error = -EIO;
	mutex_unlock(&npu->engine);
	return error;
}

/* ------------------------------------------------------------------ feature maps */

static struct npu_map *npu_find(struct npu_file *f, u32 handle)
{
	if (!handle || handle > MAX_MAPS || !f->map[handle - 1].bytes)
		return NULL;
	return &f->map[handle - 1];
}

static int npu_alloc(struct npu_file *f, struct npu_alloc *alloc)
{
	u32 i = 0;

	if (!alloc->bytes || alloc->bytes > MAX_BYTES)
		return -EINVAL;
	while (i < MAX_MAPS && f->map[i].bytes)
		i++;
	if (i == MAX_MAPS)
		return -ENOSPC;
	f->map[i].cpu =
		dma_alloc_coherent(f->npu->dev, alloc->bytes, &f->map[i].dma, GFP_KERNEL);
	if (!f->map[i].cpu)
		return -ENOMEM;
	f->map[i].bytes = alloc->bytes;
	alloc->handle = i + 1;
	return 0;
}

static int npu_free(struct npu_file *f, struct npu_map *map)
{
	if (!map)
		return -EINVAL;
	if (f->selected == map)
		f->selected = NULL;
	dma_free_coherent(f->npu->dev, map->bytes, map->cpu, map->dma);
	map->bytes = 0;
	return 0;
}

static int npu_layer(struct npu_file *f, struct npu_layer *layer)
{
	struct npu_map *input = npu_find(f, layer->input);
	struct npu_map *output = npu_find(f, layer->output);
	int error;

	if (!input || !output)
		return -EINVAL;
	error = npu_run(f->npu, input, output, layer->threshold);
	if (!error)
		layer->cycles = ++f->cycles;
	return error;
}

/* ------------------------------------------------------------------ its file */

static int npu_open(struct inode *inode, struct file *file)
{
	struct npu *npu = container_of(file->private_data, struct npu, misc);
	struct npu_file *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	f->npu = npu;
	mutex_init(&f->mutex);
	file->private_data = f;
	return 0;
}

static int npu_release(struct inode *inode, struct file *file)
{
	struct npu_file *f = file->private_data;
	u32 handle;

	for (handle = 1; handle <= MAX_MAPS; handle++)
		npu_free(f, npu_find(f, handle));
	kfree(f);
	return 0;
}

static long npu_do_ioctl(
	struct npu_file *f, struct file *file, unsigned int cmd, void *arg)
{
	struct npu_map *map;

	switch (cmd) {
	case NPU_ALLOC:
		return npu_alloc(f, arg);
	case NPU_FREE:
		return npu_free(f, npu_find(f, *(u32 *)arg));
	case NPU_SELECT:
		map = npu_find(f, *(u32 *)arg);
		if (!map)
			return -EINVAL;
		f->selected = map;
		file->f_pos = 0;
		return 0;
	case NPU_RUN:
		return npu_layer(f, arg);
	default:
		return -ENOTTY;
	}
}

static long npu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct npu_file *f = file->private_data;
	struct npu_layer words = { 0 };
	size_t size = _IOC_SIZE(cmd);
	long result;

	if (size > sizeof(words))
		return -ENOTTY;
	if (copy_from_user(&words, (void __user *)arg, size))
		return -EFAULT;
	mutex_lock(&f->mutex);
	result = npu_do_ioctl(f, file, cmd, &words);
	mutex_unlock(&f->mutex);
	if (!result && (_IOC_DIR(cmd) & _IOC_READ) &&
		copy_to_user((void __user *)arg, &words, size))
		return -EFAULT;
	return result;
}

static ssize_t npu_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	struct npu_file *f = file->private_data;
	ssize_t result = -EINVAL;

	mutex_lock(&f->mutex);
	if (f->selected)
		result = simple_read_from_buffer(
			buf, n, pos, f->selected->cpu, f->selected->bytes);
	mutex_unlock(&f->mutex);
	return result;
}

static ssize_t npu_write(struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	struct npu_file *f = file->private_data;
	ssize_t result = -EINVAL;

	mutex_lock(&f->mutex);
	if (f->selected)
		result = simple_write_to_buffer(
			f->selected->cpu, f->selected->bytes, pos, buf, n);
	mutex_unlock(&f->mutex);
	return result;
}

static const struct file_operations npu_fops = {
	.owner = THIS_MODULE,
	.open = npu_open,
	.release = npu_release,
	.read = npu_read,
	.write = npu_write,
	.unlocked_ioctl = npu_ioctl,
};

/* ------------------------------------------------------------------ probe */

static void npu_deregister(void *misc)
{
	misc_deregister(misc);
}

static int npu_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct npu *npu = devm_kzalloc(dev, sizeof(*npu), GFP_KERNEL);
	int irq, error;

	if (!npu)
		return -ENOMEM;
	npu->dev = dev;
	mutex_init(&npu->engine);
	init_completion(&npu->done);
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	npu->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(npu->regs))
		return PTR_ERR(npu->regs);
	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	error = devm_request_irq(dev, irq, npu_interrupt, 0, dev_name(dev), npu);
	if (error)
		return error;
	npu->misc.minor = MISC_DYNAMIC_MINOR;
	npu->misc.name = "npu";
	npu->misc.fops = &npu_fops;
	error = misc_register(&npu->misc);
	if (error)
		return error;
	return devm_add_action_or_reset(dev, npu_deregister, &npu->misc);
}

static const struct of_device_id npu_of_ids[] = { { .compatible = "example,npu" }, {} };
MODULE_DEVICE_TABLE(of, npu_of_ids);

static const struct platform_device_id npu_ids[] = { { .name = "example-npu" }, {} };
MODULE_DEVICE_TABLE(platform, npu_ids);

static struct platform_driver npu_driver = {
	.probe = npu_probe,
	.id_table = npu_ids,
	.driver = { .name = "npu",
		.of_match_table = npu_of_ids,
		.suppress_bind_attrs = true },
};
module_platform_driver(npu_driver);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("example: an accelerator with a 32-bit engine");
