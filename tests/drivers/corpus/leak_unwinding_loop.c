// SPDX-License-Identifier: MIT
/* A video grabber with pages for its frames. The loop that takes back what it got stopped above the first. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define NR_PAGES 8

static bool bug;
module_param(bug, bool, 0444);

struct grabber {
	struct page *pages[NR_PAGES];
};

static int grabber_get_pages(struct grabber *g)
{
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		g->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!g->pages[i])
			goto undo;
	}
	return 0;

undo:
	for (i--; i >= (bug ? 1 : 0); i--)
		__free_page(g->pages[i]);
	return -ENOMEM;
}

static int grabber_probe(struct platform_device *pdev)
{
	struct grabber *g = devm_kzalloc(&pdev->dev, sizeof(*g), GFP_KERNEL);

	if (!g)
		return -ENOMEM;
	platform_set_drvdata(pdev, g);
	return grabber_get_pages(g);
}

static void grabber_remove(struct platform_device *pdev)
{
	struct grabber *g = platform_get_drvdata(pdev);

	for (int i = 0; i < NR_PAGES; i++)
		__free_page(g->pages[i]);
}

static const struct of_device_id grabber_ids[] = { { .compatible = "acme,grabber" }, {} };
MODULE_DEVICE_TABLE(of, grabber_ids);

static struct platform_driver grabber_driver = {
	.probe = grabber_probe,
	.remove = grabber_remove,
	.driver = { .name = "grabber", .of_match_table = grabber_ids },
};
module_platform_driver(grabber_driver);
MODULE_LICENSE("Dual MIT/GPL");
