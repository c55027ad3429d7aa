// SPDX-License-Identifier: MIT
/* A host controller with a pool of transfer descriptors. The pool was destroyed with the first of a chain freed alone. */
#include <linux/dmapool.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct usb_td {
	__le32 next, buffer, flags;
	dma_addr_t dma;
	struct usb_td *cpu_next;
};

struct usb {
	struct dma_pool *pool;
	struct usb_td *first;
};

static void usb_free_chain(struct usb *usb)
{
	struct usb_td *td = usb->first, *next;

	for (; td; td = next) {
		next = bug ? NULL : td->cpu_next;
		dma_pool_free(usb->pool, td, td->dma);
	}
}

static int usb_add_td(struct usb *usb)
{
	dma_addr_t dma;
	struct usb_td *td = dma_pool_zalloc(usb->pool, GFP_KERNEL, &dma);

	if (!td)
		return -ENOMEM;
	td->dma = dma;
	td->cpu_next = usb->first;
	td->next = usb->first ? (u32)usb->first->dma : 1;
	usb->first = td;
	return 0;
}

static int usb_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct usb *usb = devm_kzalloc(dev, sizeof(*usb), GFP_KERNEL);
	int error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));

	if (!usb)
		return -ENOMEM;
	if (error)
		return error;
	usb->pool = dma_pool_create("usb_td", dev, sizeof(struct usb_td), 32, 0);
	if (!usb->pool)
		return -ENOMEM;
	for (int i = 0; i < 3 && !error; i++)
		error = usb_add_td(usb);
	if (error) {
		usb_free_chain(usb);
		dma_pool_destroy(usb->pool);
	}
	platform_set_drvdata(pdev, usb);
	return error;
}

static void usb_remove(struct platform_device *pdev)
{
	struct usb *usb = platform_get_drvdata(pdev);

	usb_free_chain(usb);
	dma_pool_destroy(usb->pool);
}

static const struct of_device_id usb_ids[] = { { .compatible = "acme,usb" }, {} };
MODULE_DEVICE_TABLE(of, usb_ids);

static struct platform_driver usb_driver = {
	.probe = usb_probe,
	.remove = usb_remove,
	.driver = { .name = "usb", .of_match_table = usb_ids },
};
module_platform_driver(usb_driver);
MODULE_LICENSE("Dual MIT/GPL");
