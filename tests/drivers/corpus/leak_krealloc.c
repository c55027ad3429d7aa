// SPDX-License-Identifier: MIT
/* A table of filters that grows. The result of krealloc() went over the only pointer to what it had. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define NR_FILTERS 48
#define STEP       16

static bool bug;
module_param(bug, bool, 0444);

struct filter {
	u32 match, mask;
};

struct filters {
	struct filter *table;
	unsigned int nr, room;
};

static int filters_add(struct filters *f, u32 match, u32 mask)
{
	struct filter *grown;

	if (f->nr == f->room) {
		grown = krealloc(f->table, (f->room + STEP) * sizeof(*grown), GFP_KERNEL);
		if (bug)
			f->table = grown;
		if (!grown)
			return -ENOMEM;
		f->table = grown;
		f->room += STEP;
	}
	f->table[f->nr++] = (struct filter){ .match = match, .mask = mask };
	return 0;
}

static int filter_probe(struct platform_device *pdev)
{
	struct filters *f = devm_kzalloc(&pdev->dev, sizeof(*f), GFP_KERNEL);
	int error;

	if (!f)
		return -ENOMEM;
	for (u32 i = 0; i < NR_FILTERS; i++) {
		error = filters_add(f, i << 8, 0xff00);
		if (error) {
			kfree(f->table);
			return error;
		}
	}
	platform_set_drvdata(pdev, f);
	return 0;
}

static void filter_remove(struct platform_device *pdev)
{
	struct filters *f = platform_get_drvdata(pdev);

	kfree(f->table);
}

static const struct of_device_id filter_ids[] = { { .compatible = "acme,filter" }, {} };
MODULE_DEVICE_TABLE(of, filter_ids);

static struct platform_driver filter_driver = {
	.probe = filter_probe,
	.remove = filter_remove,
	.driver = { .name = "filter", .of_match_table = filter_ids },
};
module_platform_driver(filter_driver);
MODULE_LICENSE("Dual MIT/GPL");
