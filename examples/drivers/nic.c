// SPDX-License-Identifier: MIT
/*
 * A network card with a ring, as a character device: write() sends a packet, read() takes the next that came.
 *
 *   ioctl E 0 {sent, received, dropped, waiting}
 *
 * Memory: descriptors are blocks of a dma_pool. A packet that is sent lies in scattered pages, mapped as a list; those that are
 * received lie in buffers that are mapped all the time, and are copied out of them by a tasklet, which may not sleep.
 *
 * Locking: `mutex` for who sends; `lock` for what came, also taken by the tasklet. The ring is the tasklet's.
 */
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "hw/hw.h"

#define RING         8
#define BUFFER_BYTES 2048
#define FRAGMENT     700 /* bytes of a page that carry a piece of a packet */
#define MAX_PACKET \
	(NIC_PIECES * FRAGMENT > BUFFER_BYTES ? BUFFER_BYTES : NIC_PIECES * FRAGMENT)
#define MAX_WAITING 64
#define SEND_MS     1000

struct nic_counts {
	__u32 sent, received, dropped, waiting;
};

#define NIC_COUNTS _IOR('E', 0, struct nic_counts)

struct nic_packet {
	struct list_head link;
	u32 bytes;
	u8 data[];
};

struct nic_slot {
	struct nic_descriptor *descriptor;
	dma_addr_t dma;
	void *buffer;
	dma_addr_t buffer_dma; /* 0: there is none */
};

struct nic {
	struct device *dev;
	void __iomem *regs;
	struct miscdevice misc;
	struct dma_pool *pool;
	struct tasklet_struct tasklet;

	struct mutex mutex;
	struct completion sent;
	u32 status;

	struct nic_slot ring[RING];
	u32 next; /* slot that is received next */

	spinlock_t lock;
	struct list_head packets;
	struct nic_counts counts;
};

/* ------------------------------------------------------------------ receive */

static void nic_deliver(struct nic *nic, const void *bytes, u32 n)
{
	struct nic_packet *packet = NULL;

	if (nic->counts.waiting < MAX_WAITING)
		packet = kmalloc(sizeof(*packet) + n, GFP_ATOMIC);
	if (packet) {
		packet->bytes = n;
		memcpy(packet->data, bytes, n);
	}
	spin_lock(&nic->lock);
	if (packet) {
		list_add_tail(&packet->link, &nic->packets);
		nic->counts.received++;
		nic->counts.waiting++;
	} else {
		nic->counts.dropped++;
	}
	spin_unlock(&nic->lock);
}

static void nic_receive(struct tasklet_struct *tasklet)
{
	struct nic *nic = from_tasklet(nic, tasklet, tasklet);
	u32 i, length;

	for (i = 0; i < RING; i++) {
		struct nic_slot *slot = &nic->ring[nic->next];

		length = le32_to_cpu(READ_ONCE(slot->descriptor->length));
		if (!length)
			break;
		dma_sync_single_for_cpu(
			nic->dev, slot->buffer_dma, BUFFER_BYTES, DMA_FROM_DEVICE);
		nic_deliver(nic, slot->buffer, length);
		dma_sync_single_for_device(
			nic->dev, slot->buffer_dma, BUFFER_BYTES, DMA_FROM_DEVICE);
		WRITE_ONCE(slot->descriptor->length, 0);
		nic->next = (nic->next + 1) % RING;
	}
}

static irqreturn_t nic_interrupt(int irq, void *data)
{
	struct nic *nic = data;
	u32 status = readl(nic->regs + HW_STATUS);

	if (!(status & (NIC_SENT | NIC_RECEIVED)))
		return IRQ_NONE;
	writel(status, nic->regs + HW_ACK);
	if (status & NIC_RECEIVED)
		tasklet_schedule(&nic->tasklet);
	if (status & NIC_SENT) {
		nic->status = status;
		complete(&nic->sent);
	}
	return IRQ_HANDLED;
}

/* ------------------------------------------------------------------ send */

struct nic_pieces {
	struct sg_table table;
	u32 nr;
};

static void nic_free_pieces(struct nic_pieces *pieces)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(pieces->table.sgl, sg, pieces->nr, i) __free_page(sg_page(sg));
	sg_free_table(&pieces->table);
}

static int nic_fill_pieces(struct nic_pieces *pieces, const char __user *buf, u32 n)
{
	u32 wanted = DIV_ROUND_UP(n, FRAGMENT), part;
	struct scatterlist *sg;
	int error = sg_alloc_table(&pieces->table, wanted, GFP_KERNEL);

	if (error)
		return error;
	pieces->nr = 0;
	for (sg = pieces->table.sgl; pieces->nr < wanted; sg = sg_next(sg)) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (!page) {
			error = -ENOMEM;
			goto free_pieces;
		}
		part = min_t(u32, FRAGMENT, n);
		sg_set_page(sg, page, part, 0);
		pieces->nr++;
		if (copy_from_user(page_address(page), buf, part)) {
			error = -EFAULT;
			goto free_pieces;
		}
		buf += part;
		n -= part;
	}
	return 0;
free_pieces:
	nic_free_pieces(pieces);
	return error;
}

static int nic_send_mapped(struct nic *nic, struct scatterlist *sgl, u32 nr)
{
	struct nic_descriptor *descriptor;
	struct scatterlist *sg;
	dma_addr_t dma;
	int error = 0;
	u32 i;

	descriptor = dma_pool_zalloc(nic->pool, GFP_KERNEL, &dma);
	if (!descriptor)
		return -ENOMEM;
	for_each_sg(sgl, sg, nr, i)
	{
		descriptor->piece[i].address = cpu_to_le64(sg_dma_address(sg));
		descriptor->piece[i].length = cpu_to_le32(sg_dma_len(sg));
	}
	descriptor->nr_pieces = cpu_to_le32(nr);
	reinit_completion(&nic->sent);
	writel(lower_32_bits(dma), nic->regs + NIC_SEND_LO);
	writel(upper_32_bits(dma), nic->regs + NIC_SEND_HI);
	writel(1, nic->regs + NIC_SEND);
	if (!wait_for_completion_timeout(&nic->sent, msecs_to_jiffies(SEND_MS)))
		error = -ETIMEDOUT;
	else if (nic->status & HW_FAULT)
		error = -EIO;
	dma_pool_free(nic->pool, descriptor, dma);
	return error;
}

static int nic_send(struct nic *nic, struct nic_pieces *pieces)
{
	int nr, error;

	nr = dma_map_sg(nic->dev, pieces->table.sgl, pieces->nr, DMA_TO_DEVICE);
	if (!nr)
		return -EIO;
	error = nic_send_mapped(nic, pieces->table.sgl, nr);
	dma_unmap_sg(nic->dev, pieces->table.sgl, pieces->nr, DMA_TO_DEVICE);
	if (error)
		return error;
	spin_lock_bh(&nic->lock);
	nic->counts.sent++;
	if (!(nic->status & NIC_RECEIVED))
		nic->counts.dropped++;
	spin_unlock_bh(&nic->lock);
	return 0;
}

/* ------------------------------------------------------------------ its file */

static struct nic *nic_of(struct file *file)
{
	return container_of(file->private_data, struct nic, misc);
}

static ssize_t nic_write(struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	struct nic *nic = nic_of(file);
	struct nic_pieces pieces;
	int error;

	if (!n || n > MAX_PACKET)
		return -EMSGSIZE;
	error = nic_fill_pieces(&pieces, buf, n);
	if (error)
		return error;
	mutex_lock(&nic->mutex);
	error = nic_send(nic, &pieces);
	mutex_unlock(&nic->mutex);
	nic_free_pieces(&pieces);
	return error ? error : (ssize_t)n;
}

static struct nic_packet *nic_take(struct nic *nic)
{
	struct nic_packet *packet;

	spin_lock_bh(&nic->lock);
	packet = list_first_entry_or_null(&nic->packets, struct nic_packet, link);
	if (packet) {
		list_del(&packet->link);
		nic->counts.waiting--;
	}
	spin_unlock_bh(&nic->lock);
	return packet;
}

static ssize_t nic_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	struct nic_packet *packet = nic_take(nic_of(file));
	ssize_t result;

	if (!packet)
		return -EAGAIN;
	result = min_t(size_t, n, packet->bytes);
	if (copy_to_user(buf, packet->data, result))
		result = -EFAULT;
	kfree(packet);
	return result;
}

static long nic_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct nic *nic = nic_of(file);
	struct nic_counts counts;

	if (cmd != NIC_COUNTS)
		return -ENOTTY;
	spin_lock_bh(&nic->lock);
	counts = nic->counts;
	spin_unlock_bh(&nic->lock);
	return copy_to_user((void __user *)arg, &counts, sizeof(counts)) ? -EFAULT : 0;
}

static int nic_open(struct inode *inode, struct file *file)
{
	return 0;
}

static const struct file_operations nic_fops = {
	.owner = THIS_MODULE,
	.open = nic_open,
	.read = nic_read,
	.write = nic_write,
	.unlocked_ioctl = nic_ioctl,
};

/* ------------------------------------------------------------------ the ring */

static void nic_free_ring(void *data)
{
	struct nic *nic = data;
	struct nic_packet *packet;
	u32 i;

	for (i = 0; i < RING; i++) {
		struct nic_slot *slot = &nic->ring[i];

		if (slot->buffer_dma)
			dma_unmap_single(nic->dev, slot->buffer_dma, BUFFER_BYTES,
				DMA_FROM_DEVICE);
		kfree(slot->buffer);
		if (slot->descriptor)
			dma_pool_free(nic->pool, slot->descriptor, slot->dma);
	}
	while ((packet = nic_take(nic)))
		kfree(packet);
	dma_pool_destroy(nic->pool);
}

static int nic_fill_slot(struct nic *nic, struct nic_slot *slot)
{
	dma_addr_t dma;

	slot->descriptor = dma_pool_zalloc(nic->pool, GFP_KERNEL, &slot->dma);
	slot->buffer = kmalloc(BUFFER_BYTES, GFP_KERNEL);
	if (!slot->descriptor || !slot->buffer)
		return -ENOMEM;
	dma = dma_map_single(nic->dev, slot->buffer, BUFFER_BYTES, DMA_FROM_DEVICE);
	if (dma_mapping_error(nic->dev, dma))
		return -EIO;
	slot->buffer_dma = dma;
	slot->descriptor->nr_pieces = cpu_to_le32(1);
	slot->descriptor->piece[0].address = cpu_to_le64(dma);
	slot->descriptor->piece[0].length = cpu_to_le32(BUFFER_BYTES);
	return 0;
}

static int nic_make_ring(struct nic *nic)
{
	int error;
	u32 i;

	nic->pool =
		dma_pool_create("nic", nic->dev, sizeof(struct nic_descriptor), 64, 0);
	if (!nic->pool)
		return -ENOMEM;
	error = devm_add_action_or_reset(nic->dev, nic_free_ring, nic);
	for (i = 0; i < RING && !error; i++)
		error = nic_fill_slot(nic, &nic->ring[i]);
	if (error)
		return error;
	for (i = 0; i < RING; i++)
		nic->ring[i].descriptor->next =
			cpu_to_le64(nic->ring[(i + 1) % RING].dma);
	writel(lower_32_bits(nic->ring[0].dma), nic->regs + NIC_RECEIVE_LO);
	writel(upper_32_bits(nic->ring[0].dma), nic->regs + NIC_RECEIVE_HI);
	return 0;
}

/* ------------------------------------------------------------------ probe */

static void nic_stop(void *data)
{
	struct nic *nic = data;

	writel(0, nic->regs + NIC_RECEIVE_LO);
	writel(0, nic->regs + NIC_RECEIVE_HI);
	tasklet_kill(&nic->tasklet);
}

static void nic_deregister(void *misc)
{
	misc_deregister(misc);
}

static int nic_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct nic *nic = devm_kzalloc(dev, sizeof(*nic), GFP_KERNEL);
	int irq, error;

	if (!nic)
		return -ENOMEM;
	nic->dev = dev;
	mutex_init(&nic->mutex);
	spin_lock_init(&nic->lock);
	init_completion(&nic->sent);
	INIT_LIST_HEAD(&nic->packets);
	tasklet_setup(&nic->tasklet, nic_receive);
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (error)
		return error;
	nic->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(nic->regs))
		return PTR_ERR(nic->regs);
	error = nic_make_ring(nic);
	if (!error)
		error = devm_add_action_or_reset(dev, nic_stop, nic);
	if (error)
		return error;
	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	error = devm_request_irq(dev, irq, nic_interrupt, 0, dev_name(dev), nic);
	if (error)
		return error;
	nic->misc.minor = MISC_DYNAMIC_MINOR;
	nic->misc.name = "nic";
	nic->misc.fops = &nic_fops;
	error = misc_register(&nic->misc);
	if (error)
		return error;
	return devm_add_action_or_reset(dev, nic_deregister, &nic->misc);
}

static const struct of_device_id nic_of_ids[] = { { .compatible = "example,nic" }, {} };
MODULE_DEVICE_TABLE(of, nic_of_ids);

static const struct platform_device_id nic_ids[] = { { .name = "example-nic" }, {} };
MODULE_DEVICE_TABLE(platform, nic_ids);

static struct platform_driver nic_driver = {
	.probe = nic_probe,
	.id_table = nic_ids,
	.driver = { .name = "nic",
		.of_match_table = nic_of_ids,
		.suppress_bind_attrs = true },
};
module_platform_driver(nic_driver);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("example: a network card with a ring");
