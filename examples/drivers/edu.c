// SPDX-License-Identifier: MIT
/*
 * QEMU's teaching device (docs/specs/edu.rst of QEMU: 1234:11e8), as a character device: write() puts bytes into its buffer,
 * read() takes them out, both by DMA from the buffer's beginning.
 *
 *   ioctl U 0 {identification}            ioctl U 1 {word -> what its register of life makes of it}
 *   ioctl U 2 {n -> n!, modulo 2^32}      ioctl U 3 {interrupts so far}
 *
 * Memory: a coherent buffer of a page, which the device reaches with 28 address lines; one vector, MSI where there is one.
 *
 * Locking: `mutex` for who uses the device; the handler has `done` and the atomic alone.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define EDU_ID         0x00
#define EDU_LIFE       0x04
#define EDU_FACTORIAL  0x08
#define EDU_STATUS     0x20
#define EDU_IRQ_STATUS 0x24
#define EDU_IRQ_ACK    0x64
#define EDU_DMA_FROM   0x80
#define EDU_DMA_TO     0x88
#define EDU_DMA_BYTES  0x90
#define EDU_DMA_DO     0x98

#define STATUS_IRQ 0x80 /* when the factorial is there */
#define DMA_RUN    0x1
#define DMA_TO_RAM 0x2
#define DMA_IRQ    0x4

#define EDU_BUFFER    0x40000 /* in its own space */
#define EDU_BUFFER_SZ 4096
#define EDU_MAX       4095 /* QEMU 7.2 takes no copy that ends with the buffer */
#define EDU_WAIT_MS   1000

#define EDU_GET_ID    _IOR('U', 0, __u32)
#define EDU_GET_LIFE  _IOWR('U', 1, __u32)
#define EDU_FACT      _IOWR('U', 2, __u32)
#define EDU_GET_COUNT _IOR('U', 3, __u32)

struct edu {
	struct pci_dev *pdev;
	void __iomem *regs;
	struct miscdevice misc;
	void *buffer;
	dma_addr_t buffer_dma;
	struct completion done;
	atomic_t irqs;
	struct mutex mutex;
};

static irqreturn_t edu_irq(int irq, void *data)
{
	struct edu *edu = data;
	u32 status = readl(edu->regs + EDU_IRQ_STATUS);

	if (!status)
		return IRQ_NONE;
	writel(status, edu->regs + EDU_IRQ_ACK);
	atomic_inc(&edu->irqs);
	complete(&edu->done);
	return IRQ_HANDLED;
}

/* ------------------------------------------------------------------ its file */

static struct edu *edu_of(struct file *file)
{
	return container_of(file->private_data, struct edu, misc);
}

static int edu_wait(struct edu *edu)
{
	if (!wait_for_completion_timeout(&edu->done, msecs_to_jiffies(EDU_WAIT_MS)))
		return -ETIMEDOUT;
	return 0;
}

static int edu_copy(struct edu *edu, u32 from, u32 to, u32 bytes, u32 command)
{
	reinit_completion(&edu->done);
	writel(from, edu->regs + EDU_DMA_FROM);
	writel(to, edu->regs + EDU_DMA_TO);
	writel(bytes, edu->regs + EDU_DMA_BYTES);
	writel(command | DMA_RUN | DMA_IRQ, edu->regs + EDU_DMA_DO);
	return edu_wait(edu);
}

static ssize_t edu_write(
	struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	struct edu *edu = edu_of(file);
	int error = -EFAULT;

	if (!n || n > EDU_MAX)
		return -EINVAL;
	mutex_lock(&edu->mutex);
	if (!copy_from_user(edu->buffer, from, n))
		error = edu_copy(edu, edu->buffer_dma, EDU_BUFFER, n, 0);
	mutex_unlock(&edu->mutex);
	return error ? error : n;
}

static ssize_t edu_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	struct edu *edu = edu_of(file);
	int error;

	n = min_t(size_t, n, EDU_MAX);
	mutex_lock(&edu->mutex);
	memset(edu->buffer, 0, n);
	error = edu_copy(edu, EDU_BUFFER, edu->buffer_dma, n, DMA_TO_RAM);
	if (!error && copy_to_user(to, edu->buffer, n))
		error = -EFAULT;
	mutex_unlock(&edu->mutex);
	return error ? error : n;
}

static int edu_factorial(struct edu *edu, u32 *word)
{
	int error;

	reinit_completion(&edu->done);
	writel(STATUS_IRQ, edu->regs + EDU_STATUS);
	writel(*word, edu->regs + EDU_FACTORIAL);
	error = edu_wait(edu);
	writel(0, edu->regs + EDU_STATUS);
	*word = readl(edu->regs + EDU_FACTORIAL);
	return error;
}

static long edu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct edu *edu = edu_of(file);
	u32 __user *user = (u32 __user *)arg;
	u32 word = 0;
	long error = 0;

	if (_IOC_DIR(cmd) & _IOC_WRITE && get_user(word, user))
		return -EFAULT;
	mutex_lock(&edu->mutex);
	switch (cmd) {
	case EDU_GET_ID:
		word = readl(edu->regs + EDU_ID);
		break;
	case EDU_GET_LIFE:
		writel(word, edu->regs + EDU_LIFE);
		word = readl(edu->regs + EDU_LIFE);
		break;
	case EDU_FACT:
		error = edu_factorial(edu, &word);
		break;
	case EDU_GET_COUNT:
		word = atomic_read(&edu->irqs);
		break;
	default:
		error = -ENOTTY;
	}
	mutex_unlock(&edu->mutex);
	return !error && put_user(word, user) ? -EFAULT : error;
}

static const struct file_operations edu_fops = {
	.owner = THIS_MODULE,
	.read = edu_read,
	.write = edu_write,
	.unlocked_ioctl = edu_ioctl,
};

/* ------------------------------------------------------------------ the device */

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu = devm_kzalloc(&pdev->dev, sizeof(*edu), GFP_KERNEL);
	int error;

	if (!edu)
		return -ENOMEM;
	edu->pdev = pdev;
	mutex_init(&edu->mutex);
	init_completion(&edu->done);
	pci_set_drvdata(pdev, edu);
	error = pci_enable_device(pdev);
	if (error)
		return error;
	error = pci_request_regions(pdev, "edu");
	if (error)
		goto disable;
	edu->regs = pci_iomap(pdev, 0, 0);
	if (!edu->regs) {
		error = -ENOMEM;
		goto release;
	}
	error = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(28));
	if (error)
		goto unmap;
	edu->buffer = dma_alloc_coherent(
		&pdev->dev, EDU_BUFFER_SZ, &edu->buffer_dma, GFP_KERNEL);
	if (!edu->buffer) {
		error = -ENOMEM;
		goto unmap;
	}
	pci_set_master(pdev);
	error = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_ALL_TYPES);
	if (error < 0)
		goto free;
	error = request_irq(pci_irq_vector(pdev, 0), edu_irq, IRQF_SHARED, "edu", edu);
	if (error)
		goto free_vectors;
	edu->misc.minor = MISC_DYNAMIC_MINOR;
	edu->misc.name = "edu";
	edu->misc.fops = &edu_fops;
	error = misc_register(&edu->misc);
	if (error)
		goto free_irq;
	return 0;
free_irq:
	free_irq(pci_irq_vector(pdev, 0), edu);
free_vectors:
	pci_free_irq_vectors(pdev);
free:
	pci_clear_master(pdev);
	dma_free_coherent(&pdev->dev, EDU_BUFFER_SZ, edu->buffer, edu->buffer_dma);
unmap:
	pci_iounmap(pdev, edu->regs);
release:
	pci_release_regions(pdev);
disable:
	pci_disable_device(pdev);
	return error;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	misc_deregister(&edu->misc);
	free_irq(pci_irq_vector(pdev, 0), edu);
	pci_free_irq_vectors(pdev);
	pci_clear_master(pdev);
	dma_free_coherent(&pdev->dev, EDU_BUFFER_SZ, edu->buffer, edu->buffer_dma);
	pci_iounmap(pdev, edu->regs);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
}

static void edu_shutdown(struct pci_dev *pdev)
{
	pci_clear_master(pdev);
}

/* Nobody may be in the middle of a copy; registers keep what they hold. */
static int edu_suspend(struct device *dev)
{
	struct edu *edu = dev_get_drvdata(dev);

	mutex_lock(&edu->mutex);
	disable_irq(pci_irq_vector(edu->pdev, 0));
	return 0;
}

static int edu_resume(struct device *dev)
{
	struct edu *edu = dev_get_drvdata(dev);

	enable_irq(pci_irq_vector(edu->pdev, 0));
	mutex_unlock(&edu->mutex);
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(edu_pm, edu_suspend, edu_resume);

static const struct pci_device_id edu_ids[] = { { PCI_DEVICE(0x1234, 0x11e8) }, {} };
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = "edu",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
	.shutdown = edu_shutdown,
	.driver.pm = pm_sleep_ptr(&edu_pm),
};
module_pci_driver(edu_driver);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("QEMU's teaching device");
