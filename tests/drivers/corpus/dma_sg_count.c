// SPDX-License-Identifier: MIT
/* A picture decoder. Its list of pages was unmapped by a count that had been decremented on the way. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#define NR_PAGES 6

static bool bug;
module_param(bug, bool, 0444);

struct jpeg {
	struct scatterlist sg[NR_PAGES];
	unsigned int filled;
};

static void jpeg_free_pages(struct jpeg *jpeg)
{
	while (jpeg->filled)
		__free_page(sg_page(&jpeg->sg[--jpeg->filled]));
}

static int jpeg_get_pages(struct jpeg *jpeg)
{
	sg_init_table(jpeg->sg, NR_PAGES);
	for (; jpeg->filled < NR_PAGES; jpeg->filled++) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (!page) {
			jpeg_free_pages(jpeg);
			return -ENOMEM;
		}
		sg_set_page(&jpeg->sg[jpeg->filled], page, PAGE_SIZE, 0);
	}
	return 0;
}

static int jpeg_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct jpeg *jpeg = devm_kzalloc(dev, sizeof(*jpeg), GFP_KERNEL);
	int error;

	if (!jpeg)
		return -ENOMEM;
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (!error)
		error = jpeg_get_pages(jpeg);
	if (error)
		return error;
	if (!dma_map_sg(dev, jpeg->sg, NR_PAGES, DMA_FROM_DEVICE)) {
		jpeg_free_pages(jpeg);
		return -EIO;
	}
	platform_set_drvdata(pdev, jpeg);
	return 0;
}

static void jpeg_remove(struct platform_device *pdev)
{
	struct jpeg *jpeg = platform_get_drvdata(pdev);
	unsigned int nr = bug ? jpeg->filled - 1 : jpeg->filled;

	dma_unmap_sg(&pdev->dev, jpeg->sg, nr, DMA_FROM_DEVICE);
	jpeg_free_pages(jpeg);
}

static const struct of_device_id jpeg_ids[] = { { .compatible = "acme,jpeg" }, {} };
MODULE_DEVICE_TABLE(of, jpeg_ids);

static struct platform_driver jpeg_driver = {
	.probe = jpeg_probe,
	.remove = jpeg_remove,
	.driver = { .name = "jpeg", .of_match_table = jpeg_ids },
};
module_platform_driver(jpeg_driver);
MODULE_LICENSE("Dual MIT/GPL");
