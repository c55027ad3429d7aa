// SPDX-License-Identifier: MIT
/* A DMA controller with a ring of descriptors in software. The loop that fills it went one too far. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define NR_DESC 20

static bool bug;
module_param(bug, bool, 0444);

struct dmac_desc {
	u32 src, dst, len;
	u32 next;
};

static int dmac_probe(struct platform_device *pdev)
{
	unsigned int last = bug ? NR_DESC : NR_DESC - 1;
	struct dmac_desc *ring = kcalloc(NR_DESC, sizeof(*ring), GFP_KERNEL);

	if (!ring)
		return -ENOMEM;
	for (unsigned int i = 0; i <= last; i++)
		ring[i].next = (i + 1) % NR_DESC;
	platform_set_drvdata(pdev, ring);
	return 0;
}

static void dmac_remove(struct platform_device *pdev)
{
	kfree(platform_get_drvdata(pdev));
}

static const struct of_device_id dmac_ids[] = { { .compatible = "acme,dmac" }, {} };
MODULE_DEVICE_TABLE(of, dmac_ids);

static struct platform_driver dmac_driver = {
	.probe = dmac_probe,
	.remove = dmac_remove,
	.driver = { .name = "dmac", .of_match_table = dmac_ids },
};
module_platform_driver(dmac_driver);
MODULE_LICENSE("Dual MIT/GPL");
