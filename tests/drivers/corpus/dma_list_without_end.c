// SPDX-License-Identifier: MIT
/* A camera interface that walks its list of pieces to the end. A list from kcalloc() has no end. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#define NR_PIECES   4
#define PIECE_BYTES 1024

static bool bug;
module_param(bug, bool, 0444);

struct csi {
	u8 *lines;
	struct scatterlist *sg;
	size_t bytes;
};

static int csi_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct csi *csi = devm_kzalloc(dev, sizeof(*csi), GFP_KERNEL);
	struct scatterlist *sg;

	if (!csi)
		return -ENOMEM;
	csi->lines = devm_kzalloc(dev, NR_PIECES * PIECE_BYTES, GFP_KERNEL);
	csi->sg = devm_kcalloc(dev, NR_PIECES, sizeof(*sg), GFP_KERNEL);
	if (!csi->lines || !csi->sg)
		return -ENOMEM;
	if (!bug)
		sg_init_table(csi->sg, NR_PIECES);
	for (int i = 0; i < NR_PIECES; i++)
		sg_set_buf(&csi->sg[i], csi->lines + i * PIECE_BYTES, PIECE_BYTES);
	for (sg = csi->sg; sg; sg = sg_next(sg)) {
		if (!sg_page(sg))
			break;
		csi->bytes += sg->length;
	}
	platform_set_drvdata(pdev, csi);
	return 0;
}

static void csi_remove(struct platform_device *pdev)
{
	struct csi *csi = platform_get_drvdata(pdev);

	dev_info(&pdev->dev, "%zu bytes\n", csi->bytes);
}

static const struct of_device_id csi_ids[] = { { .compatible = "acme,csi" }, {} };
MODULE_DEVICE_TABLE(of, csi_ids);

static struct platform_driver csi_driver = {
	.probe = csi_probe,
	.remove = csi_remove,
	.driver = { .name = "csi", .of_match_table = csi_ids },
};
module_platform_driver(csi_driver);
MODULE_LICENSE("Dual MIT/GPL");
